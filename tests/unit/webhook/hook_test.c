#include "webhook/hook.h"

#include "following.h"

static char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
static char pattern[] = "payment.*";
static char *patterns[] = {pattern};
static const struct config_webhook config = {.name = "crm",
                                             .url = secret,
                                             .secret = secret,
                                             .events = patterns,
                                             .event_count = 1,
                                             .give_up_ms = 3600 * 1000};
static struct hook hook;
static struct buf items;

static int begin(void **state)
{
    (void)state;
    buf_init(&items, 65536);
    assert_int_equal(hook_init(&hook, &config, 1), ERROR_NONE);
    hook_place(&hook, 10);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hook_deinit(&hook);
    buf_deinit(&items);
    return 0;
}

static void feed(uint64_t upto)
{
    assert_true(hook_hungry(&hook));
    assert_int_equal(hook_feed(&hook, buf_slice(&items), upto), ERROR_NONE);
}

static void only_what_is_wanted_and_in_order(void **state)
{
    (void)state;
    put_left(&items, 12, 1);
    put_paid(&items, 12, 2);
    put_left(&items, 13, 1);
    put_paid(&items, 15, 1);
    put_left(&items, 16, 1);
    feed(20);
    assert_true(hook_next(&hook, 0));
    assert_string_equal(hook.id, "evt_12_2");
    assert_string_equal(hook.name, "payment.paid");
    assert_int_equal(hook.cursor.position, 11);
    assert_false(hook_next(&hook, 0)); /* one at a time */
    assert_false(hook_hungry(&hook));
    assert_int_equal(hook_done(&hook, 200, "", 0, 1000), HOOK_SENT);
    assert_true(hook_next(&hook, 0));
    assert_string_equal(hook.id, "evt_15_1");
    assert_int_equal(hook.cursor.position, 14);
    assert_int_equal(hook_done(&hook, 204, "", 0, 1000), HOOK_SENT);
    assert_false(hook_next(&hook, 0));
    assert_int_equal(hook.cursor.position, 20);
    assert_true(hook_hungry(&hook));
}

static void nothing_wanted_is_passed_by(void **state)
{
    (void)state;
    put_left(&items, 12, 1);
    feed(17);
    assert_false(hook_next(&hook, 0));
    assert_int_equal(hook.cursor.position, 17);
    buf_clear(&items);
    feed(19);
    assert_int_equal(hook.cursor.position, 19);
}

static void a_retry_holds_back_the_rest(void **state)
{
    uint64_t now_ms = 5;
    uint64_t last = 0;
    (void)state;
    put_paid(&items, 12, 1);
    put_paid(&items, 13, 1);
    feed(13);
    for (int tries = 0; tries < 20; tries++) {
        assert_true(hook_next(&hook, now_ms));
        assert_string_equal(hook.id, "evt_12_1");
        assert_int_equal(hook_done(&hook, tries % 2 == 0 ? 500 : 0, "refused", now_ms, 1000),
                         HOOK_AGAIN);
        assert_string_equal(hook.error, tries % 2 == 0 ? "answered 500" : "refused");
        uint64_t wait = hook_try_at(&hook) - now_ms;
        assert_false(hook_next(&hook, hook_try_at(&hook) - 1));
        if (tries == 0)
            assert_in_range(wait, 1000, 5000);
        assert_true(wait >= HOOK_FIRST_MS * 3 / 4 && wait <= HOOK_LONGEST_MS * 5 / 4);
        if (tries > 2 && tries < 10)
            assert_true(wait > last); /* 3/4 of the double is more than 5/4 of the half */
        last = tries % 2 == 0 ? wait / 2 : last;
        now_ms = hook_try_at(&hook);
    }
    assert_true(hook_next(&hook, now_ms));
    assert_int_equal(hook_done(&hook, 200, "", now_ms, 2000), HOOK_SENT);
    assert_string_equal(hook.error, "");
    assert_int_equal(hook.cursor.failing_since_ms, 0);
    assert_true(hook_next(&hook, now_ms)); /* the next one at once */
    assert_string_equal(hook.id, "evt_13_1");
}

static void disabled_then_replayed(void **state)
{
    (void)state;
    put_paid(&items, 12, 1);
    put_paid(&items, 13, 1);
    feed(13);
    assert_true(hook_next(&hook, 0));
    assert_int_equal(hook_done(&hook, 410, "", 0, 1000), HOOK_DISABLED);
    assert_true(hook_hungry(&hook));
    feed(13);
    assert_false(hook_next(&hook, 0));
    assert_int_equal(hook.cursor.position, 13);
    hook_replay(&hook, 11);
    feed(13);
    assert_true(hook_next(&hook, 0));
    assert_string_equal(hook.id, "evt_12_1");
}

static void given_up_after_a_time(void **state)
{
    (void)state;
    put_paid(&items, 12, 1);
    feed(12);
    assert_true(hook_next(&hook, 0));
    assert_int_equal(hook_done(&hook, 500, "", 0, 1000), HOOK_AGAIN);
    assert_true(hook_next(&hook, 10000));
    assert_int_equal(hook_done(&hook, 500, "", 10000, 1000 + config.give_up_ms - 1), HOOK_AGAIN);
    assert_true(hook_next(&hook, 30000));
    assert_int_equal(hook_done(&hook, 500, "", 30000, 1000 + config.give_up_ms), HOOK_DISABLED);
    assert_true(hook.cursor.disabled);
}

static void a_replay_while_one_is_under_way(void **state)
{
    (void)state;
    put_paid(&items, 12, 1);
    put_paid(&items, 13, 1);
    feed(13);
    assert_true(hook_next(&hook, 0));
    hook_replay(&hook, 5);
    assert_false(hook_hungry(&hook));
    assert_int_equal(hook_done(&hook, 200, "", 0, 1000), HOOK_STALE);
    assert_int_equal(hook.cursor.position, 5);
    assert_true(hook_hungry(&hook));
}

static void damage_is_asked_for_again(void **state)
{
    (void)state;
    buf_append_text(&items, "no message");
    feed(13);
    assert_false(hook_next(&hook, 7));
    assert_int_equal(hook.cursor.position, 10);
    assert_true(hook_hungry(&hook));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_what_is_wanted_and_in_order, begin, end),
        cmocka_unit_test_setup_teardown(nothing_wanted_is_passed_by, begin, end),
        cmocka_unit_test_setup_teardown(a_retry_holds_back_the_rest, begin, end),
        cmocka_unit_test_setup_teardown(disabled_then_replayed, begin, end),
        cmocka_unit_test_setup_teardown(given_up_after_a_time, begin, end),
        cmocka_unit_test_setup_teardown(a_replay_while_one_is_under_way, begin, end),
        cmocka_unit_test_setup_teardown(damage_is_asked_for_again, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
