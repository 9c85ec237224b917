/* No command touches more than so many deliveries, however many wait: the rest goes on by ticks,
 * and nobody is left out. */
#include "ledger/agenda.h"
#include "ledger/batch.h"
#include "modules/broadcast/walk.h"
#include "ledger/delivery.h"
#include "ledger/freeze.h"
#include "ledger/letter.h"
#include "modules/group/link.h"
#include "ledger/notice.h"
#include "ledger/outbox.h"
#include "ledger/person.h"
#include "modules/access/seat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#ifndef MEMBERS
#define MEMBERS 3000
#endif
enum { A_COMMAND = 1000 };

static struct store *store;
static struct ledger *ledger;
static struct effects effects; /* of the last command */
static uint64_t now_ms;

static enum result apply(const struct message *message)
{
    struct buf bytes;
    enum result result;
    buf_init(&bytes, 1 << 20);
    wire_encode(&bytes, message);
    effects.count = 0;
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_int_equal(ledger_apply(ledger, ledger_applied(ledger) + 1, now_ms, buf_slice(&bytes),
                                  &result, &effects),
                     ERROR_NONE);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    buf_deinit(&bytes);
    assert_true(effects.count <= A_COMMAND);
    return result;
}

/* How many ticks it takes until nothing is due any more; each is bounded. */
static int go_on(void)
{
    int ticks = 0;
    for (; ledger_next_due(ledger) != 0 && ledger_next_due(ledger) <= now_ms + 1; ticks++) {
        const struct message message = {.kind = MESSAGE_cmd_tick, .cmd_tick = {now_ms}};
        now_ms++;
        assert_int_equal(apply(&message), RESULT_ok);
    }
    return ticks;
}

static uint64_t count_of(enum delivery_stage stage)
{
    struct ledger_counts counts;
    ledger_counts(ledger, &counts);
    return counts.deliveries[stage];
}

static uint64_t owed(const char *group)
{
    int64_t id = 0;
    uint64_t count = 0;
    assert_int_equal(batch_begin(ledger, false), ERROR_NONE);
    for (; owed_next(ledger, group, &id); count++)
        continue;
    assert_int_equal(batch_end(ledger), ERROR_NONE);
    return count;
}

/* The first delivery of this kind in this stage. */
static uint64_t first(enum delivery_kind kind, enum delivery_stage stage)
{
    struct record_delivery delivery;
    uint64_t id = 0;
    assert_int_equal(batch_begin(ledger, false), ERROR_NONE);
    while ((id = outbox_next(ledger, id, stage, &delivery)) != 0 && delivery.kind != kind)
        continue;
    assert_int_equal(batch_end(ledger), ERROR_NONE);
    assert_int_not_equal(id, 0);
    return id;
}

static enum result outcome(uint64_t delivery, enum outcome how, const char *link)
{
    const struct message message = {.kind = MESSAGE_cmd_outcome,
                                    .cmd_outcome = {.delivery = delivery,
                                                    .lane = SLICE("telegram:main"),
                                                    .result = (uint64_t)how,
                                                    .link = slice_from(link)}};
    return apply(&message);
}

/* Writes to the state by hand, as one command would. */
static void begin_by_hand(void)
{
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    effects.count = 0;
    ledger->effects = &effects;
    ledger->at_ms = now_ms;
}

static void end_by_hand(void)
{
    ledger->effects = NULL;
    assert_int_equal(ledger->error, ERROR_NONE);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    effects.count = 0;
}

static void members_with(const char *plan)
{
    begin_by_hand();
    for (int64_t id = 1; id <= MEMBERS; id++) {
        const struct record_member member = {.created_ms = 1, .bot = "main"};
        const struct record_entitlement entitlement = {.status = ENTITLEMENT_ACTIVE};
        member_store(ledger, id, &member);
        entitlement_store(ledger, id, plan, &entitlement);
        letter_access(ledger, id, now_ms);
    }
    end_by_hand();
}

