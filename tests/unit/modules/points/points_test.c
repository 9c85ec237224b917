/* Points by hand: what scenarios cannot say in words. */
#include "modules/points/points.h"

#include "base/clock.h"
#include "modules/points/audit.h"
#include "modules/points/hold.h"
#include "modules/points/lot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

enum { DAY_MS = 24 * 3600 * 1000 };

static struct store *store;
static struct ledger *ledger;
static uint64_t now_ms;

static unsigned apply(const struct message *message)
{
    struct buf bytes;
    unsigned result;
    buf_init(&bytes, 1 << 16);
    wire_encode(&bytes, message);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_int_equal(
        ledger_apply(ledger, ledger_applied(ledger) + 1, now_ms, buf_slice(&bytes), &result, NULL),
        ERROR_NONE);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    buf_deinit(&bytes);
    return result;
}

static void configure(const struct points_rules *rules)
{
    static char version;
    struct buf rows;
    char hash[32] = {++version};
    const struct message community = {.kind = MESSAGE_catalog_community,
                                      .catalog_community = {.name = SLICE("Club"),
                                                            .timezone = SLICE("Asia/Shanghai"),
                                                            .removals_per_hour = 1}};
    buf_init(&rows, 65536);
    wire_encode(&rows, &community);
    if (rules != NULL)
        shape_encode(&rows, shape_points_rules(), rules);
    const struct message message = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {slice_of(hash, sizeof hash), buf_slice(&rows)}};
    assert_int_equal(apply(&message), RESULT_ok);
    buf_deinit(&rows);
}

static void tick(void)
{
    const struct message message = {.kind = MESSAGE_cmd_tick, .cmd_tick = {now_ms}};
    assert_int_equal(apply(&message), RESULT_ok);
}

/* The functions are for operations: within a command, that is. */
static void begin(void)
{
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    ledger->at_ms = now_ms;
}

static void commit(void)
{
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
}

static struct points_move move_of(int64_t telegram_id, int64_t amount, const char *ref)
{
    return (struct points_move){.telegram_id = telegram_id,
                                .amount = amount,
                                .account = SLICE("issue/test"),
                                .rule = SLICE("test"),
                                .ref = slice_from(ref)};
}

