/* Counts of values (microseconds, say) in log-linear buckets, as HdrHistogram has them: exact below
 * 256, and above within 1/128 of the value, up to 2^40. Embedded; one thread writes; merged
 * afterwards. */
#ifndef USHER_HTTP_HISTOGRAM_H
#define USHER_HTTP_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_STEP_BITS = 7, /* steps in a doubling */
    HISTOGRAM_VALUE_BITS = 40,
    HISTOGRAM_BUCKETS = (HISTOGRAM_VALUE_BITS - HISTOGRAM_STEP_BITS + 1) << HISTOGRAM_STEP_BITS
};

struct histogram {
    uint64_t count;
    uint64_t sum;
    uint64_t min; /* UINT64_MAX when empty */
    uint64_t max;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_init(struct histogram *histogram);
/* A value over the largest counts as the largest; max and sum keep it as it is. */
void histogram_record(struct histogram *histogram, uint64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);
/* The least value that at least percent of all values do not exceed, rounded up to its bucket's end
 * and never over max: 0 <= percent <= 100. 0 when empty. */
uint64_t histogram_percentile(const struct histogram *histogram, double percent);
double histogram_mean(const struct histogram *histogram);

#endif
