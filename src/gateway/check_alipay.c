/* Alipay is asked for the trade of one order (opendocs.alipay.com, alipay.trade.query), by the
 * number that the order gave it. Its notifications are signed, and say all; a list of what was paid
 * comes a day later, as a bill. It says no with a 200. */
#include "gateway/alipay.h"
#include "gateway/check.h"
#include "gateway/create.h"

#include <stdio.h>

static bool able(const struct config_gateway *config);
static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask);
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event);

const struct check_kind check_alipay = {.able = able, .about = about, .judge = judge};

static bool able(const struct config_gateway *config)
{
    return config->private_key != NULL;
}

static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask)
{
    char trade[CHECK_ID_MAX + 32];
    if (!check_take_id(id, check->id))
        return false;
    int len = snprintf(trade, sizeof trade, "{\"out_trade_no\":\"%s\"}", check->id);
    ask->method = "POST";
    ask->type = ALIPAY_FORM;
    alipay_call(config, "alipay.trade.query", SLICE(""), &ask->path);
    create_pair(&ask->body, "biz_content", slice_of(trade, (size_t)len));
    return true;
}

/* A trade begins when its code is scanned: until then there is none. */
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event)
{
    const cJSON *trade = json_member(answer->root, "alipay_trade_query_response");
    if (trade == NULL)
        trade = json_member(answer->root, "error_response");
    struct slice code = json_string(json_member(trade, "code"));
    struct slice why = json_string(json_member(trade, "sub_code"));
    (void)config;
    (void)ask;
    if (slice_is(code, "10000"))
        return slice_is(json_string(json_member(trade, "out_trade_no")), check->id)
                   ? alipay_read_trade(trade, event)
                   : GATEWAY_not_answered;
    if (slice_is(why, "ACQ.TRADE_NOT_EXIST"))
        return GATEWAY_payment_unknown;
    bool later = code.len == 0 || slice_is(code, "20000") || slice_is(why, "ACQ.SYSTEM_ERROR");
    return later ? GATEWAY_not_answered : GATEWAY_keys_refused;
}
