/* Credit: what a member paid beyond their orders. It pays a part of the next one, which holds it
 * while it is open. */
#include "ledger/rows.h"
#include "modules/order/order.h"

static bool find(struct ledger *ledger, int64_t telegram_id, struct slice currency, uint64_t *n,
                 struct record_credit *out);
static void surplus_key(struct key *key, struct slice order_id);
static unsigned price(struct ledger *ledger, struct order *order);
static void hold(struct ledger *ledger, const struct order *order, size_t line);
static bool again(struct ledger *ledger, const struct order *order, size_t line);
static void unhold(struct ledger *ledger, const struct order *order, size_t line);

const struct line_row order_credit_line[] = {{.kind = "credit",
                                              .tender = true,
                                              .price = price,
                                              .hold = hold,
                                              .again = again,
                                              .unhold = unhold},
                                             {.kind = NULL}};

int64_t credit_of(struct ledger *ledger, int64_t telegram_id, struct slice currency)
{
    struct record_credit credit;
    uint64_t n;
    return find(ledger, telegram_id, currency, &n, &credit) ? credit.amount : 0;
}

void credit_add(struct ledger *ledger, int64_t telegram_id, struct slice currency, int64_t amount)
{
    struct record_credit credit;
    uint64_t n;
    if (!find(ledger, telegram_id, currency, &n, &credit)) {
        n++;
        memset(&credit, 0, sizeof credit);
        (void)slice_copy(currency, credit.currency, sizeof credit.currency);
    }
    bool over =
        amount > 0 ? credit.amount > INT64_MAX - amount : credit.amount < INT64_MIN - amount;
    credit.amount = over ? (amount > 0 ? INT64_MAX : INT64_MIN) : credit.amount + amount;
    aspect_store(ledger, telegram_id, shape_record_credit(), n, &credit);
}

void hear_overpaid(struct ledger *ledger, const void *fact)
{
    const struct fact_overpaid *overpaid = fact;
    struct record_order_surplus surplus = {.telegram_id = overpaid->telegram_id,
                                           .amount = overpaid->amount};
    struct key key;
    if (order_terms_of(ledger).overpay != OVERPAY_CREDIT)
        return;
    (void)slice_copy(overpaid->currency, surplus.currency, sizeof surplus.currency);
    surplus_key(&key, overpaid->order_id);
    row_store(ledger, shape_record_order_surplus(), &key, &surplus);
    credit_add(ledger, overpaid->telegram_id, overpaid->currency, overpaid->amount);
}

/* The surplus went back with the rest. */
void hear_order_given_back(struct ledger *ledger, const void *fact)
{
    const struct fact_order_given_back *back = fact;
    struct record_order_surplus surplus;
    struct key key;
    surplus_key(&key, back->order_id);
    if (back->surplus > 0 && row_load(ledger, shape_record_order_surplus(), &key, &surplus))
        credit_add(ledger, surplus.telegram_id, slice_from(surplus.currency), -surplus.amount);
}

void hear_order_reinstated(struct ledger *ledger, const void *fact)
{
    const struct fact_order_reinstated *again = fact;
    struct record_order_surplus surplus;
    struct key key;
    surplus_key(&key, again->order_id);
    if (again->surplus > 0 && row_load(ledger, shape_record_order_surplus(), &key, &surplus))
        credit_add(ledger, surplus.telegram_id, slice_from(surplus.currency), surplus.amount);
}

void credit_document(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    cJSON *sums = cJSON_AddObjectToObject(out, "credit");
    struct record_credit credit;
    for (uint64_t n = 0;
         aspect_next(ledger, telegram_id, shape_record_credit(), true, &n, &credit);)
        if (credit.amount != 0)
            json_add_amount(sums, credit.currency, credit.amount, credit.currency);
}

static unsigned price(struct ledger *ledger, struct order *order)
{
    const struct record_order *record = &order->record;
    struct slice currency = slice_from(record->currency);
    int64_t credit = credit_of(ledger, record->telegram_id, currency);
    if (credit > 0 && record->amount > 0)
        (void)order_add(order, "credit", currency, -credit); /* without room it stays */
    return RESULT_ok;
}

static void hold(struct ledger *ledger, const struct order *order, size_t line)
{
    credit_add(ledger, order->record.telegram_id, slice_from(order->record.currency),
               order->lines[line].amount);
}

/* Another order may have it meanwhile. */
static bool again(struct ledger *ledger, const struct order *order, size_t line)
{
    return credit_of(ledger, order->record.telegram_id, slice_from(order->record.currency)) >=
           -order->lines[line].amount;
}

static void unhold(struct ledger *ledger, const struct order *order, size_t line)
{
    credit_add(ledger, order->record.telegram_id, slice_from(order->record.currency),
               -order->lines[line].amount);
}

/* *n: where it lies, or of the last one there is. */
static bool find(struct ledger *ledger, int64_t telegram_id, struct slice currency, uint64_t *n,
                 struct record_credit *out)
{
    for (*n = 0; aspect_next(ledger, telegram_id, shape_record_credit(), true, n, out);)
        if (slice_is(currency, out->currency))
            return true;
    return false;
}

static void surplus_key(struct key *key, struct slice order_id)
{
    key_clear(key);
    key_text(key, order_id);
}
