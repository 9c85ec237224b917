/* What a plan costs one person now: a quote of the order module for each of its prices, and the
 * ways to pay them. */
#ifndef USHER_MODULES_SHOP_OFFER_H
#define USHER_MODULES_SHOP_OFFER_H

#include "config/config.h"
#include "ledger/words.h"
#include "modules/order/order.h"
#include "modules/shop/tag.h"

struct shop_quote {
    const struct catalog_price *price;
    int64_t amount;   /* what an order would cost */
    bool coded;       /* with the code in it */
    unsigned refused; /* why the code is not, RESULT_ok: it is, or there is none */
    bool payable;     /* some gateway takes its currency, or nothing needs to be paid */
};
struct shop_offer {
    const struct catalog_plan *plan;
    int64_t telegram_id;
    struct slice code; /* that was given, or "" */
    bool coded;        /* some quote has it */
    unsigned refused;  /* why none has */
    bool seat;         /* there is one for this person */
    bool payable;      /* some quote is */
    uint64_t left;     /* seats, when they are limited */
    size_t count;
    struct shop_quote quotes[CONFIG_PRICES_MAX];
};
/* A quote and a gateway: what a button orders. */
struct shop_way {
    size_t quote;
    size_t gateway; /* counted from 1 on in the order of the configuration; 0: none */
    char name[CONFIG_NAME_MAX + 1]; /* of the gateway, "" for none */
};

/* code must outlive the offer. Only reads. */
void offer_make_of(struct ledger *ledger, int64_t telegram_id, const struct catalog_plan *plan,
                   struct slice code, struct shop_offer *out);
struct tag offer_tag(const struct shop_offer *offer, size_t quote);
/* Walks the ways to pay for a period; *at is 0 to begin. */
bool offer_way_next(const struct ledger *ledger, const struct shop_offer *offer,
                    struct period period, size_t *at, struct shop_way *out);
size_t offer_ways(const struct ledger *ledger, const struct shop_offer *offer,
                  struct period period);
static inline bool offer_same(struct period a, struct period b)
{
    return a.months == b.months && a.days == b.days;
}

/* A way in a button: "core:1.2.PRINT", with a print of all that it says and of the amount. */
bool offer_way_data(const struct shop_offer *offer, const struct shop_way *way, int64_t amount,
                    char out[SAID_DATA_SIZE]);
/* The way that a button's argument names; false when the configuration has it no more. *print is
 * true when the amount is that which was shown. plan: of the offer. */
bool offer_way_of(const struct ledger *ledger, const struct shop_offer *offer, struct slice rest,
                  struct shop_way *out, bool *print);
/* The plan before the colon, and what stands behind it. */
const struct catalog_plan *offer_plan_of(const struct ledger *ledger, struct slice arg,
                                         struct slice *rest);

#endif
