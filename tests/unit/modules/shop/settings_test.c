/* What `gateways` and `legal` say for the shop, and what is refused with its line. */
#include "modules/shop/settings.h"

#include "tests/unit/config/example.h"

static void what_is_published(void **state)
{
    (void)state;
    struct config *config = parse_example(
        "data_dir: ./var",
        "data_dir: ./var\nlegal: {terms: \"https://club.example/terms\", refunds: within 14 days}");
    assert_string_equal(legal_of(config)->terms, "https://club.example/terms");
    assert_string_equal(legal_of(config)->refunds, "within 14 days");
    assert_null(legal_of(config)->privacy);
    config_destroy(&config);
    config = parse_example("data_dir: ./var", "data_dir: ./var");
    assert_null(legal_of(config)->terms);
    config_destroy(&config);
    expect_errors("data_dir: ./var", "data_dir: ./var\nlegal: {terms: \"htp://x/y\", other: 1}",
                  ":2: legal.other: is not a key of what is published; expected one of terms, "
                  "privacy, refunds\n"
                  ":2: legal.terms: \"htp://x/y\" is no address that Telegram opens; expected one "
                  "such as https://example.org/terms, or words");
}

static void what_a_gateway_takes(void **state)
{
    (void)state;
    struct config *config = parse_example("kind: stripe", "kind: stripe, currencies: [usd, EUR], "
                                                          "label: {en: Card, zh-Hans: 银行卡}");
    const struct config_gateway *stripe = config_gateway_find(config, SLICE("stripe"));
    assert_int_equal(stripe->currency_count, 2);
    assert_string_equal(stripe->currencies[0], "USD");
    assert_string_equal(stripe->currencies[1], "EUR");
    assert_string_equal(stripe->label.text[LANGUAGE_EN], "Card");
    assert_string_equal(stripe->label.text[LANGUAGE_ZH_HANS], "银行卡");
    assert_null(stripe->label.text[LANGUAGE_ZH_HANT]);
    config_destroy(&config);
    expect_errors(
        "kind: stripe", "kind: stripe, currencies: [USD, GOLD], label: {de: x}",
        ":26: gateways[0].currencies[1]: \"GOLD\" is not valid; expected the code of a "
        "currency, such as USD or USDT\n"
        ":26: gateways[0].label.de: is not a key of a label; expected one of en, zh-Hans, "
        "zh-Hant");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_published),
        cmocka_unit_test(what_a_gateway_takes),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
