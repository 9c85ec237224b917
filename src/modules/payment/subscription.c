#include "modules/payment/subscription.h"

#include "base/period.h"
#include "ledger/facts.h"
#include "ledger/person.h"
#include "ledger/rows.h"
#include "modules/order/book.h"

#define DAY_MS (UINT64_C(24) * 3600 * 1000)
/* A charge may be tried for days; who hears nothing for longer is not charged any more. */
#define SILENCE_MS (7 * DAY_MS)

static bool granted(const struct record_subscription *record);
static bool another_renews(struct ledger *ledger, const struct message_cmd_payment *command,
                           const struct record_payment *payment);
static void merge(const struct ledger *ledger, const struct message_cmd_payment *command,
                  struct record_subscription *record);
static void store(struct ledger *ledger, struct slice gateway, struct slice id,
                  const struct record_subscription *before, const struct record_subscription *now);
static void list(struct ledger *ledger, int64_t telegram_id, struct slice gateway, struct slice id);
static void await_claim(struct ledger *ledger, const struct message_cmd_payment *command);
static void subscription_key(struct key *key, struct slice gateway, struct slice id);
static bool read_ref(struct ledger *ledger, int64_t telegram_id,
                     const struct record_subscription_ref *ref, struct subscription *out);
static void to_json(const struct ledger *ledger, const struct subscription *subscription,
                    cJSON *out);

const char *const subscription_state_names[] = {"active", "cancelling", "past_due", "ended", NULL};

bool subscription_load(struct ledger *ledger, struct slice gateway, struct slice id,
                       struct record_subscription *out)
{
    struct key key;
    memset(out, 0, sizeof *out);
    if (id.len == 0)
        return false;
    subscription_key(&key, gateway, id);
    return row_load(ledger, shape_record_subscription(), &key, out);
}

enum result subscription_note(struct ledger *ledger, const struct message_cmd_payment *command)
{
    struct record_subscription before, now;
    if (command->subscription.len == 0)
        return RESULT_duplicate;
    (void)subscription_load(ledger, command->gateway, command->subscription, &before);
    now = before;
    merge(ledger, command, &now);
    if (memcmp(&now, &before, sizeof now) == 0)
        return RESULT_duplicate;
    store(ledger, command->gateway, command->subscription, &before, &now);
    return RESULT_ok;
}

void subscription_paid(struct ledger *ledger, const struct message_cmd_payment *command,
                       const struct record_payment *payment)
{
    struct record_subscription before, now;
    struct record_entitlement entitlement;
    if (command->subscription.len == 0)
        return;
    (void)subscription_load(ledger, command->gateway, command->subscription, &before);
    now = before;
    if (payment->telegram_id > 0)
        now.telegram_id = payment->telegram_id;
    else
        await_claim(ledger, command);
    now.months = payment->months;
    now.days = payment->days;
    now.amount = payment->amount;
    (void)slice_copy(slice_from(payment->plan), now.plan, sizeof now.plan);
    (void)slice_copy(slice_from(payment->currency), now.currency, sizeof now.currency);
    if (entitlement_load(ledger, now.telegram_id, now.plan, &entitlement)) {
        now.given = entitlement.until_ms;
        if (command->until_ms == 0 && entitlement.until_ms > now.until)
            now.until = entitlement.until_ms;
    }
    store(ledger, command->gateway, command->subscription, &before, &now);
}

void subscription_claimed(struct ledger *ledger, struct slice order_id, int64_t telegram_id)
{
    struct record_subscription_order paid_by;
    struct record_subscription before, now;
    struct key key;
    key_clear(&key);
    key_text(&key, order_id);
    if (!row_load(ledger, shape_record_subscription_order(), &key, &paid_by))
        return;
    row_delete(ledger, shape_record_subscription_order(), &key);
    if (!subscription_load(ledger, slice_from(paid_by.gateway), slice_from(paid_by.id), &before))
        return;
    now = before;
    now.telegram_id = telegram_id;
    store(ledger, slice_from(paid_by.gateway), slice_from(paid_by.id), &before, &now);
}

