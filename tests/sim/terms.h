/* What the operator sells and to which groups it opens the door: the configuration as the
 * simulation means it, made into usher.yaml for usher. The operator changes it while the run goes
 * on; all that was ever in force is kept, and the auditor reads it here, never in usher's catalog.
 */
#ifndef USHER_TESTS_SIM_TERMS_H
#define USHER_TESTS_SIM_TERMS_H

#include "tests/sim/sim.h"

struct price {
    int64_t amount;
    const char *currency;
    struct period period;
};

struct terms_plan {
    bool sold;
    unsigned groups; /* a bit each */
    unsigned seats;  /* 0: no bound */
    unsigned grace_days;
    struct price prices[2];
};

struct terms_group {
    bool kept;
    int64_t chat_id;
};

struct terms {
    const char *timezone;
    unsigned removals_per_hour, per_second;
    struct terms_plan plans[PLANS];
    struct terms_group groups[GROUPS];
};

/* What the file says of check-ins and orders; the same in the whole run. */
enum {
    CHECKIN_BASE = 10,
    CHECKIN_STEP = 2,
    CHECKIN_STEP_MAX = 6,
    CHECKIN_WEEK = 20,   /* more on the 7th day in a row */
    CHECKIN_MONTH = 100, /* and on the 30th */
    ORDERS_OPEN = 3      /* of one member */
};
#define ORDER_EXPIRES_MS (uint64_t) HOUR_MS
#define ORDER_LATE_MS    DAY_MS

extern const char *const plan_names[PLANS];
extern const char *const group_names[GROUPS];
extern const size_t group_bots[GROUPS];
/* By join request; else by a link for one member. */
extern const bool group_requests[GROUPS];

void terms_new(struct sim *sim);
void terms_destroy(struct sim *sim);
const struct terms *terms_now(const struct sim *sim);
/* A price, or a plan's or a group's existence, seats, grace or time zone: other than before. */
void terms_change(struct sim *sim);

#endif
