#include "courier/sender.h"

#include "carrier/telegram/telegram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* The wall clock and the monotonic one are apart by this, so that a mix-up shows. */
#define WALL UINT64_C(1700000000000)
/* Ready long after the start. */
#define T UINT64_C(100000)

static struct sender_options options_default(void)
{
    return (struct sender_options){.lane = "telegram:main",
                                   .carrier = &carrier_telegram,
                                   .per_second = 30,
                                   .per_chat_per_second = 1,
                                   .per_group_per_minute = 20,
                                   .waiting_max = 100,
                                   .in_flight_max = 50,
                                   .seed = 1};
}

static struct sender *sender_start(void)
{
    struct sender_options options = options_default();
    struct sender *sender;
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_NONE);
    return sender;
}

static enum error add_attempt(struct sender *sender, uint64_t delivery, enum delivery_kind kind,
                              int64_t chat_id, uint64_t turn_ms, uint64_t attempts, uint64_t now_ms)
{
    struct message_call call = {
        .delivery = delivery,
        .kind = kind,
        .lane = SLICE("telegram:main"),
        .method = SLICE("sendMessage"),
        .chat_id = chat_id,
        .turn_ms = turn_ms,
        .lease_until_ms = WALL + now_ms + 60000,
        .attempts = attempts,
        .parts_count = 3,
        .params = SLICE("{\"chat_id\":1}"),
        .priority = kind < DELIVERY_COUNT && kind > 0 ? delivery_priority(kind) : 0};
    return sender_add(sender, &call, WALL + now_ms, now_ms);
}

static enum error add_call(struct sender *sender, uint64_t delivery, enum delivery_kind kind,
                           int64_t chat_id, uint64_t turn_ms, uint64_t now_ms)
{
    return add_attempt(sender, delivery, kind, chat_id, turn_ms, 0, now_ms);
}

static bool next(struct sender *sender, uint64_t now_ms, struct sender_call *call)
{
    return sender_next(sender, WALL + now_ms, now_ms, call);
}

/* The delivery that goes next, 0 for none. */
static uint64_t next_delivery(struct sender *sender, uint64_t now_ms)
{
    struct sender_call call;
    return next(sender, now_ms, &call) ? call.delivery : 0;
}

static struct message_cmd_outcome answered(struct sender *sender, uint64_t token, int failure,
                                           unsigned status, const char *body, uint64_t now_ms)
{
    static char bytes[2048];
    struct buf out;
    enum outcome outcome;
    buf_init(&out, sizeof bytes);
    sender_answered(sender, token, failure, status, 0, slice_from(body), "timed out", WALL + now_ms,
                    now_ms, &out, &outcome);
    assert_false(out.failed);
    memcpy(bytes, out.data, out.len);
    struct message message;
    assert_int_equal(wire_decode_one(slice_of(bytes, out.len), &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, MESSAGE_cmd_outcome);
    assert_int_equal(message.cmd_outcome.delivery, token);
    assert_int_equal(message.cmd_outcome.result, outcome);
    assert_int_equal(message.cmd_outcome.parts_count, 3);
    assert_true(slice_is(message.cmd_outcome.lane, "telegram:main"));
    buf_deinit(&out);
    return message.cmd_outcome;
}

#define OK "{\"ok\":true,\"result\":{\"message_id\":1}}"
#define FLOOD(n)                                                                                   \
    "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry after " #n "\","  \
    "\"parameters\":{\"retry_after\":" #n "}}"

static void refuses_impossible_options(void **state)
{
    (void)state;
    struct sender *sender;
    struct sender_options options = options_default();
    options.per_second = 0;
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_INVALID);
    options = options_default();
    options.per_group_per_minute = BUCKET_LIMIT_MAX + 1;
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_INVALID);
    options = options_default();
    options.lane[0] = '\0';
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_INVALID);
    options = options_default();
    options.waiting_max = 0;
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_INVALID);
    assert_null(sender);
    sender_destroy(&sender);
}

static void one_call_from_add_to_outcome(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    assert_int_equal(sender_timeout_ms(sender, T), -1);
    assert_false(sender_ready(sender, WALL + T, T));
    assert_int_equal(add_call(sender, 7, DELIVERY_letter, 42, 1, T), ERROR_NONE);
    assert_int_equal(sender_waiting(sender), 1);
    assert_int_equal(sender_timeout_ms(sender, T), 0);
    assert_true(sender_ready(sender, WALL + T, T));
    assert_int_equal(sender_waiting(sender), 1);
    struct sender_call call;
    assert_true(next(sender, T, &call));
    assert_int_equal(call.delivery, 7);
    assert_string_equal(call.method, "sendMessage");
    assert_true(slice_is(call.params, "{\"chat_id\":1}"));
    assert_false(call.start_first);
    assert_int_equal(sender_waiting(sender), 0);
    assert_int_equal(sender_in_flight(sender), 1);
    assert_int_equal(sender_used(sender, T), 1);
    struct message_cmd_outcome outcome =
        answered(sender, call.token, TRANSFER_ANSWERED, 200, OK, T + 50);
    assert_int_equal(outcome.result, OUTCOME_DONE);
    assert_int_equal(outcome.retry_at_ms, 0);
    assert_int_equal(outcome.freeze_until_ms, 0);
    assert_int_equal(outcome.error.len, 0);
    assert_int_equal(sender_in_flight(sender), 0);
    assert_int_equal(sender_used(sender, T + 60), 1);
    assert_int_equal(sender_used(sender, T + 1060), 0);
    sender_destroy(&sender);
    assert_null(sender);
}

