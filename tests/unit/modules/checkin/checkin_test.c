/* Rewards by their formula, and what is said in each language. */
#include "modules/checkin/checkin.h"

#include "ledger/rows.h"
#include "ledger/words.h"
#include "modules/points/points.h"
#include "tests/unit/text/club.h"
#include "text/letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
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

static unsigned check_in(int64_t telegram_id)
{
    struct buf body;
    buf_init(&body, 256);
    shape_encode(&body, shape_checkin(), &(struct checkin){.telegram_id = telegram_id});
    const struct message act = {
        .kind = MESSAGE_cmd_act,
        .cmd_act = {.actor = SLICE("token"), .who = WHO_OWNER, .body = buf_slice(&body)}};
    unsigned result = apply(&act);
    buf_deinit(&body);
    return result;
}

static int64_t balance(int64_t telegram_id)
{
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    int64_t points = points_available(ledger, telegram_id, POINTS_POINTS);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    return points;
}

static int set_up(void **state)
{
    (void)state;
    struct buf rows;
    char hash[32] = {1};
    const struct message community = {.kind = MESSAGE_catalog_community,
                                      .catalog_community = {.name = SLICE("Club"),
                                                            .timezone = SLICE("Asia/Shanghai"),
                                                            .removals_per_hour = 1}};
    const struct checkin_rules rules = {.base = 10, .step = 2, .step_max = 6};
    static const struct checkin_milestone milestones[] = {{7, 20}, {30, 100}, {100, 500}};
    now_ms = 1767225600000;
    if (store_open_memory(&store) != ERROR_NONE || ledger_open(store, &ledger, NULL) != ERROR_NONE)
        return -1;
    buf_init(&rows, 65536);
    wire_encode(&rows, &community);
    shape_encode(&rows, shape_checkin_rules(), &rules);
    for (size_t i = 0; i < 3; i++)
        shape_encode(&rows, shape_checkin_milestone(), &milestones[i]);
    const struct message message = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {slice_of(hash, sizeof hash), buf_slice(&rows)}};
    assert_int_equal(apply(&message), RESULT_ok);
    buf_deinit(&rows);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static void rewards_follow_the_formula_for_a_hundred_days(void **state)
{
    (void)state;
    int64_t before = 0;
    for (int64_t n = 1; n <= 101; n++, now_ms += DAY_MS) {
        int64_t expected = 10 + 2 * (n - 1 < 6 ? n - 1 : 6);
        expected += n == 7 ? 20 : n == 30 ? 100 : n == 100 ? 500 : 0;
        assert_int_equal(check_in(7), RESULT_ok);
        assert_int_equal(check_in(7), RESULT_checked_in);
        assert_int_equal(balance(7) - before, expected);
        before = balance(7);
    }
}

static void assert_said(enum language language, const struct checkin_came *came, const char *text)
{
    char expected[512];
    struct buf parts;
    struct buf out;
    struct why why = {""};
    struct calendar *calendar;
    const char *method;
    int64_t chat_id;
    buf_init(&parts, 4096);
    buf_init(&out, 65536);
    shape_encode(&parts, shape_checkin_came(), came);
    assert_int_equal(calendar_new("Asia/Shanghai", &calendar), ERROR_NONE);
    const struct message_work work = {.kind = DELIVERY_answer,
                                      .telegram_id = 42,
                                      .chat_id = 42,
                                      .link = SLICE("press"),
                                      .language = (uint64_t)language,
                                      .parts = buf_slice(&parts)};
    if (letter_render(module_say, &club, calendar, &work, &method, &chat_id, &out, &why) !=
        ERROR_NONE)
        fail_msg("%s", why.text);
    buf_append_u8(&out, 0);
    snprintf(expected, sizeof expected, "\"text\":\"%s\"", text);
    if (strstr(out.data, expected) == NULL)
        fail_msg("it says %s, not %s", out.data, expected);
    calendar_destroy(&calendar);
    buf_deinit(&parts);
    buf_deinit(&out);
}

static void a_toast_says_day_reward_and_balance(void **state)
{
    (void)state;
    struct checkin_came came = {.what = CHECKIN_DONE, .streak = 7, .amount = 42, .balance = 310};
    assert_said(LANGUAGE_EN, &came, "Day 7, +42, balance 310");
    assert_said(LANGUAGE_ZH_HANS, &came, "第 7 天，+42，余额 310");
    assert_said(LANGUAGE_ZH_HANT, &came, "第 7 天，+42，餘額 310");
    came.what = CHECKIN_ALREADY;
    assert_said(LANGUAGE_EN, &came, "Already checked in today, day 7, balance 310");
    for (uint64_t what = CHECKIN_DONE; what <= CHECKIN_TOO_FEW; what++)
        assert_non_null(checkin_outcomes[what]);
    assert_null(checkin_outcomes[CHECKIN_TOO_FEW + 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rewards_follow_the_formula_for_a_hundred_days, set_up,
                                        tear_down),
        cmocka_unit_test(a_toast_says_day_reward_and_balance),
    };
    return cmocka_run_group_tests_name("checkin", tests, NULL, NULL);
}
