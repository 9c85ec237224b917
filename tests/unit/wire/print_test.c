#include "tests/unit/ledger/sample.h"

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

static const uint8_t seed[16] = "0123456789abcdef";

static struct message act(char *bytes, size_t size)
{
    struct buf body = {.data = bytes, .cap = size, .max = size};
    const struct sample_every every = {.name = SLICE("box"),
                                       .secret = SLICE("hidden"),
                                       .list = SLICE("a,b"),
                                       .member = 5,
                                       .color = 1,
                                       .amount = 2905,
                                       .currency = SLICE("USD"),
                                       .time = 1801396800000};
    shape_encode(&body, shape_sample_every(), &every);
    assert_false(body.failed);
    return (struct message){.kind = MESSAGE_cmd_act,
                            .cmd_act = {.actor = SLICE("token"),
                                        .who = WHO_OWNER,
                                        .reason = SLICE("asked"),
                                        .key = SLICE("k1"),
                                        .seed = slice_of((const char *)seed, sizeof seed),
                                        .body = buf_slice(&body)}};
}

static void what_was_asked_for_is_said_whole(void **state)
{
    (void)state;
    char bytes[512];
    const struct message message = act(bytes, sizeof bytes);
    assert_printed(message_print, &message,
                   "cmd_act actor=\"token\" who=1 reason=\"asked\" key=\"k1\" seed=<16 bytes> "
                   "body={sample_every u64=0 i64=0 name=\"box\" list=[\"a\",\"b\"] member=5 id=0 "
                   "count=0 flag=false percent=0 color=\"green\" amount=\"29.05\" "
                   "currency=\"USD\" time=\"2027-01-31T12:00:00Z\"}");
    assert_printed(message_print_json, &message,
                   "{\"message\":\"cmd_act\",\"actor\":\"token\",\"who\":1,\"reason\":\"asked\","
                   "\"key\":\"k1\",\"seed\":\"MDEyMzQ1Njc4OWFiY2RlZg==\",\"body\":"
                   "{\"message\":\"sample_every\",\"u64\":0,\"i64\":0,\"name\":\"box\","
                   "\"list\":[\"a\",\"b\"],\"member\":5,\"id\":0,\"count\":0,\"flag\":false,"
                   "\"percent\":0,\"color\":\"green\",\"amount\":\"29.05\",\"currency\":\"USD\","
                   "\"time\":\"2027-01-31T12:00:00Z\"}}");
}

static void a_body_that_is_none_is_bytes(void **state)
{
    (void)state;
    const struct message message = {.kind = MESSAGE_cmd_act, .cmd_act = {.body = SLICE("rubbish")}};
    assert_printed(message_print, &message,
                   "cmd_act actor=\"\" who=0 reason=\"\" key=\"\" seed=<0 bytes> body=<7 bytes>");
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
        cmocka_unit_test(what_was_asked_for_is_said_whole),
        cmocka_unit_test(a_body_that_is_none_is_bytes),
        cmocka_unit_test(no_room_is_said_by_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
