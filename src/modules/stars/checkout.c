/* cmd_pre_checkout: somebody is about to pay an invoice. Yes only for what its payment would be
 * granted for; who is refused keeps their Stars and reads why. */
#include "ledger/reply.h"
#include "modules/access/access.h"
#include "modules/order/book.h"
#include "modules/stars/till.h"

/* So long after our yes Telegram takes to charge the payer and to tell us. */
enum { PAYING_MS = 60000 };

static unsigned judge(struct ledger *ledger, const struct message_cmd_pre_checkout *command);
static unsigned judge_order(struct ledger *ledger, const struct message_cmd_pre_checkout *command,
                            const struct record_order *order);

unsigned op_pre_checkout(struct ledger *ledger, const struct message_cmd_pre_checkout *command)
{
    if (!catalog_bot_known(ledger->catalog, command->bot) || command->telegram_id <= 0)
        return RESULT_stranger;
    if (update_seen(ledger, command->bot, command->update_id))
        return RESULT_duplicate;
    unsigned result = judge(ledger, command);
    if (result == RESULT_ok)
        order_linger(ledger, command->order_id, ledger->at_ms + PAYING_MS);
    const struct star_refusal refusal = {
        .reason = result & UINT8_MAX,
        .language =
            command->language.len == 0
                ? 0
                : 1 + (uint64_t)language_nearest(command->language, ledger->catalog->language)};
    const struct message part = part_make(shape_star_refusal(), &refusal);
    const struct reply_to to = {
        .bot = command->bot, .telegram_id = command->telegram_id, .chat_id = command->telegram_id};
    (void)reply_of_kind(ledger, DELIVERY_pre_checkout, &to, command->query, &part,
                        result != RESULT_ok);
    return result;
}

static unsigned judge(struct ledger *ledger, const struct message_cmd_pre_checkout *command)
{
    struct star_gateway gateway;
    struct record_order order;
    if (!stars_gateway_of(ledger, command->bot, &gateway) ||
        !order_load(ledger, command->order_id, &order))
        return RESULT_checkout_unknown;
    if (order.telegram_id != command->telegram_id)
        return RESULT_checkout_other;
    return judge_order(ledger, command, &order);
}

static unsigned judge_order(struct ledger *ledger, const struct message_cmd_pre_checkout *command,
                            const struct record_order *order)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(order->plan));
    bool wanted;
    if (member_is_banned(ledger, order->telegram_id))
        return RESULT_checkout_banned;
    if (order->amount != command->amount || !slice_is(command->currency, order->currency))
        return RESULT_checkout_amount;
    enum result takes =
        order_takes(ledger, command->order_id, order, command->amount, command->currency);
    if (takes == RESULT_unsettled_order_used)
        return RESULT_checkout_used;
    if (takes != RESULT_ok || plan == NULL)
        return RESULT_checkout_over;
    return order_seat(ledger, order->telegram_id, plan, &wanted)
               ? (unsigned)RESULT_ok
               : (unsigned)RESULT_checkout_sold_out;
}
