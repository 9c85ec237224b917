/* What a bot says of invoices: in each language, with nothing left open. */
#include "modules/stars/stars.h"

#include "tests/unit/modules/said.h"

static int set_up(void **state)
{
    (void)state;
    return said_open("tests/scenarios/stars.yaml");
}

static void an_invoice(void **state)
{
    char text[1024];
    const struct star_title title = {.plan = SLICE("core")};
    struct star_offer offer = {.plan = SLICE("core"),
                               .period = period_pack((struct period){1, 0}),
                               .until = UINT64_C(1775037600000)};
    (void)state;
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        say_it(shape_star_title(), &title, (enum language)language, text, sizeof text);
        assert_string_equal(text, "core");
        say_it(shape_star_offer(), &offer, (enum language)language, text, sizeof text);
        assert_non_null(strstr(text, "core"));
    }
    say_it(shape_star_offer(), &offer, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text,
                        "1 month of core, Trade Club. It can be paid until 1 Apr 2026, 18:00.");
    offer.until = 0;
    say_it(shape_star_offer(), &offer, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text, "1 month of core, Trade Club.");
}

/* Each in words of its own; the questions have a button. */
static void each_word_of_a_renewal(void **state)
{
    char text[1024], before[1024] = "";
    (void)state;
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        for (int what = STAR_MAY_STOP; what <= STAR_EDIT_FAILED; what++) {
            const struct star_renewal renewal = {.what = (uint64_t)what,
                                                 .plan = SLICE("core"),
                                                 .amount = 750,
                                                 .currency = SLICE("XTR"),
                                                 .until = UINT64_C(1775037600000),
                                                 .number = 3};
            say_it(shape_star_renewal(), &renewal, (enum language)language, text, sizeof text);
            assert_null(strstr(text, "{{"));
            assert_string_not_equal(text, before);
            memcpy(before, text, sizeof text);
            if (what == STAR_MAY_STOP)
                assert_non_null(strstr(text, "750"));
        }
    }
    struct star_offer offer = {
        .plan = SLICE("core"), .period = period_pack((struct period){0, 30}), .renews = 1};
    say_it(shape_star_offer(), &offer, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text,
                        "30 days of core, Trade Club. It renews by itself every 30 days, until "
                        "you cancel.");
}

/* The payer's own language goes before what is known of them. */
static void each_refusal(void **state)
{
    char text[1024], before[1024] = "";
    (void)state;
    for (unsigned reason = RESULT_checkout_other & 255; reason <= (RESULT_checkout_banned & 255);
         reason++) {
        struct star_refusal refusal = {.reason = reason};
        say_it(shape_star_refusal(), &refusal, LANGUAGE_EN, text, sizeof text);
        assert_true(strlen(text) > 10 && strlen(text) <= 200);
        assert_string_not_equal(text, before);
        memcpy(before, text, sizeof text);
        refusal.language = 1 + LANGUAGE_ZH_HANT;
        say_it(shape_star_refusal(), &refusal, LANGUAGE_EN, text, sizeof text);
        assert_string_not_equal(text, before);
    }
    const struct star_refusal sold_out = {.reason = RESULT_checkout_sold_out & 255,
                                          .language = 1 + LANGUAGE_ZH_HANS};
    say_it(shape_star_refusal(), &sold_out, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text, "名额已满（已售罄），您没有被扣款。");
    const struct star_refusal unknown = {.reason = 200, .language = 99};
    say_it(shape_star_refusal(), &unknown, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text, "This invoice is not valid any more. Please order again.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_invoice),
                                       cmocka_unit_test(each_word_of_a_renewal),
                                       cmocka_unit_test(each_refusal)};
    return cmocka_run_group_tests(tests, set_up, said_close);
}
