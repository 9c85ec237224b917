/* What is said of a payment that waits: its amount and its plan as far as they are known. */
#include "modules/payment/payment.h"

#include "tests/unit/modules/said.h"

#define REST                                                                                       \
    ", but it could not be matched by itself. We are looking at it and will write to you here; "   \
    "you need not pay again."

static int set_up(void **state)
{
    (void)state;
    return said_open("tests/scenarios/orders.yaml");
}

static void what_is_known_is_said(void **state)
{
    (void)state;
    static const struct {
        struct payment_waits part;
        const char *says;
    } rows[] = {
        {{SLICE("core"), 2900, SLICE("USD")}, "Your payment of $29.00 for core has arrived" REST},
        {{SLICE("core"), -1, SLICE("")}, "Your payment for core has arrived" REST},
        {{SLICE("core"), -1, SLICE("USD")}, "Your payment for core has arrived" REST},
        {{SLICE(""), 2900, SLICE("USD")}, "Your payment of $29.00 has arrived" REST},
        {{SLICE(""), -1, SLICE("")}, "Your payment has arrived" REST},
        {{SLICE("go to x.example"), 2900, SLICE("USD")}, "Your payment of $29.00 has arrived" REST},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        say_it(shape_payment_waits(), &rows[i].part, LANGUAGE_EN, text, sizeof text);
        assert_string_equal(text, rows[i].says);
    }
}

static void in_each_language(void **state)
{
    (void)state;
    static const char *const says[LANGUAGE_COUNT] = {
        [LANGUAGE_EN] = "Your payment of $29.00 for core has arrived" REST,
        [LANGUAGE_ZH_HANS] =
            "我们已收到您为“core”支付的 US$29.00，但系统无法自动处理。我们正在核对，"
            "结果会在这里通知您，请不要重复付款。",
        [LANGUAGE_ZH_HANT] =
            "我們已收到您為「core」支付的 US$29.00，但系統無法自動處理。我們正在核對，"
            "結果會在這裡通知您，請不要重複付款。"};
    const struct payment_waits part = {SLICE("core"), 2900, SLICE("USD")};
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        char text[512];
        say_it(shape_payment_waits(), &part, (enum language)language, text, sizeof text);
        assert_string_equal(text, says[language]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_is_said),
        cmocka_unit_test(in_each_language),
    };
    return cmocka_run_group_tests(tests, set_up, said_close);
}
