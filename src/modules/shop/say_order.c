/* What is said of orders, and the buttons of the shop. */
#include "ledger/words.h"
#include "modules/shop/say.h"
#include "modules/shop/tag.h"

static void say_line_of_list(struct say *say, const struct shop_order *order);
static struct slice joined(struct say *say, struct slice prices, struct buf *out);

static const say_text states[ORDER_STATE_COUNT] = {
    [ORDER_OPEN] = {"Order no. {{number}}", "订单 {{number}}", "訂單 {{number}}"},
    [ORDER_PAID] = {"Order no. {{number}} is paid ({{paid}}).",
                    "订单 {{number}} 已付款（{{paid}}）。", "訂單 {{number}} 已付款（{{paid}}）。"},
    [ORDER_FULFILLED] = {"Order no. {{number}} is done: there was nothing to pay.",
                         "订单 {{number}} 已完成，无需付款。",
                         "訂單 {{number}} 已完成，無須付款。"},
    [ORDER_EXPIRED] = {"Order no. {{number}} expired on {{expires}}.",
                       "订单 {{number}} 已于 {{expires}} 过期。",
                       "訂單 {{number}} 已於 {{expires}} 過期。"},
    [ORDER_CANCELLED] = {"Order no. {{number}} is cancelled. Please do not pay it any more.",
                         "订单 {{number}} 已取消，请不要再为它付款。",
                         "訂單 {{number}} 已取消，請不要再為它付款。"},
    [ORDER_REFUNDED] = {"Order no. {{number}} was refunded.", "订单 {{number}} 已退款。",
                        "訂單 {{number}} 已退款。"},
    [ORDER_PARTLY_REFUNDED] = {"Order no. {{number}} was refunded in part.",
                               "订单 {{number}} 已部分退款。", "訂單 {{number}} 已部分退款。"},
    [ORDER_DISPUTED] = {"The payment of order no. {{number}} is disputed.",
                        "订单 {{number}} 的付款存在争议。", "訂單 {{number}} 的付款有爭議。"},
};
static const say_text short_states[ORDER_STATE_COUNT] = {
    [ORDER_OPEN] = {"to be paid until {{expires}}", "请在 {{expires}} 前付款",
                    "請於 {{expires}} 前付款"},
    [ORDER_PAID] = {"paid", "已付款", "已付款"},
    [ORDER_FULFILLED] = {"done", "已完成", "已完成"},
    [ORDER_EXPIRED] = {"expired", "已过期", "已過期"},
    [ORDER_CANCELLED] = {"cancelled", "已取消", "已取消"},
    [ORDER_REFUNDED] = {"refunded", "已退款", "已退款"},
    [ORDER_PARTLY_REFUNDED] = {"refunded in part", "已部分退款", "已部分退款"},
    [ORDER_DISPUTED] = {"disputed", "有争议", "有爭議"},
};
static const say_text id = {"{{id}}", "{{id}}", "{{id}}"};
static const say_text of_list = {"No. {{number}}: {{plan}}, {{period}}, {{amount}} ({{state}})",
                                 "{{number}}：{{plan}}，{{period}}，{{amount}}（{{state}}）",
                                 "{{number}}：{{plan}}，{{period}}，{{amount}}（{{state}}）"};
static const say_text what = {"{{plan}}, {{period}}: {{amount}}",
                              "{{plan}}，{{period}}：{{amount}}",
                              "{{plan}}，{{period}}：{{amount}}"};
static const say_text instead = {"instead of {{list}}", "原价 {{list}}", "原價 {{list}}"};
static const say_text by = {"To be paid by: {{gateway}}", "支付方式：{{gateway}}",
                            "付款方式：{{gateway}}"};
static const say_text holds = {"It is held for you until {{expires}}.",
                               "为您保留至 {{expires}}，请在此之前付款。",
                               "為您保留至 {{expires}}，請在此之前付款。"};
static const say_text pageless = {
    "There is no page to pay it on. Whatever way you pay, the payment must name the order's id "
    "above: by that it is recognised.",
    "暂时没有可打开的付款页面。无论以哪种方式付款，都请注明上面的订单编号，系统据此识别您的付款。",
    "目前沒有可開啟的付款頁面。無論以哪種方式付款，都請註明上面的訂單編號，系統會據此辨識您的付款"
    "。"};
static const say_text by_invoice = {"You pay it by the invoice that the bot sends you.",
                                    "请通过机器人发给您的账单付款。",
                                    "請透過機器人傳給您的帳單付款。"};
static const say_text follows = {"The address to pay at comes here in a moment.",
                                 "付款链接马上会发到这里。", "付款連結馬上會傳到這裡。"};
