#include "text/letter.h"

#include "base/json.h"
#include "tests/unit/text/club.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { PARAMS_MAX = 65536 }; /* what a call message holds */

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

static void assert_call(const struct message_work *work, const char *method, int64_t chat_id,
                        const char *params)
{
    struct buf out;
    struct why why = {""};
    const char *got_method = NULL;
    int64_t got_chat_id = 7;
    buf_init(&out, PARAMS_MAX);
    if (letter_render(NULL, &club, calendar, work, &got_method, &got_chat_id, &out, &why) !=
        ERROR_NONE)
        fail_msg("%s", why.text);
    buf_append_u8(&out, 0);
    assert_string_equal(got_method, method);
    assert_true(got_chat_id == chat_id);
    assert_string_equal(out.data, params);
    buf_deinit(&out);
}

static void assert_refused(const struct message_work *work, enum error error, const char *says)
{
    struct buf out;
    struct why why = {""};
    const char *method = "untouched";
    int64_t chat_id = 7;
    buf_init(&out, PARAMS_MAX);
    buf_append_text(&out, "before");
    assert_int_equal(letter_render(NULL, &club, calendar, work, &method, &chat_id, &out, &why),
                     error);
    if (strstr(why.text, says) == NULL)
        fail_msg("no \"%s\" in: %s", says, why.text);
    assert_string_equal(method, "untouched");
    assert_true(chat_id == 7);
    assert_true(slice_is(buf_slice(&out), "before"));
    assert_false(out.failed);
    buf_deinit(&out);
}

