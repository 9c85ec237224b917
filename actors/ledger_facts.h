/* Keeps the facts (cli/fact_archive.h) in a thread of its own, which reads the state's last commit
 * and no more of it at a time than a moment's worth, so that neither of the ledger's threads waits:
 *
 *     apply thread   news ───── commit ──────────────┐          cmd_news_read, answers
 *     keeper             └─▶ sync, write, read again, name ─▶ told
 *                        └─▶ read a segment  ─▶ a shelf          ▲
 *     apply thread   a reader asks for what is no news any more ─┘
 *
 * A segment is tried for every few seconds; after one was written the thread rests nine times as
 * long as that took. */
#ifndef USHER_ACTORS_LEDGER_FACTS_H
#define USHER_ACTORS_LEDGER_FACTS_H

#include "config/config.h"
#include "journal/journal.h"
#include "store/store.h"

#include <stdatomic.h>

enum { FACT_SHELVES = 2 /* one for the mirror, one for webhooks */ };

struct fact_keeper;

/* Clears up the folder and starts the thread. config is read now; store outlives the keeper. */
enum error fact_keeper_new(const struct config *config, struct journal *journal,
                           struct store *store, struct fact_keeper **out, struct why *why);
/* Waits for the segment that is being written. */
void fact_keeper_destroy(struct fact_keeper **keeper);
/* A reload. Any thread. */
void fact_keeper_configure(struct fact_keeper *keeper, const struct config *config);

/* What follows is for the apply thread. */

/* Segments hold all up to this command, which the ledger is to be told; 0: nothing new. */
uint64_t fact_keeper_tell(struct fact_keeper *keeper);
/* Facts behind this command are in segments, up to where news begin; UINT64_MAX: none are. */
uint64_t fact_keeper_since(const struct fact_keeper *keeper);

struct fact_answer {
    struct slice items; /* good until the next question for this shelf */
    uint64_t upto, since;
    bool found; /* false: nothing is behind `after` */
};
/* Facts behind `after`, about bytes_max of them. False: they are being fetched, ask again in a
 * moment. A new question, known by its number, takes the place of the one before. */
bool fact_keeper_ask(struct fact_keeper *keeper, size_t shelf, uint64_t number, uint64_t after,
                     size_t bytes_max, struct fact_answer *out);

#endif
