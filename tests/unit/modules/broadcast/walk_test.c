/* Broadcasts to more members than a scenario has: bounds, order, and nobody twice. */
#include "ledger/batch.h"
#include "modules/broadcast/walk.h"

#include "ledger/delivery.h"
#include "ledger/notice.h"
#include "ledger/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { MEMBERS = 5000, TEXTS_MAX = 40960 };

static struct store *store;
static struct ledger *ledger;
static struct effects effects; /* of the last command */
static uint64_t now_ms;

static enum result apply(const struct message *message)
{
    struct buf bytes;
    unsigned result;
    buf_init(&bytes, 1 << 20);
    wire_encode(&bytes, message);
    effects.count = 0;
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_int_equal(ledger_apply(ledger, ledger_applied(ledger) + 1, now_ms, buf_slice(&bytes),
                                  &result, &effects),
                     ERROR_NONE);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    buf_deinit(&bytes);
    return result;
}

static enum result begin_broadcast(const char *id)
{
    struct buf texts;
    buf_init(&texts, TEXTS_MAX);
    const struct message row = {.kind = MESSAGE_broadcast_text,
                                .broadcast_text = {.text = SLICE("News")}};
    wire_encode(&texts, &row);
    const struct message message = {
        .kind = MESSAGE_cmd_broadcast,
        .cmd_broadcast = {.broadcast_id = slice_from(id), .texts = buf_slice(&texts)}};
    enum result result = apply(&message);
    buf_deinit(&texts);
    return result;
}

static void tick(void)
{
    const struct message message = {.kind = MESSAGE_cmd_tick,
                                    .cmd_tick = {ledger_next_due(ledger)}};
    now_ms = ledger_next_due(ledger) > now_ms ? ledger_next_due(ledger) : now_ms;
    assert_int_equal(apply(&message), RESULT_ok);
}

static enum result outcome(uint64_t delivery, enum outcome how)
{
    const struct message message = {.kind = MESSAGE_cmd_outcome,
                                    .cmd_outcome = {.delivery = delivery,
                                                    .lane = SLICE("telegram:main"),
                                                    .result = (uint64_t)how}};
    return apply(&message);
}

static struct record_broadcast load(const char *id)
{
    struct record_broadcast record;
    assert_int_equal(batch_begin(ledger, false), ERROR_NONE);
    assert_true(broadcast_load(ledger, broadcast_find(ledger, slice_from(id)), &record));
    assert_int_equal(batch_end(ledger), ERROR_NONE);
    assert_int_equal(record.audience, record.open + record.sent + record.failed + record.skipped +
                                          record.unknown + record.withdrawn);
    return record;
}