static void calls_about_a_user_of_a_chat(void **state)
{
    (void)state;
    static const struct {
        enum delivery_kind kind;
        const char *method;
    } cases[] = {
        {DELIVERY_approve, "approveChatJoinRequest"},
        {DELIVERY_decline, "declineChatJoinRequest"},
        {DELIVERY_remove, "unbanChatMember"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct message_work work = club_work(cases[i].kind, NULL);
        work.chat_id = -1001000000001;
        assert_call(&work, cases[i].method, 0,
                    "{\"chat_id\":-1001000000001,\"user_id\":7000000001}");
        work.chat_id = 0;
        assert_refused(&work, ERROR_INVALID, "names no group's chat");
        work.chat_id = -1;
        work.telegram_id = 0;
        assert_refused(&work, ERROR_INVALID, "names no member");
    }
    /* Numbers that a double would blur. */
    struct message_work work = club_work(DELIVERY_approve, NULL);
    work.chat_id = INT64_MIN;
    work.telegram_id = INT64_MAX;
    assert_call(&work, "approveChatJoinRequest", 0,
                "{\"chat_id\":-9223372036854775808,\"user_id\":9223372036854775807}");
}

static void links(void **state)
{
    (void)state;
    struct message_work work = club_work(DELIVERY_create_link, NULL);
    work.chat_id = -1001000000002;
    work.group = SLICE("core");
    assert_call(&work, "createChatInviteLink", 0,
                "{\"chat_id\":-1001000000002,\"name\":\"usher 7000000001\",\"member_limit\":1,"
                "\"expire_date\":1767268860}"); /* the lease's end and a day */
    work.group = SLICE("starter");              /* no time configured: never already over */
    assert_call(&work, "createChatInviteLink", 0,
                "{\"chat_id\":-1001000000002,\"name\":\"usher 7000000001\",\"member_limit\":1,"
                "\"expire_date\":1767182520}");
    work.group = SLICE("gone");
    assert_refused(&work, ERROR_INVALID, "configured group");
    work.telegram_id = 0; /* a group's own link */
    assert_call(&work, "createChatInviteLink", 0,
                "{\"chat_id\":-1001000000002,\"name\":\"usher\",\"creates_join_request\":true}");
    work.chat_id = 0;
    assert_refused(&work, ERROR_INVALID, "group's chat");

    work = club_work(DELIVERY_revoke_link, NULL);
    work.chat_id = -1001000000002;
    work.link = SLICE("https://t.me/+a\"b");
    assert_call(&work, "revokeChatInviteLink", 0,
                "{\"chat_id\":-1001000000002,\"invite_link\":\"https://t.me/+a\\\"b\"}");
    work.link = SLICE("");
    assert_refused(&work, ERROR_INVALID, "no link");
}

static void letters(void **state)
{
    (void)state;
    struct buf parts;
    buf_init(&parts, PARAMS_MAX);
    club_add_access(&parts, "core", club_until_ms, false);
    club_add_button(&parts, "starter", "https://t.me/+a");
    club_add_button(&parts, "core", "https://t.me/+b");
    {
        struct message_work work = club_work(DELIVERY_letter, &parts);
        work.name = SLICE("A\"\\\n\xF0\x9F\x8E\x89");
        assert_call(
            &work, "sendMessage", 7000000001,
            "{\"chat_id\":7000000001,\"text\":\"Dear A\\\"\\\\ \xF0\x9F\x8E\x89, your Core "
            "membership "
            "now runs until 31 Jan 2026, 20:00.\\n\\nTo enter, tap below.\\nAsk to join when "
            "Telegram offers it; you are let in automatically.\\nInvite links work only "
            "once, so please do not pass them on.\","
            "\"reply_markup\":{\"inline_keyboard\":["
            "[{\"text\":\"Enter Starter \\\"A\\\"\",\"url\":\"https://t.me/+a\"}],"
            "[{\"text\":\"Enter Core 核心群\",\"url\":\"https://t.me/+b\"}]]},"
            "\"link_preview_options\":{\"is_disabled\":true}}");
    }
    buf_clear(&parts);
    club_add_access(&parts, "core", club_until_ms, false);
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_call(
        &work, "sendMessage", 7000000001,
        "{\"chat_id\":7000000001,\"text\":\"Dear Ann, your Core membership now runs until 31 Jan "
        "2026, 20:00.\",\"link_preview_options\":{\"is_disabled\":true}}");
    work.telegram_id = -5;
    assert_refused(&work, ERROR_INVALID, "names no member");
    work.telegram_id = 5;
    work.parts = slice_of(NULL, 0);
    assert_refused(&work, ERROR_NOT_FOUND, "nothing left to say");
    work.parts = SLICE("x");
    assert_refused(&work, ERROR_INVALID, "cannot be read");
    buf_deinit(&parts);
}

static void notices(void **state)
{
    (void)state;
    struct buf parts;
    buf_init(&parts, PARAMS_MAX);
    club_add(&parts, (struct message){.kind = MESSAGE_part_notice,
                                      .part_notice = {.plan = SLICE("core"),
                                                      .language = LANGUAGE_EN,
                                                      .text = SLICE("{{name}}:\n\"{{plan}}\"")}});
    struct message_work work = club_work(DELIVERY_notice, &parts);
    assert_call(&work, "sendMessage", 7000000001,
                "{\"chat_id\":7000000001,\"text\":\"Ann:\\n\\\"Core\\\"\","
                "\"link_preview_options\":{\"is_disabled\":true}}");
    work.telegram_id = 0;
    assert_refused(&work, ERROR_INVALID, "names no member");
    work.telegram_id = 5;
    work.parts = slice_of(NULL, 0);
    assert_refused(&work, ERROR_INVALID, "no text");
    club_add_access(&parts, "core", club_until_ms, false);
    work.parts = buf_slice(&parts);
    assert_refused(&work, ERROR_INVALID, "no text");
    buf_deinit(&parts);
}

static void a_notice_in_a_modules_words(void **state)
{
    (void)state;
    char bytes[256];
    struct buf parts = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    club_add(&parts,
             (struct message){.kind = MESSAGE_part_text, .part_text = {0, 0, SLICE("Soon")}});
    struct message_work work = club_work(DELIVERY_notice, &parts);
    work.chat_id = work.telegram_id;
    assert_call(&work, "sendMessage", 7000000001,
                "{\"chat_id\":7000000001,\"text\":\"Soon\",\"link_preview_options\":"
                "{\"is_disabled\":true}}");
}

static void an_empty_text_says_nothing(void **state)
{
    (void)state;
    char bytes[256];
    struct buf parts = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    club_add(&parts, (struct message){.kind = MESSAGE_part_text, .part_text = {0, 0, SLICE("")}});
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_refused(&work, ERROR_NOT_FOUND, "nothing left to say");
}

static void unknown_kinds(void **state)
{
    (void)state;
    static const uint64_t kinds[] = {DELIVERY_none, DELIVERY_COUNT, 1000, UINT64_MAX};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct message_work work = club_work(DELIVERY_none, NULL);
        work.kind = kinds[i];
        assert_refused(&work, ERROR_INVALID, "unknown kind");
    }
    for (int kind = DELIVERY_none + 1; kind < DELIVERY_COUNT; kind++) {
        if (kind == DELIVERY_menu || kind == DELIVERY_request || kind == DELIVERY_request_once)
            continue; /* a notifier's own, and what no reader ever sees (gateway/create.h) */
        struct message_work work = club_work((enum delivery_kind)kind, NULL);
        struct why why = {""};
        struct buf out;
        const char *method;
        int64_t chat_id;
        buf_init(&out, PARAMS_MAX);
        assert_int_not_equal(
            letter_render(NULL, &club, calendar, &work, &method, &chat_id, &out, &why), ERROR_NONE);
        assert_null(strstr(why.text, "unknown kind")); /* a kind without a renderer is a defect */
        buf_deinit(&out);
    }
}

