#include "modules/payment/payments.h"

#include "ledger/news.h"
#include "ledger/person.h"
#include "modules/order/book.h"
#include "modules/payment/alias.h"
#include "modules/payment/index.h"

enum { SEQUENCES_MAX = 4096 }; /* behind one hash that are looked at: collisions and all */

static void find_named(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                       struct payment_events *out);
static void list_unsettled(struct ledger *ledger, const struct record_payment *payment);
static void sequence_key(struct key *key, uint64_t sequence);

void payment_find(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                  struct slice event_id, struct payment_events *out)
{
    struct record_payment payment;
    char known[256];
    if (event_id.data == NULL && alias_find(ledger, gateway, payment_id, known))
        payment_id = slice_from(known);
    find_named(ledger, gateway, payment_id, out);
    if (event_id.data == NULL)
        return;
    index_hash(ledger, gateway, event_id, out->event_hash);
    /* It may have come with another payment before: this payment's own goes first. */
    bool own = false;
    for (uint64_t sequence = 0, n = 0;
         !own && n < SEQUENCES_MAX &&
         index_next(ledger, TABLE_event_index, out->event_hash, &sequence);
         n++) {
        if (!payment_load(ledger, sequence, &payment) || !slice_is(gateway, payment.gateway) ||
            !slice_is(event_id, payment.event_id))
            continue;
        own = slice_is(payment_id, payment.payment_id);
        if (own || out->event == 0)
            out->event = sequence;
    }
}

static void find_named(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                       struct payment_events *out)
{
    struct record_payment payment;
    out->count = 0;
    out->event = 0;
    index_hash(ledger, gateway, payment_id, out->payment_hash);
    for (uint64_t sequence = 0, n = 0;
         out->count < PAYMENT_EVENTS_MAX && n < SEQUENCES_MAX &&
         index_next(ledger, TABLE_payment_index, out->payment_hash, &sequence);
         n++) {
        if (payment_load(ledger, sequence, &payment) && slice_is(gateway, payment.gateway) &&
            slice_is(payment_id, payment.payment_id))
            out->sequences[out->count++] = sequence;
    }
}

bool payment_of_kind(struct ledger *ledger, const struct payment_events *events,
                     enum payment_kind kind, struct record_payment *out)
{
    for (size_t i = 0; i < events->count; i++)
        if (payment_load(ledger, events->sequences[i], out) && out->kind == kind &&
            !payment_repeated(out))
            return true;
    return false;
}

bool payment_repeated(const struct record_payment *payment)
{
    return payment->kind == PAYMENT_PAID && payment->reason == RESULT_duplicate;
}

bool payment_load(struct ledger *ledger, uint64_t sequence, struct record_payment *out)
{
    struct key key;
    sequence_key(&key, sequence);
    if (sequence == 0 || !state_get(ledger, TABLE_payments, &key, shape_record_payment(), out))
        return false;
    out->sequence = sequence;
    return true;
}

void payment_store(struct ledger *ledger, const struct record_payment *payment)
{
    struct key key;
    sequence_key(&key, payment->sequence);
    state_put(ledger, TABLE_payments, &key, shape_record_payment(), payment);
    news_row(ledger, shape_record_payment(), key_slice(&key));
}

void payment_add(struct ledger *ledger, const struct payment_events *events,
                 struct record_payment *payment, unsigned reason)
{
    uint8_t bytes[RECORD_BYTES_MAX];
    struct key key;
    payment->reason = (uint32_t)reason;
    sequence_key(&key, payment->sequence);
    state_append_bytes(ledger, TABLE_payments, &key,
                       slice_of(bytes, record_encode(shape_record_payment(), payment, bytes)));
    news_row(ledger, shape_record_payment(), key_slice(&key));
    index_add(ledger, TABLE_payment_index, events->payment_hash, payment->sequence);
    index_add(ledger, TABLE_event_index, events->event_hash, payment->sequence);
    if (payment->telegram_id > 0)
        payment_list(ledger, payment);
    if (payment->state == PAYMENT_STATE_UNSETTLED)
        list_unsettled(ledger, payment);
}

void payment_unsettle(struct ledger *ledger, struct record_payment *payment, unsigned reason)
{
    payment->state = PAYMENT_STATE_UNSETTLED;
    payment->reason = (uint32_t)reason;
    payment_store(ledger, payment);
    list_unsettled(ledger, payment);
}

void payment_settled(struct ledger *ledger, struct record_payment *payment,
                     enum payment_state state)
{
    if (ledger->meta.unsettled == 0) {
        state_fail(ledger, ERROR_CORRUPT);
        return;
    }
    ledger->meta.unsettled--;
    struct key key;
    sequence_key(&key, payment->sequence);
    state_delete(ledger, TABLE_unsettled, &key);
    payment->state = (uint8_t)state;
    payment_store(ledger, payment);
}

bool payments_join(struct ledger *ledger, struct slice gateway, struct slice from, const char *to)
{
    struct payment_events events;
    struct record_payment payment;
    uint8_t hash[HASH_BYTES];
    find_named(ledger, gateway, slice_from(to), &events);
    bool both = events.count > 0;
    find_named(ledger, gateway, from, &events);
    both = both && events.count > 0;
    index_hash(ledger, gateway, slice_from(to), hash);
    for (size_t i = 0; i < events.count; i++) {
        if (!payment_load(ledger, events.sequences[i], &payment))
            continue;
        (void)slice_copy(slice_from(to), payment.payment_id, sizeof payment.payment_id);
        payment_store(ledger, &payment);
        order_renamed(ledger, &payment, from);
        index_add(ledger, TABLE_payment_index, hash, payment.sequence);
    }
    return both;
}

bool payment_awaits_grant(const struct record_payment *payment)
{
    return payment->kind == PAYMENT_PAID || payment->kind == PAYMENT_SHORT;
}

void payment_list(struct ledger *ledger, const struct record_payment *payment)
{
    struct record_member member;
    member_load_or_new(ledger, payment->telegram_id, &member);
    person_payment_add(ledger, payment->telegram_id, member.payments++, payment->sequence);
    member_store(ledger, payment->telegram_id, &member);
}

static void list_unsettled(struct ledger *ledger, const struct record_payment *payment)
{
    struct key key;
    sequence_key(&key, payment->sequence);
    state_put_bytes(ledger, TABLE_unsettled, &key, SLICE(""));
    ledger->meta.unsettled++;
}

static void sequence_key(struct key *key, uint64_t sequence)
{
    key_clear(key);
    key_u64(key, sequence);
}
