/* What the shop says: every part, in each language, with nothing left open. */
#include "modules/shop/shop.h"

#include "tests/unit/modules/said.h"

static const uint64_t at_ms = UINT64_C(1775037600000); /* 2026-04-01, 18:00 in Shanghai */

static int set_up(void **state)
{
    (void)state;
    return said_open("tests/scenarios/shop.yaml");
}

static uint64_t wait_ms; /* of whoever reads it */

/* The texts and buttons that a part becomes, each on a line of its own. */
static void say_all(const struct shape *shape, const void *object, enum language language,
                    char *out, size_t size)
{
    struct buf parts, words;
    struct why why = {""};
    struct message message = part_make(shape, object);
    buf_init(&parts, 65536);
    buf_init(&words, 65536);
    wire_encode(&parts, &message);
    const struct message_work work = {.kind = DELIVERY_reply,
                                      .name = SLICE("Ann"),
                                      .language = (uint64_t)language,
                                      .expected_wait_ms = wait_ms,
                                      .parts = buf_slice(&parts)};
    if (say_parts(module_say, config, calendar, &work, &words, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    out[0] = 0;
    for (struct slice rest = buf_slice(&words); wire_decode(&rest, &message, NULL) == ERROR_NONE;) {
        size_t len = strlen(out);
        if (message.kind == MESSAGE_part_key)
            (void)snprintf(out + len, size - len, "[%.*s]", SLICE_ARG(message.part_key.text));
        else
            (void)snprintf(out + len, size - len, "%.*s", SLICE_ARG(message.part_text.text));
    }
    assert_null(strstr(out, "{{"));
    buf_deinit(&parts);
    buf_deinit(&words);
}

/* Said in all languages, and not the same in English and Chinese. */
static void say_each(const struct shape *shape, const void *object, bool differ)
{
    char text[LANGUAGE_COUNT][4096];
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        say_all(shape, object, (enum language)language, text[language], sizeof text[0]);
        assert_true(strlen(text[language]) > 0);
    }
    if (differ)
        assert_string_not_equal(text[LANGUAGE_EN], text[LANGUAGE_ZH_HANS]);
}

/* Who has paid and stands in a long queue is told how long it is. */
static void how_long_it_takes(void **state)
{
    (void)state;
    static const struct {
        uint64_t wait_ms;
        const char *en, *zh;
    } cases[] = {{0, "Order no. 7 is paid, thank you.", "订单 7 已付款，谢谢。"},
                 {10001, "in about 11 s.", "约 11 秒"},
                 {90000, "in about 90 s.", "约 90 秒"},
                 {120001, "in about 3 min.", "约 3 分钟"}};
    char text[4096];
    const struct shop_toast paid = {SHOP_IS_PAID, 7}, other = {SHOP_BEING_CHECKED, 7};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wait_ms = cases[i].wait_ms;
        say_all(shape_shop_toast(), &paid, LANGUAGE_EN, text, sizeof text);
        assert_non_null(strstr(text, cases[i].en));
        say_all(shape_shop_toast(), &paid, LANGUAGE_ZH_HANS, text, sizeof text);
        assert_non_null(strstr(text, cases[i].zh));
        say_each(shape_shop_toast(), &paid, true);
        say_all(shape_shop_toast(), &other, LANGUAGE_EN, text, sizeof text);
        assert_null(strstr(text, "in about"));
    }
    wait_ms = 0;
}

static void every_choice_in_every_language(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < SHOP_HEADS; n++)
        say_each(shape_shop_head(), &(struct shop_head){n, SLICE("LIVE48"), SLICE("code_expired")},
                 true);
    for (uint64_t n = 0; n < SHOP_TOASTS; n++)
        say_each(shape_shop_toast(), &(struct shop_toast){n, 7}, true);
    for (uint64_t n = 0; n < SHOP_KEYS; n++) {
        bool own_name = n >= SHOP_KEY_EN;
        say_each(shape_shop_key(),
                 &(struct shop_key){.what = n,
                                    .data = SLICE("shop:my:"),
                                    .name = SLICE("stripe"),
                                    .period = period_pack((struct period){1, 0}),
                                    .prices = SLICE("1.0.2900.2900.USD"),
                                    .number = 7,
                                    .amount = 2900,
                                    .currency = SLICE("USD")},
                 !own_name);
    }
    for (uint64_t n = 0; n < ORDER_STATE_COUNT; n++)
        for (uint64_t brief = 0; brief < 2; brief++)
            say_each(shape_shop_order(),
                     &(struct shop_order){.order_id = SLICE("ord_a"),
                                          .number = 7,
                                          .state = n,
                                          .plan = SLICE("core"),
                                          .period = period_pack((struct period){1, 0}),
                                          .list = 2900,
                                          .amount = 2320,
                                          .currency = SLICE("USD"),
                                          .expires = at_ms,
                                          .late = at_ms,
                                          .paid = at_ms,
                                          .gateway = SLICE("stripe"),
                                          .brief = brief},
                     true);
    for (uint64_t n = SHOP_ACTIVE; n <= SHOP_ENDED; n++)
        for (uint64_t days = 0; days < 3; days++)
            for (uint64_t renewal = SHOP_RENEWS_NOT; renewal <= SHOP_CHARGE_FAILED; renewal++)
                say_each(shape_shop_have(),
                         &(struct shop_have){.plan = SLICE("core"),
                                             .status = n,
                                             .until = at_ms,
                                             .days = days,
                                             .renewal = renewal,
                                             .charge = at_ms,
                                             .gateway = SLICE("stripe"),
                                             .amount = 2900,
                                             .currency = SLICE("USD")},
                         true);
    for (uint64_t n = SHOP_TERMS; n <= SHOP_PRIVACY; n++)
        say_each(shape_shop_legal(), &(struct shop_legal){n}, true);
    for (uint64_t n = PAYMENT_PAID; n <= PAYMENT_REFUND_FAILED; n++)
        say_each(shape_shop_payment(),
                 &(struct shop_payment){.gateway = SLICE("stripe"),
                                        .payment_id = SLICE("pi_1"),
                                        .plan = SLICE("core"),
                                        .amount = 2900,
                                        .currency = SLICE("USD"),
                                        .kind = n,
                                        .state = PAYMENT_STATE_GRANTED,
                                        .at = at_ms},
                 true);
    say_each(shape_shop_credit(), &(struct shop_credit){200, SLICE("USD")}, true);
    say_each(shape_shop_help(), &(struct shop_help){0}, true);
}

