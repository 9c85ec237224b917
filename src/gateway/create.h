/* Checkouts: how a gateway is asked to let an order be paid, and where its answer says what. One
 * file create_KIND.c and one row of the table in create.c for each kind that can. Only the edge
 * knows: the ledger keeps what is ordered (part_checkout), and the lane adds who we are. Pure, and
 * for one order always the same bytes, as all attempts have one key. */
#ifndef USHER_GATEWAY_CREATE_H
#define USHER_GATEWAY_CREATE_H

#include "config/config.h"

/* What is asked for. Strings that come in are the configuration's and the command's. */
struct checkout {
    const struct config_gateway *gateway;
    const struct message_part_checkout *order;
    struct slice title;     /* of the plan */
    const char *currency;   /* of the order */
    char amount[32];        /* "29.00" */
    uint64_t life_ms;       /* of the order; 0: for ever */
    const char *public_url; /* NULL when the world does not reach us */
};

/* Where an answer says it: fields "url" and "id", "error" of a refusal, "refused" where a 2xx may
 * be one, and "again" where it may say that the gateway could not do it now. */
struct checkout_read {
    const char *name;
    const char *pointer;
};

struct checkout_kind {
    const char *type;                  /* of the body */
    const struct checkout_read *reads; /* a row without a name ends them */
    /* Appends path and body. False: this gateway cannot take such an amount. */
    bool (*write)(const struct checkout *checkout, struct buf *path, struct buf *body);
};

extern const struct checkout_kind checkout_stripe, checkout_btcpay, checkout_crypto_pay,
    checkout_yookassa, checkout_paypal, checkout_wechat_pay, checkout_cryptomus, checkout_alipay;

/* The delivery of a request as a call: of part_checkout and part_errand (errand.h) its gateway's
 * request, part_request as it is. ERROR_INVALID (its gateway or currency is not there any more,
 * ...), ERROR_TOO_LARGE, ERROR_MEMORY. */
enum error create_render(const struct config *config, const struct message_work *work,
                         const char **method, struct buf *params, struct why *why);

/* What is asked for, in full. ERROR_INVALID: its gateway or currency is not there any more. */
enum error create_checkout(const struct config *config, const struct message_part_checkout *order,
                           struct checkout *out, struct why *why);

/* A request in the making: appended to, then ended, which frees it. */
struct create_request {
    struct buf path;
    struct buf body;
    struct buf reads;
    const char *type;
    enum error error; /* what went wrong so far */
};
void create_request_init(struct create_request *request, const char *type,
                         const struct checkout_read *reads);
/* Appends it to params as a part_request, unless something went wrong. ERROR_TOO_LARGE,
 * ERROR_MEMORY, or its error, of which why tells already. */
enum error create_request_end(struct create_request *request, struct buf *params, struct why *why);

/* Appends name=value as forms have it, with '&' before all but the first. */
void create_pair(struct buf *body, const char *name, struct slice value);
/* The longest beginning of text that is cut between characters. */
struct slice create_cut(struct slice text, size_t bytes_max);
/* Where the gateway calls us: https://.../hooks/NAME */
void create_notify_url(const struct config_gateway *gateway, const char *public_url,
                       struct buf *out);
/* When what is asked for ends: with the order, but not before so long after it was made, nor later
 * than that; as "2026-01-31T20:00:00" in Beijing, whose gateways count so. */
enum { CREATE_TIME_SIZE = 32 };
void create_beijing_time(const struct checkout *checkout, uint64_t least_ms, uint64_t most_ms,
                         char out[CREATE_TIME_SIZE]);

#endif
