/* Who asks for something, and once: idempotency keys. */
#include "tests/unit/ledger/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

enum { HOUR_MS = 3600000, DAY_MS = 24 * HOUR_MS };

static struct store *store;
static struct ledger *ledger;
static uint64_t now_ms;
static uint64_t subject;

static int set_up(void **state)
{
    (void)state;
    now_ms = 1767225600000;
    memset(&sample, 0, sizeof sample);
    assert_int_equal(store_open_memory(&store), ERROR_NONE);
    assert_int_equal(ledger_open(store, &ledger, NULL), ERROR_NONE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static enum error apply_bytes(struct slice command, unsigned *result)
{
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    enum error error =
        ledger_apply(ledger, ledger_applied(ledger) + 1, now_ms, command, result, NULL);
    subject = ledger_subject(ledger);
    if (error == ERROR_NONE)
        assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    else
        ledger_abort(ledger);
    return error;
}

static const char *actor = "console:ann";

static unsigned act(const char *key, struct slice body)
{
    char bytes[4096];
    struct buf command = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    unsigned result = RESULT_COUNT;
    const struct message message = {.kind = MESSAGE_cmd_act,
                                    .cmd_act = {.actor = slice_from(actor),
                                                .who = WHO_FINANCE,
                                                .reason = SLICE("asked"),
                                                .key = slice_from(key),
                                                .seed = SLICE("0123456789abcdef"),
                                                .body = body}};
    wire_encode(&command, &message);
    assert_false(command.failed);
    assert_int_equal(apply_bytes(buf_slice(&command), &result), ERROR_NONE);
    return result;
}

static unsigned keep(const char *key, const char *name, bool full)
{
    char bytes[256];
    struct buf body = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    const struct sample_keep keep = {.name = slice_from(name), .telegram_id = 5, .full = full};
    shape_encode(&body, shape_sample_keep(), &keep);
    return act(key, buf_slice(&body));
}

static unsigned tick(void)
{
    char bytes[64];
    struct buf command = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    unsigned result = RESULT_COUNT;
    const struct message message = {.kind = MESSAGE_cmd_tick, .cmd_tick = {.due_ms = now_ms}};
    wire_encode(&command, &message);
    assert_int_equal(apply_bytes(buf_slice(&command), &result), ERROR_NONE);
    return result;
}

static uint64_t count(enum table table)
{
    struct store_txn *txn;
    assert_int_equal(store_begin(store, false, &txn), ERROR_NONE);
    uint64_t entries = store_count(txn, table);
    store_abort(&txn);
    return entries;
}

static void the_same_key_is_the_same_thing(void **state)
{
    (void)state;
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_int_equal(subject, 1);
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_int_equal(subject, 1);
    assert_int_equal(sample.kept, 1);
    assert_int_equal(keep("k2", "box", false), RESULT_sample_kept);
    assert_int_equal(subject, 2);
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_int_equal(subject, 1);
    assert_int_equal(sample.kept, 2);
    assert_int_equal(count(TABLE_keys), 2);
    assert_int_equal(count(TABLE_timers), 2);
}

static void another_request_under_a_key_is_refused(void **state)
{
    (void)state;
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_int_equal(keep("k1", "other", false), RESULT_key_reused);
    assert_int_equal(sample.kept, 1);
    assert_int_equal(subject, 0); /* nothing of what the other request made */
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_int_equal(subject, 1);
}

static void actors_do_not_share_keys(void **state)
{
    (void)state;
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    actor = "member:7";
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_int_equal(sample.kept, 2);
    assert_int_equal(subject, 2);
    assert_int_equal(keep("k1", "other", false), RESULT_key_reused);
    actor = "console:ann";
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_int_equal(subject, 1);
    assert_int_equal(sample.kept, 2);
    assert_int_equal(count(TABLE_keys), 2);
}

static void without_a_key_each_is_done(void **state)
{
    (void)state;
    assert_int_equal(keep("", "box", false), RESULT_sample_kept);
    assert_int_equal(keep("", "box", false), RESULT_sample_kept);
    assert_int_equal(sample.kept, 2);
    assert_int_equal(count(TABLE_keys), 0);
    assert_int_equal(count(TABLE_timers), 0);
}

static void refusals_are_not_remembered(void **state)
{
    (void)state;
    assert_int_equal(keep("k1", "box", true), RESULT_sample_full);
    assert_int_equal(count(TABLE_keys), 0);
    assert_int_equal(count(TABLE_timers), 0);
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_int_equal(keep("k1", "box", true), RESULT_key_reused);
}

static void keys_are_forgotten_after_two_days(void **state)
{
    (void)state;
    uint64_t first_ms = now_ms;
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    now_ms += HOUR_MS;
    assert_int_equal(keep("k2", "box", false), RESULT_sample_kept);
    assert_int_equal(ledger_next_due(ledger), first_ms + 2 * DAY_MS);
    now_ms = first_ms + 2 * DAY_MS - 1;
    assert_int_equal(tick(), RESULT_ok);
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_int_equal(sample.kept, 2);
    now_ms++;
    assert_int_equal(tick(), RESULT_ok);
    assert_int_equal(count(TABLE_keys), 1);
    assert_int_equal(count(TABLE_timers), 1);
    assert_int_equal(keep("k2", "box", false), RESULT_sample_kept);
    assert_int_equal(sample.kept, 2);
    assert_int_equal(keep("k1", "other", false), RESULT_sample_kept); /* it is a new one */
    assert_int_equal(sample.kept, 3);
    now_ms += 3 * DAY_MS;
    assert_int_equal(tick(), RESULT_ok);
    assert_int_equal(count(TABLE_keys), 0);
    assert_int_equal(count(TABLE_timers), 0);
    assert_int_equal(ledger_next_due(ledger), 0);
}

static void who_asks_is_known_to_the_operation(void **state)
{
    (void)state;
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_string_equal(sample.actor, "console:ann");
    assert_int_equal(sample.who, WHO_FINANCE);
    assert_string_equal(sample.seed, "0123456789abcdef");
    /* The next command is nobody's. */
    char bytes[64];
    unsigned result;
    struct buf command = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    const struct sample_keep keep = {.name = SLICE("box")};
    shape_encode(&command, shape_sample_keep(), &keep);
    assert_int_equal(apply_bytes(buf_slice(&command), &result), ERROR_NONE);
    assert_int_equal(result, RESULT_sample_kept);
    assert_string_equal(sample.actor, "");
    assert_int_equal(sample.who, 0);
    assert_string_equal(sample.seed, "");
}

static void what_is_no_request_is_refused(void **state)
{
    (void)state;
    char bytes[512];
    struct buf body = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    char text[64];
    struct buf inner = {.data = text, .cap = sizeof text, .max = sizeof text};
    const struct message tick_now = {.kind = MESSAGE_cmd_tick};
    wire_encode(&inner, &tick_now);
    assert_int_equal(act("k", buf_slice(&inner)), RESULT_ok); /* of the frame: as it is */
    const struct message nested = {.kind = MESSAGE_cmd_act,
                                   .cmd_act = {.actor = SLICE("x"), .body = buf_slice(&inner)}};
    wire_encode(&body, &nested);
    assert_int_equal(act("", buf_slice(&body)), RESULT_invalid);
    assert_int_equal(act("n", buf_slice(&body)), RESULT_invalid);
    assert_int_equal(act("n", SLICE("")), RESULT_invalid);
    assert_int_equal(act("n", SLICE("\x93")), RESULT_invalid);
    assert_int_equal(act("n", slice_of(text, inner.len - 1)), RESULT_invalid);
    buf_clear(&body);
    const struct message row = {.kind = MESSAGE_catalog_bot, .catalog_bot = {SLICE("main")}};
    wire_encode(&body, &row);
    assert_int_equal(act("n", buf_slice(&body)), RESULT_invalid);
    buf_clear(&body);
    const struct fact_sample_happened fact = {.n = 1};
    shape_encode(&body, shape_fact_sample_happened(), &fact);
    assert_int_equal(act("n", buf_slice(&body)), RESULT_invalid);
    assert_int_equal(count(TABLE_keys), 1);
    assert_int_equal(sample.heard, 0);
}

/* A result that no table knows would be asked for its name. */
static void a_damaged_result_is_found(void **state)
{
    (void)state;
    struct store_txn *txn;
    struct slice key;
    struct slice value;
    struct record_asked asked;
    uint8_t bytes[RECORD_BYTES_MAX];
    char copy[16];
    unsigned result;
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_int_equal(store_begin(store, true, &txn), ERROR_NONE);
    assert_int_equal(store_seek(txn, TABLE_keys, SLICE("\0"), false, &key, &value), ERROR_NONE);
    assert_int_equal(record_decode(shape_record_asked(), value, &asked), ERROR_NONE);
    memcpy(copy, key.data, key.len);
    asked.result = 250;
    value = slice_of(bytes, record_encode(shape_record_asked(), &asked, bytes));
    assert_int_equal(store_put(txn, TABLE_keys, slice_of(copy, key.len), value), ERROR_NONE);
    assert_int_equal(store_commit(&txn), ERROR_NONE);
    char body[256];
    char text[512];
    struct buf inner = {.data = body, .cap = sizeof body, .max = sizeof body};
    struct buf command = {.data = text, .cap = sizeof text, .max = sizeof text};
    const struct sample_keep keep = {.name = SLICE("box"), .telegram_id = 5};
    shape_encode(&inner, shape_sample_keep(), &keep);
    const struct message message = {
        .kind = MESSAGE_cmd_act,
        .cmd_act = {.actor = slice_from(actor), .key = SLICE("k1"), .body = buf_slice(&inner)}};
    wire_encode(&command, &message);
    assert_int_equal(apply_bytes(buf_slice(&command), &result), ERROR_CORRUPT);
}

/* Two keys of one hash: the later one is remembered, and not for shorter. */
static void a_timer_forgets_only_what_is_old(void **state)
{
    (void)state;
    struct store_txn *txn;
    struct slice key;
    struct slice value;
    struct record_asked asked;
    uint8_t bytes[RECORD_BYTES_MAX];
    char copy[16];
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_int_equal(store_begin(store, true, &txn), ERROR_NONE);
    assert_int_equal(store_seek(txn, TABLE_keys, SLICE("\0"), false, &key, &value), ERROR_NONE);
    assert_int_equal(record_decode(shape_record_asked(), value, &asked), ERROR_NONE);
    memcpy(copy, key.data, key.len);
    (void)slice_copy(SLICE("another"), asked.key, sizeof asked.key);
    value = slice_of(bytes, record_encode(shape_record_asked(), &asked, bytes));
    assert_int_equal(store_put(txn, TABLE_keys, slice_of(copy, key.len), value), ERROR_NONE);
    assert_int_equal(store_commit(&txn), ERROR_NONE);
    now_ms += DAY_MS;
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept); /* not known by this key */
    assert_int_equal(sample.kept, 2);
    assert_int_equal(count(TABLE_keys), 1);
    now_ms += DAY_MS; /* the first one's timer */
    assert_int_equal(tick(), RESULT_ok);
    assert_int_equal(keep("k1", "box", false), RESULT_sample_kept);
    assert_int_equal(sample.kept, 2);
    now_ms += DAY_MS;
    assert_int_equal(tick(), RESULT_ok);
    assert_int_equal(count(TABLE_keys), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(the_same_key_is_the_same_thing),     TEST(another_request_under_a_key_is_refused),
        TEST(actors_do_not_share_keys),           TEST(without_a_key_each_is_done),
        TEST(refusals_are_not_remembered),        TEST(keys_are_forgotten_after_two_days),
        TEST(who_asks_is_known_to_the_operation), TEST(what_is_no_request_is_refused),
        TEST(a_damaged_result_is_found),          TEST(a_timer_forgets_only_what_is_old),
    };
    return cmocka_run_group_tests_name("act", tests, NULL, NULL);
}