static int open_ledger(void **state)
{
    struct buf rows;
    uint8_t hash[32] = {1};
    const struct message messages[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {.name = SLICE("Club"), .timezone = SLICE("UTC")}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {SLICE("main")}},
        {.kind = MESSAGE_catalog_group,
         .catalog_group = {.name = SLICE("hall"), .bot = SLICE("main"), .chat_id = -1}},
        {.kind = MESSAGE_catalog_group,
         .catalog_group = {.name = SLICE("room"),
                           .bot = SLICE("main"),
                           .chat_id = -2,
                           .invite = INVITE_ONE_TIME_LINK,
                           .link_ttl_ms = 86400000}},
        {.kind = MESSAGE_catalog_plan, .catalog_plan = {.name = SLICE("wide")}},
        {.kind = MESSAGE_catalog_plan_group,
         .catalog_plan_group = {.plan = SLICE("wide"), .group = SLICE("hall")}},
        {.kind = MESSAGE_catalog_plan, .catalog_plan = {.name = SLICE("close")}},
        {.kind = MESSAGE_catalog_plan_group,
         .catalog_plan_group = {.plan = SLICE("close"), .group = SLICE("room")}},
    };
    (void)state;
    now_ms = UINT64_C(1767225600000);
    buf_init(&rows, 65536);
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        wire_encode(&rows, &messages[i]);
    if (store_open_memory(&store) != ERROR_NONE || ledger_open(store, &ledger, NULL) != ERROR_NONE)
        return -1;
    const struct message configure = {.kind = MESSAGE_cmd_configure,
                                      .cmd_configure = {slice_of(hash, 32), buf_slice(&rows)}};
    assert_int_equal(apply(&configure), RESULT_ok);
    buf_deinit(&rows);
    return 0;
}

static int close_ledger(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    free(effects.items);
    effects = (struct effects){0};
    return 0;
}

static void letters_that_waited_for_a_link_go_in_steps(void **state)
{
    (void)state;
    members_with("wide");
    assert_int_equal(count_of(STAGE_WAITING), MEMBERS);
    assert_int_equal(outcome(first(DELIVERY_create_link, STAGE_PENDING), OUTCOME_DONE, "t.me/+x"),
                     RESULT_ok);
    assert_in_range(count_of(STAGE_PENDING), 1, A_COMMAND);
    assert_int_equal(owed("hall"), MEMBERS - count_of(STAGE_PENDING));
    assert_true(go_on() >= MEMBERS / A_COMMAND);
    assert_int_equal(count_of(STAGE_WAITING), 0);
    assert_int_equal(count_of(STAGE_PENDING), MEMBERS);
    assert_int_equal(owed("hall"), 0);
    assert_int_equal(ledger_next_due(ledger), 0);
}

static void and_so_they_do_when_it_cannot_be_made(void **state)
{
    (void)state;
    members_with("wide");
    uint64_t id = first(DELIVERY_create_link, STAGE_PENDING);
    assert_int_equal(outcome(id, OUTCOME_FAILED, ""), RESULT_ok);
    assert_in_range(count_of(STAGE_PENDING), 1, A_COMMAND);
    (void)go_on();
    assert_int_equal(count_of(STAGE_PENDING), MEMBERS);
    assert_int_equal(owed("hall"), MEMBERS); /* they get another when it is there */
    const struct message release = {.kind = MESSAGE_cmd_release,
                                    .cmd_release = {.what = RELEASE_DEAD}};
    assert_int_equal(apply(&release), RESULT_ok);
    for (int64_t member = 1; member <= 3; member++)
        assert_int_equal(outcome(first(DELIVERY_letter, STAGE_PENDING), OUTCOME_DONE, ""),
                         RESULT_ok);
    assert_int_equal(outcome(id, OUTCOME_DONE, "t.me/+x"), RESULT_ok);
    (void)go_on();
    assert_int_equal(owed("hall"), 0);
    assert_int_equal(count_of(STAGE_PENDING), MEMBERS);
}

