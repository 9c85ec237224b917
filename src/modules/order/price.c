/* A quote: the lines of an order, and what they come to. */
#include "base/assert.h"
#include "base/money.h"
#include "ledger/registry.h"
#include "modules/order/order.h"

#include <stdio.h>

void order_begin(struct order *order, int64_t telegram_id, const struct catalog_plan *plan,
                 const struct catalog_price *price)
{
    memset(order, 0, sizeof *order);
    order->record.telegram_id = telegram_id;
    order->record.months = price->period.months;
    order->record.days = price->period.days;
    order->record.renews = price->renews;
    memcpy(order->record.plan, plan->name, sizeof order->record.plan);
    (void)slice_copy(slice_from(price->currency), order->record.currency,
                     sizeof order->record.currency);
    bool added = order_add(order, "plan", slice_from(plan->name), price->amount);
    ASSERT(added);
}

void order_give(struct order *order, const char *kind, struct slice ref)
{
    ASSERT(order->given_count < ORDER_GIVEN_MAX);
    if (ref.len > 0)
        order->given[order->given_count++] = (struct order_given){kind, ref};
}

struct slice order_given(const struct order *order, const char *kind)
{
    for (size_t i = 0; i < order->given_count; i++)
        if (strcmp(order->given[i].kind, kind) == 0)
            return order->given[i].ref;
    return SLICE("");
}

bool order_add(struct order *order, const char *kind, struct slice ref, int64_t amount)
{
    struct record_order *record = &order->record;
    if (order->count == ORDER_LINES_MAX || (amount > 0 && record->amount > INT64_MAX - amount))
        return false;
    if (amount < -record->amount)
        amount = -record->amount;
    struct record_order_line *line = &order->lines[order->count];
    memset(line, 0, sizeof *line);
    bool fits = slice_copy(slice_from(kind), line->kind, sizeof line->kind) &&
                slice_copy(ref, line->ref, sizeof line->ref);
    ASSERT(fits);
    line->amount = amount;
    memcpy(line->currency, record->currency, sizeof line->currency);
    record->amount += amount;
    record->lines = (uint8_t)++order->count;
    return true;
}

/* What changes the price comes first, then what pays a part of it. What renews by itself costs the
 * same each time: nothing changes or pays a part of it, but it may be refused. */
unsigned order_price(struct ledger *ledger, struct order *order)
{
    bool renews = order->record.renews != 0;
    if (renews && order_given(order, "coupon").len > 0)
        return RESULT_renews_no_code;
    if (order_unclaimed(&order->record))
        return RESULT_ok; /* what takes off the price is a member's, and so is what refuses it */
    for (int tender = 0; tender <= 1; tender++) {
        for (const struct module *const *module = registry_modules(); *module != NULL; module++) {
            for (const struct line_row *row = (*module)->line; row != NULL && row->kind != NULL;
                 row++) {
                if (row->price == NULL || row->tender != (tender == 1) || row->renews != renews)
                    continue;
                unsigned result = row->price(ledger, order);
                if (result != RESULT_ok)
                    return result;
            }
        }
    }
    return RESULT_ok;
}

void order_refused(struct ledger *ledger, const struct order *order, unsigned result)
{
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        for (const struct line_row *row = (*module)->line; row != NULL && row->kind != NULL; row++)
            if (row->refused != NULL)
                row->refused(ledger, order, result);
}

const struct line_row *line_row_of(const char *kind)
{
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        for (const struct line_row *row = (*module)->line; row != NULL && row->kind != NULL; row++)
            if (strcmp(row->kind, kind) == 0)
                return row;
    return NULL;
}

void order_lines_text(const struct order *order, char *out, size_t size)
{
    size_t len = 0;
    out[0] = 0;
    for (size_t i = 0; i < order->count && len < size; i++) {
        const struct record_order_line *line = &order->lines[i];
        const char *currency = currency_find(slice_from(line->currency));
        char amount[32] = "";
        if (currency != NULL)
            money_format(line->amount, currency, amount, sizeof amount);
        len += (size_t)snprintf(out + len, size - len, "%s%s %s %s", i == 0 ? "" : ", ", line->kind,
                                line->ref, amount);
    }
}