static void refuses_what_it_cannot_hold(void **state)
{
    (void)state;
    struct sender_options options = options_default();
    options.waiting_max = 2;
    struct sender *sender;
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_NONE);
    assert_int_equal(add_call(sender, 0, DELIVERY_letter, 42, 1, T), ERROR_INVALID);
    assert_int_equal(add_call(sender, 1, DELIVERY_none, 42, 1, T), ERROR_INVALID);
    assert_int_equal(add_call(sender, 1, DELIVERY_COUNT, 42, 1, T), ERROR_INVALID);
    struct message_call call = {.delivery = 1, .kind = DELIVERY_letter, .lease_until_ms = WALL + T};
    assert_int_equal(sender_add(sender, &call, WALL, T), ERROR_INVALID); /* no method */
    call.method = SLICE("sendMessage");
    assert_int_equal(sender_add(sender, &call, WALL + T, T), ERROR_TIMEOUT);

    assert_int_equal(add_call(sender, 1, DELIVERY_letter, 42, 1, T), ERROR_NONE);
    assert_int_equal(add_call(sender, 1, DELIVERY_letter, 42, 1, T), ERROR_EXISTS);
    assert_int_equal(add_call(sender, 2, DELIVERY_letter, 43, 1, T), ERROR_NONE);
    assert_int_equal(sender_want(sender), 0);
    assert_int_equal(add_call(sender, 3, DELIVERY_letter, 44, 1, T), ERROR_FULL);
    assert_int_equal(next_delivery(sender, T), 1);
    assert_int_equal(add_call(sender, 1, DELIVERY_letter, 42, 1, T), ERROR_EXISTS); /* in flight */
    assert_int_equal(add_call(sender, 3, DELIVERY_letter, 44, 1, T), ERROR_NONE);
    sender_destroy(&sender);
}

/* As after a restart of the ledger, which lends again what we still hold. */
static void what_crosses_its_own_outcome_is_not_sent_twice(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    assert_int_equal(add_attempt(sender, 7, DELIVERY_letter, 42, 1, 1, T), ERROR_NONE);
    assert_int_equal(next_delivery(sender, T), 7);
    (void)answered(sender, 7, TRANSFER_ANSWERED, 200, OK, T + 100);
    assert_int_equal(add_attempt(sender, 7, DELIVERY_letter, 42, 1, 1, T + 200), ERROR_EXISTS);
    assert_int_equal(add_attempt(sender, 7, DELIVERY_letter, 42, 1, 0, T + 200), ERROR_EXISTS);
    /* Lent once the outcome was known; what ended otherwise; and when it was lost, a lease later.
     */
    assert_int_equal(add_attempt(sender, 7, DELIVERY_letter, 42, 1, 2, T + 200), ERROR_NONE);
    assert_int_equal(next_delivery(sender, T + 12000), 7);
    (void)answered(sender, 7, TRANSFER_IN_DOUBT, 0, "", T + 12100);
    assert_int_equal(add_attempt(sender, 7, DELIVERY_letter, 42, 1, 2, T + 12200), ERROR_NONE);
    assert_int_equal(next_delivery(sender, T + 40000), 7);
    (void)answered(sender, 7, TRANSFER_ANSWERED, 200, OK, T + 40100);
    assert_int_equal(add_attempt(sender, 7, DELIVERY_letter, 42, 1, 2, T + 60000), ERROR_NONE);
    sender_destroy(&sender);
    /* The same of all that somebody reads: what waits for a group's minute may outlive its lease.
     */
    static const enum delivery_kind read[] = {DELIVERY_reply, DELIVERY_staff, DELIVERY_topic};
    for (size_t i = 0; i < sizeof read / sizeof read[0]; i++) {
        sender = sender_start();
        assert_int_equal(add_attempt(sender, 7, read[i], -42, 1, 0, T), ERROR_NONE);
        assert_int_equal(next_delivery(sender, T), 7);
        (void)answered(sender, 7, TRANSFER_ANSWERED, 200, OK, T + 100);
        assert_int_equal(add_attempt(sender, 7, read[i], -42, 1, 0, T + 200), ERROR_EXISTS);
        sender_destroy(&sender);
    }
}

