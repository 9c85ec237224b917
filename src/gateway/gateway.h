/* Payment gateways: is this callback genuine, and what does it say. Authenticated before parsed.
 * Pure: the time is given. A kind is one file and one row of the table in gateway.c; a gateway that
 * signs with an HMAC is a profile in the configuration and no code at all. Used by one thread at a
 * time. */
#ifndef USHER_GATEWAY_GATEWAY_H
#define USHER_GATEWAY_GATEWAY_H

#include "config/config.h"

enum {
    GATEWAY_JSON_DEPTH_MAX = 32,
    GATEWAY_BODY_MAX = 8388608 /* the most that http.body_bytes_max may allow */
};

struct http_header; /* http/server.h */

/* GATEWAY_VERDICT(name, HTTP status): the label in metrics and logs is the name. */
#define GATEWAY_VERDICT_LIST(V)                                                                    \
    V(accepted, 200) /* a payment event: payment is filled */                                      \
    V(unused, 200)   /* genuine, of a kind that usher has no use for */                            \
    V(signature_missing, 401)                                                                      \
    V(signature_malformed, 401)                                                                    \
    V(signature_wrong, 401)                                                                        \
    V(timestamp_missing, 401)                                                                      \
    V(timestamp_malformed, 401)                                                                    \
    V(timestamp_stale, 401)                                                                        \
    V(timestamp_ahead, 401)                                                                        \
    V(body_not_json, 400)   /* signed, but not parseable */                                        \
    V(body_incomplete, 400) /* a payment event without what identifies the payment */              \
    V(busy, 503)            /* no memory to know: the gateway must try again */

enum gateway_verdict {
#define V(name, status) GATEWAY_##name,
    GATEWAY_VERDICT_LIST(V)
#undef V
};

/* One payment event, in storage of its own. Fields a gateway does not name are "", 0, amount -1. */
struct payment_event {
    char event_id[256];
    char payment_id[256];
    enum payment_kind kind;
    int64_t telegram_id;
    char plan[65];
    char order_id[65];
    int64_t amount; /* minor units */
    char currency[CURRENCY_CODE_MAX];
    uint64_t occurred_ms; /* what the gateway says, 0 when it does not */
    char part_id[256];    /* of the refund or dispute */
    bool total;           /* amount is all that was refunded so far, not this part alone */
    char aliases[1025];   /* other ids of the payment, joined by commas */
    char subscription[256];
};

struct gateway_request {
    struct slice method;
    struct slice path;
    const struct http_header *headers;
    size_t header_count;
    struct slice body;
    uint64_t now_ms;
};

struct gateway;

/* Builds the verifier of one configured gateway: keys decoded, templates compiled, pointers
 * checked. config must outlive it. */
enum error gateway_new(const struct config_gateway *config, struct gateway **out, struct why *why);
void gateway_destroy(struct gateway **gateway);

/* Decides. On GATEWAY_accepted event is filled. Never allocates more than a bounded multiple of the
 * body. */
enum gateway_verdict gateway_judge(struct gateway *gateway, const struct gateway_request *request,
                                   struct payment_event *event);

/* The body of the 200 that this gateway wants. */
const char *gateway_ack(const struct gateway *gateway);
const char *gateway_verdict_name(enum gateway_verdict verdict);
unsigned gateway_verdict_status(enum gateway_verdict verdict);

#endif
