#include "base/metrics.h"

#include "base/assert.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SERIES_MAX = 1024, SLOTS = 2048, VALUE_MAX = 128 };

enum metric_type { METRIC_TYPE_COUNTER, METRIC_TYPE_GAUGE, METRIC_TYPE_HISTOGRAM };

struct metric_row {
    const char *name;
    enum metric_type type;
    const char *labels;
    const char *help;
};

static const struct metric_row rows[METRIC_COUNT] = {
#define METRIC(name, type, labels, help) {#name, METRIC_TYPE_##type, labels, help},
#include "base/metrics.def"
#undef METRIC
};

static const char *const type_names[] = {
    [METRIC_TYPE_COUNTER] = "counter",
    [METRIC_TYPE_GAUGE] = "gauge",
    [METRIC_TYPE_HISTOGRAM] = "histogram",
};

/* Upper bounds of the histograms' buckets, as text and in nanoseconds; the last is open. */
static const struct {
    const char *text;
    uint64_t ns;
} bounds[] = {
    {"0.0001", 100000},  {"0.0002", 200000},  {"0.0005", 500000},    {"0.001", 1000000},
    {"0.002", 2000000},  {"0.005", 5000000},  {"0.01", 10000000},    {"0.02", 20000000},
    {"0.05", 50000000},  {"0.1", 100000000},  {"0.2", 200000000},    {"0.5", 500000000},
    {"1", 1000000000},   {"2", 2000000000},   {"5", 5000000000},     {"10", 10000000000},
    {"20", 20000000000}, {"50", 50000000000}, {"100", 100000000000}, {"+Inf", UINT64_MAX},
};
enum { BUCKETS = sizeof(bounds) / sizeof(bounds[0]) };

struct metric_series {
    enum metric metric;
    char value1[VALUE_MAX];
    char value2[VALUE_MAX];
    atomic_bool told;                 /* a gauge or a histogram: has it a value */
    _Atomic int64_t value;            /* counter, gauge */
    _Atomic uint64_t sum_ns;          /* histogram */
    _Atomic uint64_t counts[BUCKETS]; /* histogram, each bucket by itself */
};

/* Metrics without labels need no search and always exist. */
static struct metric_series plain[METRIC_COUNT] = {
#define METRIC(name, type, labels, help) [METRIC_##name] = {.metric = METRIC_##name},
#include "base/metrics.def"
#undef METRIC
};

/* Open addressing. A slot is written once, under the lock, and read without it. */
static _Atomic(struct metric_series *) slots[SLOTS];
static size_t series_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct metric_series *overflow(void);
static unsigned label_count(const char *labels);
static size_t slot_of(enum metric metric, const char *value1, const char *value2);
static bool series_is(const struct metric_series *series, enum metric metric, const char *value1,
                      const char *value2);
static struct metric_series *find(enum metric metric, const char *value1, const char *value2,
                                  size_t *slot);
static struct metric_series *add(enum metric metric, const char *value1, const char *value2);
static void copy_value(const char *value, char out[VALUE_MAX]);
static int series_compare(const void *a, const void *b);
static void tell(struct metric_series *series);
static bool is_known(const struct metric_series *series);
static void render_family(struct buf *out, enum metric metric,
                          const struct metric_series *const *series, size_t count);
static void render_series(struct buf *out, const struct metric_series *series);
static void render_labels(struct buf *out, const struct metric_series *series, const char *bound);
static void render_escaped(struct buf *out, const char *value);

struct metric_series *metric_series(enum metric metric, const char *value1, const char *value2)
{
    ASSERT((unsigned)metric < METRIC_COUNT);
    unsigned labels = label_count(rows[metric].labels);
    ASSERT((labels >= 1) == (value1 != NULL) && (labels == 2) == (value2 != NULL));
    if (labels == 0)
        return &plain[metric];
    char first[VALUE_MAX];
    char second[VALUE_MAX];
    copy_value(value1, first);
    copy_value(value2 ? value2 : "", second);
    size_t slot;
    struct metric_series *series = find(metric, first, second, &slot);
    return series ? series : add(metric, first, second);
}

void metric_add(struct metric_series *series, uint64_t n)
{
    if (series == overflow())
        n = 1;
    ASSERT(rows[series->metric].type == METRIC_TYPE_COUNTER);
    atomic_fetch_add_explicit(&series->value, (int64_t)n, memory_order_relaxed);
}

