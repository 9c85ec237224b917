/* Every type of a field out of JSON, out of text, and back. */
#include "tests/unit/ledger/sample.h"

#include "wire/shape_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static union {
    struct sample_every every;
    uint64_t room[SHAPE_BYTES_MAX / 8];
} object;
static struct buf storage;
static struct why why;

static int set_up(void **state)
{
    (void)state;
    memset(&object, 0, sizeof object);
    memset(&why, 0, sizeof why);
    buf_init(&storage, shape_storage(shape_sample_every()));
    return buf_reserve(&storage, shape_storage(shape_sample_every())) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    buf_deinit(&storage);
    return 0;
}

/* What is read lives in storage or in the tree, which each test keeps until its end. */
static cJSON *tree;

static enum error read_json(const char *text)
{
    cJSON_Delete(tree);
    assert_int_equal(json_parse(slice_from(text), 65536, 8, &tree, NULL), ERROR_NONE);
    buf_clear(&storage);
    memset(&object, 0, sizeof object);
    return shape_from_json(shape_sample_every(), tree, " reason ", &object, &storage, &why);
}

static void assert_written(const struct shape *shape, const void *from, const char *expected)
{
    cJSON *out = cJSON_CreateObject();
    shape_to_json(shape, from, out);
    char *text = cJSON_PrintUnformatted(out);
    assert_string_equal(text, expected);
    cJSON_free(text);
    cJSON_Delete(out);
}

static const char whole[] =
    "{\"u64\":9007199254740992,\"i64\":-9007199254740992,\"str\":\"abc\",\"name\":\"core\","
    "\"code\":\"LIVE-48_A\",\"text\":\"\xE4\xBD\xA0\xE5\xA5\xBD\",\"list\":[\"core\",\"vip\"],"
    "\"member\":4503599627370496,\"id\":7,\"count\":3,\"flag\":true,\"percent\":15,"
    "\"color\":\"blue\",\"amount\":\"29.05\",\"currency\":\"USD\",\"period\":\"1 month\","
    "\"time\":\"2027-01-31T12:00:00Z\",\"duration\":\"7 days\"}";

static void every_type_there_and_back(void **state)
{
    (void)state;
    assert_int_equal(read_json(whole), ERROR_NONE);
    const struct sample_every *every = &object.every;
    assert_int_equal(every->u64, (uint64_t)1 << 53);
    assert_int_equal(every->i64, -((int64_t)1 << 53));
    assert_true(slice_is(every->list, "core,vip"));
    assert_int_equal(every->color, 2);
    assert_int_equal(every->amount, 2905);
    assert_int_equal(every->period, period_pack((struct period){1, 0}));
    assert_int_equal(every->time, 1801396800000);
    assert_int_equal(every->duration, 7 * 24 * 3600000);
    assert_written(shape_sample_every(), every, whole);
}

static void a_record_is_written_alike(void **state)
{
    (void)state;
    const struct record_sample_box box = {.u8 = 255,
                                          .u32 = UINT32_MAX,
                                          .u64 = 5,
                                          .i64 = -5,
                                          .str = "s",
                                          .name = "n",
                                          .code = "C",
                                          .text = "t",
                                          .secret = "hidden",
                                          .list = "a,b",
                                          .member = 9,
                                          .flag = 1,
                                          .percent = 100,
                                          .color = 1,
                                          .amount = 400,
                                          .currency = "JPY",
                                          .period = period_pack((struct period){0, 30}),
                                          .time = 1801396800000,
                                          .duration = 60000};
    assert_written(
        shape_record_sample_box(), &box,
        "{\"u8\":255,\"u32\":4294967295,\"u64\":5,\"i64\":-5,\"str\":\"s\",\"name\":\"n\","
        "\"code\":\"C\",\"text\":\"t\",\"list\":[\"a\",\"b\"],\"member\":9,\"id\":0,"
        "\"count\":0,\"flag\":true,\"percent\":100,\"color\":\"green\",\"amount\":\"400\","
        "\"currency\":\"JPY\",\"period\":\"30 days\",\"time\":\"2027-01-31T12:00:00Z\","
        "\"duration\":\"1 minute\"}");
}