static void urgent_goes_first_whatever_came_first(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    add_call(sender, 1, DELIVERY_notice, 1, 1, T);
    add_call(sender, 2, DELIVERY_letter, 2, 9, T);
    add_call(sender, 3, DELIVERY_letter, 3, 8, T);
    add_call(sender, 4, DELIVERY_remove, 0, 1, T);
    add_call(sender, 5, DELIVERY_approve, 0, 99, T);
    static const uint64_t wanted[] = {5, 3, 2, 4, 1, 0};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(next_delivery(sender, T), wanted[i]);
    sender_destroy(&sender);
}

static void the_bots_budget_holds_from_the_start(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    for (uint64_t i = 1; i <= 50; i++)
        add_call(sender, i, DELIVERY_approve, 0, i, 1);
    assert_int_equal(next_delivery(sender, 1000), 0);
    long timeout_ms = sender_timeout_ms(sender, 1000);
    assert_in_range(timeout_ms, 1, 5);
    uint64_t now_ms = 1000 + (uint64_t)timeout_ms;
    for (uint64_t i = 1; i <= 30; i++) {
        struct sender_call call;
        assert_true(next(sender, now_ms, &call));
        assert_int_equal(call.delivery, i);
        answered(sender, call.token, TRANSFER_ANSWERED, 200, OK, now_ms);
    }
    assert_int_equal(next_delivery(sender, now_ms), 0);
    assert_int_equal(sender_used(sender, now_ms), 30);
    assert_in_range(sender_timeout_ms(sender, now_ms), 1000, 1005);
    sender_destroy(&sender);
}

static void in_flight_is_bounded(void **state)
{
    (void)state;
    struct sender_options options = options_default();
    options.in_flight_max = 2;
    struct sender *sender;
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_NONE);
    for (uint64_t i = 1; i <= 3; i++)
        add_call(sender, i, DELIVERY_approve, 0, i, T);
    assert_int_equal(next_delivery(sender, T), 1);
    assert_int_equal(next_delivery(sender, T), 2);
    assert_int_equal(next_delivery(sender, T), 0);
    assert_int_equal(sender_timeout_ms(sender, T), -1);
    answered(sender, 1, TRANSFER_ANSWERED, 200, OK, T + 1);
    assert_int_equal(next_delivery(sender, T + 1), 3);
    sender_destroy(&sender);
}

static void what_outlives_its_lease_is_dropped(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    add_call(sender, 1, DELIVERY_letter, 42, 1, T);
    add_call(sender, 2, DELIVERY_letter, 43, 1, T + 10);
    assert_int_equal(next_delivery(sender, T + 60000), 2);
    assert_int_equal(sender_waiting(sender), 0);
    /* And may come again. */
    assert_int_equal(add_call(sender, 1, DELIVERY_letter, 42, 1, T + 60000), ERROR_NONE);
    assert_int_equal(next_delivery(sender, T + 60000), 1);
    sender_destroy(&sender);
}

static void a_429_freezes_its_chat_and_no_other(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    add_call(sender, 1, DELIVERY_letter, 42, 1, T);
    assert_int_equal(next_delivery(sender, T), 1);
    add_call(sender, 2, DELIVERY_letter, 42, 2, T);
    add_call(sender, 3, DELIVERY_letter, 43, 3, T);
    add_call(sender, 4, DELIVERY_letter, 44, 4, T);
    struct message_cmd_outcome outcome =
        answered(sender, 1, TRANSFER_ANSWERED, 429, FLOOD(7), T + 20);
    assert_int_equal(outcome.result, OUTCOME_RETRY);
    assert_int_equal(outcome.freeze_chat_id, 42);
    assert_int_equal(outcome.freeze_until_ms, WALL + T + 20 + 8000);
    assert_int_equal(outcome.retry_at_ms, outcome.freeze_until_ms);
    assert_true(slice_is(outcome.error, "Too Many Requests: retry after 7"));
    assert_false(sender_frozen(sender, T + 20));
    /* One at a time until an answer shows that the others are well. */
    assert_int_equal(next_delivery(sender, T + 21), 3);
    assert_int_equal(next_delivery(sender, T + 22), 0);
    assert_in_range(sender_timeout_ms(sender, T + 22), 1, 1000);
    answered(sender, 3, TRANSFER_ANSWERED, 200, OK, T + 40);
    assert_int_equal(next_delivery(sender, T + 40), 4);
    assert_int_equal(next_delivery(sender, T + 8019), 0);
    assert_int_equal(next_delivery(sender, T + 8020), 2);
    sender_destroy(&sender);
}

