/* WeChat Pay is asked for the trade of one order (pay.weixin.qq.com/doc/v3, GET
 * /v3/pay/transactions/out-trade-no/NUMBER), by the number that the order gave it. Its callbacks
 * are signed, and say all; a list of what was paid comes a day later, as a bill. */
#include "gateway/check.h"
#include "gateway/wechat_pay.h"
#include "http/query.h"

static bool able(const struct config_gateway *config);
static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask);
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event);

static bool missing(const struct config_gateway *config, const struct check *check,
                    struct check_ask *ask);
static void ask_trade(const struct config_gateway *config, const char *number,
                      struct check_ask *ask);

const struct check_kind check_wechat_pay = {
    .able = able, .about = about, .missing = missing, .judge = judge};

static bool able(const struct config_gateway *config)
{
    return config->private_key != NULL && config->mch_id != NULL;
}

static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask)
{
    if (!check_take_id(id, check->id))
        return false;
    ask_trade(config, check->id, ask);
    return true;
}

static void ask_trade(const struct config_gateway *config, const char *number,
                      struct check_ask *ask)
{
    buf_printf(&ask->path, "/v3/pay/transactions/out-trade-no/%s?mchid=", number);
    percent_encode(&ask->path, slice_from(config->mch_id));
}

/* The one that a phone may have paid. */
static bool missing(const struct config_gateway *config, const struct check *check,
                    struct check_ask *ask)
{
    char number[WECHAT_PAY_NUMBER_SIZE];
    if (check->step > 0 || !config_gateway_taps(config) ||
        !wechat_pay_h5_number(slice_from(check->id), number))
        return false;
    ask_trade(config, number, ask);
    return true;
}

/* What is not paid, or has gone back, is of no use; a trade that nobody has seen may be unknown
 * (404). */
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event)
{
    struct slice number = json_string(json_member(answer->root, "out_trade_no"));
    char other[WECHAT_PAY_NUMBER_SIZE] = "";
    (void)wechat_pay_h5_number(slice_from(check->id), other);
    if (!slice_is(number, check->step == 0 ? check->id : other))
        return GATEWAY_not_answered;
    enum gateway_verdict verdict = wechat_pay_read_trade(config, answer->root, SLICE(""), event);
    return verdict == GATEWAY_unused && missing(config, check, ask) ? GATEWAY_unchecked : verdict;
}
