#include "modules/shop/say.h"

#include "ledger/words.h"
#include "modules/shop/tag.h"

static void say_plan_row(struct say *say, const void *part);
static void say_card(struct say *say, const void *part);
static void say_tags(struct say *say, struct slice prices);
static void say_seats(struct say *say, bool limited, uint64_t left, bool out_of_seats);
static void say_groups(struct say *say, struct slice plan);
static void say_code(struct say *say, const struct shop_card *card);

const struct say_row shop_says[] = {{shape_shop_head, shop_say_head},
                                    {shape_shop_plan, say_plan_row},
                                    {shape_shop_card, say_card},
                                    {shape_shop_key, shop_say_key},
                                    {shape_shop_order, shop_say_order},
                                    {shape_shop_toast, shop_say_toast},
                                    {shape_shop_looked, shop_say_looked},
                                    {shape_shop_have, shop_say_have},
                                    {shape_shop_credit, shop_say_credit},
                                    {shape_shop_payment, shop_say_payment},
                                    {shape_shop_legal, shop_say_legal},
                                    {shape_shop_help, shop_say_help},
                                    {NULL, NULL}};

static const say_text title = {"{{plan}}", "{{plan}}", "{{plan}}"};
static const say_text price = {"{{period}}: {{amount}}", "{{period}}：{{amount}}",
                               "{{period}}：{{amount}}"};
static const say_text cheaper = {"{{period}}: {{amount}} instead of {{list}}",
                                 "{{period}}：{{amount}}（原价 {{list}}）",
                                 "{{period}}：{{amount}}（原價 {{list}}）"};
static const say_text one_seat = {"1 seat left", "仅剩 1 个名额", "僅剩 1 個名額"};
static const say_text seats = {"{{left}} seats left", "剩余 {{left}} 个名额",
                               "剩餘 {{left}} 個名額"};
static const say_text sold_out = {"sold out", "已售罄", "已售完"};
static const say_text unpaid = {"It cannot be paid for here at the moment.",
                                "目前暂无可用的支付方式。", "目前沒有可用的付款方式。"};
static const say_text opens = {"Opens: {{groups}}", "可加入：{{groups}}", "可加入：{{groups}}"};
static const say_text running = {"You have it until {{until}}; what you buy now is added to that.",
                                 "您的有效期至 {{until}}，现在购买会在此基础上顺延。",
                                 "您的有效期限至 {{until}}，現在購買會從該日起往後延長。"};
static const say_text rule = {
    "You pay once for the period: nothing is charged again by itself. Renewing early adds to the "
    "time you have.",
    "按所选时长一次性付款，到期不会自动扣款；提前续费会在现有期限上顺延。",
    "依所選期間一次付款，到期不會自動扣款；提前續訂會從目前的期限往後延長。"};
static const say_text refunds = {"Refunds: {{text}}", "退款规则：{{text}}", "退款規則：{{text}}"};
static const say_text with_code = {"The code {{code}} is taken into account.",
                                   "已使用优惠码 {{code}}。", "已套用優惠碼 {{code}}。"};
static const say_text without_code = {"The code {{code}} cannot be used: {{why}}.",
                                      "优惠码 {{code}} 无法使用：{{why}}。",
                                      "優惠碼 {{code}} 無法使用：{{why}}。"};
static const say_text steps[] = {
    [SHOP_STEP_NONE] = {"", "", ""},
    [SHOP_STEP_PERIOD] = {"For how long?", "请选择时长：", "請選擇期間："},
    [SHOP_STEP_GATEWAY] = {"How would you like to pay?", "请选择支付方式：", "請選擇付款方式："},
};

static void say_plan_row(struct say *say, const void *part)
{
    const struct shop_plan *plan = part;
    char data[SAID_DATA_SIZE];
    say_append(say, title, {"plan", say_plan(say, plan->plan)});
    say_tags(say, plan->prices);
    say_seats(say, plan->limited != 0, plan->left, plan->sold_out != 0);
    if (plan->data.len > 0 && slice_copy(plan->data, data, sizeof data))
        say_key(say, SAY_BELOW, data, title, {"plan", say_plan(say, plan->plan)});
}

/* The card says all of the plan; the choice of a gateway, which names its period, only the price.
 */
static void say_card(struct say *say, const void *part)
{
    const struct shop_card *card = part;
    const struct config_legal *legal = &say->config->legal;
    say_append(say, title, {"plan", say_plan(say, card->plan)});
    say_groups(say, card->plan);
    if (card->prices.len > 0)
        say_tags(say, card->prices);
    else
        say_line(say, unpaid);
    say_seats(say, card->limited != 0, card->left, card->sold_out != 0);
    say_code(say, card);
    if (card->until != 0)
        say_block(say, running, {"until", say_time(say, card->until)});
    say_block(say, rule);
    if (legal->refunds != NULL)
        say_line(say, refunds, {"text", slice_from(legal->refunds)});
    if (card->step != SHOP_STEP_NONE)
        say_block(say, steps[card->step]);
}

static void say_tags(struct say *say, struct slice prices)
{
    struct tag tag;
    while (tag_next(&prices, &tag)) {
        size_t used = say->used; /* many prices do not need much room */
        struct slice currency = slice_from(tag.currency);
        if (tag.amount == tag.list)
            say_line(say, price, {"period", say_period(say, tag.period)},
                     {"amount", say_money(say, tag.amount, currency)});
        else
            say_line(say, cheaper, {"period", say_period(say, tag.period)},
                     {"amount", say_money(say, tag.amount, currency)},
                     {"list", say_money(say, tag.list, currency)});
        say->used = used;
    }
}

static void say_seats(struct say *say, bool limited, uint64_t left, bool out_of_seats)
{
    if (out_of_seats)
        say_line(say, sold_out);
    else if (limited && left == 1)
        say_line(say, one_seat);
    else if (limited && left > 1)
        say_line(say, seats, {"left", say_number(say, (int64_t)left)});
}

static void say_groups(struct say *say, struct slice name)
{
    const struct config_plan *plan = config_plan_find(say->config, name);
    struct buf groups;
    buf_init(&groups, 16384);
    for (size_t i = 0; plan != NULL && i < plan->group_count; i++)
        buf_printf(&groups, "%s%s",
                   i == 0                         ? ""
                   : say->language == LANGUAGE_EN ? ", "
                                                  : "、",
                   plan->groups[i]->title);
    if (groups.len > 0)
        say_line(say, opens, {"groups", buf_slice(&groups)});
    say->text->failed = say->text->failed || groups.failed;
    buf_deinit(&groups);
}

static void say_code(struct say *say, const struct shop_card *card)
{
    if (card->code.len == 0)
        return;
    if (card->why.len == 0)
        say_line(say, with_code, {"code", card->code});
    else
        say_line(say, without_code, {"code", card->code},
                 {"why", refusal_text(card->why, say->language)});
}