static void two_chats_make_it_the_bot(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    for (uint64_t i = 1; i <= 4; i++)
        add_call(sender, i, DELIVERY_letter, (int64_t)i, i, T);
    assert_int_equal(next_delivery(sender, T), 1);
    assert_int_equal(next_delivery(sender, T), 2);
    answered(sender, 1, TRANSFER_ANSWERED, 429, FLOOD(9), T + 20);
    struct message_cmd_outcome outcome =
        answered(sender, 2, TRANSFER_ANSWERED, 429, FLOOD(3), T + 30);
    assert_int_equal(outcome.freeze_chat_id, 0);
    assert_int_equal(outcome.freeze_until_ms, WALL + T + 20 + 10000);
    assert_int_equal(outcome.retry_at_ms, outcome.freeze_until_ms);
    assert_true(sender_frozen(sender, T + 30));
    assert_int_equal(sender_want(sender), 0);
    assert_int_equal(next_delivery(sender, T + 10019), 0);
    assert_int_equal(next_delivery(sender, T + 10020), 3);
    assert_false(sender_frozen(sender, T + 10020));
    sender_destroy(&sender);
}

static void a_429_without_a_chat_freezes_the_bot(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    add_call(sender, 1, DELIVERY_approve, 0, 1, T);
    assert_int_equal(next_delivery(sender, T), 1);
    struct message_cmd_outcome outcome =
        answered(sender, 1, TRANSFER_ANSWERED, 429, FLOOD(30), T + 20);
    assert_int_equal(outcome.freeze_chat_id, 0);
    assert_int_equal(outcome.freeze_until_ms, WALL + T + 20 + 31000);
    /* Nothing waits, but sender_want rises then: the owner must wake. */
    assert_int_equal(sender_timeout_ms(sender, T + 20), 31000);
    assert_int_equal(sender_want(sender), 0);
    assert_int_equal(next_delivery(sender, T + 31020), 0);
    assert_true(sender_want(sender) > 0);
    sender_destroy(&sender);
}

static void freezes_outlive_a_restart(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    sender_freeze(sender, 42, WALL + T + 5000, WALL + T, T);
    sender_freeze(sender, 43, WALL + T - 1, WALL + T, T); /* over */
    add_call(sender, 1, DELIVERY_letter, 42, 1, T);
    add_call(sender, 2, DELIVERY_letter, 43, 1, T);
    assert_int_equal(next_delivery(sender, T), 2);
    assert_int_equal(next_delivery(sender, T + 4999), 0);
    assert_int_equal(next_delivery(sender, T + 5000), 1);
    sender_freeze(sender, 0, UINT64_MAX, WALL + T, T + 5000);
    assert_true(sender_frozen(sender, T + 5000 + 1209600000));
    assert_false(sender_frozen(sender, T + 5000 + 1209602000));
    sender_destroy(&sender);
}

static void a_notice_starts_on_disk_first(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    add_call(sender, 1, DELIVERY_notice, 42, 1, T);
    struct sender_call call;
    assert_true(next(sender, T, &call));
    assert_true(call.start_first);
    assert_true(sender_started(sender, call.token, WALL + T + 100, T + 100));
    struct message_cmd_outcome outcome =
        answered(sender, call.token, TRANSFER_IN_DOUBT, 0, "", T + 12000);
    assert_int_equal(outcome.result, OUTCOME_IN_DOUBT);
    assert_int_equal(outcome.retry_at_ms, 0);
    assert_true(slice_is(outcome.error, "in doubt, not repeated: timed out"));
    sender_destroy(&sender);
}

static void a_notice_whose_moment_is_over_stays_here(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    struct sender_call call;
    /* The lease is over. */
    add_call(sender, 1, DELIVERY_notice, 42, 1, T);
    assert_true(next(sender, T, &call));
    assert_false(sender_started(sender, call.token, WALL + T + 60000, T + 100));
    struct message_cmd_outcome outcome =
        answered(sender, call.token, TRANSFER_NOT_SENT, 0, "", T + 100);
    assert_int_equal(outcome.result, OUTCOME_RETRY);
    assert_in_range(outcome.retry_at_ms, WALL + T + 1100, WALL + T + 2100);
    /* Its place in the budget may be gone. */
    add_call(sender, 2, DELIVERY_notice, 43, 1, T + 100);
    assert_true(next(sender, T + 100, &call));
    assert_false(sender_started(sender, call.token, WALL + T + 100, T + 101 + TELEGRAM_TRANSIT_MS));
    answered(sender, call.token, TRANSFER_NOT_SENT, 0, "", T + 20000);
    /* The chat, then the bot was frozen meanwhile. */
    add_call(sender, 3, DELIVERY_notice, 44, 1, T + 20000);
    assert_true(next(sender, T + 20000, &call));
    sender_freeze(sender, 44, WALL + T + 30000, WALL + T + 20000, T + 20000);
    assert_false(sender_started(sender, call.token, WALL + T + 20001, T + 20001));
    answered(sender, call.token, TRANSFER_NOT_SENT, 0, "", T + 20001);
    add_call(sender, 4, DELIVERY_notice, 45, 1, T + 20001);
    assert_true(next(sender, T + 20001, &call));
    sender_freeze(sender, 0, WALL + T + 30000, WALL + T + 20001, T + 20001);
    assert_false(sender_started(sender, call.token, WALL + T + 20002, T + 20002));
    answered(sender, call.token, TRANSFER_NOT_SENT, 0, "", T + 20002);
    sender_destroy(&sender);
}

