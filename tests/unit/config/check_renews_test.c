/* Prices that renew by themselves, and what is wrong with them. */
#include "config/check.h"

#include "example.h"

#define SESSION                                                                                    \
    "kind: stripe, create: session, secret_key: sk_1, success_url: \"https://t.me/usher_bot\","
#define STARS                                                                                      \
    "kind: btcpay, secrets: [\"${BTCPAY_SECRET}\"]}\n  - {name: s, kind: stars, bot: main}\n  - "  \
    "{name: b2, kind: btcpay,"

/* The example with this price in the place of core's first, this grace and these gateways has this
 * fault, "" for none. */
static void expect(const char *price, const char *grace, const char *stripe, const char *btcpay,
                   const char *fault)
{
    char expected[512];
    char *priced = example_with("{amount: \"29.00\", currency: USD, period: 1 month}", price);
    char *graced = text_with(priced, "    grace: 3 days\n", grace);
    char *striped = text_with(graced, "kind: stripe,", stripe);
    char *yaml = text_with(striped, "kind: btcpay,", btcpay);
    char *errors = errors_of(yaml);
    (void)snprintf(expected, sizeof expected, "plans[1].prices: item 0 renews by itself, %s",
                   fault);
    if (fault[0] == 0)
        assert_string_equal(errors, "");
    else if (strstr(errors, expected) == NULL)
        fail_msg("\"%s\" instead of \"%s\"", errors, expected);
    free(priced);
    free(graced);
    free(striped);
    free(yaml);
    free(errors);
}

#define USD    "{amount: \"29.00\", currency: USD, period: 1 month, renews: true}"
#define GRACE  "    grace: 1 day\n"
#define PLAIN  "kind: stripe,"
#define BTCPAY "kind: btcpay,"

static void stripe_charges_again(void **state)
{
    (void)state;
    expect(USD, GRACE, SESSION, BTCPAY, "");
    expect("{amount: \"29.00\", currency: USD, period: 1 month, renews: false}", "", PLAIN, BTCPAY,
           "");
    expect(USD, GRACE, PLAIN, BTCPAY, "but no gateway can charge it; expected one of kind stripe");
    expect(USD, GRACE, SESSION " currencies: [EUR],", BTCPAY, "but no gateway can charge it");
    expect(USD, GRACE, SESSION " currencies: [EUR, USD],", BTCPAY, "");
    expect(USD, "", SESSION, BTCPAY, "but its plan has no grace of a day");
    expect("{amount: \"29.00\", currency: USD, period: 4 years, renews: true}", GRACE, SESSION,
           BTCPAY, "less often than Stripe charges; expected a period of at most 3 years");
    expect("{amount: \"0\", currency: USD, period: 1 month, renews: true}", GRACE, SESSION, BTCPAY,
           "and costs nothing");
}

static void stars_are_charged_every_30_days(void **state)
{
    (void)state;
    expect("{amount: \"500\", currency: XTR, period: 30 days, renews: true}", GRACE, SESSION, STARS,
           "");
    expect("{amount: \"500\", currency: XTR, period: 30 days, renews: true}", GRACE, SESSION,
           BTCPAY, "but no gateway can charge it");
    expect("{amount: \"500\", currency: XTR, period: 1 month, renews: true}", GRACE, SESSION, STARS,
           "in Stars, which Telegram charges every 30 days; expected period: 30 days");
    expect("{amount: \"10001\", currency: XTR, period: 30 days, renews: true}", GRACE, SESSION,
           STARS, "in more Stars than a subscription may cost; expected at most 10000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stripe_charges_again),
        cmocka_unit_test(stars_are_charged_every_30_days),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
