#include "following.h"

#include "mirror/stretches.h"

static int begin(void **state)
{
    set_up(state);
    walk(100000);
    for (int64_t member = 1; member <= 5; member++)
        pay(member);
    assert_int_equal(pay_for("again", 3, "all"), RESULT_granted);
    follow(100000);
    return 0;
}

static int64_t number(struct database *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    enum error error;
    int64_t out = -1;
    assert_int_equal(database_prepare(database, sql, &statement, NULL), ERROR_NONE);
    if (database_step(database, statement, &error, NULL))
        out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return out;
}

/* By one, two and many members a step: the same rows as the view's, each once. */
static void the_table_is_the_view(void **state)
{
    static const int members[] = {1, 2, 100};
    (void)state;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct database *database;
        bool more = true;
        int steps = 0;
        assert_int_equal(database_open(path, DATABASE_READ, &database, NULL), ERROR_NONE);
        assert_int_equal(database_run(database, "BEGIN", NULL), ERROR_NONE);
        for (; more; steps++)
            assert_int_equal(stretches_step(database, members[i], &more, NULL), ERROR_NONE);
        assert_int_equal(steps, 5 / members[i] + 1);
        assert_int_equal(stretches_step(database, members[i], &more, NULL), ERROR_NONE);
        assert_false(more);
        assert_int_equal(number(database, "SELECT count(*) FROM temp.paid_stretch"), 6);
        assert_int_equal(number(database, "SELECT count(*) FROM (SELECT * FROM temp.paid_stretch"
                                          " EXCEPT SELECT * FROM main.paid_stretch)"),
                         0);
        assert_int_equal(number(database, "SELECT count(*) FROM (SELECT * FROM main.paid_stretch"
                                          " EXCEPT SELECT * FROM temp.paid_stretch)"),
                         0);
        assert_int_equal(number(database, "SELECT count(*) FROM paid_stretch WHERE monthly > 0"),
                         6);
        /* Whoever reads still may not write. */
        assert_int_equal(database_run(database, "DELETE FROM payment", NULL), ERROR_PERMISSION);
        database_close(&database);
    }
}

static void members_are_walked_by_id(void **state)
{
    struct database *database;
    int64_t upto = 0;
    (void)state;
    assert_int_equal(database_open(path, DATABASE_READ, &database, NULL), ERROR_NONE);
    assert_int_equal(stretches_upto(database, 2, INT64_MIN, &upto, NULL), ERROR_NONE);
    assert_int_equal(upto, 2);
    assert_int_equal(stretches_upto(database, 3, upto, &upto, NULL), ERROR_NONE);
    assert_int_equal(upto, 5);
    assert_int_equal(stretches_upto(database, 1, upto, &upto, NULL), ERROR_NONE);
    assert_true(upto == INT64_MAX);
    database_close(&database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_table_is_the_view),
                                       cmocka_unit_test(members_are_walked_by_id)};
    return cmocka_run_group_tests(tests, begin, tear_down);
}
