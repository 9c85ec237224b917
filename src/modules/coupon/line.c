/* A code as a line of an order. */
#include "modules/coupon/coupon.h"

#include "ledger/person.h"
#include "ledger/rows.h"

static unsigned price(struct ledger *ledger, struct order *order);
static void hold(struct ledger *ledger, const struct order *order, size_t line);
static bool again(struct ledger *ledger, const struct order *order, size_t line);
static void unhold(struct ledger *ledger, const struct order *order, size_t line);
static void sold(struct ledger *ledger, const struct order *order, size_t line);
static void unsold(struct ledger *ledger, const struct order *order, size_t line);
static bool run_of(struct ledger *ledger, const struct order *order, uint64_t *n,
                   struct record_coupon_run *out);
static void run_begin(struct ledger *ledger, const struct order *order,
                      const struct record_coupon *coupon);
static void run_spend(struct ledger *ledger, const struct order *order);
static bool listed(const char *list, struct slice word);
static bool period_listed(const char *list, uint32_t months, uint32_t days);
static void member_key(struct key *key, const char *code, int64_t telegram_id);
static uint64_t uses_by(struct ledger *ledger, const char *code, int64_t telegram_id);
static void count_use(struct ledger *ledger, const struct record_coupon_use *use, int reserved,
                      int used, int member);
static void use_store(struct ledger *ledger, const struct order *order,
                      const struct record_coupon_use *use);

const struct line_row coupon_line[] = {{.kind = "coupon",
                                        .price = price,
                                        .refused = coupon_tried,
                                        .hold = hold,
                                        .again = again,
                                        .unhold = unhold,
                                        .sold = sold,
                                        .unsold = unsold},
                                       {.kind = NULL}};

