#include "carrier/telegram/error.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct telegram_answer parse(unsigned status, const char *body)
{
    struct telegram_answer answer;
    telegram_answer_parse(status, 0, slice_from(body), &answer);
    return answer;
}

static void reads_a_good_answer(void **state)
{
    (void)state;
    struct telegram_answer answer = parse(
        200, "{\"ok\":true,\"result\":{\"message_id\":77,\"invite_link\":\"https://t.me/+abc\"}}");
    assert_true(answer.ok);
    assert_int_equal(answer.message_id, 77);
    assert_string_equal(answer.invite_link, "https://t.me/+abc");
    assert_string_equal(answer.description, "");
    answer = parse(200, "{\"ok\":true,\"result\":\"https://t.me/$abc\"}");
    assert_string_equal(answer.invite_link, "https://t.me/$abc");
    answer = parse(200, "{\"ok\":true,\"result\":true}");
    assert_true(answer.ok);
    assert_int_equal(answer.message_id, 0);
    assert_string_equal(answer.invite_link, "");
}

static void reads_a_429(void **state)
{
    (void)state;
    struct telegram_answer answer =
        parse(429, "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry "
                   "after 17\",\"parameters\":{\"retry_after\":17}}");
    assert_false(answer.ok);
    assert_int_equal(answer.code, 429);
    assert_int_equal(answer.retry_after_s, 17);
    assert_string_equal(answer.description, "Too Many Requests: retry after 17");

    /* The header counts when the body is silent, and no wait is longer than the server's own clamp.
     */
    telegram_answer_parse(429, 9, SLICE("{\"ok\":false,\"error_code\":429}"), &answer);
    assert_int_equal(answer.retry_after_s, 9);
    telegram_answer_parse(429, 9, SLICE("<html>"), &answer);
    assert_int_equal(answer.retry_after_s, 9);
    telegram_answer_parse(429, UINT32_MAX, SLICE(""), &answer);
    assert_int_equal(answer.retry_after_s, 1209600);
    answer = parse(429, "{\"ok\":false,\"parameters\":{\"retry_after\":9e15}}");
    assert_int_equal(answer.retry_after_s, 1209600);
    answer = parse(429, "{\"ok\":false,\"parameters\":{\"retry_after\":-5}}");
    assert_int_equal(answer.retry_after_s, 0);
}

static void reads_a_migration(void **state)
{
    (void)state;
    struct telegram_answer answer =
        parse(400, "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group chat was "
                   "upgraded to a supergroup chat\",\"parameters\":{\"migrate_to_chat_id\":"
                   "-1001234567890}}");
    assert_int_equal(answer.migrate_to_chat_id, -1001234567890);
    assert_int_equal(telegram_classify(DELIVERY_approve, &answer), OUTCOME_MIGRATED);
    answer = parse(400, "{\"ok\":false,\"parameters\":{\"migrate_to_chat_id\":5}}");
    assert_int_equal(answer.migrate_to_chat_id, 0);
}

static void what_is_no_answer_is_named_by_its_status(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",          "<html>502</html>",     "[]",     "{\"result\":true}",         "{\"ok\":1}",
        "{\"ok\":t", "{\"ok\":true}garbage", "\"ok\"", "{\"ok\":true,\"ok\":true}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct telegram_answer answer = parse(502, bodies[i]);
        assert_false(answer.ok);
        assert_int_equal(answer.code, 502);
        assert_string_equal(answer.description, "status 502 without an answer of the Bot API");
        answer = parse(200, bodies[i]);
        assert_false(answer.ok);
        assert_true(telegram_in_doubt(&answer));
        assert_int_equal(telegram_classify(DELIVERY_letter, &answer), OUTCOME_RETRY);
        assert_int_equal(telegram_classify(DELIVERY_notice, &answer), OUTCOME_IN_DOUBT);
    }
    /* A proxy's error is an error whatever body it kept. */
    struct telegram_answer answer = parse(502, "{\"ok\":true,\"result\":true}");
    assert_false(answer.ok);
    assert_int_equal(answer.code, 502);
    /* An error_code from nowhere does not count. */
    answer = parse(400, "{\"ok\":false,\"error_code\":200}");
    assert_int_equal(answer.code, 400);
    assert_string_equal(answer.description, "error 400 without a description");
}

