#include "ledger/catalog.h"

#include "base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define COMMUNITY                                                                                  \
    {                                                                                              \
        .kind = MESSAGE_catalog_community, .catalog_community = {                                  \
            SLICE("Club"),                                                                         \
            SLICE("UTC"),                                                                          \
            0,                                                                                     \
            20                                                                                     \
        }                                                                                          \
    }
#define BOT(name)                                                                                  \
    {                                                                                              \
        .kind = MESSAGE_catalog_bot, .catalog_bot = { SLICE(name) }                                \
    }
#define GROUP(name, bot, invite)                                                                   \
    {                                                                                              \
        .kind = MESSAGE_catalog_group, .catalog_group = {                                          \
            SLICE(name),                                                                           \
            SLICE(bot),                                                                            \
            -7,                                                                                    \
            invite,                                                                                \
            60000                                                                                  \
        }                                                                                          \
    }
#define PLAN(name)                                                                                 \
    {                                                                                              \
        .kind = MESSAGE_catalog_plan, .catalog_plan = { SLICE(name), 3, 4 }                        \
    }
#define OPENS(plan, group)                                                                         \
    {                                                                                              \
        .kind = MESSAGE_catalog_plan_group, .catalog_plan_group = { SLICE(plan), SLICE(group) }    \
    }
#define PRICE(plan, amount, currency, months, days)                                                \
    {                                                                                              \
        .kind = MESSAGE_catalog_price, .catalog_price = {                                          \
            SLICE(plan),                                                                           \
            amount,                                                                                \
            SLICE(currency),                                                                       \
            months,                                                                                \
            days                                                                                   \
        }                                                                                          \
    }
#define LONG_NAME "a-name-of-thirty-two-bytes-is-no"

enum { ROWS_MAX = 8 };

static enum error parse(const struct message *rows, struct catalog **catalog)
{
    struct buf bytes;
    buf_init(&bytes, 1 << 16);
    for (size_t i = 0; i < ROWS_MAX && rows[i].kind != 0; i++)
        wire_encode(&bytes, &rows[i]);
    assert_false(bytes.failed);
    enum error error = catalog_parse(buf_slice(&bytes), catalog);
    buf_deinit(&bytes);
    return error;
}

static void rows_become_a_catalog(void **state)
{
    (void)state;
    static const struct message rows[ROWS_MAX] = {
        COMMUNITY,   BOT("main"),          GROUP("room", "main", INVITE_ONE_TIME_LINK),
        PLAN("all"), OPENS("all", "room"), PRICE("all", 900, "USD", 1, 2)};
    struct catalog *catalog;
    assert_int_equal(parse(rows, &catalog), ERROR_NONE);
    const struct catalog_plan *plan = catalog_plan_find(catalog, SLICE("all"));
    const struct catalog_group *group = catalog_group_find(catalog, SLICE("room"));
    assert_non_null(plan);
    assert_non_null(group);
    assert_true(catalog_plan_opens(catalog, plan, group));
    assert_int_equal(group->chat_id, -7);
    assert_int_equal(plan->seats, 3);
    assert_int_equal(plan->grace_ms, 4);
    assert_int_equal(catalog->removals_per_hour, 20);
    const struct catalog_price *price = catalog_price_find(plan, 900, SLICE("USD"));
    assert_non_null(price);
    assert_int_equal(price->period.months, 1);
    assert_int_equal(price->period.days, 2);
    assert_null(catalog_price_find(plan, 900, SLICE("EUR")));
    assert_null(catalog_price_find(plan, 901, SLICE("USD")));
    assert_null(catalog_plan_find(catalog, SLICE("al")));
    assert_false(catalog_bot_known(catalog, SLICE("mai")));
    catalog_destroy(&catalog);
    assert_null(catalog);
    catalog_destroy(&catalog); /* nothing to do */
}

/* A command of the journal is bytes like any other. */
static void what_does_not_fit_together_is_refused(void **state)
{
    (void)state;
    static const struct message cases[][ROWS_MAX] = {
        {BOT("main")}, /* no community */
        {COMMUNITY, COMMUNITY},
        {{.kind = MESSAGE_catalog_community,
          .catalog_community = {SLICE("Club"), SLICE("UTC"), LANGUAGE_COUNT, 20}}},
        {COMMUNITY, BOT("main"), BOT("main")},
        {COMMUNITY, BOT("")},
        {COMMUNITY, BOT(LONG_NAME)},
        {COMMUNITY, GROUP("room", "main", INVITE_JOIN_REQUEST)},
        {COMMUNITY, BOT("main"), GROUP("room", "main", INVITE_ONE_TIME_LINK + 1)},
        {COMMUNITY, BOT("main"), GROUP("room", "main", 0), GROUP("room", "main", 0)},
        {COMMUNITY, BOT("main"), GROUP("", "main", 0)},
        {COMMUNITY, BOT("main"), GROUP(LONG_NAME, "main", 0)},
        {COMMUNITY, PLAN("all"), PLAN("all")},
        {COMMUNITY, PLAN("")},
        {COMMUNITY, PLAN(LONG_NAME)},
        {COMMUNITY, PLAN("all"), OPENS("all", "room")},
        {COMMUNITY, BOT("main"), GROUP("room", "main", 0), OPENS("all", "room")},
        {COMMUNITY, PRICE("all", 900, "USD", 1, 0)},
        {COMMUNITY, PLAN("all"), PRICE("all", -1, "USD", 1, 0)},
        {COMMUNITY, PLAN("all"), PRICE("all", 900, "USD", 1201, 0)},
        {COMMUNITY, PLAN("all"), PRICE("all", 900, "USD", 0, 36601)},
        {COMMUNITY, {.kind = MESSAGE_part_ended, .part_ended = {SLICE("all"), 0}}},
    };
    struct catalog *catalog;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (parse(cases[i], &catalog) != ERROR_CORRUPT)
            fail_msg("case %zu", i);
        assert_null(catalog);
    }
    assert_int_equal(catalog_parse(SLICE("\xc1"), &catalog), ERROR_CORRUPT);
    assert_int_equal(catalog_parse(SLICE(""), &catalog), ERROR_CORRUPT);
}

static void there_is_an_end_to_rows(void **state)
{
    (void)state;
    static const struct message community = COMMUNITY;
    struct message bot = BOT("");
    struct catalog *catalog;
    struct buf bytes;
    buf_init(&bytes, 1 << 20);
    for (int more = 0; more <= 1; more++) {
        buf_clear(&bytes);
        wire_encode(&bytes, &community);
        for (int i = 1; i < CATALOG_ROWS_MAX + more; i++) {
            char name[16];
            ASSERT(snprintf(name, sizeof name, "bot-%d", i) > 0);
            bot.catalog_bot.name = slice_from(name);
            wire_encode(&bytes, &bot);
        }
        assert_false(bytes.failed);
        assert_int_equal(catalog_parse(buf_slice(&bytes), &catalog),
                         more ? ERROR_CORRUPT : ERROR_NONE);
        catalog_destroy(&catalog);
    }
    buf_deinit(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_become_a_catalog),
        cmocka_unit_test(what_does_not_fit_together_is_refused),
        cmocka_unit_test(there_is_an_end_to_rows),
    };
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
