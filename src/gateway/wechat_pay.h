/* What WeChat Pay says of a trade, for those who ask for it. */
#ifndef USHER_GATEWAY_WECHAT_PAY_H
#define USHER_GATEWAY_WECHAT_PAY_H

#include "base/json.h"
#include "gateway/gateway.h"

/* As the callback about its payment would say it: accepted when it is paid, unused when it is not.
 * event_id: the callback's, or "", which derives one. */
enum gateway_verdict wechat_pay_read_trade(const cJSON *trade, struct slice event_id,
                                           struct payment_event *event);

#endif
