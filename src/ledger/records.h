/* The persisted records as structs with storage of their own, their encoding, and the keys under
 * which they lie. */
#ifndef USHER_LEDGER_RECORDS_H
#define USHER_LEDGER_RECORDS_H

#include "base/buf.h"
#include "base/error.h"
#include "ledger/records.def"
#include "wire/shape_types.h"
#include "wire/wire.h"

#include <stdint.h>

#define R(name, number)                                                                            \
    struct record_##name {                                                                         \
        RECORD_##name(SHAPE_FIELD_R)                                                               \
    };                                                                                             \
    const struct shape *shape_record_##name(void);
RECORD_LIST(R)
#undef R

enum { RECORD_BYTES_MAX = 1536, KEY_BYTES_MAX = 511, RECORD_FRAME_ID = 128 };

/* No record of this struct is longer than RECORD_BYTES_MAX, encoded: a text takes one byte more
 * there than in the struct. */
#define RECORD_IS_BOUNDED(type, fields)                                                            \
    (1 + sizeof(type) + sizeof(fields) / sizeof(struct field) <= RECORD_BYTES_MAX)

/* The frame's record of this id, or a module's; NULL when there is none. */
const struct shape *record_find(uint64_t id);

/* Encodes record into out (RECORD_BYTES_MAX bytes); returns the length. */
size_t record_encode(const struct shape *shape, const void *record, uint8_t *out);
/* ERROR_CORRUPT when bytes do not follow the shape, ERROR_VERSION when they have more fields. */
enum error record_decode(const struct shape *shape, struct slice bytes, void *record);

/* A key under construction. Text is followed by a NUL so that no key is a prefix of another. */
struct key {
    uint8_t data[KEY_BYTES_MAX];
    size_t len;
};
void key_clear(struct key *key);
void key_u64(struct key *key, uint64_t value);
void key_i64(struct key *key, int64_t value); /* ordered like the numbers */
void key_u8(struct key *key, uint8_t value);
void key_u16(struct key *key, uint16_t value);
void key_text(struct key *key, struct slice text); /* ASSERTs that it fits and holds no NUL */
struct slice key_slice(const struct key *key);
/* Reading a key back: each takes from the front of *rest; false when it is not there. */
bool key_take_u64(struct slice *rest, uint64_t *value);
bool key_take_i64(struct slice *rest, int64_t *value);
bool key_take_u8(struct slice *rest, uint8_t *value);
bool key_take_u16(struct slice *rest, uint16_t *value);
bool key_take_u32(struct slice *rest, uint32_t *value);
bool key_take_text(struct slice *rest, struct slice *text);

enum entitlement_status {
    ENTITLEMENT_NONE,
    ENTITLEMENT_ACTIVE,
    ENTITLEMENT_GRACE,
    ENTITLEMENT_ENDED
};
enum end_reason { END_EXPIRED, END_REFUNDED, END_CHARGED_BACK, END_REVOKED };
enum payment_state {
    PAYMENT_STATE_RECORDED, /* a refund or the like; or a payment that its refund overtook */
    PAYMENT_STATE_GRANTED,
    PAYMENT_STATE_UNSETTLED,
    PAYMENT_STATE_TAKEN_BACK,
    PAYMENT_STATE_DISMISSED /* the operator put it aside */
};
enum order_state {
    ORDER_OPEN,
    ORDER_PAID,
    ORDER_FULFILLED, /* there was nothing to pay */
    ORDER_EXPIRED,
    ORDER_CANCELLED,
    ORDER_REFUNDED,
    ORDER_PARTLY_REFUNDED,
    ORDER_DISPUTED,
    ORDER_STATE_COUNT
};
/* A user's place in a group. UNKNOWN: no membership update told us. */
enum place_status { PLACE_UNKNOWN, PLACE_OUT, PLACE_IN, PLACE_ADMIN, PLACE_BANNED };

/* The life of a delivery:
 *
 *            ┌────── retry, released, links there, member wrote ─────┐
 *            ▼                                                       │
 *   ─▶ pending ──▶ (started: notices only) ──▶ done                  │
 *            ├────────────────────────────────▶ dead    operator ────┤
 *            ├──▶ waiting  for links, or for an unreachable member ──┤
 *   ─▶ held  ▼     by the removal breaker, for the operator ─────────┘ */
enum delivery_stage {
    STAGE_PENDING,
    STAGE_STARTED,
    STAGE_DONE,
    STAGE_DEAD,
    STAGE_HELD,
    STAGE_WAITING,
    STAGE_COUNT
};

enum broadcast_state { BROADCAST_RUNNING, BROADCAST_DONE, BROADCAST_CANCELLED };

/* By the enums above; NULL ends them. */
extern const char *const payment_kind_names[];
extern const char *const payment_state_names[];
extern const char *const order_state_names[];
extern const char *const end_reason_names[];

const char *entitlement_status_name(enum entitlement_status status);
const char *payment_kind_name(enum payment_kind kind);
const char *payment_state_name(enum payment_state state);
const char *order_state_name(enum order_state state);
const char *broadcast_state_name(enum broadcast_state state);
const char *delivery_stage_name(enum delivery_stage state);
const char *place_status_name(enum place_status status);

#endif
