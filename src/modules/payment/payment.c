#include "modules/payment/payment.h"
#include "modules/payment/subscription.h"

#include "modules/payment/refunding.h"
#include "modules/payment/settings.h"

#include "modules/order/order.h"
#include "modules/payment/claim.h"

COMMAND_APPLIES(payment)
COMMAND_APPLIES(settle)

static const struct command_row commands[] = {
    {MESSAGE_cmd_payment, apply_cmd_payment}, {MESSAGE_cmd_settle, apply_cmd_settle}, {0, NULL}};

static const struct query_row queries[] = {
    {QUERY_PAYMENTS, answer_payments, "no such payment state; known is: unsettled"},
    {QUERY_PAYMENT, answer_payment, "no such payment"},
    {0, NULL, NULL}};

static const struct refusal_row payment_refusals[] = {
    {RESULT_already_renews,
     {"your membership of this plan renews by itself already; cancel that first, in /my",
      "您的该套餐已开启自动续费，请先在 /my 取消", "您的這個方案已開啟自動續訂，請先在 /my 取消"}},
    {0, {NULL}},
};

static const struct intent_row intents[] = {{.verb = "manage", .said = subscription_manage_said},
                                            {.verb = NULL}};

#define MODULE_DEF    "modules/payment/payment.def"
#define MODULE_SELF   MODULE_payment
#define MODULE_SHAPES shapes_of_payment
#include "ledger/define.h"

static const struct wait_row waits[] = {{shape_payment_refund, refund_ready}, {NULL, NULL}};
static const struct hear_row hears[] = {{shape_fact_unclaimed, payment_hear_unclaimed},
                                        {NULL, NULL}};

const struct module module_payment = {.name = "payment",
                                      .number = MODULE_payment,
                                      .shapes = shapes_of_payment,
                                      .config = &config_of_payment,
                                      .results = module_results,
                                      .ops = module_ops,
                                      .asks = module_asks,
                                      .commands = commands,
                                      .queries = queries,
                                      .waits = waits,
                                      .answered = refunding_answered,
                                      .intents = intents,
                                      .hears = hears,
                                      .says = payment_says,
                                      .line = subscription_lines,
                                      .refusals = payment_refusals,
                                      .greets = payments_greet,
                                      .document = payments_document};
