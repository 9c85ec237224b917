/* Inside the ledger: what is known of one person lies in one row of TABLE_people, so that a command
 * reads it once and writes it once: member, entitlements by plan, places by group, the list of
 * deliveries. It stays below 1.5 KB or so: LMDB puts what is over 2 038 bytes on pages of its own.
 * What grows without a bound lies beside it, under longer keys: payments, and what modules keep
 * (rows.h). The person at hand is kept in struct ledger until another is asked for or the batch
 * ends; all of this file works on that copy. */
#ifndef USHER_LEDGER_PERSON_H
#define USHER_LEDGER_PERSON_H

#include "ledger/state.h"

enum {
    PERSON_DELIVERIES_MAX = 64,    /* deliveries that stay listed: the newest */
    PERSON_PAYMENTS_TOGETHER = 16, /* payments in the core, and in a row beside it */
    PERSON_BYTES_MAX = STORE_VALUE_MAX
};

bool member_load(struct ledger *ledger, int64_t telegram_id, struct record_member *out);
void member_store(struct ledger *ledger, int64_t telegram_id, const struct record_member *member);
/* The member with the next higher Telegram id, which takes its place; 0 to begin. */
bool member_next(struct ledger *ledger, int64_t *telegram_id, struct record_member *out);
/* Loads, or begins a new one (counted, not yet stored). */
void member_load_or_new(struct ledger *ledger, int64_t telegram_id, struct record_member *out);

bool entitlement_load(struct ledger *ledger, int64_t telegram_id, const char *plan,
                      struct record_entitlement *out);
void entitlement_store(struct ledger *ledger, int64_t telegram_id, const char *plan,
                       const struct record_entitlement *entitlement);
/* Walks a member's entitlements: plan holds the name of the last one seen, "" to begin. */
bool entitlement_next(struct ledger *ledger, int64_t telegram_id, char plan[CATALOG_NAME_MAX + 1],
                      struct record_entitlement *out);

/* A place that has no record is PLACE_UNKNOWN; one that says no more than that is not kept. */
void place_load(struct ledger *ledger, const char *group, int64_t telegram_id,
                struct record_place *out);
void place_store(struct ledger *ledger, const char *group, int64_t telegram_id,
                 const struct record_place *place);

/* Deliveries, by id, in the order in which they were added. Beyond PERSON_DELIVERIES_MAX the oldest
 * leaves the list. */
size_t person_delivery_count(struct ledger *ledger, int64_t telegram_id);
uint64_t person_delivery_at(struct ledger *ledger, int64_t telegram_id, size_t n);
void person_delivery_add(struct ledger *ledger, int64_t telegram_id, uint64_t id);
void person_delivery_remove(struct ledger *ledger, int64_t telegram_id, size_t n);

/* Payments, by sequence, in the order in which they were added, however many: the last in the core,
 * the others in rows beside it. n: how many there are before (record_member.payments). */
void person_payment_add(struct ledger *ledger, int64_t telegram_id, uint64_t n, uint64_t sequence);
/* The n-th of count, from 0; 0 when there is none. */
uint64_t person_payment_at(struct ledger *ledger, int64_t telegram_id, uint64_t n, uint64_t count);

/* Walks what the core holds: the member, entitlements, places, each with its name; *at is 0 to
 * begin. The slices are good until the person changes. */
bool person_row_next(struct ledger *ledger, int64_t telegram_id, size_t *at,
                     const struct shape **shape, struct slice *name, struct slice *bytes);

/* Writes the person at hand into the transaction when it was changed. */
void person_flush(struct ledger *ledger);
/* Forgets the person at hand, changed or not. */
void person_forget(struct ledger *ledger);

#endif