static int set_up(void **state)
{
    (void)state;
    now_ms = 1767225600000; /* 2026-01-01, 08:00 in Shanghai */
    if (store_open_memory(&store) != ERROR_NONE || ledger_open(store, &ledger, NULL) != ERROR_NONE)
        return -1;
    configure(NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static void lots_expire_when_a_local_day_or_month_ends(void **state)
{
    (void)state;
    static const struct {
        struct period after;
        bool end_of_month;
        const char *expires;
    } rows[] = {{{0, 1}, false, "2026-01-02T16:00:00Z"},
                {{12, 0}, false, "2027-01-01T16:00:00Z"},
                {{12, 0}, true, "2027-01-31T16:00:00Z"},
                {{24, 0}, false, "2028-01-31T16:00:00Z"},
                {{1, 0}, true, "2026-02-28T16:00:00Z"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[32] = "";
        const struct points_rules rules = {.expiry = period_pack(rows[i].after),
                                           .end_of_month = rows[i].end_of_month};
        const struct book book = {.rules = rules};
        begin();
        clock_format_utc((int64_t)lot_expiry_ms(ledger, &book), text, sizeof text);
        commit();
        assert_string_equal(text, rows[i].expires);
    }
    const struct book xp = {.currency = POINTS_XP, .rules = {.expiry = 30}};
    assert_int_equal(lot_expiry_ms(ledger, &xp), 0);
}

static void what_expires_at_one_time_is_one_lot(void **state)
{
    (void)state;
    const struct points_rules rules = {.expiry = period_pack((struct period){12, 0})};
    struct record_points_lot row;
    uint64_t lot;
    configure(&rules);
    begin();
    for (int i = 0; i < 100; i++) {
        const struct points_move move = move_of(7, 1, "");
        assert_int_equal(points_give(ledger, &move, NULL), RESULT_ok);
    }
    assert_true(lot_first(ledger, 7, POINTS_POINTS, &lot, &row));
    assert_int_equal(row.rest, 100);
    assert_false(lot_next(ledger, 7, &lot, &row));
    commit();
}

static void a_year_of_lots_is_spent_and_given_back(void **state)
{
    (void)state;
    const struct points_rules rules = {.expiry = period_pack((struct period){12, 0})};
    struct points_done done;
    configure(&rules);
    for (int day = 0; day < 360; day++, now_ms += DAY_MS) {
        const struct points_move move = move_of(7, 1 + day % 3, "");
        begin();
        assert_int_equal(points_give(ledger, &move, NULL), RESULT_ok);
        commit();
    }
    begin();
    const struct points_move all = move_of(7, 720, "");
    assert_int_equal(points_take(ledger, &all, &done), RESULT_ok);
    assert_int_equal(done.balance, 0);
    uint64_t lot;
    struct record_points_lot row;
    assert_false(lot_first(ledger, 7, POINTS_POINTS, &lot, &row));
    assert_int_equal(points_reverse(ledger, 7, done.posting, SLICE("back"), &done), RESULT_ok);
    assert_int_equal(done.balance, 720);
    unsigned lots = 0;
    for (bool any = lot_first(ledger, 7, POINTS_POINTS, &lot, &row); any;
         any = lot_next(ledger, 7, &lot, &row))
        lots++;
    assert_int_equal(lots, 360);
    commit();
}

static void caps_clip_by_the_local_day_and_week(void **state)
{
    (void)state;
    const struct points_rules rules = {.cap_day = 100, .cap_week = 150};
    struct points_done done;
    struct points_move move = move_of(7, 70, "");
    move.capped = true;
    configure(&rules);
    begin();
    assert_int_equal(points_give(ledger, &move, &done), RESULT_ok);
    assert_int_equal(done.amount, 70);
    assert_int_equal(points_give(ledger, &move, &done), RESULT_ok);
    assert_int_equal(done.amount, 30);
    assert_int_equal(points_give(ledger, &move, &done), RESULT_ok);
    assert_int_equal(done.amount, 0);
    assert_int_equal(done.posting, 0);
    move.capped = false;
    assert_int_equal(points_give(ledger, &move, &done), RESULT_ok);
    assert_int_equal(done.amount, 70);
    move.capped = true;
    commit();
    now_ms += 16 * 3600 * 1000; /* Friday, 00:00 in Shanghai */
    begin();
    assert_int_equal(points_give(ledger, &move, &done), RESULT_ok);
    assert_int_equal(done.amount, 50);
    commit();
    now_ms += 3ull * DAY_MS; /* Monday */
    begin();
    assert_int_equal(points_give(ledger, &move, &done), RESULT_ok);
    assert_int_equal(done.amount, 70);
    commit();
}

static void holds_are_one_for_a_ref_and_end_once(void **state)
{
    (void)state;
    struct points_done done;
    const struct points_move give = move_of(7, 100, "");
    struct points_move hold = move_of(7, 60, "auction/1");
    const struct points_move other = move_of(7, 41, "auction/2");
    begin();
    assert_int_equal(points_capture(ledger, &hold, NULL), RESULT_hold_unknown);
    assert_int_equal(points_give(ledger, &give, NULL), RESULT_ok);
    assert_int_equal(points_hold(ledger, &hold, &done), RESULT_ok);
    assert_int_equal(done.balance, 40);
    assert_int_equal(points_hold(ledger, &hold, NULL), RESULT_hold_exists);
    assert_int_equal(points_hold(ledger, &other, NULL), RESULT_too_few);
    assert_int_equal(points_release(ledger, &hold, &done), RESULT_ok);
    assert_int_equal(done.balance, 100);
    assert_int_equal(points_release(ledger, &hold, NULL), RESULT_hold_unknown);
    assert_int_equal(points_hold(ledger, &hold, NULL), RESULT_ok);
    hold.account = SLICE("burn/auction");
    assert_int_equal(points_capture(ledger, &hold, &done), RESULT_ok);
    assert_int_equal(done.balance, 40);
    uint64_t captured = done.posting;
    assert_int_equal(points_capture(ledger, &hold, NULL), RESULT_hold_unknown);
    assert_int_equal(points_reverse(ledger, 7, captured - 1, SLICE(""), NULL),
                     RESULT_not_reversible);
    assert_int_equal(points_reverse(ledger, 7, captured, SLICE(""), &done), RESULT_ok);
    assert_int_equal(done.balance, 100);
    assert_int_equal(points_reverse(ledger, 7, done.posting, SLICE(""), NULL),
                     RESULT_not_reversible);
    commit();
}

static void a_hold_is_released_by_time(void **state)
{
    (void)state;
    const struct points_move give = move_of(7, 100, "");
    struct points_move hold = move_of(7, 60, "draw/1");
    hold.expires_ms = now_ms + DAY_MS;
    begin();
    assert_int_equal(points_give(ledger, &give, NULL), RESULT_ok);
    assert_int_equal(points_hold(ledger, &hold, NULL), RESULT_ok);
    commit();
    for (int i = 0; i < 2; i++) {
        now_ms = hold.expires_ms - 1 + (uint64_t)i;
        tick();
        begin();
        assert_int_equal(points_available(ledger, 7, POINTS_POINTS), i == 0 ? 40 : 100);
        commit();
    }
}

static void without_debt_only_what_is_there_is_taken_back(void **state)
{
    (void)state;
    const struct points_rules rules = {.no_debt = 1};
    struct points_done given;
    struct points_done done;
    const struct points_move give = move_of(7, 100, "");
    const struct points_move take = move_of(7, 70, "");
    configure(&rules);
    begin();
    assert_int_equal(points_give(ledger, &give, &given), RESULT_ok);
    assert_int_equal(points_take(ledger, &take, NULL), RESULT_ok);
    assert_int_equal(points_reverse(ledger, 7, given.posting, SLICE(""), &done), RESULT_ok);
    assert_int_equal(done.balance, 0);
    assert_int_equal(points_give(ledger, &give, &given), RESULT_ok);
    assert_int_equal(given.balance, 100);
    commit();
}

static void nobody_has_more_than_can_be_counted(void **state)
{
    (void)state;
    const struct points_move give = move_of(7, POINTS_AMOUNT_MAX, "");
    unsigned result = RESULT_ok;
    unsigned given = 0;
    begin();
    for (; result == RESULT_ok && given < 10000; given++)
        result = points_give(ledger, &give, NULL);
    assert_int_equal(result, RESULT_too_many_points);
    assert_int_equal(given, 9001);
    commit();
}

static void the_audit_finds_what_does_not_agree_by_bounded_steps(void **state)
{
    (void)state;
    struct record_points_account account;
    const struct message tick_message = {.kind = MESSAGE_cmd_tick, .cmd_tick = {0}};
    char text[4096];
    for (int64_t member = 1; member <= 2000; member++) {
        const struct points_move give = move_of(member, 10, "");
        begin();
        assert_int_equal(points_give(ledger, &give, NULL), RESULT_ok);
        commit();
    }
    begin();
    assert_true(aspect_load(ledger, 1234, shape_record_points_account(), 0, &account));
    account.available++;
    aspect_store(ledger, 1234, shape_record_points_account(), 0, &account);
    assert_int_equal(audit_begin(ledger), RESULT_ok);
    assert_int_equal(audit_begin(ledger), RESULT_audit_runs);
    commit();
    unsigned ticks = 0;
    for (; ledger_next_due(ledger) == TIMER_AT_ONCE_MS; ticks++)
        assert_int_equal(apply(&tick_message), RESULT_ok);
    assert_true(ticks >= 5 && ticks < 50);
    begin();
    cJSON *out = cJSON_CreateObject();
    audit_answer(ledger, out);
    assert_true(cJSON_PrintPreallocated(out, text, sizeof text, false));
    cJSON_Delete(out);
    commit();
    assert_non_null(strstr(text, "\"sum\":{\"points\":0,\"xp\":0,\"stars\":0},\"mismatches\":[{"
                                 "\"telegram_id\":1234,\"currency\":\"points\",\"account\":"
                                 "\"available\",\"is\":11,\"should\":10}]"));
    assert_non_null(strstr(text, "\"members\":2000"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(lots_expire_when_a_local_day_or_month_ends),
        TEST(what_expires_at_one_time_is_one_lot),
        TEST(a_year_of_lots_is_spent_and_given_back),
        TEST(caps_clip_by_the_local_day_and_week),
        TEST(holds_are_one_for_a_ref_and_end_once),
        TEST(a_hold_is_released_by_time),
        TEST(without_debt_only_what_is_there_is_taken_back),
        TEST(nobody_has_more_than_can_be_counted),
        TEST(the_audit_finds_what_does_not_agree_by_bounded_steps),
    };
    return cmocka_run_group_tests_name("points", tests, NULL, NULL);
}
