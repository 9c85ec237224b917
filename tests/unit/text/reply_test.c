#include "text/reply.h"

#include "tests/unit/text/club.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static char bytes[65536];
static struct buf parts;

static int set_up(void **state)
{
    (void)state;
    parts = (struct buf){.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    return 0;
}

static void add_text(uint64_t language, const char *text)
{
    club_add(&parts, (struct message){.kind = MESSAGE_part_text,
                                      .part_text = {language, 0, slice_from(text)}});
}

static void add_key(uint64_t language, bool beside, const char *text, const char *data,
                    const char *url)
{
    club_add(&parts, (struct message){.kind = MESSAGE_part_key,
                                      .part_key = {language, beside, slice_from(text),
                                                   slice_from(data), slice_from(url)}});
}

static struct message_work work(enum delivery_kind kind)
{
    struct message_work made = club_work(kind, &parts);
    made.chat_id = 7000000001;
    return made;
}

static void assert_call(const struct message_work *made, const char *method, int64_t chat_id,
                        const char *params)
{
    struct buf out;
    struct why why = {""};
    const char *got_method = NULL;
    int64_t got_chat_id = 7;
    buf_init(&out, 65536);
    if (reply_render(&club, made, &got_method, &got_chat_id, &out, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    buf_append_u8(&out, 0);
    assert_string_equal(got_method, method);
    assert_true(got_chat_id == chat_id);
    assert_string_equal(out.data, params);
    buf_deinit(&out);
}

static void assert_refused(const struct message_work *made, const char *says)
{
    struct buf out;
    struct why why = {""};
    const char *method = NULL;
    int64_t chat_id = 0;
    buf_init(&out, 65536);
    assert_int_equal(reply_render(&club, made, &method, &chat_id, &out, &why), ERROR_INVALID);
    assert_string_equal(why.text, says);
    buf_deinit(&out);
}

static void a_reply_is_a_message_or_edits_one(void **state)
{
    (void)state;
    add_text(0, "Which \"plan\"?");
    add_key(0, false, "Core", "plan:core", "");
    add_key(0, true, "Starter", "plan:starter", "");
    add_key(0, false, "Terms", "", "https://example.org/terms");
    struct message_work made = work(DELIVERY_reply);
    assert_call(&made, "sendMessage", 7000000001,
                "{\"chat_id\":7000000001,\"text\":\"Which \\\"plan\\\"?\",\"reply_markup\":"
                "{\"inline_keyboard\":[[{\"text\":\"Core\",\"callback_data\":\"plan:core\"},"
                "{\"text\":\"Starter\",\"callback_data\":\"plan:starter\"}],[{\"text\":\"Terms\","
                "\"url\":\"https://example.org/terms\"}]]},\"link_preview_options\":"
                "{\"is_disabled\":true}}");
    set_up(NULL);
    add_text(0, "Done.");
    made = work(DELIVERY_reply);
    made.message_id = 12;
    assert_call(&made, "editMessageText", 7000000001,
                "{\"chat_id\":7000000001,\"message_id\":12,\"text\":\"Done.\","
                "\"link_preview_options\":{\"is_disabled\":true}}");
}

static void the_readers_language_is_picked(void **state)
{
    (void)state;
    static const char *const expected[LANGUAGE_COUNT] = {
        [LANGUAGE_EN] = "Hello", [LANGUAGE_ZH_HANS] = "Ni hao", [LANGUAGE_ZH_HANT] = "Ni hao"};
    add_text(part_language(LANGUAGE_EN), "Hello");
    add_text(part_language(LANGUAGE_ZH_HANT), "Ni hao"); /* the community's */
    add_text(0, "1");
    add_key(part_language(LANGUAGE_EN), false, "Yes", "y", "");
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        char params[512];
        struct message_work made = work(DELIVERY_staff);
        made.language = (uint64_t)language;
        made.chat_id = -1005;
        made.thread_id = 9;
        snprintf(params, sizeof params,
                 "{\"chat_id\":-1005,\"message_thread_id\":9,\"text\":\"%s\\n\\n1\"%s,"
                 "\"link_preview_options\":{\"is_disabled\":true}}",
                 expected[language],
                 language == LANGUAGE_EN ? ",\"reply_markup\":{\"inline_keyboard\":[[{\"text\":"
                                           "\"Yes\",\"callback_data\":\"y\"}]]}"
                                         : "");
        assert_call(&made, "sendMessage", -1005, params);
    }
    set_up(NULL);
    add_text(part_language(LANGUAGE_ZH_HANS), "first"); /* nobody's here */
    struct message_work made = work(DELIVERY_answer);
    made.link = SLICE("c");
    assert_call(&made, "answerCallbackQuery", 0,
                "{\"callback_query_id\":\"c\",\"text\":\"first\"}");
}

static void an_answer_ends_the_wait(void **state)
{
    (void)state;
    struct message_work made = work(DELIVERY_answer);
    assert_refused(&made, "it answers nothing");
    made.link = SLICE("4382");
    assert_call(&made, "answerCallbackQuery", 0, "{\"callback_query_id\":\"4382\"}");
    club_add(&parts, (struct message){.kind = MESSAGE_part_text, .part_text = {0, 1, SLICE("No")}});
    made.parts = buf_slice(&parts);
    assert_call(&made, "answerCallbackQuery", 0,
                "{\"callback_query_id\":\"4382\",\"text\":\"No\",\"show_alert\":true}");
}

static void a_topic_has_a_name(void **state)
{
    (void)state;
    struct message_work made = work(DELIVERY_topic);
    made.chat_id = -1005;
    assert_refused(&made, "the topic has no name");
    add_text(0, "Ticket 7");
    made.parts = buf_slice(&parts);
    assert_call(&made, "createForumTopic", 0, "{\"chat_id\":-1005,\"name\":\"Ticket 7\"}");
    made.chat_id = 0;
    assert_refused(&made, "it names no chat");
}

static void a_mail_begins_with_its_subject(void **state)
{
    (void)state;
    struct message_work made = work(DELIVERY_mail);
    made.link = SLICE("ann@example.net");
    assert_refused(&made, "its subject is not one line of at most 512 bytes");
    add_text(part_language(LANGUAGE_EN), "Your seat");
    add_text(part_language(LANGUAGE_ZH_HANT), "Xi");
    made.parts = buf_slice(&parts);
    assert_refused(&made, "its text is not 1 to 32768 bytes");
    add_text(0, "Hello\nAnn");
    add_text(0, "Bye");
    made.parts = buf_slice(&parts);
    made.language = LANGUAGE_EN;
    assert_call(&made, "mail", 0,
                "{\"to\":\"ann@example.net\",\"subject\":\"Your seat\",\"text\":\"Hello\\nAnn\\n\\n"
                "Bye\"}");
    made.link = SLICE("ann@example.net\r\nBcc: eve@example.net");
    assert_refused(&made, "it is to no e-mail address");
    set_up(NULL);
    add_text(0, "Your seat\r\nBcc: eve@example.net");
    add_text(0, "Hello");
    made = work(DELIVERY_mail);
    made.link = SLICE("ann@example.net");
    assert_refused(&made, "its subject is not one line of at most 512 bytes");
}

static void what_is_too_long_is_cut(void **state)
{
    (void)state;
    static char text[REPLY_UNITS_MAX + 10];
    memset(text, 't', sizeof text - 1);
    add_text(0, text);
    struct message_work made = work(DELIVERY_topic);
    struct buf out;
    struct why why;
    const char *method;
    int64_t chat_id;
    buf_init(&out, 65536);
    assert_int_equal(reply_render(&club, &made, &method, &chat_id, &out, &why), ERROR_NONE);
    assert_int_equal(out.len,
                     strlen("{\"chat_id\":7000000001,\"name\":\"\"}") + REPLY_TOPIC_UNITS_MAX);
    buf_clear(&out);
    made = work(DELIVERY_reply);
    assert_int_equal(reply_render(&club, &made, &method, &chat_id, &out, &why), ERROR_NONE);
    size_t around = strlen("{\"chat_id\":7000000001,\"text\":\"\",\"link_preview_options\":"
                           "{\"is_disabled\":true}}");
    assert_int_equal(out.len, around + REPLY_UNITS_MAX);
    buf_deinit(&out);
}

static void what_cannot_be_said_is_refused(void **state)
{
    (void)state;
    struct message_work made = work(DELIVERY_reply);
    assert_refused(&made, "it has no text");
    add_text(0, "x");
    made = work(DELIVERY_reply);
    made.chat_id = 0;
    assert_refused(&made, "it names no chat");
    club_add_ended(&parts, "core", 0);
    made = work(DELIVERY_reply);
    assert_refused(&made, "its parts cannot be read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_reply_is_a_message_or_edits_one, set_up),
        cmocka_unit_test_setup(the_readers_language_is_picked, set_up),
        cmocka_unit_test_setup(an_answer_ends_the_wait, set_up),
        cmocka_unit_test_setup(a_mail_begins_with_its_subject, set_up),
        cmocka_unit_test_setup(a_topic_has_a_name, set_up),
        cmocka_unit_test_setup(what_is_too_long_is_cut, set_up),
        cmocka_unit_test_setup(what_cannot_be_said_is_refused, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