unsigned coupon_check(struct ledger *ledger, const struct order *order,
                      const struct record_coupon *coupon)
{
    const struct record_order *record = &order->record;
    char plan[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    if (coupon->starts > ledger->at_ms)
        return RESULT_code_not_yet;
    if (coupon->ended != 0 || (coupon->ends != 0 && coupon->ends <= ledger->at_ms))
        return RESULT_code_expired;
    if (!listed(coupon->plans, slice_from(record->plan)) ||
        !period_listed(coupon->periods, record->months, record->days))
        return RESULT_code_wrong_plan;
    if (coupon->currency[0] != 0 && strcmp(coupon->currency, record->currency) != 0)
        return RESULT_code_wrong_currency;
    if (coupon->first_purchase_only &&
        entitlement_next(ledger, record->telegram_id, plan, &entitlement))
        return RESULT_code_first_only;
    if (record->amount < coupon->min_amount)
        return RESULT_code_min_amount;
    if (uses_by(ledger, coupon->code, record->telegram_id) >= coupon->per_member)
        return RESULT_code_used_by_you;
    if (coupon->max_uses != 0 && coupon->uses + coupon->reserved >= coupon->max_uses)
        return RESULT_code_used_up;
    return RESULT_ok;
}

int64_t coupon_discount(const struct record_coupon *coupon, int64_t amount)
{
    if (coupon->percent == 0)
        return coupon->amount < amount ? coupon->amount : amount;
    /* Floored, without a product that is too great. */
    return amount / 100 * coupon->percent + amount % 100 * coupon->percent / 100;
}

/* The code that was given; without one, what a lasting code does for this renewal. */
static unsigned price(struct ledger *ledger, struct order *order)
{
    struct slice given = order_given(order, "coupon");
    struct record_coupon coupon;
    struct record_coupon_run run;
    char code[sizeof coupon.code] = "";
    uint64_t n;
    if (given.len > 0) {
        if ((ledger->who & WHO_MEMBER) != 0 && coupon_silent(ledger, order->record.telegram_id))
            return RESULT_too_many_tries;
        if (!slice_copy(given, code, sizeof code))
            return RESULT_code_unknown;
        for (char *at = code; *at != 0; at++)
            *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
        if (!coupon_load(ledger, slice_from(code), &coupon))
            return RESULT_code_unknown;
        unsigned result = coupon_check(ledger, order, &coupon);
        if (result != RESULT_ok)
            return result;
    } else if (!run_of(ledger, order, &n, &run) ||
               !coupon_load(ledger, slice_from(run.code), &coupon) ||
               (coupon.currency[0] != 0 && strcmp(coupon.currency, order->record.currency) != 0)) {
        return RESULT_ok;
    }
    (void)order_add(order, "coupon", slice_from(coupon.code),
                    -coupon_discount(&coupon, order->record.amount));
    return RESULT_ok;
}

/* A use is written once for an order; what was used stays used. */
static void hold(struct ledger *ledger, const struct order *order, size_t line)
{
    struct record_coupon_use use;
    struct record_coupon_run run;
    uint64_t n;
    if (coupon_use_load(ledger, order, &use) && use.state != COUPON_RELEASED)
        return;
    memset(&use, 0, sizeof use);
    (void)slice_copy(slice_from(order->lines[line].ref), use.code, sizeof use.code);
    use.telegram_id = order->record.telegram_id;
    use.again = run_of(ledger, order, &n, &run) && strcmp(run.code, use.code) == 0;
    use.at = ledger->at_ms;
    use.state = COUPON_RESERVED;
    use_store(ledger, order, &use);
    count_use(ledger, &use, 1, 0, 1);
}

/* Others may have used it up meanwhile, or the member has used it for another order. */
static bool again(struct ledger *ledger, const struct order *order, size_t line)
{
    struct record_coupon_use use;
    struct record_coupon coupon;
    (void)line;
    if (!coupon_use_load(ledger, order, &use) || use.state != COUPON_RELEASED || use.again ||
        !coupon_load(ledger, slice_from(use.code), &coupon))
        return true;
    return uses_by(ledger, use.code, use.telegram_id) < coupon.per_member &&
           (coupon.max_uses == 0 || coupon.uses + coupon.reserved < coupon.max_uses);
}

static void unhold(struct ledger *ledger, const struct order *order, size_t line)
{
    struct record_coupon_use use;
    (void)line;
    if (!coupon_use_load(ledger, order, &use) || use.state != COUPON_RESERVED)
        return;
    use.state = COUPON_RELEASED;
    use_store(ledger, order, &use);
    count_use(ledger, &use, -1, 0, -1);
}

static void sold(struct ledger *ledger, const struct order *order, size_t line)
{
    struct record_coupon_use use;
    struct record_coupon coupon;
    if (!coupon_use_load(ledger, order, &use) ||
        !coupon_load(ledger, slice_from(use.code), &coupon))
        return;
    if (use.state == COUPON_USED) { /* a dispute was won */
        if (!use.again)
            run_begin(ledger, order, &coupon);
        return;
    }
    use.state = COUPON_USED;
    use_store(ledger, order, &use);
    count_use(ledger, &use, -1, 1, 0);
    if (use.again)
        run_spend(ledger, order);
    else
        run_begin(ledger, order, &coupon);
    const struct fact_redeemed fact = {.telegram_id = use.telegram_id,
                                       .code = slice_from(use.code),
                                       .order_id = slice_from(order->id),
                                       .amount = -order->lines[line].amount,
                                       .currency = slice_from(order->record.currency),
                                       .again = use.again};
    fact_tell(ledger, shape_fact_redeemed(), &fact);
}

/* What the purchase began for renewals ends with it. */
static void unsold(struct ledger *ledger, const struct order *order, size_t line)
{
    struct record_coupon_run run;
    int64_t telegram_id = order->record.telegram_id;
    (void)line;
    for (uint64_t n = 0;
         aspect_next(ledger, telegram_id, shape_record_coupon_run(), true, &n, &run);)
        if (strcmp(run.order_id, order->id) == 0) {
            aspect_delete(ledger, telegram_id, shape_record_coupon_run(), n);
            return;
        }
}

/* The lasting code of this member for the order's plan that still does something. */
static bool run_of(struct ledger *ledger, const struct order *order, uint64_t *n,
                   struct record_coupon_run *out)
{
    int64_t telegram_id = order->record.telegram_id;
    for (*n = 0; aspect_next(ledger, telegram_id, shape_record_coupon_run(), true, n, out);)
        if (strcmp(out->plan, order->record.plan) == 0 && (out->forever || out->left > 0))
            return true;
    return false;
}

/* A later code takes the place of the one before. */
static void run_begin(struct ledger *ledger, const struct order *order,
                      const struct record_coupon *coupon)
{
    int64_t telegram_id = order->record.telegram_id;
    struct record_coupon_run run;
    long long periods = 1;
    uint64_t n = 0;
    bool forever = strcmp(coupon->duration, "forever") == 0;
    if (!forever && (!slice_to_i64(slice_from(coupon->duration), &periods) || periods <= 1))
        return;
    while (aspect_next(ledger, telegram_id, shape_record_coupon_run(), true, &n, &run))
        if (strcmp(run.plan, order->record.plan) == 0)
            break;
        else
            run.plan[0] = 0;
    if (n == 0 || strcmp(run.plan, order->record.plan) != 0)
        n++;
    memset(&run, 0, sizeof run);
    memcpy(run.code, coupon->code, sizeof run.code);
    memcpy(run.plan, order->record.plan, sizeof run.plan);
    memcpy(run.order_id, order->id, sizeof run.order_id);
    run.forever = forever;
    run.left = forever ? 0 : (uint64_t)periods - 1;
    aspect_store(ledger, telegram_id, shape_record_coupon_run(), n, &run);
}

static void run_spend(struct ledger *ledger, const struct order *order)
{
    struct record_coupon_run run;
    uint64_t n;
    if (!run_of(ledger, order, &n, &run) || run.forever)
        return;
    run.left--;
    aspect_store(ledger, order->record.telegram_id, shape_record_coupon_run(), n, &run);
}

/* An empty list names all. */
static bool listed(const char *list, struct slice word)
{
    for (const char *at = list; *at != 0;) {
        size_t len = strcspn(at, ",");
        if (slice_equal(slice_of(at, len), word))
            return true;
        at += len + (at[len] == ',');
    }
    return list[0] == 0;
}

/* "12 months" is "1 year". */
static bool period_listed(const char *list, uint32_t months, uint32_t days)
{
    for (const char *at = list; *at != 0;) {
        size_t len = strcspn(at, ",");
        struct period period;
        if (period_parse(slice_of(at, len), &period) && period.months == months &&
            period.days == days)
            return true;
        at += len + (at[len] == ',');
    }
    return list[0] == 0;
}

static void member_key(struct key *key, const char *code, int64_t telegram_id)
{
    key_clear(key);
    key_text(key, slice_from(code));
    key_i64(key, telegram_id);
}

static uint64_t uses_by(struct ledger *ledger, const char *code, int64_t telegram_id)
{
    struct record_coupon_member member;
    struct key key;
    member_key(&key, code, telegram_id);
    return row_load(ledger, shape_record_coupon_member(), &key, &member) ? member.uses : 0;
}

/* Renewals by a lasting code are no further uses. */
static void count_use(struct ledger *ledger, const struct record_coupon_use *use, int reserved,
                      int used, int by_member)
{
    struct record_coupon coupon;
    struct record_coupon_member member;
    struct key key;
    if (use->again || !coupon_load(ledger, slice_from(use->code), &coupon))
        return;
    coupon.reserved = (uint64_t)((int64_t)coupon.reserved + reserved);
    coupon.uses = (uint64_t)((int64_t)coupon.uses + used);
    coupon_store(ledger, &coupon);
    if (by_member == 0)
        return;
    member_key(&key, use->code, use->telegram_id);
    if (!row_load(ledger, shape_record_coupon_member(), &key, &member)) {
        memset(&member, 0, sizeof member);
        memcpy(member.code, use->code, sizeof member.code);
        member.telegram_id = use->telegram_id;
    }
    member.uses = (uint64_t)((int64_t)member.uses + by_member);
    row_store(ledger, shape_record_coupon_member(), &key, &member);
}

bool coupon_use_load(struct ledger *ledger, const struct order *order,
                     struct record_coupon_use *out)
{
    struct key key;
    key_clear(&key);
    key_text(&key, slice_from(order->id));
    return row_load(ledger, shape_record_coupon_use(), &key, out);
}

static void use_store(struct ledger *ledger, const struct order *order,
                      const struct record_coupon_use *use)
{
    struct key key;
    key_clear(&key);
    key_text(&key, slice_from(order->id));
    row_store(ledger, shape_record_coupon_use(), &key, use);
}
