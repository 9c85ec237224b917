/* The callbacks of the demo's sale: complete HTTP requests as the three gateways would send them.
 */
#ifndef USHER_CLI_DEMO_CALLBACK_H
#define USHER_CLI_DEMO_CALLBACK_H

#include "cli/demo/world.h"

enum forgery {
    FORGERY_NONE,
    FORGERY_WRONG,      /* a signature that does not fit */
    FORGERY_STALE,      /* signed rightly, an hour ago */
    FORGERY_MALFORMED,  /* no signature that could be one */
    FORGERY_OTHER_BODY, /* a genuine signature over another body */
    FORGERY_COUNT
};

struct callback {
    size_t gateway;   /* index into world.gateways: stripe, standard, ime */
    const char *kind; /* "paid" or "refunded" */
    uint64_t number;  /* of the payment: makes its ids */
    int64_t member;
    size_t plan;          /* 0 starter, 1 core */
    int64_t amount;       /* minor units; 0: the plan's price */
    const char *order_id; /* in place of member and plan; NULL or "": none */
    enum forgery forgery;
};

/* Of a month, in minor units. */
int64_t callback_price(size_t plan);
/* Appends the whole request, head and body. */
enum error callback_build(const struct world *world, const struct callback *callback,
                          uint64_t now_ms, struct buf *out);

#endif
