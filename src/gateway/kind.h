/* A kind of gateway, inside: how it signs and what its events mean. One file and one row of the
 * table in gateway.c each. */
#ifndef USHER_GATEWAY_KIND_H
#define USHER_GATEWAY_KIND_H

#include "base/json.h"
#include "gateway/gateway.h"

/* Says what a genuine body means: GATEWAY_accepted with event filled, GATEWAY_unused or
 * GATEWAY_body_incomplete. event comes in empty. */
typedef enum gateway_verdict kind_translate_fn(const struct config_gateway *config,
                                               const struct gateway_request *request,
                                               const cJSON *root, struct payment_event *event);

struct kind {
    const struct config_hmac *profile; /* how it signs; NULL: the configuration says */
    enum error (*check)(const struct config_gateway *config, struct why *why); /* or NULL */
    kind_translate_fn *translate;
    bool unproved;   /* anybody's word, of which translate takes no more than what to ask about */
    const char *ack; /* body of the 200 of a kind with a profile of its own; NULL: "ok" */
};

extern const struct kind kind_stripe, kind_btcpay, kind_standard_webhooks, kind_hmac,
    kind_crypto_pay, kind_cryptomus, kind_wechat_pay, kind_alipay, kind_yookassa, kind_paypal;

/* What a callback that is believed says: the tree of its body, which the caller frees, and what its
 * kind's translate makes of it. */
enum gateway_verdict gateway_read(const struct config_gateway *config,
                                  const struct gateway_request *request, cJSON **root,
                                  struct payment_event *event);

struct proof;

struct gateway {
    const struct config_gateway *config;
    const struct kind *kind;
    struct proof *proof;
};

#endif
