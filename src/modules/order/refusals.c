/* Why something could not be ordered, as a member is told. */
#include "modules/access/access.h"
#include "modules/order/order.h"

const struct refusal_row order_refusals[] = {
    {RESULT_sold_out,
     {"all its seats are taken (sold out)", "名额已满（已售罄）", "名額已滿（已售完）"}},
    {RESULT_too_many_open,
     {"you have as many unpaid orders as one may have; pay or cancel one of them first",
      "您的待付款订单数已达上限，请先付款或取消其中一个",
      "您的待付款訂單數已達上限，請先付款或取消其中一筆"}},
    {RESULT_order_claimed,
     {"this order was opened from another account already, and is that one's; if you paid it, "
      "please write to the support",
      "该订单已被另一个账号领取；如果是您付的款，请联系客服",
      "這筆訂單已由另一個帳號領取；如果是您付的款，請聯絡客服"}},
    {RESULT_plan_unknown,
     {"this plan is not offered any more", "该套餐已下架", "這個方案已停止販售"}},
    {RESULT_member_banned,
     {"nothing can be bought from this account; please write to the support",
      "此账号目前无法购买，请联系客服", "此帳號目前無法購買，請聯絡客服"}},
    {RESULT_price_unknown,
     {"this price is not offered any more", "该价格已失效", "這個價格已不再提供"}},
    {RESULT_gateway_unknown,
     {"this way to pay is not offered any more", "该支付方式已停用", "這個付款方式已停用"}},
    {RESULT_gateway_currency,
     {"this way to pay does not take this currency", "该支付方式不支持这种货币",
      "這個付款方式不支援這種貨幣"}},
    {RESULT_renews_gateway,
     {"this way to pay cannot renew by itself; please choose another one",
      "该支付方式不支持自动续费，请换一种支付方式",
      "這個付款方式不支援自動續訂，請換一種付款方式"}},
    {RESULT_renews_no_code,
     {"codes are for prices that are paid once, not for those that renew by themselves",
      "优惠码仅适用于一次性付款的价格，不适用于自动续费",
      "優惠碼僅適用於一次付款的價格，不適用於自動續訂"}},
    {0, {NULL}},
};
