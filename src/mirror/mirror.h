/* The read model: a copy of what the ledger knows in one SQLite file, with a table for each record
 * and each fact (tables.h), for lists, reports and whoever opens the file with tools of their own.
 * It follows the news: rows and position move in one transaction, so each of them counts once.
 *
 *     mirror_open ─▶ mirror_gather × n ─▶ mirror_begin ─▶ mirror_apply (walk) × n ─▶ mirror_apply
 * (news) ... └─────────────────────── position is known ──────────────────────────┘
 *
 * Facts that are no news any more come first, of segments, up to where the news begin.
 * A walk tells all records as they are; it is whole once the news behind its beginning have come
 * up to its end. Table `mirror` has one row: layout, position, at_ms (of when it is the truth),
 * walked, whole. Used by one thread, which alone writes the file. */
#ifndef USHER_MIRROR_MIRROR_H
#define USHER_MIRROR_MIRROR_H

#include "base/error.h"
#include "wire/wire.h"

struct mirror;

/* ERROR_CORRUPT: damaged. ERROR_VERSION: of another layout. Both: set it aside or remove it, and
 * open a new one. ERROR_EXISTS: the file is something else, and is left alone. */
enum error mirror_open(const char *path, struct mirror **out, struct why *why);
void mirror_close(struct mirror **mirror);
/* The file and what SQLite keeps beside it; ERROR_NONE when there is none. */
enum error mirror_remove(const char *path, struct why *why);
/* The same, but the file itself is kept as PATH.damaged. */
enum error mirror_set_aside(const char *path, struct why *why);

/* Takes in facts that were told before a walk begins, whole or not at all. */
enum error mirror_gather(struct mirror *mirror, struct slice items, struct why *why);
/* A walk begins, of a mirror that holds at most gathered facts; the news behind `since` follow it.
 */
enum error mirror_begin(struct mirror *mirror, uint64_t since, struct why *why);
/* Takes in an answer of the ledger, whole or not at all. */
enum error mirror_apply(struct mirror *mirror, const struct message_news *news, struct why *why);

/* Nothing is to be taken in now: moves what was written from the log into the file, which keeps the
 * disk busy for a while. While there is more, that is done only when the log has grown long. */
enum error mirror_rest(struct mirror *mirror, struct why *why);

/* What the file at path says of itself, whoever writes it. ERROR_NOT_FOUND: there is none. */
struct mirror_status {
    uint64_t position, at_ms;
    bool whole;
};
enum error mirror_status(const char *path, struct mirror_status *out, struct why *why);

uint64_t mirror_position(const struct mirror *mirror);
/* All records have been told once. */
bool mirror_walked(const struct mirror *mirror);
/* It is as the ledger was at its position. */
bool mirror_whole(const struct mirror *mirror);

#endif
