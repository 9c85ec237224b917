/* What renewals say. */
#include "text/say.h"
#include "ledger/words.h"
#include "modules/renewal/renewal.h"

static const say_text ends = {
    "Dear {{name}}, your {{plan}} membership of {{community}} ends on {{until}}.",
    "{{name}}，您在“{{community}}”的“{{plan}}”会员将于 {{until}} 到期。",
    "{{name}}，您在「{{community}}」的「{{plan}}」會員資格將於 {{until}} 到期。"};
static const say_text costs = {
    "Renewing costs {{amount}} for {{period}}; it is added to what you have, so you lose nothing "
    "by "
    "renewing early.",
    "续费 {{period}}：{{amount}}。提前续费会在现有期限上顺延，不会损失任何天数。",
    "續訂 {{period}}：{{amount}}。提前續訂會從目前的期限往後延長，不會損失任何天數。"};
static const say_text cheaper = {
    "Until {{offer_until}} you get {{percent}}% off: {{amount}} instead of {{price}} for "
    "{{period}}.",
    "{{offer_until}} 之前续费可享 {{percent}}% 优惠：{{period}}只需 {{amount}}（原价 {{price}}）。",
    "{{offer_until}} 之前續訂可享 {{percent}}% 優惠：{{period}}只要 {{amount}}（原價 "
    "{{price}}）。"};
static const say_text renew = {"Renew", "续费", "續訂"};
static const say_text ended = {
    "Dear {{name}}, your {{plan}} membership of {{community}} has ended. You are welcome back.",
    "{{name}}，您在“{{community}}”的“{{plan}}”会员已经结束，欢迎随时回来。",
    "{{name}}，您在「{{community}}」的「{{plan}}」會員資格已經結束，歡迎隨時回來。"};
static const say_text back_costs = {"It costs {{amount}} for {{period}}.",
                                    "{{period}}：{{amount}}。", "{{period}}：{{amount}}。"};
static const say_text back = {"Come back", "重新加入", "重新加入"};
static const say_text choose = {"For how long would you like to renew?", "请选择续费时长：",
                                "請選擇續訂的期間："};
static const say_text nothing = {"You have no membership of {{community}} that could be renewed.",
                                 "您目前没有可以续费的“{{community}}”会员。",
                                 "您目前沒有可以續訂的「{{community}}」會員資格。"};
static const say_text held = {"{{plan}}: runs until {{until}}", "{{plan}}：有效期至 {{until}}",
                              "{{plan}}：有效期限至 {{until}}"};
static const say_text over = {"{{plan}}: has ended", "{{plan}}：已结束", "{{plan}}：已結束"};
static const say_text less = {"{{percent}}% off until {{offer_until}}",
                              "{{offer_until}} 之前优惠 {{percent}}%",
                              "{{offer_until}} 之前優惠 {{percent}}%"};
static const say_text price_key = {"{{period}}: {{amount}}", "{{period}}：{{amount}}",
                                   "{{period}}：{{amount}}"};
/* The price, with the discount when there is one, and the button. */
struct quoted {
    uint64_t period;
    int64_t price, amount;
    struct slice currency;
    uint64_t percent, offer_until;
};

static void say_price(struct say *say, const say_text plain, const struct quoted *quoted)
{
    struct slice period = say_period(say, period_unpack(quoted->period));
    struct slice amount = say_money(say, quoted->amount, quoted->currency);
    if (quoted->currency.len == 0)
        return;
    if (quoted->percent == 0)
        say_block(say, plain, {"amount", amount}, {"period", period});
    else
        say_block(say, cheaper, {"amount", amount}, {"period", period},
                  {"price", say_money(say, quoted->price, quoted->currency)},
                  {"percent", say_number(say, (int64_t)quoted->percent)},
                  {"offer_until", say_time(say, quoted->offer_until)});
}

static void say_button(struct say *say, const say_text label)
{
    char data[SAID_DATA_SIZE];
    if (said_data(MODULE_renewal, "renew", SLICE(""), data))
        say_key(say, SAY_BELOW, data, label);
}

static void say_reminder(struct say *say, const void *part)
{
    const struct renew_reminder *reminder = part;
    say_append(say, ends, {"plan", say_plan(say, reminder->plan)},
               {"until", say_time(say, reminder->until)});
    say_price(say, costs,
              &(const struct quoted){reminder->period, reminder->price, reminder->amount,
                                     reminder->currency, reminder->percent, reminder->offer_until});
    say_button(say, renew);
}

static void say_winback(struct say *say, const void *part)
{
    const struct renew_winback *winback = part;
    say_append(say, ended, {"plan", say_plan(say, winback->plan)});
    say_price(say, back_costs,
              &(const struct quoted){winback->period, winback->price, winback->amount,
                                     winback->currency, winback->percent, winback->offer_until});
    say_button(say, back);
}

static void say_prices(struct say *say, const void *part)
{
    const struct renew_prices *prices = part;
    say_append(say, prices->none != 0 ? nothing : choose);
}

/* Of a plan what it is, or of a price its button. */
static void say_one(struct say *say, const void *part)
{
    const struct renew_price *price = part;
    if (price->data.len == 0) {
        say_append(say, price->until != 0 ? held : over, {"plan", say_plan(say, price->plan)},
                   {"until", say_time(say, price->until)});
        if (price->percent != 0)
            say_line(say, less, {"percent", say_number(say, (int64_t)price->percent)},
                     {"offer_until", say_time(say, price->offer_until)});
        return;
    }
    char data[SAID_DATA_SIZE];
    if (slice_copy(price->data, data, sizeof data))
        say_key(say, SAY_BELOW, data, price_key,
                {"period", say_period(say, period_unpack(price->period))},
                {"amount", say_money(say, price->amount, price->currency)});
}

const struct say_row renewal_says[] = {
    {shape_renew_reminder, say_reminder},
    {shape_renew_winback, say_winback},
    {shape_renew_prices, say_prices},
    {shape_renew_price, say_one},
    {NULL, NULL},
};