static void a_notice_does_not_leave_after_a_429_that_came_meanwhile(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    struct sender_call first, second;
    add_call(sender, 1, DELIVERY_letter, 42, 1, T);
    assert_true(next(sender, T, &first));
    add_call(sender, 2, DELIVERY_notice, 43, 1, T);
    assert_true(next(sender, T, &second));
    answered(sender, first.token, TRANSFER_ANSWERED, 429, FLOOD(5), T + 10);
    assert_false(sender_started(sender, second.token, WALL + T + 11, T + 11));
    answered(sender, second.token, TRANSFER_NOT_SENT, 0, "", T + 11);
    /* One that was taken after it is the call that finds out. */
    add_call(sender, 3, DELIVERY_notice, 44, 1, T + 12);
    assert_true(next(sender, T + 12, &first));
    assert_true(sender_started(sender, first.token, WALL + T + 13, T + 13));
    sender_destroy(&sender);
}

static void what_is_in_doubt_keeps_its_place_in_the_budget(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    add_call(sender, 1, DELIVERY_letter, 42, 1, T);
    assert_int_equal(next_delivery(sender, T), 1);
    struct message_cmd_outcome outcome = answered(sender, 1, TRANSFER_IN_DOUBT, 0, "", T + 10);
    assert_int_equal(outcome.result, OUTCOME_RETRY);
    assert_in_range(outcome.retry_at_ms, WALL + T + 1010, WALL + T + 2010);
    assert_int_equal(sender_used(sender, T + 2000), 1);
    assert_int_equal(sender_used(sender, T + 1000 + TELEGRAM_TRANSIT_MS), 1);
    assert_int_equal(sender_used(sender, T + 1010 + TELEGRAM_TRANSIT_MS), 0);
    add_call(sender, 1, DELIVERY_letter, 42, 1, T + 2010);
    assert_int_equal(next_delivery(sender, T + 2010), 0); /* the chat's too */
    sender_destroy(&sender);
}

static void a_wrong_token_holds_the_bot_and_loses_nothing(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    add_call(sender, 1, DELIVERY_letter, 42, 1, T);
    assert_int_equal(next_delivery(sender, T), 1);
    struct message_cmd_outcome outcome =
        answered(sender, 1, TRANSFER_ANSWERED, 401,
                 "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}", T + 10);
    assert_int_equal(outcome.result, OUTCOME_RETRY);
    assert_int_equal(outcome.retry_at_ms, WALL + T + 60010);
    assert_int_equal(outcome.freeze_until_ms, 0);
    add_call(sender, 2, DELIVERY_letter, 43, 2, T + 59000);
    assert_true(sender_frozen(sender, T + 60009));
    assert_int_equal(next_delivery(sender, T + 60009), 0);
    assert_int_equal(next_delivery(sender, T + 60010), 2);
    sender_destroy(&sender);
}

static void outcomes_carry_links_and_new_chats(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    add_call(sender, 1, DELIVERY_create_link, 0, 1, T);
    assert_int_equal(next_delivery(sender, T), 1);
    struct message_cmd_outcome outcome =
        answered(sender, 1, TRANSFER_ANSWERED, 200,
                 "{\"ok\":true,\"result\":{\"invite_link\":\"https://t.me/+abc\"}}", T);
    assert_int_equal(outcome.result, OUTCOME_DONE);
    assert_true(slice_is(outcome.link, "https://t.me/+abc"));
    add_call(sender, 2, DELIVERY_approve, 0, 1, T);
    assert_int_equal(next_delivery(sender, T), 2);
    outcome = answered(sender, 2, TRANSFER_ANSWERED, 400,
                       "{\"ok\":false,\"error_code\":400,\"description\":\"x\",\"parameters\":"
                       "{\"migrate_to_chat_id\":-1007}}",
                       T);
    assert_int_equal(outcome.result, OUTCOME_MIGRATED);
    assert_int_equal(outcome.new_chat_id, -1007);
    assert_int_equal(outcome.retry_at_ms, 0);
    sender_destroy(&sender);
}

