/* The gateways: each event of a payment is sent until it is acknowledged, in any order, and now and
 * then again after that. And the operator, who issues orders, some of which expire, settles what
 * was not granted, also twice or wrongly, and lets go what is held or dead, all or one. */
#ifndef USHER_TESTS_SIM_GATEWAYS_H
#define USHER_TESTS_SIM_GATEWAYS_H

#include "tests/sim/terms.h"
#include "wire/wire.h"

enum flaw { FLAW_NONE, FLAW_AMOUNT, FLAW_NO_MEMBER, FLAW_PLAN };

struct payment {
    uint64_t user;
    size_t plan;
    struct price price; /* as it was asked when they paid */
    enum flaw flaw;
    bool by_order;
    uint64_t order;
    unsigned planned; /* bit a kind: events that were begun */
};

struct gateway_event {
    uint64_t payment;
    enum payment_kind kind;
    unsigned attempts;
    unsigned variant; /* another event id for the same fact */
    bool acked;
};

/* What the auditor knows of an order. */
enum order_stage { ORDER_IS_OPEN, ORDER_IS_EXPIRED, ORDER_IS_CANCELLED, ORDER_IS_PAID };
struct order {
    uint64_t user;
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
};

struct gateways {
    struct payment *payments;
    size_t payment_count, payment_cap;
    struct gateway_event *events;
    size_t event_count, event_cap;
    struct order *orders;
    size_t order_count, order_cap;
    size_t orders_over;              /* all before this one have ended */
    bool released[RELEASE_DEAD + 1]; /* the operator was told so, today */
};

extern const char *const gateway_names[GATEWAYS];

void gateways_new(struct sim *sim);
void gateways_destroy(struct sim *sim);
/* A user pays for a plan, now, or orders it, and then may pay. Returns the payment's number + 1, 0:
 * there is none yet. */
uint64_t gateways_pay(struct sim *sim, uint64_t user, size_t plan);
/* usher has the order: it is paid in time, late, twice or never, or cancelled. */
void gateways_ordered(struct sim *sim, uint64_t order);
/* The money of a payment goes back, or is disputed. */
void gateways_give_back(struct sim *sim, uint64_t payment);
/* It goes back that much later. */
void gateways_refund(struct sim *sim, uint64_t payment, uint64_t after_ms);
/* A gateway errs: many payments go back within minutes. */
void gateways_wave(struct sim *sim);
void gateways_acked(struct sim *sim, uint64_t event);
void gateways_released(struct sim *sim, uint64_t what);
/* All are acknowledged. */
bool gateways_idle(const struct sim *sim);
void payment_id_of(uint64_t payment, char *out, size_t size);
const char *payment_gateway(uint64_t payment);

#endif
