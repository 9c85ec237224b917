/* The gateways: payments, orders, subscriptions, and what befalls them: refunds in parts, some of
 * which fail, disputes, words that are taken back (stories.c). Each event is sent until it is
 * acknowledged, in any order, and now and then again after that. */
#ifndef USHER_TESTS_SIM_GATEWAYS_H
#define USHER_TESTS_SIM_GATEWAYS_H

#include "tests/sim/terms.h"
#include "wire/wire.h"

enum flaw { FLAW_NONE, FLAW_AMOUNT, FLAW_NO_MEMBER, FLAW_PLAN, FLAW_ORDER };
enum { NAMES = 4 }; /* that a gateway has for one payment: of its session, its invoice... */

/* How a gateway speaks of what goes back. */
enum manner {
    BY_TOTALS, /* how much went back so far; a refund that failed has an id */
    BY_PARTS,  /* each refund with an id of its own */
    BY_WORDS   /* it takes back its word that something was paid, and gives it again */
};

struct payment {
    enum manner manner; /* of its gateway */
    uint64_t user;
    size_t plan;
    struct price price; /* as it was asked when they paid */
    int64_t amount;     /* that they paid */
    enum flaw flaw;
    bool by_order;
    uint64_t order;
    uint64_t subscription; /* its number + 1, 0: of none */
    bool many_names;
    bool bare; /* its refund and its dispute have no ids, and there is one of each at most */
    /* How it really stands, at the gateway. */
    unsigned parts;    /* ids of refunds and disputes that were given out */
    int64_t back;      /* went back so far */
    unsigned disputes; /* that are open or lost */
    bool was_disputed; /* ever */
    uint64_t last_ms;  /* when it last said something */
};

/* What a gateway says, until it is heard. */
struct gateway_event {
    uint64_t payment;
    enum payment_kind kind;
    unsigned part; /* the own id of the refund or dispute, 0: none */
    bool total;    /* amount is all that went back so far */
    int64_t amount;
    uint64_t said_ms;     /* when it took place */
    unsigned name, names; /* the one it goes by, and others that it tells, a bit each */
    bool anonymous;       /* says nothing of who paid for what */
    uint64_t same_id;     /* the event + 1 whose id it bears by mistake, 0: none */
    unsigned attempts;
    unsigned variant; /* another event id for the same fact */
    bool acked;
    bool applied; /* the auditor saw it */
};

struct subscription {
    uint64_t user;
    size_t plan;
    struct price price;
    bool named; /* usher has heard for whom it is, and for what */
    bool known; /* and granted a payment of it: for how long */
    struct period length;
    uint64_t
        given_ms; /* the end of the membership when its last charge was dealt with, 0: none was */
    uint64_t until_ms; /* the latest of these ends */
};

/* What the auditor knows of an order. */
enum order_stage { ORDER_IS_OPEN, ORDER_IS_EXPIRED, ORDER_IS_CANCELLED, ORDER_IS_PAID };
struct order {
    uint64_t user;  /* whose it is; of one that is nobody's, who pays it */
    bool unclaimed; /* it was made for nobody, and nobody has opened its link */
    char token[33]; /* of its link */
    size_t plan;
    struct price price; /* with what the code takes off, once it is known */
    uint64_t coupon;    /* its code's number + 1, 0: none */
    char id[32];
    bool known;        /* usher has it */
    bool refused;      /* for good */
    uint64_t known_ms; /* journal's time */
    uint64_t expires_ms;
    enum order_stage stage;
    bool held, used;  /* of its code: a use that is reserved, or used */
    uint64_t paid_by; /* payment + 1 */
    int64_t credit;   /* that pays a part of it */
    int64_t surplus;  /* that was paid beyond it */
    bool sold;        /* its money is there */
    bool refunded;    /* it went back, and not only because of a dispute */
    bool seat;        /* one that is nobody's keeps a seat by itself */
};

struct gateways {
    struct payment *payments;
    size_t payment_count, payment_cap;
    struct gateway_event *events;
    size_t event_count, event_cap;
    struct subscription *subscriptions;
    size_t subscription_count, subscription_cap;
    struct order *orders;
    size_t order_count, order_cap;
    size_t orders_over;              /* all before this one have ended */
    bool released[RELEASE_DEAD + 1]; /* the operator was told so, today */
};

void gateways_new(struct sim *sim);
void gateways_destroy(struct sim *sim);
/* A user pays for a plan, now, or orders it, and then may pay. Returns the payment's number + 1, 0:
 * there is none yet. */
uint64_t gateways_pay(struct sim *sim, uint64_t user, size_t plan);
/* usher has the order: it is paid in time, late, twice or never, or cancelled. */
void gateways_ordered(struct sim *sim, uint64_t order);
/* The money of a payment goes back, or is disputed, or has not come after all (stories.c). */
void gateways_give_back(struct sim *sim, uint64_t payment);
/* It goes back that much later. */
void gateways_refund(struct sim *sim, uint64_t payment, uint64_t after_ms);
/* It is disputed that much later. */
void gateways_dispute(struct sim *sim, uint64_t payment, uint64_t after_ms);
/* A gateway errs: many payments go back within minutes. */
void gateways_wave(struct sim *sim);
/* Some of its ids are one payment's: that is told, late. */
void gateways_link_names(struct sim *sim, uint64_t payment);
/* The gateway has something to say of a payment from now on, said so much later. */
void gateways_say(struct sim *sim, struct gateway_event event, uint64_t after_ms);
void gateways_acked(struct sim *sim, uint64_t event);
void gateways_released(struct sim *sim, uint64_t what);
/* All are acknowledged. */
bool gateways_idle(const struct sim *sim);
/* By one of its names. */
void payment_id_of(uint64_t payment, unsigned name, char *out, size_t size);
/* The payment whose id, by any of its names, the text begins with. */
bool payment_of_id(const char *text, uint64_t *payment);
enum manner payment_manner(const struct sim *sim, uint64_t payment);
const char *payment_gateway(const struct sim *sim, uint64_t payment);

#endif
