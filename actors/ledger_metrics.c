/* The ledger's counters as metrics. */
#include "actors/ledger.h"
#include "actors/trouble.h"
#include "base/metrics.h"

static void set_notices(const struct ledger_counts *counts);

void ledger_metrics(struct ledger *ledger)
{
    struct ledger_counts counts;
    ledger_counts(ledger, &counts);
    metric_set(metric_series(METRIC_usher_members, NULL, NULL), (int64_t)counts.members);
    metric_set(metric_series(METRIC_usher_payments_unsettled, NULL, NULL),
               (int64_t)counts.unsettled);
    for (size_t i = 0; i < STAGE_COUNT; i++)
        metric_set(metric_series(METRIC_usher_deliveries,
                                 delivery_stage_name((enum delivery_stage)i), NULL),
                   (int64_t)counts.deliveries[i]);
    set_notices(&counts);
    trouble_counts(&counts);
}

static void set_notices(const struct ledger_counts *counts)
{
    const struct {
        const char *result;
        uint64_t count;
    } rows[] = {{"sent", counts->notices.sent},
                {"failed", counts->notices.failed},
                {"skipped", counts->notices.skipped},
                {"unknown", counts->notices.unknown},
                {"withdrawn", counts->notices.withdrawn}};
    metric_set(metric_series(METRIC_usher_broadcasts_running, NULL, NULL),
               (int64_t)counts->broadcasts_running);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        metric_set(metric_series(METRIC_usher_notices, rows[i].result, NULL),
                   (int64_t)rows[i].count);
}
