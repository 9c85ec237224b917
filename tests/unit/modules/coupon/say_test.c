/* What is said of codes: every reason of the table, in each language, with nothing left open. */
#include "modules/coupon/coupon.h"

#include "tests/unit/modules/said.h"

static int set_up(void **state)
{
    (void)state;
    return said_open("tests/scenarios/orders.yaml");
}

static struct coupon_said said_of(enum coupon_saying what)
{
    return (struct coupon_said){.what = what,
                                .code = SLICE("LIVE48"),
                                .amount = 580,
                                .currency = SLICE("USD"),
                                .at = UINT64_C(1767225600000)};
}

static void a_use_and_what_it_took_off(void **state)
{
    char text[512];
    struct coupon_said said = said_of(COUPON_SAID_RESERVED);
    (void)state;
    say_it(shape_coupon_said(), &said, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text, "LIVE48: $5.80 off, kept for your open order");
    for (int what = 0; what < COUPON_SAID_COUNT; what++) {
        char english[512];
        said = said_of((enum coupon_saying)what);
        say_it(shape_coupon_said(), &said, LANGUAGE_EN, english, sizeof english);
        for (int language = LANGUAGE_EN + 1; language < LANGUAGE_COUNT; language++) {
            say_it(shape_coupon_said(), &said, (enum language)language, text, sizeof text);
            assert_string_not_equal(text, english);
        }
    }
}

/* The module's refusals of a code are 1 to 9, too_many_tries 10: none is said by its bare name. */
static void every_reason_has_words(void **state)
{
    char text[512];
    (void)state;
    for (unsigned n = RESULT_code_unknown; n < RESULT_too_many_tries; n++) {
        struct coupon_said said = said_of(COUPON_SAID_REFUSED);
        said.why = slice_from(result_name(n));
        for (int language = 0; language < LANGUAGE_COUNT; language++) {
            say_it(shape_coupon_said(), &said, (enum language)language, text, sizeof text);
            assert_null(strstr(text, result_name(n)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_use_and_what_it_took_off, set_up, said_close),
        cmocka_unit_test_setup_teardown(every_reason_has_words, set_up, said_close),
    };
    return cmocka_run_group_tests_name("say", tests, NULL, NULL);
}
