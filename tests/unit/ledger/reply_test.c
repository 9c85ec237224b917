/* What is said in a conversation: replaced, expired, edited, followed; and which letter goes first.
 */
#include "ledger/reply.h"

#include "ledger/delivery.h"
#include "ledger/letter.h"
#include "ledger/ops/ops.h"
#include "ledger/outbox.h"
#include "ledger/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { ANN = 42 };

static struct store *store;
static struct ledger *ledger;
static struct effects effects;
static struct record_delivery delivery;

static int open_ledger(void **state)
{
    (void)state;
    static char bytes[2048];
    struct buf catalog = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    const struct message rows[] = {{.kind = MESSAGE_catalog_community,
                                    .catalog_community = {SLICE("Club"), SLICE("UTC"), 0, 20}},
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
    ledger->at_ms = 1000000;
    if (op_configure(ledger, &configure) != RESULT_ok)
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

static const struct reply_to to_ann = {.bot = SLICE("main"), .telegram_id = ANN, .chat_id = ANN};
static const struct reply_to to_staff = {
    .bot = SLICE("main"), .telegram_id = ANN, .chat_id = -1005, .thread_id = 9};

static const struct message words = {.kind = MESSAGE_part_text, .part_text = {0, 0, SLICE("hi")}};

static uint64_t last(void)
{
    return ledger->meta.next_delivery - 1;
}

static enum result ended(uint64_t id, struct message_cmd_outcome how)
{
    how.delivery = id;
    return op_outcome(ledger, &how);
}

static void a_reply_expires_and_leaves_nothing_behind(void **state)
{
    (void)state;
    reply_say(ledger, &to_ann, &words, 1);
    assert_true(delivery_load(ledger, last(), &delivery));
    assert_int_equal(delivery.stage, STAGE_PENDING);
    assert_int_equal(delivery.expires_ms, ledger->at_ms + 600000);
    assert_int_equal(effects.items[effects.count - 1].priority, delivery_priority(DELIVERY_reply));
    assert_int_equal(ended(last(), (struct message_cmd_outcome){.result = OUTCOME_RETRY,
                                                                .retry_at_ms = ledger->at_ms + 5}),
                     RESULT_ok);
    assert_true(delivery_load(ledger, last(), &delivery));
    assert_int_equal(delivery.not_before_ms, ledger->at_ms + 5);
    assert_int_equal(
        ended(last(), (struct message_cmd_outcome){.result = OUTCOME_RETRY,
                                                   .retry_at_ms = ledger->at_ms + 600000}),
        RESULT_ok);
    assert_false(delivery_load(ledger, last(), &delivery));
    assert_int_equal(ledger->meta.pending, 0);
    assert_int_equal(ledger->meta.done, 0);
    assert_int_equal(person_delivery_count(ledger, ANN), 0);
}

static void a_newer_reply_takes_the_place(void **state)
{
    (void)state;
    reply_say(ledger, &to_ann, &words, 1);
    uint64_t first = last();
    reply_say(ledger, &to_ann, &words, 1);
    assert_false(delivery_load(ledger, first, &delivery));
    assert_true(delivery_load(ledger, last(), &delivery));
    assert_int_equal(ledger->meta.pending, 1);
    /* The attempt of the first one was under way. */
    assert_int_equal(ended(first, (struct message_cmd_outcome){.result = OUTCOME_DONE}),
                     RESULT_not_found);
    /* What is said in a group leaves it alone. */
    struct reply_to elsewhere = to_ann;
    elsewhere.chat_id = -77;
    reply_say(ledger, &elsewhere, &words, 1);
    assert_int_equal(ledger->meta.pending, 2);
}

static void what_cannot_be_edited_is_said_anew(void **state)
{
    (void)state;
    struct reply_to edit = to_ann;
    edit.message_id = 12;
    reply_say(ledger, &edit, &words, 1);
    assert_int_equal(ended(last(), (struct message_cmd_outcome){.result = OUTCOME_FAILED}),
                     RESULT_ok);
    assert_true(delivery_load(ledger, last(), &delivery));
    assert_int_equal(delivery.message_id, 0);
    assert_int_equal(delivery.stage, STAGE_PENDING);
    assert_int_equal(ended(last(), (struct message_cmd_outcome){.result = OUTCOME_FAILED}),
                     RESULT_ok);
    assert_false(delivery_load(ledger, last(), &delivery)); /* not a dead letter */
    assert_int_equal(ledger->meta.dead, 0);
}

static void an_answer_is_for_seconds(void **state)
{
    (void)state;
    reply_answer(ledger, SLICE("main"), SLICE("4382"), ANN, NULL);
    assert_true(delivery_load(ledger, last(), &delivery));
    assert_string_equal(delivery.link, "4382");
    assert_int_equal(delivery.expires_ms, ledger->at_ms + 15000);
    assert_int_equal(delivery.parts_count, 0);
    struct buf work;
    struct message message;
    buf_init(&work, 65536);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    assert_int_equal(ledger_work(ledger, last(), ledger->at_ms + 60000, &work), ERROR_NONE);
    assert_int_equal(wire_decode_one(buf_slice(&work), &message, NULL), ERROR_NONE);
    assert_int_equal(message.work.lease_until_ms, ledger->at_ms + 60000);
    assert_int_equal(message.work.expires_ms, ledger->at_ms + 15000);
    assert_true(slice_is(message.work.lane, "telegram:main"));
    buf_deinit(&work);
}

static void the_staff_hears_and_the_ids_are_kept(void **state)
{
    (void)state;
    uint64_t topic = staff_topic(ledger, &to_staff, SLICE("Ticket 7"));
    uint64_t said = staff_say(ledger, &to_staff, &words, 1);
    assert_true(topic != 0 && said == last());
    assert_int_equal(
        ended(topic, (struct message_cmd_outcome){.result = OUTCOME_DONE, .thread_id = 31}),
        RESULT_ok);
    assert_int_equal(
        ended(said, (struct message_cmd_outcome){.result = OUTCOME_DONE, .message_id = 5}),
        RESULT_ok);
    assert_true(delivery_load(ledger, topic, &delivery));
    assert_int_equal(delivery.thread_id, 31);
    assert_true(delivery_load(ledger, said, &delivery));
    assert_int_equal(delivery.message_id, 5);
    assert_int_equal(delivery.stage, STAGE_DONE);
    assert_int_equal(ledger->facts, 2);

    said = staff_say(ledger, &to_staff, &words, 1);
    assert_int_equal(
        ended(said, (struct message_cmd_outcome){.result = OUTCOME_MIGRATED, .new_chat_id = -1009}),
        RESULT_ok);
    assert_true(delivery_load(ledger, said, &delivery));
    assert_int_equal(delivery.chat_id, -1009);
    assert_int_equal(ended(said, (struct message_cmd_outcome){.result = OUTCOME_FAILED}),
                     RESULT_ok);
    assert_true(delivery_load(ledger, said, &delivery));
    assert_int_equal(delivery.stage, STAGE_DEAD);
    assert_int_equal(ended(said, (struct message_cmd_outcome){.result = OUTCOME_DONE}),
                     RESULT_not_pending);
    assert_int_equal(ledger->facts, 3);
}

static void what_is_about_nobody_is_not_kept(void **state)
{
    (void)state;
    struct reply_to to = to_staff;
    to.telegram_id = 0;
    uint64_t said = staff_say(ledger, &to, &words, 1);
    assert_int_equal(
        ended(said, (struct message_cmd_outcome){.result = OUTCOME_DONE, .message_id = 5}),
        RESULT_ok);
    assert_int_equal(ledger->facts, 1);
    assert_false(delivery_load(ledger, said, &delivery));
    said = staff_topic(ledger, &to, SLICE("Ticket 7"));
    assert_int_equal(ended(said, (struct message_cmd_outcome){.result = OUTCOME_FAILED}),
                     RESULT_ok);
    assert_int_equal(ledger->facts, 2);
    assert_true(delivery_load(ledger, said, &delivery));
    assert_int_equal(delivery.stage, STAGE_DEAD);
}

static void what_cannot_be_said_is_not(void **state)
{
    (void)state;
    struct reply_to nobody = to_ann;
    nobody.bot = SLICE("gone");
    static char long_text[12289];
    memset(long_text, 'x', sizeof long_text - 1);
    struct message many[6];
    for (size_t i = 0; i < 6; i++)
        many[i] =
            (struct message){.kind = MESSAGE_part_text, .part_text = {0, 0, slice_from(long_text)}};
    uint64_t next = ledger->meta.next_delivery;
    reply_say(ledger, &nobody, &words, 1);
    reply_say(ledger, &to_ann, &words, 0);
    assert_int_equal(staff_say(ledger, &to_staff, many, 6), 0);
    assert_int_equal(ledger->meta.next_delivery, next);
    assert_int_not_equal(staff_say(ledger, &to_staff, many, 4), 0);
}

static void a_letter_rises_with_what_was_paid_for(void **state)
{
    (void)state;
    const struct message greeting = {.kind = MESSAGE_part_greeting};
    const struct message receipt = {.kind = MESSAGE_part_receipt};
    letter_add(ledger, ANN, &greeting, 1, 900);
    assert_int_equal(effects.items[effects.count - 1].priority, DELIVERY_GREETING_PRIORITY);
    letter_add(ledger, ANN, &greeting, 1, 901);
    assert_int_equal(effects.items[effects.count - 1].priority, DELIVERY_GREETING_PRIORITY);
    assert_int_equal(effects.items[effects.count - 1].turn_ms, 900);
    uint64_t id = last();
    letter_add(ledger, ANN, &receipt, 1, 902);
    assert_int_equal(last(), id);
    assert_true(effects.items[effects.count - 1].ready);
    assert_int_equal(effects.items[effects.count - 1].priority, delivery_priority(DELIVERY_letter));
    assert_int_equal(effects.items[effects.count - 1].turn_ms, 902);
    letter_add(ledger, ANN, &greeting, 1, 903);
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(outbox_priority(&delivery), delivery_priority(DELIVERY_letter));
    /* The greeting that came while it was on its way is one again. */
    (void)letter_arrived(ledger, id, &delivery,
                         &(struct message_cmd_outcome){.delivery = id, .parts_count = 3});
    assert_true(delivery_load(ledger, last(), &delivery));
    assert_int_equal(outbox_priority(&delivery), DELIVERY_GREETING_PRIORITY);
}

static void a_mail_is_kept_with_whom_it_is_about(void **state)
{
    (void)state;
    const struct message two[] = {words, words};
    const struct slice to = SLICE("ann@example.net");
    assert_int_equal(reply_mail(ledger, SLICE(""), ANN, to, two, 2), 0);
    assert_int_equal(reply_mail(ledger, SLICE("smtp:post"), ANN, SLICE("ann"), two, 2), 0);
    assert_int_equal(reply_mail(ledger, SLICE("smtp:post"), ANN, to, two, 1), 0);
    uint64_t about = reply_mail(ledger, SLICE("smtp:post"), ANN, to, two, 2);
    uint64_t nobody = reply_mail(ledger, SLICE("smtp:post"), 0, to, two, 2);
    assert_true(delivery_load(ledger, about, &delivery));
    assert_string_equal(delivery.lane, "smtp:post");
    assert_string_equal(delivery.link, "ann@example.net");
    assert_int_equal(delivery.parts_count, 2);
    assert_int_equal(ended(about, (struct message_cmd_outcome){.result = OUTCOME_DONE}), RESULT_ok);
    assert_int_equal(ended(nobody, (struct message_cmd_outcome){.result = OUTCOME_DONE}),
                     RESULT_ok);
    assert_true(delivery_load(ledger, about, &delivery));
    assert_int_equal(delivery.stage, STAGE_DONE);
    assert_false(delivery_load(ledger, nobody, &delivery)); /* no list would let it go */
    about = reply_mail(ledger, SLICE("smtp:post"), ANN, to, two, 2);
    assert_int_equal(ended(about, (struct message_cmd_outcome){.result = OUTCOME_FAILED,
                                                               .error = SLICE("550 nobody")}),
                     RESULT_ok);
    assert_true(delivery_load(ledger, about, &delivery));
    assert_int_equal(delivery.stage, STAGE_DEAD);
    assert_string_equal(delivery.error, "550 nobody");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reply_expires_and_leaves_nothing_behind, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(a_newer_reply_takes_the_place, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(what_cannot_be_edited_is_said_anew, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(an_answer_is_for_seconds, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(the_staff_hears_and_the_ids_are_kept, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(what_is_about_nobody_is_not_kept, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(a_mail_is_kept_with_whom_it_is_about, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(what_cannot_be_said_is_not, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(a_letter_rises_with_what_was_paid_for, open_ledger,
                                        close_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
