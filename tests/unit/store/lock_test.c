#include "store/lock.h"

#include "tests/unit/store/scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static int setup(void **state)
{
    struct scratch *scratch = malloc(sizeof *scratch);
    ASSERT(scratch != NULL);
    scratch_init(scratch);
    *state = scratch;
    return 0;
}

static int teardown(void **state)
{
    scratch_deinit(*state);
    free(*state);
    return 0;
}

static void one_holder_at_a_time(void **state)
{
    const char *path = scratch_path(*state, "var");
    struct lock *first, *second;
    struct why why = {{0}};
    assert_int_equal(lock_take(path, &first, &why), ERROR_NONE);
    assert_int_equal(lock_take(path, &second, &why), ERROR_LOCKED);
    assert_null(second);
    char pid[32];
    ASSERT(snprintf(pid, sizeof pid, "process %ld ", (long)getpid()) > 0);
    assert_non_null(strstr(why.text, pid));
    assert_non_null(strstr(why.text, path));
    lock_release(&second);
    lock_release(&first);
    assert_null(first);
    assert_int_equal(lock_take(path, &second, &why), ERROR_NONE);
    lock_release(&second);
}

static void a_killed_holder_lets_go(void **state)
{
    const char *path = scratch_path(*state, "var");
    struct lock *lock;
    struct why why = {{0}};
    int ready[2], ends[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* Waits for the end of the parent, should that come before the kill. */
        if (close(ends[1]) == 0 && lock_take(path, &lock, &why) == ERROR_NONE &&
            write(ready[1], "x", 1) == 1)
            ASSERT(read(ends[0], &byte, 1) <= 0);
        _exit(1);
    }
    assert_int_equal(close(ready[1]), 0);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(lock_take(path, &lock, &why), ERROR_LOCKED);
    char pid[32];
    ASSERT(snprintf(pid, sizeof pid, "process %ld ", (long)child) > 0);
    assert_non_null(strstr(why.text, pid));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(lock_take(path, &lock, &why), ERROR_NONE);
    lock_release(&lock);
    assert_true(close(ready[0]) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void what_is_in_the_way_is_named(void **state)
{
    struct lock *lock;
    struct why why = {{0}};
    const char *file = scratch_path(*state, "file");
    FILE *made = fopen(file, "w");
    assert_non_null(made);
    assert_int_equal(fclose(made), 0);
    assert_int_equal(lock_take(file, &lock, &why), ERROR_INVALID);
    assert_null(lock);
    /* A symbolic link could make us empty somebody's file. */
    assert_int_equal(symlink(file, scratch_path(*state, "lock")), 0);
    assert_int_equal(lock_take(((struct scratch *)*state)->path, &lock, &why), ERROR_IO);
    assert_non_null(strstr(why.text, "/lock"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_holder_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_killed_holder_lets_go, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_in_the_way_is_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
