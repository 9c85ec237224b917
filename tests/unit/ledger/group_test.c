/* A group is the catalog's chat until it is said to be another. */
#include "ledger/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static struct store *store;
static struct ledger *ledger;

static int open_ledger(void **state)
{
    static const char hash[32] = "0123456789012345678901234567890";
    struct buf rows;
    (void)state;
    if (store_open_memory(&store) != ERROR_NONE ||
        ledger_open(store, &ledger, NULL) != ERROR_NONE || ledger_begin(ledger) != ERROR_NONE)
        return -1;
    const struct message messages[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {.name = SLICE("Club"), .timezone = SLICE("UTC")}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {.name = SLICE("main")}},
        {.kind = MESSAGE_catalog_group,
         .catalog_group = {.name = SLICE("lobby"), .bot = SLICE("main"), .chat_id = -100}},
        {.kind = MESSAGE_catalog_group,
         .catalog_group = {.name = SLICE("core"), .bot = SLICE("main"), .chat_id = -200}},
    };
    buf_init(&rows, 4096);
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        wire_encode(&rows, &messages[i]);
    enum error error = state_catalog_use(ledger, slice_of(hash, 32), buf_slice(&rows));
    buf_deinit(&rows);
    return error == ERROR_NONE ? 0 : -1;
}

static int close_ledger(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static void it_begins_with_the_catalogs_chat(void **state)
{
    struct record_group record;
    (void)state;
    group_load(ledger, catalog_group_find(ledger->catalog, SLICE("core")), &record);
    assert_int_equal(record.chat_id, -200);
    assert_int_equal(record.configured_id, -200);
}

static void it_is_found_by_the_chat_of_now(void **state)
{
    const struct catalog_group *core = catalog_group_find(ledger->catalog, SLICE("core"));
    struct record_group record;
    (void)state;
    assert_ptr_equal(group_of_chat(ledger, SLICE("main"), -200), core);
    group_load(ledger, core, &record);
    record.chat_id = -300;
    group_store(ledger, core, &record);
    assert_ptr_equal(group_of_chat(ledger, SLICE("main"), -300), core);
    assert_null(group_of_chat(ledger, SLICE("main"), -200));
    assert_null(group_of_chat(ledger, SLICE("other"), -300));
    assert_int_equal(ledger->error, ERROR_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_begins_with_the_catalogs_chat, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(it_is_found_by_the_chat_of_now, open_ledger, close_ledger),
    };
    return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
