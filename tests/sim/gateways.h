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

struct order {
    uint64_t user;
    size_t plan;
    struct price price;
    uint64_t expires_ms; /* 0: never */
    bool known;          /* usher has it */
    bool refused;        /* its plan was not sold when it came */
};

struct gateways {
    struct payment *payments;
    size_t payment_count, payment_cap;
    struct gateway_event *events;
    size_t event_count, event_cap;
    struct order *orders;
    size_t order_count, order_cap;
    bool released[RELEASE_DEAD + 1]; /* the operator was told so, today */
};

extern const char *const gateway_names[GATEWAYS];

void gateways_new(struct sim *sim);
void gateways_destroy(struct sim *sim);
/* A user pays for a plan, now. */
void gateways_pay(struct sim *sim, uint64_t user, size_t plan);
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
