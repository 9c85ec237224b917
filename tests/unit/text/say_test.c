#include "text/say.h"

#include "text/letter.h"

#include "tests/unit/text/club.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static struct calendar *calendar;

static int set_up(void **state)
{
    (void)state;
    return calendar_new("Asia/Shanghai", &calendar) == ERROR_NONE ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    calendar_destroy(&calendar);
    return 0;
}

/* Any message of a kind that is not the frame's; what it says is up to the speaker. */
static struct slice module_part(struct buf *out)
{
    const struct message part = {.kind = (enum message_kind)(1 << 8 | 10)}; /* of core: stale */
    buf_init(out, 4096);
    wire_encode(out, &part);
    return buf_slice(out);
}

static bool speaker(struct say *say, const struct message *part)
{
    static const say_text hello = {"Hello, {{name}}.", "你好,{{name}}。", "你好,{{name}}。"};
    static const say_text paid = {"{{sum}} for {{length}}, until {{until}}: {{plan}}, {{n}}",
                                  "{{sum}},{{length}},到 {{until}}:{{plan}},{{n}}",
                                  "{{sum}},{{length}},到 {{until}}:{{plan}},{{n}}"};
    static const say_text yes = {"Yes", "是", "是"};
    static const say_text more = {"More of {{community}}", "更多", "更多"};
    (void)part;
    say_append(say, hello);
    say_line(say, paid, {"sum", say_money(say, 2900, SLICE("USD"))},
             {"length", say_period(say, (struct period){13, 2})},
             {"until", say_time(say, club_until_ms)}, {"plan", say_plan(say, SLICE("core"))},
             {"n", say_number(say, -7)});
    say_block(say, yes);
    say_key(say, SAY_BELOW, "m:yes:1", yes);
    say_link(say, SAY_BESIDE, "https://example.org/", more);
    return true;
}

static void assert_said(const struct message_work *work, const char *method, const char *params)
{
    struct buf out;
    struct why why = {""};
    const char *got = NULL;
    int64_t chat_id;
    buf_init(&out, 65536);
    if (letter_render(speaker, &club, calendar, work, &got, &chat_id, &out, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    buf_append_u8(&out, 0);
    assert_string_equal(got, method);
    assert_string_equal(out.data, params);
    buf_deinit(&out);
}

static void a_part_is_said_in_the_readers_language(void **state)
{
    struct buf parts;
    (void)state;
    struct message_work work = {.kind = DELIVERY_reply,
                                .telegram_id = 42,
                                .chat_id = 42,
                                .name = SLICE("Ada"),
                                .language = LANGUAGE_EN,
                                .parts = module_part(&parts)};
    assert_said(&work, "sendMessage",
                "{\"chat_id\":42,\"text\":\"Hello, Ada.\\n$29.00 for 13 months 2 days, until "
                "31 Jan 2026, 20:00: Core, -7\\n\\nYes\",\"reply_markup\":{"
                "\"inline_keyboard\":[[{\"text\":\"Yes\",\"callback_data\":\"m:yes:1\"},"
                "{\"text\":\"More of Trade Club\",\"url\":\"https://example.org/\"}]]},"
                "\"link_preview_options\":{\"is_disabled\":true}}");
    work.language = LANGUAGE_ZH_HANS;
    work.message_id = 5;
    assert_said(&work, "editMessageText",
                "{\"chat_id\":42,\"message_id\":5,\"text\":\"你好,Ada。\\nUS$29.00,13 个月 2 天,到 "
                "2026年1月31日 20:00:Core,-7\\n\\n是\",\"reply_markup\":{"
                "\"inline_keyboard\":[[{\"text\":\"是\",\"callback_data\":\"m:yes:1\"},"
                "{\"text\":\"更多\",\"url\":\"https://example.org/\"}]]},"
                "\"link_preview_options\":{\"is_disabled\":true}}");
    buf_deinit(&parts);
}

static void letters_and_notices_hold_parts_of_modules(void **state)
{
    struct buf parts;
    struct buf out;
    struct why why = {""};
    const char *method;
    int64_t chat_id;
    (void)state;
    struct message_work work = {
        .kind = DELIVERY_letter, .telegram_id = 42, .chat_id = 42, .parts = module_part(&parts)};
    for (int i = 0; i < 2; i++) {
        buf_init(&out, 65536);
        work.kind = i == 0 ? DELIVERY_letter : DELIVERY_notice;
        assert_int_equal(
            letter_render(speaker, &club, calendar, &work, &method, &chat_id, &out, &why),
            ERROR_NONE);
        buf_append_u8(&out, 0);
        assert_non_null(strstr(out.data, "Hello, friend."));
        assert_non_null(strstr(out.data, "m:yes:1"));
        buf_deinit(&out);
    }
    buf_init(&out, 65536);
    assert_int_equal(letter_render(NULL, &club, calendar, &work, &method, &chat_id, &out, &why),
                     ERROR_INVALID);
    assert_non_null(strstr(why.text, "nobody can say"));
    buf_deinit(&out);
    buf_deinit(&parts);
}

static bool endless(struct say *say, const struct message *part)
{
    static const say_text long_text = {"啊啊啊啊", "啊啊啊啊", "啊啊啊啊"};
    (void)part;
    for (int i = 0; i < 3000; i++)
        say_append(say, long_text);
    return true;
}

static void what_is_too_long_is_cut(void **state)
{
    struct buf parts;
    struct buf out;
    struct message part;
    (void)state;
    struct message_work work = {
        .kind = DELIVERY_reply, .telegram_id = 42, .parts = module_part(&parts)};
    buf_init(&out, 65536);
    assert_int_equal(say_parts(endless, &club, calendar, &work, &out, NULL), ERROR_NONE);
    assert_int_equal(wire_decode_one(buf_slice(&out), &part, NULL), ERROR_NONE);
    assert_int_equal(part.kind, MESSAGE_part_text);
    assert_int_equal(part.part_text.text.len, SAY_TEXT_BYTES_MAX);
    work.parts = SLICE("\xc1");
    assert_int_equal(say_parts(endless, &club, calendar, &work, &out, NULL), ERROR_INVALID);
    buf_deinit(&out);
    buf_deinit(&parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_is_said_in_the_readers_language),
        cmocka_unit_test(letters_and_notices_hold_parts_of_modules),
        cmocka_unit_test(what_is_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
