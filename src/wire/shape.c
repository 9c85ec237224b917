#include "wire/shape.h"

#include "wire/shape_types.h"
#include "wire/wire.h"

enum { FRAME_SHAPES_MAX = 256, FRAME_COMMAND_MIN = 64, FRAME_ROW_MIN = 32 };

#define SHAPE_ROLE(id)                                                                             \
    ((id) >= FRAME_COMMAND_MIN ? ROLE_COMMAND : (id) >= FRAME_ROW_MIN ? ROLE_ROW : ROLE_LINK)
#define M(name, id)                                                                                \
    static const struct shape *shape_##name(void)                                                  \
    {                                                                                              \
        typedef struct message_##name self;                                                        \
        static const struct field fields[] = {FIELDS_##name(SHAPE_ROW_M)};                         \
        static const struct shape shape = {                                                        \
            #name, id, SHAPE_ROLE(id), fields, sizeof fields / sizeof *fields, sizeof(self)};      \
        return &shape;                                                                             \
    }
MESSAGE_LIST(M)
#undef M

static shape_fn *const frame[FRAME_SHAPES_MAX] = {
#define M(name, id) [id] = shape_##name,
    MESSAGE_LIST(M)
#undef M
};

const struct shape *shape_find(uint64_t id)
{
    uint64_t module = id >> 8;
    uint64_t number = id & 0xff;
    if (module == 0)
        return frame[number] == NULL ? NULL : frame[number]();
    if (module >= MODULES_MAX || shape_modules[module] == NULL || number >= MODULE_SHAPES_MAX ||
        shape_modules[module][number] == NULL)
        return NULL;
    return shape_modules[module][number]();
}

const struct field *shape_field(const struct shape *shape, const char *name)
{
    for (uint32_t i = 0; i < shape->count; i++)
        if (strcmp(shape->fields[i].name, name) == 0)
            return &shape->fields[i];
    return NULL;
}
