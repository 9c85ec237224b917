#include "courier/bucket.h"

#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void starts_free_or_spent(void **state)
{
    (void)state;
    struct bucket bucket;
    assert_true(bucket_init(&bucket, 3, 1000, 500, 7000, false));
    assert_int_equal(bucket_ready_at(&bucket), 7000);
    assert_int_equal(bucket_idle_at(&bucket), 7000);
    assert_int_equal(bucket_used(&bucket, 7000), 0);
    bucket_deinit(&bucket);

    assert_true(bucket_init(&bucket, 3, 1000, 500, 7000, true));
    assert_int_equal(bucket_used(&bucket, 7000), 3);
    assert_int_equal(bucket_used(&bucket, 8000), 3);
    assert_true(bucket_ready_at(&bucket) > 8000);
    assert_true(bucket_ready_at(&bucket) < 8010);
    assert_int_equal(bucket_idle_at(&bucket), bucket_ready_at(&bucket));
    bucket_deinit(&bucket);
    assert_null(bucket.free_at);
}

static void a_token_rests_one_window_after_its_answer(void **state)
{
    (void)state;
    struct bucket bucket;
    assert_true(bucket_init(&bucket, 1, 1000, 10000, 0, false));
    uint32_t token = bucket_spend(&bucket, 100);
    assert_true(bucket_ready_at(&bucket) > 100 + 10000 + 1000);
    bucket_settle(&bucket, token, 100, 150);
    assert_true(bucket_ready_at(&bucket) > 1150);
    assert_true(bucket_ready_at(&bucket) <= 1155);
    assert_int_equal(bucket_used(&bucket, 1150), 1);
    assert_int_equal(bucket_used(&bucket, 1155), 0);
    bucket_deinit(&bucket);
}

static void an_unanswered_token_rests_from_the_end_of_the_transit(void **state)
{
    (void)state;
    struct bucket bucket;
    assert_true(bucket_init(&bucket, 1, 1000, 2000, 0, false));
    uint32_t token = bucket_spend(&bucket, 100);
    uint64_t free_at = bucket_ready_at(&bucket);
    assert_in_range(free_at, 3101, 3105);
    /* An answer later than that changes nothing. */
    bucket_settle(&bucket, token, 100, 2500);
    assert_int_equal(bucket_ready_at(&bucket), free_at);
    bucket_deinit(&bucket);
}

static void a_late_answer_does_not_free_another_calls_token(void **state)
{
    (void)state;
    struct bucket bucket;
    assert_true(bucket_init(&bucket, 1, 1000, 2000, 0, false));
    uint32_t first = bucket_spend(&bucket, 0);
    uint64_t again = bucket_ready_at(&bucket);
    uint32_t second = bucket_spend(&bucket, again);
    assert_int_equal(first, second);
    uint64_t free_at = bucket_ready_at(&bucket);
    bucket_settle(&bucket, first, 0, again + 1);
    assert_int_equal(bucket_ready_at(&bucket), free_at);
    bucket_settle(&bucket, second, again, again + 1);
    assert_true(bucket_ready_at(&bucket) < free_at);
    bucket_deinit(&bucket);
}

static void slow_tokens_do_not_hold_up_fast_ones(void **state)
{
    (void)state;
    struct bucket bucket;
    assert_true(bucket_init(&bucket, 3, 1000, 10000, 0, false));
    bucket_spend(&bucket, 10); /* never answered */
    uint32_t fast = bucket_spend(&bucket, 10);
    bucket_spend(&bucket, 10); /* never answered */
    bucket_settle(&bucket, fast, 10, 12);
    assert_true(bucket_ready_at(&bucket) < 1020);
    assert_int_equal(bucket_spend(&bucket, 1020), fast);
    assert_int_equal(bucket_used(&bucket, 1020), 3);
    bucket_deinit(&bucket);
}

static void a_postponed_call_rests_from_its_later_start(void **state)
{
    (void)state;
    struct bucket bucket;
    assert_true(bucket_init(&bucket, 1, 1000, 2000, 0, false));
    uint32_t token = bucket_spend(&bucket, 100);
    bucket_postpone(&bucket, token, 100, 1900);
    assert_in_range(bucket_ready_at(&bucket), 4901, 4905);
    bucket_settle(&bucket, token, 1900, 1950);
    assert_in_range(bucket_ready_at(&bucket), 2951, 2955);
    bucket_deinit(&bucket);
}

