/* Notices of a class: once, in time, not at night, not too many, and only while they are true. */
#include "tests/unit/ledger/sample.h"

#include "ledger/reminder.h"

#include "ledger/delivery.h"
#include "ledger/ops/ops.h"
#include "ledger/outbox.h"
#include "ledger/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { ANN = 42, HOUR_MS = 3600000 };

static const uint64_t noon_ms = UINT64_C(1767182400000) - 8 * HOUR_MS; /* 12:00 in Shanghai */
static struct store *store;
static struct ledger *ledger;
static struct effects effects;
static struct record_delivery delivery;
static const struct message words = {.kind = MESSAGE_part_text, .part_text = {0, 0, SLICE("hi")}};

static int open_ledger(void **state)
{
    (void)state;
    static char bytes[2048];
    struct buf catalog = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    const struct message rows[] = {{.kind = MESSAGE_catalog_community,
                                    .catalog_community = {.name = SLICE("Club"),
                                                          .timezone = SLICE("Asia/Shanghai"),
                                                          .notices_per_day = 2,
                                                          .quiet_from = 22,
                                                          .quiet_to = 8}},
                                   {.kind = MESSAGE_catalog_bot, .catalog_bot = {SLICE("main")}}};
    for (size_t i = 0; i < 2; i++)
        wire_encode(&catalog, &rows[i]);
    const struct message_cmd_configure configure = {SLICE("0123456789abcdef0123456789abcdef"),
                                                    buf_slice(&catalog)};
    effects = (struct effects){0};
    if (store_open_memory(&store) != ERROR_NONE ||
        ledger_open(store, &ledger, NULL) != ERROR_NONE || ledger_begin(ledger) != ERROR_NONE)
        return -1;
    ledger->effects = &effects;
    ledger->at_ms = noon_ms;
    sample.configured = 0;
    if (op_configure(ledger, &configure) != RESULT_ok || sample.configured != 1)
        return -1;
    struct record_member member = {.created_ms = 1, .seen_ms = 1, .bot = "main"};
    member_store(ledger, ANN, &member);
    return 0;
}

static int close_ledger(void **state)
{
    (void)state;
    assert_int_equal(ledger->error, ERROR_NONE);
    free(effects.items);
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static uint64_t last(void)
{
    return ledger->meta.next_delivery - 1;
}

static bool remind(enum notice_class class, const char *subject, uint64_t expires_ms)
{
    return notice_send(ledger, ANN, class, (struct notice_key){7, slice_from(subject)}, &words,
                       expires_ms);
}

static enum result ended(uint64_t id, enum outcome how, uint64_t retry_at_ms)
{
    return op_outcome(ledger, &(struct message_cmd_outcome){.delivery = id,
                                                            .result = (uint64_t)how,
                                                            .retry_at_ms = retry_at_ms});
}

static void once_for_a_key(void **state)
{
    (void)state;
    assert_true(remind(NOTICE_week, "core/1", 0));
    assert_true(delivery_load(ledger, last(), &delivery));
    assert_int_equal(delivery.expires_ms, ledger->at_ms + 72 * (uint64_t)HOUR_MS);
    assert_int_equal(delivery.not_before_ms, 0);
    assert_int_equal(effects.items[effects.count - 1].priority, 9);
    assert_false(remind(NOTICE_week, "core/1", 0));
    assert_true(remind(NOTICE_week, "core/2", ledger->at_ms + 1000));
    assert_true(delivery_load(ledger, last(), &delivery));
    assert_int_equal(delivery.expires_ms, ledger->at_ms + 1000);
    ledger->at_ms += UINT64_C(401) * 24 * HOUR_MS;
    assert_true(remind(NOTICE_week, "core/3", 0)); /* forgets one that is long over */
    assert_true(remind(NOTICE_week, "core/1", 0));
}

static void only_to_whom_it_can_reach(void **state)
{
    (void)state;
    struct record_member member;
    assert_false(
        notice_send(ledger, 99, NOTICE_week, (struct notice_key){7, SLICE("x")}, &words, 0));
    assert_true(member_load(ledger, ANN, &member));
    member.unreachable = 1;
    member_store(ledger, ANN, &member);
    assert_false(remind(NOTICE_week, "x", 0));
    member.unreachable = 0;
    member_store(ledger, ANN, &member);
    assert_true(remind(NOTICE_week, "x", 0));
}

static void so_many_a_day(void **state)
{
    (void)state;
    assert_true(remind(NOTICE_content, "1", 0));
    assert_true(remind(NOTICE_campaign, "2", 0));
    assert_false(remind(NOTICE_week, "3", 0));
    assert_true(remind(NOTICE_last_day, "4", 0)); /* tomorrow it is too late */
    ledger->at_ms = noon_ms + 11 * HOUR_MS;       /* 23:00, still the same day */
    assert_false(remind(NOTICE_week, "5", 0));
    ledger->at_ms = noon_ms + 12 * HOUR_MS;
    assert_true(remind(NOTICE_week, "5", 0));
}

static void not_at_night(void **state)
{
    (void)state;
    ledger->at_ms = noon_ms + 9 * HOUR_MS; /* 21:00 */
    assert_int_equal(notice_after_quiet(ledger, ledger->at_ms), ledger->at_ms);
    ledger->at_ms = noon_ms + 10 * HOUR_MS;
    assert_true(remind(NOTICE_week, "1", 0));
    assert_true(delivery_load(ledger, last(), &delivery));
    assert_int_equal(delivery.not_before_ms, noon_ms + 20 * HOUR_MS);
    assert_false(remind(NOTICE_week, "2", noon_ms + 20 * HOUR_MS));
    ledger->at_ms = noon_ms + 19 * HOUR_MS; /* 07:00 */
    assert_int_equal(notice_after_quiet(ledger, ledger->at_ms), noon_ms + 20 * HOUR_MS);
    assert_int_equal(notice_after_quiet(ledger, noon_ms + 20 * HOUR_MS), noon_ms + 20 * HOUR_MS);
}

static void at_most_once_and_in_time(void **state)
{
    (void)state;
    assert_true(remind(NOTICE_last_day, "1", noon_ms + 12 * HOUR_MS));
    uint64_t id = last();
    const struct message_cmd_started started = {.delivery = id};
    assert_int_equal(op_started(ledger, &started), RESULT_ok);
    assert_int_equal(ended(id, OUTCOME_RETRY, noon_ms + HOUR_MS), RESULT_ok);
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_PENDING);
    assert_int_equal(delivery.not_before_ms, noon_ms + HOUR_MS);
    assert_int_equal(op_started(ledger, &started), RESULT_ok);
    assert_int_equal(ended(id, OUTCOME_IN_DOUBT, 0), RESULT_ok);
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_DONE);

    assert_true(remind(NOTICE_last_day, "2", noon_ms + 12 * HOUR_MS));
    id = last();
    assert_int_equal(ended(id, OUTCOME_RETRY, noon_ms + 10 * HOUR_MS), RESULT_ok); /* till 08:00 */
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_DONE);

    assert_true(remind(NOTICE_last_day, "3", noon_ms + HOUR_MS));
    ledger->at_ms = noon_ms + HOUR_MS;
    assert_int_equal(op_started(ledger, &(struct message_cmd_started){.delivery = last()}),
                     RESULT_not_pending);
    assert_true(delivery_load(ledger, last(), &delivery));
    assert_int_equal(delivery.stage, STAGE_DONE); /* it would be tried each minute, for ever */
}

