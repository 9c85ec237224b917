#include "config/lists.h"

#include "example.h"

static void secrets(void **state)
{
    (void)state;
    expect_errors("[\"${BTCPAY_SECRET}\"]", "[]",
                  ":27: gateways[1].secrets: has 0 items; expected a list of 1 to 8 secrets");
    expect_errors("[\"${BTCPAY_SECRET}\"]", "[a, b, c, d, e, f, g, h, i]",
                  ":27: gateways[1].secrets: has 9 items; expected a list of 1 to 8 secrets");
    expect_errors("[\"${BTCPAY_SECRET}\"]", "\"${BTCPAY_SECRET}\"",
                  ":27: gateways[1].secrets: is not a list; expected a list of 1 to 8 secrets");
    expect_errors(
        "[\"${BTCPAY_SECRET}\"]", "[a, \"\", \" b\", [c], ~]",
        ":27: gateways[1].secrets[1]: the secret is empty; expected 1 to 512 bytes on one "
        "line, without blanks at the ends\n"
        ":27: gateways[1].secrets[2]: the secret begins or ends with a blank; expected 1 "
        "to 512 bytes on one line, without blanks at the ends\n"
        ":27: gateways[1].secrets[3]: is a list; expected a secret\n"
        ":27: gateways[1].secrets[4]: has no value; expected a secret");
    struct config *config = parse_example("[\"${BTCPAY_SECRET}\"]", "[a, b, c, d, e, f, g, h]");
    assert_int_equal(config->gateways[1].secret_count, 8);
    assert_string_equal(config->gateways[1].secrets[7], "h");
    config_destroy(&config);
}

static void resources(void **state)
{
    (void)state;
    expect_errors("\"https://example.org/starter-pack.pdf\"", "starter-pack.pdf",
                  ":24: plans[1].welcome.resources[0]: \"starter-pack.pdf\" is not valid; expected "
                  "a link such as https://example.org/pack.pdf of at most 2048 bytes");
    char many[21 * 16 + 1];
    for (size_t i = 0; i < 21; i++)
        snprintf(many + 15 * i, sizeof(many) - 15 * i, "https://a.org, ");
    many[21 * 15 - 2] = '\0';
    expect_errors("\"https://example.org/starter-pack.pdf\"", many,
                  ":24: plans[1].welcome.resources: has 21 items; expected a list of at most 20 "
                  "links");
    struct config *config = parse_example("\"https://example.org/starter-pack.pdf\"", "");
    assert_int_equal(config->plans[1].resource_count, 0);
    config_destroy(&config);
}

static void references(void **state)
{
    (void)state;
    expect_errors("[starter, core]", "[starter, cor, Core, starter]",
                  ":20: plans[1].groups[2]: \"Core\" is not valid; expected a name that this file "
                  "describes\n"
                  ":20: plans[1].groups[3]: \"starter\" is not valid; expected each name once in "
                  "the list\n"
                  ":20: plans[1].groups[1]: \"cor\" is not in groups; did you mean \"core\"?");
    expect_errors("[starter, core]", "[]",
                  ":20: plans[1].groups: has 0 items; expected a list of 1 to 256 names");
}

static void kinds(void **state)
{
    (void)state;
    expect_errors(
        "payment.refunded: refunded", "payment.refunded: repaid",
        ":40: gateways[3].hmac.map.kind.values.payment.refunded: \"repaid\" is not valid; "
        "expected paid, refunded, charged_back, reinstated, partly_refunded or "
        "refund_failed");
    expect_errors("payment.refunded: refunded", "payment.succeeded: refunded",
                  ":40: gateways[3].hmac.map.kind.values.payment.succeeded: is there twice, first "
                  "in line 40; expected it once");
    expect_errors("payment.refunded: refunded", "\"\": refunded",
                  ":40: gateways[3].hmac.map.kind.values.\"\": what the gateway says has 0 bytes; "
                  "expected 1 to 128 of text");
    expect_errors("{payment.succeeded: paid, payment.refunded: refunded, payment.disputed: "
                  "charged_back}",
                  "{}",
                  ":40: gateways[3].hmac.map.kind.values: has 0 values; expected 1 to 64 of them");
    expect_errors("{payment.succeeded: paid, payment.refunded: refunded, payment.disputed: "
                  "charged_back}",
                  "[paid]",
                  ":40: gateways[3].hmac.map.kind.values: is not a mapping; expected a mapping of "
                  "what the gateway says to paid, refunded, charged_back, reinstated, "
                  "partly_refunded or refund_failed");
    struct config *config =
        parse_example("payment.refunded: refunded", "a b: reinstated, \"1\": partly_refunded");
    const struct config_hmac *hmac = &config->gateways[3].hmac;
    assert_int_equal(hmac->kind_count, 4);
    assert_string_equal(hmac->kinds[1].from, "a b");
    assert_int_equal(hmac->kinds[1].kind, PAYMENT_REINSTATED);
    assert_int_equal(hmac->kinds[2].kind, PAYMENT_PARTLY_REFUNDED);
    config_destroy(&config);
}