void metric_set(struct metric_series *series, int64_t value)
{
    if (series == overflow()) {
        metric_add(series, 1);
        return;
    }
    ASSERT(rows[series->metric].type == METRIC_TYPE_GAUGE);
    atomic_store_explicit(&series->value, value, memory_order_relaxed);
    tell(series);
}

void metric_observe(struct metric_series *series, double seconds)
{
    if (series == overflow()) {
        metric_add(series, 1);
        return;
    }
    ASSERT(rows[series->metric].type == METRIC_TYPE_HISTOGRAM);
    /* Clocks may step: what is negative or not a number is no time at all; 1e6 s stands for longer.
     */
    uint64_t ns = !(seconds > 0)  ? 0
                  : seconds > 1e6 ? 1000000000000000U
                                  : (uint64_t)(seconds * 1e9 + 0.5);
    size_t bucket = 0;
    while (ns > bounds[bucket].ns)
        bucket++;
    atomic_fetch_add_explicit(&series->sum_ns, ns, memory_order_relaxed);
    atomic_fetch_add_explicit(&series->counts[bucket], 1, memory_order_relaxed);
    tell(series);
}

int64_t metric_value(const struct metric_series *series)
{
    return atomic_load_explicit(&series->value, memory_order_relaxed);
}

void metrics_render(struct buf *out)
{
    const struct metric_series *sorted[SERIES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        const struct metric_series *series = atomic_load_explicit(&slots[i], memory_order_acquire);
        if (series != NULL) {
            ASSERT(count < SERIES_MAX);
            sorted[count++] = series;
        }
    }
    qsort(sorted, count, sizeof(sorted[0]), series_compare);

    size_t at = 0;
    for (unsigned metric = 0; metric < METRIC_COUNT; metric++) {
        size_t first = at;
        while (at < count && sorted[at]->metric == (enum metric)metric)
            at++;
        render_family(out, (enum metric)metric, sorted + first, at - first);
    }
}

/* Reading first keeps the line of a busy series shared. */
static void tell(struct metric_series *series)
{
    if (!atomic_load_explicit(&series->told, memory_order_relaxed))
        atomic_store_explicit(&series->told, true, memory_order_relaxed);
}

/* Of a counter nothing said is a 0 that is true. */
static bool is_known(const struct metric_series *series)
{
    return rows[series->metric].type == METRIC_TYPE_COUNTER ||
           atomic_load_explicit(&series->told, memory_order_relaxed);
}

/* series: those with labels; a metric without has one of its own. */
static void render_family(struct buf *out, enum metric metric,
                          const struct metric_series *const *series, size_t count)
{
    const struct metric_row *row = &rows[metric];
    const struct metric_series *only = &plain[metric];
    if (label_count(row->labels) == 0) {
        series = &only;
        count = 1;
    }
    bool named = false;
    for (size_t i = 0; i < count; i++) {
        if (!is_known(series[i]))
            continue;
        if (!named)
            buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name,
                       type_names[row->type]);
        named = true;
        render_series(out, series[i]);
    }
}

/* Where calls are counted whose series found no room. */
static struct metric_series *overflow(void)
{
    return &plain[METRIC_usher_metrics_overflow_total];
}

static unsigned label_count(const char *labels)
{
    if (labels[0] == '\0')
        return 0;
    return strchr(labels, ',') == NULL ? 1 : 2;
}

static struct metric_series *find(enum metric metric, const char *value1, const char *value2,
                                  size_t *slot)
{
    /* Twice as many slots as series: there is always a free one to end at. */
    for (*slot = slot_of(metric, value1, value2);; *slot = (*slot + 1) % SLOTS) {
        struct metric_series *series = atomic_load_explicit(&slots[*slot], memory_order_acquire);
        if (series == NULL || series_is(series, metric, value1, value2))
            return series;
    }
}

static struct metric_series *add(enum metric metric, const char *value1, const char *value2)
{
    ASSERT(pthread_mutex_lock(&lock) == 0);
    size_t slot;
    struct metric_series *series = find(metric, value1, value2, &slot);
    if (series == NULL && series_count < SERIES_MAX)
        series = calloc(1, sizeof(*series));
    else if (series == NULL)
        series = overflow();
    else
        slot = SLOTS; /* another thread was first */
    if (series == NULL) {
        series = overflow(); /* out of memory */
    } else if (slot < SLOTS && series != overflow()) {
        series->metric = metric;
        memcpy(series->value1, value1, VALUE_MAX);
        memcpy(series->value2, value2, VALUE_MAX);
        atomic_store_explicit(&slots[slot], series, memory_order_release);
        series_count++;
    }
    ASSERT(pthread_mutex_unlock(&lock) == 0);
    return series;
}

