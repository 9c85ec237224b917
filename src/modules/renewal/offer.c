/* Personal offers, and the line of an order that they are. */
#include "ledger/person.h"
#include "modules/renewal/renewal.h"

#include <inttypes.h>
#include <stdio.h>

const char *const offer_reasons[] = {"reminder", "winback", "operator", NULL};
const char *const offer_states[] = {"open", "held", "used", NULL};

static const char kind[] = "offer";

static bool load(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                 struct record_renew_offer *offer);
static void store(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                  const struct record_renew_offer *offer);
static size_t purge(struct ledger *ledger, int64_t telegram_id);
static bool next(struct ledger *ledger, int64_t telegram_id, bool after, uint64_t *n,
                 struct record_renew_offer *offer);
static bool of_line(struct ledger *ledger, const struct order *order, size_t line, uint64_t *n,
                    struct record_renew_offer *offer);
static void replace(struct order *order, size_t line, struct slice ref, int64_t amount);

uint64_t offer_open(struct ledger *ledger, int64_t telegram_id, struct slice plan, uint64_t percent,
                    uint64_t until_ms, enum offer_reason reason)
{
    struct record_renew_offer offer = {.percent = (uint8_t)percent,
                                       .from = ledger->at_ms,
                                       .until = until_ms,
                                       .reason = (uint8_t)reason};
    if (!slice_copy(plan, offer.plan, sizeof offer.plan) ||
        purge(ledger, telegram_id) >= OFFERS_MAX)
        return 0;
    uint64_t n = row_number(ledger, shape_record_renew_offer());
    store(ledger, telegram_id, n, &offer);
    return n;
}

void offer_tell(struct ledger *ledger, int64_t telegram_id, uint64_t n)
{
    struct record_renew_offer offer;
    if (!load(ledger, telegram_id, n, &offer))
        return;
    const struct fact_offered offered = {.telegram_id = telegram_id,
                                         .offer = n,
                                         .plan = slice_from(offer.plan),
                                         .percent = offer.percent,
                                         .until = offer.until,
                                         .reason = offer.reason};
    fact_tell(ledger, shape_fact_offered(), &offered);
}

void offer_drop(struct ledger *ledger, int64_t telegram_id, uint64_t n)
{
    aspect_delete(ledger, telegram_id, shape_record_renew_offer(), n);
}

bool offer_best(struct ledger *ledger, int64_t telegram_id, struct slice plan, uint64_t *n,
                struct record_renew_offer *offer)
{
    struct record_renew_offer other;
    uint64_t at = 0;
    bool found = false;
    for (bool after = false; next(ledger, telegram_id, after, &at, &other); after = true) {
        bool better = !found || other.percent > offer->percent ||
                      (other.percent == offer->percent && other.until > offer->until);
        if (other.state != OFFER_OPEN || other.until <= ledger->at_ms ||
            !slice_is(plan, other.plan) || !better)
            continue;
        found = true;
        *n = at;
        *offer = other;
    }
    return found;
}

void offer_document(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    struct record_renew_offer offer;
    uint64_t n = 0;
    cJSON *list = cJSON_AddArrayToObject(out, "offers");
    for (bool after = false; next(ledger, telegram_id, after, &n, &offer); after = true) {
        if (offer.state == OFFER_OPEN && offer.until <= ledger->at_ms)
            continue;
        cJSON *item = json_add_item(list);
        cJSON_AddNumberToObject(item, "offer_id", (double)n);
        cJSON_AddStringToObject(item, "plan", offer.plan);
        cJSON_AddNumberToObject(item, "percent", offer.percent);
        json_add_time(item, "until", offer.until);
        cJSON_AddStringToObject(item, "reason", offer_reasons[offer.reason]);
        cJSON_AddStringToObject(item, "state", offer_states[offer.state]);
        if (offer.order_id[0] != 0)
            cJSON_AddStringToObject(item, "order_id", offer.order_id);
    }
}

/* One discount: a coupon that takes off as much stays, a smaller one gives way. */
static unsigned price(struct ledger *ledger, struct order *order)
{
    struct record_renew_offer offer;
    uint64_t n;
    char ref[32];
    if (order->count == 0 || strcmp(order->lines[0].kind, "plan") != 0 ||
        !offer_best(ledger, order->record.telegram_id, slice_from(order->record.plan), &n, &offer))
        return RESULT_ok;
    int64_t list = order->lines[0].amount;
    int64_t off = list / 100 * offer.percent + list % 100 * offer.percent / 100;
    if (off == 0)
        return RESULT_ok;
    (void)snprintf(ref, sizeof ref, "%u%%/%" PRIu64, offer.percent, n);
    for (size_t i = 1; i < order->count; i++) {
        if (strcmp(order->lines[i].kind, "coupon") != 0)
            continue;
        if (-order->lines[i].amount < off)
            replace(order, i, slice_from(ref), -off);
        return RESULT_ok;
    }
    (void)order_add(order, kind, slice_from(ref), -off);
    return RESULT_ok;
}

