#include "carrier/telegram/update.h"

#include "wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static char encoded[16384];
static const char *kind;

static bool say(struct slice text, bool group, struct word *out)
{
    if (text.len < 5 || memcmp(text.data, group ? "/here" : "/word", 5) != 0)
        return false;
    *out = (struct word){7, "word", slice_of(text.data + 5, text.len - 5)};
    return true;
}

static bool press(struct slice data, struct word *out)
{
    if (!slice_is(data, "m:verb:arg"))
        return false;
    *out = (struct word){8, "verb", slice_of(data.data + 7, 3)};
    return true;
}

static const struct words words = {say, press};

static bool overhears(const void *context, const char *bot, int64_t chat_id)
{
    return strcmp(bot, "main") == 0 && chat_id == *(const int64_t *)context;
}

static const int64_t staff_chat = -1009;

static enum update_verdict translate_slice(struct slice update, struct message *message)
{
    struct buf out;
    buf_init(&out, sizeof encoded);
    const struct update_reader reader = {.bot = "main",
                                         .username = SLICE("Usher_bot"),
                                         .words = &words,
                                         .seed = SLICE("0123456789abcdef"),
                                         .overhears = overhears,
                                         .context = &staff_chat};
    enum update_verdict verdict = update_translate(&reader, update, &out, &kind);
    assert_non_null(kind);
    if (verdict == UPDATE_COMMAND || verdict == UPDATE_TEXT) {
        struct why why;
        memcpy(encoded, out.data, out.len);
        if (wire_decode_one(slice_of(encoded, out.len), message, &why) != ERROR_NONE)
            fail_msg("%s", why.text);
    } else {
        assert_int_equal(out.len, 0);
    }
    buf_deinit(&out);
    return verdict;
}

static enum update_verdict translate(const char *update, struct message *message)
{
    return translate_slice(slice_from(update), message);
}

#define ADA                                                                                        \
    "{\"id\":42,\"is_bot\":false,\"first_name\":\"Ada\",\"last_name\":\"Lovelace\","               \
    "\"language_code\":\"zh-hans\"}"
#define GROUP "{\"id\":-1001000000001,\"type\":\"supergroup\",\"title\":\"Starter\"}"

static void a_private_message_is_a_contact(void **state)
{
    (void)state;
    struct message m;
    assert_int_equal(translate("{\"update_id\":7,\"message\":{\"message_id\":1,\"from\":" ADA
                               ",\"chat\":{\"id\":42,\"type\":\"private\"},\"date\":1700000000,"
                               "\"text\":\"/word abc\"}}",
                               &m),
                     UPDATE_COMMAND);
    assert_string_equal(kind, "message");
    assert_int_equal(m.kind, MESSAGE_cmd_said);
    assert_int_equal(m.cmd_said.origin, SAID_PRIVATE);
    assert_int_equal(m.cmd_said.module, 7);
    assert_true(slice_is(m.cmd_said.verb, "word"));
    assert_true(slice_is(m.cmd_said.arg, " abc"));
    assert_true(slice_is(m.cmd_said.seed, "0123456789abcdef"));
    assert_int_equal(m.cmd_said.chat_id, 42);
    assert_true(slice_is(m.cmd_said.bot, "main"));
    assert_int_equal(m.cmd_said.update_id, 7);
    assert_int_equal(m.cmd_said.telegram_id, 42);
    assert_true(slice_is(m.cmd_said.name, "Ada Lovelace"));
    assert_true(slice_is(m.cmd_said.language, "zh-hans"));
    assert_true(slice_is(m.cmd_said.text, "/word abc"));
    assert_int_equal(m.cmd_said.date_ms, 1700000000000);

    /* A sticker has no text, a person may have no last name. */
    assert_int_equal(
        translate("{\"update_id\":8,\"message\":{\"from\":{\"id\":9007199254740991,"
                  "\"is_bot\":false,\"first_name\":\"李\"},\"chat\":{\"id\":5,\"type\":"
                  "\"private\"},\"date\":0,\"sticker\":{}}}",
                  &m),
        UPDATE_COMMAND);
    assert_int_equal(m.cmd_said.telegram_id, 9007199254740991);
    assert_true(slice_is(m.cmd_said.name, "李"));
    assert_true(slice_is(m.cmd_said.text, ""));
    assert_true(slice_is(m.cmd_said.language, ""));
}

