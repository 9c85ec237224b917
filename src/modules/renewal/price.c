/* What a renewal costs, by the quote that an order would be made of. */
#include "modules/renewal/renewal.h"

bool price_of(struct ledger *ledger, int64_t telegram_id, const struct catalog_plan *plan,
              const struct catalog_price *row, struct offer_price *out)
{
    struct order order;
    struct record_renew_offer offer;
    uint64_t n;
    order_begin(&order, telegram_id, plan, row);
    if (order_price(ledger, &order) != RESULT_ok)
        return false;
    *out = (struct offer_price){.period = row->period,
                                .price = row->amount,
                                .amount = order.record.amount,
                                .currency = row->currency};
    for (size_t i = 0; i < order.count; i++) {
        if (strcmp(order.lines[i].kind, offer_lines[0].kind) == 0 &&
            offer_best(ledger, telegram_id, slice_from(plan->name), &n, &offer)) {
            out->percent = offer.percent;
            out->until_ms = offer.until;
        }
    }
    return true;
}

const struct catalog_price *price_usual(const struct catalog_plan *plan,
                                        const struct record_renew_cycle *cycle)
{
    struct period period = period_unpack(cycle->period);
    const struct catalog_price *best = NULL;
    int best_fit = -1;
    for (size_t i = 0; i < plan->price_count; i++) {
        const struct catalog_price *row = &plan->prices[i];
        bool same = row->period.months == period.months && row->period.days == period.days;
        int fit = (same ? 2 : 0) + (strcmp(row->currency, cycle->currency) == 0 ? 1 : 0);
        if (fit > best_fit) {
            best = row;
            best_fit = fit;
        }
    }
    return best;
}