static void what_says_nothing_and_secrets_are_left_out(void **state)
{
    (void)state;
    assert_int_equal(read_json("{\"secret\":\"hidden\"}"), ERROR_NONE);
    assert_true(slice_is(object.every.secret, "hidden"));
    assert_written(shape_sample_every(), &object.every,
                   "{\"u64\":0,\"i64\":0,\"list\":[],\"id\":0,\"count\":0,"
                   "\"flag\":false,\"percent\":0,\"color\":\"red\"}");
}

static void other_ways_to_say_the_same(void **state)
{
    (void)state;
    assert_int_equal(
        read_json("{\"amount\":\"1\",\"currency\":\"usd\",\"percent\":\"20%\",\"flag\":"
                  "\"true\",\"list\":\"a,b\",\"code\":\"live48\"}"),
        ERROR_NONE);
    assert_int_equal(object.every.amount, 100);
    assert_true(slice_is(object.every.currency, "USD"));
    assert_int_equal(object.every.percent, 20);
    assert_int_equal(object.every.flag, 1);
    assert_true(slice_is(object.every.list, "a,b"));
    assert_true(slice_is(object.every.code, "LIVE48"));
}

static void refusals_name_the_member_and_what_it_wants(void **state)
{
    static const struct {
        const char *json;
        const char *name;
        enum field_type type;
    } rows[] = {
        {"{\"u64\":-1}", "u64", FIELD_U64},
        {"{\"u64\":9007199254740993}", "u64", FIELD_U64},
        {"{\"u64\":\"1\"}", "u64", FIELD_U64},
        {"{\"u64\":1.5}", "u64", FIELD_U64},
        {"{\"i64\":-9007199254740993}", "i64", FIELD_I64},
        {"{\"str\":\"123456789\"}", "str", FIELD_STR},
        {"{\"str\":null}", "str", FIELD_STR},
        {"{\"name\":1}", "name", FIELD_NAME},
        {"{\"code\":\"\"}", "code", FIELD_CODE},
        {"{\"code\":\"a b\"}", "code", FIELD_CODE},
        {"{\"code\":\"12345678901234567\"}", "code", FIELD_CODE},
        {"{\"text\":[]}", "text", FIELD_TEXT},
        {"{\"secret\":true}", "secret", FIELD_SECRET},
        {"{\"list\":[\"a\",1]}", "list", FIELD_LIST},
        {"{\"list\":[\"a,b\"]}", "list", FIELD_LIST},
        {"{\"list\":[\"\"]}", "list", FIELD_LIST},
        {"{\"list\":{}}", "list", FIELD_LIST},
        {"{\"member\":0}", "member", FIELD_MEMBER},
        {"{\"member\":4503599627370497}", "member", FIELD_MEMBER},
        {"{\"id\":-1}", "id", FIELD_ID},
        {"{\"count\":false}", "count", FIELD_COUNT},
        {"{\"flag\":1}", "flag", FIELD_FLAG},
        {"{\"percent\":101}", "percent", FIELD_PERCENT},
        {"{\"percent\":\"%\"}", "percent", FIELD_PERCENT},
        {"{\"percent\":\"-1%\"}", "percent", FIELD_PERCENT},
        {"{\"amount\":\"1.00\"}", "amount", FIELD_AMOUNT},
        {"{\"currency\":\"JPY\",\"amount\":\"1.5\"}", "amount", FIELD_AMOUNT},
        {"{\"currency\":\"USD\",\"amount\":1}", "amount", FIELD_AMOUNT},
        {"{\"currency\":\"DOUBLOON\"}", "currency", FIELD_CURRENCY},
        {"{\"currency\":\"USD\",\"amount\":\"-1.00\"}", "amount", FIELD_AMOUNT},
        {"{\"period\":\"soon\"}", "period", FIELD_PERIOD},
        {"{\"time\":\"2027-02-31T00:00:00Z\"}", "time", FIELD_TIME},
        {"{\"time\":0}", "time", FIELD_TIME},
        {"{\"duration\":\"7\"}", "duration", FIELD_DURATION},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char begin[300];
        snprintf(begin, sizeof begin, "%s must be %s", rows[i].name, field_wanted(rows[i].type));
        if (read_json(rows[i].json) != ERROR_INVALID)
            fail_msg("%s was taken", rows[i].json);
        if (strncmp(why.text, begin, strlen(begin)) != 0)
            fail_msg("%s: \"%s\" is not \"%s\"", rows[i].json, why.text, begin);
    }
    assert_int_equal(read_json("{\"color\":\"mauve\"}"), ERROR_INVALID);
    assert_string_equal(why.text, "color must be one of: red, green, blue");
    assert_int_equal(read_json("{\"name\":\"12345678901234567890123456789012\"}"), ERROR_INVALID);
    assert_string_equal(why.text, "name must be a name, of at most 31 bytes");
}

