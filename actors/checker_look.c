/* The gateway is asked about one order: "I have paid", or because it lists nothing. */
#include "actors/checker.h"
#include "base/clock.h"
#include "base/metrics.h"

static void tell(struct checker *it, const struct inquiry *inquiry, enum looked_how how);

/* Best effort: where there is no room, the reconciler finds what was paid. */
void checker_look(struct checker *it, const struct message_look *look)
{
    const struct config_gateway *gateway = config_gateway_find(it->config, look->gateway);
    struct inquiry *inquiry = gateway != NULL ? inquiry_new(INQUIRY_LOOK, 0, 0) : NULL;
    if (inquiry == NULL)
        return;
    inquiry->telegram_id = look->telegram_id;
    if (!slice_copy(look->order_id, inquiry->order_id, sizeof inquiry->order_id) ||
        !check_about(gateway, look->id, &inquiry->check, &inquiry->ask) ||
        !inquiries_add(it->inquiries, gateway, inquiry, clock_mono_ms()))
        inquiry_destroy(&inquiry);
    else if (look->telegram_id == 0)
        metric_add(metric_series(METRIC_usher_reconciled_total, gateway->name, "asked"), 1);
}

/* What the gateway made for an order is the order's, also where its answer does not name it. */
bool checker_look_answered(struct checker *it, struct inquiry *inquiry,
                           const struct inquiry_answer *answer)
{
    struct payment_event event;
    enum gateway_verdict verdict = checker_judge(inquiry, answer, &event);
    if (verdict == GATEWAY_unchecked)
        return true;
    if (verdict == GATEWAY_accepted) {
        if (event.order_id[0] == '\0')
            (void)slice_copy(slice_from(inquiry->order_id), event.order_id, sizeof event.order_id);
        if (checker_hand_in(it, inquiry->gateway, &event) && inquiry->telegram_id == 0)
            metric_add(
                metric_series(METRIC_usher_reconciled_total, inquiry->gateway->name, "handed_in"),
                1);
        return false;
    }
    if (inquiry->telegram_id == 0)
        return false;
    bool known = verdict == GATEWAY_unused || verdict == GATEWAY_not_yet ||
                 verdict == GATEWAY_payment_unknown;
    tell(it, inquiry, known ? LOOKED_NOT_PAID : LOOKED_AWAY);
    return false;
}

static void tell(struct checker *it, const struct inquiry *inquiry, enum looked_how how)
{
    const struct message command = {.kind = MESSAGE_cmd_looked,
                                    .cmd_looked = {.gateway = slice_from(inquiry->gateway->name),
                                                   .order_id = slice_from(inquiry->order_id),
                                                   .telegram_id = inquiry->telegram_id,
                                                   .how = how}};
    judgement_clear(&it->judgement);
    if (judgement_command(&it->judgement, &command, "looked"))
        (void)handover_command(&it->handover, 0, 0, &it->judgement);
}
