#include "example.h"

static void finds(void **state)
{
    (void)state;
    struct config *config = parse_example("bots:", "bots:");
    assert_ptr_equal(config_bot_find(config, SLICE("main")), &config->bots[0]);
    assert_ptr_equal(config_group_find(config, SLICE("core")), &config->groups[1]);
    assert_ptr_equal(config_plan_find(config, SLICE("core")), &config->plans[1]);
    assert_ptr_equal(config_gateway_find(config, SLICE("ime")), &config->gateways[3]);
    assert_null(config_gateway_find(config, SLICE("im")));
    assert_null(config_gateway_find(config, SLICE("imex")));
    assert_null(config_gateway_find(config, SLICE("ime\0")));
    assert_null(config_plan_find(config, slice_of(NULL, 0)));
    config_destroy(&config);
}

static void rows(void **state)
{
    (void)state;
    static const char expected[] =
        "catalog_community name=\"Trade Club\" timezone=\"Asia/Shanghai\" language=0 "
        "removals_per_hour=100 readers=\"mirror,facts\" notices_per_day=3 quiet_from=0 quiet_to=0\n"
        "catalog_bot name=\"main\"\n"
        "catalog_group name=\"starter\" bot=\"main\" chat_id=-1001000000001 invite=0 "
        "link_ttl_ms=86400000\n"
        "catalog_group name=\"core\" bot=\"main\" chat_id=-1001000000002 invite=1 "
        "link_ttl_ms=86400000\n"
        "catalog_plan name=\"starter\" seats=0 grace_ms=0\n"
        "catalog_plan_group plan=\"starter\" group=\"starter\"\n"
        "catalog_price plan=\"starter\" amount=900 currency=\"USD\" months=1 days=0 renews=0\n"
        "catalog_price plan=\"starter\" amount=7900 currency=\"USD\" months=12 days=0 renews=0\n"
        "catalog_plan name=\"core\" seats=500 grace_ms=259200000\n"
        "catalog_plan_group plan=\"core\" group=\"starter\"\n"
        "catalog_plan_group plan=\"core\" group=\"core\"\n"
        "catalog_price plan=\"core\" amount=2900 currency=\"USD\" months=1 days=0 renews=0\n"
        "catalog_price plan=\"core\" amount=29900 currency=\"USD\" months=12 days=0 renews=0\n"
        "order_terms expire=\"7 days\" max_open=0 overpay=\"ignore\" reuse_open=true unclaimed=\"1 "
        "hour\"\n"
        "order_gateway name=\"stripe\" currencies=[] renews=false\n"
        "order_gateway name=\"btcpay\" currencies=[] renews=false\n"
        "order_gateway name=\"standard\" currencies=[] renews=false\n"
        "order_gateway name=\"ime\" currencies=[] renews=false\n";
    struct config *config = parse_example("bots:", "bots:");
    struct buf encoded;
    struct buf text;
    buf_init(&encoded, 1024 * 1024);
    buf_init(&text, 1024 * 1024);
    config_catalog(config, &encoded);
    assert_false(encoded.failed);
    struct slice rest = buf_slice(&encoded);
    struct message message;
    struct why why;
    while (rest.len > 0) {
        assert_int_equal(wire_decode(&rest, &message, &why), ERROR_NONE);
        message_print(&text, &message);
        if (text.data[text.len - 1] != '\n')
            buf_append_u8(&text, '\n');
    }
    buf_append_u8(&text, '\0');
    assert_string_equal(text.data, expected);
    /* A secret has no way in. */
    assert_null(memmem(encoded.data, encoded.len, "AA-bb_CC", 8));
    assert_null(memmem(encoded.data, encoded.len, "secret", 6));
    buf_deinit(&text);
    buf_deinit(&encoded);
    config_destroy(&config);
}

/* Names and texts as long as the schema takes them must fit their rows. */
static void longest(void **state)
{
    (void)state;
    char community[160];
    struct buf encoded;
    snprintf(community, sizeof(community), "name: %0128d", 0);
    struct config *config = parse_example("name: Trade Club", community);
    buf_init(&encoded, 4096);
    config_catalog(config, &encoded);
    assert_false(encoded.failed);
    buf_deinit(&encoded);
    buf_init(&encoded, 10); /* and too little room is no crash */
    config_catalog(config, &encoded);
    assert_true(encoded.failed);
    buf_deinit(&encoded);
    config_destroy(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(rows),
        cmocka_unit_test(longest),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
