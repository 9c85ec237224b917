#include "following.h"

#include "base/json.h"
#include "mirror/report.h"

static int begin(void **state)
{
    set_up(state);
    walk(100000);
    for (int64_t member = 1; member <= 5; member++)
        pay(member);
    follow(100000);
    return 0;
}

static void assert_report(const char *sql, const char *expected)
{
    const struct report_param params[] = {{SLICE("n"), SLICE("3")}, {SLICE("plan"), SLICE("all")}};
    size_t count = strstr(sql, ":n") == NULL ? 0 : strstr(sql, ":plan") == NULL ? 1 : 2;
    struct why why = {""};
    cJSON *answer;
    if (mirror_report(path, slice_from(sql), params, count, NULL, 1000, &answer, &why) !=
        ERROR_NONE)
        fail_msg("%s", why.text);
    char *text = cJSON_PrintUnformatted(answer);
    assert_string_equal(text, expected);
    cJSON_free(text);
    json_free(&answer);
}

static void answers(void **state)
{
    (void)state;
    assert_report("-- a head\nSELECT count(*) AS payments, sum(amount) FROM payment -- the end\n",
                  "{\"columns\":[\"payments\",\"sum(amount)\"],\"rows\":[[5,4500]]}");
    assert_report("SELECT plan, NULL, 1.5, x'0aff' FROM entitlement WHERE telegram_id = :n"
                  " AND plan = :plan;",
                  "{\"columns\":[\"plan\",\"NULL\",\"1.5\",\"x'0aff'\"],"
                  "\"rows\":[[\"all\",null,1.5,\"0aff\"]]}");
    assert_report("SELECT 9007199254740993 AS large WHERE :n = 3",
                  "{\"columns\":[\"large\"],\"rows\":[[9007199254740993]]}");
    assert_report("SELECT 1 WHERE 0", "{\"columns\":[\"1\"],\"rows\":[]}");
}

static void assert_refused(const char *sql, const struct report_param *params, size_t count,
                           enum error expected, const char *words)
{
    struct why why = {""};
    cJSON *answer;
    assert_int_equal(mirror_report(path, slice_from(sql), params, count, NULL, 50, &answer, &why),
                     expected);
    assert_null(answer);
    if (strstr(why.text, words) == NULL)
        fail_msg("%s does not say %s", why.text, words);
}

static void refusals(void **state)
{
    static const struct report_param stray = {SLICE("nobody"), SLICE("1")};
    (void)state;
    assert_refused("SELEKT 1", NULL, 0, ERROR_INVALID, "SELEKT");
    assert_refused("SELECT 1; SELECT 2", NULL, 0, ERROR_INVALID, "one");
    assert_refused("-- nothing", NULL, 0, ERROR_INVALID, "one");
    assert_refused("SELECT 1", &stray, 1, ERROR_INVALID, ":nobody");
    assert_refused("DELETE FROM payment", NULL, 0, ERROR_PERMISSION, "readonly");
    assert_refused("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
                   " SELECT count(*) FROM n",
                   NULL, 0, ERROR_TIMEOUT, "interrupted");
    assert_string_equal(ask("SELECT count(*) FROM payment"), "5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers, begin, tear_down),
        cmocka_unit_test_setup_teardown(refusals, begin, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
