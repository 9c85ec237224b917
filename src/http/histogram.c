#include "http/histogram.h"

#include "base/assert.h"

#include <math.h>
#include <string.h>

static uint32_t bucket_of(uint64_t value);
static uint64_t bucket_last(uint32_t bucket);

void histogram_init(struct histogram *histogram)
{
    memset(histogram, 0, sizeof(*histogram));
    histogram->min = UINT64_MAX;
}

void histogram_record(struct histogram *histogram, uint64_t value)
{
    histogram->count++;
    histogram->sum += value;
    if (value < histogram->min)
        histogram->min = value;
    if (value > histogram->max)
        histogram->max = value;
    histogram->buckets[bucket_of(value)]++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    into->count += from->count;
    into->sum += from->sum;
    if (from->min < into->min)
        into->min = from->min;
    if (from->max > into->max)
        into->max = from->max;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
}

uint64_t histogram_percentile(const struct histogram *histogram, double percent)
{
    ASSERT(percent >= 0 && percent <= 100);
    if (histogram->count == 0)
        return 0;
    uint64_t rank = (uint64_t)ceil((double)histogram->count * percent / 100);
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (histogram->buckets[i] > 0 && seen >= rank) {
            uint64_t last = bucket_last(i);
            return last < histogram->max ? last : histogram->max;
        }
    }
    return histogram->max;
}

double histogram_mean(const struct histogram *histogram)
{
    return histogram->count == 0 ? 0 : (double)histogram->sum / (double)histogram->count;
}

/* Values of up to STEP_BITS + 1 bits have a bucket each; of longer ones the leading STEP_BITS + 1
 * bits count, and each further bit shifts to the next run of buckets. */
static uint32_t bucket_of(uint64_t value)
{
    if (value >> HISTOGRAM_VALUE_BITS != 0)
        return HISTOGRAM_BUCKETS - 1;
    if (value >> (HISTOGRAM_STEP_BITS + 1) == 0)
        return (uint32_t)value;
    uint32_t shift = 63 - (uint32_t)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
    return (shift << HISTOGRAM_STEP_BITS) + (uint32_t)(value >> shift);
}

static uint64_t bucket_last(uint32_t bucket)
{
    if (bucket >> (HISTOGRAM_STEP_BITS + 1) == 0)
        return bucket;
    uint32_t shift = (bucket >> HISTOGRAM_STEP_BITS) - 1;
    uint64_t leading = bucket - (shift << HISTOGRAM_STEP_BITS);
    return ((leading + 1) << shift) - 1;
}
