#include "cli/rebuild.h"

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

static void rebuild(uint64_t begun, uint64_t applied, const uint8_t hash[32])
{
    struct rebuilt built;
    struct why why = {""};
    uint8_t now[32];
    if (rebuild_run(history_folder, &built, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    assert_int_equal(built.begun, begun);
    assert_int_equal(built.applied, applied);
    assert_memory_equal(built.hash, hash, 32);
    history_hash("state", now);
    assert_memory_equal(now, hash, 32);
    assert_int_not_equal(access(history_path("state.partial"), F_OK), 0);
    assert_int_not_equal(access(history_path("state.new"), F_OK), 0);
}

static void the_state_is_made_again(void **state)
{
    uint8_t hash[32];
    (void)state;
    history_append(1, 10, 1, ledger_rules());
    history_apply(10);
    history_keep(1000);
    history_append(11, 30, 11, ledger_rules());
    history_apply(30);
    history_hash("state", hash);
    rebuild(10, 30, hash);
    assert_int_equal(access(history_path("state.old"), F_OK), 0);
    rebuild(10, 30, hash);
    /* Without a state, and with its cmd_upgrade in the archive. */
    assert_int_equal(data_dir_remove(history_path("state"), NULL), ERROR_NONE);
    history_trim(20);
    rebuild(10, 30, hash);
    /* And where that has gone from there, all that stands for it is a later checkpoint. */
    history_keep(2000);
    history_append(31, 35, 0, 0);
    history_apply(35);
    history_hash("state", hash);
    assert_int_equal(data_dir_remove(history_path("archive"), NULL), ERROR_NONE);
    assert_int_equal(data_dir_remove(history_path("epochs/00000000000000000010"), NULL),
                     ERROR_NONE);
    rebuild(30, 35, hash);
}

static void what_cannot_be_made_changes_nothing(void **state)
{
    struct rebuilt built;
    struct why why = {""};
    uint8_t hash[32], after[32];
    (void)state;
    history_append(1, 30, 1, ledger_rules());
    history_apply(30);
    history_hash("state", hash);
    history_trim(20);
    assert_int_equal(data_dir_remove(history_path("archive"), NULL), ERROR_NONE);
    assert_int_equal(rebuild_run(history_folder, &built, &why), ERROR_NOT_FOUND);
    assert_true(why.text[0] != 0);
    history_append(31, 31, 31, ledger_rules() + 1);
    assert_int_equal(rebuild_run(history_folder, &built, &why), ERROR_VERSION);
    history_hash("state", after);
    assert_memory_equal(hash, after, 32);
    assert_int_not_equal(access(history_path("state.partial"), F_OK), 0);
}

static void a_renaming_that_was_cut_off_is_ended(void **state)
{
    uint8_t hash[32];
    (void)state;
    assert_int_equal(rebuild_finish(history_folder, NULL), ERROR_NONE);
    history_append(1, 30, 1, ledger_rules());
    history_apply(30);
    history_hash("state", hash);
    /* Before the first, and between the two. */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rename(history_path("state"), history_path("state.new")), 0);
        if (i == 0)
            assert_int_equal(mkdir(history_path("state"), 0700), 0);
        assert_int_equal(rebuild_finish(history_folder, NULL), ERROR_NONE);
        rebuild(0, 30, hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_state_is_made_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_made_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_renaming_that_was_cut_off_is_ended, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
