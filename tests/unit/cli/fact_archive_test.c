#include "cli/fact_archive.h"

#include "tests/unit/cli/news_by_hand.h"

static void nothing_is_written_that_nobody_wants(void **state)
{
    (void)state;
    uint64_t since;
    uint64_t end;
    step(0);
    fact(5, 1);
    put_chunk(5, 0);
    applied(5);
    reader("mirror", 2);
    struct fact_step found = step(START_MS + 10 * (uint64_t)DAY_MS);
    expect_segment(&found, 0, 0, 0);
    assert_int_equal(fact_archive_since(scratch.path, &since, NULL), ERROR_NONE);
    assert_true(since == UINT64_MAX);
    assert_string_equal(read_all(0, 1, &end), "");
}

static void a_day_or_many_commands_are_worth_a_segment(void **state)
{
    (void)state;
    reader("facts", 2);
    reader("mirror", 2);
    fact(4, 1);
    row(4);
    fact(5, 1);
    put_chunk(5, 0);
    applied(6);
    struct fact_step found = step(START_MS + 4000 + DAY_MS - 1);
    expect_segment(&found, 0, 0, 0);
    found = step(START_MS + 4000 + DAY_MS);
    expect_segment(&found, 3, 6, 6);
    /* Until the ledger has heard so it is told, and nothing is written twice. */
    found = step(START_MS + 2 * (uint64_t)DAY_MS);
    expect_segment(&found, 0, 0, 6);
    reader("facts", 6);
    found = step(START_MS + 2 * (uint64_t)DAY_MS);
    expect_segment(&found, 0, 0, 0); /* the mirror holds its news */
    reader("mirror", 6);
    found = step(START_MS);
    expect_segment(&found, 0, 0, 6); /* every reader has them, and they are there */
    let_go(6);
    found = step(START_MS);
    expect_segment(&found, 0, 0, 0);

    fact(7, 1);
    put_chunk(7, 0);
    applied(10005);
    found = step(START_MS);
    expect_segment(&found, 0, 0, 0);
    applied(60000);
    found = step(START_MS);
    expect_segment(&found, 7, 50006, 50006);
    assert_false(found.more);
}

static void a_large_backlog_is_cut_between_batches(void **state)
{
    (void)state;
    static char big[60000];
    struct fact_step found;
    uint64_t from = 3;
    int count = 0;
    reader("facts", 2);
    for (uint64_t batch = 3; batch <= 1002; batch++) {
        entry(batch, 0, shape_record_member()->id, slice_of(big, sizeof big));
        fact(batch, 1);
        put_chunk(batch, 0);
    }
    applied(1002);
    while ((found = step(START_MS + 2 * (uint64_t)DAY_MS)).last != 0) {
        assert_int_equal(found.first, from);
        assert_true(found.last - found.first < 600);
        from = found.last + 1;
        count++;
    }
    assert_int_equal(from, 1003);
    assert_int_equal(count, 2);
    uint64_t end;
    assert_non_null(strstr(read_all(900, 1, &end), "901.1 902.1"));
}

static void what_the_catalog_does_not_protect_is_written_at_once(void **state)
{
    (void)state;
    reader("mirror", 4); /* it was there before segments were */
    fact(5, 1);
    put_chunk(5, 0);
    reader("facts", 9);
    fact(10, 1);
    put_chunk(10, 0);
    applied(10);
    struct fact_step found = step(START_MS);
    expect_segment(&found, 5, 10, 10);
    assert_int_equal(found.lost_to, 0);
}

static void segments_that_were_lost_are_missed(void **state)
{
    (void)state;
    uint64_t end;
    uint64_t since;
    struct why why = {""};
    reader("facts", 2);
    for (uint64_t at = 5; at <= 15; at += 5) {
        fact(at, 1);
        put_chunk(at, 0);
        applied(at);
        step(START_MS + 2 * (uint64_t)DAY_MS);
        if (at == 5)
            continue;
        reader("facts", at);
        let_go(at);
    }
    char name[80];
    (void)snprintf(name, sizeof name, "facts/segment-%020d-%020d.seg", 11, 15);
    assert_int_equal(unlink(scratch_path(&scratch, name)), 0);
    fact(20, 1);
    put_chunk(20, 0);
    applied(20);
    struct fact_step found = step(START_MS + 2 * (uint64_t)DAY_MS);
    expect_segment(&found, 16, 20, 20);
    assert_int_equal(found.lost_from, 11);
    assert_int_equal(found.lost_to, 15);
    assert_int_equal(fact_archive_since(scratch.path, &since, NULL), ERROR_NONE);
    assert_int_equal(since, 15);
    assert_string_equal(read_all(0, 1, &end), "5.1 10.1 20.1");
    assert_int_equal(fact_cursor_read(&cursor, scratch.path, 10, 1, &items, &end, &since, &why),
                     ERROR_NONE);
    assert_int_equal(since, 15);
    assert_int_equal(end, 20);
}

static void a_start_clears_up(void **state)
{
    (void)state;
    static const char *const names[] = {
        "facts/segment-00000000000000000003-00000000000000000005.seg",
        "facts/segment-00000000000000000006-00000000000000000010.seg",
        "facts/segment-00000000000000000011-00000000000000000020.seg.part"};
    uint64_t aside;
    assert_int_equal(fact_archive_open(scratch.path, 7, &aside, NULL), ERROR_NONE);
    assert_int_equal(directory_make(scratch_path(&scratch, "facts"), NULL), ERROR_NONE);
    for (size_t i = 0; i < 3; i++) {
        FILE *file = fopen(scratch_path(&scratch, names[i]), "w");
        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
    }
    assert_int_equal(fact_archive_open(scratch.path, 10, &aside, NULL), ERROR_NONE);
    assert_int_equal(aside, 0);
    assert_int_not_equal(access(scratch_path(&scratch, names[2]), F_OK), 0);
    assert_int_equal(fact_archive_open(scratch.path, 7, &aside, NULL), ERROR_NONE);
    assert_int_equal(aside, 1);
    assert_int_equal(access(scratch_path(&scratch, names[0]), F_OK), 0);
    assert_int_not_equal(access(scratch_path(&scratch, names[1]), F_OK), 0);
    char ahead[128];
    (void)snprintf(ahead, sizeof ahead, "%s.ahead", names[1]);
    assert_int_equal(access(scratch_path(&scratch, ahead), F_OK), 0);
}

static void what_is_old_goes(void **state)
{
    (void)state;
    uint64_t removed;
    uint64_t end;
    reader("facts", 2);
    for (uint64_t at = 5; at <= 15; at += 5) {
        fact(at, 1);
        put_chunk(at, 0);
        applied(at);
        step(START_MS + 2 * (uint64_t)DAY_MS);
        reader("facts", at);
    }
    assert_int_equal(fact_archive_retire(scratch.path, START_MS + 5000, &removed, NULL),
                     ERROR_NONE);
    assert_int_equal(removed, 0);
    assert_int_equal(fact_archive_retire(scratch.path, START_MS + 10001, &removed, NULL),
                     ERROR_NONE);
    assert_int_equal(removed, 2);
    assert_string_equal(read_all(0, 1, &end), "15.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_written_that_nobody_wants, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_day_or_many_commands_are_worth_a_segment, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_large_backlog_is_cut_between_batches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_catalog_does_not_protect_is_written_at_once,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(segments_that_were_lost_are_missed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_start_clears_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_old_goes, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("fact_archive", tests, NULL, NULL);
}
