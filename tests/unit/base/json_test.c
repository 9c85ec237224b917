#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static cJSON *parse(const char *text)
{
    cJSON *root;
    struct why why;
    enum error error = json_parse(slice_from(text), 65536, 32, &root, &why);

    if (error)
        fail_msg("%s: %s", text, why.text);
    return root;
}

static void test_parse_refusals(void **state)
{
    static const struct {
        const char *text;
        enum error error;
        const char *says;
    } rows[] = {
        {"", ERROR_INVALID, "empty"},
        {"{} {}", ERROR_INVALID, "byte 3"},
        {"[[[[1]]]]", ERROR_INVALID, "deep"},
        {"\"123456789 123456789 123456789 12\"", ERROR_TOO_LARGE, "34 bytes"},
        {"{\"a\":1,\"a\":1}", ERROR_INVALID, "twice"},
        {"{\"a\":1,\"\\u0061\":1}", ERROR_INVALID, "twice"},
        {"[{\"a\":{\"b\":1,\"b\":2}}]", ERROR_INVALID, "twice"},
    };
    struct why why;
    cJSON *root;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        root = (cJSON *)&why;
        assert_int_equal(json_parse(slice_from(rows[i].text), 33, 3, &root, &why), rows[i].error);
        assert_null(root);
        if (!strstr(why.text, rows[i].says))
            fail_msg("\"%s\" does not say \"%s\"", why.text, rows[i].says);
        assert_int_equal(json_parse(slice_from(rows[i].text), 33, 3, &root, NULL), rows[i].error);
    }
    assert_int_equal(json_parse(slice_of(NULL, 0), 33, 3, &root, &why), ERROR_INVALID);
    root = parse("{\"a\":1,\"A\":2}"); /* names are case sensitive */
    json_free(&root);
    assert_null(root);
}

/* Many members take the sorted way; the answer is the same. */
static void test_many_names(void **state)
{
    char text[16384];
    int n;
    cJSON *root;

    (void)state;
    for (int members = 2; members < 400; members += 13) {
        n = snprintf(text, sizeof text, "{");
        for (int i = 0; i < members; i++)
            n += snprintf(text + n, sizeof text - (size_t)n, "\"name%d\":%d,", i, i);
        (void)snprintf(text + n - 1, sizeof text - (size_t)n + 1, "}");
        root = parse(text);
        json_free(&root);
        (void)snprintf(text + n - 1, sizeof text - (size_t)n + 1, ",\"name%d\":0}", members / 2);
        assert_int_equal(json_parse(slice_from(text), sizeof text, 4, &root, NULL), ERROR_INVALID);
    }
}

/* cJSON must not need a NUL behind the text. */
static void test_unterminated(void **state)
{
    static const char *const texts[] = {"12",    "12.5",  "-1234567890123456789",
                                        "[1e2]", "\"x\"", "true"};
    cJSON *root;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        size_t len = strlen(texts[i]);
        char *copy = malloc(len);
        assert_non_null(copy);
        memcpy(copy, texts[i], len);
        assert_int_equal(json_parse(slice_of(copy, len), 64, 4, &root, NULL), ERROR_NONE);
        free(copy);
        json_free(&root);
    }
}

static void test_pointer(void **state)
{
    /* The examples of RFC 6901, section 5. */
    static const struct {
        const char *pointer;
        long value; /* -1: leads nowhere */
    } rows[] = {
        {"/foo/0", -2},
        {"/", 0},
        {"/a~1b", 1},
        {"/c%d", 2},
        {"/e^f", 3},
        {"/g|h", 4},
        {"/i\\j", 5},
        {"/k\"l", 6},
        {"/ ", 7},
        {"/m~0n", 8},
        {"/foo/2", -1},
        {"/foo/-", -1},
        {"/foo/00", -1},
        {"/foo/+1", -1},
        {"/foo/", -1},
        {"/foo/1 ", -1},
        {"/foo/18446744073709551616", -1},
        {"/a", -1},
        {"/m~1n", -1},
        {"/foo/0/x", -1},
        {"//", -1},
        {"foo", -1},
        {"/Foo", -1},
        {"/n/o/1/p", 9},
        {"/n/o/1/p/", -1},
        {"/m~n", -1},
    };
    cJSON *root = parse("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,"
                        "\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8,\"n\":{\"o\":[0,{\"p\":9}]}}");

    (void)state;
    assert_ptr_equal(json_pointer(root, ""), root);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const cJSON *item = json_pointer(root, rows[i].pointer);
        int64_t value = -1;
        if (rows[i].value == -2)
            assert_true(slice_is(json_string(item), "bar"));
        else if (rows[i].value == -1)
            assert_null(item);
        else
            assert_true(json_i64(item, &value) && value == rows[i].value);
    }
    assert_null(json_pointer(NULL, ""));
    assert_null(json_pointer(NULL, "/a"));
    json_free(&root);

    assert_true(json_pointer_valid(""));
    assert_true(json_pointer_valid("/"));
    assert_true(json_pointer_valid("/a~0~1/b"));
    assert_false(json_pointer_valid("a"));
    assert_false(json_pointer_valid("/a~"));
    assert_false(json_pointer_valid("/a~2"));
}

