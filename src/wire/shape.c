#include "wire/shape.h"

#include <stddef.h>

/* A field's offset needs the type of its struct, which a row of messages.def does not name. So each
 * table stands in a function of its own, where self is that type. All structs of the union begin at
 * the same place. */
#define F(type, field, max)                                                                        \
    {#field, FIELD_##type, max,                                                                    \
     (uint32_t)(offsetof(struct message, request) + offsetof(self, field))},
#define M(name, id)                                                                                \
    static const struct shape *shape_##name(void)                                                  \
    {                                                                                              \
        typedef struct message_##name self;                                                        \
        static const struct field fields[] = {FIELDS_##name(F)};                                   \
        static const struct shape shape = {#name, fields, sizeof fields / sizeof *fields};         \
        return &shape;                                                                             \
    }
MESSAGE_LIST(M)
#undef M
#undef F

static const struct shape *(*const shapes[])(void) = {
#define M(name, id) [id] = shape_##name,
    MESSAGE_LIST(M)
#undef M
};

/* Ids are single bytes on the wire, and field counts fit msgpack's 16-bit array header. */
_Static_assert(sizeof shapes / sizeof *shapes <= 128, "message ids stay below 128");

const struct shape *shape_find(uint64_t id)
{
    if (id >= sizeof shapes / sizeof *shapes || shapes[id] == NULL)
        return NULL;
    return shapes[id]();
}
