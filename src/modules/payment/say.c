/* What is said of payments. */
#include "text/say.h"

#include "modules/payment/payment.h"

static const say_text waits = {
    "Your payment of {{amount}} has arrived, but it could not be matched by itself. We are looking "
    "at it and will write to you here; you need not pay again.",
    "我们已收到您的付款 "
    "{{amount}}，但系统无法自动处理。我们正在核对，结果会在这里通知您，请不要重复付款。",
    "我們已收到您的付款 "
    "{{amount}}，但系統無法自動處理。我們正在核對，結果會在這裡通知您，請不要重複付款。"};
static const say_text waits_bare = {
    "Your payment has arrived, but it could not be matched by itself. We are looking at it and "
    "will "
    "write to you here; you need not pay again.",
    "我们已收到您的付款，但系统无法自动处理。我们正在核对，结果会在这里通知您，请不要重复付款。",
    "我們已收到您的付款，但系統無法自動處理。我們正在核對，結果會在這裡通知您，請不要重複付款。"};

static void say_waits(struct say *say, const void *part)
{
    const struct payment_waits *payment = part;
    if (payment->amount < 0 || payment->currency.len == 0)
        say_line(say, waits_bare);
    else
        say_line(say, waits, {"amount", say_money(say, payment->amount, payment->currency)});
}

const struct say_row payment_says[] = {{shape_payment_waits, say_waits}, {NULL, NULL}};