static void test_getters(void **state)
{
    cJSON *root = parse("{\"s\":\"x\\u00e9\",\"n\":5,\"t\":true,\"f\":false,\"z\":null,\"o\":{},"
                        "\"e\":\"\"}");
    bool flag;
    int64_t number = 77;
    char text[JSON_NUMBER_TEXT_SIZE];

    (void)state;
    assert_true(slice_is(json_string(json_member(root, "s")), "x\xc3\xa9"));
    assert_null(json_string(json_member(root, "n")).data);
    assert_null(json_string(json_member(root, "z")).data);
    assert_null(json_string(NULL).data);
    assert_non_null(json_string(json_member(root, "e")).data);
    assert_int_equal(json_string(json_member(root, "e")).len, 0);
    assert_null(json_member(json_member(root, "n"), "s"));
    assert_null(json_member(NULL, "s"));
    assert_null(json_member(root, "S"));
    assert_true(json_bool(json_member(root, "t"), &flag) && flag);
    assert_true(json_bool(json_member(root, "f"), &flag) && !flag);
    assert_false(json_bool(json_member(root, "n"), &flag));
    assert_false(json_bool(NULL, &flag));
    assert_false(json_i64(json_member(root, "s"), &number));
    assert_false(json_i64(json_member(root, "t"), &number));
    assert_false(json_i64(NULL, &number));
    assert_false(json_number_text(json_member(root, "s"), text, sizeof text));
    assert_int_equal(number, 77);
    json_free(&root);
}

static void test_integers(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"-1001234567890", true, -1001234567890},
        {"999999999999999", true, 999999999999999},
        {"9007199254740993", true, 9007199254740993}, /* 2^53 + 1: no double holds it */
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"1.0", true, 1},
        {"1.5", false, 0},
        {"1e3", true, 1000},
        {"1.5e1", true, 15},
        {"1.25e1", false, 0},
        {"100e-2", true, 1},
        {"1e400", false, 0},
        {"1e-400", false, 0},
        {"1e99999999999999999999", false, 0},
        {"0e9", true, 0},
        {"0.1e1", true, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *root = parse(rows[i].text);
        int64_t value = 0;
        if (json_i64(root, &value) != rows[i].ok || value != rows[i].value)
            fail_msg("%s: %lld", rows[i].text, (long long)value);
        json_free(&root);
    }
}

static void test_number_text(void **state)
{
    static const struct {
        const char *text, *plain; /* NULL: refused */
    } rows[] = {
        {"29.00", "29.00"},
        {"29.9", "29.9"},
        {"-0", "-0"},
        {"12", "12"},
        {"123456789012345678", "123456789012345678"},
        {"0.000000000000000001", "0.000000000000000001"},
        {"1e-8", "0.00000001"},
        {"1E-08", "0.00000001"},
        {"1.5e3", "1500"},
        {"1.5e+3", "1500"},
        {"-1.5e0", "-1.5"},
        {"0.5e1", "5"},
        {"0.05e1", "0.5"},
        {"0.05e-1", "0.005"},
        {"1e0", "1"},
        {"0e5", "0"},
        {"0.00e2", "0"},
        {"12345e-5", "0.12345"},
        {"12345e-3", "12.345"},
        {"1e60", "1000000000000000000000000000000000000000000000000000000000000"},
        {"1e62", NULL},
        {"1e-70", NULL},
        {"1e999999", NULL},
    };
    char text[JSON_NUMBER_TEXT_SIZE];
    char small[4];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *root = parse(rows[i].text);
        bool ok = json_number_text(root, text, sizeof text);
        if (ok != (rows[i].plain != NULL) || (ok && strcmp(text, rows[i].plain) != 0))
            fail_msg("%s: %s", rows[i].text, ok ? text : "refused");
        json_free(&root);
    }
    cJSON *root = parse("[12345,12.45,1e3]");
    for (int i = 0; i < 3; i++)
        assert_false(json_number_text(cJSON_GetArrayItem(root, i), small, sizeof small));
    json_free(&root);
}

