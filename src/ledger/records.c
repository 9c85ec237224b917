#include "ledger/records.h"

#include "base/assert.h"
#include "wire/str.h"

#include <endian.h>

struct descriptor {
    uint8_t version;
    size_t size; /* of the struct */
    size_t (*encode)(const void *record, uint8_t *out);
    bool (*decode)(void *record, struct slice rest, bool older);
};

static uint8_t *encode_U8(uint8_t *at, uint8_t value);
static uint8_t *encode_U32(uint8_t *at, uint32_t value);
static uint8_t *encode_U64(uint8_t *at, uint64_t value);
static uint8_t *encode_I64(uint8_t *at, int64_t value);
static uint8_t *encode_STR(uint8_t *at, const char *value);
static bool decode_U8(struct slice *rest, uint8_t *value, size_t max);
static bool decode_U32(struct slice *rest, uint32_t *value, size_t max);
static bool decode_U64(struct slice *rest, uint64_t *value, size_t max);
static bool decode_I64(struct slice *rest, int64_t *value, size_t max);
static bool decode_STR(struct slice *rest, char *value, size_t max);

/* The largest encoding of each record fits the buffer that callers bring. */
#define BYTES_U8(max)       1
#define BYTES_U32(max)      4
#define BYTES_U64(max)      8
#define BYTES_I64(max)      8
#define BYTES_STR(max)      (2 + (max))
#define F(type, field, max) +BYTES_##type(max)
#define R(name, version)                                                                           \
    _Static_assert(1 RECORD_##name(F) <= RECORD_BYTES_MAX, "record too large: " #name);
RECORD_LIST(R)
#undef R
#undef F

#define F(type, field, max) at = encode_##type(at, record->field);
#define R(name, version)                                                                           \
    static size_t encode_##name(const void *from, uint8_t *out)                                    \
    {                                                                                              \
        const struct record_##name *record = from;                                                 \
        uint8_t *at = out;                                                                         \
        *at++ = version;                                                                           \
        RECORD_##name(F) return (size_t)(at - out);                                                \
    }
RECORD_LIST(R)
#undef R
#undef F

/* A record of an older version may end before any field. */
#define TO_U8(field)  &(field)
#define TO_U32(field) &(field)
#define TO_U64(field) &(field)
#define TO_I64(field) &(field)
#define TO_STR(field) (field)
#define F(type, field, max)                                                                        \
    if (rest.len == 0 && older)                                                                    \
        return true;                                                                               \
    if (!decode_##type(&rest, TO_##type(record->field), max))                                      \
        return false;
#define R(name, version)                                                                           \
    static bool decode_##name(void *to, struct slice rest, bool older)                             \
    {                                                                                              \
        struct record_##name *record = to;                                                         \
        RECORD_##name(F) return rest.len == 0;                                                     \
    }
RECORD_LIST(R)
#undef R
#undef F

static const struct descriptor descriptors[] = {
#define R(name, version) {version, sizeof(struct record_##name), encode_##name, decode_##name},
    RECORD_LIST(R)
#undef R
};

size_t record_encode(enum record_kind kind, const void *record, uint8_t *out)
{
    ASSERT(kind < RECORD_KIND_COUNT);
    return descriptors[kind].encode(record, out);
}

enum error record_decode(enum record_kind kind, struct slice bytes, void *record)
{
    ASSERT(kind < RECORD_KIND_COUNT);
    const struct descriptor *descriptor = &descriptors[kind];
    if (bytes.len < 1 || bytes.data[0] == 0)
        return ERROR_CORRUPT;
    uint8_t version = (uint8_t)bytes.data[0];
    if (version > descriptor->version)
        return ERROR_VERSION;
    bool older = version < descriptor->version;
    if (older)
        memset(record, 0, descriptor->size);
    struct slice rest = slice_of(bytes.data + 1, bytes.len - 1);
    return descriptor->decode(record, rest, older) ? ERROR_NONE : ERROR_CORRUPT;
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

const char *payment_kind_name(enum payment_kind kind)
{
    static const char *const names[] = {
        "unknown", "paid", "refunded", "charged_back", "reinstated", "partly_refunded",
    };
    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "unknown";
}

const char *payment_state_name(enum payment_state state)
{
    static const char *const names[] = {"recorded", "granted", "unsettled", "taken_back"};
    return (size_t)state < sizeof names / sizeof names[0] ? names[state] : "unknown";
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

static uint8_t *encode_U8(uint8_t *at, uint8_t value)
{
    *at = value;
    return at + 1;
}

static uint8_t *encode_U32(uint8_t *at, uint32_t value)
{
    uint32_t big = htobe32(value);
    memcpy(at, &big, sizeof big);
    return at + sizeof big;
}

static uint8_t *encode_U64(uint8_t *at, uint64_t value)
{
    uint64_t big = htobe64(value);
    memcpy(at, &big, sizeof big);
    return at + sizeof big;
}

static uint8_t *encode_I64(uint8_t *at, int64_t value)
{
    return encode_U64(at, (uint64_t)value);
}

static uint8_t *encode_STR(uint8_t *at, const char *value)
{
    size_t len = strlen(value);
    at[0] = (uint8_t)(len >> 8);
    at[1] = (uint8_t)len;
    memcpy(at + 2, value, len);
    return at + 2 + len;
}

/* max is of strings alone. */
static bool decode_U8(struct slice *rest, uint8_t *value, size_t max)
{
    (void)max;
    return key_take_u8(rest, value);
}

static bool decode_U32(struct slice *rest, uint32_t *value, size_t max)
{
    uint32_t big;
    (void)max;
    if (rest->len < sizeof big)
        return false;
    memcpy(&big, rest->data, sizeof big);
    *value = be32toh(big);
    *rest = slice_of(rest->data + sizeof big, rest->len - sizeof big);
    return true;
}

static bool decode_U64(struct slice *rest, uint64_t *value, size_t max)
{
    (void)max;
    return key_take_u64(rest, value);
}

static bool decode_I64(struct slice *rest, int64_t *value, size_t max)
{
    uint64_t raw;
    (void)max;
    if (!key_take_u64(rest, &raw))
        return false;
    *value = (int64_t)raw;
    return true;
}

/* value has room for max bytes and a NUL. */
static bool decode_STR(struct slice *rest, char *value, size_t max)
{
    if (rest->len < 2)
        return false;
    size_t len = (size_t)(uint8_t)rest->data[0] << 8 | (uint8_t)rest->data[1];
    const char *from = rest->data + 2;
    if (len > max || len > rest->len - 2 || !str_fits(slice_of(from, len)))
        return false;
    memcpy(value, from, len);
    value[len] = 0;
    *rest = slice_of(from + len, rest->len - 2 - len);
    return true;
}