/* Members by hand, who hold a plan that needs no link: 10, 20, 30, ... and strangers between. */
static int open_ledger(void **state)
{
    struct buf rows;
    uint8_t hash[32] = {1};
    const struct message messages[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {.name = SLICE("Club"), .timezone = SLICE("UTC")}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {SLICE("main")}},
        {.kind = MESSAGE_catalog_plan, .catalog_plan = {.name = SLICE("core")}},
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
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    for (int64_t i = 1; i <= MEMBERS; i++) {
        const struct record_member member = {.created_ms = 1};
        const struct record_entitlement entitlement = {.status = ENTITLEMENT_ACTIVE};
        const struct record_place seat = {.status = PLACE_IN};
        member_store(ledger, i * 10, &member);
        entitlement_store(ledger, i * 10, "core", &entitlement);
        place_store(ledger, "room", i * 10 + 5, &seat); /* a guest who is no member */
    }
    return ledger_commit(ledger) == ERROR_NONE ? 0 : -1;
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

static void walks_members_by_id(void **state)
{
    (void)state;
    struct record_member member;
    int64_t id = 0;
    assert_int_equal(batch_begin(ledger, false), ERROR_NONE);
    for (int64_t i = 1; i <= MEMBERS; i++) {
        assert_true(member_next(ledger, &id, &member));
        assert_int_equal(id, i * 10);
    }
    assert_false(member_next(ledger, &id, &member));
    id = 14;
    assert_true(member_next(ledger, &id, &member));
    assert_int_equal(id, 20);
    id = INT64_MAX;
    assert_false(member_next(ledger, &id, &member));
    assert_int_equal(batch_end(ledger), ERROR_NONE);
    assert_int_equal(ledger->error, ERROR_NONE);
}

static void goes_on_in_bounded_steps_to_everybody_once(void **state)
{
    (void)state;
    static bool made[MEMBERS + 1];
    static uint64_t waiting[BROADCAST_OPEN_MAX];
    size_t first = 0, count = 0, sent = 0;
    memset(made, 0, sizeof made);
    assert_int_equal(begin_broadcast("all"), RESULT_ok);
    assert_int_equal(effects.count, 0); /* nothing in the command itself */
    int64_t last = 0;
    while (load("all").state == BROADCAST_RUNNING) {
        tick();
        assert_true(effects.count <= BROADCAST_MADE_MAX);
        for (size_t i = 0; i < effects.count; i++) {
            struct record_delivery delivery;
            assert_true(effects.items[i].ready && effects.items[i].kind == DELIVERY_notice);
            assert_int_equal(batch_begin(ledger, false), ERROR_NONE);
            assert_true(delivery_load(ledger, effects.items[i].delivery, &delivery));
            assert_int_equal(batch_end(ledger), ERROR_NONE);
            assert_true(delivery.telegram_id > last);
            last = delivery.telegram_id;
            assert_false(made[last / 10]);
            made[last / 10] = true;
            waiting[(first + count++) % BROADCAST_OPEN_MAX] = effects.items[i].delivery;
        }
        struct record_broadcast record = load("all");
        assert_int_equal(record.open, count);
        assert_true(record.open <= BROADCAST_OPEN_MAX);
        /* As many as a bot sends before the next look. */
        bool full = record.open == BROADCAST_OPEN_MAX || record.walked;
        for (int n = 0; full && n < 700 && count > 0; n++, count--, sent++)
            assert_int_equal(outcome(waiting[first++ % BROADCAST_OPEN_MAX], OUTCOME_DONE),
                             RESULT_ok);
    }
    struct record_broadcast record = load("all");
    assert_int_equal(record.sent, MEMBERS);
    assert_int_equal(sent, MEMBERS);
    assert_int_equal(record.audience, MEMBERS);
    struct ledger_counts counts;
    ledger_counts(ledger, &counts);
    assert_int_equal(counts.notices.sent, MEMBERS);
    assert_int_equal(counts.broadcasts_running, 0);
    while (ledger_next_due(ledger) != 0) /* its last look, at nothing */
        tick();
    assert_int_equal(load("all").sent, MEMBERS);
}

static void looks_at_a_bounded_number(void **state)
{
    (void)state;
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    for (int64_t i = 1; i < MEMBERS; i++) {
        const struct record_entitlement ended = {.status = ENTITLEMENT_ENDED};
        entitlement_store(ledger, i * 10, "core", &ended);
    }
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    assert_int_equal(begin_broadcast("few"), RESULT_ok);
    tick();
    assert_int_equal(load("few").cursor, BROADCAST_LOOKS_MAX * 10);
    assert_int_equal(load("few").audience, 0);
    while (!load("few").walked)
        tick();
    assert_int_equal(load("few").audience, 1);
}

static void cancelling_takes_back_all_that_waits(void **state)
{
    (void)state;
    assert_int_equal(begin_broadcast("back"), RESULT_ok);
    for (int i = 0; i < 12; i++)
        tick();
    assert_int_equal(load("back").open, BROADCAST_OPEN_MAX);
    const struct message cancel = {.kind = MESSAGE_cmd_broadcast_cancel,
                                   .cmd_broadcast_cancel = {SLICE("back")}};
    assert_int_equal(apply(&cancel), RESULT_ok);
    assert_int_equal(effects.count, load("back").withdrawn);
    for (size_t i = 0; i < effects.count; i++)
        assert_false(effects.items[i].ready);
    /* Not all in one command; what still waits is not begun any more. */
    assert_in_range(load("back").withdrawn, 1, 1000);
    struct effects waiting = {0};
    uint64_t after = 0;
    assert_int_equal(ledger_pending(ledger, &after, SIZE_MAX, &waiting), ERROR_NONE);
    assert_int_equal(after, 0);
    const struct message start = {.kind = MESSAGE_cmd_started,
                                  .cmd_started = {.delivery = waiting.items[0].delivery}};
    assert_int_equal(apply(&start), RESULT_not_pending);
    free(waiting.items);
    while (ledger_next_due(ledger) != 0) {
        tick();
        assert_true(effects.count <= 1000);
    }
    assert_int_equal(load("back").withdrawn, BROADCAST_OPEN_MAX);
    assert_int_equal(load("back").audience, BROADCAST_OPEN_MAX); /* the cursor stays */
    struct effects pending = {0};
    assert_int_equal(ledger_pending(ledger, &after, SIZE_MAX, &pending), ERROR_NONE);
    assert_int_equal(pending.count, 0);
    free(pending.items);
}

static void so_many_run_at_a_time(void **state)
{
    (void)state;
    char id[16];
    for (int i = 0; i <= BROADCAST_RUNNING_MAX; i++) {
        (void)snprintf(id, sizeof id, "b%d", i);
        assert_int_equal(begin_broadcast(id),
                         i < BROADCAST_RUNNING_MAX ? RESULT_ok : RESULT_too_many);
    }
    assert_int_equal(begin_broadcast("b3"), RESULT_ok); /* the one that runs */
    const struct message cancel = {.kind = MESSAGE_cmd_broadcast_cancel,
                                   .cmd_broadcast_cancel = {SLICE("b3")}};
    assert_int_equal(apply(&cancel), RESULT_ok);
    assert_int_equal(begin_broadcast(id), RESULT_ok);
    /* The newest first. */
    struct record_broadcast record;
    uint64_t number = 0;
    assert_int_equal(batch_begin(ledger, false), ERROR_NONE);
    assert_true(broadcast_next(ledger, &number, &record));
    assert_string_equal(record.id, id);
    assert_int_equal(number, BROADCAST_RUNNING_MAX + 1);
    for (int i = BROADCAST_RUNNING_MAX - 1; i >= 0; i--)
        assert_true(broadcast_next(ledger, &number, &record));
    assert_string_equal(record.id, "b0");
    assert_false(broadcast_next(ledger, &number, &record));
    assert_int_equal(batch_end(ledger), ERROR_NONE);
}

static void refuses_texts_that_are_none(void **state)
{
    (void)state;
    struct message row = {.kind = MESSAGE_broadcast_text, .broadcast_text = {.text = SLICE("x")}};
    struct message other = {.kind = MESSAGE_part_greeting};
    struct buf texts;
    buf_init(&texts, TEXTS_MAX);
    for (int i = 0; i < 6; i++) {
        buf_clear(&texts);
        row.broadcast_text.language = i == 0 ? LANGUAGE_COUNT : LANGUAGE_EN;
        row.broadcast_text.text = i == 1 ? SLICE("") : SLICE("x");
        if (i != 2)
            wire_encode(&texts, &row);
        if (i == 3)
            wire_encode(&texts, &row); /* a language twice */
        if (i == 4)
            wire_encode(&texts, &other);
        if (i == 5)
            buf_append_text(&texts, "x");
        const struct message message = {
            .kind = MESSAGE_cmd_broadcast,
            .cmd_broadcast = {.broadcast_id = SLICE("bad"), .texts = buf_slice(&texts)}};
        assert_int_equal(apply(&message), RESULT_invalid);
    }
    buf_deinit(&texts);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ledger, close_ledger)
    const struct CMUnitTest tests[] = {
        TEST(walks_members_by_id),       TEST(goes_on_in_bounded_steps_to_everybody_once),
        TEST(looks_at_a_bounded_number), TEST(cancelling_takes_back_all_that_waits),
        TEST(so_many_run_at_a_time),     TEST(refuses_texts_that_are_none),
    };
    return cmocka_run_group_tests_name("broadcast", tests, NULL, NULL);
}