static void links(void **state)
{
    (void)state;
    struct config *config = parse_example(
        "data_dir: ./var", "topology:\n"
                           "  links:\n"
                           "    work: [inproc://requests]\n"
                           "    verdicts: inproc://verdicts\n"
                           "    requests: [\"tcp://10.0.0.2:7001\", \"tcp://*:7002\"]\n"
                           "  curve_dir: keys");
    assert_int_equal(config->link_count, 3);
    assert_string_equal(config->links[0].name, "work");
    assert_string_equal(config->links[1].endpoints[0], "inproc://verdicts");
    assert_int_equal(config->links[2].endpoint_count, 2);
    assert_string_equal(config->links[2].endpoints[1], "tcp://*:7002");
    assert_string_equal(config->curve_dir, "nowhere/keys");
    config_destroy(&config);
    expect_errors(
        "data_dir: ./var",
        "topology:\n"
        "  links:\n"
        "    a b: [inproc://x]\n"
        "    verdicts: []\n"
        "    requests: [udp://x:1]\n"
        "    work: {f: g}\n"
        "    comands: inproc://x",
        ":3: topology.links.\"a b\": is no link; expected one of requests, verdicts, "
        "commands, queries, credits, work, calls, due, news_asks, news, reads, hook_news, "
        "hook_asks, checks, looks\n"
        ":4: topology.links.verdicts: has 0 items; expected a list of 1 to 16 links\n"
        ":5: topology.links.requests[0]: \"udp://x:1\" is not valid; expected "
        "inproc://name or tcp://host:port\n"
        ":6: topology.links.work: is not a list; expected a list of 1 to 16 links\n"
        ":7: topology.links.comands: is no link; did you mean \"commands\"?");
    expect_errors("data_dir: ./var",
                  "topology:\n"
                  "  links:\n"
                  "    work: [inproc://a, inproc://b]\n"
                  "    requests: [inproc://a, inproc://c]\n"
                  "    due: inproc://c\n"
                  "    calls: [inproc://d, inproc://e]",
                  ":3: topology.links.work: has 2 endpoints; expected 1\n"
                  ":4: topology.links.requests[0]: is an endpoint of work already; expected one of "
                  "its own\n"
                  ":5: topology.links.due: is an endpoint of requests already; expected one of its "
                  "own\n"
                  ":6: topology.links.calls: has 2 endpoints; expected 1");
}

static void sentences(void **state)
{
    (void)state;
    char text[256];
    assert_true(list_is(TYPE_SECTIONS));
    assert_false(list_is(TYPE_SECTION));
    assert_false(list_is(TYPE_NUMBER));
    list_expected(&(struct key){.type = TYPE_REFERENCES, .least = 1, .most = 3}, text,
                  sizeof(text));
    assert_string_equal(text, "a list of 1 to 3 names");
    list_expected(&(struct key){.type = TYPE_RESOURCES, .most = 3}, text, sizeof(text));
    assert_string_equal(text, "a list of at most 3 links");
    list_expected(&(struct key){.type = TYPE_PEOPLE, .most = 3}, text, sizeof(text));
    assert_string_equal(text, "a list of at most 3 Telegram ids");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets), cmocka_unit_test(resources), cmocka_unit_test(references),
        cmocka_unit_test(kinds),   cmocka_unit_test(links),     cmocka_unit_test(sentences),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
