#include "cli/retention.h"

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

/* Commands are accepted a second apart, command n at n seconds; segments end at 10, 20, 30. */
static const struct epoch epoch = {.applied = 40, .number = 1, .rules = 1, .from = 1};

static void write_history(void)
{
    history_append(1, 40, 1, 1);
    for (uint64_t last = 10; last <= 30; last += 10)
        history_trim(last);
}

static void keep_at(uint64_t applied)
{
    history_apply(applied);
    history_keep(applied * 1000);
    assert_int_equal(data_dir_remove(history_path("state"), NULL), ERROR_NONE);
}

static void retire(uint64_t before_s, uint64_t segments, uint64_t checkpoints, uint64_t upto)
{
    struct retired retired;
    struct why why = {""};
    enum error error = retention_apply(history_folder, &epoch, before_s * 1000, &retired, &why);
    if (error != ERROR_NONE)
        fail_msg("%s", why.text);
    assert_int_equal(retired.segments, segments);
    assert_int_equal(retired.checkpoints, checkpoints);
    assert_int_equal(retired.upto, upto);
}

static void without_a_checkpoint_nothing_goes(void **state)
{
    (void)state;
    retire(1000, 0, 0, 0);
    write_history();
    retire(1000, 0, 0, 0);
}

static void what_is_old_goes_up_to_a_checkpoint(void **state)
{
    (void)state;
    write_history();
    keep_at(5);
    keep_at(22);
    keep_at(35);
    retire(10, 0, 0, 0); /* no segment is older */
    retire(11, 0, 0, 0); /* the first is, and the checkpoint stands in for a part of it only */
    retire(30, 0, 0, 0); /* the second is too; 22 lies behind it */
    retire(31, 2, 1, 20);
    retire(1000, 0, 0, 0); /* 35 stands in for more than is archived */
    history_trim(36);
    retire(1000, 1, 1, 30);
    retire(1000, 0, 0, 0);
    assert_int_equal(access(history_path("epochs/00000000000000000035"), F_OK), 0);
}

static void checkpoints_of_other_epochs_stand_in_for_nothing(void **state)
{
    struct retired retired;
    const struct epoch other = {.applied = 40, .number = 2, .rules = 2, .from = 38};
    (void)state;
    write_history();
    keep_at(22);
    assert_int_equal(retention_apply(history_folder, &other, 1000000, &retired, NULL), ERROR_NONE);
    assert_int_equal(retired.segments, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_checkpoint_nothing_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_old_goes_up_to_a_checkpoint, set_up, tear_down),
        cmocka_unit_test_setup_teardown(checkpoints_of_other_epochs_stand_in_for_nothing, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
