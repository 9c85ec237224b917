/* What a bot says of invoices. */
#include "text/say.h"

#include "modules/stars/stars.h"

static const say_text title = {"{{plan}}", "{{plan}}", "{{plan}}"};
static const say_text offer = {"{{period}} of {{plan}}, {{community}}.",
                               "“{{community}}”的“{{plan}}”会员，{{period}}。",
                               "「{{community}}」的「{{plan}}」會員資格，{{period}}。"};
static const say_text payable = {" It can be paid until {{until}}.", "请在 {{until}} 之前付款。",
                                 "請於 {{until}} 之前付款。"};

/* By the numbers of the results that refuse. */
static const say_text refusals[] = {
    {"This invoice is not valid any more. Please order again.", "这张账单已失效，请重新下单。",
     "這張帳單已失效，請重新下單。"},
    [RESULT_checkout_other & UINT8_MAX] =
        {"This invoice is for somebody else. Please write to the bot and order for yourself.",
         "这张账单属于其他人。请向机器人发消息，为自己下单。",
         "這張帳單屬於其他人。請傳訊息給機器人，為自己下單。"},
    [RESULT_checkout_amount &
        UINT8_MAX] = {"The price of this order is another one by now. Please order again.",
                      "该订单的价格已变更，请重新下单。", "這筆訂單的價格已變更，請重新下單。"},
    [RESULT_checkout_over & UINT8_MAX] = {"This order has ended. Please order again.",
                                          "该订单已结束，请重新下单。",
                                          "這筆訂單已結束，請重新下單。"},
    [RESULT_checkout_used & UINT8_MAX] = {"This order is paid already; you need not pay again.",
                                          "该订单已付款，无需再次付款。",
                                          "這筆訂單已付款，不需再次付款。"},
    [RESULT_checkout_sold_out &
        UINT8_MAX] = {"Sold out: all seats are taken by now. You have not been charged.",
                      "名额已满（已售罄），您没有被扣款。", "名額已滿（已售完），您沒有被扣款。"},
    [RESULT_checkout_banned & UINT8_MAX] = {"This order cannot be paid. Please ask the support.",
                                            "该订单无法付款，请联系客服。",
                                            "這筆訂單無法付款，請聯絡客服。"},
};
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

static void say_title(struct say *say, const void *part)
{
    const struct star_title *named = part;
    say_append(say, title, {"plan", say_plan(say, named->plan)});
}

static void say_offer(struct say *say, const void *part)
{
    const struct star_offer *offered = part;
    say_append(say, offer, {"plan", say_plan(say, offered->plan)},
               {"period", say_period(say, period_unpack(offered->period))});
    if (offered->until != 0)
        say_append(say, payable, {"until", say_time(say, offered->until)});
}

/* The payer may be nobody who is known; what their client speaks came with their question. */
static void say_refusal(struct say *say, const void *part)
{
    const struct star_refusal *refusal = part;
    enum language known = say->language;
    uint64_t reason = refusal->reason < REFUSALS && refusals[refusal->reason][LANGUAGE_EN] != NULL
                          ? refusal->reason
                          : 0;
    if (refusal->language != 0 && refusal->language <= LANGUAGE_COUNT)
        say->language = (enum language)(refusal->language - 1);
    say_append(say, refusals[reason]);
    say->language = known;
}

const struct say_row stars_says[] = {{shape_star_title, say_title},
                                     {shape_star_offer, say_offer},
                                     {shape_star_refusal, say_refusal},
                                     {NULL, NULL}};