static void long_and_wild_texts_are_cut(void **state)
{
    (void)state;
    struct buf update;
    buf_init(&update, 100000);
    buf_append_text(&update, "{\"update_id\":7,\"message\":{\"from\":{\"id\":1,\"is_bot\":false,"
                             "\"language_code\":\"en\\n\",\"first_name\":\"a");
    for (int i = 0; i < 100; i++)
        buf_append_text(&update, "王\\n");
    buf_append_text(&update, "\",\"last_name\":\"b\"},\"chat\":{\"id\":1,\"type\":\"private\"},"
                             "\"date\":1,\"text\":\"");
    for (int i = 0; i < 3000; i++)
        buf_append_text(&update, "\xF0\x9F\x98\x80\\u0007");
    buf_append_text(&update, "\"}}");
    struct message m;
    assert_int_equal(translate_slice(buf_slice(&update), &m), UPDATE_TEXT);
    assert_in_range(m.cmd_said.name.len, 253, 256);
    assert_in_range(m.cmd_said.text.len, 4093, 4096);
    assert_true(slice_is_text(m.cmd_said.name));
    assert_null(memchr(m.cmd_said.name.data, '\n', m.cmd_said.name.len));
    assert_true(slice_is_text(m.cmd_said.text));
    assert_true(slice_is(m.cmd_said.language, "en "));
    buf_deinit(&update);
}

static void a_press_and_a_word_in_a_group_are_said(void **state)
{
    struct message m;
    (void)state;
    assert_int_equal(translate("{\"update_id\":7,\"callback_query\":{\"id\":\"77\",\"from\":" ADA
                               ",\"message\":{\"message_id\":5,\"chat\":" GROUP
                               ",\"date\":1},\"data\":\"m:verb:arg\"}}",
                               &m),
                     UPDATE_COMMAND);
    assert_string_equal(kind, "callback_query");
    assert_int_equal(m.cmd_said.origin, SAID_BUTTON);
    assert_true(slice_is(m.cmd_said.callback, "77"));
    assert_int_equal(m.cmd_said.chat_id, -1001000000001);
    assert_int_equal(m.cmd_said.message_id, 5);
    assert_int_equal(m.cmd_said.module, 8);
    assert_true(slice_is(m.cmd_said.verb, "verb"));
    assert_true(slice_is(m.cmd_said.arg, "arg"));
    /* Of a message that is out of reach, and with data that nobody knows. */
    assert_int_equal(translate("{\"update_id\":7,\"callback_query\":{\"id\":\"77\",\"from\":" ADA
                               ",\"data\":\"x\"}}",
                               &m),
                     UPDATE_COMMAND);
    assert_int_equal(m.cmd_said.chat_id, 42);
    assert_int_equal(m.cmd_said.message_id, 0);
    assert_int_equal(m.cmd_said.module, 0);
    assert_int_equal(translate("{\"update_id\":7,\"callback_query\":{\"id\":\"1\"}}", &m),
                     UPDATE_BAD);
    assert_int_equal(translate("{\"update_id\":7,\"message\":{\"message_id\":9,\"from\":" ADA
                               ",\"chat\":" GROUP ",\"date\":1,\"text\":\"/here\"}}",
                               &m),
                     UPDATE_COMMAND);
    assert_int_equal(m.cmd_said.origin, SAID_GROUP);
    assert_int_equal(m.cmd_said.chat_id, -1001000000001);
    assert_int_equal(translate("{\"update_id\":7,\"message\":{\"message_id\":9,\"from\":" ADA
                               ",\"chat\":" GROUP ",\"date\":1,\"text\":\"/word\"}}",
                               &m),
                     UPDATE_UNUSED);
}