static void hold(struct ledger *ledger, const struct order *order, size_t line)
{
    struct record_renew_offer offer;
    uint64_t n;
    if (!of_line(ledger, order, line, &n, &offer) || offer.state != OFFER_OPEN)
        return;
    offer.state = OFFER_HELD;
    (void)slice_copy(slice_from(order->id), offer.order_id, sizeof offer.order_id);
    store(ledger, order->record.telegram_id, n, &offer);
}

/* Another order may have it meanwhile. One whose time is over was theirs when they ordered. */
static bool again(struct ledger *ledger, const struct order *order, size_t line)
{
    struct record_renew_offer offer;
    uint64_t n;
    return !of_line(ledger, order, line, &n, &offer) || offer.state == OFFER_OPEN ||
           strcmp(offer.order_id, order->id) == 0;
}

static void unhold(struct ledger *ledger, const struct order *order, size_t line)
{
    struct record_renew_offer offer;
    uint64_t n;
    if (!of_line(ledger, order, line, &n, &offer) || offer.state != OFFER_HELD ||
        strcmp(offer.order_id, order->id) != 0)
        return;
    offer.state = OFFER_OPEN;
    offer.order_id[0] = 0;
    store(ledger, order->record.telegram_id, n, &offer);
}

static void sold(struct ledger *ledger, const struct order *order, size_t line)
{
    struct record_renew_offer offer;
    uint64_t n;
    if (!of_line(ledger, order, line, &n, &offer) || offer.state == OFFER_USED)
        return;
    offer.state = OFFER_USED;
    (void)slice_copy(slice_from(order->id), offer.order_id, sizeof offer.order_id);
    store(ledger, order->record.telegram_id, n, &offer);
    const struct fact_offer_used used = {.telegram_id = order->record.telegram_id,
                                         .offer = n,
                                         .plan = slice_from(offer.plan),
                                         .percent = offer.percent,
                                         .order_id = slice_from(order->id)};
    fact_tell(ledger, shape_fact_offer_used(), &used);
}

/* While its time is not over it may be used again. */
static void unsold(struct ledger *ledger, const struct order *order, size_t line)
{
    struct record_renew_offer offer;
    uint64_t n;
    if (!of_line(ledger, order, line, &n, &offer) || offer.state != OFFER_USED ||
        strcmp(offer.order_id, order->id) != 0)
        return;
    offer.state = OFFER_OPEN;
    offer.order_id[0] = 0;
    store(ledger, order->record.telegram_id, n, &offer);
}

const struct line_row offer_lines[] = {
    {.kind = kind,
     .price = price,
     .hold = hold,
     .again = again,
     .unhold = unhold,
     .sold = sold,
     .unsold = unsold},
    {.kind = NULL},
};

/* "15%/7": the offer's number stands behind the stroke. */
static bool of_line(struct ledger *ledger, const struct order *order, size_t line, uint64_t *n,
                    struct record_renew_offer *offer)
{
    long long number;
    const char *at = strchr(order->lines[line].ref, '/');
    if (at == NULL || !slice_to_i64(slice_from(at + 1), &number) || number <= 0)
        return false;
    *n = (uint64_t)number;
    return load(ledger, order->record.telegram_id, *n, offer);
}

static void replace(struct order *order, size_t line, struct slice ref, int64_t amount)
{
    struct record_order_line *row = &order->lines[line];
    order->record.amount -= row->amount;
    row->amount = amount < -order->record.amount ? -order->record.amount : amount;
    order->record.amount += row->amount;
    (void)slice_copy(slice_from(kind), row->kind, sizeof row->kind);
    (void)slice_copy(ref, row->ref, sizeof row->ref);
}

/* Forgets those whose time is over and that no order holds; returns how many stay. */
static size_t purge(struct ledger *ledger, int64_t telegram_id)
{
    struct record_renew_offer offer;
    uint64_t n = 0;
    size_t count = 0;
    for (bool after = false; next(ledger, telegram_id, after, &n, &offer); after = true) {
        if (offer.until <= ledger->at_ms && offer.state != OFFER_HELD)
            offer_drop(ledger, telegram_id, n);
        else
            count++;
    }
    return count;
}

static bool next(struct ledger *ledger, int64_t telegram_id, bool after, uint64_t *n,
                 struct record_renew_offer *offer)
{
    return aspect_next(ledger, telegram_id, shape_record_renew_offer(), after, n, offer);
}

static bool load(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                 struct record_renew_offer *offer)
{
    return aspect_load(ledger, telegram_id, shape_record_renew_offer(), n, offer);
}

static void store(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                  const struct record_renew_offer *offer)
{
    aspect_store(ledger, telegram_id, shape_record_renew_offer(), n, offer);
}
