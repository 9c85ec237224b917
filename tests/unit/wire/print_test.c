#include "wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void assert_printed(void (*print)(struct buf *, const struct message *),
                           const struct message *message, const char *expected)
{
    struct buf out;
    buf_init(&out, 65536);
    print(&out, message);
    buf_append_u8(&out, 0);
    assert_false(out.failed);
    assert_string_equal(out.data, expected);
    buf_deinit(&out);
}

static void a_line_for_people(void **state)
{
    (void)state;
    struct message freeze = {
        .kind = MESSAGE_freeze,
        .freeze = {.lane = SLICE("main"), .chat_id = -7, .until_ms = UINT64_MAX}};
    assert_printed(message_print, &freeze,
                   "freeze lane=\"main\" chat_id=-7 until_ms=18446744073709551615");
    struct message configure = {.kind = MESSAGE_cmd_configure,
                                .cmd_configure = {.hash = SLICE("secret"), .catalog = {NULL, 0}}};
    assert_printed(message_print, &configure, "cmd_configure hash=<6 bytes> catalog=<0 bytes>");
}

static void text_that_would_break_the_line(void **state)
{
    (void)state;
    struct message header = {.kind = MESSAGE_header,
                             .header = {.name = SLICE("a\"b\\c\n\x01\x7F\0z"),
                                        .value = SLICE("\xE4\xBC\x9A\xFF\xE4\xBC")}};
    assert_printed(message_print, &header,
                   "header name=\"a\\\"b\\\\c\\u000a\\u0001\\u007f\\u0000z\""
                   " value=\"\xE4\xBC\x9A\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void json(void **state)
{
    (void)state;
    struct message freeze = {
        .kind = MESSAGE_freeze,
        .freeze = {.lane = SLICE("\"\t"), .chat_id = INT64_MIN, .until_ms = 0}};
    assert_printed(message_print_json, &freeze,
                   "{\"message\":\"freeze\",\"lane\":\"\\\"\\u0009\","
                   "\"chat_id\":-9223372036854775808,\"until_ms\":0}");
    struct message configure = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {.hash = SLICE("\xFB\xFF?>"), .catalog = {NULL, 0}}};
    assert_printed(message_print_json, &configure,
                   "{\"message\":\"cmd_configure\",\"hash\":\"+/8/Pg==\",\"catalog\":\"\"}");
}

static void no_room_is_said_by_the_buffer(void **state)
{
    (void)state;
    struct message configure = {.kind = MESSAGE_cmd_configure,
                                .cmd_configure = {.hash = SLICE("0123456789abcdef")}};
    for (size_t max = 1; max < 64; max++) {
        struct buf out;
        buf_init(&out, max);
        message_print_json(&out, &configure);
        assert_true(out.failed);
        assert_true(out.len <= max);
        buf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_for_people),
        cmocka_unit_test(text_that_would_break_the_line),
        cmocka_unit_test(json),
        cmocka_unit_test(no_room_is_said_by_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