/* The server counts each call at a moment of its own choice between sending and answer, at most
 * transit_ms after the sending, in units finer than ours. */

static int by_time(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

struct flight {
    uint32_t token;
    uint64_t sent_us;
    uint64_t answer_us; /* UINT64_MAX: none */
};

enum { FLIGHTS_MAX = 4096, CALLS_MAX = 20000 };

/* Plays calls for a while; returns how many were sent in the second half. */
static size_t play(struct prng *prng, uint32_t limit, uint32_t window_ms, uint32_t transit_ms,
                   uint64_t latency_max_us, unsigned lost_in_1000, uint64_t play_ms)
{
    static uint64_t counted_us[CALLS_MAX];
    static struct flight flights[FLIGHTS_MAX];
    struct bucket bucket;
    size_t calls = 0, late_calls = 0, flying = 0;
    uint64_t us = 5000000 + prng_below(prng, 1000);
    uint64_t end_us = us + play_ms * 1000;
    uint64_t half_us = us + play_ms * 500;
    assert_true(bucket_init(&bucket, limit, window_ms, transit_ms, us / 1000, false));
    for (; us < end_us; us += 1 + prng_below(prng, 300)) {
        uint64_t now_ms = us / 1000;
        for (size_t i = 0; i < flying;) {
            if (flights[i].answer_us > us) {
                i++;
                continue;
            }
            bucket_settle(&bucket, flights[i].token, flights[i].sent_us / 1000, now_ms);
            flights[i] = flights[--flying];
        }
        while (bucket_ready_at(&bucket) <= now_ms && calls < CALLS_MAX && flying < FLIGHTS_MAX) {
            bool lost = prng_below(prng, 1000) < lost_in_1000;
            uint64_t latency_us = prng_below(prng, latency_max_us) + 1;
            uint64_t longest_us = lost ? transit_ms * 1000ULL : latency_us;
            if (longest_us > transit_ms * 1000ULL)
                longest_us = transit_ms * 1000ULL;
            counted_us[calls++] = us + prng_below(prng, longest_us + 1);
            late_calls += us >= half_us;
            uint32_t token = bucket_spend(&bucket, now_ms);
            if (!lost)
                flights[flying++] = (struct flight){token, us, us + latency_us};
        }
    }
    assert_true(calls < CALLS_MAX);
    qsort(counted_us, calls, sizeof counted_us[0], by_time);
    for (size_t i = limit; i < calls; i++)
        assert_true(counted_us[i] - counted_us[i - limit] > window_ms * 1000ULL);
    bucket_deinit(&bucket);
    return late_calls;
}

static void no_window_is_ever_over_the_limit(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct prng prng = {seed};
        uint32_t limit = 1 + (uint32_t)prng_below(&prng, 40);
        uint32_t window_ms = prng_below(&prng, 2) ? 1000 : 6000;
        uint32_t transit_ms = 100 + (uint32_t)prng_below(&prng, 3000);
        uint64_t latency_us = 1000 * (1 + prng_below(&prng, 8000));
        play(&prng, limit, window_ms, transit_ms, latency_us, (unsigned)prng_below(&prng, 100),
             30000);
    }
}

static void short_answers_leave_nothing_unused(void **state)
{
    (void)state;
    struct prng prng = {99};
    /* 20 s at 30/s, answers within 2 ms. */
    size_t sent = play(&prng, 30, 1000, 10000, 2000, 0, 40000);
    assert_true(sent >= 30 * 20 * 99 / 100);
    assert_true(sent <= 30 * 20 + 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_free_or_spent),
        cmocka_unit_test(a_token_rests_one_window_after_its_answer),
        cmocka_unit_test(an_unanswered_token_rests_from_the_end_of_the_transit),
        cmocka_unit_test(a_late_answer_does_not_free_another_calls_token),
        cmocka_unit_test(slow_tokens_do_not_hold_up_fast_ones),
        cmocka_unit_test(a_postponed_call_rests_from_its_later_start),
        cmocka_unit_test(no_window_is_ever_over_the_limit),
        cmocka_unit_test(short_answers_leave_nothing_unused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
