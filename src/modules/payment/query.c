/* Questions about payments. */
#include "base/json.h"
#include "ledger/person.h"
#include "ledger/query.h"
#include "modules/payment/payment.h"
#include "modules/payment/payments.h"
#include "modules/payment/refunding.h"
#include "modules/payment/subscription.h"

enum { GREET_LOOKS = 16, GREET_TOLD = 3 }; /* of a member's newest payments */

static void add_payment(cJSON *item, const struct record_payment *payment);
static void add_parts(struct ledger *ledger, const struct payment_events *events, cJSON *out);

/* The newest of them, oldest first. */
void payments_document(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    struct record_member member = {0};
    (void)member_load(ledger, telegram_id, &member);
    uint32_t count = member.payments;
    cJSON_AddNumberToObject(out, "payment_count", count);
    cJSON *list = cJSON_AddArrayToObject(out, "payments");
    for (uint32_t n = count > QUERY_LIMIT_MAX ? count - QUERY_LIMIT_MAX : 0; n < count; n++) {
        uint64_t sequence = person_payment_at(ledger, telegram_id, n, count);
        struct record_payment payment;
        /* One may have been settled for somebody else since. */
        if (payment_load(ledger, sequence, &payment) && payment.telegram_id == telegram_id)
            add_payment(json_add_item(list), &payment);
    }
    subscription_document(ledger, telegram_id, out);
}

bool answer_payments(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    bool unsettled = slice_is(query->text, "unsettled");
    if (!unsettled && query->text.len > 0)
        return false;
    cJSON_AddNumberToObject(out, "unsettled", (double)ledger->meta.unsettled);
    cJSON *list = cJSON_AddArrayToObject(out, "payments");
    struct key from;
    struct key found;
    struct slice value;
    key_clear(&from);
    key_u64(&from, 0);
    uint64_t left = query_limit(query);
    enum table table = unsettled ? TABLE_unsettled : TABLE_payments;
    for (; left > 0 && state_seek(ledger, table, SLICE(""), key_slice(&from), true, &found, &value);
         left--) {
        struct slice rest = key_slice(&found);
        struct record_payment payment;
        uint64_t sequence;
        from = found;
        if (!key_take_u64(&rest, &sequence) || !payment_load(ledger, sequence, &payment)) {
            state_fail(ledger, ERROR_CORRUPT);
            break;
        }
        add_payment(json_add_item(list), &payment);
    }
    return true;
}

/* text is "gateway/payment id": all that is known of that payment, by kind. */
bool answer_payment(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    const char *slash =
        query->text.len == 0 ? NULL : memchr(query->text.data, '/', query->text.len);
    if (slash == NULL)
        return false;
    struct slice gateway = slice_of(query->text.data, (size_t)(slash - query->text.data));
    return payment_to_json(ledger, gateway, slice_of(slash + 1, query->text.len - gateway.len - 1),
                           out);
}

bool payment_to_json(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                     cJSON *out)
{
    struct payment_events events;
    cJSON *list = cJSON_AddArrayToObject(out, "payments");
    bool any = false;
    if (gateway.len > CATALOG_NAME_MAX ||
        payment_id.len >= sizeof((struct record_payment *)0)->payment_id)
        return false;
    payment_find(ledger, gateway, payment_id, (struct slice){0}, &events);
    for (size_t i = 0; i < events.count; i++) {
        struct record_payment payment;
        if (!payment_load(ledger, events.sequences[i], &payment))
            continue;
        any = true;
        add_payment(json_add_item(list), &payment);
    }
    add_parts(ledger, &events, out);
    struct record_payment paid;
    if (payment_of_kind(ledger, &events, PAYMENT_PAID, &paid))
        refunding_to_json(ledger, paid.sequence, out);
    return any;
}

/* What became of each refund and each dispute, by its own id. */
static void add_parts(struct ledger *ledger, const struct payment_events *events, cJSON *out)
{
    cJSON *refunds = cJSON_AddArrayToObject(out, "refunds");
    cJSON *disputes = cJSON_AddArrayToObject(out, "disputes");
    for (size_t i = 0; i < events->count; i++) {
        struct record_payment part;
        struct record_payment end;
        bool ended = false;
        if (!payment_load(ledger, events->sequences[i], &part))
            continue;
        bool dispute = part.kind == PAYMENT_CHARGED_BACK;
        if (!dispute && part.kind != PAYMENT_REFUNDED && part.kind != PAYMENT_PARTLY_REFUNDED)
            continue;
        for (size_t j = 0; j < events->count && !ended; j++)
            ended = payment_load(ledger, events->sequences[j], &end) &&
                    end.kind == (dispute ? PAYMENT_REINSTATED : PAYMENT_REFUND_FAILED) &&
                    strcmp(end.part_id, part.part_id) == 0;
        cJSON *item = json_add_item(dispute ? disputes : refunds);
        cJSON_AddStringToObject(item, "id", part.part_id[0] != 0 ? part.part_id : part.event_id);
        cJSON_AddStringToObject(item, "state",
                                dispute ? (ended ? "won" : "open") : (ended ? "failed" : "done"));
        json_add_money(item, part.amount, part.currency);
        json_add_time(item, "at", part.at_ms);
    }
}

static void add_payment(cJSON *item, const struct record_payment *payment)
{
    cJSON_AddStringToObject(item, "gateway", payment->gateway);
    cJSON_AddStringToObject(item, "payment_id", payment->payment_id);
    cJSON_AddStringToObject(item, "kind", payment_kind_name((enum payment_kind)payment->kind));
    cJSON_AddStringToObject(item, "state", payment_state_name((enum payment_state)payment->state));
    if (payment->state == PAYMENT_STATE_UNSETTLED && payment->reason < RESULT_COUNT)
        cJSON_AddStringToObject(item, "reason", result_name((enum result)payment->reason));
    json_add_money(item, payment->amount, payment->currency);
    if (payment->plan[0] != 0)
        cJSON_AddStringToObject(item, "plan", payment->plan);
    if (payment->telegram_id != 0)
        cJSON_AddNumberToObject(item, "telegram_id", (double)payment->telegram_id);
    if (payment->order_id[0] != 0)
        cJSON_AddStringToObject(item, "order_id", payment->order_id);
    json_add_time(item, "at", payment->at_ms);
}

/* Who paid and is no member hears that the payment is here. */
void payments_greet(struct ledger *ledger, int64_t telegram_id)
{
    struct record_member member = {0};
    struct record_payment payment;
    (void)member_load(ledger, telegram_id, &member);
    uint32_t count = member.payments;
    unsigned told = 0;
    for (uint32_t n = count; n-- > 0 && count - n <= GREET_LOOKS && told < GREET_TOLD;)
        if (payment_load(ledger, person_payment_at(ledger, telegram_id, n, count), &payment) &&
            payment.telegram_id == telegram_id && payment.state == PAYMENT_STATE_UNSETTLED &&
            payment_awaits_grant(&payment)) {
            payment_tell_waits(ledger, &payment);
            told++;
        }
}