static void what_is_not_known_is_refused(void **state)
{
    (void)state;
    assert_int_equal(read_json("{\"reason\":\"asked\"}"), ERROR_NONE); /* somebody else's */
    assert_int_equal(read_json("{\"nome\":\"x\"}"), ERROR_INVALID);
    assert_non_null(strstr(why.text, "nome is not known here; known: u64 i64"));
    assert_non_null(strstr(why.text, " name "));
    assert_non_null(strstr(why.text, " reason"));
    assert_int_equal(read_json("{\"bin\":\"x\"}"), ERROR_INVALID); /* not from outside */
    assert_null(strstr(why.text, "known: u64 i64 str bin"));
    assert_int_equal(read_json("{\"eason\":1}"), ERROR_INVALID); /* a part of a known word */
    assert_int_equal(read_json("{\"\":1}"), ERROR_INVALID);
}

static void one_field_of_its_text(void **state)
{
    static const struct {
        const char *name, *text;
        bool good;
    } rows[] = {
        {"u64", "12", true},          {"u64", "-12", false},      {"u64", "12x", false},
        {"i64", "-12", true},         {"member", "77", true},     {"member", "0", false},
        {"i64", "-005", true},        {"id", "007", true},        {"flag", "true", true},
        {"flag", "yes", false},       {"percent", "15%", true},   {"percent", "15", true},
        {"list", "a,b", true},        {"color", "green", true},   {"color", "0", false},
        {"name", "12", true},         {"period", "1 year", true}, {"time", "now", false},
        {"duration", "7 days", true}, {"amount", "5.00", false},  {"currency", "EUR", true},
        {"amount", "5.00", true}, /* now that there is a currency */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct field *field = shape_field(shape_sample_every(), rows[i].name);
        enum error error = field_from_text(shape_sample_every(), field, slice_from(rows[i].text),
                                           &object, &storage, &why);
        if ((error == ERROR_NONE) != rows[i].good)
            fail_msg("%s of \"%s\": %s", rows[i].name, rows[i].text, why.text);
    }
    assert_int_equal(object.every.amount, 500);
    assert_true(slice_is(object.every.name, "12")); /* text, though it looks like a number */
}

static void storage_that_is_full_is_said(void **state)
{
    (void)state;
    struct buf small;
    buf_init(&small, 4);
    assert_non_null(buf_reserve(&small, 4));
    const struct field *field = shape_field(shape_sample_every(), "code");
    assert_int_equal(
        field_from_text(shape_sample_every(), field, SLICE("LIVE48"), &object, &small, &why),
        ERROR_MEMORY);
    buf_deinit(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_type_there_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_record_is_written_alike, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_says_nothing_and_secrets_are_left_out, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(other_ways_to_say_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals_name_the_member_and_what_it_wants, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_known_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_field_of_its_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(storage_that_is_full_is_said, set_up, tear_down),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_free(&tree);
    return failed;
}
