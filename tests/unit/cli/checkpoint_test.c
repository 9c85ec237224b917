#include "cli/checkpoint.h"

#include "tests/unit/cli/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <cmocka.h>

static int set_up(void **state)
{
    (void)state;
    history_begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    history_end();
    return 0;
}

static void a_checkpoint_is_the_state(void **state)
{
    struct checkpoints list;
    uint8_t hashes[2][32];
    char name[64];
    (void)state;
    assert_int_equal(checkpoints_list(history_folder, &list, NULL), ERROR_NONE);
    assert_int_equal(list.count, 0);
    history_append(1, 20, 1, ledger_rules());
    history_apply(12);
    struct epoch kept = history_keep(5000500);
    assert_int_equal(kept.applied, 12);
    assert_int_equal(kept.number, 1);
    history_apply(20);
    history_keep(6000000);
    assert_int_equal(history_keep(7000000).applied, 20); /* there already */
    assert_int_equal(checkpoints_list(history_folder, &list, NULL), ERROR_NONE);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0].epoch.applied, 12);
    assert_int_equal(list.items[0].epoch.rules, ledger_rules());
    assert_int_equal(list.items[0].at_ms, 5000500);
    assert_int_equal(list.items[1].epoch.applied, 20);
    assert_int_equal(list.items[1].at_ms, 6000000);
    snprintf(name, sizeof(name), "epochs/%s", list.items[1].name);
    history_hash("state", hashes[0]);
    history_hash(name, hashes[1]);
    assert_memory_equal(hashes[0], hashes[1], 32);
    assert_int_equal(checkpoint_remove(history_folder, &list.items[1], NULL), ERROR_NONE);
    assert_int_not_equal(access(history_path(name), F_OK), 0);
    checkpoints_free(&list);
}

static void what_is_half_made_or_damaged_is_no_use(void **state)
{
    struct checkpoints list;
    const struct epoch epoch = {.number = 1, .rules = ledger_rules(), .from = 1};
    (void)state;
    history_append(1, 20, 1, ledger_rules());
    history_apply(12);
    history_keep(1000);
    assert_int_equal(mkdir(history_path("epochs/partial.abc"), 0700), 0);
    assert_int_equal(mkdir(history_path("epochs/00000000000000000015"), 0700), 0);
    FILE *file = fopen(history_path("epochs/00000000000000000015/data.mdb"), "w");
    assert_non_null(file);
    assert_true(fputs("nonsense", file) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(checkpoints_list(history_folder, &list, NULL), ERROR_NONE);
    assert_int_equal(list.count, 2);
    assert_true(list.items[0].readable);
    assert_false(list.items[1].readable);
    assert_ptr_equal(checkpoint_choose(&list, &epoch, 20, false), &list.items[0]);
    checkpoints_free(&list);
    assert_int_equal(checkpoints_clean(history_folder, NULL), ERROR_NONE);
    assert_int_not_equal(access(history_path("epochs/partial.abc"), F_OK), 0);
    assert_int_equal(access(history_path("epochs/00000000000000000012"), F_OK), 0);
}

static void the_one_to_begin_with_is_chosen(void **state)
{
    struct checkpoint items[] = {
        {.readable = true, .epoch = {.applied = 50, .number = 1, .rules = 1, .from = 1}},
        {.readable = true, .epoch = {.applied = 100, .number = 1, .rules = 1, .from = 1}},
        {.readable = true, .epoch = {.applied = 150, .number = 2, .rules = 2, .from = 101}},
        {.readable = true, .epoch = {.applied = 200, .number = 2, .rules = 2, .from = 101}},
    };
    const struct checkpoints list = {items, 4};
    const struct epoch first = {.rules = 1, .from = 1};
    const struct epoch second = {.rules = 2, .from = 101};
    const struct epoch other = {.rules = 3, .from = 301};
    (void)state;
    assert_ptr_equal(checkpoint_choose(&list, &second, 999, false), &items[3]);
    assert_ptr_equal(checkpoint_choose(&list, &second, 199, false), &items[2]);
    assert_ptr_equal(checkpoint_choose(&list, &second, 149, false), &items[1]);
    assert_ptr_equal(checkpoint_choose(&list, &second, 999, true), &items[1]);
    assert_null(checkpoint_choose(&list, &second, 99, false));
    assert_ptr_equal(checkpoint_choose(&list, &first, 999, false), &items[1]);
    assert_ptr_equal(checkpoint_choose(&list, &first, 999, true), &items[0]);
    assert_null(checkpoint_choose(&list, &other, 999, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_checkpoint_is_the_state, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_half_made_or_damaged_is_no_use, set_up, tear_down),
        cmocka_unit_test(the_one_to_begin_with_is_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
