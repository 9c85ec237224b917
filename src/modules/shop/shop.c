#include "modules/shop/shop.h"

#include "modules/checkout/checkout.h"

static const char *const plans_words[] = {"/plans",   "/buy",     "套餐",     "方案",
                                          "购买",     "購買",     "购买套餐", "购买方案",
                                          "購買套餐", "購買方案", NULL};
static const char *const mine_words[] = {"/my", "我的", "我的会员", "我的會員", NULL};
static const char *const order_words[] = {"/order", "订单", "訂單", NULL};
static const char *const language_words[] = {"/language", "语言", "語言", NULL};
static const char *const paysupport_words[] = {"/paysupport", NULL};
static const char *const terms_words[] = {"/terms", NULL};
static const char *const privacy_words[] = {"/privacy", NULL};
static const char *const help_words[] = {"/help", "帮助", "幫助", NULL};

static const struct intent_row intents[] = {
    {.verb = "plans",
     .words = plans_words,
     .said = shop_plans,
     .menu = {"Plans and prices", "套餐与价格", "方案與價格"}},
    {.verb = "plan", .said = shop_plan_said, .payload = "p_"},
    {.verb = "for", .said = shop_for},
    {.verb = "go", .said = shop_go},
    {.verb = "promo", .said = shop_promo},
    {.verb = "typed", .said = shop_typed},
    {.verb = "code", .said = shop_code_said, .payload = "c_"},
    {.verb = "cancel", .said = shop_cancel},
    {.verb = "paid", .said = shop_have_paid},
    {.verb = "my",
     .words = mine_words,
     .said = shop_mine,
     .menu = {"Your membership and open orders", "我的会员与待付款订单", "我的會員與待付款訂單"}},
    {.verb = "order",
     .words = order_words,
     .said = shop_orders,
     .menu = {"Your orders", "我的订单", "我的訂單"}},
    {.verb = "language",
     .words = language_words,
     .said = shop_language,
     .menu = {"Language", "切换语言", "切換語言"}},
    {.verb = "paysupport",
     .words = paysupport_words,
     .said = shop_paysupport,
     .menu = {"Help with a payment", "付款问题", "付款問題"}},
    {.verb = "terms",
     .words = terms_words,
     .said = shop_terms,
     .menu = {"Terms", "服务条款", "服務條款"}},
    {.verb = "privacy",
     .words = privacy_words,
     .said = shop_privacy,
     .menu = {"Privacy", "隐私政策", "隱私權政策"}},
    {.verb = "help", .words = help_words, .said = shop_help_said, .menu = {"Help", "帮助", "幫助"}},
    {.verb = NULL},
};

const char *const shop_head_names[] = {
    "plans",    "nothing",   "code_asked",  "code_kept",   "code_refused", "refused",
    "orders",   "no_orders", "no_order",    "mine",        "none_mine",    "languages",
    "language", "payments",  "no_payments", "ask_support", "ask_team",     NULL};
const char *const shop_step_names[] = {"none", "period", "gateway", NULL};
const char *const shop_key_names[] = {"period",    "gateway", "buy",     "free",      "promo",
                                      "back",      "plans",   "mine",    "renew",     "pay",
                                      "pay_order", "order",   "again",   "have_paid", "cancel",
                                      "support",   "en",      "zh_hans", "zh_hant",   NULL};
const char *const shop_toast_names[] = {"not_seen", "too_soon", "being_checked", NULL};
const char *const shop_looked_names[] = {"not_paid", "away", NULL};
const char *const shop_status_names[] = {"active", "grace", "ended", NULL};
const char *const shop_legal_names[] = {"terms", "privacy", NULL};

static void hear_expired(struct ledger *ledger, const void *fact)
{
    shop_hear_over(ledger, ((const struct fact_order_expired *)fact)->order_id);
}

static void hear_cancelled(struct ledger *ledger, const void *fact)
{
    shop_hear_over(ledger, ((const struct fact_order_cancelled *)fact)->order_id);
}

static void hear_paid(struct ledger *ledger, const void *fact)
{
    shop_hear_over(ledger, ((const struct fact_order_paid *)fact)->order_id);
}

static const struct hear_row hears[] = {{shape_fact_checkout_ended, shop_hear_checkout},
                                        {shape_fact_order_expired, hear_expired},
                                        {shape_fact_order_cancelled, hear_cancelled},
                                        {shape_fact_order_paid, hear_paid},
                                        {NULL, NULL}};

#define MODULE_DEF    "modules/shop/shop.def"
#define MODULE_SELF   MODULE_shop
#define MODULE_SHAPES shapes_of_shop
#include "ledger/define.h"

COMMAND_APPLIES(looked)

static const struct command_row commands[] = {{MESSAGE_cmd_looked, apply_cmd_looked}, {0, NULL}};

const struct module module_shop = {.name = "shop",
                                   .number = MODULE_shop,
                                   .shapes = shapes_of_shop,
                                   .results = module_results,
                                   .ops = module_ops,
                                   .asks = module_asks,
                                   .commands = commands,
                                   .hears = hears,
                                   .intents = intents,
                                   .says = shop_says};
