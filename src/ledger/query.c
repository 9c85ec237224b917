/* Questions about the state, answered as JSON (http/api.h says which question is which resource).
 */
#include "ledger/access.h"
#include "ledger/batch.h"
#include "ledger/delivery.h"
#include "ledger/broadcast_query.h"
#include "ledger/group.h"
#include "ledger/ledger.h"
#include "ledger/order.h"
#include "ledger/outbox.h"
#include "ledger/payments.h"
#include "ledger/person.h"
#include "ledger/registry.h"
#include "ledger/seat.h"

#include "base/assert.h"
#include "base/json.h"
#include "base/money.h"
#include "base/period.h"

#include <cjson/cJSON.h>

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000 };

typedef bool answer_fn(struct ledger *ledger, const struct message_query *query, cJSON *out);

static bool answer_member(struct ledger *ledger, const struct message_query *query, cJSON *out);
static bool answer_queue(struct ledger *ledger, const struct message_query *query, cJSON *out);
static bool answer_payments(struct ledger *ledger, const struct message_query *query, cJSON *out);
static bool answer_payment(struct ledger *ledger, const struct message_query *query, cJSON *out);
static bool answer_order(struct ledger *ledger, const struct message_query *query, cJSON *out);
static bool answer_orders(struct ledger *ledger, const struct message_query *query, cJSON *out);
static bool answer_groups(struct ledger *ledger, const struct message_query *query, cJSON *out);
static bool answer_status(struct ledger *ledger, const struct message_query *query, cJSON *out);
static bool answer_broadcast_list(struct ledger *ledger, const struct message_query *query,
                                  cJSON *out);
static bool answer_ask(struct ledger *ledger, const struct message_query *query, cJSON *out);

/* Each fills out and returns true, or returns false for "not found". */
static const struct {
    answer_fn *answer;
    const char *missing; /* what a 404 says */
} questions[] = {
    [QUERY_MEMBER] = {answer_member, "no member has this Telegram id"},
    [QUERY_QUEUE] = {answer_queue, "no such delivery state"},
    [QUERY_PAYMENTS] = {answer_payments, "no such payment state; known is: unsettled"},
    [QUERY_PAYMENT] = {answer_payment, "no such payment"},
    [QUERY_ORDER] = {answer_order, "no such order"},
    [QUERY_ORDERS] = {answer_orders, "no orders"},
    [QUERY_GROUPS] = {answer_groups, "no groups"},
    [QUERY_STATUS] = {answer_status, "no status"},
    [QUERY_BROADCAST] = {answer_broadcast, "no such broadcast"},
    [QUERY_BROADCASTS] = {answer_broadcast_list, "no broadcasts"},
    [QUERY_ASK] = {answer_ask, "there is no such thing"},
};

static void add_money(cJSON *object, int64_t amount, const char *currency);
static cJSON *add_list(cJSON *object, const char *name);
static cJSON *add_item(cJSON *list);
static void add_entitlements(struct ledger *ledger, int64_t telegram_id, cJSON *out);
static void add_member_payments(struct ledger *ledger, int64_t telegram_id, uint32_t count,
                                cJSON *out);
static void add_member_orders(struct ledger *ledger, int64_t telegram_id, cJSON *out);
static void add_member_deliveries(struct ledger *ledger, int64_t telegram_id, cJSON *out);
static void add_delivery(cJSON *item, uint64_t id, const struct record_delivery *delivery);
static void add_payment(cJSON *item, const struct record_payment *payment);
static void add_parts(struct ledger *ledger, const struct payment_events *events, cJSON *out);
static uint64_t limit_of(const struct message_query *query);

enum error ledger_query(struct ledger *ledger, const struct message_query *query, struct buf *json,
                        unsigned *status)
{
    bool known = query->what >= QUERY_MEMBER && query->what <= QUERY_ASK;
    json_build();
    cJSON *out = cJSON_CreateObject();
    if (out == NULL)
        return ERROR_MEMORY;
    enum error error = batch_begin(ledger, false);
    if (error != ERROR_NONE) {
        cJSON_Delete(out);
        return error;
    }
    bool found = known && questions[query->what].answer(ledger, query, out);
    error = batch_end(ledger);
    if (!found) {
        cJSON_Delete(out);
        out = cJSON_CreateObject();
        cJSON_AddStringToObject(out, "type", "about:blank");
        cJSON_AddStringToObject(out, "title", known ? "Not Found" : "Bad Request");
        cJSON_AddNumberToObject(out, "status", known ? 404 : 400);
        cJSON_AddStringToObject(out, "code", known ? "not_found" : "invalid");
        cJSON_AddStringToObject(out, "detail",
                                known ? questions[query->what].missing : "no such question");
    }
    *status = found ? 200 : known ? 404 : 400;
    char *text = cJSON_PrintUnformatted(out);
    cJSON_Delete(out);
    if (text == NULL || !json_complete()) {
        cJSON_free(text);
        return ERROR_MEMORY;
    }
    buf_append_text(json, text);
    cJSON_free(text);
    return json->failed ? ERROR_TOO_LARGE : error;
}

