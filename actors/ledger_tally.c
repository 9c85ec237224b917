/* What became of the commands of a batch, as metrics: counted while it is applied, told when it is.
 */
#include "actors/ledger.h"
#include "base/metrics.h"

#include <stdlib.h>

enum { KINDS = 128 };

static void add(unsigned kind, unsigned result, uint64_t count);

bool tally_open(struct tally *tally)
{
    tally->frame = calloc(KINDS, sizeof(*tally->frame));
    tally->module_count = 0;
    return tally->frame != NULL;
}

void tally_close(struct tally *tally)
{
    free(tally->frame);
    tally->frame = NULL;
}

void tally_clear(struct tally *tally)
{
    memset(tally->frame, 0, KINDS * sizeof(*tally->frame));
    tally->module_count = 0;
}

void tally_count(struct tally *tally, enum message_kind kind, unsigned result)
{
    size_t i = 0;
    if ((unsigned)kind < KINDS && result < RESULT_COUNT) {
        tally->frame[kind][result]++;
        return;
    }
    while (i < tally->module_count &&
           (tally->modules[i].kind != (unsigned)kind || tally->modules[i].result != result))
        i++;
    if (i == TALLY_MODULE_ROWS) { /* so many in one batch: the first makes room */
        add(tally->modules[0].kind, tally->modules[0].result, tally->modules[0].count);
        i = 0;
        tally->modules[0] = (struct tally_row){(unsigned)kind, result, 0};
    } else if (i == tally->module_count) {
        tally->modules[tally->module_count++] = (struct tally_row){(unsigned)kind, result, 0};
    }
    tally->modules[i].count++;
}

void tally_publish(const struct tally *tally)
{
    for (unsigned kind = 0; kind < KINDS; kind++)
        for (unsigned result = 0; result < RESULT_COUNT; result++)
            if (tally->frame[kind][result] != 0)
                add(kind, result, tally->frame[kind][result]);
    for (size_t i = 0; i < tally->module_count; i++)
        add(tally->modules[i].kind, tally->modules[i].result, tally->modules[i].count);
}

void tally_delivered(const struct journal_entry *entry, const struct effects *effects,
                     size_t effects_before)
{
    struct message message;

    if (wire_decode_one(entry->command, &message, NULL) != ERROR_NONE ||
        message.cmd_outcome.result != OUTCOME_DONE)
        return;
    for (size_t i = effects_before; i < effects->count; i++) {
        const struct effect *effect = &effects->items[i];
        if (effect->delivery == message.cmd_outcome.delivery && !effect->ended && !effect->ready &&
            effect->turn_ms != 0 && delivery_name(effect->kind) != NULL)
            metric_observe(
                metric_series(METRIC_usher_delivery_seconds, delivery_name(effect->kind), NULL),
                ((double)entry->at_ms - (double)effect->turn_ms) / 1e3);
    }
}

static void add(unsigned kind, unsigned result, uint64_t count)
{
    metric_add(metric_series(METRIC_usher_apply_results_total,
                             message_name((enum message_kind)kind), result_name(result)),
               count);
}
