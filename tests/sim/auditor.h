/* The auditor: computes in its own way what each payment must have come to and what each member
 * must hold, from the commands that became durable, and compares it with what the ledger answers,
 * with who is in which group, and with which receipts arrived. It shares no code with the ledger.
 */
#ifndef USHER_TESTS_SIM_AUDITOR_H
#define USHER_TESTS_SIM_AUDITOR_H

#include "tests/sim/usher.h"

void auditor_new(struct sim *sim);
void auditor_destroy(struct sim *sim);

/* A durable command was applied at at_ms with this result. */
void auditor_applied(struct sim *sim, struct waiter waiter, uint64_t at_ms, enum result result);
/* The operator decides about a payment: settle to its member and plan, or put it aside. */
bool auditor_unsettled(const struct sim *sim, uint64_t payment);
/* Until when this user may be in the group, 0: never could. Grace counts. */
uint64_t auditor_entitled_until(const struct sim *sim, uint64_t user, size_t group);
uint64_t auditor_held_until(const struct sim *sim, uint64_t user, size_t plan);
/* usher let this user in. */
void auditor_admitted(struct sim *sim, uint64_t user, size_t group);
void auditor_receipt(struct sim *sim, uint64_t payment);
/* Nobody stays in a group whose time there is over for longer than settle_ms. */
void auditor_check_places(struct sim *sim, uint64_t settle_ms);
/* Each payment, each member and each sum against the ledger's answers. */
void auditor_check_ledger(struct sim *sim);
void auditor_check_arrived(struct sim *sim);

struct auditor_sums {
    uint64_t granted, unsettled, taken_back, recorded;
};
void auditor_sums(const struct sim *sim, struct auditor_sums *out);

#endif