static void a_caption_is_what_they_write(void **state)
{
    struct message m;
    (void)state;
    assert_int_equal(translate("{\"update_id\":7,\"message\":{\"message_id\":1,\"from\":" ADA
                               ",\"chat\":{\"id\":42,\"type\":\"private\"},\"date\":1,"
                               "\"photo\":[],\"caption\":\"my receipt\"}}",
                               &m),
                     UPDATE_TEXT);
    assert_true(slice_is(m.cmd_said.text, "my receipt"));
}

static void a_group_that_is_overheard_is_all_free_text(void **state)
{
    struct message m;
    (void)state;
    static const char *const texts[] = {"hello", "/here", "/word"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char update[512];
        (void)snprintf(update, sizeof update,
                       "{\"update_id\":7,\"message\":{\"message_id\":9,\"from\":" ADA
                       ",\"chat\":{\"id\":-1009,\"type\":\"supergroup\"},\"date\":1,"
                       "\"message_thread_id\":4,\"reply_to_message\":{\"message_id\":8},"
                       "\"text\":\"%s\"}}",
                       texts[i]);
        assert_int_equal(translate(update, &m), UPDATE_TEXT);
        assert_int_equal(m.cmd_said.origin, SAID_GROUP);
        assert_int_equal(m.cmd_said.module, 0);
        assert_int_equal(m.cmd_said.chat_id, -1009);
        assert_int_equal(m.cmd_said.thread_id, 4);
        assert_int_equal(m.cmd_said.reply_to, 8);
        assert_true(slice_is(m.cmd_said.text, texts[i]));
    }
    assert_int_equal(translate("{\"update_id\":7,\"message\":{\"message_id\":9,\"from\":" ADA
                               ",\"chat\":{\"id\":-1009,\"type\":\"group\"},\"date\":1}}",
                               &m),
                     UPDATE_UNUSED);
    assert_int_equal(translate("{\"update_id\":7,\"message\":{\"message_id\":9,\"from\":" ADA
                               ",\"chat\":" GROUP ",\"date\":1,\"text\":\"hello\"}}",
                               &m),
                     UPDATE_UNUSED);
}

static void a_command_in_a_group_may_name_its_bot(void **state)
{
    static const struct {
        const char *text;
        enum update_verdict verdict;
    } cases[] = {
        {"/here@usher_bot", UPDATE_COMMAND},        {"/here@USHER_BOT x@y", UPDATE_COMMAND},
        {"/here@usher_bots", UPDATE_UNUSED},        {"/here@other_bot", UPDATE_UNUSED},
        {"/here mail@example.org", UPDATE_COMMAND}, {"/here@", UPDATE_UNUSED},
    };
    char update[512];
    struct message m;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(update, sizeof update,
                 "{\"update_id\":7,\"message\":{\"from\":" ADA ",\"chat\":" GROUP
                 ",\"date\":1,\"text\":\"%s\"}}",
                 cases[i].text);
        assert_int_equal(translate(update, &m), cases[i].verdict);
    }
    char name[USERNAME_SIZE];
    me_username(SLICE("{\"ok\":true,\"result\":{\"id\":1,\"username\":\"usher_bot\"}}"), name);
    assert_string_equal(name, "usher_bot");
    me_username(SLICE("{\"ok\":true,\"result\":{\"id\":1}}"), name);
    assert_string_equal(name, "");
    me_username(SLICE("nonsense"), name);
    assert_string_equal(name, "");
}

