/* Three buyers of the demo's sale of whom it tells more, one of each gateway and language: they
 * order with a coupon, pay the lower amount, and check in when the rush is over. */
#ifndef USHER_CLI_DEMO_REGULARS_H
#define USHER_CLI_DEMO_REGULARS_H

#include "cli/demo/sale.h"

enum { REGULARS = WORLD_GATEWAYS };

struct regular {
    struct buyer *buyer;
    char price[32]; /* of the plan, by the order's lines */
    char due[32];   /* what the order asks for */
    char paid[32];  /* what the payment says that was granted, "" until then */
    bool said;      /* that they check in */
    bool answered;  /* the bot has answered the check-in */
};

struct regulars {
    struct world *world;
    struct regular of[REGULARS];
    uint64_t start_ms;  /* of the demo, for its lines */
    bool coupons_right; /* known when regulars_conclude returns */
    bool checkins_right;
};

/* Makes the coupon, and an order with it for one buyer of each gateway; what these buyers pay in
 * the sale is the order. The sale's buyers must be known and its callbacks not yet made. */
enum error regulars_order(struct regulars *regulars, struct sale *sale, uint64_t start_ms,
                          struct why *why);
/* Shows what has become of them since the last time, and lets them check in when nobody waits at a
 * door: answers to words go behind letters, and are not given any more when ten minutes are over.
 */
enum error regulars_see(struct regulars *regulars, bool rush, struct why *why);
/* Nothing more will become of them. */
bool regulars_over(const struct regulars *regulars);
/* The tables at the demo's end. */
enum error regulars_conclude(struct regulars *regulars, struct why *why);

#endif
