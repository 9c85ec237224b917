#include "following.h"

#include "base/json.h"
#include "mirror/why.h"

static void a_story_is_told_in_its_order(void **state)
{
    (void)state;
    struct database *reading = NULL;
    struct buf json;
    struct why why = {""};
    cJSON *answer;
    walk(100000);
    for (int64_t member = 1; member <= 3; member++)
        pay(member);
    assert_int_equal(pay_for("odd", 2, "nothing"), RESULT_unsettled_no_plan);
    follow(100000);
    assert_int_equal(database_open(path, DATABASE_READ, &reading, NULL), ERROR_NONE);
    buf_init(&json, 1024 * 1024);
    assert_int_equal(mirror_why(reading, 2, 1767225600000, &json, &why), ERROR_NONE);
    assert_int_equal(json_parse(buf_slice(&json), 1024 * 1024, 8, &answer, &why), ERROR_NONE);
    const cJSON *steps = json_member(answer, "steps");
    assert_int_equal(cJSON_GetArraySize(steps), 3);
    const cJSON *paid = cJSON_GetArrayItem(steps, 0);
    const cJSON *granted = cJSON_GetArrayItem(steps, 1);
    const cJSON *odd = cJSON_GetArrayItem(steps, 2);
    assert_true(slice_is(json_string(json_member(paid, "what")), "paid"));
    assert_true(slice_is(json_string(json_member(paid, "result")), "granted"));
    assert_true(slice_is(json_string(json_member(granted, "what")), "granted"));
    assert_non_null(strstr(json_member(granted, "text")->valuestring, "plan all, "));
    assert_non_null(strstr(json_member(granted, "text")->valuestring, "amount 9.00 USD"));
    assert_true(slice_is(json_string(json_member(odd, "result")), "unsettled"));
    assert_non_null(strstr(json_member(odd, "text")->valuestring,
                           "the payment names no plan that is configured"));
    assert_true(json_member(paid, "ref")->valuedouble < json_member(odd, "ref")->valuedouble);
    assert_true(slice_is(json_string(json_member(answer, "as_of")), "2026-01-01T00:00:00.000Z") ||
                slice_is(json_string(json_member(answer, "as_of")), "2026-01-01T00:00:00Z"));
    json_free(&answer);
    buf_clear(&json);
    assert_int_equal(mirror_why(reading, 99, 1, &json, &why), ERROR_NONE);
    assert_non_null(strstr(json.data, "\"steps\":[]"));
    buf_deinit(&json);
    database_close(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_story_is_told_in_its_order, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