static void wants_what_can_go_soon(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    assert_int_equal(sender_want(sender), 8);
    for (uint64_t i = 1; i <= 3; i++)
        add_call(sender, i, DELIVERY_approve, 0, i, T);
    assert_int_equal(sender_want(sender), 5);
    /* Calls that wait for their chat do not keep others out. */
    for (uint64_t i = 11; i <= 20; i++)
        add_call(sender, i, DELIVERY_letter, 42, i, T);
    assert_int_equal(sender_want(sender), 4);
    for (uint64_t i = 21; i <= 40; i++)
        add_call(sender, i, DELIVERY_letter, (int64_t)i, i, T);
    assert_int_equal(sender_want(sender), 0);
    sender_destroy(&sender);

    struct sender_options options = options_default();
    options.per_second = 1000;
    options.waiting_max = 10000;
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_NONE);
    assert_int_equal(sender_want(sender), 250);
    sender_destroy(&sender);
}

static void a_broadcast_leaves_room(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    uint64_t sent = 0;
    /* Notices alone: nine of ten calls of the second, and no more. */
    for (uint64_t i = 1; i <= 40; i++)
        assert_int_equal(add_call(sender, i, DELIVERY_notice, (int64_t)i, i, T), ERROR_NONE);
    assert_int_equal(sender_want_yielding(sender), 0);
    assert_int_equal(sender_want(sender), 8); /* there is always room for what goes before them */
    while (next_delivery(sender, T) != 0)
        sent++;
    assert_int_equal(sent, 27);
    assert_in_range(sender_timeout_ms(sender, T), 11000, 11010);
    /* Three that are urgent go at once, ahead of the notices that wait. */
    for (uint64_t i = 101; i <= 103; i++)
        assert_int_equal(add_call(sender, i, DELIVERY_letter, (int64_t)i, i, T + 1), ERROR_NONE);
    assert_int_equal(sender_timeout_ms(sender, T + 1), 0);
    for (uint64_t i = 101; i <= 103; i++)
        assert_int_equal(next_delivery(sender, T + 1), i);
    assert_int_equal(next_delivery(sender, T + 1), 0);
    /* What came back makes room for as much again. */
    for (uint64_t i = 1; i <= 27; i++)
        answered(sender, i, TRANSFER_ANSWERED, 200, OK, T + 100);
    assert_int_equal(next_delivery(sender, T + 1101), 0);
    assert_in_range(next_delivery(sender, T + 1102), 28, 40);
    sender_destroy(&sender);
}

static void an_urgent_call_that_waits_for_its_chat_wakes_during_a_broadcast(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    for (uint64_t i = 1; i <= 30; i++)
        add_call(sender, i, DELIVERY_notice, (int64_t)i, i, T);
    while (next_delivery(sender, T) != 0)
        ;
    sender_freeze(sender, 900, WALL + T + 500, WALL + T, T);
    add_call(sender, 101, DELIVERY_letter, 900, 1, T);
    assert_int_equal(next_delivery(sender, T), 0);
    assert_in_range(sender_timeout_ms(sender, T), 500, 510);
    assert_int_equal(next_delivery(sender, T + 510), 101);
    sender_destroy(&sender);
}

static void a_bot_of_one_call_a_second_broadcasts_too(void **state)
{
    (void)state;
    struct sender_options options = options_default();
    options.per_second = 1;
    struct sender *sender;
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_NONE);
    add_call(sender, 1, DELIVERY_notice, 1, 1, T);
    assert_int_equal(next_delivery(sender, T), 1);
    sender_destroy(&sender);
}

static void what_the_ledger_withdrew_leaves_no_trace_but_in_the_budgets(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    struct sender_call call;
    add_call(sender, 1, DELIVERY_notice, 42, 1, T);
    assert_true(next(sender, T, &call));
    assert_int_equal(sender_in_flight(sender), 1);
    sender_withdrawn(sender, call.token, WALL + T + 10, T + 10);
    assert_int_equal(sender_in_flight(sender), 0);
    assert_int_equal(sender_used(sender, T + 11), 1);
    assert_int_equal(sender_used(sender, T + 1012), 0);
    /* It may come again, if the ledger thinks better of it. */
    assert_int_equal(add_call(sender, 1, DELIVERY_notice, 42, 1, T + 20), ERROR_NONE);
    sender_destroy(&sender);
}

static void wakes_when_it_is_full_and_a_lease_ends(void **state)
{
    (void)state;
    struct sender_options options = options_default();
    options.waiting_max = 2;
    struct sender *sender;
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_NONE);
    sender_freeze(sender, 42, WALL + T + 3600000, WALL + T, T);
    add_call(sender, 1, DELIVERY_letter, 42, 1, T);
    assert_int_equal(sender_timeout_ms(sender, T), 3600000);
    add_call(sender, 2, DELIVERY_letter, 42, 2, T + 10);
    assert_int_equal(sender_want(sender), 0);
    assert_int_equal(sender_timeout_ms(sender, T + 20), 60000 - 20);
    assert_int_equal(next_delivery(sender, T + 60000), 0);
    assert_int_equal(sender_want(sender), 1);
    sender_destroy(&sender);
}