static void what_is_not_private_or_not_a_person_is_unused(void **state)
{
    (void)state;
    static const char *const unused[] = {
        "{\"update_id\":7,\"message\":{\"from\":" ADA ",\"chat\":" GROUP ",\"date\":1}}",
        "{\"update_id\":7,\"message\":{\"from\":{\"id\":1,\"is_bot\":true},\"chat\":{\"id\":1,"
        "\"type\":\"private\"},\"date\":1}}",
        "{\"update_id\":7,\"something_new\":1}",
        "{\"update_id\":7}",
        "{\"update_id\":7,\"chat_member\":{\"chat\":" GROUP ",\"from\":" ADA
        ",\"date\":1,\"new_chat_member\":{\"status\":\"ghost\",\"user\":" ADA "}}}",
        "{\"update_id\":7,\"my_chat_member\":{\"chat\":{\"id\":42,\"type\":\"private\"},\"date\":1,"
        "\"new_chat_member\":{\"status\":\"restricted\"}}}",
    };
    for (size_t i = 0; i < sizeof unused / sizeof unused[0]; i++) {
        struct message m;
        assert_int_equal(translate(unused[i], &m), UPDATE_UNUSED);
    }
    struct message m;
    translate("{\"update_id\":7,\"poll\":{}}", &m);
    assert_string_equal(kind, "other");
}

static void what_is_malformed_is_bad(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        "7",
        "{}",
        "{\"update_id\":0}",
        "{\"update_id\":-1}",
        "{\"update_id\":\"7\"}",
        "{\"update_id\":1.5}",
        "{\"update_id\":1e30}",
        "{\"update_id\":7} ,",
        "{\"update_id\":7,\"update_id\":8}",
        "{\"update_id\":7,\"message\":1}",
        "{\"update_id\":7,\"message\":null}",
        "{\"update_id\":7,\"message\":{}}",
        "{\"update_id\":7,\"message\":{\"chat\":{\"id\":42}}}",
        "{\"update_id\":7,\"message\":{\"chat\":{\"id\":\"42\",\"type\":\"private\"}}}",
        "{\"update_id\":7,\"message\":{\"chat\":{\"id\":42,\"type\":\"private\"},\"date\":1}}",
        "{\"update_id\":7,\"message\":{\"chat\":{\"id\":42,\"type\":\"private\"},\"from\":" ADA
        "}}",
        "{\"update_id\":7,\"message\":{\"chat\":{\"id\":42,\"type\":\"private\"},\"from\":" ADA
        ",\"date\":-1}}",
        "{\"update_id\":7,\"message\":{\"chat\":{\"id\":42,\"type\":\"private\"},\"from\":" ADA
        ",\"date\":1e18}}",
        "{\"update_id\":7,\"message\":{\"chat\":{\"id\":42,\"type\":\"private\"},\"from\":{\"id\":"
        "0,"
        "\"is_bot\":false},\"date\":1}}",
        "{\"update_id\":7,\"message\":{\"chat\":" GROUP ",\"migrate_to_chat_id\":\"x\"}}",
        "{\"update_id\":7,\"message\":{\"chat\":" GROUP ",\"migrate_to_chat_id\":5}}",
        "{\"update_id\":7,\"chat_join_request\":{\"from\":" ADA ",\"date\":1}}",
        "{\"update_id\":7,\"chat_join_request\":{\"chat\":" GROUP ",\"date\":1}}",
        "{\"update_id\":7,\"chat_join_request\":{\"chat\":" GROUP ",\"from\":" ADA
        ",\"date\":1,\"invite_link\":\"x\"}}",
        "{\"update_id\":7,\"chat_member\":{\"chat\":" GROUP ",\"date\":1}}",
        "{\"update_id\":7,\"chat_member\":{\"chat\":" GROUP
        ",\"date\":1,\"new_chat_member\":{\"status\":\"restricted\",\"user\":" ADA "}}}",
        "{\"update_id\":7,\"my_chat_member\":{\"date\":1}}",
        ("{\"update_id\":7,\"my_chat_member\":{\"chat\":{\"id\":-5,\"type\":\"private\"},\"date\":"
         "1,"
         "\"new_chat_member\":{\"status\":\"member\"}}}"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct message m;
        if (translate(bad[i], &m) != UPDATE_BAD)
            fail_msg("not bad: %s", bad[i]);
    }
}

