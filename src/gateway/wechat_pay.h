/* What WeChat Pay is asked for and says of a trade, for those who make one and ask about it. */
#ifndef USHER_GATEWAY_WECHAT_PAY_H
#define USHER_GATEWAY_WECHAT_PAY_H

#include "base/json.h"
#include "gateway/create.h"
#include "gateway/gateway.h"

/* Appends path and body of an order of this type ("native", "h5") by this out_trade_no. scene:
 * members more, with a comma before them. False: WeChat takes no such amount or number. */
bool wechat_pay_order(const struct checkout *checkout, const char *type, struct slice number,
                      struct slice scene, struct buf *path, struct buf *body);

/* WeChat takes a number for one type of order only, so that of a phone (H5) has another one: the
 * order's with this behind it. */
#define WECHAT_PAY_H5 "_h5"
enum { WECHAT_PAY_NUMBER_SIZE = 33 };
/* False when it does not fit. */
bool wechat_pay_h5_number(struct slice order_id, char out[WECHAT_PAY_NUMBER_SIZE]);

/* As the callback about its payment would say it: accepted when it is paid, unused when it is not.
 * event_id: the callback's, or "", which derives one. */
enum gateway_verdict wechat_pay_read_trade(const struct config_gateway *config, const cJSON *trade,
                                           struct slice event_id, struct payment_event *event);

#endif
