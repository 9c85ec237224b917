/* What a bot says of invoices. */
#include "text/say.h"

#include "ledger/words.h"
#include "modules/stars/stars.h"

#include <inttypes.h>
#include <stdio.h>

static const say_text title = {"{{plan}}", "{{plan}}", "{{plan}}"};
static const say_text offer = {"{{period}} of {{plan}}, {{community}}.",
                               "“{{community}}”的“{{plan}}”会员，{{period}}。",
                               "「{{community}}」的「{{plan}}」會員資格，{{period}}。"};
static const say_text payable = {" It can be paid until {{until}}.", "请在 {{until}} 之前付款。",
                                 "請於 {{until}} 之前付款。"};

static const say_text renews = {" It renews by itself every 30 days, until you cancel.",
                                "每 30 天自动续费，直到您取消。", "每 30 天自動續訂，直到您取消。"};
static const say_text renewals[] = {
    [STAR_MAY_STOP] =
        {"{{plan}} renews by itself on {{until}} for {{amount}}. Shall it not? What you "
         "have paid for stays yours.",
         "“{{plan}}”将于 {{until}} 自动续费 {{amount}}。要取消自动续费吗？已付款的时长不受影响。",
         "「{{plan}}」將於 {{until}} 自動續訂 "
         "{{amount}}。要取消自動續訂嗎？已付款的期間不受影響。"},
    [STAR_MAY_GO_ON] = {"The renewal of {{plan}} is cancelled; it is paid until {{until}}. Do you "
                        "want it to renew by itself again?",
                        "“{{plan}}”的自动续费已取消，有效期至 {{until}}。要恢复自动续费吗？",
                        "「{{plan}}」的自動續訂已取消，有效期限至 {{until}}。要恢復自動續訂嗎？"},
    [STAR_ASKED] = {"One moment: Telegram is being told.", "请稍候，正在通知 Telegram。",
                    "請稍候，正在通知 Telegram。"},
    [STAR_STOPPED] = {"{{plan}} does not renew by itself any more. It is paid until {{until}}.",
                      "“{{plan}}”的自动续费已取消，有效期至 {{until}}。",
                      "「{{plan}}」的自動續訂已取消，有效期限至 {{until}}。"},
    [STAR_GOES_ON] = {"It may renew again. Switch the subscription on in Telegram: Settings, My "
                      "Stars.",
                      "现在可以恢复了：请在 Telegram 的“设置 → 我的星星”中重新开启该订阅。",
                      "現在可以恢復了：請在 Telegram 的「設定 → 我的星星」中重新開啟該訂閱。"},
    [STAR_EDIT_FAILED] =
        {"Telegram did not take it. You can cancel the subscription in Telegram "
         "itself: Settings, My Stars.",
         "Telegram 没有接受。您也可以在 Telegram 的“设置 → 我的星星”中取消该订阅。",
         "Telegram 沒有接受。您也可以在 Telegram 的「設定 → 我的星星」中取消該訂閱。"},
};
static const say_text stop = {"Yes, cancel the renewal", "确认取消自动续费", "確認取消自動續訂"};
static const say_text again = {"Renew by itself again", "恢复自动续费", "恢復自動續訂"};

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
    if (offered->renews != 0)
        say_append(say, renews);
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

static void say_renewal(struct say *say, const void *part)
{
    const struct star_renewal *renewal = part;
    char number[24], data[SAID_DATA_SIZE];
    bool ends = renewal->what == STAR_MAY_STOP;
    say_append(say, renewals[renewal->what], {"plan", say_plan(say, renewal->plan)},
               {"until", say_time(say, renewal->until)},
               {"amount", say_exact(say, renewal->amount, renewal->currency)});
    (void)snprintf(number, sizeof number, "%" PRIu64, renewal->number);
    if ((ends || renewal->what == STAR_MAY_GO_ON) &&
        said_data(MODULE_stars, ends ? "stop" : "again", slice_from(number), data))
        say_data_key(say, SAY_BELOW, data, ends ? stop : again, NULL, 0);
}

const struct say_row stars_says[] = {{shape_star_title, say_title},
                                     {shape_star_offer, say_offer},
                                     {shape_star_refusal, say_refusal},
                                     {shape_star_renewal, say_renewal},
                                     {NULL, NULL}};
