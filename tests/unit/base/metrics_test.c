#include "base/metrics.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* Metrics are for the whole process, so each test uses metrics or label values of its own; the one
 * that fills the table is the last. */

static char *render(void)
{
    struct buf out;
    buf_init(&out, 64 << 20);
    metrics_render(&out);
    buf_append_u8(&out, 0);
    assert_false(out.failed);
    return out.data;
}

static void assert_rendered(const char *lines)
{
    char *text = render();
    if (strstr(text, lines) == NULL)
        print_message("missing: %s\n", lines);
    assert_non_null(strstr(text, lines));
    free(text);
}

static void assert_not_rendered(const char *part)
{
    char *text = render();
    if (strstr(text, part) != NULL)
        print_message("there: %s\n", part);
    assert_null(strstr(text, part));
    free(text);
}

/* Of a counter nothing said is a 0; of a gauge and a histogram it is not known. */
static void nothing_said_is_not_known(void **state)
{
    (void)state;
    assert_not_rendered("usher_members");
    assert_not_rendered("usher_callbacks_total");
    assert_not_rendered("usher_apply_seconds");
    assert_rendered("# TYPE usher_metrics_overflow_total counter\n"
                    "usher_metrics_overflow_total 0\n");
    metric_set(metric_series(METRIC_usher_members, NULL, NULL), 0);
    assert_rendered("# HELP usher_members members known\n"
                    "# TYPE usher_members gauge\n"
                    "usher_members 0\n");
    (void)metric_series(METRIC_usher_telegram_frozen, "quiet", NULL);
    assert_not_rendered("usher_telegram_frozen");
    metric_observe(metric_series(METRIC_usher_apply_seconds, NULL, NULL), 0);
    assert_rendered("usher_apply_seconds_bucket{le=\"0.0001\"} 1\n");
    assert_rendered("usher_apply_seconds_sum 0.000000000\nusher_apply_seconds_count 1\n");
}

static void counters_and_gauges(void **state)
{
    (void)state;
    struct metric_series *counter = metric_series(METRIC_usher_callbacks_total, "stripe", "unused");
    metric_add(counter, 2);
    metric_add(counter, 40);
    assert_int_equal(metric_value(counter), 42);
    assert_ptr_equal(metric_series(METRIC_usher_callbacks_total, "stripe", "unused"), counter);
    assert_ptr_not_equal(metric_series(METRIC_usher_callbacks_total, "unused", "stripe"), counter);
    assert_rendered("usher_callbacks_total{gateway=\"stripe\",verdict=\"unused\"} 42\n");

    struct metric_series *gauge = metric_series(METRIC_usher_payments_unsettled, NULL, NULL);
    metric_set(gauge, 7);
    metric_set(gauge, -3);
    assert_int_equal(metric_value(gauge), -3);
    assert_rendered("usher_payments_unsettled -3\n");
}