/* A module's question. */
static bool answer_ask(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    struct message message;
    if (wire_decode_one(query->ask, &message, NULL) != ERROR_NONE)
        return false;
    const struct ask_row *ask = registry_ask(message.kind);
    if (ask == NULL || !ask->answer(ledger, message.module, out))
        return false;
    registry_extend(ledger, ask->shape(), message.module, out);
    return true;
}

static bool answer_member(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    struct record_member member;
    if (!member_load(ledger, query->subject, &member))
        return false;
    enum language language =
        member.language_known ? (enum language)member.language : ledger->catalog->language;
    cJSON_AddNumberToObject(out, "telegram_id", (double)query->subject);
    cJSON_AddStringToObject(out, "name", member.name);
    cJSON_AddStringToObject(out, "language", language_tag(language));
    json_add_time(out, "known_since", member.created_ms);
    json_add_time(out, "seen", member.seen_ms);
    cJSON_AddBoolToObject(out, "reachable", !member.unreachable);
    add_entitlements(ledger, query->subject, out);
    cJSON *groups = add_list(out, "groups");
    for (size_t i = 0; i < ledger->catalog->group_count; i++) {
        const struct catalog_group *group = &ledger->catalog->groups[i];
        struct record_place place;
        place_load(ledger, group->name, query->subject, &place);
        bool entitled = access_entitled(ledger, query->subject, group);
        if (place.status == PLACE_UNKNOWN && !entitled)
            continue;
        cJSON *item = add_item(groups);
        cJSON_AddStringToObject(item, "group", group->name);
        cJSON_AddBoolToObject(item, "entitled", entitled);
        cJSON_AddStringToObject(item, "place", place_status_name((enum place_status)place.status));
    }
    add_member_payments(ledger, query->subject, member.payments, out);
    add_member_orders(ledger, query->subject, out);
    add_member_deliveries(ledger, query->subject, out);
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        if ((*module)->document != NULL)
            (*module)->document(ledger, query->subject, out);
    return true;
}

static void add_entitlements(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    cJSON *list = add_list(out, "entitlements");
    char plan[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    while (entitlement_next(ledger, telegram_id, plan, &entitlement)) {
        cJSON *item = add_item(list);
        cJSON_AddStringToObject(item, "plan", plan);
        cJSON_AddStringToObject(
            item, "status", entitlement_status_name((enum entitlement_status)entitlement.status));
        json_add_time(item, "since", entitlement.since_ms);
        json_add_time(item, "until", entitlement.until_ms);
    }
}

/* The newest of them, oldest first. */
static void add_member_payments(struct ledger *ledger, int64_t telegram_id, uint32_t count,
                                cJSON *out)
{
    cJSON_AddNumberToObject(out, "payment_count", count);
    cJSON *list = add_list(out, "payments");
    for (uint32_t n = count > LIMIT_MAX ? count - LIMIT_MAX : 0; n < count; n++) {
        uint64_t sequence = person_payment_at(ledger, telegram_id, n, count);
        struct record_payment payment;
        /* One may have been settled for somebody else since. */
        if (payment_load(ledger, sequence, &payment) && payment.telegram_id == telegram_id)
            add_payment(add_item(list), &payment);
    }
}

/* The open ones, and the newest of the others, oldest first. */
static void add_member_orders(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    cJSON *list = add_list(out, "orders");
    struct order order;
    for (uint64_t n = 0; order_next(ledger, telegram_id, &n, &order);)
        order_to_json(&order, add_item(list));
}

static void add_member_deliveries(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    cJSON *list = add_list(out, "deliveries");
    size_t listed = person_delivery_count(ledger, telegram_id);
    for (size_t n = 0; n < listed; n++) {
        struct record_delivery delivery;
        uint64_t id = person_delivery_at(ledger, telegram_id, n);
        if (delivery_load(ledger, id, &delivery))
            add_delivery(add_item(list), id, &delivery);
    }
}

static bool answer_queue(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    struct ledger_counts counts;
    ledger_counts(ledger, &counts);
    bool known = query->text.len == 0;
    cJSON *by_state = cJSON_AddObjectToObject(out, "counts");
    for (int state = 0; state < STAGE_COUNT; state++) {
        const char *name = delivery_stage_name((enum delivery_stage)state);
        cJSON_AddNumberToObject(by_state, name, (double)counts.deliveries[state]);
        known = known || slice_is(query->text, name);
    }
    cJSON_AddBoolToObject(out, "removals_held", ledger->meta.removals_held);
    cJSON *list = add_list(out, "deliveries");
    uint64_t left = limit_of(query);
    /* Without a state: all that is not done. Done ones are listed with their member. */
    for (int state = 0; known && state < STAGE_COUNT; state++) {
        struct record_delivery delivery;
        const char *name = delivery_stage_name((enum delivery_stage)state);
        if (state == STAGE_DONE || (query->text.len > 0 && !slice_is(query->text, name)))
            continue;
        for (uint64_t id = 0;
             left > 0 && (id = outbox_next(ledger, id, (enum delivery_stage)state, &delivery)) != 0;
             left--)
            add_delivery(add_item(list), id, &delivery);
    }
    return known;
}

static bool answer_payments(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    bool unsettled = slice_is(query->text, "unsettled");
    if (!unsettled && query->text.len > 0)
        return false;
    cJSON_AddNumberToObject(out, "unsettled", (double)ledger->meta.unsettled);
    cJSON *list = add_list(out, "payments");
    struct key from;
    struct key found;
    struct slice value;
    key_clear(&from);
    key_u64(&from, 0);
    uint64_t left = limit_of(query);
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
        add_payment(add_item(list), &payment);
    }
    return true;
}