/* Its module is asked when the attempt would begin. */
static void what_waited_is_asked_again(void **state)
{
    (void)state;
    const struct sample_part words_of_sample = {SLICE("hi")};
    struct message part = {.kind = (enum message_kind)shape_sample_part()->id};
    memcpy(part.module, &words_of_sample, sizeof words_of_sample);
    for (int n = 0; n < 3; n++) {
        char subject[2] = {(char)('a' + n), 0};
        const uint64_t expires_ms = noon_ms + 4 * (uint64_t)HOUR_MS;
        assert_true(notice_send(ledger, ANN, NOTICE_last_day,
                                (struct notice_key){MODULE_sample, slice_from(subject)}, &part,
                                expires_ms));
        const struct message_cmd_started started = {.delivery = last()};
        sample_from_ms = noon_ms + HOUR_MS;
        ledger->at_ms = noon_ms;
        assert_int_equal(op_started(ledger, &started), RESULT_not_pending);
        assert_true(delivery_load(ledger, last(), &delivery));
        assert_int_equal(delivery.stage, STAGE_PENDING);
        assert_int_equal(delivery.not_before_ms, noon_ms + HOUR_MS);
        assert_int_equal(effects.items[effects.count - 2].not_before_ms, noon_ms + HOUR_MS);
        assert_true(effects.items[effects.count - 1].ended);
        ledger->at_ms = noon_ms + HOUR_MS;
        sample_from_ms = n == 0 ? ledger->at_ms : n == 1 ? 0 : expires_ms;
        assert_int_equal(op_started(ledger, &started), n == 0 ? RESULT_ok : RESULT_not_pending);
        assert_true(delivery_load(ledger, last(), &delivery));
        assert_int_equal(delivery.stage, n == 0 ? STAGE_STARTED : STAGE_DONE);
    }
}

/* An attempt whose outcome never comes is looked for. */
static void what_was_lost_is_in_doubt(void **state)
{
    (void)state;
    assert_true(remind(NOTICE_week, "1", 0));
    uint64_t id = last();
    assert_int_equal(op_started(ledger, &(struct message_cmd_started){.delivery = id}), RESULT_ok);
    assert_int_equal(ledger->meta.started, 1);
    ledger->at_ms += HOUR_MS;
    assert_int_equal(op_tick(ledger, &(struct message_cmd_tick){0}), RESULT_ok);
    assert_int_equal(ledger->meta.started, 0);
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_DONE);
}

static void it_is_said_in_the_modules_words(void **state)
{
    (void)state;
    struct buf work;
    struct message message, part;
    assert_true(remind(NOTICE_week, "1", 0));
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    buf_init(&work, 65536);
    assert_int_equal(ledger_work(ledger, last(), ledger->at_ms + 60000, &work), ERROR_NONE);
    assert_int_equal(wire_decode_one(buf_slice(&work), &message, NULL), ERROR_NONE);
    assert_int_equal(message.work.chat_id, ANN);
    assert_int_equal(wire_decode_one(message.work.parts, &part, NULL), ERROR_NONE);
    assert_true(slice_is(part.part_text.text, "hi"));
    buf_deinit(&work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(once_for_a_key, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(only_to_whom_it_can_reach, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(so_many_a_day, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(not_at_night, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(at_most_once_and_in_time, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(what_waited_is_asked_again, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(what_was_lost_is_in_doubt, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(it_is_said_in_the_modules_words, open_ledger, close_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
