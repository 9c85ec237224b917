/* Errands: what a gateway is told to do with what it knows already, by its own id: a checkout ends,
 * money goes back, an address is made where a subscription is managed. One file errand_KIND.c and
 * one row of the table in errand.c for each kind that can; which can what, config_gateway_does says
 * as well, for the ledger. Pure, and for one errand always the same bytes, as all attempts have one
 * key. */
#ifndef USHER_GATEWAY_ERRAND_H
#define USHER_GATEWAY_ERRAND_H

#include "gateway/create.h"

/* Whom it is told. */
struct errand_to {
    const struct config_gateway *gateway;
    const char *public_url; /* NULL when the world does not reach us */
};

struct errand_kind {
    const char *type;                  /* of the body */
    const struct checkout_read *reads; /* a row without a name ends them */
    /* By enum errand; NULL: it cannot. Appends path and body; false: it cannot of this. */
    bool (*writes[ERRAND_COUNT])(const struct errand_to *to,
                                 const struct message_part_errand *errand, struct buf *path,
                                 struct buf *body);
};

extern const struct errand_kind errand_stripe, errand_crypto_pay, errand_yookassa, errand_paypal,
    errand_wechat_pay, errand_alipay;

/* As a part_request. ERROR_INVALID (its gateway is not there any more, or cannot), ERROR_TOO_LARGE,
 * ERROR_MEMORY. */
enum error errand_render(const struct config *config, const struct message_part_errand *errand,
                         struct buf *params, struct why *why);

#endif
