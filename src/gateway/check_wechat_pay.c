/* WeChat Pay is asked for the trade of one order (pay.weixin.qq.com/doc/v3, GET
 * /v3/pay/transactions/out-trade-no/NUMBER), by the number that the order gave it. Its callbacks
 * are signed, and say all; a list of what was paid comes a day later, as a bill. */
#include "gateway/check.h"
#include "gateway/create.h"
#include "gateway/wechat_pay.h"

static bool able(const struct config_gateway *config);
static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask);
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event);

const struct check_kind check_wechat_pay = {.able = able, .about = about, .judge = judge};

static bool able(const struct config_gateway *config)
{
    return config->private_key != NULL && config->mch_id != NULL;
}

static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask)
{
    if (!check_take_id(id, check->id))
        return false;
    buf_printf(&ask->path, "/v3/pay/transactions/out-trade-no/%s?mchid=", check->id);
    create_escape(&ask->path, slice_from(config->mch_id));
    return true;
}

/* What is not paid, or has gone back, is of no use; a trade that nobody has scanned may be unknown
 * (404). */
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event)
{
    (void)config;
    (void)ask;
    if (!slice_is(json_string(json_member(answer->root, "out_trade_no")), check->id))
        return GATEWAY_not_answered;
    return wechat_pay_read_trade(answer->root, SLICE(""), event);
}