static void series_are_sorted_by_their_values(void **state)
{
    (void)state;
    metric_set(metric_series(METRIC_usher_deliveries, "zz", NULL), 1);
    metric_set(metric_series(METRIC_usher_deliveries, "aa", NULL), 2);
    metric_set(metric_series(METRIC_usher_deliveries, "mm", NULL), 3);
    assert_rendered("usher_deliveries{state=\"aa\"} 2\n"
                    "usher_deliveries{state=\"mm\"} 3\n"
                    "usher_deliveries{state=\"zz\"} 1\n");
    char *first = render();
    char *second = render();
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void histograms(void **state)
{
    (void)state;
    struct metric_series *series = metric_series(METRIC_usher_telegram_seconds, "h", NULL);
    metric_observe(series, 0.0001); /* on a bound: within it */
    metric_observe(series, 0.00011);
    metric_observe(series, 1.5);
    metric_observe(series, 101);
    metric_observe(series, -1); /* clocks may step */
    metric_observe(series, (double)NAN);
    assert_rendered("usher_telegram_seconds_bucket{bot=\"h\",le=\"0.0001\"} 3\n"
                    "usher_telegram_seconds_bucket{bot=\"h\",le=\"0.0002\"} 4\n");
    assert_rendered("{bot=\"h\",le=\"1\"} 4\n");
    assert_rendered("{bot=\"h\",le=\"2\"} 5\n");
    assert_rendered("{bot=\"h\",le=\"100\"} 5\n"
                    "usher_telegram_seconds_bucket{bot=\"h\",le=\"+Inf\"} 6\n"
                    "usher_telegram_seconds_sum{bot=\"h\"} 102.500210000\n"
                    "usher_telegram_seconds_count{bot=\"h\"} 6\n");
    struct metric_series *huge = metric_series(METRIC_usher_telegram_seconds, "huge", NULL);
    metric_observe(huge, (double)INFINITY);
    assert_rendered("usher_telegram_seconds_sum{bot=\"huge\"} 1000000.000000000\n");
}

static void label_values_are_escaped_and_bounded(void **state)
{
    (void)state;
    metric_add(metric_series(METRIC_usher_busy_total, "a\"b\\c\nd\xFF\xE4\xBC\x9A", NULL), 1);
    assert_rendered("usher_busy_total{where=\"a\\\"b\\\\c\\nd?\xE4\xBC\x9A\"} 1\n");

    char longer[500];
    memset(longer, 'L', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    struct metric_series *series = metric_series(METRIC_usher_busy_total, longer, NULL);
    longer[300] = '\0';
    assert_ptr_equal(metric_series(METRIC_usher_busy_total, longer, NULL), series);
}

enum { THREADS = 4, ROUNDS = 20000 };

static void *count_along(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        char value[16];
        snprintf(value, sizeof(value), "t%d", i % 50);
        metric_add(metric_series(METRIC_usher_telegram_calls_total, "threads", value), 1);
        metric_observe(metric_series(METRIC_usher_http_seconds, "threads", NULL), 0.003);
    }
    return NULL;
}

static void threads_lose_nothing(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_along, NULL), 0);
    free(render());
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < 50; i++) {
        char value[16];
        snprintf(value, sizeof(value), "t%d", i);
        struct metric_series *series =
            metric_series(METRIC_usher_telegram_calls_total, "threads", value);
        assert_int_equal(metric_value(series), THREADS * ROUNDS / 50);
    }
    assert_rendered("usher_http_seconds_sum{route=\"threads\"} 240.000000000\n"
                    "usher_http_seconds_count{route=\"threads\"} 80000\n");
}

static void over_the_bound_updates_are_counted_in_one_place(void **state)
{
    (void)state;
    struct metric_series *overflow = metric_series(METRIC_usher_metrics_overflow_total, NULL, NULL);
    assert_int_equal(metric_value(overflow), 0);
    int made = 0;
    for (;; made++) {
        char value[16];
        snprintf(value, sizeof(value), "fill-%d", made);
        struct metric_series *series = metric_series(METRIC_usher_busy_total, value, NULL);
        if (series == overflow)
            break;
        assert_true(made < 1024);
    }
    assert_true(made > 900);
    metric_add(metric_series(METRIC_usher_busy_total, "late", NULL), 5);
    metric_set(metric_series(METRIC_usher_deliveries, "late", NULL), 99);
    metric_observe(metric_series(METRIC_usher_http_seconds, "late", NULL), 9);
    assert_int_equal(metric_value(overflow), 3);
    assert_rendered("usher_metrics_overflow_total 3\n");
    /* What is there already goes on. */
    struct metric_series *old = metric_series(METRIC_usher_busy_total, "fill-0", NULL);
    assert_ptr_not_equal(old, overflow);
    metric_add(old, 1);
    assert_int_equal(metric_value(old), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_said_is_not_known),
        cmocka_unit_test(counters_and_gauges),
        cmocka_unit_test(series_are_sorted_by_their_values),
        cmocka_unit_test(histograms),
        cmocka_unit_test(label_values_are_escaped_and_bounded),
        cmocka_unit_test(threads_lose_nothing),
        cmocka_unit_test(over_the_bound_updates_are_counted_in_one_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
