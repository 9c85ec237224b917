/* The persisted records as structs with storage of their own, their encoding, and the keys under
 * which they lie. Sizes are bounded by records.def. */
#ifndef USHER_LEDGER_RECORDS_H
#define USHER_LEDGER_RECORDS_H

#include "base/buf.h"
#include "base/error.h"
#include "ledger/records.def"
#include "wire/wire.h"

#include <stdint.h>

#define RECORD_C_U8(field, max)  uint8_t field;
#define RECORD_C_U32(field, max) uint32_t field;
#define RECORD_C_U64(field, max) uint64_t field;
#define RECORD_C_I64(field, max) int64_t field;
#define RECORD_C_STR(field, max) char field[(max) + 1];
#define F(type, field, max)      RECORD_C_##type(field, max)
#define R(name, version)                                                                           \
    struct record_##name {                                                                         \
        RECORD_##name(F)                                                                           \
    };
RECORD_LIST(R)
#undef R
#undef F

enum record_kind {
#define R(name, version) RECORD_KIND_##name,
    RECORD_LIST(R)
#undef R
        RECORD_KIND_COUNT
};

enum { RECORD_BYTES_MAX = 1024, KEY_BYTES_MAX = 511 };

/* Encodes record into out (RECORD_BYTES_MAX bytes); returns the length. */
size_t record_encode(enum record_kind kind, const void *record, uint8_t *out);
/* ERROR_CORRUPT when bytes do not follow the table, ERROR_VERSION for a newer version. */
enum error record_decode(enum record_kind kind, struct slice bytes, void *record);

/* A key under construction. Text is followed by a NUL so that no key is a prefix of another. */
struct key {
    uint8_t data[KEY_BYTES_MAX];
    size_t len;
};
void key_clear(struct key *key);
void key_u64(struct key *key, uint64_t value);
void key_i64(struct key *key, int64_t value); /* ordered like the numbers */
void key_u8(struct key *key, uint8_t value);
void key_text(struct key *key, struct slice text); /* ASSERTs that it fits and holds no NUL */
struct slice key_slice(const struct key *key);
/* Reading a key back: each takes from the front of *rest; false when it is not there. */
bool key_take_u64(struct slice *rest, uint64_t *value);
bool key_take_i64(struct slice *rest, int64_t *value);
bool key_take_u8(struct slice *rest, uint8_t *value);
bool key_take_text(struct slice *rest, struct slice *text);

enum entitlement_status {
    ENTITLEMENT_NONE,
    ENTITLEMENT_ACTIVE,
    ENTITLEMENT_GRACE,
    ENTITLEMENT_ENDED
};
enum end_reason { END_EXPIRED, END_REFUNDED, END_CHARGED_BACK };
enum payment_state {
    PAYMENT_STATE_RECORDED, /* a refund or the like; or a payment that its refund overtook */
    PAYMENT_STATE_GRANTED,
    PAYMENT_STATE_UNSETTLED,
    PAYMENT_STATE_TAKEN_BACK
};
enum order_state { ORDER_OPEN, ORDER_PAID };
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

const char *entitlement_status_name(enum entitlement_status status);
const char *payment_kind_name(enum payment_kind kind);
const char *payment_state_name(enum payment_state state);
const char *delivery_stage_name(enum delivery_stage state);
const char *place_status_name(enum place_status status);

#endif
