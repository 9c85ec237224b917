#include "config/check_secret.h"

#include "example.h"

#define BEGINS_WITHOUT                                                                             \
    "t:26: warning: gateways[0].secrets[0]: the value does not begin with whsec_, as the signing " \
    "secrets of Stripe's webhook endpoints do: with another key no callback is accepted\n"

static void expect_secret(const char *variable, const char *value, const char *expected)
{
    char *before = strdup(getenv(variable));
    assert_int_equal(setenv(variable, value, 1), 0);
    expect_said(false, false, "data_dir", "data_dir", expected);
    assert_int_equal(setenv(variable, before, 1), 0);
    free(before);
}

static void an_api_key_of_stripe_is_no_signing_secret(void **state)
{
    (void)state;
    static const char *const keys[] = {"sk_live_51abc", "sk_test_51abc", "rk_live_1", "pk_live_1"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        expect_secret("STRIPE_SECRET", keys[i],
                      "t:26: gateways[0].secrets[0]: the value is an API key of Stripe's; expected "
                      "the signing secret of the webhook endpoint, which begins with whsec_ "
                      "(Stripe's dashboard, Webhooks)\n");
    expect_secret("STRIPE_SECRET", "something-else", BEGINS_WITHOUT);
    expect_secret("STRIPE_SECRET", "\"whsec_abc\"", BEGINS_WITHOUT);
    expect_secret("STRIPE_SECRET", "whsec_abc", "");
    expect_secret("BTCPAY_SECRET", "sk_live_is_what_the_owner_chose", "");
}

static void what_stood_around_it(void **state)
{
    (void)state;
#define WRAPPED(line, path)                                                                        \
    "t:" line ": warning: " path ": the value has quotes around it or a comment behind it, which " \
    "would be part of the secret: no callback is accepted unless the gateway has them too\n"
    expect_secret("STRIPE_SECRET", "whsec_abc # live", WRAPPED("26", "gateways[0].secrets[0]"));
    expect_secret("BTCPAY_SECRET", "'abc'", WRAPPED("27", "gateways[1].secrets[0]"));
    expect_secret("BTCPAY_SECRET", "abc#def", "");
    expect_secret("IME_OLD_SECRET", "abc # old", WRAPPED("31", "gateways[3].secrets[1]"));
}

static void what_nobody_sees(void **state)
{
    (void)state;
    expect_secret(
        "BTCPAY_SECRET",
        "\xef\xbb\xbf"
        "abc",
        "t:27: gateways[1].secrets[0]: the secret holds a character that nobody sees (a "
        "byte order mark, or a space of no or other width), as copied text does; expected "
        "1 to 512 bytes on one line, without blanks at the ends\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_api_key_of_stripe_is_no_signing_secret),
        cmocka_unit_test(what_stood_around_it),
        cmocka_unit_test(what_nobody_sees),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
