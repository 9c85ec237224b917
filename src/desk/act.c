#include "desk/act.h"

#include "base/assert.h"
#include "base/prng.h"
#include "desk/ops.h"
#include "ledger/module.h"
#include "wire/shape_json.h"

#include <string.h>

enum { SEED_BYTES = 16, BODY_BYTES_MAX = 8192 };

bool act_command(const char *operation, const struct act_field *fields, size_t count,
                 struct buf *out)
{
    struct route_view route = {.shape = NULL};
    uint64_t object[SHAPE_BYTES_MAX / 8] = {0};
    uint8_t seed[SEED_BYTES];
    struct buf body;
    struct buf storage;
    struct why why;

    for (size_t at = 0; ops_next(&at, &route);)
        if (strcmp(route.shape->name, operation) == 0)
            break;
    ASSERT(route.shape != NULL && strcmp(route.shape->name, operation) == 0);
    buf_init(&body, BODY_BYTES_MAX);
    buf_init(&storage, shape_storage(route.shape));
    bool fits = buf_reserve(&storage, shape_storage(route.shape)) != NULL;
    for (size_t i = 0; i < count && fits; i++)
        fits = field_from_text(route.shape, shape_field(route.shape, fields[i].name),
                               fields[i].text, object, &storage, &why) == ERROR_NONE;
    if (fits) {
        random_bytes(seed, sizeof(seed));
        shape_encode(&body, route.shape, object);
        const struct message act = {.kind = MESSAGE_cmd_act,
                                    .cmd_act = {.actor = SLICE("usher"),
                                                .who = WHO_OWNER,
                                                .reason = SLICE(""),
                                                .key = SLICE(""),
                                                .seed = slice_of(seed, sizeof(seed)),
                                                .body = buf_slice(&body)}};
        if (!body.failed)
            wire_encode(out, &act);
        fits = !body.failed && !out->failed;
    }
    buf_deinit(&storage);
    buf_deinit(&body);
    return fits;
}
