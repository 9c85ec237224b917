#include "cli/fact_cursor.h"

#include "tests/unit/cli/news_by_hand.h"

static void facts_are_read_as_they_were_told(void **state)
{
    (void)state;
    uint64_t end;
    reader("facts", 2);
    row(3);
    fact(3, 1);
    fact(3, 2);
    fact(4, 1);
    put_chunk(5, 0); /* a batch in three pieces, cut within command 4 */
    fact(4, 2);
    put_chunk(5, 1);
    fact(4, 3);
    fact(5, 1);
    put_chunk(5, 2);
    fact(2500, 1);
    put_chunk(2500, 0);
    applied(2501);
    struct fact_step found = step(START_MS + 2 * (uint64_t)DAY_MS);
    expect_segment(&found, 3, 2501, 2501);
    fact(2503, 1);
    put_chunk(2504, 0);
    applied(2504);
    found = step(START_MS + 4 * (uint64_t)DAY_MS);
    expect_segment(&found, 2502, 2504, 2504);
    const char *all = "3.1 3.2 4.1 4.2 4.3 5.1 2500.1 2503.1";
    assert_string_equal(read_all(0, 1, &end), all);
    assert_int_equal(end, 2504);
    assert_string_equal(read_all(0, 1000000, &end), all);
    assert_string_equal(read_all(3, 100, &end), "4.1 4.2 4.3 5.1 2500.1 2503.1");
    assert_string_equal(read_all(2500, 1, &end), "2503.1");
    assert_string_equal(read_all(2504, 1, &end), "");
}

static void a_damaged_segment_is_named_and_can_be_passed_by(void **state)
{
    (void)state;
    struct why why = {""};
    uint64_t end;
    uint64_t since;
    char name[80];
    reader("facts", 2);
    for (uint64_t at = 5; at <= 10; at += 5) {
        fact(at, 1);
        put_chunk(at, 0);
        applied(at);
        step(START_MS + 2 * (uint64_t)DAY_MS);
        reader("facts", at);
    }
    (void)snprintf(name, sizeof name, "facts/segment-%020d-%020d.seg", 3, 5);
    const char *path = scratch_path(&scratch, name);
    static const struct {
        long at;
        enum error error;
    } damages[] = {{8, ERROR_VERSION}, {40, ERROR_CORRUPT}, {-1, ERROR_CORRUPT}};
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        FILE *file = fopen(path, "r+");
        assert_non_null(file);
        for (int turn = 0; turn < 2; turn++) { /* to and fro */
            assert_int_equal(fseek(file, damages[i].at, damages[i].at < 0 ? SEEK_END : SEEK_SET),
                             0);
            int byte = fgetc(file);
            assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
            assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
            assert_int_equal(fflush(file), 0);
            assert_int_equal(
                fact_cursor_read(&cursor, scratch.path, 0, 1, &items, &end, &since, &why),
                turn == 0 ? damages[i].error : ERROR_NONE);
            assert_int_equal(end, 5);
            if (turn == 0)
                assert_non_null(strstr(why.text, path));
            buf_clear(&items);
        }
        assert_int_equal(fclose(file), 0);
    }
    assert_int_equal(truncate(path, 60), 0);
    assert_int_equal(fact_cursor_read(&cursor, scratch.path, 0, 1, &items, &end, &since, &why),
                     ERROR_CORRUPT);
    assert_non_null(strstr(why.text, "cut off"));
    assert_int_equal(end, 5);
    assert_string_equal(read_all(end, 1, &end), "10.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(facts_are_read_as_they_were_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_segment_is_named_and_can_be_passed_by, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("fact_cursor", tests, NULL, NULL);
}