static void depth_and_size_are_bounded(void **state)
{
    (void)state;
    struct buf update;
    buf_init(&update, 4 << 20);
    buf_append_text(&update, "{\"update_id\":7,\"x\":");
    for (int i = 0; i < 100000; i++)
        buf_append_text(&update, "[");
    struct message m;
    assert_int_equal(translate_slice(buf_slice(&update), &m), UPDATE_BAD);
    buf_clear(&update);
    buf_append_text(&update, "{\"update_id\":7");
    while (update.len <= UPDATE_BYTES_MAX)
        buf_append_text(&update, "                                                        ");
    buf_append_text(&update, "}");
    assert_int_equal(translate_slice(buf_slice(&update), &m), UPDATE_BAD);
    buf_deinit(&update);
}

static void a_join_request_names_its_link(void **state)
{
    (void)state;
    struct message m;
    assert_int_equal(
        translate("{\"update_id\":7,\"chat_join_request\":{\"chat\":" GROUP ",\"from\":" ADA
                  ",\"user_chat_id\":42,\"date\":1700000000,\"invite_link\":{\"invite_link\":"
                  "\"https://t.me/+abc\",\"creates_join_request\":true}}}",
                  &m),
        UPDATE_COMMAND);
    assert_string_equal(kind, "chat_join_request");
    assert_int_equal(m.kind, MESSAGE_cmd_join_request);
    assert_int_equal(m.cmd_join_request.chat_id, -1001000000001);
    assert_int_equal(m.cmd_join_request.telegram_id, 42);
    assert_true(slice_is(m.cmd_join_request.link, "https://t.me/+abc"));
    assert_true(slice_is(m.cmd_join_request.name, "Ada Lovelace"));
    assert_int_equal(m.cmd_join_request.date_ms, 1700000000000);

    assert_int_equal(translate("{\"update_id\":7,\"chat_join_request\":{\"chat\":" GROUP
                               ",\"from\":" ADA ",\"date\":1}}",
                               &m),
                     UPDATE_COMMAND);
    assert_true(slice_is(m.cmd_join_request.link, ""));
}

static void a_link_that_is_too_long_is_bad(void **state)
{
    (void)state;
    char update[1024];
    char link[300];
    struct message m;
    for (size_t len = 255; len <= 258; len++) {
        memset(link, 'a', len);
        link[len] = '\0';
        snprintf(update, sizeof update,
                 "{\"update_id\":7,\"chat_join_request\":{\"chat\":" GROUP ",\"from\":" ADA
                 ",\"date\":1,\"invite_link\":{\"invite_link\":\"%s\"}}}",
                 link);
        assert_int_equal(translate(update, &m), len <= 256 ? UPDATE_COMMAND : UPDATE_BAD);
    }
}

static void memberships(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        enum member_status wanted;
    } rows[] = {
        {"\"creator\"", MEMBER_ADMIN},
        {"\"administrator\"", MEMBER_ADMIN},
        {"\"member\"", MEMBER_IN},
        {"\"restricted\",\"is_member\":true", MEMBER_IN},
        {"\"restricted\",\"is_member\":false", MEMBER_LEFT},
        {"\"left\"", MEMBER_LEFT},
        {"\"kicked\"", MEMBER_KICKED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int mine = 0; mine < 2; mine++) {
            char update[1024];
            struct message m;
            snprintf(update, sizeof update,
                     "{\"update_id\":7,\"%s\":{\"chat\":" GROUP ",\"from\":{\"id\":1,\"is_bot\":"
                     "false},\"date\":1700000000,\"old_chat_member\":{\"status\":\"left\"},"
                     "\"new_chat_member\":{\"status\":%s,\"user\":{\"id\":55,\"is_bot\":%s}},"
                     "\"invite_link\":{\"invite_link\":\"https://t.me/+x\"}}}",
                     mine ? "my_chat_member" : "chat_member", rows[i].status,
                     mine ? "true" : "false");
            assert_int_equal(translate(update, &m), UPDATE_COMMAND);
            assert_string_equal(kind, mine ? "my_chat_member" : "chat_member");
            assert_int_equal(m.kind, MESSAGE_cmd_membership);
            assert_int_equal(m.cmd_membership.chat_id, -1001000000001);
            assert_int_equal(m.cmd_membership.telegram_id, 55);
            assert_int_equal(m.cmd_membership.status, rows[i].wanted);
            assert_true(slice_is(m.cmd_membership.link, "https://t.me/+x"));
            assert_int_equal(m.cmd_membership.date_ms, 1700000000000);
            assert_int_equal(m.cmd_membership.self, mine);
        }
    }
}