/* Which text belongs to which number, past strings that look like numbers. */
static void test_number_order(void **state)
{
    cJSON *root = parse("{\"1.5\":\"2.5\",\"a\\\"7.5\":[3.5,4,\"-\\\\\",{\"x-1\":5.5}],"
                        "\"b\":9007199254740993}");
    char text[JSON_NUMBER_TEXT_SIZE];

    (void)state;
    assert_true(json_number_text(json_pointer(root, "/a\"7.5/0"), text, sizeof text));
    assert_string_equal(text, "3.5");
    assert_true(json_number_text(json_pointer(root, "/a\"7.5/1"), text, sizeof text));
    assert_string_equal(text, "4");
    assert_true(json_number_text(json_pointer(root, "/a\"7.5/3/x-1"), text, sizeof text));
    assert_string_equal(text, "5.5");
    assert_true(json_number_text(json_pointer(root, "/b"), text, sizeof text));
    assert_string_equal(text, "9007199254740993");
    json_free(&root);
}

static void test_append_string(void **state)
{
    static const struct {
        struct slice text;
        const char *json;
    } rows[] = {
        {SLICE(""), "\"\""},
        {SLICE("plain"), "\"plain\""},
        {SLICE("a\"b\\c/d"), "\"a\\\"b\\\\c/d\""},
        {SLICE("\n\t\0\x1f\x7f"), "\"\\n\\u0009\\u0000\\u001f\x7f\""},
        {SLICE("\xe4\xb8\xad\xf0\x9f\x98\x80"), "\"\xe4\xb8\xad\xf0\x9f\x98\x80\""},
        {SLICE("a\xff"
               "b\xc3"),
         "\"a\xef\xbf\xbd"
         "b\xef\xbf\xbd\""},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 256);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&out);
        json_append_string(&out, rows[i].text);
        assert_false(out.failed);
        if (!slice_is(buf_slice(&out), rows[i].json))
            fail_msg("row %zu: %.*s", i, SLICE_ARG(buf_slice(&out)));
    }
    buf_clear(&out);
    json_append_string(&out, slice_of(NULL, 0));
    assert_true(slice_is(buf_slice(&out), "\"\""));
    buf_deinit(&out);
}

static void test_add_time(void **state)
{
    (void)state;
    cJSON *out = cJSON_CreateObject();
    json_add_time(out, "never", 0);
    json_add_time_or_null(out, "no", 0);
    json_add_time(out, "at", UINT64_C(1767225600000));
    json_add_time_or_null(out, "until", UINT64_C(1767225601000));
    char *text = cJSON_PrintUnformatted(out);
    assert_string_equal(text, "{\"no\":null,\"at\":\"2026-01-01T00:00:00Z\","
                              "\"until\":\"2026-01-01T00:00:01Z\"}");
    cJSON_free(text);
    cJSON_Delete(out);
}

static void test_add_money(void **state)
{
    (void)state;
    cJSON *out = cJSON_CreateArray();
    cJSON *item = json_add_item(out);
    json_add_money(item, 2900, "USD");
    json_add_amount(item, "off", -580, "USD");
    json_add_amount(item, "odd", 7, "XX");
    json_add_money(json_add_item(out), -1, "USD");
    json_add_money(json_add_item(out), 7, "XX");
    json_add_money(json_add_item(NULL), 7, "USD");
    char *text = cJSON_PrintUnformatted(out);
    assert_string_equal(text, "[{\"amount\":\"29.00\",\"currency\":\"USD\",\"off\":\"-5.80\","
                              "\"odd\":\"7\"},{\"amount\":null,\"currency\":\"USD\"},"
                              "{\"amount\":null,\"currency\":\"XX\"}]");
    cJSON_free(text);
    cJSON_Delete(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_money),    cmocka_unit_test(test_parse_refusals),
        cmocka_unit_test(test_many_names),   cmocka_unit_test(test_unterminated),
        cmocka_unit_test(test_pointer),      cmocka_unit_test(test_getters),
        cmocka_unit_test(test_integers),     cmocka_unit_test(test_number_text),
        cmocka_unit_test(test_number_order), cmocka_unit_test(test_append_string),
        cmocka_unit_test(test_add_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
