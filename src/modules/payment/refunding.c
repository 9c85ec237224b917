#include "modules/payment/refunding.h"

#include "ledger/facts.h"
#include "ledger/rows.h"
#include "modules/payment/settings.h"
#include "wire/lane.h"

#include <inttypes.h>
#include <stdio.h>

static bool find(const struct ledger *ledger, struct slice gateway, struct refund_gateway *out);
static bool next(struct ledger *ledger, uint64_t sequence, bool after, struct key *key,
                 struct record_refund_request *out);
static void count(struct ledger *ledger, const struct record_payment *paid,
                  const struct record_refund_request *row);
static bool is_back(struct ledger *ledger, const struct record_payment *paid);
static bool moved(const struct request_end *end, const struct record_refund_request *row);
static bool failed(struct slice state);
static bool step_aside(struct ledger *ledger, const struct record_payment *paid,
                       struct record_refund_request *wanted);
static bool told_since(const struct record_refund_request *row,
                       const struct record_refund_request *wanted);
static bool is_same(const struct record_refund_request *row,
                    const struct record_refund_request *wanted);
static void refund_key(struct key *key, uint64_t sequence, uint64_t delivery);
static uint64_t delivery_of(const struct key *key);

const char *const refund_request_names[] = {"asked", "done", "failed", "refused", "unknown", NULL};

void payment_catalog(const struct config *config, const void *own, struct buf *rows)
{
    (void)own;
    for (size_t i = 0; i < config->gateway_count; i++) {
        const struct refund_gateway row = {
            .name = slice_from(config->gateways[i].name),
            .parts = config_gateway_tells_parts(&config->gateways[i]),
            .numbered = config_gateway_goes_by_numbers(&config->gateways[i])};
        if (config_gateway_does(&config->gateways[i], ERRAND_REFUND))
            shape_encode(rows, shape_refund_gateway(), &row);
    }
}

bool refunding_can(const struct ledger *ledger, struct slice gateway)
{
    struct refund_gateway row;
    return find(ledger, gateway, &row);
}

unsigned refunding_begin(struct ledger *ledger, const struct payment_refund *ask,
                         const struct record_payment *paid, const struct payment_sum *sum,
                         int64_t amount)
{
    struct record_refund_request row = {.state = REFUND_ASKED,
                                        .whole = amount == 0,
                                        .amount = amount == 0 ? paid->amount - sum->back : amount,
                                        .back = sum->back,
                                        .asked = ledger->at_ms,
                                        .at = ledger->at_ms};
    struct key key;
    memcpy(row.currency, paid->currency, sizeof row.currency);
    if (!slice_copy(ask->reason, row.reason, sizeof row.reason))
        row.reason[0] = 0;
    if (!step_aside(ledger, paid, &row))
        return RESULT_refund_under_way;
    const struct message part = {.kind = MESSAGE_part_errand,
                                 .part_errand = {.gateway = slice_from(paid->gateway),
                                                 .what = ERRAND_REFUND,
                                                 .id = slice_from(paid->payment_id),
                                                 .named = ask->payment_id,
                                                 .amount = amount,
                                                 .currency = slice_from(paid->currency),
                                                 .reason = slice_from(row.reason),
                                                 .rest = paid->amount - sum->back,
                                                 .total = paid->amount,
                                                 .number = slice_from(row.number),
                                                 .recurring = paid->recurring}};
    const struct lane_name lane = lane_of("gateway", slice_from(paid->gateway));
    char ref[24];
    (void)snprintf(ref, sizeof ref, "%" PRIu64, paid->sequence);
    ledger->subject = request_send(ledger, MODULE_payment, REQUEST_KEYED, slice_from(lane.text),
                                   slice_from(ref), paid->telegram_id, &part);
    if (ledger->subject == 0)
        return RESULT_cannot_refund;
    refund_key(&key, paid->sequence, ledger->subject);
    row_store(ledger, shape_record_refund_request(), &key, &row);
    return RESULT_ok;
}

/* Those that came before make room: false when one of them may still be done. But where the gateway
 * goes by our numbers, one of the same amount that is in doubt, or was refused, is asked for once
 * more: by its number and in its words, so that it is the same refund. Else wanted gets a new one.
 */
