/* The section `support`: what it may say, and what of it the ledger knows. */
#include "modules/ticket/settings.h"

#include "config/module.h"
#include "ledger/catalog.h"
#include "tests/unit/config/example.h"

/* Without the ledger's state, whose struct key is another than the configuration's. */
#define MODULE_DEF  "modules/ticket/ticket.def"
#define MODULE_SELF MODULE_ticket
#include "ledger/declare.h"

static struct config *with(const char *support)
{
    char text[2048];
    (void)snprintf(text, sizeof text, "data_dir: ./var\nsupport: %s", support);
    return parse_example("data_dir: ./var", text);
}

static void wrong(const char *support, const char *errors)
{
    char text[2048];
    (void)snprintf(text, sizeof text, "data_dir: ./var\nsupport: %s", support);
    expect_errors("data_dir: ./var", text, errors);
}

static bool row_of(const struct config *config, struct support_row *row)
{
    static char bytes[65536];
    static struct catalog *catalog;
    struct buf rows = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    size_t at = 0;
    catalog_destroy(&catalog);
    config_catalog(config, &rows);
    assert_int_equal(catalog_parse(buf_slice(&rows), &catalog), ERROR_NONE);
    return catalog_row(catalog, shape_support_row(), &at, row);
}

static void without_it_there_is_none(void **state)
{
    (void)state;
    struct support_row row;
    struct config *config = parse_example("data_dir: ./var", "data_dir: ./var");
    assert_false(row_of(config, &row));
    assert_false(modules_chat(config, "main", 0));
    config_destroy(&config);
}

static void defaults_and_all_keys(void **state)
{
    (void)state;
    struct support_row row;
    struct config *config = with("{chat: -1009}");
    assert_true(row_of(config, &row));
    assert_int_equal(row.chat_id, -1009);
    assert_true(slice_is(row.bot, "main"));
    assert_true(slice_is(row.hours, "Mon-Sun 00:00-24:00"));
    assert_int_equal(row.topics, 1);
    assert_int_equal(row.warn_at, 80);
    assert_int_equal(row.payment_first, 30 * 60000);
    assert_int_equal(row.payment_resolve, 60 * 60000);
    assert_int_equal(row.normal_first, 30 * 60000);
    assert_int_equal(row.normal_resolve, 72 * 60 * 60000);
    assert_int_equal(row.followup, 0);
    assert_int_equal(row.roster.len, 0);
    assert_true(modules_chat(config, "main", -1009));
    config_destroy(&config);

    config = with("{chat: -1009, bot: main, topics: false, hours: \"Mon-Fri 22:00-06:00\", roster: "
                  "[1001, 1002], sla: {payment: {first: 10 minutes}, normal: {resolve: 2 hours}}, "
                  "followup: 48 hours, warn_at: 50%}");
    assert_true(row_of(config, &row));
    assert_true(slice_is(row.hours, "Mon-Fri 22:00-06:00"));
    assert_true(slice_is(row.roster, "1001,1002"));
    assert_int_equal(row.topics, 0);
    assert_int_equal(row.warn_at, 50);
    assert_int_equal(row.payment_first, 10 * 60000);
    assert_int_equal(row.payment_resolve, 60 * 60000);
    assert_int_equal(row.normal_first, 30 * 60000);
    assert_int_equal(row.normal_resolve, 2 * 60 * 60000);
    assert_int_equal(row.followup, 48 * 60 * 60000);
    config_destroy(&config);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    wrong("{topics: true}",
          ":2: support.chat: is missing; expected a group's number at Telegram, which "
          "is negative: -1001234567890");
    wrong(
        "{chat: -1009, hours: \"9 to 5\", warn_at: \"0%\"}",
        ":2: support.hours: \"9 to 5\" is not valid; expected days and times, such as \"Mon-Fri "
        "09:00-18:00, Sat 10:00-14:00\" or \"22:00-06:00\"\n"
        ":2: support.warn_at: \"0%\" is not valid; expected a share from 1% to 100%, such as 80%");
    wrong("{chat: -1009, bot: other}",
          ":2: support.bot: \"other\" is not in bots; expected a name from there");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_it_there_is_none),
        cmocka_unit_test(defaults_and_all_keys),
        cmocka_unit_test(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
