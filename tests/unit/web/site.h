/* A community by hand for the tests of pages, with names that would break out of HTML if they
 * could, and documents as the ledger answers them. */
#ifndef USHER_TESTS_WEB_SITE_H
#define USHER_TESTS_WEB_SITE_H

#include "web/page.h"

static struct config_group site_groups[] = {
    {.name = "starter", .title = "Starter <b>\"A\"</b>"},
    {.name = "core", .title = "Core & 核心群"},
};
static const struct config_group *site_opens[] = {&site_groups[0], &site_groups[1]};
static struct config_price site_prices[] = {
    {.amount = 2900, .currency = "USD", .period = {1, 0}},
    {.amount = 29900, .currency = "USD", .period = {12, 0}},
};
static struct config_plan site_plans[] = {
    {.name = "core",
     .title = "<script>alert('core')</script>",
     .groups = site_opens,
     .group_count = 2,
     .seats = 5,
     .grace_ms = UINT64_C(3) * 86400000,
     .prices = site_prices,
     .price_count = 2},
    {.name = "free-form", .title = "Free form", .groups = site_opens, .group_count = 1},
};
static struct config_gateway site_gateways[] = {
    {.name = "stripe", .label = {.text = {[LANGUAGE_EN] = "Card"}}}, {.name = "btcpay"}};
static struct config site_config = {.community_name = "Trade \"Club\" & <Friends>",
                                    .timezone = "Asia/Shanghai",
                                    .plans = site_plans,
                                    .plan_count = 2,
                                    .gateways = site_gateways,
                                    .gateway_count = 2,
                                    .legal = {.terms = "https://example.org/terms?a=1&b=2",
                                              .privacy = "We keep <little>.\n\nAsk.",
                                              .refunds = "14 days & no reason"}};

static const char site_order[] =
    "{\"order_id\":\"ord_abc\",\"number\":12,\"state\":\"open\",\"telegram_id\":777000777,"
    "\"plan\":\"core\",\"period\":\"1 month\",\"amount\":\"23.20\",\"currency\":\"USD\",\"lines\":["
    "{\"kind\":\"plan\",\"ref\":\"core\",\"amount\":\"29.00\"},"
    "{\"kind\":\"coupon\",\"ref\":\"<i>LIVE\",\"amount\":\"-5.80\"}],"
    "\"created\":\"2026-01-10T00:00:00Z\",\"expires\":\"2026-01-10T00:30:00Z\","
    "\"late\":\"2026-01-11T00:30:00Z\",\"pay_url\":\"https://pay.example/c?a=1&b=%22\"}";

#endif
