/* The operator's codes: some for one plan, some few, some that end. Each is made by cmd_act until
 * usher has it, and some are ended by hand. The auditor keeps their uses (auditor_shop.c). */
#ifndef USHER_TESTS_SIM_COUPONS_H
#define USHER_TESTS_SIM_COUPONS_H

#include "tests/sim/usher.h"

enum { COUPON_CODE_SIZE = 16 };

struct coupon {
    unsigned percent; /* or an amount of USD */
    int64_t amount;
    size_t plan; /* PLANS: of all */
    uint64_t max_uses, per_member, ends_ms;
    bool known, refused, ended;
    uint64_t uses, reserved;
    uint8_t *by_member; /* uses, reserved or not, of each user */
};

struct coupons {
    struct coupon *items;
    size_t count, cap;
};

void coupons_new(struct sim *sim);
void coupons_destroy(struct sim *sim);
void coupon_code(uint64_t number, char out[COUPON_CODE_SIZE]);
/* What somebody types who orders this plan: a code's number + 1, 0 for none. */
uint64_t coupons_any(struct sim *sim, size_t plan);

#endif
