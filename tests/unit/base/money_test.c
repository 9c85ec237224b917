#include "base/money.h"

#include "base/prng.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct {
    const char *code;
    int decimals;
} table[] = {
#define CURRENCY(code, decimals) {#code, decimals},
#include "base/currency.def"
#undef CURRENCY
};
enum { TABLE_COUNT = sizeof(table) / sizeof(table[0]) };

/* The lookup is a binary search, so an unsorted row would be lost in silence. */
static void table_is_sorted_and_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (i > 0)
            assert_true(strcmp(table[i - 1].code, table[i].code) < 0);
        assert_in_range(table[i].decimals, 0, 9);
        assert_true(strlen(table[i].code) < CURRENCY_CODE_MAX);
        assert_string_equal(currency_find(slice_from(table[i].code)), table[i].code);
        assert_int_equal(currency_decimals(table[i].code), table[i].decimals);
    }
}

static void codes_of_any_case(void **state)
{
    (void)state;
    assert_string_equal(currency_find(SLICE("usd")), "USD");
    assert_string_equal(currency_find(SLICE("Usdt")), "USDT");
    assert_int_equal(currency_decimals("JPY"), 0);
    assert_int_equal(currency_decimals("KWD"), 3);
    assert_int_equal(currency_decimals("CLF"), 4);
    assert_int_equal(currency_decimals("BTC"), 8);
    assert_int_equal(currency_decimals("XTR"), 0);
    assert_int_equal(currency_decimals("ETH"), 9);
}

static void unknown_codes(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "US", "USDX", "usdollar", "TOOLONGCODE", "$", "U D"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_null(currency_find(slice_from(cases[i])));
        assert_int_equal(currency_decimals(cases[i]), -1);
        int64_t minor = 7;
        assert_false(money_parse(SLICE("1"), cases[i], &minor));
        assert_true(minor == 7);
    }
    assert_null(currency_find(slice_of(NULL, 0)));
    assert_null(currency_find(SLICE("USD\0")));
    char text[32];
    money_format(1234, "XYZ", text, sizeof(text));
    assert_string_equal(text, "1234");
}

static void parses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *currency;
        int64_t minor;
    } cases[] = {
        {"29.00", "USD", 2900},
        {"29", "USD", 2900},
        {"29.5", "USD", 2950},
        {"0", "USD", 0},
        {"0.01", "USD", 1},
        {"29.0000", "USD", 2900},
        {"29.9900", "USD", 2999},
        {"007.10", "USD", 710},
        {"1000", "JPY", 1000},
        {"1000.00", "JPY", 1000},
        {"1.234", "KWD", 1234},
        {"0.00000001", "BTC", 1},
        {"20999999.97690000", "BTC", 2099999997690000},
        {"922337203.854775807", "ETH", 922337203854775807},
        {"999999999999999999", "JPY", 999999999999999999},
        {"9999999999999999.99", "USD", 999999999999999999},
        {"999999999.999999999", "ETH", 999999999999999999},
        {"0.00000000100000000", "ETH", 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t minor = -7;
        assert_true(money_parse(slice_from(cases[i].text), cases[i].currency, &minor));
        assert_true(minor == cases[i].minor);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *currency;
    } cases[] = {
        {"", "USD"},
        {".", "USD"},
        {".5", "USD"},
        {"5.", "USD"},
        {"1.2.3", "USD"},
        {"-1", "USD"},
        {"+1", "USD"},
        {" 1", "USD"},
        {"1 ", "USD"},
        {"1e3", "USD"},
        {"1,000", "USD"},
        {"0x1", "USD"},
        {"29.001", "USD"},
        {"29.0010", "USD"},
        {"1.1", "JPY"},
        {"0.000000001", "BTC"},
        {"NaN", "USD"},
        {"inf", "USD"},
        {"29..0", "USD"},
        {"1000000000000000000", "JPY"},
        {"99999999999999999", "USD"}, /* over int64_t in cents, within 18 digits */
        {"92233720368547758.08", "USD"},
        {"10000000000000000", "USD"},
        {"1000000000", "ETH"},
        {"100000000000", "BTC"},
        {"\xEF\xBC\x91", "USD"},
        {"0000000000000000001", "USD"},
        {"0.000000001000000000", "ETH"}, /* 19 digits */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t minor = 7;
        assert_false(money_parse(slice_from(cases[i].text), cases[i].currency, &minor));
        assert_true(minor == 7);
    }
    int64_t minor;
    assert_false(money_parse(slice_of(NULL, 0), "USD", &minor));
    assert_false(money_parse(SLICE("1\0"), "USD", &minor));
}

static void formats(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        const char *currency;
        const char *text;
    } cases[] = {
        {2900, "USD", "29.00"},
        {0, "USD", "0.00"},
        {5, "USD", "0.05"},
        {-5, "USD", "-0.05"},
        {-2950, "USD", "-29.50"},
        {1000, "JPY", "1000"},
        {-1, "JPY", "-1"},
        {1, "BTC", "0.00000001"},
        {INT64_MAX, "USD", "92233720368547758.07"},
        {INT64_MIN, "USD", "-92233720368547758.08"},
        {INT64_MIN, "JPY", "-9223372036854775808"},
        {INT64_MIN, "ETH", "-9223372036.854775808"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[32];
        money_format(cases[i].minor, cases[i].currency, text, sizeof(text));
        assert_string_equal(text, cases[i].text);
    }
}

static void what_is_formatted_parses_back(void **state)
{
    (void)state;
    struct prng prng = {42};
    for (int i = 0; i < 200000; i++) {
        const char *currency = table[prng_below(&prng, TABLE_COUNT)].code;
        int64_t minor = (int64_t)(prng_next(&prng) % 1000000000000000000 >> prng_below(&prng, 58));
        char text[32];
        money_format(minor, currency, text, sizeof(text));
        int64_t back = -1;
        assert_true(money_parse(slice_from(text), currency, &back));
        assert_true(back == minor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_sorted_and_found),
        cmocka_unit_test(codes_of_any_case),
        cmocka_unit_test(unknown_codes),
        cmocka_unit_test(parses),
        cmocka_unit_test(refuses),
        cmocka_unit_test(formats),
        cmocka_unit_test(what_is_formatted_parses_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
