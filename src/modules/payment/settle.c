/* cmd_settle: the operator decides about a recorded payment: grants it to a member, or (telegram_id
 * 0) puts it aside. */
#include "modules/access/grant.h"
#include "modules/order/claim.h"
#include "modules/payment/claim.h"
#include "modules/payment/payment.h"
#include "modules/payment/payments.h"

unsigned op_settle(struct ledger *ledger, const struct message_cmd_settle *command)
{
    struct payment_events events;
    struct record_payment payment;
    bool found = false;
    bool open = false;
    payment_find(ledger, command->gateway, command->payment_id, (struct slice){0}, &events);
    /* The payment itself goes before its parts: it is what a grant is for. */
    for (int parts = 0; parts < 2 && !open; parts++) {
        for (size_t i = 0; i < events.count && !open; i++) {
            found = payment_load(ledger, events.sequences[i], &payment) || found;
            open = payment.state == PAYMENT_STATE_UNSETTLED &&
                   payment_awaits_grant(&payment) == (parts == 0);
        }
    }
    if (!found)
        return RESULT_not_found;
    if (!open)
        return RESULT_already_settled;
    if (command->telegram_id == 0) {
        for (size_t i = 0; i < events.count; i++)
            if (payment_load(ledger, events.sequences[i], &payment) &&
                payment.state == PAYMENT_STATE_UNSETTLED) {
                if (payment_unclaimed(&payment)) /* whoever claims its order gets nothing */
                    payment.reason = RESULT_unsettled_no_member;
                payment_settled(ledger, &payment, PAYMENT_STATE_RECORDED);
            }
        return RESULT_ok;
    }
    if (!payment_awaits_grant(&payment))
        return RESULT_not_a_payment;
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, command->plan);
    if (plan == NULL || command->telegram_id < 0 || command->months > 1200 ||
        command->days > 36600 || command->months + command->days == 0)
        return RESULT_invalid;
    bool listed = payment.telegram_id == command->telegram_id;
    payment.telegram_id = command->telegram_id;
    payment.months = (uint32_t)command->months;
    payment.days = (uint32_t)command->days;
    (void)slice_copy(slice_from(plan->name), payment.plan, sizeof payment.plan);
    struct order order;
    bool claims =
        payment_unclaimed(&payment) && order_read(ledger, slice_from(payment.order_id), &order);
    if (claims) /* the seat that it keeps is the member's */
        order_seat_unhold(ledger, &order.record);
    enum result result = grant_add(ledger, plan, command->payment_id, &payment);
    if (result != RESULT_granted && claims)
        order_seat_hold(ledger, &order.record);
    if (result != RESULT_granted)
        return result;
    if (claims)
        (void)order_claim(ledger, &order, command->telegram_id);
    payment_settled(ledger, &payment, PAYMENT_STATE_GRANTED);
    if (!listed)
        payment_list(ledger, &payment);
    return RESULT_granted;
}
