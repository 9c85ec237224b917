#include "gateway/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static void test_forms(void **state)
{
    static const struct {
        struct slice text;
        const char *name, *value;
    } good[] = {
        {SLICE("a=1&b=2"), "b", "2"},
        {SLICE("a="), "a", ""},
        {SLICE("a"), "a", ""},
        {SLICE("a=b=c"), "a", "b=c"},
        {SLICE("a=%E4%B8%AD+x%2b%26"), "a", "\xe4\xb8\xad x+&"},
        {SLICE("a%3Db=1"), "a=b", "1"},
        {SLICE("a=%d6%d0"), "a", "\xd6\xd0"}, /* GBK */
        {SLICE("a=%0A"), "a", "\n"},
    };
    static const struct slice bad[] = {
        SLICE("a=1&a=2"), SLICE("a=1&%61=2"), SLICE("a=%"),   SLICE("a=%4"),
        SLICE("a=%zz"),   SLICE("a=%00"),     SLICE("a=\0b"), SLICE("a=1&&b=2"),
        SLICE("=1"),      SLICE("&"),         SLICE("a=1&"),
    };
    cJSON *root;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(form_parse(good[i].text, &root), ERROR_NONE);
        assert_string_equal(json_string(json_member(root, good[i].name)).data, good[i].value);
        json_free(&root);
    }
    for (size_t i = 0; i < COUNT(bad) - 1; i++) {
        if (form_parse(bad[i], &root) != ERROR_INVALID)
            fail_msg("row %zu was taken", i);
        assert_null(root);
    }
    assert_int_equal(form_parse(bad[COUNT(bad) - 1], &root), ERROR_NONE); /* an end is no pair */
    json_free(&root);

    struct buf many;
    buf_init(&many, 1 << 16);
    for (int i = 0; i < FORM_PAIRS_MAX; i++)
        buf_printf(&many, "n%d=%d&", i, i);
    assert_int_equal(form_parse(buf_slice(&many), &root), ERROR_NONE);
    json_free(&root);
    buf_append_text(&many, "one=more");
    assert_int_equal(form_parse(buf_slice(&many), &root), ERROR_INVALID);
    buf_deinit(&many);
}

/* A POST's pairs stand in the body, a GET's in the query. */
static void test_places(void **state)
{
    struct gateway_request request = {
        .method = SLICE("POST"), .body = SLICE("a=body"), .query = SLICE("a=query")};
    cJSON *root;

    (void)state;
    assert_verdict(body_read(BODY_FORM, &request, &root), accepted);
    assert_string_equal(json_string(json_member(root, "a")).data, "body");
    json_free(&root);
    request.method = SLICE("GET");
    assert_verdict(body_read(BODY_FORM, &request, &root), accepted);
    assert_string_equal(json_string(json_member(root, "a")).data, "query");
    json_free(&root);
    assert_verdict(body_read(BODY_JSON, &request, &root), body_not_json);
    assert_null(root);
}

static void test_pairs(void **state)
{
    struct buf out;
    cJSON *root;

    (void)state;
    buf_init(&out, 4096);
    assert_int_equal(form_parse(SLICE("b=2&sign=x&a=1&sign_type=RSA2&c=&B=%26%3D"), &root),
                     ERROR_NONE);
    body_pairs(root, "sign", false, &out);
    assert_true(slice_is(buf_slice(&out), "B=&=&a=1&b=2"));
    buf_clear(&out);
    body_pairs(root, "sign", true, &out);
    assert_true(slice_is(buf_slice(&out), "B=&=&a=1&b=2&c="));
    json_free(&root);
    buf_clear(&out);
    body_pairs(NULL, "sign", true, &out);
    assert_int_equal(out.len, 0);
    buf_deinit(&out);
}

static void test_json(void **state)
{
    static const struct {
        const char *text, *deep, *top, *php;
    } rows[] = {
        {"{\"b\":1,\"a\":[true,null,\"x\"]}", "{\"a\":[true,null,\"x\"],\"b\":1}",
         "{\"a\":[true,null,\"x\"],\"b\":1}", "{\"b\":1,\"a\":[true,null,\"x\"]}"},
        {" { \"z\" : {\"y\":1,\"a\":2,\"z\":[{\"q\":1,\"a\":3}]}, \"a\" : 0.10 } ",
         "{\"a\":0.10,\"z\":{\"a\":2,\"y\":1,\"z\":[{\"a\":3,\"q\":1}]}}",
         "{\"a\":0.10,\"z\":{\"a\":2,\"z\":[{\"a\":3}]}}",
         "{\"z\":{\"y\":1,\"a\":2,\"z\":[{\"q\":1,\"a\":3}]},\"a\":0.10}"},
        {"{\"u\":\"https://x/\\u4e2d\\n\\u0001\\u2028\\\"\\\\\",\"sign\":\"s\",\"n\":1e-8}",
         "{\"n\":1e-8,\"u\":\"https://x/\xe4\xb8\xad\\n\\u0001\xe2\x80\xa8\\\"\\\\\"}",
         "{\"n\":1e-8,\"u\":\"https://x/\xe4\xb8\xad\\n\\u0001\xe2\x80\xa8\\\"\\\\\"}",
         "{\"u\":\"https:\\/\\/x\\/\xe4\xb8\xad\\n\\u0001\\u2028\\\"\\\\\",\"n\":1e-8}"},
        {"{\"a\":{\"sign\":1},\"n\":-123456789012345678901}",
         "{\"a\":{\"sign\":1},\"n\":-123456789012345678901}",
         "{\"a\":{},\"n\":-123456789012345678901}",
         "{\"a\":{\"sign\":1},\"n\":-123456789012345678901}"},
        {"[]", "[]", "[]", "[]"},
    };
    struct buf out;
    cJSON *root;

    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(json_parse(slice_from(rows[i].text), 4096, 16, &root, NULL), ERROR_NONE);
        for (int way = 0; way < 3; way++) {
            buf_clear(&out);
            if (way == 2)
                body_json_php(root, "sign", &out);
            else
                body_json_sorted(root, "sign", way == 0, &out);
            buf_append_u8(&out, 0);
            assert_string_equal(out.data, way == 0   ? rows[i].deep
                                          : way == 1 ? rows[i].top
                                                     : rows[i].php);
        }
        json_free(&root);
    }
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