static void bounds_hold(void **state)
{
    (void)state;
    struct buf body;
    buf_init(&body, 4 << 20);
    buf_append_text(&body, "{\"ok\":false,\"error_code\":400,\"description\":\"x");
    for (int i = 0; i < 200; i++)
        buf_append_text(&body, "王\\u0007");
    buf_append_text(&body, "\"}");
    struct telegram_answer answer;
    telegram_answer_parse(400, 0, buf_slice(&body), &answer);
    assert_int_equal(strlen(answer.description), 253); /* one more would be 256 */
    assert_true(slice_is_text(slice_from(answer.description)));

    buf_clear(&body);
    buf_append_text(&body, "{\"ok\":true,\"result\":{\"invite_link\":\"");
    for (int i = 0; i < 256; i++)
        buf_append_text(&body, "a");
    buf_append_text(&body, "\"}}");
    telegram_answer_parse(200, 0, buf_slice(&body), &answer);
    assert_true(answer.ok);
    assert_string_equal(answer.invite_link, "");

    buf_clear(&body);
    buf_append_text(&body, "{\"ok\":true,\"result\":\"");
    while (body.len <= TELEGRAM_ANSWER_BYTES_MAX)
        buf_append_text(&body, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    buf_append_text(&body, "\"}");
    telegram_answer_parse(200, 0, buf_slice(&body), &answer);
    assert_false(answer.ok);
    buf_deinit(&body);
}

struct row {
    unsigned code;
    const char *description;
    enum delivery_kind kind;
    enum outcome outcome;
};

static const struct row rows[] = {
    /* not now */
    {429, "Too Many Requests: retry after 5", DELIVERY_letter, OUTCOME_RETRY},
    {429, "Too Many Requests: retry after 5", DELIVERY_notice, OUTCOME_RETRY},
    {500, "Internal Server Error: restart", DELIVERY_approve, OUTCOME_RETRY},
    {502, "Bad Gateway", DELIVERY_letter, OUTCOME_RETRY},
    {503, "", DELIVERY_remove, OUTCOME_RETRY},
    {599, "", DELIVERY_revoke_link, OUTCOME_RETRY},
    {500, "Internal Server Error: restart", DELIVERY_notice, OUTCOME_IN_DOUBT},
    {504, "", DELIVERY_notice, OUTCOME_IN_DOUBT},
    {408, "", DELIVERY_letter, OUTCOME_RETRY},
    {401, "Unauthorized", DELIVERY_letter, OUTCOME_RETRY},
    {401, "Unauthorized: invalid token specified", DELIVERY_notice, OUTCOME_RETRY},
    {404, "Not Found", DELIVERY_approve, OUTCOME_RETRY},
    {404, "Not Found: method not found", DELIVERY_approve, OUTCOME_FAILED},
    {400, "Logged out", DELIVERY_letter, OUTCOME_RETRY},
    /* the person */
    {403, "Forbidden: bot was blocked by the user", DELIVERY_letter, OUTCOME_UNREACHABLE},
    {403, "Forbidden: bot was blocked by the user", DELIVERY_notice, OUTCOME_UNREACHABLE},
    {403, "Forbidden: bot can't initiate conversation with a user", DELIVERY_letter,
     OUTCOME_UNREACHABLE},
    {400, "Bad Request: chat not found", DELIVERY_letter, OUTCOME_UNREACHABLE},
    {400, "Bad Request: PEER_ID_INVALID", DELIVERY_letter, OUTCOME_UNREACHABLE},
    {403, "Forbidden: user is deactivated", DELIVERY_letter, OUTCOME_MOOT},
    {403, "Forbidden: user is deactivated", DELIVERY_remove, OUTCOME_MOOT},
    {400, "Bad Request: INPUT_USER_DEACTIVATED", DELIVERY_approve, OUTCOME_MOOT},
    /* the group */
    {400, "Bad Request: chat not found", DELIVERY_approve, OUTCOME_FAILED},
    {400, "Bad Request: chat not found", DELIVERY_create_link, OUTCOME_FAILED},
    {400, "Bad Request: PEER_ID_INVALID", DELIVERY_remove, OUTCOME_FAILED},
    {403, "Forbidden: bot was kicked from the supergroup chat", DELIVERY_approve, OUTCOME_FAILED},
    {403, "Forbidden: bot is not a member of the supergroup chat", DELIVERY_remove, OUTCOME_FAILED},
    {403, "Forbidden: the group chat was deleted", DELIVERY_create_link, OUTCOME_FAILED},
    {400, "Bad Request: not enough rights to manage chat invite link", DELIVERY_create_link,
     OUTCOME_FAILED},
    {400, "Bad Request: not enough rights to manage chat join requests", DELIVERY_approve,
     OUTCOME_FAILED},
    {400, "Bad Request: not enough rights to restrict/unrestrict chat member", DELIVERY_remove,
     OUTCOME_FAILED},
    {400, "Bad Request: CHAT_ADMIN_REQUIRED", DELIVERY_approve, OUTCOME_FAILED},
    {400, "Bad Request: CHANNELS_TOO_MUCH", DELIVERY_approve, OUTCOME_FAILED},
    {400, "Bad Request: USER_CHANNELS_TOO_MUCH", DELIVERY_approve, OUTCOME_FAILED},
    {400, "Bad Request: the chat can't have join requests", DELIVERY_approve, OUTCOME_FAILED},
    /* success in disguise, and only for whom it is one */
    {400, "Bad Request: USER_ALREADY_PARTICIPANT", DELIVERY_approve, OUTCOME_DONE},
    {400, "Bad Request: CHARGE_ALREADY_REFUNDED", DELIVERY_star_refund, OUTCOME_DONE},
    {400, "Bad Request: CHARGE_ID_INVALID", DELIVERY_star_refund, OUTCOME_FAILED},
    {400, "Bad Request: user not found", DELIVERY_star_refund, OUTCOME_FAILED},
    {403, "Forbidden: bot was blocked by the user", DELIVERY_invoice, OUTCOME_UNREACHABLE},
    {400, "Bad Request: STARS_INVOICE_INVALID", DELIVERY_invoice, OUTCOME_FAILED},
    {400, "Bad Request: query is too old and response timeout expired or query ID is invalid",
     DELIVERY_pre_checkout, OUTCOME_MOOT},
    {400, "Bad Request: USER_ALREADY_PARTICIPANT", DELIVERY_decline, OUTCOME_MOOT},
    {400, "Bad Request: USER_ALREADY_PARTICIPANT", DELIVERY_remove, OUTCOME_FAILED},
    {400, "Bad Request: HIDE_REQUESTER_MISSING", DELIVERY_approve, OUTCOME_DONE},
    {400, "Bad Request: HIDE_REQUESTER_MISSING", DELIVERY_decline, OUTCOME_DONE},
    {400, "Bad Request: user not found", DELIVERY_remove, OUTCOME_DONE},
    {400, "Bad Request: user not found", DELIVERY_approve, OUTCOME_FAILED},
    {400, "Bad Request: member not found", DELIVERY_remove, OUTCOME_DONE},
    {400, "Bad Request: not in the chat", DELIVERY_remove, OUTCOME_DONE},
    {400, "Bad Request: PARTICIPANT_ID_INVALID", DELIVERY_remove, OUTCOME_DONE},
    {400, "Bad Request: USER_NOT_PARTICIPANT", DELIVERY_remove, OUTCOME_DONE},
    {400, "Bad Request: can't remove chat owner", DELIVERY_remove, OUTCOME_FAILED},
    {400, "Bad Request: user is an administrator of the chat", DELIVERY_remove, OUTCOME_FAILED},
    {400, "Bad Request: INVITE_HASH_EXPIRED", DELIVERY_revoke_link, OUTCOME_DONE},
    {400, "Bad Request: INVITE_HASH_INVALID", DELIVERY_revoke_link, OUTCOME_DONE},
    {400, "Bad Request: INVITE_HASH_EXPIRED", DELIVERY_create_link, OUTCOME_FAILED},
    /* what nobody has seen yet */
    {400, "Bad Request: SOMETHING_NEW", DELIVERY_letter, OUTCOME_FAILED},
    {403, "Forbidden: something new", DELIVERY_letter, OUTCOME_FAILED},
    {409, "Conflict: something new", DELIVERY_letter, OUTCOME_FAILED},
    {413, "Request Entity Too Large", DELIVERY_letter, OUTCOME_FAILED},
    {999, "", DELIVERY_letter, OUTCOME_FAILED},
};

static void the_table_decides(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct telegram_answer answer = {.code = rows[i].code};
        snprintf(answer.description, sizeof answer.description, "%s", rows[i].description);
        enum outcome outcome = telegram_classify(rows[i].kind, &answer);
        if (outcome != rows[i].outcome)
            fail_msg("%u %s for %s: %d, wanted %d", rows[i].code, rows[i].description,
                     delivery_name(rows[i].kind), (int)outcome, (int)rows[i].outcome);
    }
}

static void done_is_done_except_a_link_without_a_link(void **state)
{
    (void)state;
    struct telegram_answer answer = {.ok = true, .code = 200};
    for (enum delivery_kind kind = DELIVERY_none + 1; kind < DELIVERY_COUNT; kind++)
        assert_int_equal(telegram_classify(kind, &answer),
                         kind == DELIVERY_create_link || kind == DELIVERY_invoice_link
                             ? OUTCOME_RETRY
                             : OUTCOME_DONE);
    snprintf(answer.invite_link, sizeof answer.invite_link, "https://t.me/+a");
    assert_int_equal(telegram_classify(DELIVERY_create_link, &answer), OUTCOME_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_good_answer),
        cmocka_unit_test(reads_a_429),
        cmocka_unit_test(reads_a_migration),
        cmocka_unit_test(what_is_no_answer_is_named_by_its_status),
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(the_table_decides),
        cmocka_unit_test(done_is_done_except_a_link_without_a_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
