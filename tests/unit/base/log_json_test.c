#include "base/log_json.h"

#include "base/json.h"
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const char *line(const char *values)
{
    static char out[LOG_JSON_BYTES_MAX + 1];
    size_t len = log_json(out, "2026-01-31T12:00:00.123Z", "WARN", "disk_low", slice_from(values));
    out[len] = '\0';
    return out;
}
#define HEAD "{\"time\":\"2026-01-31T12:00:00.123Z\",\"level\":\"WARN\",\"event\":\"disk_low\""

static void values(void **state)
{
    (void)state;
    assert_string_equal(line(""), HEAD "}\n");
    assert_string_equal(line("bot=main count=12 chat=-100 version=48bca3e"), HEAD
                        ",\"bot\":\"main\",\"count\":12,\"chat\":-100,\"version\":\"48bca3e\"}\n");
    assert_string_equal(line("error=\"it is \\\"so\\\" \\\\ \\x0a\" remedy=\"do it\""), HEAD
                        ",\"error\":\"it is \\\"so\\\" \\\\ \\u000a\",\"remedy\":\"do it\"}\n");
    assert_string_equal(line("id=007 n=1234567890123456 e= s=- q=\"\""), HEAD
                        ",\"id\":\"007\",\"n\":\"1234567890123456\",\"e\":\"\",\"s\":\"-\",\"q\":"
                        "\"\"}\n");
    assert_string_equal(line("t=\"\xe6\xa0\xb8\""), HEAD ",\"t\":\"\xe6\xa0\xb8\"}\n");
}

static void what_is_cut_off_or_quoted_badly(void **state)
{
    (void)state;
    assert_string_equal(line("error=\"cut of"), HEAD ",\"error\":\"cut of\"}\n");
    assert_string_equal(line("error=\"cut \\"), HEAD ",\"error\":\"cut \\\\\"}\n");
    assert_string_equal(line("error=\"a \"b\"c\" n=1"),
                        HEAD ",\"error\":\"a \\\"b\\\"c\",\"n\":1}\n");
    assert_string_equal(line("key"), HEAD ",\"key\":\"\"}\n");
    assert_string_equal(line("a=\xff"), HEAD ",\"a\":\"?\"}\n");
}

/* Whatever a value holds, a line stays one JSON object. */
static void any_bytes(void **state)
{
    (void)state;
    for (unsigned first = 1; first < 256; first++) {
        char raw[4] = {(char)first, (char)(first * 7 % 255 + 1), '"', '\0'};
        char quoted[64];
        char text[128];
        cJSON *root = NULL;
        snprintf(text, sizeof(text), "a=%s b=%s",
                 log_quote(slice_from(raw), quoted, sizeof(quoted)),
                 first == '=' || first == ' ' ? "x" : "y");
        const char *json = line(text);
        assert_int_equal(json_parse(slice_of(json, strlen(json) - 1), 65536, 4, &root, NULL),
                         ERROR_NONE);
        assert_true(slice_is(json_string(json_member(root, "b")),
                             first == '=' || first == ' ' ? "x" : "y"));
        json_free(&root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(what_is_cut_off_or_quoted_badly),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
