/* Renewals: reminders before a membership ends, personal offers, win-back after it.
 *
 * A reminder hangs on the end of a membership and is due so many days before it, by the community's
 * calendar. Each step is taken once a cycle; of several that are due at once only the latest is;
 * one that is due in the quiet hours waits for their end. Whoever has renewed has begun a new
 * cycle. A win-back is the same behind the end of grace, until anything is paid or granted.
 *
 * A personal offer is a percentage off a plan for one person and some hours. It takes its part of a
 * quote by itself (a line of kind "offer"); an open order holds it, and so does it stay good there;
 * payment uses it up. */
#ifndef USHER_MODULES_RENEWAL_RENEWAL_H
#define USHER_MODULES_RENEWAL_RENEWAL_H

#include "modules/order/book.h"
#include "ledger/rows.h"
#include "modules/renewal/shapes.h"

struct config_module;

/* The YAML section `renewal`, in config.c. */
extern const struct config_module config_of_renewal;
/* What the configuration in force says, in rules.c: does it have such steps? */
bool rules_remind(const struct ledger *ledger);
bool rules_winback(const struct ledger *ledger);
/* At that time, or at the end of the quiet hours that it lies in: ours and the community's. */
uint64_t rules_after_quiet(struct ledger *ledger, uint64_t at_ms);
/* A number that changes with the rules. */
uint64_t rules_hash(const struct ledger *ledger);

/* Cycles, in cycle.c. False when there is none of this plan; *n becomes its number, or a free one.
 */
bool cycle_find(struct ledger *ledger, int64_t telegram_id, struct slice plan, uint64_t *n,
                struct record_renew_cycle *cycle);
void cycle_store(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                 const struct record_renew_cycle *cycle);
/* Nobody is won back any more: they have paid, or were given something. */
void cycle_stop_wooing(struct ledger *ledger, int64_t telegram_id);
/* Does any membership of theirs run, or is in grace? */
bool cycle_any_runs(struct ledger *ledger, int64_t telegram_id);
bool cycle_reachable(struct ledger *ledger, int64_t telegram_id);
/* When to try again what the day's number of notices left out. */
uint64_t cycle_tomorrow(struct ledger *ledger);
/* 0 is never. */
static inline uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
    return a_ms == 0 || (b_ms != 0 && b_ms < a_ms) ? b_ms : a_ms;
}

/* Sends what is due of this person's, and says when to look again, 0: never. In remind.c and
 * winback.c. */
uint64_t remind_due(struct ledger *ledger, int64_t telegram_id);
/* A cycle begins: what would have been due before is over. Stores it; returns when its first
 * reminder is due, 0: there is none. */
uint64_t remind_begin(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                      struct record_renew_cycle *cycle);
uint64_t winback_due(struct ledger *ledger, int64_t telegram_id);
/* May a notice that waited still go (struct module, notice)? */
uint64_t remind_notice(struct ledger *ledger, int64_t telegram_id,
                       const struct renew_reminder *part);
uint64_t winback_notice(struct ledger *ledger, int64_t telegram_id,
                        const struct renew_winback *part);

/* Offers, in offer.c. Returns its number, 0: there is no room. */
uint64_t offer_open(struct ledger *ledger, int64_t telegram_id, struct slice plan, uint64_t percent,
                    uint64_t until_ms, enum offer_reason reason);
/* Tells that it is there. */
void offer_tell(struct ledger *ledger, int64_t telegram_id, uint64_t n);
/* As if it had never been. */
void offer_drop(struct ledger *ledger, int64_t telegram_id, uint64_t n);
/* The best that is open now; false when there is none. */
bool offer_best(struct ledger *ledger, int64_t telegram_id, struct slice plan, uint64_t *n,
                struct record_renew_offer *offer);
void offer_document(struct ledger *ledger, int64_t telegram_id, cJSON *out);
extern const struct line_row offer_lines[];

/* What a period of a plan costs this person, in price.c. False: it cannot be said. */
struct offer_price {
    struct period period;
    int64_t price;  /* of the plan */
    int64_t amount; /* with all that changes it */
    const char *currency;
    uint64_t percent; /* of the offer in it, 0: none */
    uint64_t until_ms;
};
bool price_of(struct ledger *ledger, int64_t telegram_id, const struct catalog_plan *plan,
              const struct catalog_price *row, struct offer_price *out);
/* The price of what was bought last: the same period, and currency if there is one, else the plan's
 * first. NULL: it has none. */
const struct catalog_price *price_usual(const struct catalog_plan *plan,
                                        const struct record_renew_cycle *cycle);

/* The word /renew, in renew.c; texts, in say.c. */
extern const struct intent_row renew_intents[];
extern const struct say_row renewal_says[];

#endif
