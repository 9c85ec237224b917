/* A shape: one row that describes a message, an operation, a question, a fact or a record. From it
 * follow the struct, the encoding (wire.h for messages, record.h for records), print, JSON, the
 * command line, SQL columns, fuzz seeds.
 *
 *   FIELDS_name(F)   F(type, field, max)
 *
 * A type says what a value means; its storage follows. In a message text is a slice, in a record it
 * lies in the struct; max is the most bytes of a text, a CHOICE names its table of names instead.
 *
 *   U64 I64 STR BIN      plain numbers, text, bytes       U8 U32   plain, of records only
 *   NAME CODE TEXT       a configured name, a code that people type, words
 *   SECRET               text that is printed nowhere
 *   LIST                 names, joined by commas; a JSON array
 *   MEMBER ID COUNT      a Telegram id, a number that the ledger gave, how many
 *   FLAG PERCENT CHOICE  0 or 1, 0 to 100, an index into a table of names
 *   AMOUNT CURRENCY      minor units of the currency in the same shape's field `currency`
 *   PERIOD TIME DURATION months << 32 | days, wall ms, ms
 *
 * Fields are only appended. A shorter message or record decodes with zeros; a longer one is
 * refused. An id is a module's number << 8 and a number within the module; module 0 is the frame.
 */
#ifndef USHER_WIRE_SHAPE_H
#define USHER_WIRE_SHAPE_H

#include "base/assert.h"
#include "base/period.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum field_type {
    FIELD_U64,
    FIELD_I64,
    FIELD_STR,
    FIELD_BIN,
    FIELD_U8,
    FIELD_U32,
    FIELD_NAME,
    FIELD_CODE,
    FIELD_TEXT,
    FIELD_SECRET,
    FIELD_LIST,
    FIELD_MEMBER,
    FIELD_ID,
    FIELD_COUNT,
    FIELD_FLAG,
    FIELD_PERCENT,
    FIELD_CHOICE,
    FIELD_AMOUNT,
    FIELD_CURRENCY,
    FIELD_PERIOD,
    FIELD_TIME,
    FIELD_DURATION,
    FIELD_TYPE_COUNT
};

/* How a value lies in its struct. */
enum field_store { STORE_U8, STORE_U32, STORE_U64, STORE_I64, STORE_SLICE, STORE_CHARS };

struct field {
    const char *name;
    enum field_type type;
    enum field_store store;
    uint32_t max;             /* most bytes of a text */
    uint32_t offset;          /* in the struct */
    const char *const *names; /* of a CHOICE, by value; NULL ends them */
};

enum shape_role {
    ROLE_LINK,
    ROLE_ROW,
    ROLE_COMMAND,
    ROLE_ASK,
    ROLE_FACT,
    ROLE_PART,
    ROLE_RECORD, /* kept in a table */
    ROLE_ASPECT  /* kept with a person */
};

struct shape {
    const char *name;
    uint16_t id;
    enum shape_role role;
    const struct field *fields;
    uint32_t count;
    uint32_t size; /* of the struct */
};

enum {
    MODULES_MAX = 128,
    MODULE_SHAPES_MAX = 64, /* numbers within a module are below */
    SHAPE_BYTES_MAX = 512,  /* of the struct of a module's message */
    SHAPE_FIELDS_MAX = 64
};

/* The shapes of each module by number, MODULE_SHAPES_MAX of them; NULL where there is no module,
 * and for the frame. The registry (ledger/registry.c) makes it of modules.def. */
typedef const struct shape *shape_fn(void);
extern shape_fn *const *const shape_modules[MODULES_MAX];

/* NULL when no shape has this id. */
const struct shape *shape_find(uint64_t id);
/* NULL when the shape has no such field. */
const struct field *shape_field(const struct shape *shape, const char *name);

static inline bool field_is_text(const struct field *field)
{
    return field->store == STORE_SLICE || field->store == STORE_CHARS;
}

/* A number as it lies in the struct; an I64 as its two's complement. */
static inline uint64_t field_number(const void *object, const struct field *field)
{
    const char *at = (const char *)object + field->offset;
    uint8_t u8;
    uint32_t u32;
    uint64_t u64;
    switch (field->store) {
    case STORE_U8:
        memcpy(&u8, at, sizeof u8);
        return u8;
    case STORE_U32:
        memcpy(&u32, at, sizeof u32);
        return u32;
    case STORE_U64:
    case STORE_I64:
        memcpy(&u64, at, sizeof u64);
        return u64;
    case STORE_SLICE:
    case STORE_CHARS:
        break;
    }
    ASSERT(false);
    return 0;
}

static inline void field_set_number(void *object, const struct field *field, uint64_t value)
{
    char *at = (char *)object + field->offset;
    uint8_t u8 = (uint8_t)value;
    uint32_t u32 = (uint32_t)value;
    if (field->store == STORE_U8)
        memcpy(at, &u8, sizeof u8);
    else if (field->store == STORE_U32)
        memcpy(at, &u32, sizeof u32);
    else
        memcpy(at, &value, sizeof value);
}

/* Text or bytes, of either storage. */
static inline struct slice field_slice(const void *object, const struct field *field)
{
    const char *at = (const char *)object + field->offset;
    struct slice value;
    if (field->store == STORE_CHARS)
        return slice_from(at);
    ASSERT(field->store == STORE_SLICE);
    memcpy(&value, at, sizeof value);
    return value;
}

/* False when it does not fit. A slice is kept as it is, characters are copied. */
static inline bool field_set_slice(void *object, const struct field *field, struct slice value)
{
    char *at = (char *)object + field->offset;
    if (value.len > field->max)
        return false;
    if (field->store == STORE_SLICE) {
        memcpy(at, &value, sizeof value);
        return true;
    }
    ASSERT(field->store == STORE_CHARS);
    if (value.len > 0)
        memcpy(at, value.data, value.len);
    at[value.len] = 0;
    return true;
}

static inline uint64_t period_pack(struct period period)
{
    return (uint64_t)period.months << 32 | period.days;
}

static inline struct period period_unpack(uint64_t packed)
{
    return (struct period){(uint32_t)(packed >> 32), (uint32_t)packed};
}

#endif
