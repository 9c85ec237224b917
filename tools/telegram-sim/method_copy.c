/* Copies and forwards. Texts of errors: Client.cpp and td's MessagesManager. */
#include "methods.h"

#include "memory.h"
#include "objects.h"
#include "send.h"
#include "sim.h"

#include <stdlib.h>

enum { ORIGIN_BYTES_MAX = 4096 };

static bool source_find(struct call *call, const char *what, struct message **out);
static char *text_copy(const char *text);
static char *origin_text(const struct call *call, const struct message *message);

void method_copy_message(struct call *call)
{
    struct message *source = NULL;
    struct message draft = {0};
    if (!source_find(call, "message to copy", &source))
        return;
    if (source->service || source->invoice) {
        call_fail(call, 400, "Bad Request: message can't be copied");
        return;
    }
    if (!send_prepare(call, "caption", CAPTION_CHARS_MAX, &draft))
        return;
    if (!source->document || !params_find(&call->params, "caption")) {
        char *caption = draft.text;
        draft.text = text_copy(source->text);
        free(caption);
    }
    draft.document = text_copy(source->document);
    draft.photo = source->photo;
    draft.extra = text_copy(source->extra);
    const struct message *made = send_message(call, draft);
    buf_printf(call_begin(call), "{\"message_id\":%lld}", (long long)made->id);
    call_finish(call);
}

void method_forward_message(struct call *call)
{
    struct message *source = NULL;
    struct message draft = {0};
    if (!source_find(call, "message to forward", &source))
        return;
    if (source->service) {
        call_fail(call, 400, "Bad Request: message can't be forwarded");
        return;
    }
    if (!send_prepare(call, NULL, 0, &draft))
        return;
    draft.text = text_copy(source->text);
    draft.document = text_copy(source->document);
    draft.photo = source->photo;
    draft.extra = text_copy(source->extra);
    draft.invoice = source->invoice;
    draft.origin = source->origin ? text_copy(source->origin) : origin_text(call, source);
    send_answer(call, send_message(call, draft));
}

/* The message that from_chat_id and message_id name. */
static bool source_find(struct call *call, const char *what, struct message **out)
{
    struct chat *chat = NULL;
    struct user *user = NULL;
    int64_t id = 0;
    if (!call_chat_named(call, "from_chat_id", ACCESS_READ, &chat, &user))
        return false;
    *out = params_i64(&call->params, "message_id", &id) ? send_find(call, chat, user, id) : NULL;
    if (!*out)
        call_fail(call, 400, "Bad Request: %s not found", what);
    return !call->done;
}

static char *text_copy(const char *text)
{
    return text ? memory_text(slice_from(text)) : NULL;
}

static char *origin_text(const struct call *call, const struct message *message)
{
    const struct world *world = &call->sim->world;
    const struct chat *chat = message->chat_id < 0 ? world_chat(world, message->chat_id) : NULL;
    const struct chat *as = message->anonymous ? chat : world_chat(world, message->sender_chat);
    struct buf json;
    buf_init(&json, ORIGIN_BYTES_MAX);
    if (chat && chat->type == CHAT_CHANNEL) {
        buf_printf(&json,
                   "{\"type\":\"channel\",\"message_id\":%lld,\"chat\":", (long long)message->id);
        object_chat(&json, chat);
    } else if (as) {
        buf_append_text(&json, "{\"type\":\"chat\",\"sender_chat\":");
        object_chat(&json, as);
    } else {
        buf_append_text(&json, "{\"type\":\"user\",\"sender_user\":");
        if (message->from_user)
            object_user(&json, message->sender);
        else
            object_bot(&json, &world->bots[message->bot]);
    }
    buf_printf(&json, ",\"date\":%lld}", object_date(world, message->at_ms));
    char *text = memory_text(buf_slice(&json));
    buf_deinit(&json);
    return text;
}
