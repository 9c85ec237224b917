#include "ledger/payments.h"

#include "base/assert.h"
#include "base/encoding.h"
#include "ledger/news.h"
#include "ledger/person.h"

enum {
    SEQUENCE_BYTES = 8,
    INDEXED_BYTES_MAX = 32 + 1 + 255, /* gateway, NUL, id, as long as a command may have them */
    INDEXED_MAX = 60 /* sequences behind one hash: five kinds of event, and collisions */
};

static void slot_find(struct ledger *ledger, enum table table, struct slice gateway,
                      struct slice id, struct payment_slot *slot, struct slice *sequences);
static void slot_take(struct ledger *ledger, enum table table, const struct payment_slot *slot,
                      uint64_t sequence);
static void slot_key(struct key *key, const struct payment_slot *slot);
static void list_unsettled(struct ledger *ledger, const struct record_payment *payment);
static void sequence_key(struct key *key, uint64_t sequence);

void payment_find(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                  struct slice event_id, struct payment_events *out)
{
    struct slice sequences;
    struct record_payment payment;
    uint64_t sequence;
    memset(out, 0, sizeof *out);
    slot_find(ledger, TABLE_payment_index, gateway, payment_id, &out->payment, &sequences);
    while (key_take_u64(&sequences, &sequence)) {
        if (payment_load(ledger, sequence, &payment) && slice_is(gateway, payment.gateway) &&
            slice_is(payment_id, payment.payment_id) && payment.kind < PAYMENT_KIND_COUNT)
            out->sequence[payment.kind] = sequence;
    }
    if (event_id.data == NULL)
        return;
    slot_find(ledger, TABLE_event_index, gateway, event_id, &out->event, &sequences);
    while (key_take_u64(&sequences, &sequence)) {
        if (payment_load(ledger, sequence, &payment) && slice_is(gateway, payment.gateway) &&
            slice_is(event_id, payment.event_id))
            out->event_known = true;
    }
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
                 struct record_payment *payment, enum result reason)
{
    uint8_t bytes[RECORD_BYTES_MAX];
    struct key key;
    payment->reason = (uint32_t)reason;
    sequence_key(&key, payment->sequence);
    state_append_bytes(ledger, TABLE_payments, &key,
                       slice_of(bytes, record_encode(shape_record_payment(), payment, bytes)));
    news_row(ledger, shape_record_payment(), key_slice(&key));
    slot_take(ledger, TABLE_payment_index, &events->payment, payment->sequence);
    slot_take(ledger, TABLE_event_index, &events->event, payment->sequence);
    if (payment->telegram_id > 0)
        payment_list(ledger, payment);
    if (payment->state == PAYMENT_STATE_UNSETTLED)
        list_unsettled(ledger, payment);
}

void payment_unsettle(struct ledger *ledger, struct record_payment *payment, enum result reason)
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

void payment_list(struct ledger *ledger, const struct record_payment *payment)
{
    struct record_member member;
    member_load_or_new(ledger, payment->telegram_id, &member);
    member.payments++;
    member_store(ledger, payment->telegram_id, &member);
    person_payment_add(ledger, payment->telegram_id, payment->sequence);
}

static void list_unsettled(struct ledger *ledger, const struct record_payment *payment)
{
    struct key key;
    sequence_key(&key, payment->sequence);
    state_put_bytes(ledger, TABLE_unsettled, &key, SLICE(""));
    ledger->meta.unsettled++;
}

/* Where gateway and id lie in this index, and the sequences there: until the next write. */
static void slot_find(struct ledger *ledger, enum table table, struct slice gateway,
                      struct slice id, struct payment_slot *slot, struct slice *sequences)
{
    char text[INDEXED_BYTES_MAX];
    uint8_t hash[32];
    struct key key;
    size_t len = gateway.len + 1 + id.len;
    ASSERT(len <= sizeof text);
    memcpy(text, gateway.data, gateway.len);
    text[gateway.len] = 0;
    memcpy(text + gateway.len + 1, id.data, id.len);
    sha256(slice_of(text, len), hash);
    memcpy(slot->hash, hash, sizeof slot->hash);
    slot_key(&key, slot);
    slot->taken = state_get_bytes(ledger, table, &key, sequences);
    if (!slot->taken)
        *sequences = SLICE("");
}

static void slot_take(struct ledger *ledger, enum table table, const struct payment_slot *slot,
                      uint64_t sequence)
{
    struct key key;
    struct key sequences;
    struct slice before;
    slot_key(&key, slot);
    key_clear(&sequences);
    if (slot->taken && state_get_bytes(ledger, table, &key, &before)) {
        if (before.len > (size_t)(INDEXED_MAX - 1) * SEQUENCE_BYTES) {
            state_fail(ledger, ERROR_CORRUPT);
            return;
        }
        memcpy(sequences.data, before.data, before.len);
        sequences.len = before.len;
    }
    key_u64(&sequences, sequence);
    state_put_bytes(ledger, table, &key, key_slice(&sequences));
}

static void slot_key(struct key *key, const struct payment_slot *slot)
{
    key_clear(key);
    memcpy(key->data, slot->hash, sizeof slot->hash);
    key->len = sizeof slot->hash;
}

static void sequence_key(struct key *key, uint64_t sequence)
{
    key_clear(key);
    key_u64(key, sequence);
}
