/* What is said of codes. */
#include "text/say.h"

#include "ledger/words.h"
#include "modules/coupon/coupon.h"

static const say_text texts[COUPON_SAID_COUNT] = {
    [COUPON_SAID_RESERVED] = {"{{code}}: {{amount}} off, kept for your open order",
                              "{{code}}：优惠 {{amount}}，为您的待付款订单保留",
                              "{{code}}：折抵 {{amount}}，為您的待付款訂單保留"},
    [COUPON_SAID_USED] = {"{{code}}: {{amount}} off, used on {{at}}",
                          "{{code}}：优惠 {{amount}}，已于 {{at}} 使用",
                          "{{code}}：折抵 {{amount}}，已於 {{at}} 使用"},
    [COUPON_SAID_RELEASED] = {"{{code}}: not used, the order was not paid",
                              "{{code}}：未使用，订单没有付款", "{{code}}：未使用，訂單沒有付款"},
    [COUPON_SAID_REFUSED] = {"{{code}}: refused on {{at}}: {{why}}",
                             "{{code}}：{{at}} 未能使用，{{why}}",
                             "{{code}}：{{at}} 無法使用，{{why}}"},
    [COUPON_SAID_CODES] = {"Your codes:", "您的优惠码：", "您的優惠碼："},
    [COUPON_SAID_NONE] = {"You have not used any code yet.", "您还没有用过优惠码。",
                          "您還沒有用過優惠碼。"},
};

const struct refusal_row coupon_refusals[] = {
    {RESULT_code_unknown, {"there is no such code", "没有这个优惠码", "沒有這個優惠碼"}},
    {RESULT_code_not_yet, {"it is not valid yet", "尚未生效", "尚未生效"}},
    {RESULT_code_expired, {"it is not valid any more", "已经失效", "已經失效"}},
    {RESULT_code_used_up, {"it has been used up", "已被用完", "已被用完"}},
    {RESULT_code_used_by_you, {"you have used it already", "您已经用过", "您已經用過"}},
    {RESULT_code_wrong_plan,
     {"it is not for this plan and period", "不适用于这个套餐和时长", "不適用於這個方案和期間"}},
    {RESULT_code_wrong_currency,
     {"it is not for this currency", "不适用于这种货币", "不適用於這種貨幣"}},
    {RESULT_code_first_only, {"it is for a first purchase only", "仅限首次购买", "僅限首次購買"}},
    {RESULT_code_min_amount,
     {"it needs a higher amount", "订单金额未达到要求", "訂單金額未達門檻"}},
    {RESULT_too_many_tries,
     {"there were too many wrong codes; please try again in an hour",
      "输错次数过多，请一小时后再试", "輸錯次數過多，請一小時後再試"}},
    {0, {NULL}},
};

static void say_code(struct say *say, const void *part)
{
    const struct coupon_said *said = part;
    say_line(say, texts[said->what], {"code", said->code},
             {"amount", say_money(say, said->amount, said->currency)},
             {"at", say_time(say, said->at)}, {"why", refusal_text(said->why, say->language)});
}

const struct say_row coupon_says[] = {{shape_coupon_said, say_code}, {NULL, NULL}};
