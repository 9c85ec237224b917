#include "ledger/audit.h"

#include "ledger/access_list.h"
#include "ledger/facts.h"
#include "ledger/news.h"
#include "ledger/registry.h"

#include <inttypes.h>
#include <stdio.h>

enum { PATH_BYTES_MAX = 255 };

/* The frame's own commands that are asked for from outside. */
static const struct {
    enum message_kind kind;
    const char *what;
    const char *path;
} frame[] = {
    {MESSAGE_cmd_settle, "payment_settle", "payments/{gateway}/{payment_id}/settle"},
    {MESSAGE_cmd_release, "queue_release", "queue/release"},
    {MESSAGE_cmd_broadcast, "broadcast_create", "broadcasts/{broadcast_id}"},
    {MESSAGE_cmd_broadcast_cancel, "broadcast_cancel", "broadcasts/{broadcast_id}"},
};

static struct slice fill(const char *path, const struct shape *shape, const void *object,
                         char out[PATH_BYTES_MAX + 1]);

void audit_tell(struct ledger *ledger, const struct message_cmd_act *act,
                const struct message *done)
{
    const struct shape *shape = shape_find((uint64_t)done->kind);
    const struct op_row *op = registry_op((uint64_t)done->kind);
    const void *object = message_object(done);
    const char *what = shape->name;
    const char *path = op == NULL ? "" : op->path;
    char text[PATH_BYTES_MAX + 1];
    if (op != NULL && (op->who & WHO_QUIET) != 0)
        return;
    for (size_t i = 0; i < sizeof frame / sizeof *frame; i++) {
        if (frame[i].kind != done->kind)
            continue;
        what = frame[i].what;
        path = frame[i].path;
    }
    const struct field *member = shape_field(shape, "telegram_id");
    const struct fact_audited fact = {
        .actor = act->actor,
        .role = slice_from(access_role((unsigned)act->who)),
        .what = slice_from(what),
        .path = fill(path == NULL ? "" : path, shape, object, text),
        .member = member == NULL ? 0 : (int64_t)field_number(object, member),
        .why = act->reason,
    };
    fact_tell(ledger, shape_fact_audited(), &fact);
}

/* The address with what stood in it, as far as there is room. */
static struct slice fill(const char *path, const struct shape *shape, const void *object,
                         char out[PATH_BYTES_MAX + 1])
{
    size_t len = 0;
    while (*path != '\0' && len < PATH_BYTES_MAX) {
        char name[64];
        if (*path != '{') {
            out[len++] = *path++;
            continue;
        }
        size_t name_len = strcspn(path + 1, "}");
        const struct field *field = slice_copy(slice_of(path + 1, name_len), name, sizeof name)
                                        ? shape_field(shape, name)
                                        : NULL;
        path += name_len + 2;
        if (field == NULL)
            continue;
        char number[24];
        struct slice value = slice_from(number);
        if (field_is_text(field))
            value = field_slice(object, field);
        else
            (void)snprintf(number, sizeof number, "%" PRIu64, field_number(object, field));
        if (!field_is_text(field))
            value = slice_from(number);
        if (value.len > PATH_BYTES_MAX - len)
            break;
        memcpy(out + len, value.data, value.len);
        len += value.len;
    }
    return slice_of(out, len);
}