/* The largest letter that work can hold still fits a call, and is JSON. */
static void the_largest_letter_fits(void **state)
{
    (void)state;
    static char title[400];
    static char text[30000];
    for (size_t i = 0; i + 4 <= sizeof(title); i += 3)
        memcpy(title + i, "群", 4);
    for (size_t i = 0; i + 4 <= sizeof(text); i += 3)
        memcpy(text + i, "字", 4);
    char *saved_title = club_groups[1].title;
    char *saved_text = club_plans[1].welcome_text;
    club_plans[1].welcome_text = text;
    struct buf parts;
    buf_init(&parts, PARAMS_MAX);
    club_add_access(&parts, "core", club_until_ms, true);
    char link[257];
    memset(link, 'l', 256);
    memcpy(link, "https://", 8);
    link[256] = '\0';
    struct config_group groups[100];
    for (size_t i = 0; i < 100; i++) {
        groups[i] = club_groups[1];
        groups[i].title = title;
        snprintf(groups[i].name, sizeof(groups[i].name), "group-%zu", i);
        club_add_button(&parts, groups[i].name, link);
    }
    assert_false(parts.failed);
    struct config config = club;
    config.groups = groups;
    config.group_count = 100;

    struct message_work work = club_work(DELIVERY_letter, &parts);
    struct buf out;
    struct why why = {""};
    const char *method;
    int64_t chat_id;
    buf_init(&out, PARAMS_MAX);
    assert_int_equal(letter_render(NULL, &config, calendar, &work, &method, &chat_id, &out, &why),
                     ERROR_NONE);
    cJSON *json = NULL;
    assert_int_equal(json_parse(buf_slice(&out), PARAMS_MAX, 8, &json, &why), ERROR_NONE);
    const cJSON *rows = json_pointer(json, "/reply_markup/inline_keyboard");
    assert_int_equal(cJSON_GetArraySize(rows), 100);
    json_free(&json);

    /* And what does not fit after all is an answer. */
    buf_deinit(&out);
    buf_init(&out, 5000);
    assert_int_equal(letter_render(NULL, &config, calendar, &work, &method, &chat_id, &out, &why),
                     ERROR_TOO_LARGE);
    assert_int_equal(out.len, 0);
    buf_deinit(&out);
    buf_deinit(&parts);
    club_groups[1].title = saved_title;
    club_plans[1].welcome_text = saved_text;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_about_a_user_of_a_chat),
        cmocka_unit_test(links),
        cmocka_unit_test(letters),
        cmocka_unit_test(notices),
        cmocka_unit_test(a_notice_in_a_modules_words),
        cmocka_unit_test(an_empty_text_says_nothing),
        cmocka_unit_test(unknown_kinds),
        cmocka_unit_test(the_largest_letter_fits),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