static void a_card(void **state)
{
    (void)state;
    char text[4096];
    struct shop_card card = {.plan = SLICE("core"),
                             .step = SHOP_STEP_PERIOD,
                             .prices = SLICE("1.0.2900.2320.USD,12.0.29900.29900.USD"),
                             .limited = 1,
                             .left = 2,
                             .code = SLICE("LIVE48")};
    say_all(shape_shop_card(), &card, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(
        text,
        "Core\nOpens: Starters, The Core\n1 month: $23.20 instead of $29.00\n"
        "1 year: $299.00\n2 seats left\nThe code LIVE48 is taken into account.\n\n"
        "You pay once for the period: nothing is charged again by itself. Renewing early adds "
        "to the time you have.\nRefunds: within 14 days\n\nFor how long?");
    say_all(shape_shop_card(), &card, LANGUAGE_ZH_HANS, text, sizeof text);
    assert_non_null(strstr(text, "可加入：Starters、The Core"));
    assert_non_null(strstr(text, "1 个月：US$23.20（原价 US$29.00）"));
    card.sold_out = 1;
    card.step = SHOP_STEP_NONE;
    card.why = SLICE("code_expired");
    card.until = at_ms;
    say_all(shape_shop_card(), &card, LANGUAGE_EN, text, sizeof text);
    assert_non_null(strstr(text, "sold out"));
    assert_non_null(strstr(text, "cannot be used: it is not valid any more."));
    assert_non_null(strstr(text, "You have it until 1 Apr 2026, 18:00"));
    assert_null(strstr(text, "seats left"));
    card.prices = SLICE("");
    say_all(shape_shop_card(), &card, LANGUAGE_EN, text, sizeof text);
    assert_non_null(strstr(text, "cannot be paid for"));
    struct shop_plan plan = {.plan = SLICE("core"),
                             .prices = SLICE("1.0.2900.2900.USD"),
                             .limited = 1,
                             .left = 1,
                             .data = SLICE("shop:plan:core")};
    say_all(shape_shop_plan(), &plan, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text, "Core\n1 month: $29.00\n1 seat left[Core]");
}

/* Many prices need no more room than one. */
static void as_many_prices_as_may_be(void **state)
{
    (void)state;
    static char text[16384];
    char prices[2048] = "";
    for (int i = 1; i <= 64; i++) {
        size_t len = strlen(prices);
        (void)snprintf(prices + len, sizeof prices - len, "%s%d.0.%d.1.USD", i > 1 ? "," : "", i,
                       i * 100);
    }
    const struct shop_card card = {.plan = SLICE("core"), .prices = slice_from(prices)};
    say_all(shape_shop_card(), &card, LANGUAGE_EN, text, sizeof text);
    assert_non_null(strstr(text, "64 months: $0.01 instead of $64.00"));
}

static void an_order(void **state)
{
    (void)state;
    char text[4096];
    struct shop_order order = {.order_id = SLICE("ord_abc"),
                               .number = 7,
                               .state = ORDER_OPEN,
                               .plan = SLICE("core"),
                               .period = period_pack((struct period){1, 0}),
                               .list = 129900,
                               .amount = 129900,
                               .currency = SLICE("USD"),
                               .expires = at_ms,
                               .gateway = SLICE("stripe"),
                               .page = 1};
    say_all(shape_shop_order(), &order, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text, "Order no. 7\nord_abc\nCore, 1 month: 1299.00 USD\nTo be paid by: "
                              "Card\n\nIt is held for you until 1 Apr 2026, 18:00.");
    order.page = 0;
    say_all(shape_shop_order(), &order, LANGUAGE_EN, text, sizeof text);
    assert_non_null(strstr(text, "the payment must name the order's id"));
    const struct shop_key pay = {.what = SHOP_KEY_PAY,
                                 .url = SLICE("https://club.example/o/1"),
                                 .amount = 129900,
                                 .currency = SLICE("USD")};
    say_all(shape_shop_key(), &pay, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text, "[Pay 1299.00 USD]");
    const struct shop_key gateway = {
        .what = SHOP_KEY_GATEWAY, .data = SLICE("shop:my:"), .name = SLICE("btcpay")};
    say_all(shape_shop_key(), &gateway, LANGUAGE_ZH_HANT, text, sizeof text);
    assert_string_equal(text, "[btcpay]");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, said_close)
int main(void)
{
    const struct CMUnitTest tests[] = {TEST(every_choice_in_every_language), TEST(a_card),
                                       TEST(as_many_prices_as_may_be), TEST(an_order),
                                       TEST(how_long_it_takes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
