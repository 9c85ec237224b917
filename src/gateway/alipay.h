/* What is common to all that Alipay is asked for (opendocs.alipay.com): one address, whose query
 * says what is called and in which charset the form is that holds the rest; time and signature are
 * added by who sends it (carrier/http/signing.h). It says no with a 200 and a sub_code. */
#ifndef USHER_GATEWAY_ALIPAY_H
#define USHER_GATEWAY_ALIPAY_H

#include "base/json.h"
#include "gateway/gateway.h"

#define ALIPAY_FORM "application/x-www-form-urlencoded;charset=utf-8"

/* Rows of struct checkout_read: what an answer under this name says when it is a no, and when it is
 * Alipay's own trouble, which is asked about again. */
#define ALIPAY_REFUSALS(response)                                                                  \
    {"again", "/{code=20000}/code"}, {"again", "/{sub_code=ACQ.SYSTEM_ERROR}/sub_code"},           \
        {"refused", response "/sub_code"}, {"refused", "/error_response/sub_code"},                \
        {"error", response "/sub_msg"},                                                            \
    {                                                                                              \
        "error", "/error_response/sub_msg"                                                         \
    }

/* Appends the query. notify_url: "" for what is told nobody later. */
void alipay_call(const struct config_gateway *gateway, const char *method, struct slice notify_url,
                 struct buf *path);
/* What alipay.trade.query answers, as the notification of its payment would say it: accepted when
 * it is paid, unused when it is not. The event's id is derived. */
enum gateway_verdict alipay_read_trade(const cJSON *trade, struct payment_event *event);

#endif
