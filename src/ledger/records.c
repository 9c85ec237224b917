#include "ledger/records.h"

#include "base/assert.h"

#include <stddef.h>

enum field_type { FIELD_U8, FIELD_U32, FIELD_U64, FIELD_I64, FIELD_STR };

struct field {
    enum field_type type;
    size_t offset;
    size_t max;
};

struct descriptor {
    uint8_t version;
    size_t size; /* of the struct */
    const struct field *fields;
    size_t count;
};

#define F(type, field, max) {FIELD_##type, offsetof(struct OWNER, field), max},
#define OWNER               record_meta
static const struct field fields_meta[] = {RECORD_meta(F)};
#undef OWNER
#define OWNER record_member
static const struct field fields_member[] = {RECORD_member(F)};
#undef OWNER
#define OWNER record_entitlement
static const struct field fields_entitlement[] = {RECORD_entitlement(F)};
#undef OWNER
#define OWNER record_payment
static const struct field fields_payment[] = {RECORD_payment(F)};
#undef OWNER
#define OWNER record_order
static const struct field fields_order[] = {RECORD_order(F)};
#undef OWNER
#define OWNER record_group
static const struct field fields_group[] = {RECORD_group(F)};
#undef OWNER
#define OWNER record_seat
static const struct field fields_seat[] = {RECORD_seat(F)};
#undef OWNER
#define OWNER record_delivery
static const struct field fields_delivery[] = {RECORD_delivery(F)};
#undef OWNER
#define OWNER record_window
static const struct field fields_window[] = {RECORD_window(F)};
#undef OWNER
#undef F

static const struct descriptor descriptors[] = {
#define R(name, version)                                                                           \
    {version, sizeof(struct record_##name), fields_##name,                                         \
     sizeof fields_##name / sizeof fields_##name[0]},
    RECORD_LIST(R)
#undef R
};

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

static void store_be(uint8_t *out, uint64_t value, size_t bytes);
static uint64_t load_be(const uint8_t *in, size_t bytes);

size_t record_encode(enum record_kind kind, const void *record, uint8_t *out)
{
    ASSERT(kind < RECORD_KIND_COUNT);
    const struct descriptor *descriptor = &descriptors[kind];
    size_t at = 0;
    out[at++] = descriptor->version;
    for (size_t i = 0; i < descriptor->count; i++) {
        const struct field *field = &descriptor->fields[i];
        const uint8_t *from = (const uint8_t *)record + field->offset;
        switch (field->type) {
        case FIELD_U8:
            out[at++] = *from;
            break;
        case FIELD_U32:
            store_be(out + at, *(const uint32_t *)(const void *)from, 4);
            at += 4;
            break;
        case FIELD_U64:
        case FIELD_I64:
            store_be(out + at, *(const uint64_t *)(const void *)from, 8);
            at += 8;
            break;
        case FIELD_STR: {
            size_t len = strnlen((const char *)from, field->max);
            store_be(out + at, len, 2);
            memcpy(out + at + 2, from, len);
            at += 2 + len;
            break;
        }
        }
    }
    return at;
}

enum error record_decode(enum record_kind kind, struct slice bytes, void *record)
{
    ASSERT(kind < RECORD_KIND_COUNT);
    const struct descriptor *descriptor = &descriptors[kind];
    memset(record, 0, descriptor->size);
    const uint8_t *at = (const uint8_t *)bytes.data;
    size_t left = bytes.len;
    if (left < 1 || at[0] == 0)
        return ERROR_CORRUPT;
    if (at[0] > descriptor->version)
        return ERROR_VERSION;
    bool older = at[0] < descriptor->version;
    at++;
    left--;
    for (size_t i = 0; i < descriptor->count; i++) {
        const struct field *field = &descriptor->fields[i];
        uint8_t *to = (uint8_t *)record + field->offset;
        size_t need = field->type == FIELD_U8    ? 1
                      : field->type == FIELD_U32 ? 4
                      : field->type == FIELD_STR ? 2
                                                 : 8;
        if (left == 0 && older)
            return ERROR_NONE;
        if (left < need)
            return ERROR_CORRUPT;
        uint64_t value = load_be(at, need);
        at += need;
        left -= need;
        if (field->type == FIELD_U8) {
            *to = (uint8_t)value;
        } else if (field->type == FIELD_U32) {
            *(uint32_t *)(void *)to = (uint32_t)value;
        } else if (field->type == FIELD_STR) {
            if (value > field->max || value > left || memchr(at, 0, value) != NULL)
                return ERROR_CORRUPT;
            memcpy(to, at, value);
            at += value;
            left -= value;
        } else {
            *(uint64_t *)(void *)to = value;
        }
    }
    return left == 0 ? ERROR_NONE : ERROR_CORRUPT;
}

void key_clear(struct key *key)
{
    key->len = 0;
}

void key_u64(struct key *key, uint64_t value)
{
    ASSERT(key->len + 8 <= KEY_BYTES_MAX);
    store_be(key->data + key->len, value, 8);
    key->len += 8;
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
    *value = load_be((const uint8_t *)rest->data, 8);
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

const char *delivery_state_name(enum delivery_state state)
{
    static const char *const names[] = {"pending", "started", "done", "dead", "held", "waiting"};
    return (size_t)state < sizeof names / sizeof names[0] ? names[state] : "unknown";
}

const char *seat_status_name(enum seat_status status)
{
    static const char *const names[] = {"unknown", "out", "in", "admin", "banned"};
    return (size_t)status < sizeof names / sizeof names[0] ? names[status] : "unknown";
}

static void store_be(uint8_t *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static uint64_t load_be(const uint8_t *in, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | in[i];
    return value;
}
