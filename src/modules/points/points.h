/* Points, experience and stars, kept in double entry: each posting takes a whole number from one
 * account and adds it to another, so that all accounts of a currency add up to 0. A member has
 * three accounts a currency: what is available, what is held for something, and the debt that a
 * reversal leaves when what it takes back is spent already. All others are the house's: issue/…
 * gives, burn/… takes, adjust/… is an operator's, expired.
 *
 * What is available lies in lots, by the time at which they expire; what expires soonest is spent
 * first. Expiries are moved to the end of their day (of their month, when they last longer than 400
 * days), so that a member has a bounded number of lots and a command touches a bounded number of
 * rows.
 *
 * Other modules call what stands below within their operations, and hear the facts. */
#ifndef USHER_MODULES_POINTS_POINTS_H
#define USHER_MODULES_POINTS_POINTS_H

#include "base/slice.h"

#include <stdint.h>

enum points_currency { POINTS_POINTS, POINTS_XP, POINTS_STARS, POINTS_CURRENCY_COUNT };
extern const char *const points_currency_names[];

#define POINTS_AMOUNT_MAX INT64_C(1000000000000)

#define MODULE_DEF  "modules/points/points.def"
#define MODULE_SELF MODULE_points
#include "ledger/declare.h"

/* What is to be posted for a member. */
struct points_move {
    int64_t telegram_id;
    enum points_currency currency;
    int64_t amount;       /* above 0 */
    struct slice account; /* of the house, the other side: "issue/checkin", "burn/shop"; <= 79 */
    struct slice rule;    /* what the posting is by: "checkin"; <= 31 bytes */
    struct slice reason;  /* for people; <= 200 bytes, or "" */
    struct slice key;     /* the same for this rule and member: the same posting; <= 128, or "" */
    struct slice ref;     /* what it is about: "auction/12"; <= 63 bytes, or "" */
    bool capped;          /* points_give: what the configuration gives a day and week at most */
    uint64_t expires_ms;  /* points_hold: when it is released by itself, 0: never */
};

/* What became of it. */
struct points_done {
    uint64_t posting; /* 0 when there was nothing left under the cap */
    int64_t amount;   /* less than asked when the cap clipped it */
    int64_t balance;  /* available now */
    bool duplicate;   /* the key was known: nothing changed */
};

/* RESULT_ok, RESULT_too_many_points, RESULT_key_reused. done may be NULL. */
unsigned points_give(struct ledger *ledger, const struct points_move *move,
                     struct points_done *done);
/* RESULT_ok, RESULT_too_few, RESULT_key_reused. */
unsigned points_take(struct ledger *ledger, const struct points_move *move,
                     struct points_done *done);

/* Sets aside for move->ref, once: RESULT_ok, RESULT_too_few, RESULT_hold_exists. account and key
 * are not used. */
unsigned points_hold(struct ledger *ledger, const struct points_move *move,
                     struct points_done *done);
/* Spends what is held for move->ref (amount and currency are the hold's): RESULT_ok,
 * RESULT_hold_unknown. */
unsigned points_capture(struct ledger *ledger, const struct points_move *move,
                        struct points_done *done);
/* Gives it back to the lots that it came from; what has expired meanwhile lives 30 days more. */
unsigned points_release(struct ledger *ledger, const struct points_move *move,
                        struct points_done *done);

/* Takes back what a posting gave (what is left of its lot, then what is available, then debt), or
 * gives back what it took. Once, and a reversal never. RESULT_ok, RESULT_not_found,
 * RESULT_reversed_already, RESULT_not_reversible, RESULT_too_few (no debt is allowed, and nothing
 * is there). */
unsigned points_reverse(struct ledger *ledger, int64_t telegram_id, uint64_t posting,
                        struct slice reason, struct points_done *done);

int64_t points_available(struct ledger *ledger, int64_t telegram_id, enum points_currency currency);

#endif