static bool step_aside(struct ledger *ledger, const struct record_payment *paid,
                       struct record_refund_request *wanted)
{
    struct record_refund_request row;
    struct refund_gateway gateway;
    struct key key;
    bool numbered = find(ledger, slice_from(paid->gateway), &gateway) && gateway.numbered != 0;
    unsigned count = 0;
    wanted->number[0] = 0;
    for (bool more = next(ledger, paid->sequence, false, &key, &row); more;
         more = next(ledger, paid->sequence, true, &key, &row)) {
        bool settled = numbered && (told_since(&row, wanted) || is_same(&row, wanted));
        if (row.state == REFUND_ASKED || (row.state == REFUND_UNKNOWN && !settled))
            return false;
        count++;
    }
    for (bool more = next(ledger, paid->sequence, false, &key, &row); more;
         more = next(ledger, paid->sequence, true, &key, &row)) {
        if (row.state == REFUND_DONE || row.state == REFUND_FAILED)
            continue;
        request_withdraw(ledger, delivery_of(&key)); /* it could be let go beside this one */
        if (told_since(&row, wanted)) {
            row.state = REFUND_DONE;
        } else if (numbered && is_same(&row, wanted)) {
            memcpy(wanted->number, row.number, sizeof wanted->number);
            memcpy(wanted->reason, row.reason, sizeof wanted->reason);
            row.state = REFUND_REFUSED;
            row.number[0] = 0; /* it is the new one's */
        }
        row_store(ledger, shape_record_refund_request(), &key, &row);
    }
    if (wanted->number[0] == 0) /* a data_dir that began anew has others, made at other times */
        (void)snprintf(wanted->number, sizeof wanted->number, "usher_%" PRIu64 "_%u_%" PRIx64,
                       paid->sequence, count, ledger->at_ms);
    return true;
}

/* The gateway has told by itself that the one in doubt went back. */
static bool told_since(const struct record_refund_request *row,
                       const struct record_refund_request *wanted)
{
    return row->state == REFUND_UNKNOWN && wanted->back >= row->back + row->amount;
}

static bool is_same(const struct record_refund_request *row,
                    const struct record_refund_request *wanted)
{
    return (row->state == REFUND_REFUSED || row->state == REFUND_UNKNOWN) && row->number[0] != 0 &&
           row->amount == wanted->amount;
}

void refunding_answered(struct ledger *ledger, const struct request_end *end)
{
    static const enum refund_request states[] = {[REQUEST_DONE] = REFUND_DONE,
                                                 [REQUEST_REFUSED] = REFUND_REFUSED,
                                                 [REQUEST_UNKNOWN] = REFUND_UNKNOWN,
                                                 [REQUEST_LATE] = REFUND_DONE};
    struct record_refund_request row;
    struct record_payment paid;
    struct key key;
    long long sequence;
    if (!slice_to_i64(end->ref, &sequence) || !payment_load(ledger, (uint64_t)sequence, &paid))
        return;
    refund_key(&key, paid.sequence, end->delivery);
    if (!row_load(ledger, shape_record_refund_request(), &key, &row))
        return;
    row.state = (uint8_t)states[end->how];
    if (row.state == REFUND_DONE && failed(request_field(end, "state")))
        row.state = REFUND_FAILED;
    struct slice error = end->error;
    if (row.state == REFUND_DONE && !moved(end, &row)) {
        row.state = REFUND_UNKNOWN;
        error = SLICE("the gateway has taken it, and no money has moved so far: ask for the same "
                      "again in a while");
    }
    row.status = end->status;
    row.at = ledger->at_ms;
    if (!slice_copy(request_field(end, "id"), row.id, sizeof row.id))
        row.id[0] = 0;
    if (row.state == REFUND_DONE || !slice_copy(error, row.error, sizeof row.error))
        row.error[0] = 0;
    row_store(ledger, shape_record_refund_request(), &key, &row);
    FACT_TELL(ledger, refund_ended, .telegram_id = paid.telegram_id,
              .gateway = slice_from(paid.gateway), .payment_id = slice_from(paid.payment_id),
              .state = row.state, .amount = row.amount, .currency = slice_from(row.currency),
              .id = slice_from(row.id), .status = row.status, .error = slice_from(row.error));
    if (row.state == REFUND_DONE)
        count(ledger, &paid, &row);
    if (row.state == REFUND_REFUSED && is_back(ledger, &paid))
        request_withdraw(ledger, end->delivery);
}

/* It went back by other means: there is nothing left to do. */
static bool is_back(struct ledger *ledger, const struct record_payment *paid)
{
    struct payment_events events;
    struct payment_sum sum;
    payment_find(ledger, slice_from(paid->gateway), slice_from(paid->payment_id), (struct slice){0},
                 &events);
    payment_add_up(ledger, &events, NULL, paid, &sum);
    return sum.refunded;
}

