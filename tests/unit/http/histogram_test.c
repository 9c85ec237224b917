#include "http/histogram.h"

#include "base/prng.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

static struct histogram histogram;

static void empty_is_zero(void **state)
{
    (void)state;
    histogram_init(&histogram);
    assert_int_equal(histogram_percentile(&histogram, 0), 0);
    assert_int_equal(histogram_percentile(&histogram, 100), 0);
    assert_true(histogram_mean(&histogram) == 0);
}

static void small_values_are_exact(void **state)
{
    (void)state;
    histogram_init(&histogram);
    for (uint64_t i = 1; i <= 200; i++)
        histogram_record(&histogram, i);
    assert_int_equal(histogram_percentile(&histogram, 0), 1);
    assert_int_equal(histogram_percentile(&histogram, 50), 100);
    assert_int_equal(histogram_percentile(&histogram, 99), 198);
    assert_int_equal(histogram_percentile(&histogram, 99.9), 200);
    assert_int_equal(histogram_percentile(&histogram, 100), 200);
    assert_int_equal(histogram.min, 1);
    assert_int_equal(histogram.max, 200);
    assert_true(histogram_mean(&histogram) == 100.5);
}

/* Each value alone: its only percentile is itself. Two: the lower one's bucket ends within 1/128.
 */
static void every_value_falls_in_its_bucket(void **state)
{
    (void)state;
    struct prng prng = {42};
    for (int i = 0; i < 20000; i++) {
        uint64_t value = prng_next(&prng) >> (24 + prng_below(&prng, 40));
        histogram_init(&histogram);
        histogram_record(&histogram, value);
        assert_int_equal(histogram_percentile(&histogram, 50), value);
        histogram_record(&histogram, UINT64_C(1) << 39);
        if (value > UINT64_C(1) << 38)
            continue;
        uint64_t median = histogram_percentile(&histogram, 50);
        assert_true(median >= value && median - value <= value / 128);
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void percentiles_are_those_of_the_sorted_values(void **state)
{
    (void)state;
    enum { COUNT = 10000 };
    static uint64_t values[COUNT];
    static const double percents[] = {0, 1, 10, 50, 90, 99, 99.9, 99.99, 100};
    struct prng prng = {7};
    histogram_init(&histogram);
    for (int i = 0; i < COUNT; i++) {
        values[i] = prng_next(&prng) >> (30 + prng_below(&prng, 30));
        histogram_record(&histogram, values[i]);
    }
    qsort(values, COUNT, sizeof(values[0]), compare);
    for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
        size_t rank = (size_t)(percents[i] * COUNT / 100 + 0.999999);
        uint64_t exact = values[rank > 0 ? rank - 1 : 0];
        uint64_t found = histogram_percentile(&histogram, percents[i]);
        assert_true(found >= exact && found - exact <= exact / 128);
    }
}

static void the_largest_are_kept_as_largest(void **state)
{
    (void)state;
    histogram_init(&histogram);
    histogram_record(&histogram, UINT64_MAX);
    histogram_record(&histogram, UINT64_C(1) << 40);
    histogram_record(&histogram, (UINT64_C(1) << 40) - 1);
    assert_int_equal(histogram.max, UINT64_MAX);
    assert_int_equal(histogram.buckets[HISTOGRAM_BUCKETS - 1], 3);
    assert_int_equal(histogram_percentile(&histogram, 100), (UINT64_C(1) << 40) - 1);
}

static void merged_is_as_if_recorded_together(void **state)
{
    (void)state;
    static struct histogram one;
    static struct histogram other;
    static struct histogram empty;
    struct prng prng = {3};
    histogram_init(&histogram);
    histogram_init(&one);
    histogram_init(&other);
    histogram_init(&empty);
    for (int i = 0; i < 1000; i++) {
        uint64_t value = prng_below(&prng, 1000000);
        histogram_record(&histogram, value);
        histogram_record(i % 3 == 0 ? &one : &other, value);
    }
    histogram_merge(&one, &other);
    histogram_merge(&one, &empty);
    assert_memory_equal(&one, &histogram, sizeof(one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_is_zero),
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(every_value_falls_in_its_bucket),
        cmocka_unit_test(percentiles_are_those_of_the_sorted_values),
        cmocka_unit_test(the_largest_are_kept_as_largest),
        cmocka_unit_test(merged_is_as_if_recorded_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
