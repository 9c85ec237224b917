/* What messages.def says of each message, as tables that plain code walks. For src/wire only. */
#ifndef USHER_WIRE_SHAPE_H
#define USHER_WIRE_SHAPE_H

#include "wire/wire.h"

enum field_type { FIELD_U64, FIELD_I64, FIELD_STR, FIELD_BIN };

struct field {
    const char *name;
    enum field_type type;
    uint32_t max;    /* most bytes of a STR or BIN */
    uint32_t offset; /* in struct message */
};

struct shape {
    const char *name; /* NULL: no message has this id */
    const struct field *fields;
    uint32_t count;
};

/* NULL when the id is no message. */
const struct shape *shape_find(uint64_t id);

static inline uint64_t field_u64(const struct message *message, const struct field *field)
{
    uint64_t value;
    memcpy(&value, (const char *)message + field->offset, sizeof value);
    return value;
}

static inline int64_t field_i64(const struct message *message, const struct field *field)
{
    int64_t value;
    memcpy(&value, (const char *)message + field->offset, sizeof value);
    return value;
}

static inline struct slice field_slice(const struct message *message, const struct field *field)
{
    struct slice value;
    memcpy(&value, (const char *)message + field->offset, sizeof value);
    return value;
}

static inline void field_set(struct message *message, const struct field *field, const void *value,
                             size_t size)
{
    memcpy((char *)message + field->offset, value, size);
}

#endif