/* The order was made without a member. */
static void await_claim(struct ledger *ledger, const struct message_cmd_payment *command)
{
    struct record_subscription_order row;
    struct key key;
    memset(&row, 0, sizeof row);
    key_clear(&key);
    key_text(&key, command->order_id);
    if (slice_copy(command->gateway, row.gateway, sizeof row.gateway) &&
        slice_copy(command->subscription, row.id, sizeof row.id))
        row_store(ledger, shape_record_subscription_order(), &key, &row);
}

bool subscription_superfluous(struct ledger *ledger, const struct message_cmd_payment *command,
                              const struct record_payment *payment)
{
    struct record_subscription record;
    struct record_entitlement entitlement;
    uint64_t half_ms = (payment->months * UINT64_C(30) + payment->days) * DAY_MS / 2;
    (void)subscription_load(ledger, command->gateway, command->subscription, &record);
    if (!granted(&record))
        return another_renews(ledger, command, payment);
    return record.given != 0 && strcmp(record.plan, payment->plan) == 0 &&
           record.telegram_id == payment->telegram_id &&
           entitlement_load(ledger, payment->telegram_id, payment->plan, &entitlement) &&
           (entitlement.status == ENTITLEMENT_ACTIVE || entitlement.status == ENTITLEMENT_GRACE) &&
           entitlement.until_ms > ledger->at_ms + half_ms &&
           entitlement.until_ms > record.given + half_ms;
}

void subscription_listed(struct ledger *ledger, const struct message_cmd_payment *command,
                         const struct record_payment *payment)
{
    struct record_subscription before, now;
    struct record_entitlement entitlement;
    if (!subscription_load(ledger, command->gateway, command->subscription, &before) ||
        !granted(&before) ||
        !entitlement_load(ledger, payment->telegram_id, payment->plan, &entitlement))
        return;
    now = before;
    now.given = entitlement.until_ms;
    store(ledger, command->gateway, command->subscription, &before, &now);
}

static unsigned refuse_second(struct ledger *ledger, struct order *order)
{
    const struct record_order *record = &order->record;
    struct subscription one;
    for (uint64_t n = 0;
         record->renews && subscription_next(ledger, record->telegram_id, &n, &one);)
        if (strcmp(one.record.plan, record->plan) == 0 && subscription_renews(ledger, &one.record))
            return RESULT_already_renews;
    return RESULT_ok;
}

const struct line_row subscription_lines[] = {
    {.kind = "subscription", .renews = true, .price = refuse_second}, {.kind = NULL}};

void subscription_stands(struct ledger *ledger, struct slice gateway, struct slice id,
                         enum subscription_state state)
{
    struct record_subscription before, now;
    if (!subscription_load(ledger, gateway, id, &before))
        return;
    now = before;
    now.state = (uint8_t)state;
    now.said = ledger->at_ms;
    store(ledger, gateway, id, &before, &now);
}

bool subscription_renews(const struct ledger *ledger, const struct record_subscription *record)
{
    return granted(record) && record->state == SUBSCRIPTION_ACTIVE &&
           (record->until == 0 || record->until + SILENCE_MS > ledger->at_ms);
}

bool subscription_next(struct ledger *ledger, int64_t telegram_id, uint64_t *n,
                       struct subscription *out)
{
    struct record_subscription_ref ref;
    while (aspect_next(ledger, telegram_id, shape_record_subscription_ref(), true, n, &ref))
        if (read_ref(ledger, telegram_id, &ref, out))
            return true;
    return false;
}

bool subscription_at(struct ledger *ledger, int64_t telegram_id, uint64_t n,
                     struct subscription *out)
{
    struct record_subscription_ref ref;
    return aspect_load(ledger, telegram_id, shape_record_subscription_ref(), n, &ref) &&
           read_ref(ledger, telegram_id, &ref, out);
}

