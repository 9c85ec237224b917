/* What is said of payments. */
#include "text/say.h"

#include "modules/payment/payment.h"

/* Whether its amount is known, whether its plan is. */
static const say_text arrived[2][2] = {
    {{"Your payment has arrived", "我们已收到您的付款", "我們已收到您的付款"},
     {"Your payment for {{plan}} has arrived", "我们已收到您为“{{plan}}”支付的款项",
      "我們已收到您為「{{plan}}」支付的款項"}},
    {{"Your payment of {{amount}} has arrived", "我们已收到您的付款 {{amount}}",
      "我們已收到您的付款 {{amount}}"},
     {"Your payment of {{amount}} for {{plan}} has arrived",
      "我们已收到您为“{{plan}}”支付的 {{amount}}", "我們已收到您為「{{plan}}」支付的 {{amount}}"}},
};
static const say_text unmatched = {
    ", but it could not be matched by itself. We are looking at it and will write to you here; you "
    "need not pay again.",
    "，但系统无法自动处理。我们正在核对，结果会在这里通知您，请不要重复付款。",
    "，但系統無法自動處理。我們正在核對，結果會在這裡通知您，請不要重複付款。"};

/* Of a plan that is not configured nothing is said: its name is what whoever paid wrote, and they
 * may have named somebody else as the member. */
static void say_waits(struct say *say, const void *part)
{
    const struct payment_waits *payment = part;
    bool amount = payment->amount >= 0 && payment->currency.len > 0;
    bool plan = config_plan_find(say->config, payment->plan) != NULL;
    say_line(say, arrived[amount][plan],
             {"amount", say_money(say, payment->amount, payment->currency)},
             {"plan", say_plan(say, payment->plan)});
    say_append(say, unmatched);
}

const struct say_row payment_says[] = {{shape_payment_waits, say_waits}, {NULL, NULL}};
