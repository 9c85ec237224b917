#include "following.h"

#include "base/json.h"
#include "mirror/periodic.h"
#include "mirror/shipped.h"

static struct calendar *calendar;

static int begin(void **state)
{
    set_up(state);
    walk(100000);
    for (int64_t member = 1; member <= 5; member++)
        pay(member);
    follow(100000);
    return calendar_new("UTC", &calendar) == ERROR_NONE ? 0 : -1;
}

static int end(void **state)
{
    calendar_destroy(&calendar);
    return tear_down(state);
}

static struct database *open_mirror(void)
{
    struct database *database = NULL;
    struct why why = {""};
    double margin = 0;
    if (figures_open(path, calendar, 1000, &database, &margin, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    assert_true(margin > 0.99 && margin < 1.01);
    return database;
}

/* All that there is runs, and what it says is counted right. */
static void figures(void **state)
{
    struct database *database = open_mirror();
    struct query_fault fault = {"", ""};
    struct why why = {""};
    struct figures *made = figures_asked(SLICE(""), (int64_t)now_ms, 1, &fault);
    bool more = true;
    (void)state;
    assert_non_null(made);
    while (more)
        if (figures_step(made, database, &more, &why) != ERROR_NONE)
            fail_msg("%s", why.text);
    cJSON *json = figures_json(made);
    assert_string_equal(json_string(json_pointer(json, "/mrr/USD")).data, "45.00");
    assert_string_equal(json_string(json_pointer(json, "/arpu/USD")).data, "9.00");
    assert_int_equal(json_member(json, "paying")->valueint, 5);
    assert_int_equal(json_member(json, "callback_success")->valueint, 1);
    assert_true(cJSON_IsNull(json_member(json, "trial_conversion")));
    assert_true(cJSON_IsNull(json_member(json, "ltv12")));
    cJSON_Delete(json);
    figures_destroy(&made);
    database_close(&database);
}

static void rows(void **state)
{
    struct database *database = open_mirror();
    struct why why = {""};
    (void)state;
    for (size_t i = 0; kpi_at(i) != NULL; i++) {
        struct buf json;
        unsigned status = 0;
        assert_non_null(shipped_report(kpi_at(i)->report));
        buf_init(&json, 1024 * 1024);
        if (kpi_rows(database, slice_from(kpi_at(i)->name), SLICE("limit=3"), (int64_t)now_ms,
                     &json, &status, &why) != ERROR_NONE)
            fail_msg("%s: %s", kpi_at(i)->name, why.text);
        assert_int_equal(status, 200);
        buf_deinit(&json);
    }
    database_close(&database);
}

static void reports(void **state)
{
    static const char *const kinds[] = {"weekly", "monthly", "quarter"};
    struct database *database = open_mirror();
    struct why why = {""};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct query_fault fault = {"", ""};
        unsigned status = 0;
        struct periodic *made = periodic_asked(slice_from(kinds[i]), SLICE(""), (int64_t)now_ms,
                                               calendar, 1, &status, &fault);
        bool more = true;
        assert_non_null(made);
        while (more)
            if (periodic_step(made, database, &more, &why) != ERROR_NONE)
                fail_msg("%s", why.text);
        assert_true(cJSON_GetArraySize(json_member(periodic_document(made), "sections")) >= 2);
        periodic_destroy(&made);
    }
    database_close(&database);
}

/* 2026-01-01 was a Thursday. */
static void the_last_whole_week(void **state)
{
    struct query_fault fault = {"", ""};
    unsigned status = 0;
    (void)state;
    struct periodic *made =
        periodic_asked(SLICE("weekly"), SLICE(""), (int64_t)now_ms, calendar, 1, &status, &fault);
    assert_string_equal(json_string(json_member(periodic_document(made), "from")).data,
                        "2025-12-22T00:00:00Z");
    assert_string_equal(json_string(json_member(periodic_document(made), "to")).data,
                        "2025-12-29T00:00:00Z");
    periodic_destroy(&made);
    assert_null(periodic_asked(SLICE("daily"), SLICE(""), 0, calendar, 1, &status, &fault));
    assert_int_equal(status, 404);
    assert_null(
        periodic_asked(SLICE("weekly"), SLICE("format=pdf"), 0, calendar, 1, &status, &fault));
    assert_int_equal(status, 400);
}

static void goals_that_are_missed(void **state)
{
    struct database *database = open_mirror();
    struct query_fault fault = {"", ""};
    struct why why = {""};
    unsigned status = 0;
    uint64_t below = 0;
    struct buf text;
    bool more = true;
    (void)state;
    struct periodic *made =
        periodic_asked(SLICE("weekly"), SLICE("from=2025-12-30T00:00:00Z&to=2026-01-02T00:00:00Z"),
                       (int64_t)now_ms, calendar, 1, &status, &fault);
    while (more)
        assert_int_equal(periodic_step(made, database, &more, &why), ERROR_NONE);
    cJSON *goals = cJSON_Parse("[\"callback_success 100\",\"activation 40\",\"retention_7 40\"]");
    buf_init(&text, 2000);
    periodic_text(made, goals, &text, &below);
    buf_append_u8(&text, 0);
    assert_int_equal(below, 0); /* what has no figure has missed no goal */
    assert_non_null(strstr(text.data, "MRR: 45.00 USD\npaying: 5\n"));
    buf_deinit(&text);
    cJSON_Delete(goals);
    periodic_destroy(&made);
    database_close(&database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(figures, begin, end),
        cmocka_unit_test_setup_teardown(rows, begin, end),
        cmocka_unit_test_setup_teardown(reports, begin, end),
        cmocka_unit_test_setup_teardown(the_last_whole_week, begin, end),
        cmocka_unit_test_setup_teardown(goals_that_are_missed, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
