/* Fact segments: what commands told is in files before the state's news (ledger/news.h) let it go,
 * so that a mirror that is lost comes back with its history.
 *
 *     TABLE_news ─▶ DATA_DIR/facts/segment-FIRST-LAST.seg ─▶ cmd_news_read{"facts"} ─▶ news go
 *                        └─▶ whoever asks for facts that are no news any more
 *
 * The segments are a reader of the news like the mirror: what is not in one of them stays in the
 * state, whatever is killed in between. A segment (journal/segment.h) has an entry for each command
 * from FIRST to LAST, stamped as the news were, with what it told:
 *
 *     u32 n | u16 the fact's shape | u32 bytes | encoded message         for each fact
 *
 * A command that told nothing has an empty entry. Facts are read by their shapes, so those of an
 * older program have zeros where a shape has grown. */
#ifndef USHER_CLI_FACT_ARCHIVE_H
#define USHER_CLI_FACT_ARCHIVE_H

#include "cli/segments.h"
#include "store/store.h"

enum { FACT_SEGMENT_BYTES = 32 * 1024 * 1024 /* of news that go into one segment, about */ };

/* The segments, in the order of their commands; free them. */
enum error fact_archive_list(const char *data_dir, struct segments *out, struct why *why);

/* At a start: removes what a kill left half written, and sets aside, as NAME.ahead, segments of
 * another history: those that go beyond the journal's last command. set_aside: how many. */
enum error fact_archive_open(const char *data_dir, uint64_t tail, uint64_t *set_aside,
                             struct why *why);

struct fact_step {
    uint64_t first, last; /* of the segment that was written; last 0: none */
    uint64_t lost_from,
        lost_to;   /* told by these, and neither in a segment nor in the news; 0: none */
    uint64_t tell; /* the ledger is to hear that segments hold all up to here; 0: it knows */
    bool more;     /* another step is worth it at once */
};

/* Writes the next segment, when what waits is worth one: 10 000 commands, or something that has
 * waited for a day of wall_ms. store: on disk, in use by another thread. */
enum error fact_archive_step(const char *data_dir, struct store *store, uint64_t wall_ms,
                             struct fact_step *out, struct why *why);

/* Removes segments whose last fact was told before before_ms (wall). */
enum error fact_archive_retire(const char *data_dir, uint64_t before_ms, uint64_t *removed,
                               struct why *why);

/* Facts behind this command are in the segments, without a gap up to the end of them. UINT64_MAX:
 * there are none. */
enum error fact_archive_since(const char *data_dir, uint64_t *since, struct why *why);

/* A fact of an entry, from its front. */
struct fact {
    uint64_t n;
    uint64_t id;
    struct slice bytes;
};
/* False at the end, and for what is no fact. */
bool fact_next(struct slice *entry, struct fact *fact);

#endif