bool subscription_of_plan(struct ledger *ledger, int64_t telegram_id, struct slice plan,
                          uint64_t *n, struct subscription *out)
{
    struct subscription one;
    bool found = false, renews = false;
    for (uint64_t at = 0; subscription_next(ledger, telegram_id, &at, &one);) {
        bool better = subscription_renews(ledger, &one.record);
        if (!slice_is(plan, one.record.plan) || !granted(&one.record) ||
            one.record.state == SUBSCRIPTION_ENDED || (renews && !better))
            continue;
        *out = one;
        *n = at;
        found = true;
        renews = better;
    }
    return found;
}

void subscription_document(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    struct subscription one, told = {.id = ""};
    bool renews = false;
    cJSON *all = cJSON_AddArrayToObject(out, "subscriptions");
    for (uint64_t n = 0; subscription_next(ledger, telegram_id, &n, &one);) {
        to_json(ledger, &one, json_add_item(all));
        bool better = subscription_renews(ledger, &one.record);
        if (!renews || better)
            told = one;
        renews = renews || better;
        cJSON *entitlement;
        /* What a membership is called while the gateway says so of it. */
        cJSON_ArrayForEach(entitlement, json_member(out, "entitlements"))
        {
            bool shown = one.record.state == SUBSCRIPTION_CANCELLING ||
                         one.record.state == SUBSCRIPTION_PAST_DUE;
            if (shown && granted(&one.record) &&
                slice_is(json_string(json_member(entitlement, "plan")), one.record.plan) &&
                slice_is(json_string(json_member(entitlement, "status")), "active"))
                cJSON_ReplaceItemInObject(
                    entitlement, "status",
                    cJSON_CreateString(subscription_state_names[one.record.state]));
        }
    }
    if (told.id[0] != 0)
        to_json(ledger, &told, cJSON_AddObjectToObject(out, "subscription"));
    else
        cJSON_AddNullToObject(out, "subscription");
}

static bool another_renews(struct ledger *ledger, const struct message_cmd_payment *command,
                           const struct record_payment *payment)
{
    struct subscription one;
    for (uint64_t n = 0; subscription_next(ledger, payment->telegram_id, &n, &one);) {
        bool same =
            slice_is(command->gateway, one.gateway) && slice_is(command->subscription, one.id);
        if (!same && strcmp(one.record.plan, payment->plan) == 0 &&
            subscription_renews(ledger, &one.record))
            return true;
    }
    return false;
}

static bool granted(const struct record_subscription *record)
{
    return record->months + record->days > 0;
}

/* Events come in any order: of what is said twice the latest counts. */
static void merge(const struct ledger *ledger, const struct message_cmd_payment *command,
                  struct record_subscription *record)
{
    uint64_t said_ms = command->occurred_ms != 0 ? command->occurred_ms : ledger->at_ms;
    if (record->telegram_id <= 0)
        record->telegram_id = command->telegram_id;
    if (record->plan[0] == 0 && command->plan.len < sizeof record->plan)
        (void)slice_copy(command->plan, record->plan, sizeof record->plan);
    if (command->customer.len > 0)
        (void)slice_copy(command->customer, record->customer, sizeof record->customer);
    if (command->until_ms > record->until)
        record->until = command->until_ms;
    if (command->subscription_state != 0 && said_ms >= record->said) {
        uint64_t state = command->subscription_state - 1;
        record->state =
            (uint8_t)(state <= SUBSCRIPTION_ENDED ? state : (uint64_t)SUBSCRIPTION_ACTIVE);
        record->said = said_ms;
    }
    /* A charge that went well: it goes on. */
    if (command->kind == PAYMENT_PAID && said_ms > record->said &&
        record->state != SUBSCRIPTION_ACTIVE && record->state != SUBSCRIPTION_ENDED) {
        record->state = SUBSCRIPTION_ACTIVE;
        record->said = said_ms;
    }
}

