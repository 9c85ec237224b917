#include "mirror/database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void statements_are_bounded(void **state)
{
    struct database *database;
    struct why why = {""};
    sqlite3_stmt *statement;
    enum error error;
    (void)state;
    assert_int_equal(database_open(":memory:", DATABASE_WRITE, &database, &why), ERROR_NONE);
    database_bound(database, 100);
    assert_int_equal(
        database_prepare(database,
                         "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
                         " SELECT count(*) FROM n",
                         &statement, &why),
        ERROR_NONE);
    assert_false(database_step(database, statement, &error, &why));
    assert_int_equal(error, ERROR_TIMEOUT);
    sqlite3_finalize(statement);
    assert_int_equal(database_run(database, "SELECT 1", &why), ERROR_NONE);
    database_close(&database);
}

static void failures_have_words(void **state)
{
    struct database *database;
    struct why why = {""};
    (void)state;
    assert_int_equal(database_open("/nowhere/at/all.db", DATABASE_READ, &database, &why),
                     ERROR_NOT_FOUND);
    assert_null(database);
    assert_true(why.text[0] != '\0');
    assert_int_equal(database_open(":memory:", DATABASE_READ, &database, &why), ERROR_NONE);
    assert_int_equal(database_run(database, "SELEKT", &why), ERROR_INVALID);
    assert_non_null(strstr(why.text, "SELEKT"));
    assert_int_equal(database_run(database, "CREATE TABLE t (x)", &why), ERROR_PERMISSION);
    database_close(&database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_are_bounded),
        cmocka_unit_test(failures_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