static const say_text late = {"If you have paid it already: it still counts until {{late}}.",
                              "如果您已经付款：在 {{late}} 之前到账仍然有效。",
                              "如果您已經付款：在 {{late}} 之前入帳仍然有效。"};
static const say_text payment = {"Payment no. {{payment}}", "付款编号：{{payment}}",
                                 "付款編號：{{payment}}"};
static const say_text toasts[SHOP_TOASTS] = {
    [SHOP_NOT_SEEN] = {"No payment of order no. {{number}} has arrived yet. Once it is confirmed, "
                       "the receipt and the way in come here by themselves.",
                       "还没有收到订单 {{number}} 的付款。确认到账后，收据和入口会自动发到这里。",
                       "還沒有收到訂單 {{number}} 的付款。確認入帳後，收據和入口會自動傳到這裡。"},
    [SHOP_TOO_SOON] = {"I looked a moment ago. Please try again in 15 seconds.",
                       "刚刚查询过，请 15 秒后再试。", "剛剛查詢過，請 15 秒後再試。"},
    [SHOP_BEING_CHECKED] = {"Your payment of order no. {{number}} has arrived, and the team is "
                            "looking at it. You need not pay again.",
                            "订单 {{number}} 的付款已收到，正在由客服核对，请勿重复付款。",
                            "訂單 {{number}} 的付款已收到，客服正在核對，請勿重複付款。"},
};
static const say_text looks[SHOP_LOOKED] = {
    [SHOP_NOT_PAID] =
        {"I asked {{gateway}}: it has not seen a payment of order no. {{number}} so "
         "far. As soon as it has, the receipt comes here.",
         "已向 {{gateway}} 查询：目前还没有看到订单 {{number}} 的付款。一旦到账，收据会发到这里。",
         "已向 {{gateway}} 查詢：目前還沒有看到訂單 {{number}} 的付款。一旦入帳，收據會傳到這裡。"},
    [SHOP_AWAY] = {"{{gateway}} does not answer just now, so I do not know whether order no. "
                   "{{number}} is paid. A payment is not lost: the receipt comes here.",
                   "{{gateway}} 暂时没有响应，无法确认订单 {{number}} "
                   "是否已付款。付款不会丢失，收据会发到这里。",
                   "{{gateway}} 暫時沒有回應，無法確認訂單 {{number}} "
                   "是否已付款。付款不會遺失，收據會傳到這裡。"},
};
static const say_text keys[SHOP_KEYS] = {
    [SHOP_KEY_PERIOD] = {"{{period}}: {{prices}}", "{{period}}：{{prices}}",
                         "{{period}}：{{prices}}"},
    [SHOP_KEY_GATEWAY] = {"{{gateway}}", "{{gateway}}", "{{gateway}}"},
    [SHOP_KEY_BUY] = {"Order for {{prices}}", "下单：{{prices}}", "下單：{{prices}}"},
    [SHOP_KEY_FREE] = {"Get it: nothing to pay", "免费领取", "免費領取"},
    [SHOP_KEY_PROMO] = {"Promo code", "优惠码", "優惠碼"},
    [SHOP_KEY_BACK] = {"Back", "返回", "返回"},
    [SHOP_KEY_PLANS] = {"Plans", "套餐", "方案"},
    [SHOP_KEY_MINE] = {"My membership", "我的会员", "我的會員"},
    [SHOP_KEY_RENEW] = {"Renew: {{plan}}", "续费：{{plan}}", "續訂：{{plan}}"},
    [SHOP_KEY_PAY] = {"Pay {{amount}}", "付款 {{amount}}", "付款 {{amount}}"},
    [SHOP_KEY_PAY_ORDER] = {"Pay no. {{number}}: {{amount}}", "付款 {{number}}：{{amount}}",
                            "付款 {{number}}：{{amount}}"},
    [SHOP_KEY_ORDER] = {"Order no. {{number}}", "订单 {{number}}", "訂單 {{number}}"},
    [SHOP_KEY_AGAIN] = {"Order again", "重新下单", "重新下單"},
    [SHOP_KEY_HAVE_PAID] = {"I have paid", "我已付款", "我已付款"},
    [SHOP_KEY_CANCEL] = {"Cancel", "取消订单", "取消訂單"},
    [SHOP_KEY_SUPPORT] = {"Write to the support", "联系客服", "聯絡客服"},
    [SHOP_KEY_EN] = {"English", "English", "English"},
    [SHOP_KEY_ZH_HANS] = {"简体中文", "简体中文", "简体中文"},
    [SHOP_KEY_ZH_HANT] = {"繁體中文", "繁體中文", "繁體中文"},
};
static const say_text gateway_priced = {"{{gateway}}: {{prices}}", "{{gateway}}：{{prices}}",
                                        "{{gateway}}：{{prices}}"};