static void dead_links_are_tried_again_in_steps(void **state)
{
    (void)state;
    members_with("close");
    struct effects made = {0};
    uint64_t after = 0;
    assert_int_equal(ledger_pending(ledger, &after, SIZE_MAX, &made), ERROR_NONE);
    for (size_t i = 0; i < made.count; i++)
        if (made.items[i].kind == DELIVERY_create_link)
            assert_int_equal(outcome(made.items[i].delivery, OUTCOME_FAILED, ""), RESULT_ok);
    free(made.items);
    assert_int_equal(count_of(STAGE_DEAD), MEMBERS + 1); /* and the hall's */
    const struct message promoted = {.kind = MESSAGE_cmd_membership,
                                     .cmd_membership = {.bot = SLICE("main"),
                                                        .chat_id = -2,
                                                        .telegram_id = 7,
                                                        .status = MEMBER_ADMIN,
                                                        .update_id = 1,
                                                        .date_ms = now_ms}};
    assert_int_equal(apply(&promoted), RESULT_ok);
    assert_in_range(count_of(STAGE_DEAD), MEMBERS - A_COMMAND, MEMBERS);
    (void)go_on();
    assert_int_equal(count_of(STAGE_DEAD), 1); /* that is another group */
}

static void released_in_steps_as_of_the_command(void **state)
{
    (void)state;
    const enum delivery_stage stages[] = {STAGE_HELD, STAGE_DEAD};
    for (int i = 0; i < 2; i++) {
        begin_by_hand();
        uint64_t last = 0;
        for (int n = 0; n < MEMBERS; n++) {
            struct record_delivery delivery = {.kind = DELIVERY_remove,
                                               .stage = i == 0 ? STAGE_HELD : STAGE_PENDING,
                                               .telegram_id = n + 1,
                                               .bot = "main",
                                               .group = "hall"};
            last = outbox_add(ledger, &delivery);
            if (i == 1)
                outbox_move(ledger, last, &delivery, STAGE_DEAD);
        }
        end_by_hand();
        const struct message release = {
            .kind = MESSAGE_cmd_release,
            .cmd_release = {.what = i == 0 ? RELEASE_HELD : RELEASE_DEAD}};
        assert_int_equal(apply(&release), RESULT_ok);
        assert_in_range(count_of(stages[i]), MEMBERS - A_COMMAND, MEMBERS - 1);
        /* What is held, or fails, from now on is another matter: for the operator to look at. */
        struct record_delivery late = {.kind = DELIVERY_remove,
                                       .stage = STAGE_HELD,
                                       .telegram_id = MEMBERS + 1,
                                       .bot = "main"};
        begin_by_hand();
        uint64_t held = outbox_add(ledger, &late);
        end_by_hand();
        if (i == 1)
            assert_int_equal(outcome(first(DELIVERY_remove, STAGE_PENDING), OUTCOME_FAILED, ""),
                             RESULT_ok);
        (void)go_on();
        assert_int_equal(first(DELIVERY_remove, STAGE_HELD), held);
        assert_int_equal(count_of(stages[i]), 1);
        begin_by_hand();
        outbox_cancel(ledger, held, "enough");
        end_by_hand();
    }
}

