/* Inside the ledger: the records of modules. A row lies in a table under a key of the module's own
 * (a code, a number); an aspect lies with a person, on the leaf beside their core, under a number n
 * (0 when there is one of its kind a person, else rising). Every change is told to the news. */
#ifndef USHER_LEDGER_ROWS_H
#define USHER_LEDGER_ROWS_H

#include "ledger/state.h"

bool row_load(struct ledger *ledger, const struct shape *shape, const struct key *key, void *out);
void row_store(struct ledger *ledger, const struct shape *shape, const struct key *key,
               const void *row);
void row_delete(struct ledger *ledger, const struct shape *shape, const struct key *key);
/* The first row behind *key (at its beginning when after is false) whose key begins with prefix; it
 * takes *key's place. */
bool row_next(struct ledger *ledger, const struct shape *shape, struct slice prefix, bool after,
              struct key *key, void *out);
/* The same backwards: the last row before *key. */
bool row_before(struct ledger *ledger, const struct shape *shape, struct slice prefix,
                struct key *key, void *out);

bool aspect_load(struct ledger *ledger, int64_t telegram_id, const struct shape *shape, uint64_t n,
                 void *out);
void aspect_store(struct ledger *ledger, int64_t telegram_id, const struct shape *shape, uint64_t n,
                  const void *aspect);
void aspect_delete(struct ledger *ledger, int64_t telegram_id, const struct shape *shape,
                   uint64_t n);
/* The one with the next higher n; its n takes the place of *n. after = false: from *n on. */
bool aspect_next(struct ledger *ledger, int64_t telegram_id, const struct shape *shape, bool after,
                 uint64_t *n, void *out);
/* The same backwards: the one with the next lower n. */
bool aspect_before(struct ledger *ledger, int64_t telegram_id, const struct shape *shape,
                   uint64_t *n, void *out);
/* The last one of the person's; false when there is none. */
bool aspect_last(struct ledger *ledger, int64_t telegram_id, const struct shape *shape, uint64_t *n,
                 void *out);

/* The next number of this shape's rows: 1, 2, 3 ... */
uint64_t row_number(struct ledger *ledger, const struct shape *shape);

#endif
