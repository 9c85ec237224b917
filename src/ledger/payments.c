#include "ledger/payments.h"

#include "base/assert.h"

static void list_unsettled(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                           const struct record_payment *payment);
static void unsettled_key(struct key *key, const struct record_payment *payment);

void payment_add(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                 struct record_payment *payment, enum result reason)
{
    payment->reason = (uint8_t)reason;
    payment_store(ledger, gateway, payment_id, payment);
    if (payment->telegram_id > 0)
        payment_list(ledger, gateway, payment_id, payment);
    if (payment->state == PAYMENT_STATE_UNSETTLED)
        list_unsettled(ledger, gateway, payment_id, payment);
}

void payment_unsettle(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                      struct record_payment *payment, enum result reason)
{
    payment->state = PAYMENT_STATE_UNSETTLED;
    payment->reason = (uint8_t)reason;
    payment_store(ledger, gateway, payment_id, payment);
    list_unsettled(ledger, gateway, payment_id, payment);
}
void payment_settled(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                     struct record_payment *payment, enum payment_state state)
{
    ASSERT(ledger->meta.unsettled > 0);
    ledger->meta.unsettled--;
    struct key key;
    unsettled_key(&key, payment);
    state_delete(ledger, TABLE_unsettled, &key);
    payment->state = (uint8_t)state;
    payment_store(ledger, gateway, payment_id, payment);
}

void payment_list(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                  const struct record_payment *payment)
{
    struct record_member member;
    member_load_or_new(ledger, payment->telegram_id, &member);
    struct key key;
    struct key value;
    person_key(&key, payment->telegram_id, PERSON_PAYMENT);
    key_u64(&key, ++member.payments);
    payment_key(&value, gateway, payment_id, (enum payment_kind)payment->kind);
    state_put_bytes(ledger, TABLE_people, &key, key_slice(&value));
    member_store(ledger, payment->telegram_id, &member);
}

static void list_unsettled(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                           const struct record_payment *payment)
{
    struct key key;
    struct key value;
    unsettled_key(&key, payment);
    payment_key(&value, gateway, payment_id, (enum payment_kind)payment->kind);
    state_put_bytes(ledger, TABLE_unsettled, &key, key_slice(&value));
    ledger->meta.unsettled++;
}

static void unsettled_key(struct key *key, const struct record_payment *payment)
{
    key_clear(key);
    key_u64(key, payment->sequence);
}
