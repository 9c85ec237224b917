/* A link to an order, t.me/BOT?start=o_TOKEN: whoever opens it first has the order, and others are
 * told so. */
#include "modules/access/access.h"
#include "modules/order/claim.h"
#include "modules/payment/claim.h"
#include "modules/shop/page.h"
#include "modules/shop/visit.h"

void shop_claim(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct order order;
    struct page page;
    visit_stop_asking(ledger, said->telegram_id);
    if (!order_by_token(ledger, said->arg, &order)) {
        page_begin(&page);
        page_head(&page, SHOP_NO_ORDER, SLICE(""), RESULT_ok);
        page_say(ledger, said, &page);
        return;
    }
    bool new = order_unclaimed(&order.record);
    unsigned result = payment_claim(ledger, &order, said->telegram_id);
    if (result != RESULT_ok && result != RESULT_order_not_open) {
        shop_show_refusal(ledger, said, result);
        return;
    }
    ledger->subject = order.record.serial;
    if (new &&order.record.sold)
        return; /* the receipt and the doors say it all */
    shop_show_order(ledger, said, &order);
    if (order.record.sold)
        access_greet(ledger, said->telegram_id, SLICE(""));
}