static void doubts_of_a_restart_are_settled_before_anything_begins(void **state)
{
    (void)state;
    begin_by_hand();
    for (int64_t id = 1; id <= MEMBERS; id++) {
        const struct record_member member = {.created_ms = 1, .bot = "main"};
        const struct record_entitlement entitlement = {.status = ENTITLEMENT_ACTIVE};
        const struct record_place place = {.status = PLACE_IN};
        member_store(ledger, id, &member);
        entitlement_store(ledger, id, "wide", &entitlement);
        place_store(ledger, "hall", id, &place);
    }
    struct record_broadcast record = {.id = "news"};
    broadcast_begin(ledger, &record, SLICE(""));
    end_by_hand();
    const struct message tick = {.kind = MESSAGE_cmd_tick};
    const struct message boot = {.kind = MESSAGE_cmd_boot};
    for (int n = 0; n < 20; n++, now_ms++)
        assert_int_equal(apply(&tick), RESULT_ok);
    uint64_t made = count_of(STAGE_PENDING) - 1; /* a link is asked for, too */
    assert_int_equal(made, BROADCAST_OPEN_MAX);
    for (uint64_t n = 0; n + 1 < made; n++) {
        const struct message start = {
            .kind = MESSAGE_cmd_started,
            .cmd_started = {.delivery = first(DELIVERY_notice, STAGE_PENDING)}};
        assert_int_equal(apply(&start), RESULT_ok);
    }
    assert_int_equal(apply(&boot), RESULT_ok);
    assert_in_range(count_of(STAGE_STARTED), made - A_COMMAND, made - 2);
    const struct message start = {
        .kind = MESSAGE_cmd_started,
        .cmd_started = {.delivery = first(DELIVERY_notice, STAGE_PENDING)}};
    assert_int_equal(apply(&start), RESULT_not_pending);
    (void)go_on();
    assert_int_equal(count_of(STAGE_STARTED), 0);
    assert_int_equal(apply(&start), RESULT_ok);
    struct ledger_counts counts;
    ledger_counts(ledger, &counts);
    assert_int_equal(counts.notices.unknown, made - 1);
}

static void old_links_and_freezes_go_in_steps(void **state)
{
    (void)state;
    struct record_link link;
    char text[32];
    begin_by_hand();
    for (int64_t n = 0; n < MEMBERS; n++) {
        (void)snprintf(text, sizeof text, "t.me/+%d", (int)n);
        link_unwanted(ledger, NULL, "room", n + 1, text);
        link_dead(ledger, text);
        freeze_remember(ledger, SLICE("main"), n + 1, now_ms);
    }
    end_by_hand();
    now_ms = ledger_next_due(ledger);
    const struct message boot = {.kind = MESSAGE_cmd_boot};
    assert_int_equal(apply(&boot), RESULT_ok);
    assert_true(go_on() >= MEMBERS / A_COMMAND);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_false(link_known(ledger, slice_from(text), &link));
    const enum table tables[] = {TABLE_links, TABLE_link_ends, TABLE_freezes};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct key from;
        struct key found;
        struct slice value;
        key_clear(&from);
        key_u8(&from, 0);
        assert_false(
            state_seek(ledger, tables[i], SLICE(""), key_slice(&from), false, &found, &value));
    }
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
}

/* Each tells that it has ended; what a circle of modules would tell is bounded by cause, not by
 * tick. */
static void memberships_that_end_at_once(void **state)
{
    (void)state;
    struct record_entitlement entitlement;
    members_with("wide");
    begin_by_hand();
    for (int64_t id = 1; id <= MEMBERS; id++) {
        agenda_set(ledger, id, now_ms);
        seats_change(ledger, "wide", 1);
    }
    end_by_hand();
    assert_true(go_on() > 1);
    assert_int_equal(batch_begin(ledger, false), ERROR_NONE);
    for (int64_t id = 1; id <= MEMBERS; id++) {
        assert_true(entitlement_load(ledger, id, "wide", &entitlement));
        assert_int_equal(entitlement.status, ENTITLEMENT_ENDED);
    }
    assert_int_equal(batch_end(ledger), ERROR_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memberships_that_end_at_once, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(letters_that_waited_for_a_link_go_in_steps, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(and_so_they_do_when_it_cannot_be_made, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(dead_links_are_tried_again_in_steps, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(released_in_steps_as_of_the_command, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(doubts_of_a_restart_are_settled_before_anything_begins,
                                        open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(old_links_and_freezes_go_in_steps, open_ledger,
                                        close_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
