/* Inside the checker, which is four files: checker.c asks gateways about callbacks that come from
 * the verifier, checker_reconcile.c asks them every while for the list of what was paid,
 * checker_look.c about single orders that may be paid, checker_tap.c for checkouts of the moment.
 *
 *     request ◀─ verifier;  the answer ─▶ a payment, or a verdict to the ingress
 *     every while: page by page ─▶ payments that were not handed in before
 *     look ◀─ ledger;  the answer ─▶ a payment, or cmd_looked
 *     request (SOURCE_TAP) ◀─ verifier;  the answer ─▶ a verdict to the ingress */
#ifndef USHER_ACTORS_CHECKER_H
#define USHER_ACTORS_CHECKER_H

#include "actors/actors.h"
#include "actors/handover.h"
#include "desk/callback.h"
#include "gateway/inquiry.h"
#include "gateway/reconcile.h"

struct checker {
    const struct config *config;
    struct inquiries *inquiries;
    struct reconcile *reconcile;
    struct http_client *client;
    struct inlet checks, looks;
    struct handover handover;
    struct judgement judgement;
    uint64_t look_ms; /* mono: when it is looked what is due */
    bool quiet;
    uint64_t quiet_ms; /* mono: since when */
    struct loop loop;
};

/* What an answer makes of a question; GATEWAY_unchecked: its next ask is filled. Counted and, where
 * an operator can mend it, said. */
enum gateway_verdict checker_judge(struct inquiry *inquiry, const struct inquiry_answer *answer,
                                   struct payment_event *event);
void checker_note(const struct config_gateway *gateway, enum gateway_verdict verdict,
                  const struct inquiry_answer *answer);

/* A payment that nobody waits for; false: there is no room. */
bool checker_hand_in(struct checker *it, const struct config_gateway *gateway,
                     const struct payment_event *event);

void checker_look(struct checker *it, const struct message_look *look);
bool checker_look_answered(struct checker *it, struct inquiry *inquiry,
                           const struct inquiry_answer *answer);

/* Somebody who is parked wants to pay by phone: they are answered with the place, or refused. */
void checker_tap(struct checker *it, const struct message_request *request);
bool checker_tap_answered(struct checker *it, struct inquiry *inquiry,
                          const struct inquiry_answer *answer);

/* Begins what is due; looks once a second. */
void checker_reconcile(struct checker *it);
bool checker_list_answered(struct checker *it, struct inquiry *inquiry,
                           const struct inquiry_answer *answer);
bool checker_payment_answered(struct checker *it, struct inquiry *inquiry,
                              const struct inquiry_answer *answer);

#endif
