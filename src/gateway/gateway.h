/* Payment gateways: is this callback genuine, and what does it say. Authenticated before parsed,
 * but for those that sign what the body means and not its bytes. Pure: the time is given. A kind is
 * one file and one row of the table in gateway.c; a gateway that signs with an HMAC is a profile in
 * the configuration and no code at all. Some callbacks are believed only when the gateway has been
 * asked: check.h. Used by one thread at a time. */
#ifndef USHER_GATEWAY_GATEWAY_H
#define USHER_GATEWAY_GATEWAY_H

#include "config/config.h"

enum {
    GATEWAY_JSON_DEPTH_MAX = 32,
    GATEWAY_BODY_MAX = 8388608 /* the most that http.body_bytes_max may allow */
};

struct http_header; /* http/server.h */

/* GATEWAY_VERDICT(name, HTTP status, what to do about it): the label in metrics and logs is the
 * name.
 */
#define GATEWAY_VERDICT_LIST(V)                                                                    \
    V(accepted, 200, "") /* a payment event: payment is filled */                                  \
    V(unused, 200, "")   /* genuine, of a kind that usher has no use for */                        \
    V(signature_missing, 401,                                                                      \
      "look whether the gateway signs at all (its secret is set there), and whether a proxy "      \
      "takes "                                                                                     \
      "its headers away")                                                                          \
    V(signature_malformed, 401,                                                                    \
      "compare the form of the signature with the kind or profile of this gateway")                \
    V(signature_wrong, 401,                                                                        \
      "compare the secret or public key with the one in the gateway's dashboard; a proxy must "    \
      "not change the body")                                                                       \
    V(key_unknown, 401,                                                                            \
      "put the key that the gateway signs with, and its id, into public_keys; it may have "        \
      "changed")                                                                                   \
    V(timestamp_missing, 401, "compare the profile's timestamp with what the gateway sends")       \
    V(timestamp_malformed, 401, "compare the profile's timestamp with what the gateway sends")     \
    V(timestamp_stale, 401,                                                                        \
      "set this machine's clock (NTP); if the gateway repeats old signatures, raise tolerance")    \
    V(timestamp_ahead, 401, "set this machine's clock (NTP)")                                      \
    V(body_not_json, 400, "ask the gateway's support: it signed what is no JSON to anybody")       \
    V(body_incomplete, 400,                                                                        \
      "look where the event says the payment's id, and mend the profile's payment_id")             \
    V(id_unusable, 400, "settle this payment by hand: an id is over 255 bytes or no clean text")   \
    V(type_unreadable, 400,                                                                        \
      "ask the gateway's support: what kind of event it is, is no clean text or said twice")       \
    V(several_events, 400,                                                                         \
      "ask the gateway to send one event in a request; settle these payments by hand")             \
    V(other_account, 400,                                                                          \
      "compare app_id with the gateway's; somebody else's payment may have been sent to you")      \
    V(resource_not_opened, 400,                                                                    \
      "compare secrets with the APIv3 key at pay.weixin.qq.com; what it sealed does not open")     \
    V(busy, 503, "")      /* no memory to know: the gateway must try again */                      \
    V(unchecked, 200, "") /* it names a payment that its gateway must be asked about first */      \
    V(payment_unknown, 400, "") /* asked, the gateway knows no such payment */                     \
    V(not_yet, 503, "")         /* asked, the gateway says that it is not paid so far */           \
    V(not_answered, 503,                                                                           \
      "look whether the gateway can be reached from this machine at api_url; it calls again")      \
    V(keys_refused, 503,                                                                           \
      "compare the keys by which usher asks with those in the gateway's dashboard, and look what " \
      "they may read")

enum gateway_verdict {
#define V(name, status, remedy) GATEWAY_##name,
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
    struct slice query; /* of a GET: raw, without '?' */
};

/* What a judge saw on its way, for who wants to know why: "usher gateway test". Points into the
 * request and the configuration. */
struct gateway_trace {
    bool wanted;                 /* somebody looks at it */
    bool unproved;               /* this gateway signs nothing */
    const char *signature_place; /* the header or member that should carry the signature */
    bool signature_in_body;
    size_t signature_count;   /* signatures that were found there */
    const char *key_id_place; /* the header that says which key, or NULL */
    struct slice key_id;
    const char *timestamp_place; /* the header or field that should carry the time, or NULL */
    struct slice timestamp;      /* as it was sent */
    uint64_t stamped_ms;         /* what it says; 0: no time that was looked at */
    uint64_t tolerance_ms;
    bool signed_known;         /* it could be told what was to be signed */
    size_t signed_len;         /* bytes */
    uint8_t signed_sha256[32]; /* of them */
    bool proved;               /* the signature is right */
    size_t key_index;          /* of the secret or public key that proved it */
    bool read;                 /* the body was read */
};

struct gateway;

/* Builds the verifier of one configured gateway: keys decoded, templates compiled, pointers
 * checked. config must outlive it. NULL for one that sends no callbacks. */
enum error gateway_new(const struct config_gateway *config, struct gateway **out, struct why *why);
void gateway_destroy(struct gateway **gateway);

/* Decides. On GATEWAY_accepted event is filled. Never allocates more than a bounded multiple of the
 * body. */
enum gateway_verdict gateway_judge(struct gateway *gateway, const struct gateway_request *request,
                                   struct payment_event *event);

/* The same, and what was seen goes into trace. */
enum gateway_verdict gateway_explain(struct gateway *gateway, const struct gateway_request *request,
                                     struct payment_event *event, struct gateway_trace *trace);

/* The body of the 200 that this gateway wants. */
const char *gateway_ack(const struct gateway *gateway);
const char *gateway_ack_of(const struct config_gateway *config);
const char *gateway_verdict_name(enum gateway_verdict verdict);
unsigned gateway_verdict_status(enum gateway_verdict verdict);
/* What an operator may do about it, or "". */
const char *gateway_verdict_remedy(enum gateway_verdict verdict);

#endif