/* text is "gateway/payment id": all that is known of that payment, by kind. */
static bool answer_payment(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    const char *slash =
        query->text.len == 0 ? NULL : memchr(query->text.data, '/', query->text.len);
    if (slash == NULL)
        return false;
    struct slice gateway = slice_of(query->text.data, (size_t)(slash - query->text.data));
    struct slice payment_id = slice_of(slash + 1, query->text.len - gateway.len - 1);
    struct payment_events events;
    cJSON *list = add_list(out, "payments");
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
        add_payment(add_item(list), &payment);
    }
    add_parts(ledger, &events, out);
    return any;
}

/* What became of each refund and each dispute, by its own id. */
static void add_parts(struct ledger *ledger, const struct payment_events *events, cJSON *out)
{
    cJSON *refunds = add_list(out, "refunds");
    cJSON *disputes = add_list(out, "disputes");
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
        cJSON *item = add_item(dispute ? disputes : refunds);
        cJSON_AddStringToObject(item, "id", part.part_id[0] != 0 ? part.part_id : part.event_id);
        cJSON_AddStringToObject(item, "state",
                                dispute ? (ended ? "won" : "open") : (ended ? "failed" : "done"));
        add_money(item, part.amount, part.currency);
        json_add_time(item, "at", part.at_ms);
    }
}

static bool answer_order(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    struct order order;
    if (!order_read(ledger, query->text, &order))
        return false;
    order_to_json(&order, out);
    return true;
}

static bool answer_orders(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    cJSON *list = add_list(out, "orders");
    struct key from;
    struct key found;
    struct slice value;
    key_clear(&from);
    key_u8(&from, 0);
    uint64_t left = limit_of(query);
    for (bool after = false; left > 0 && state_seek(ledger, TABLE_orders, SLICE(""),
                                                    key_slice(&from), after, &found, &value);
         after = true, left--) {
        struct order order;
        struct slice rest = key_slice(&found);
        struct slice id;
        from = found;
        if (!key_take_text(&rest, &id) || !order_read(ledger, id, &order)) {
            state_fail(ledger, ERROR_CORRUPT);
            break;
        }
        order_to_json(&order, add_item(list));
    }
    return true;
}

static bool answer_groups(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    (void)query;
    cJSON *list = add_list(out, "groups");
    for (size_t i = 0; i < ledger->catalog->group_count; i++) {
        const struct catalog_group *group = &ledger->catalog->groups[i];
        struct record_group record;
        group_load(ledger, group, &record);
        cJSON *item = add_item(list);
        cJSON_AddStringToObject(item, "group", group->name);
        cJSON_AddStringToObject(item, "bot", group->bot);
        cJSON_AddNumberToObject(item, "chat_id", (double)record.chat_id);
        cJSON_AddStringToObject(item, "invite",
                                group->invite == INVITE_JOIN_REQUEST ? "join_request"
                                                                     : "one_time_link");
        cJSON_AddBoolToObject(item, "link_ready",
                              group->invite == INVITE_ONE_TIME_LINK || record.link[0] != 0);
        cJSON_AddNumberToObject(item, "members", record.members);
    }
    return true;
}

