#include "following.h"

#include "base/json.h"
#include "mirror/lists.h"

static struct database *reading;
static cJSON *page;

static unsigned list(const char *thing, const char *query)
{
    struct buf json;
    struct why why = {""};
    unsigned status = 0;
    json_free(&page);
    if (reading == NULL)
        assert_int_equal(database_open(path, DATABASE_READ, &reading, NULL), ERROR_NONE);
    buf_init(&json, 1024 * 1024);
    assert_int_equal(mirror_list(reading, LANGUAGE_EN, slice_from(thing), slice_from(query), 0,
                                 &json, &status, &why),
                     ERROR_NONE);
    assert_int_equal(json_parse(buf_slice(&json), 1024 * 1024, 8, &page, &why), ERROR_NONE);
    buf_deinit(&json);
    return status;
}

static int begin(void **state)
{
    set_up(state);
    walk(100000);
    for (int64_t member = 1; member <= 25; member++)
        pay(member);
    assert_int_equal(pay_for("odd", 30, "nothing"), RESULT_unsettled_no_plan);
    follow(100000);
    return 0;
}

static int end(void **state)
{
    json_free(&page);
    database_close(&reading);
    return tear_down(state);
}

static const cJSON *items(const char *thing)
{
    return json_member(page, thing);
}

static void assert_refused(const char *thing, const char *query, const char *words)
{
    assert_int_equal(list(thing, query), 400);
    struct slice detail = json_string(json_member(page, "detail"));
    if (strstr(detail.data, words) == NULL)
        fail_msg("%s does not say %s", detail.data, words);
}

static void a_payment_is_as_the_ledger_tells_it(void **state)
{
    struct buf json;
    cJSON *told;
    unsigned status;
    (void)state;
    const struct message_query query = {.what = QUERY_PAYMENT, .text = SLICE("g/odd")};
    buf_init(&json, 65536);
    assert_int_equal(ledger_query(ledger, &query, &json, &status), ERROR_NONE);
    assert_int_equal(json_parse(buf_slice(&json), 65536, 8, &told, NULL), ERROR_NONE);
    buf_deinit(&json);
    assert_int_equal(list("payments", "state=unsettled"), 200);
    assert_true(cJSON_Compare(json_member(told, "payments"), items("payments"), true));
    assert_true(cJSON_IsNull(json_member(page, "next_cursor")));
    assert_int_equal(json_member(page, "unsettled")->valueint, 1);
    assert_string_equal(json_string(json_member(page, "as_of")).data, "2026-01-01T00:00:26Z");
    json_free(&told);
}

static void filters(void **state)
{
    static const struct {
        const char *thing, *query;
        int count;
    } cases[] = {
        {"payments", "", 26},
        {"payments", "state=granted", 25},
        {"payments", "state=dismissed", 0},
        {"payments", "member=7", 1},
        {"payments", "gateway=other", 0},
        {"payments", "gateway=g&since=2026-01-01T00:00:20Z", 7},
        {"members", "", 26},
        {"members", "plan=all&status=active", 25},
        {"members", "plan=all&status=ended", 0},
        {"members", "expires_before=2026-02-01T00:00:11Z", 10},
        {"members", "expires_before=2026-01-01T00:00:00Z", 0},
        {"members", "q=7", 1},
        {"members", "q=nobody", 0},
        {"members", "q=%25", 0},
        {"deliveries", "member=7", 1},
        {"deliveries", "state=waiting&kind=letter", 25},
        {"deliveries", "stage=dead", 0},
        {"orders", "state=open&plan=all&member=1", 0},
        {"orders", "overpaid=yes", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(list(cases[i].thing, cases[i].query), 200);
        if (cJSON_GetArraySize(items(cases[i].thing)) != cases[i].count)
            fail_msg("%s?%s has %d", cases[i].thing, cases[i].query,
                     cJSON_GetArraySize(items(cases[i].thing)));
    }
}

static void refusals(void **state)
{
    (void)state;
    assert_refused("payments", "colour=red", "\"colour\"");
    assert_refused("payments", "colour=red", "gateway");
    assert_refused("payments", "state=odd", "granted");
    assert_refused("payments", "state=granted&state=granted", "twice");
    assert_refused("payments", "limit=0", "limit");
    assert_refused("payments", "limit=1001", "limit");
    assert_refused("payments", "order=up", "order");
    assert_refused("payments", "since=yesterday", "since");
    assert_refused("payments", "member=me", "member");
    assert_refused("payments", "cursor=AAAA", "cursor");
    assert_refused("members", "q=%zz", "q");
    assert_int_equal(list("nothing", ""), 404);
}

/* Through all pages while others come: each that was there at the beginning once, none twice. */
static void paging(const char *thing, const char *key, const char *order, int newcomers)
{
    char query[512];
    char cursor[256] = "";
    bool seen[400] = {false};
    int total = 0;
    do {
        snprintf(query, sizeof query, "limit=4&order=%s%s%s", order,
                 cursor[0] == '\0' ? "" : "&cursor=", cursor);
        assert_int_equal(list(thing, query), 200);
        const cJSON *item;
        cJSON_ArrayForEach(item, items(thing))
        {
            int64_t id = 0;
            assert_true(json_i64(json_member(item, key), &id) && id < 400);
            assert_false(seen[id]);
            seen[id] = true;
            total++;
        }
        snprintf(cursor, sizeof cursor, "%s",
                 cJSON_IsNull(json_member(page, "next_cursor"))
                     ? ""
                     : json_string(json_member(page, "next_cursor")).data);
        if (newcomers-- > 0) {
            static int64_t next = 100;
            pay(next++);
            follow(100000);
        }
    } while (cursor[0] != '\0');
    for (int id = 1; id <= 25; id++)
        assert_true(seen[id]);
    assert_true(total >= 25);
}

static void pages(void **state)
{
    (void)state;
    paging("payments", "telegram_id", "newest", 5);
    paging("payments", "telegram_id", "oldest", 5);
    paging("members", "telegram_id", "newest", 5);
    paging("members", "telegram_id", "oldest", 5);
    paging("deliveries", "id", "newest", 5);
    assert_int_equal(list("members", "limit=2"), 200);
    char query[512];
    snprintf(query, sizeof query, "order=oldest&cursor=%s",
             json_string(json_member(page, "next_cursor")).data);
    assert_refused("members", query, "order");
    assert_refused("payments", strchr(query, '&') + 1, "list");
}

static void not_before_it_is_whole(void **state)
{
    (void)state;
    assert_int_equal(mirror_begin(mirror, 0, NULL), ERROR_NONE);
    assert_int_equal(list("members", ""), 503);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_payment_is_as_the_ledger_tells_it, begin, end),
        cmocka_unit_test_setup_teardown(filters, begin, end),
        cmocka_unit_test_setup_teardown(refusals, begin, end),
        cmocka_unit_test_setup_teardown(pages, begin, end),
        cmocka_unit_test_setup_teardown(not_before_it_is_whole, set_up, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
