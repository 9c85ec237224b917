#include "modules/payment/payments.h"

#include "base/assert.h"
#include "base/encoding.h"
#include "ledger/news.h"
#include "ledger/person.h"

enum {
    SEQUENCES_MAX = 4096 /* behind one hash that are looked at: collisions and all */
};

static size_t index_text(struct slice gateway, struct slice id, char text[INDEXED_BYTES_MAX]);
static void index_hash(struct ledger *ledger, struct slice gateway, struct slice id,
                       uint8_t hash[HASH_BYTES]);
static bool index_next(struct ledger *ledger, enum table table, const uint8_t hash[HASH_BYTES],
                       uint64_t *sequence);
static void index_add(struct ledger *ledger, enum table table, const uint8_t hash[HASH_BYTES],
                      uint64_t sequence);
static void index_key(struct key *key, const uint8_t hash[HASH_BYTES], uint64_t sequence);
static bool alias_load(struct ledger *ledger, struct slice gateway, struct slice id, char out[256]);
static void alias_store(struct ledger *ledger, struct slice gateway, struct slice id,
                        const char *payment_id);
static bool next_alias(struct slice *rest, struct slice *alias);
static bool same_part(const struct record_payment *a, const struct record_payment *b);
static bool is_refund(const struct record_payment *event);
static void list_unsettled(struct ledger *ledger, const struct record_payment *payment);
static void sequence_key(struct key *key, uint64_t sequence);

void payment_identify(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                      struct slice aliases, char out[256])
{
    struct slice alias;
    bool known = alias_load(ledger, gateway, payment_id, out);
    for (struct slice rest = aliases; !known && next_alias(&rest, &alias);)
        known = alias_load(ledger, gateway, alias, out);
    if (!known && !slice_copy(payment_id, out, 256))
        out[0] = 0;
    if (aliases.len == 0)
        return; /* it has one name, and that is its own */
    if (!slice_is(payment_id, out))
        alias_store(ledger, gateway, payment_id, out);
    for (struct slice rest = aliases; next_alias(&rest, &alias);)
        if (!slice_is(alias, out))
            alias_store(ledger, gateway, alias, out);
}

void payment_find(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                  struct slice event_id, struct payment_events *out)
{
    struct record_payment payment;
    char known[256];
    out->count = 0;
    out->event = 0;
    if (event_id.data == NULL && alias_load(ledger, gateway, payment_id, known))
        payment_id = slice_from(known);
    index_hash(ledger, gateway, payment_id, out->payment_hash);
    for (uint64_t sequence = 0, n = 0;
         out->count < PAYMENT_EVENTS_MAX && n < SEQUENCES_MAX &&
         index_next(ledger, TABLE_payment_index, out->payment_hash, &sequence);
         n++) {
        if (payment_load(ledger, sequence, &payment) && slice_is(gateway, payment.gateway) &&
            slice_is(payment_id, payment.payment_id))
            out->sequences[out->count++] = sequence;
    }
    if (event_id.data == NULL)
        return;
    index_hash(ledger, gateway, event_id, out->event_hash);
    for (uint64_t sequence = 0, n = 0;
         out->event == 0 && n < SEQUENCES_MAX &&
         index_next(ledger, TABLE_event_index, out->event_hash, &sequence);
         n++) {
        if (payment_load(ledger, sequence, &payment) && slice_is(gateway, payment.gateway) &&
            slice_is(event_id, payment.event_id))
            out->event = sequence;
    }
}

bool payment_of_kind(struct ledger *ledger, const struct payment_events *events,
                     enum payment_kind kind, struct record_payment *out)
{
    for (size_t i = 0; i < events->count; i++)
        if (payment_load(ledger, events->sequences[i], out) && out->kind == kind)
            return true;
    return false;
}

bool payment_repeats(struct ledger *ledger, const struct payment_events *events,
                     const struct record_payment *event)
{
    struct record_payment before;
    for (size_t i = 0; i < events->count; i++) {
        if (!payment_load(ledger, events->sequences[i], &before) || before.kind != event->kind)
            continue;
        if (event->kind == PAYMENT_PAID)
            return true;
        /* A part that has an id is that part; one without is told apart by what it comes to. */
        if (event->part_id[0] != 0 || before.part_id[0] != 0) {
            if (same_part(&before, event))
                return true;
        } else if (!is_refund(event) || event->kind == PAYMENT_REFUNDED ||
                   (event->total && before.amount == event->amount)) {
            return true;
        }
    }
    return false;
}

