/* Inside the ledger: what commands told, for those who keep a history or a copy of their own (the
 * mirror, webhooks). A fact says what happened; a row says that a record changed, and whoever reads
 * the news is handed its value of now, so that it counts once however often it changed.
 *
 * News are kept only while the catalog names readers, in TABLE_news, written with the batch that
 * told them: chunks of entries, under the last sequence of the batch and a number. So a reader that
 * stands at a sequence has everything up to it. Each reader says how far it is by cmd_news_read,
 * and what all have goes. The table is not part of the state's hash: where a batch ends is chance.
 */
#ifndef USHER_LEDGER_NEWS_H
#define USHER_LEDGER_NEWS_H

#include "ledger/state.h"

enum { FACTS_DEEP_MAX = 16 /* told while another is heard: more is a circle */ };

/* Tells a fact: into the news, and to the modules that hear it, in the order of modules.def. */
void fact_tell(struct ledger *ledger, const struct shape *fact, const void *object);

/* Who hears them. */
void news_hearers(struct hearers *out);

/* This record changed, or is gone. key: that of its table, without the shape's id. */
void news_row(struct ledger *ledger, const struct shape *record, struct slice key);

/* Puts what was told into the transaction: before a commit. */
void news_flush(struct ledger *ledger);
void news_forget(struct ledger *ledger);

/* The catalog has changed: a reader that is new in it begins behind this command, and one that it
 * names no more is forgotten. */
void news_readers(struct ledger *ledger);
/* What every reader of the catalog has taken in; news behind it are all kept. 0: there are none. */
uint64_t news_least_read(struct ledger *ledger);

/* How far this reader is; false when the ledger does not know it. */
bool news_reader_at(struct ledger *ledger, struct slice reader, uint64_t *upto);

/* What a chunk holds. */
struct news_entry {
    uint64_t sequence, at_ms;
    uint64_t n;         /* facts told by its command so far */
    uint16_t id;        /* of the record's or fact's shape */
    struct slice bytes; /* a record's key, or a fact's encoded message */
};
/* Takes one from the front; false at the end, and for what is no entry. */
bool news_entry_next(struct slice *chunk, struct news_entry *entry);

#endif
