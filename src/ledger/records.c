#include "ledger/records.h"

#include "base/assert.h"
#include "wire/str.h"

#include <endian.h>

#define R(name, number)                                                                            \
    const struct shape *shape_record_##name(void)                                                  \
    {                                                                                              \
        typedef struct record_##name self;                                                         \
        static const struct field fields[] = {RECORD_##name(SHAPE_ROW_R)};                         \
        static const struct shape shape = {#name,  RECORD_FRAME_ID + number,       ROLE_RECORD,    \
                                           fields, sizeof fields / sizeof *fields, sizeof(self)};  \
        _Static_assert(RECORD_IS_BOUNDED(self, fields), "a record is bounded");                    \
        return &shape;                                                                             \
    }
RECORD_LIST(R)
#undef R

static shape_fn *const frame[] = {
#define R(name, number) [number] = shape_record_##name,
    RECORD_LIST(R)
#undef R
};

#define ALWAYS_INLINE __attribute__((always_inline)) inline

/* Number of bytes by enum field_store; text is measured. */
static const uint8_t widths[] = {[STORE_U8] = 1, [STORE_U32] = 4, [STORE_U64] = 8, [STORE_I64] = 8};

static uint8_t *put_text(uint8_t *at, const uint8_t *end, const char *text, uint32_t max);
static const uint8_t *take_text(const uint8_t *at, const uint8_t *end, char *to, uint32_t max);

const struct shape *record_find(uint64_t id)
{
    if (id > RECORD_FRAME_ID && id - RECORD_FRAME_ID < sizeof frame / sizeof *frame)
        return frame[id - RECORD_FRAME_ID]();
    const struct shape *shape = id > UINT8_MAX ? shape_find(id) : NULL;
    return shape != NULL && shape->role >= ROLE_RECORD ? shape : NULL;
}

/* Without those at the end that are zero or empty; the first always. Here and in decode by what is
 * stored, so that each number is one load and one store: the ledger does little else so often. */
ALWAYS_INLINE static size_t encode(const struct field *fields, uint32_t all, const void *record,
                                   uint8_t *out)
{
    const uint8_t *end = out + RECORD_BYTES_MAX;
    uint8_t *at = out + 1;
    uint8_t *told_end = NULL;
    uint32_t told = 0;
    ASSERT(all > 0 && all < UINT8_MAX);
#pragma GCC unroll 32
    for (uint32_t i = 0; i < all; i++) {
        const struct field *field = &fields[i];
        const char *from = (const char *)record + field->offset;
        bool empty = true;
        uint64_t big64;
        uint32_t big32;
        ASSERT(field->store == STORE_CHARS || (size_t)(end - at) >= widths[field->store]);
        switch (field->store) {
        case STORE_U8:
            empty = *from == 0;
            *at++ = (uint8_t)*from;
            break;
        case STORE_U32:
            memcpy(&big32, from, sizeof big32);
            empty = big32 == 0;
            big32 = htobe32(big32);
            memcpy(at, &big32, sizeof big32);
            at += sizeof big32;
            break;
        case STORE_U64:
        case STORE_I64:
            memcpy(&big64, from, sizeof big64);
            empty = big64 == 0;
            big64 = htobe64(big64);
            memcpy(at, &big64, sizeof big64);
            at += sizeof big64;
            break;
        case STORE_CHARS:
            empty = *from == 0;
            at = put_text(at, end, from, field->max);
            break;
        case STORE_SLICE:
            ASSERT(false); /* of messages only */
        }
        if (!empty || i == 0) {
            told = i + 1;
            told_end = at;
        }
    }
    *out = (uint8_t)told;
    return (size_t)(told_end - out);
}

ALWAYS_INLINE static enum error decode(const struct field *fields, uint32_t all, size_t size,
                                       struct slice bytes, void *record)
{
    const uint8_t *at = (const uint8_t *)bytes.data;
    const uint8_t *end = at + bytes.len;
    uint64_t big64;
    uint32_t big32;
    if (bytes.len < 1 || *at == 0)
        return ERROR_CORRUPT;
    uint32_t count = *at++;
    if (count > all)
        return ERROR_VERSION;
    if (count < all)
        memset(record, 0, size);
#pragma GCC unroll 32
    for (uint32_t i = 0; i < all; i++) {
        const struct field *field = &fields[i];
        if (i >= count)
            break;
        char *to = (char *)record + field->offset;
        size_t left = (size_t)(end - at);
        switch (field->store) {
        case STORE_U8:
            if (left < 1)
                return ERROR_CORRUPT;
            *to = (char)*at++;
            break;
        case STORE_U32:
            if (left < sizeof big32)
                return ERROR_CORRUPT;
            memcpy(&big32, at, sizeof big32);
            big32 = be32toh(big32);
            memcpy(to, &big32, sizeof big32);
            at += sizeof big32;
            break;
        case STORE_U64:
        case STORE_I64:
            if (left < sizeof big64)
                return ERROR_CORRUPT;
            memcpy(&big64, at, sizeof big64);
            big64 = be64toh(big64);
            memcpy(to, &big64, sizeof big64);
            at += sizeof big64;
            break;
        case STORE_CHARS:
            at = take_text(at, end, to, field->max);
            if (at == NULL)
                return ERROR_CORRUPT;
            break;
        case STORE_SLICE:
            ASSERT(false); /* of messages only */
        }
    }
    return at == end ? ERROR_NONE : ERROR_CORRUPT;
}

/* Of the frame's own records the fields are known here, so each has straight code. */
#define R(name, number)                                                                            \
    static size_t encode_##name(const void *record, uint8_t *out)                                  \
    {                                                                                              \
        typedef struct record_##name self;                                                         \
        static const struct field fields[] = {RECORD_##name(SHAPE_ROW_R)};                         \
        return encode(fields, sizeof fields / sizeof *fields, record, out);                        \
    }                                                                                              \
    static enum error decode_##name(struct slice bytes, void *record)                              \
    {                                                                                              \
        typedef struct record_##name self;                                                         \
        static const struct field fields[] = {RECORD_##name(SHAPE_ROW_R)};                         \
        return decode(fields, sizeof fields / sizeof *fields, sizeof(self), bytes, record);        \
    }
RECORD_LIST(R)
#undef R

size_t record_encode(const struct shape *shape, const void *record, uint8_t *out)
{
    ASSERT(shape->role >= ROLE_RECORD);
    switch (shape->id) {
#define R(name, number)                                                                            \
    case RECORD_FRAME_ID + number:                                                                 \
        if (shape == shape_record_##name())                                                        \
            return encode_##name(record, out);                                                     \
        break;
        RECORD_LIST(R)
#undef R
    }
    return encode(shape->fields, shape->count, record, out);
}

enum error record_decode(const struct shape *shape, struct slice bytes, void *record)
{
    ASSERT(shape->role >= ROLE_RECORD);
    switch (shape->id) {
#define R(name, number)                                                                            \
    case RECORD_FRAME_ID + number:                                                                 \
        if (shape == shape_record_##name())                                                        \
            return decode_##name(bytes, record);                                                   \
        break;
        RECORD_LIST(R)
#undef R
    }
    return decode(shape->fields, shape->count, shape->size, bytes, record);
}

void key_clear(struct key *key)
{
    key->len = 0;
}

void key_u64(struct key *key, uint64_t value)
{
    ASSERT(key->len + 8 <= KEY_BYTES_MAX);
    uint64_t big = htobe64(value);
    memcpy(key->data + key->len, &big, sizeof big);
    key->len += sizeof big;
}

void key_i64(struct key *key, int64_t value)
{
    key_u64(key, (uint64_t)value ^ (UINT64_C(1) << 63));
}

void key_u8(struct key *key, uint8_t value)
{
    ASSERT(key->len + 1 <= KEY_BYTES_MAX);
    key->data[key->len++] = value;
}

void key_u16(struct key *key, uint16_t value)
{
    key_u8(key, (uint8_t)(value >> 8));
    key_u8(key, (uint8_t)value);
}

void key_text(struct key *key, struct slice text)
{
    ASSERT(key->len + text.len + 1 <= KEY_BYTES_MAX);
    ASSERT(text.len == 0 || memchr(text.data, 0, text.len) == NULL);
    if (text.len > 0)
        memcpy(key->data + key->len, text.data, text.len);
    key->len += text.len;
    key->data[key->len++] = 0;
}

struct slice key_slice(const struct key *key)
{
    return slice_of(key->data, key->len);
}

bool key_take_u64(struct slice *rest, uint64_t *value)
{
    if (rest->len < 8)
        return false;
    uint64_t big;
    memcpy(&big, rest->data, sizeof big);
    *value = be64toh(big);
    *rest = slice_of(rest->data + 8, rest->len - 8);
    return true;
}

bool key_take_i64(struct slice *rest, int64_t *value)
{
    uint64_t raw;
    if (!key_take_u64(rest, &raw))
        return false;
    *value = (int64_t)(raw ^ (UINT64_C(1) << 63));
    return true;
}

bool key_take_u8(struct slice *rest, uint8_t *value)
{
    if (rest->len < 1)
        return false;
    *value = (uint8_t)rest->data[0];
    *rest = slice_of(rest->data + 1, rest->len - 1);
    return true;
}

bool key_take_u16(struct slice *rest, uint16_t *value)
{
    if (rest->len < 2)
        return false;
    const uint8_t *bytes = (const uint8_t *)rest->data;
    *value = (uint16_t)(bytes[0] << 8 | bytes[1]);
    *rest = slice_of(rest->data + 2, rest->len - 2);
    return true;
}

bool key_take_u32(struct slice *rest, uint32_t *value)
{
    uint16_t high;
    uint16_t low;
    if (rest->len < 4 || !key_take_u16(rest, &high) || !key_take_u16(rest, &low))
        return false;
    *value = (uint32_t)high << 16 | low;
    return true;
}

bool key_take_text(struct slice *rest, struct slice *text)
{
    const char *end = rest->len == 0 ? NULL : memchr(rest->data, 0, rest->len);
    if (end == NULL)
        return false;
    *text = slice_of(rest->data, (size_t)(end - rest->data));
    *rest = slice_of(end + 1, rest->len - text->len - 1);
    return true;
}

const char *entitlement_status_name(enum entitlement_status status)
{
    static const char *const names[] = {"none", "active", "grace", "ended"};
    return (size_t)status < sizeof names / sizeof names[0] ? names[status] : "unknown";
}

/* That a gateway takes back its word is a charge-back to whoever reads of it. */
const char *const payment_kind_names[] = {
    "unknown",         "paid",          "refunded",     "charged_back", "reinstated",
    "partly_refunded", "refund_failed", "charged_back", "short",        NULL};
const char *const end_reason_names[] = {"expired", "refunded", "charged_back", "revoked", NULL};

const char *payment_kind_name(enum payment_kind kind)
{
    return kind < PAYMENT_JOINED          ? payment_kind_names[kind]
           : kind == PAYMENT_JOINED       ? "joined"
           : kind == PAYMENT_SUBSCRIPTION ? "subscription"
                                          : "unknown";
}

const char *const payment_state_names[] = {"recorded",   "granted",   "unsettled",
                                           "taken_back", "dismissed", NULL};

const char *payment_state_name(enum payment_state state)
{
    return state <= PAYMENT_STATE_DISMISSED ? payment_state_names[state] : "unknown";
}

const char *broadcast_state_name(enum broadcast_state state)
{
    static const char *const names[] = {"running", "done", "cancelled"};
    return (size_t)state < sizeof names / sizeof names[0] ? names[state] : "unknown";
}

const char *const order_state_names[] = {"open",      "paid",     "fulfilled",       "expired",
                                         "cancelled", "refunded", "partly_refunded", "disputed",
                                         NULL};

const char *order_state_name(enum order_state state)
{
    return state < ORDER_STATE_COUNT ? order_state_names[state] : "unknown";
}

const char *delivery_stage_name(enum delivery_stage state)
{
    static const char *const names[] = {"pending", "started", "done", "dead", "held", "waiting"};
    return (size_t)state < sizeof names / sizeof names[0] ? names[state] : "unknown";
}

const char *place_status_name(enum place_status status)
{
    static const char *const names[] = {"unknown", "out", "in", "admin", "banned"};
    return (size_t)status < sizeof names / sizeof names[0] ? names[status] : "unknown";
}

static uint8_t *put_text(uint8_t *at, const uint8_t *end, const char *text, uint32_t max)
{
    size_t len = *text == 0 ? 0 : strlen(text); /* most are empty */
    ASSERT(len <= max && (size_t)(end - at) >= 2 + len);
    *at++ = (uint8_t)(len >> 8);
    *at++ = (uint8_t)len;
    if (len > 0)
        memcpy(at, text, len);
    return at + len;
}

/* Returns what follows; NULL when the text is cut off, too long, or none. */
static const uint8_t *take_text(const uint8_t *at, const uint8_t *end, char *to, uint32_t max)
{
    if (end - at < 2)
        return NULL;
    size_t len = (size_t)at[0] << 8 | at[1];
    at += 2;
    if (len > (size_t)(end - at) || len > max || (len > 0 && !str_fits(slice_of(at, len))))
        return NULL;
    if (len > 0)
        memcpy(to, at, len);
    to[len] = 0;
    return at + len;
}