static void what_the_bot_may_do_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *member;
        uint64_t rights;
    } rows[] = {
        {"\"status\":\"creator\"", BOT_RIGHT_INVITE | BOT_RIGHT_RESTRICT},
        {"\"status\":\"administrator\",\"can_invite_users\":true,\"can_restrict_members\":true",
         BOT_RIGHT_INVITE | BOT_RIGHT_RESTRICT},
        {"\"status\":\"administrator\",\"can_invite_users\":true,\"can_restrict_members\":false",
         BOT_RIGHT_INVITE},
        {"\"status\":\"administrator\",\"can_invite_users\":1", 0},
        {"\"status\":\"member\"", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct message m;
        char update[512];
        snprintf(update, sizeof update,
                 "{\"update_id\":7,\"my_chat_member\":{\"chat\":" GROUP ",\"from\":" ADA
                 ",\"date\":1,\"new_chat_member\":{%s,\"user\":{\"id\":55,\"is_bot\":true}}}}",
                 rows[i].member);
        assert_int_equal(translate(update, &m), UPDATE_COMMAND);
        assert_int_equal(m.cmd_membership.rights, rows[i].rights);
    }
}

static void blocking_the_bot_is_reachability(void **state)
{
    (void)state;
    struct message m;
    for (uint64_t reachable = 0; reachable < 2; reachable++) {
        char update[512];
        snprintf(update, sizeof update,
                 "{\"update_id\":7,\"my_chat_member\":{\"chat\":{\"id\":42,\"type\":\"private\"},"
                 "\"from\":" ADA ",\"date\":3,\"new_chat_member\":{\"status\":\"%s\",\"user\":"
                 "{\"id\":55,\"is_bot\":true}}}}",
                 reachable ? "member" : "kicked");
        assert_int_equal(translate(update, &m), UPDATE_COMMAND);
        assert_int_equal(m.kind, MESSAGE_cmd_reachable);
        assert_int_equal(m.cmd_reachable.telegram_id, 42);
        assert_int_equal(m.cmd_reachable.reachable, reachable);
        assert_int_equal(m.cmd_reachable.date_ms, 3000);
    }
}

static void a_migration(void **state)
{
    (void)state;
    struct message m;
    assert_int_equal(translate("{\"update_id\":7,\"message\":{\"chat\":{\"id\":-100,\"type\":"
                               "\"group\"},\"date\":1,\"migrate_to_chat_id\":-1009999999999}}",
                               &m),
                     UPDATE_COMMAND);
    assert_int_equal(m.kind, MESSAGE_cmd_migrate);
    assert_int_equal(m.cmd_migrate.chat_id, -100);
    assert_int_equal(m.cmd_migrate.new_chat_id, -1009999999999);
}

static void who_is_about_to_pay_is_asked_about(void **state)
{
    struct message m;
    (void)state;
    assert_int_equal(
        translate("{\"update_id\":7,\"pre_checkout_query\":{\"id\":\"4382\",\"from\":" ADA
                  ",\"currency\":\"XTR\",\"total_amount\":250,\"invoice_payload\":"
                  "\"ord_1\"}}",
                  &m),
        UPDATE_COMMAND);
    assert_string_equal(kind, "pre_checkout_query");
    assert_int_equal(m.kind, MESSAGE_cmd_pre_checkout);
    assert_true(slice_is(m.cmd_pre_checkout.bot, "main"));
    assert_true(slice_is(m.cmd_pre_checkout.query, "4382"));
    assert_true(slice_is(m.cmd_pre_checkout.language, "zh-hans"));
    assert_true(slice_is(m.cmd_pre_checkout.order_id, "ord_1"));
    assert_true(slice_is(m.cmd_pre_checkout.currency, "XTR"));
    assert_int_equal(m.cmd_pre_checkout.telegram_id, 42);
    assert_int_equal(m.cmd_pre_checkout.amount, 250);
    assert_int_equal(m.cmd_pre_checkout.update_id, 7);
    assert_int_equal(translate("{\"update_id\":7,\"pre_checkout_query\":{\"from\":" ADA
                               ",\"currency\":\"XTR\",\"total_amount\":250}}",
                               &m),
                     UPDATE_BAD);
    assert_int_equal(translate("{\"update_id\":7,\"pre_checkout_query\":{\"id\":\"1\",\"from\":" ADA
                               ",\"currency\":\"XTR\",\"total_amount\":\"250\"}}",
                               &m),
                     UPDATE_BAD);
}