static bool series_is(const struct metric_series *series, enum metric metric, const char *value1,
                      const char *value2)
{
    return series->metric == metric && strcmp(series->value1, value1) == 0 &&
           strcmp(series->value2, value2) == 0;
}

/* FNV-1a over the metric and both values. */
static size_t slot_of(enum metric metric, const char *value1, const char *value2)
{
    uint64_t hash = (14695981039346656037U ^ (uint64_t)metric) * 1099511628211U;
    for (; *value1 != '\0'; value1++)
        hash = (hash ^ (unsigned char)*value1) * 1099511628211U;
    hash *= 1099511628211U;
    for (; *value2 != '\0'; value2++)
        hash = (hash ^ (unsigned char)*value2) * 1099511628211U;
    return (size_t)((hash ^ (hash >> 32)) % SLOTS);
}

/* Cuts, and fills up with NULs. */
static void copy_value(const char *value, char out[VALUE_MAX])
{
    size_t len = strnlen(value, VALUE_MAX - 1);
    memset(out, 0, VALUE_MAX);
    memcpy(out, value, len);
}

static int series_compare(const void *a, const void *b)
{
    const struct metric_series *x = *(const struct metric_series *const *)a;
    const struct metric_series *y = *(const struct metric_series *const *)b;
    if (x->metric != y->metric)
        return x->metric < y->metric ? -1 : 1;
    int order = strcmp(x->value1, y->value1);
    return order != 0 ? order : strcmp(x->value2, y->value2);
}

static void render_series(struct buf *out, const struct metric_series *series)
{
    const struct metric_row *row = &rows[series->metric];
    if (row->type != METRIC_TYPE_HISTOGRAM) {
        buf_append_text(out, row->name);
        render_labels(out, series, NULL);
        buf_printf(out, " %" PRId64 "\n", metric_value(series));
        return;
    }
    /* The count is the sum of the buckets just read, so that both agree while others observe. */
    uint64_t count = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        count += atomic_load_explicit(&series->counts[i], memory_order_relaxed);
        buf_printf(out, "%s_bucket", row->name);
        render_labels(out, series, bounds[i].text);
        buf_printf(out, " %" PRIu64 "\n", count);
    }
    uint64_t sum_ns = atomic_load_explicit(&series->sum_ns, memory_order_relaxed);
    buf_printf(out, "%s_sum", row->name);
    render_labels(out, series, NULL);
    buf_printf(out, " %" PRIu64 ".%09" PRIu64 "\n%s_count", sum_ns / 1000000000,
               sum_ns % 1000000000, row->name);
    render_labels(out, series, NULL);
    buf_printf(out, " %" PRIu64 "\n", count);
}

/* {a="x",b="y",le="0.1"}; nothing at all when there is no label. */
static void render_labels(struct buf *out, const struct metric_series *series, const char *bound)
{
    const char *labels = rows[series->metric].labels;
    unsigned count = label_count(labels);
    if (count == 0 && bound == NULL)
        return;
    const char *comma = strchr(labels, ',');
    buf_append_text(out, "{");
    if (count >= 1) {
        buf_append(out, labels, comma ? (size_t)(comma - labels) : strlen(labels));
        render_escaped(out, series->value1);
    }
    if (count == 2) {
        buf_append_text(out, comma);
        render_escaped(out, series->value2);
    }
    if (bound != NULL)
        buf_printf(out, "%sle=\"%s\"", count > 0 ? "," : "", bound);
    buf_append_text(out, "}");
}

/* ="value". The format knows three escapes and wants UTF-8. */
static void render_escaped(struct buf *out, const char *value)
{
    buf_append_text(out, "=\"");
    struct slice rest = slice_from(value);
    while (rest.len > 0) {
        uint32_t code_point;
        size_t len = utf8_decode(rest, &code_point);
        if (len == 0)
            buf_append_text(out, "?");
        else if (code_point == '\n')
            buf_append_text(out, "\\n");
        else if (code_point == '"' || code_point == '\\')
            buf_printf(out, "\\%c", rest.data[0]);
        else
            buf_append(out, rest.data, len);
        len = len == 0 ? 1 : len;
        rest = slice_of(rest.data + len, rest.len - len);
    }
    buf_append_text(out, "\"");
}