bool refund_ready(struct ledger *ledger, uint64_t delivery, const void *command)
{
    const struct payment_refund *ask = command;
    struct record_refund_request row;
    struct payment_events events;
    struct record_payment paid;
    struct key key;
    payment_find(ledger, ask->gateway, ask->payment_id, (struct slice){0}, &events);
    if (delivery == 0 || !payment_of_kind(ledger, &events, PAYMENT_PAID, &paid))
        return true;
    refund_key(&key, paid.sequence, delivery);
    return !row_load(ledger, shape_record_refund_request(), &key, &row) ||
           row.state != REFUND_ASKED;
}

void refunding_to_json(struct ledger *ledger, uint64_t sequence, cJSON *out)
{
    struct record_refund_request row;
    struct key key;
    cJSON *list = cJSON_AddArrayToObject(out, "refund_requests");
    for (bool more = next(ledger, sequence, false, &key, &row); more;
         more = next(ledger, sequence, true, &key, &row)) {
        cJSON *item = json_add_item(list);
        cJSON_AddStringToObject(item, "state", refund_request_names[row.state]);
        json_add_money(item, row.amount, row.currency);
        cJSON_AddStringToObject(item, "reason", row.reason);
        cJSON_AddNumberToObject(item, "delivery", (double)delivery_of(&key));
        if (row.id[0] != 0)
            cJSON_AddStringToObject(item, "id", row.id);
        if (row.status != 0)
            cJSON_AddNumberToObject(item, "status", (double)row.status);
        if (row.error[0] != 0)
            cJSON_AddStringToObject(item, "error", row.error);
        json_add_time(item, "asked", row.asked);
        json_add_time(item, "at", row.at);
    }
}

static bool find(const struct ledger *ledger, struct slice gateway, struct refund_gateway *out)
{
    for (size_t at = 0; catalog_row(ledger->catalog, shape_refund_gateway(), &at, out);)
        if (slice_equal(out->name, gateway))
            return true;
    return false;
}

/* The requests of one payment, in the order in which they were made. */
static bool next(struct ledger *ledger, uint64_t sequence, bool after, struct key *key,
                 struct record_refund_request *out)
{
    struct key prefix;
    key_clear(&prefix);
    key_u64(&prefix, sequence);
    if (!after)
        *key = prefix;
    return row_next(ledger, shape_record_refund_request(), key_slice(&prefix), after, key, out);
}

/* In the form in which the gateway's own event says it, so that it is the same: what went back so
 * far, or this refund by its id. */
static void count(struct ledger *ledger, const struct record_payment *paid,
                  const struct record_refund_request *row)
{
    char event[PAYMENT_EVENT_SIZE];
    struct refund_gateway gateway;
    if (!find(ledger, slice_from(paid->gateway), &gateway))
        gateway = (struct refund_gateway){.parts = 0};
    bool parts = row->id[0] != 0 && gateway.parts != 0;
    payment_refund_event(slice_from(paid->payment_id), event);
    struct message_cmd_payment refunded = {
        .gateway = slice_from(paid->gateway),
        .event_id = slice_from(row->id[0] != 0                           ? row->id
                               : gateway.numbered && row->number[0] != 0 ? row->number
                                                                         : event),
        .payment_id = slice_from(paid->payment_id),
        .kind = row->whole || parts ? PAYMENT_REFUNDED : PAYMENT_PARTLY_REFUNDED,
        .telegram_id = paid->telegram_id,
        .amount = row->whole ? paid->amount : row->back + row->amount,
        .currency = slice_from(paid->currency),
        .occurred_ms = ledger->at_ms,
        .total = 1};
    if (parts) {
        refunded.total = 0;
        refunded.amount = row->amount;
        refunded.part_id = slice_from(row->id);
    }
    (void)op_payment(ledger, &refunded);
}

/* Alipay says whether money has moved by this very call, and how much has gone back by now: an N is
 * the answer to a repeat of what was done as well. */
static bool moved(const struct request_end *end, const struct record_refund_request *row)
{
    int64_t back;
    return !slice_is(request_field(end, "moved"), "N") ||
           (money_parse(request_field(end, "back"), row->currency, &back) &&
            back >= row->back + row->amount);
}

/* Each has its own words for it: Stripe, PayPal, WeChat Pay. */
static bool failed(struct slice state)
{
    static const char *const words[] = {"failed",    "canceled", "cancelled", "FAILED",
                                        "CANCELLED", "ABNORMAL", "CLOSED"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (slice_is(state, words[i]))
            return true;
    return false;
}

static void refund_key(struct key *key, uint64_t sequence, uint64_t delivery)
{
    key_clear(key);
    key_u64(key, sequence);
    key_u64(key, delivery);
}

static uint64_t delivery_of(const struct key *key)
{
    struct slice rest = key_slice(key);
    uint64_t sequence, delivery = 0;
    (void)(key_take_u64(&rest, &sequence) && key_take_u64(&rest, &delivery));
    return delivery;
}