#define PAID(chat, member, more)                                                                   \
    "{\"update_id\":7,\"message\":{\"message_id\":1,\"from\":" ADA ",\"chat\":" chat               \
    ",\"date\":1700000000,\"" member "\":{\"total_amount\":250,\"invoice_payload\":\"ord_1\","     \
    "\"telegram_payment_charge_id\":\"stx1\",\"provider_payment_charge_id\":\"9\"" more "}}}"

static void stars_that_were_paid_or_given_back(void **state)
{
    struct message m;
    (void)state;
    assert_int_equal(translate(PAID("{\"id\":43,\"type\":\"private\"}", "successful_payment",
                                    ",\"currency\":\"XTR\""),
                               &m),
                     UPDATE_COMMAND);
    assert_int_equal(m.kind, MESSAGE_cmd_star_payment);
    const struct message_cmd_star_payment *paid = &m.cmd_star_payment;
    assert_int_equal(paid->kind, PAYMENT_PAID);
    assert_int_equal(paid->telegram_id, 43); /* the chat's, whoever wrote it */
    assert_true(slice_is(paid->charge_id, "stx1"));
    assert_true(slice_is(paid->order_id, "ord_1"));
    assert_int_equal(paid->amount, 250);
    assert_int_equal(paid->occurred_ms, 1700000000000);
    assert_int_equal(paid->recurring, STAR_ONCE);
    assert_int_equal(translate(PAID(GROUP, "successful_payment",
                                    ",\"currency\":\"XTR\",\"is_recurring\":true,"
                                    "\"is_first_recurring\":true,"
                                    "\"subscription_expiration_date\":1702592000"),
                               &m),
                     UPDATE_COMMAND);
    assert_int_equal(m.cmd_star_payment.telegram_id, 42);
    assert_int_equal(m.cmd_star_payment.recurring, STAR_FIRST);
    assert_int_equal(m.cmd_star_payment.until_ms, 1702592000000);
    assert_int_equal(
        translate(PAID(GROUP, "successful_payment", ",\"currency\":\"XTR\",\"is_recurring\":true"),
                  &m),
        UPDATE_COMMAND);
    assert_int_equal(m.cmd_star_payment.recurring, STAR_LATER);
    assert_int_equal(translate(PAID(GROUP, "refunded_payment", ",\"currency\":\"XTR\""), &m),
                     UPDATE_COMMAND);
    assert_int_equal(m.cmd_star_payment.kind, PAYMENT_REFUNDED);
    assert_int_equal(translate(PAID(GROUP, "successful_payment", ",\"currency\":\"USD\""), &m),
                     UPDATE_UNUSED);
    assert_int_equal(translate("{\"update_id\":7,\"message\":{\"from\":" ADA ",\"chat\":" GROUP
                               ",\"date\":1,\"successful_payment\":{\"currency\":\"XTR\","
                               "\"total_amount\":250,\"invoice_payload\":\"x\"}}}",
                               &m),
                     UPDATE_BAD);
}