static void ten_thousand_wait_without_a_stall(void **state)
{
    (void)state;
    struct sender_options options = options_default();
    options.waiting_max = 20000;
    options.in_flight_max = 20000;
    options.per_second = 10000;
    options.per_chat_per_second = 10000;
    struct sender *sender;
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_NONE);
    /* Half to one chat, half to as many chats. */
    for (uint64_t i = 1; i <= 10000; i++)
        assert_int_equal(
            add_call(sender, i, DELIVERY_letter, i % 2 ? 42 : (int64_t)i + 100, 20000 - i, T),
            ERROR_NONE);
    for (uint64_t i = 10000; i >= 1; i--)
        assert_int_equal(next_delivery(sender, T), i);
    sender_destroy(&sender);
}

static void an_older_reading_of_the_clock_does_no_harm(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    add_call(sender, 1, DELIVERY_letter, 42, 1, T);
    assert_int_equal(next_delivery(sender, T), 1);
    assert_int_equal(answered(sender, 1, TRANSFER_ANSWERED, 200, OK, T - 5).result, OUTCOME_DONE);
    sender_destroy(&sender);
}

/* Ends a call at now_ms without an answer. */
static enum outcome unanswered(struct sender *sender, const struct sender_call *call, int transfer,
                               uint64_t now_ms)
{
    struct buf out;
    enum outcome outcome;
    buf_init(&out, 4096);
    sender_answered(sender, call->token, transfer, 0, 0, SLICE(""), "refused", WALL + now_ms,
                    now_ms, &out, &outcome);
    buf_deinit(&out);
    return outcome;
}

static void what_nobody_counts_does_not_wait(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    struct sender_call call;
    sender_freeze(sender, 0, WALL + 60000, WALL, 0);
    assert_int_equal(sender_want(sender), 0);
    assert_int_equal(sender_want_free(sender), SENDER_FREE_PER_SECOND);
    assert_int_equal(add_attempt(sender, 1, DELIVERY_letter, 7, 1, 0, 10), ERROR_NONE);
    assert_int_equal(add_attempt(sender, 2, DELIVERY_answer, 7, 2, 0, 10), ERROR_NONE);
    assert_int_equal(sender_want_free(sender), SENDER_FREE_PER_SECOND - 1);
    assert_int_equal(sender_timeout_ms(sender, 10), 0);
    assert_true(sender_next(sender, WALL + 10, 10, &call));
    assert_int_equal(call.delivery, 2);
    assert_false(call.start_first);
    assert_false(sender_next(sender, WALL + 10, 10, &call));
    assert_int_equal(sender_used(sender, 10), 30); /* those of before the start */
    sender_destroy(&sender);
}

/* A bot that may make more calls has more buttons to answer. */
static void as_many_free_as_counted(void **state)
{
    (void)state;
    struct sender *sender = NULL;
    struct sender_options options = options_default();
    options.per_second = 600;
    options.waiting_max = 1000;
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_NONE);
    assert_int_equal(sender_want_free(sender), 600);
    sender_destroy(&sender);
    options.per_second = 2;
    assert_int_equal(sender_new(&options, 0, &sender), ERROR_NONE);
    assert_int_equal(sender_want_free(sender), SENDER_FREE_PER_SECOND);
    sender_destroy(&sender);
}

static void a_429_to_what_nobody_counts_is_its_own(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    struct sender_call call;
    struct buf out;
    struct message message;
    enum outcome outcome;
    uint64_t at = 20000;
    assert_int_equal(add_attempt(sender, 1, DELIVERY_answer, 7, 1, 0, at), ERROR_NONE);
    assert_int_equal(add_attempt(sender, 2, DELIVERY_answer, 8, 2, 0, at), ERROR_NONE);
    assert_int_equal(add_attempt(sender, 3, DELIVERY_letter, 7, 3, 0, at), ERROR_NONE);
    assert_true(sender_next(sender, WALL + at, at, &call));
    buf_init(&out, 4096);
    sender_answered(sender, call.token, TRANSFER_ANSWERED, 429, 0,
                    SLICE("{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests\","
                          "\"parameters\":{\"retry_after\":3}}"),
                    "", WALL + at, at, &out, &outcome);
    assert_int_equal(outcome, OUTCOME_RETRY);
    assert_int_equal(wire_decode_one(buf_slice(&out), &message, NULL), ERROR_NONE);
    assert_int_equal(message.cmd_outcome.freeze_until_ms, 0);
    assert_int_equal(message.cmd_outcome.retry_at_ms, WALL + at + 4000);
    buf_deinit(&out);
    assert_true(sender_next(sender, WALL + at, at, &call));
    assert_int_equal(call.delivery, 3);
    assert_false(sender_next(sender, WALL + at, at, &call));
    assert_int_equal(sender_timeout_ms(sender, at), 4000);
    assert_true(sender_next(sender, WALL + at + 4000, at + 4000, &call));
    assert_int_equal(call.delivery, 2);
    sender_destroy(&sender);
}