static bool answer_status(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    (void)query;
    const struct record_meta *meta = &ledger->meta;
    cJSON_AddNumberToObject(out, "applied", (double)meta->applied);
    cJSON_AddNumberToObject(out, "members", (double)meta->members);
    cJSON_AddNumberToObject(out, "unsettled", (double)meta->unsettled);
    cJSON_AddBoolToObject(out, "removals_held", meta->removals_held);
    struct ledger_counts counts;
    ledger_counts(ledger, &counts);
    cJSON *by_state = cJSON_AddObjectToObject(out, "deliveries");
    for (int state = 0; state < STAGE_COUNT; state++)
        cJSON_AddNumberToObject(by_state, delivery_stage_name((enum delivery_stage)state),
                                (double)counts.deliveries[state]);
    cJSON *plans = add_list(out, "plans");
    for (size_t i = 0; i < ledger->catalog->plan_count; i++) {
        const struct catalog_plan *plan = &ledger->catalog->plans[i];
        cJSON *item = add_item(plans);
        cJSON_AddStringToObject(item, "plan", plan->name);
        cJSON_AddNumberToObject(item, "members", (double)seats_taken(ledger, plan->name));
        cJSON_AddNumberToObject(item, "held", (double)seats_held(ledger, plan->name));
        if (plan->seats != 0)
            cJSON_AddNumberToObject(item, "seats", (double)plan->seats);
    }
    return true;
}

static bool answer_broadcast_list(struct ledger *ledger, const struct message_query *query,
                                  cJSON *out)
{
    return answer_broadcasts(ledger, limit_of(query), out);
}

static void add_delivery(cJSON *item, uint64_t id, const struct record_delivery *delivery)
{
    const char *kind = delivery_name((enum delivery_kind)delivery->kind);
    cJSON_AddNumberToObject(item, "id", (double)id);
    cJSON_AddStringToObject(item, "kind", kind != NULL ? kind : "unknown");
    cJSON_AddStringToObject(item, "state",
                            delivery_stage_name((enum delivery_stage)delivery->stage));
    cJSON_AddNumberToObject(item, "attempts", delivery->attempts);
    cJSON_AddStringToObject(item, "bot", delivery->bot);
    if (delivery->telegram_id != 0)
        cJSON_AddNumberToObject(item, "telegram_id", (double)delivery->telegram_id);
    if (delivery->group[0] != 0)
        cJSON_AddStringToObject(item, "group", delivery->group);
    json_add_time(item, "created", delivery->created_ms);
    json_add_time(item, "finished", delivery->finished_ms);
    json_add_time(item, "not_before", delivery->not_before_ms);
    if (delivery->error[0] != 0)
        cJSON_AddStringToObject(item, "error", delivery->error);
}

static void add_payment(cJSON *item, const struct record_payment *payment)
{
    cJSON_AddStringToObject(item, "gateway", payment->gateway);
    cJSON_AddStringToObject(item, "payment_id", payment->payment_id);
    cJSON_AddStringToObject(item, "kind", payment_kind_name((enum payment_kind)payment->kind));
    cJSON_AddStringToObject(item, "state", payment_state_name((enum payment_state)payment->state));
    if (payment->state == PAYMENT_STATE_UNSETTLED && payment->reason < RESULT_COUNT)
        cJSON_AddStringToObject(item, "reason", result_name((enum result)payment->reason));
    add_money(item, payment->amount, payment->currency);
    if (payment->plan[0] != 0)
        cJSON_AddStringToObject(item, "plan", payment->plan);
    if (payment->telegram_id != 0)
        cJSON_AddNumberToObject(item, "telegram_id", (double)payment->telegram_id);
    if (payment->order_id[0] != 0)
        cJSON_AddStringToObject(item, "order_id", payment->order_id);
    json_add_time(item, "at", payment->at_ms);
}

/* A payment whose amount or currency is not known says null. */
static void add_money(cJSON *object, int64_t amount, const char *currency)
{
    char text[32];
    const char *known = currency_find(slice_from(currency));
    if (amount < 0 || known == NULL) {
        cJSON_AddNullToObject(object, "amount");
    } else {
        money_format(amount, known, text, sizeof text);
        cJSON_AddStringToObject(object, "amount", text);
    }
    cJSON_AddStringToObject(object, "currency", currency);
}

static cJSON *add_list(cJSON *object, const char *name)
{
    return cJSON_AddArrayToObject(object, name);
}

/* NULL when out of memory; cJSON's adders accept that and do nothing. */
static cJSON *add_item(cJSON *list)
{
    cJSON *item = cJSON_CreateObject();
    if (item != NULL && !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        item = NULL;
    }
    return item;
}

static uint64_t limit_of(const struct message_query *query)
{
    return query->limit == 0 ? LIMIT_DEFAULT : query->limit < LIMIT_MAX ? query->limit : LIMIT_MAX;
}