void payment_add_up(struct ledger *ledger, const struct payment_events *events,
                    const struct record_payment *now, const struct record_payment *paid,
                    struct payment_sum *out)
{
    int64_t sum = 0;
    *out = (struct payment_sum){.refunded = false};
    for (size_t i = 0; i <= events->count; i++) {
        struct record_payment event;
        if (i == events->count ? now == NULL : !payment_load(ledger, events->sequences[i], &event))
            continue;
        if (i == events->count)
            event = *now;
        bool lifted = false; /* a dispute that was won, a refund that failed */
        for (size_t j = 0; j <= events->count && !lifted; j++) {
            struct record_payment other;
            if (j == events->count ? now == NULL
                                   : !payment_load(ledger, events->sequences[j], &other))
                continue;
            if (j == events->count)
                other = *now;
            lifted = (event.kind == PAYMENT_CHARGED_BACK && other.kind == PAYMENT_REINSTATED &&
                      (same_part(&event, &other) || other.part_id[0] == 0)) ||
                     (is_refund(&event) && other.kind == PAYMENT_REFUND_FAILED &&
                      same_part(&event, &other));
        }
        if (lifted)
            continue;
        out->disputes += event.kind == PAYMENT_CHARGED_BACK;
        if (!is_refund(&event))
            continue;
        bool counts = event.amount >= 0 && strcmp(event.currency, paid->currency) == 0;
        if (event.kind == PAYMENT_REFUNDED && (event.total || !counts))
            out->refunded = true; /* the gateway says so, whatever it counts */
        else if (counts && event.total)
            sum = event.amount > sum ? event.amount : sum;
        else if (counts && event.amount <= INT64_MAX - sum)
            sum += event.amount;
    }
    out->refunded = out->refunded || (sum > 0 && paid->amount >= 0 && sum >= paid->amount);
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

static size_t index_text(struct slice gateway, struct slice id, char text[INDEXED_BYTES_MAX])
{
    size_t len = gateway.len + 1 + id.len;
    ASSERT(len <= INDEXED_BYTES_MAX);
    if (gateway.len > 0)
        memcpy(text, gateway.data, gateway.len);
    text[gateway.len] = 0;
    if (id.len > 0)
        memcpy(text + gateway.len + 1, id.data, id.len);
    return len;
}

static void index_hash(struct ledger *ledger, struct slice gateway, struct slice id,
                       uint8_t hash[HASH_BYTES])
{
    struct last_hash *last = &ledger->last_hash;
    char text[INDEXED_BYTES_MAX];
    uint8_t digest[32];
    size_t len = index_text(gateway, id, text);
    if (last->len != len || memcmp(last->text, text, len) != 0) {
        sha256(slice_of(text, len), digest);
        memcpy(last->hash, digest, HASH_BYTES);
        memcpy(last->text, text, len);
        last->len = len;
    }
    memcpy(hash, last->hash, HASH_BYTES);
}

/* The next sequence behind *sequence that lies under this hash. */
static bool index_next(struct ledger *ledger, enum table table, const uint8_t hash[HASH_BYTES],
                       uint64_t *sequence)
{
    struct key from;
    struct key found;
    struct slice value;
    index_key(&from, hash, *sequence);
    if (!state_seek(ledger, table, slice_of(from.data, HASH_BYTES), key_slice(&from), true, &found,
                    &value))
        return false;
    struct slice rest = slice_of(found.data + HASH_BYTES, found.len - HASH_BYTES);
    if (key_take_u64(&rest, sequence))
        return true;
    state_fail(ledger, ERROR_CORRUPT);
    return false;
}

static void index_add(struct ledger *ledger, enum table table, const uint8_t hash[HASH_BYTES],
                      uint64_t sequence)
{
    struct key key;
    index_key(&key, hash, sequence);
    state_put_bytes(ledger, table, &key, SLICE(""));
}

static void index_key(struct key *key, const uint8_t hash[HASH_BYTES], uint64_t sequence)
{
    key_clear(key);
    memcpy(key->data, hash, HASH_BYTES);
    key->len = HASH_BYTES;
    key_u64(key, sequence);
}

/* The value is the alias as it was indexed, behind a NUL the payment's id. */
static bool alias_load(struct ledger *ledger, struct slice gateway, struct slice id, char out[256])
{
    char text[INDEXED_BYTES_MAX];
    uint8_t hash[HASH_BYTES];
    struct key key;
    struct slice value;
    if (gateway.len > CATALOG_NAME_MAX + 1 || id.len > 255)
        return false;
    size_t len = index_text(gateway, id, text);
    index_hash(ledger, gateway, id, hash);
    index_key(&key, hash, 0);
    if (!state_get_bytes(ledger, TABLE_aliases, &key, &value) || value.len <= len ||
        memcmp(value.data, text, len) != 0 || value.data[len] != 0)
        return false; /* of another that shares the hash */
    return slice_copy(slice_of(value.data + len + 1, value.len - len - 1), out, 256);
}

static void alias_store(struct ledger *ledger, struct slice gateway, struct slice id,
                        const char *payment_id)
{
    char text[INDEXED_BYTES_MAX + 1 + 255];
    char before[256];
    uint8_t hash[HASH_BYTES];
    struct key key;
    if (id.len == 0 || id.len > 255 || alias_load(ledger, gateway, id, before))
        return; /* whichever came first */
    size_t len = index_text(gateway, id, text);
    text[len++] = 0;
    size_t id_len = strlen(payment_id);
    memcpy(text + len, payment_id, id_len);
    index_hash(ledger, gateway, id, hash);
    index_key(&key, hash, 0);
    state_put_bytes(ledger, TABLE_aliases, &key, slice_of(text, len + id_len));
}

static bool next_alias(struct slice *rest, struct slice *alias)
{
    if (rest->len == 0)
        return false;
    const char *comma = memchr(rest->data, ',', rest->len);
    size_t len = comma == NULL ? rest->len : (size_t)(comma - rest->data);
    *alias = slice_of(rest->data, len);
    len += comma != NULL;
    *rest = slice_of(rest->data + len, rest->len - len);
    return true;
}

static bool same_part(const struct record_payment *a, const struct record_payment *b)
{
    return strcmp(a->part_id, b->part_id) == 0;
}

static bool is_refund(const struct record_payment *event)
{
    return event->kind == PAYMENT_REFUNDED || event->kind == PAYMENT_PARTLY_REFUNDED;
}

static void sequence_key(struct key *key, uint64_t sequence)
{
    key_clear(key);
    key_u64(key, sequence);
}
