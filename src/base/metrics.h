/* Process-wide metrics in Prometheus' text format. Metrics stand in metrics.def with their label
 * names; a series is one metric with its label values, made at the first use and kept for ever. The
 * number of series is bounded: over it, a call counts on one overflow series and nothing fails. A
 * gauge or a histogram that nobody has told anything is not rendered: in a process without a ledger
 * there are not 0 members, it does not know.
 * Thread-safe; updates are atomic and take no lock once a caller holds the series. */
#ifndef USHER_BASE_METRICS_H
#define USHER_BASE_METRICS_H

#include "base/buf.h"

enum metric {
#define METRIC(name, type, labels, help) METRIC_##name,
#include "base/metrics.def"
#undef METRIC
    METRIC_COUNT
};

struct metric_series;

/* Label values in the order of the metric's label names; pass NULL for those it has not. */
struct metric_series *metric_series(enum metric metric, const char *value1, const char *value2);
void metric_add(struct metric_series *series, uint64_t n);         /* counter */
void metric_set(struct metric_series *series, int64_t value);      /* gauge */
void metric_observe(struct metric_series *series, double seconds); /* histogram, 0.1 ms .. 100 s */
int64_t metric_value(const struct metric_series *series);          /* counter or gauge */
void metrics_render(struct buf *out);

#endif
