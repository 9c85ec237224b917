#include "base/json_mend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_texts(void **state)
{
    static const struct {
        struct slice text;
        const char *mended;
    } rows[] = {
        {SLICE("{\"a\": [1, -2.5e3, true]}"), "{\"a\": [1, -2.5e3, true]}"},
        {SLICE("\xef\xbb\xbf{}"), "{}"},
        {SLICE("{\"\xef\xbb\xbf\":1}"), "{\"\xef\xbb\xbf\":1}"},
        {SLICE("\"a\\u0000b\""), "\"a\\u0001b\""},
        {SLICE("\"\\ud800\""), "\"\\u0001\""},
        {SLICE("\"\\uDC00x\""), "\"\\u0001x\""},
        {SLICE("\"\\ud83d\\ude00\""), "\"\\ud83d\\ude00\""},
        {SLICE("\"\\ud83d\\ud83d\\ude00\""), "\"\\u0001\\ud83d\\ude00\""},
        {SLICE("\"\\ud83d\\n\""), "\"\\u0001\\n\""},
        {SLICE("\"\\\\u0000\\\"\""), "\"\\\\u0000\\\"\""},
        {SLICE("\"a\x01\nb\0\""), "\"a\\u0001\\u0001b\\u0001\""},
        {SLICE("\"\xff\xe4\xb8\xad\xc3\""), "\"\\u0001\xe4\xb8\xad\\u0001\""},
        {SLICE("[[[1,[2]],\"]\"],{\"a\":{\"b\":\"}\\\"\"}}]"), "[[null,\"]\"],{\"a\":null}]"},
        {SLICE("1234567890123456789012345678901234567890123456789012345678901"), "null"},
        {SLICE("\"1234567890123456789012345678901234567890123456789012345678901\""),
         "\"1234567890123456789012345678901234567890123456789012345678901\""},
        {SLICE("not { json ]"), "not { json ]"},
        {SLICE("\"open\\"), "\"open\\"},
        {SLICE("\"open\\u12"), "\"open\\u12"},
        {SLICE("[[[\"open"), "[[null"},
        {SLICE(""), ""},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&out);
        json_mend(rows[i].text, 2, &out);
        assert_false(out.failed);
        if (!slice_is(buf_slice(&out), rows[i].mended))
            fail_msg("row %zu: %.*s", i, SLICE_ARG(buf_slice(&out)));
    }
    buf_deinit(&out);
}

static void test_parsed(void **state)
{
    static const struct {
        const char *text, *a; /* of the member a; NULL: not to be parsed at all */
    } rows[] = {
        {"{\"a\":\"x\"}", "x"},
        {"\xef\xbb\xbf{\"a\":\"x\"}", "x"},
        {"{\"b\":\"\\ud800\",\"a\":\"x\"}", "x"},
        {"{\"a\":\"x\\u0000y\"}", "x\x01y"},
        {"{\"b\":1,\"b\":2,\"a\":\"x\"}", "x"},
        {"{\"a\":\"x\",\"a\":\"y\"}", "\x01"},
        {"{\"a\":{\"b\":1},\"\\u0061\":[1.5],\"a\":3,\"c\":1.25}", "\x01"},
        {"{\"b\":[[[[[[[[[[[1]]]]]]]]]]],\"a\":\"x\"}", "x"},
        {"{\"a\":\"x\"", NULL},
        {"{\"a\":\"\\x\"}", NULL},
        {"a", NULL},
        {"", NULL},
        {"\xef\xbb\xbf", NULL},
        {"{\"b\":[[[[[[[[[[1,\"a\":\"x\"}", NULL},
    };
    struct why why;
    cJSON *root;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum error error = json_parse_mended(slice_from(rows[i].text), 1024, 4, &root, &why);
        assert_int_equal(error, rows[i].a ? ERROR_NONE : ERROR_INVALID);
        if (rows[i].a)
            assert_string_equal(json_string(json_member(root, "a")).data, rows[i].a);
        else
            assert_null(root);
        json_free(&root);
    }
    assert_int_equal(json_parse_mended(SLICE("{\"a\":1,\"a\":2}"), 4, 4, &root, &why),
                     ERROR_TOO_LARGE);
}

/* More members than are sorted on the stack, each name three times, numbers that keep their text.
 */
static void test_many(void **state)
{
    struct buf text;
    cJSON *root;
    char number[JSON_NUMBER_TEXT_SIZE];

    (void)state;
    buf_init(&text, 1 << 20);
    buf_append_text(&text, "{");
    for (int i = 0; i < 3000; i++)
        buf_printf(&text, "\"n%d\":%d.5,", i % 1000, i);
    buf_append_text(&text, "\"last\":0.125}");
    assert_int_equal(json_parse_mended(buf_slice(&text), 1 << 20, 4, &root, NULL), ERROR_NONE);
    assert_int_equal(cJSON_GetArraySize(root), 1001);
    assert_string_equal(json_string(json_member(root, "n7")).data, "\x01");
    assert_true(json_number_text(json_member(root, "last"), number, sizeof(number)));
    assert_string_equal(number, "0.125");
    json_free(&root);
    buf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_parsed),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