static void nobody_answers_and_the_lane_pauses(void **state)
{
    (void)state;
    struct sender *sender = sender_start();
    struct sender_call call;
    uint64_t at = 20000;
    for (uint64_t id = 1; id <= 20; id++)
        assert_int_equal(add_attempt(sender, id, DELIVERY_letter, (int64_t)id, id, 0, at),
                         ERROR_NONE);
    /* What did not leave us says nothing of the other side. */
    assert_true(sender_next(sender, WALL + at, at, &call));
    assert_int_equal(unanswered(sender, &call, TRANSFER_UNTRIED, at), OUTCOME_RETRY);
    for (int i = 0; i < 8; i++) {
        assert_true(sender_next(sender, WALL + at, at, &call));
        assert_int_equal(unanswered(sender, &call, TRANSFER_NOT_SENT, at), OUTCOME_RETRY);
    }
    assert_false(sender_next(sender, WALL + at, at, &call));
    assert_int_equal(sender_want(sender), 0);
    assert_int_equal(sender_timeout_ms(sender, at), 1000);
    at += 1000;
    assert_true(sender_next(sender, WALL + at, at, &call));
    struct sender_call other;
    assert_false(sender_next(sender, WALL + at, at, &other));
    assert_int_equal(unanswered(sender, &call, TRANSFER_IN_DOUBT, at), OUTCOME_RETRY);
    assert_int_equal(sender_timeout_ms(sender, at), 2000);
    at += 2000;
    assert_true(sender_next(sender, WALL + at, at, &call));
    struct buf out;
    enum outcome outcome;
    buf_init(&out, 4096);
    sender_answered(sender, call.token, TRANSFER_ANSWERED, 502, 0, SLICE(""), "", WALL + at, at,
                    &out, &outcome);
    buf_deinit(&out);
    assert_true(sender_next(sender, WALL + at, at, &call));
    assert_true(sender_next(sender, WALL + at, at, &call));
    sender_destroy(&sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_free_as_counted),
        cmocka_unit_test(what_nobody_counts_does_not_wait),
        cmocka_unit_test(a_429_to_what_nobody_counts_is_its_own),
        cmocka_unit_test(nobody_answers_and_the_lane_pauses),
        cmocka_unit_test(refuses_impossible_options),
        cmocka_unit_test(one_call_from_add_to_outcome),
        cmocka_unit_test(refuses_what_it_cannot_hold),
        cmocka_unit_test(what_crosses_its_own_outcome_is_not_sent_twice),
        cmocka_unit_test(urgent_goes_first_whatever_came_first),
        cmocka_unit_test(the_bots_budget_holds_from_the_start),
        cmocka_unit_test(in_flight_is_bounded),
        cmocka_unit_test(what_outlives_its_lease_is_dropped),
        cmocka_unit_test(a_429_freezes_its_chat_and_no_other),
        cmocka_unit_test(two_chats_make_it_the_bot),
        cmocka_unit_test(a_429_without_a_chat_freezes_the_bot),
        cmocka_unit_test(freezes_outlive_a_restart),
        cmocka_unit_test(a_notice_starts_on_disk_first),
        cmocka_unit_test(a_notice_whose_moment_is_over_stays_here),
        cmocka_unit_test(a_notice_does_not_leave_after_a_429_that_came_meanwhile),
        cmocka_unit_test(what_is_in_doubt_keeps_its_place_in_the_budget),
        cmocka_unit_test(a_wrong_token_holds_the_bot_and_loses_nothing),
        cmocka_unit_test(outcomes_carry_links_and_new_chats),
        cmocka_unit_test(wants_what_can_go_soon),
        cmocka_unit_test(a_broadcast_leaves_room),
        cmocka_unit_test(an_urgent_call_that_waits_for_its_chat_wakes_during_a_broadcast),
        cmocka_unit_test(a_bot_of_one_call_a_second_broadcasts_too),
        cmocka_unit_test(what_the_ledger_withdrew_leaves_no_trace_but_in_the_budgets),
        cmocka_unit_test(wakes_when_it_is_full_and_a_lease_ends),
        cmocka_unit_test(ten_thousand_wait_without_a_stall),
        cmocka_unit_test(an_older_reading_of_the_clock_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
