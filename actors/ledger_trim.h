/* Keeps the journal short while usher runs. Once an hour a thread of its own writes what is older
 * than the configuration's journal.keep into a segment, and clears the archive of what is older
 * than journal.archive_keep (cli/retention.h); the journal thread then drops a little at a time.
 *
 *     journal thread   check ───────────┬─ append ── drop 2 000 ── append ── drop 2 000 ...
 *     archivist          └─ write, fsync, read again ─┘ archived
 *
 * Dropped is only what the state has for certain: the archivist reads how far the last commit came
 * and makes it durable before it archives. A cut at any place leaves segments that hold what the
 * journal holds too, and replays know that. */
#ifndef USHER_ACTORS_LEDGER_TRIM_H
#define USHER_ACTORS_LEDGER_TRIM_H

#include "actors/ledger.h"
#include "store/directory.h"

#include <pthread.h>

struct trimmer {
    struct ledger_host *host;
    char data_dir[DIRECTORY_PATH_MAX]; /* a reload frees the configuration */
    uint64_t keep_ms, archive_keep_ms; /* 0: nothing goes */
    uint64_t check_at_ms;              /* wall */
    uint64_t dropped_ms;               /* mono: when the last was */
    pthread_t thread;
    bool running;
    /* The archivist's, set before it starts. */
    uint64_t now_ms;
    uint64_t archive_before_ms, retire_before_ms; /* wall, 0: nothing */
    /* Between the two. */
    _Atomic uint64_t archived; /* up to here all is in the archive */
    _Atomic bool done;
    _Atomic bool stop;
};

void trimmer_open(struct trimmer *trimmer, struct ledger_host *host);
/* A reload. */
void trimmer_configure(struct trimmer *trimmer, const struct config *config);
/* The journal thread's turn; quiet: no command waits. */
void trimmer_turn(struct trimmer *trimmer, bool quiet);
/* The time to the next turn that it needs, or wait when that is less; wait < 0 is without end. */
long trimmer_timeout_ms(const struct trimmer *trimmer, bool quiet, long wait);
/* Waits for the archivist, which ends behind the segment that it is at. */
void trimmer_close(struct trimmer *trimmer);

#endif