static void store(struct ledger *ledger, struct slice gateway, struct slice id,
                  const struct record_subscription *before, const struct record_subscription *now)
{
    struct key key;
    subscription_key(&key, gateway, id);
    row_store(ledger, shape_record_subscription(), &key, now);
    if (now->telegram_id > 0 && now->telegram_id != before->telegram_id)
        list(ledger, now->telegram_id, gateway, id);
    if (now->telegram_id > 0 && granted(now) &&
        (now->state != before->state || !granted(before) || now->until != before->until))
        FACT_TELL(ledger, subscription_changed, .telegram_id = now->telegram_id, .gateway = gateway,
                  .subscription = id, .plan = slice_from(now->plan), .state = now->state,
                  .next_charge = subscription_renews(ledger, now) ? now->until : 0);
}

/* A person has few; of many the newest are listed. */
static void list(struct ledger *ledger, int64_t telegram_id, struct slice gateway, struct slice id)
{
    struct record_subscription_ref ref;
    struct record_member member;
    uint64_t numbers[SUBSCRIPTIONS_MAX];
    size_t count = 0;
    uint64_t n = 0;
    while (count < SUBSCRIPTIONS_MAX &&
           aspect_next(ledger, telegram_id, shape_record_subscription_ref(), true, &n, &ref)) {
        if (slice_is(gateway, ref.gateway) && slice_is(id, ref.id))
            return;
        numbers[count++] = n;
    }
    if (count == SUBSCRIPTIONS_MAX)
        aspect_delete(ledger, telegram_id, shape_record_subscription_ref(), numbers[0]);
    member_load_or_new(ledger, telegram_id, &member); /* aspects lie with somebody who is known */
    member_store(ledger, telegram_id, &member);
    memset(&ref, 0, sizeof ref);
    if (slice_copy(gateway, ref.gateway, sizeof ref.gateway) &&
        slice_copy(id, ref.id, sizeof ref.id))
        aspect_store(ledger, telegram_id, shape_record_subscription_ref(), n + 1, &ref);
}

/* False: it is somebody else's by now. */
static bool read_ref(struct ledger *ledger, int64_t telegram_id,
                     const struct record_subscription_ref *ref, struct subscription *out)
{
    memcpy(out->gateway, ref->gateway, sizeof out->gateway);
    memcpy(out->id, ref->id, sizeof out->id);
    return subscription_load(ledger, slice_from(ref->gateway), slice_from(ref->id), &out->record) &&
           out->record.telegram_id == telegram_id;
}

static void to_json(const struct ledger *ledger, const struct subscription *subscription,
                    cJSON *out)
{
    const struct record_subscription *record = &subscription->record;
    bool silent = record->state == SUBSCRIPTION_ACTIVE && granted(record) &&
                  !subscription_renews(ledger, record);
    cJSON_AddStringToObject(out, "gateway", subscription->gateway);
    cJSON_AddStringToObject(out, "id", subscription->id);
    cJSON_AddStringToObject(out, "plan", record->plan);
    cJSON_AddStringToObject(
        out, "state",
        subscription_state_names[silent ? (uint8_t)SUBSCRIPTION_ENDED : record->state]);
    if (granted(record)) {
        char period[32];
        period_format((struct period){record->months, record->days}, period, sizeof period);
        json_add_money(out, record->amount, record->currency);
        cJSON_AddStringToObject(out, "period", period);
    }
    if (subscription_renews(ledger, record) && record->until != 0)
        json_add_time(out, "next_charge", record->until);
    else
        cJSON_AddNullToObject(out, "next_charge");
}

static void subscription_key(struct key *key, struct slice gateway, struct slice id)
{
    key_clear(key);
    key_text(key, gateway);
    key_text(key, id);
}