static void splits_a_batch(void **state)
{
    (void)state;
    static const char body[] =
        "{ \"ok\": true, \"result\": [ {\"update_id\": 5, \"message\":{\"text\":\"]}\\\"\"}} ,"
        "{\"message\":{\"update_id\":99},\"update_id\":6}\n] }";
    struct slice updates[3];
    uint64_t ids[3];
    size_t count;
    assert_int_equal(updates_split(SLICE(body), updates, ids, 3, &count), ERROR_NONE);
    assert_int_equal(count, 2);
    assert_int_equal(ids[0], 5);
    assert_int_equal(ids[1], 6);
    assert_true(slice_is(updates[0], "{\"update_id\": 5, \"message\":{\"text\":\"]}\\\"\"}}"));
    assert_true(updates[1].data > body && updates[1].data < body + sizeof body);

    /* No more than there is room for; the rest comes again. */
    assert_int_equal(updates_split(SLICE(body), updates, ids, 1, &count), ERROR_NONE);
    assert_int_equal(count, 1);
    assert_int_equal(updates_split(SLICE("{\"result\":[],\"ok\":true}"), updates, ids, 3, &count),
                     ERROR_NONE);
    assert_int_equal(count, 0);
}

static void one_broken_update_does_not_hold_up_the_batch(void **state)
{
    (void)state;
    static const char body[] = "{\"ok\":true,\"result\":[{\"update_id\":5,\"message\":{\"text\":"
                               "\"\\ud800\xFF\"}},{\"update_id\":6}]}";
    struct slice updates[3];
    uint64_t ids[3];
    size_t count;
    assert_int_equal(updates_split(SLICE(body), updates, ids, 3, &count), ERROR_NONE);
    assert_int_equal(count, 2);
    struct message m;
    assert_int_equal(translate_slice(updates[0], &m), UPDATE_BAD);
    assert_int_equal(translate_slice(updates[1], &m), UPDATE_UNUSED);
}

static void what_is_no_batch_is_invalid(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"ok\":true}",
        "{\"ok\":true,\"result\":{}}",
        "{\"ok\":true,\"result\":true}",
        "{\"ok\":false,\"result\":[]}",
        "{\"ok\":\"true\",\"result\":[]}",
        "{\"result\":[]}",
        "{\"ok\":true,\"result\":[1]}",
        "{\"ok\":true,\"result\":[{}]}",
        "{\"ok\":true,\"result\":[{\"update_id\":0}]}",
        "{\"ok\":true,\"result\":[{\"update_id\":-3}]}",
        "{\"ok\":true,\"result\":[{\"update_id\":\"3\"}]}",
        "{\"ok\":true,\"result\":[{\"update_id\":99999999999999999999}]}",
        "{\"ok\":true,\"result\":[{\"update_id\":3}",
        "{\"ok\":true,\"result\":[{\"update_id\":3}],}",
        "{\"ok\":true,\"result\":[{\"update_id\":3}]} x",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct slice updates[3];
        uint64_t ids[3];
        size_t count = 9;
        if (updates_split(slice_from(bad[i]), updates, ids, 3, &count) != ERROR_INVALID)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_private_message_is_a_contact),
        cmocka_unit_test(long_and_wild_texts_are_cut),
        cmocka_unit_test(a_press_and_a_word_in_a_group_are_said),
        cmocka_unit_test(a_caption_is_what_they_write),
        cmocka_unit_test(a_group_that_is_overheard_is_all_free_text),
        cmocka_unit_test(a_command_in_a_group_may_name_its_bot),
        cmocka_unit_test(what_is_not_private_or_not_a_person_is_unused),
        cmocka_unit_test(what_is_malformed_is_bad),
        cmocka_unit_test(depth_and_size_are_bounded),
        cmocka_unit_test(a_join_request_names_its_link),
        cmocka_unit_test(a_link_that_is_too_long_is_bad),
        cmocka_unit_test(memberships),
        cmocka_unit_test(what_the_bot_may_do_is_told),
        cmocka_unit_test(blocking_the_bot_is_reachability),
        cmocka_unit_test(a_migration),
        cmocka_unit_test(who_is_about_to_pay_is_asked_about),
        cmocka_unit_test(stars_that_were_paid_or_given_back),
        cmocka_unit_test(splits_a_batch),
        cmocka_unit_test(one_broken_update_does_not_hold_up_the_batch),
        cmocka_unit_test(what_is_no_batch_is_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
