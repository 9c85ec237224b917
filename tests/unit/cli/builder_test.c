#include "cli/builder.h"

#include "cli/replay.h"
#include "tests/unit/cli/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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

static void choose(uint64_t upto, bool from_start, enum error error, uint64_t begun)
{
    struct checkpoint start;
    struct why why = {""};
    const struct epoch epoch = {.number = 2, .rules = ledger_rules(), .from = 11};
    assert_int_equal(builder_choose(history_folder, &epoch, upto, from_start, &start, &why), error);
    assert_int_equal(start.epoch.applied, begun);
    assert_true(error == ERROR_NONE || why.text[0] != 0);
}

/* An epoch of older rules up to command 10, then one of this program's. */
static void write_two_epochs(void)
{
    history_append(1, 10, 1, ledger_rules());
    history_apply(10);
    history_keep(1000);
    history_append(11, 30, 11, ledger_rules());
    history_apply(20);
    history_keep(2000);
    history_apply(30);
}

static void a_replay_begins_at_a_checkpoint_of_the_epoch(void **state)
{
    (void)state;
    history_append(1, 30, 11, ledger_rules());
    choose(30, false, ERROR_NOT_FOUND, 0);
    history_end();
    history_begin();
    write_two_epochs();
    choose(30, false, ERROR_NONE, 20);
    choose(19, false, ERROR_NONE, 10);
    choose(30, true, ERROR_NONE, 10);
    choose(9, false, ERROR_NOT_FOUND, 0);
}

static void rules_of_another_program_are_refused(void **state)
{
    struct checkpoint start;
    struct why why = {""};
    const struct epoch epoch = {.number = 2, .rules = ledger_rules() + 1, .from = 1};
    (void)state;
    assert_int_equal(builder_choose(history_folder, &epoch, 9, false, &start, &why), ERROR_VERSION);
    assert_non_null(strstr(why.text, "rules"));
}

static void replay(bool from_start, uint64_t begun)
{
    struct replay found;
    struct why why = {""};
    enum error error = replay_run(history_folder, from_start, &found, &why);
    if (error != ERROR_NONE)
        fail_msg("%s", why.text);
    assert_int_equal(found.begun, begun);
    assert_int_equal(found.applied, 30);
    assert_int_equal(found.epoch.number, 2);
    assert_memory_equal(found.hash, found.state_hash, 32);
}

/* What is before the checkpoint need not be there any more. */
static void only_what_is_behind_the_checkpoint_is_applied(void **state)
{
    struct replay found;
    char name[128];
    (void)state;
    write_two_epochs();
    replay(false, 20);
    replay(true, 10);
    history_trim(15);
    history_trim(25);
    replay(false, 20);
    replay(true, 10);
    snprintf(name, sizeof(name), "archive/segment-%020d-%020d.seg", 1, 15);
    assert_int_equal(unlink(history_path(name)), 0);
    replay(false, 20);
    assert_int_equal(replay_run(history_folder, true, &found, NULL), ERROR_NOT_FOUND);
}

/* With all of it there, the first epoch is replayed from command 1. */
static void from_the_start_is_from_command_1(void **state)
{
    struct replay found;
    (void)state;
    history_append(1, 30, 1, ledger_rules());
    history_apply(20);
    history_keep(2000);
    history_apply(30);
    assert_int_equal(replay_run(history_folder, false, &found, NULL), ERROR_NONE);
    assert_int_equal(found.begun, 20);
    assert_memory_equal(found.hash, found.state_hash, 32);
    assert_int_equal(replay_run(history_folder, true, &found, NULL), ERROR_NONE);
    assert_int_equal(found.begun, 0);
    assert_memory_equal(found.hash, found.state_hash, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_replay_begins_at_a_checkpoint_of_the_epoch, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(rules_of_another_program_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_is_behind_the_checkpoint_is_applied, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(from_the_start_is_from_command_1, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
