#include "webhook/cursor.h"

#include "following.h"

#include <fcntl.h>
#include <unistd.h>

static char folder[] = "/tmp/usher-cursor-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/crm.json", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void kept(void **state)
{
    struct why why = {""};
    struct cursor cursor = {.position = 1ull << 52, .failing_since_ms = 5, .disabled = true};
    struct cursor read;
    (void)state;
    assert_int_equal(cursor_load(path, &read), ERROR_NOT_FOUND);
    for (uint64_t i = 0; i < CURSOR_MARKS_MAX; i++)
        cursor_mark(&cursor, 1769860800000 + i, 1);
    assert_int_equal(cursor.mark_count, CURSOR_MARKS_MAX);
    assert_int_equal(cursor_save(path, &cursor, &why), ERROR_NONE);
    assert_int_equal(cursor_load(path, &read), ERROR_NONE);
    assert_memory_equal(&read, &cursor, sizeof read);
    assert_int_equal(cursor_save("/nowhere/at/all", &cursor, &why), ERROR_NOT_FOUND);
}

static void damaged_is_lost(void **state)
{
    static const char *const texts[] = {"", "{", "{}", "{\"position\":-1}",
                                        "{\"position\":1,\"failing_since_ms\":0,\"disabled\":false,"
                                        "\"marks\":[[1]]}"};
    struct cursor read;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, texts[i], strlen(texts[i])), (ssize_t)strlen(texts[i]));
        assert_int_equal(close(fd), 0);
        assert_int_equal(cursor_load(path, &read), ERROR_NOT_FOUND);
        assert_int_equal(read.position, 0);
    }
}

static void what_may_go(void **state)
{
    struct cursor cursor = {.position = 10};
    (void)state;
    assert_int_equal(cursor_left(&cursor, 5000, 0), 10);
    assert_int_equal(cursor_left(&cursor, 5000, 1000), 0);
    cursor_mark(&cursor, 5000, 100);
    cursor.position = 20;
    cursor_mark(&cursor, 5099, 100); /* too early */
    cursor_mark(&cursor, 5100, 100);
    cursor.position = 30;
    assert_int_equal(cursor_left(&cursor, 5999, 1000), 0);
    assert_int_equal(cursor_left(&cursor, 6000, 1000), 10);
    assert_int_equal(cursor_left(&cursor, 6100, 1000), 20);
    assert_int_equal(cursor_left(&cursor, 90000, 1000), 20);
    cursor.position = 15; /* sent again */
    assert_int_equal(cursor_left(&cursor, 90000, 1000), 15);
    for (uint64_t i = 0; i < 2 * CURSOR_MARKS_MAX; i++)
        cursor_mark(&cursor, 100000 + 100 * i, 100);
    assert_int_equal(cursor.mark_count, CURSOR_MARKS_MAX);
    assert_int_equal(cursor.marks[0].at_ms, 100000 + 100 * CURSOR_MARKS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept),
        cmocka_unit_test(damaged_is_lost),
        cmocka_unit_test(what_may_go),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