void shop_say_order(struct say *say, const void *part)
{
    const struct shop_order *order = part;
    if (order->brief != 0) {
        say_line_of_list(say, order);
        return;
    }
    say_append(say, states[order->state], {"number", say_number(say, (int64_t)order->number)},
               {"paid", say_time(say, order->paid)}, {"expires", say_time(say, order->expires)});
    say_line(say, id, {"id", order->order_id});
    say_line(say, what, {"plan", say_plan(say, order->plan)},
             {"period", say_period(say, period_unpack(order->period))},
             {"amount", say_exact(say, order->amount, order->currency)});
    if (order->list != order->amount)
        say_line(say, instead, {"list", say_exact(say, order->list, order->currency)});
    if (order->state == ORDER_OPEN && order->gateway.len > 0)
        say_line(say, by, {"gateway", shop_gateway_label(say, order->gateway)});
    if (order->payment_id.len > 0)
        say_line(say, payment, {"payment", order->payment_id});
    if (order->state == ORDER_EXPIRED && order->late != 0)
        say_block(say, late, {"late", say_time(say, order->late)});
    if (order->state != ORDER_OPEN)
        return;
    if (order->expires != 0)
        say_block(say, holds, {"expires", say_time(say, order->expires)});
    if (slice_is(order->currency, "XTR"))
        say_block(say, by_invoice);
    else if (order->follows != 0)
        say_block(say, follows);
    else if (order->page == 0)
        say_block(say, pageless);
}

static void say_line_of_list(struct say *say, const struct shop_order *order)
{
    struct slice state = say_choice(say, short_states[order->state]);
    struct buf text;
    buf_init(&text, 1024);
    const struct template_value expires = {"expires", say_time(say, order->expires)};
    template_render(&text, state, &expires, 1);
    say_line(say, of_list, {"number", say_number(say, (int64_t)order->number)},
             {"plan", say_plan(say, order->plan)},
             {"period", say_period(say, period_unpack(order->period))},
             {"amount", say_exact(say, order->amount, order->currency)},
             {"state", buf_slice(&text)});
    say->text->failed = say->text->failed || text.failed;
    buf_deinit(&text);
}

void shop_say_toast(struct say *say, const void *part)
{
    const struct shop_toast *toast = part;
    say->alert = toast->what != SHOP_TOO_SOON;
    say_append(say, toasts[toast->what], {"number", say_number(say, (int64_t)toast->number)});
}

void shop_say_looked(struct say *say, const void *part)
{
    const struct shop_looked *looked = part;
    say_append(say, looks[looked->what], {"gateway", shop_gateway_label(say, looked->gateway)},
               {"number", say_number(say, (int64_t)looked->number)});
}

void shop_say_key(struct say *say, const void *part)
{
    const struct shop_key *key = part;
    enum say_place place = key->beside != 0 ? SAY_BESIDE : SAY_BELOW;
    bool priced = key->what == SHOP_KEY_GATEWAY && key->prices.len > 0;
    const char *const *text = priced ? gateway_priced : keys[key->what];
    char target[1025];
    struct buf prices;
    buf_init(&prices, 2048);
    const struct template_value values[] = {{"period", say_period(say, period_unpack(key->period))},
                                            {"prices", joined(say, key->prices, &prices)},
                                            {"gateway", shop_gateway_label(say, key->name)},
                                            {"plan", say_plan(say, key->name)},
                                            {"number", say_number(say, (int64_t)key->number)},
                                            {"amount", say_exact(say, key->amount, key->currency)}};
    const size_t count = sizeof values / sizeof *values;
    if (key->url.len > 0 && slice_copy(key->url, target, sizeof target))
        say_url_key(say, place, target, text, values, count);
    else if (key->data.len > 0 && slice_copy(key->data, target, sizeof target))
        say_data_key(say, place, target, text, values, count);
    say->keys->failed = say->keys->failed || prices.failed;
    buf_deinit(&prices);
}

struct slice shop_gateway_label(const struct say *say, struct slice name)
{
    const struct config_gateway *gateway = config_gateway_find(say->config, name);
    return gateway == NULL ? name : slice_from(config_gateway_label(gateway, say->language));
}

/* "$29.00 / €27.00" */
static struct slice joined(struct say *say, struct slice prices, struct buf *out)
{
    struct tag tag;
    while (tag_next(&prices, &tag)) {
        size_t used = say->used;
        struct slice amount = say_money(say, tag.amount, slice_from(tag.currency));
        buf_printf(out, "%s%.*s", out->len > 0 ? " / " : "", SLICE_ARG(amount));
        say->used = used;
    }
    return buf_slice(out);
}
