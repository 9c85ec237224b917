/* Topics of forum supergroups. Texts of errors: td's ForumTopicManager, and
 * channels.editForumTopic. */
#include "methods.h"

#include "forum.h"
#include "memory.h"
#include "send.h"
#include "sim.h"

#include "base/json.h"

enum { EVENT_BYTES_MAX = 4096, COLOR_MAX = 0xFFFFFF };

static bool forum_find(struct call *call, enum right right, const char *refusal);
static struct topic *topic_find(struct call *call, enum right right, const char *refusal);
static void topic_close(struct call *call, bool closed);
static void topic_event(struct call *call, int64_t thread_id, const char *event,
                        const struct topic *topic);

static const char no_edit[] = "Bad Request: not enough rights to edit the topic";
static const char no_close[] = "Bad Request: not enough rights to close or open the topic";

void method_create_forum_topic(struct call *call)
{
    int64_t color = TOPIC_COLOR_USUAL;
    (void)params_i64(&call->params, "icon_color", &color);
    if (!forum_find(call, RIGHT_can_manage_topics,
                    "Bad Request: not enough rights to create a topic"))
        return;
    if (color < 0 || color > COLOR_MAX) {
        call_fail(call, 400, "Bad Request: invalid icon color specified");
        return;
    }
    struct chat *chat = call->chat;
    int64_t id = chat->next_message_id;
    struct topic *topic =
        chat_topic_make(chat, id, params_text(&call->params, "name"), call->bot->index);
    topic->icon_color = color;
    (void)slice_copy(params_text(&call->params, "icon_custom_emoji_id"), topic->icon_emoji_id,
                     sizeof(topic->icon_emoji_id));
    topic_event(call, id, "forum_topic_created", topic);
    object_topic(call_begin(call), topic);
    call_finish(call);
}

void method_edit_forum_topic(struct call *call)
{
    struct topic *topic = topic_find(call, RIGHT_can_manage_topics, no_edit);
    struct slice name = params_text(&call->params, "name");
    struct slice icon = params_text(&call->params, "icon_custom_emoji_id");
    if (!topic)
        return;
    if (slice_is(name, topic->name) && (!icon.data || slice_is(icon, topic->icon_emoji_id))) {
        call_fail(call, 400, "Bad Request: TOPIC_NOT_MODIFIED");
        return;
    }
    if (name.len)
        topic_name(topic, name);
    if (icon.data)
        (void)slice_copy(icon, topic->icon_emoji_id, sizeof(topic->icon_emoji_id));
    if (name.len || icon.data)
        topic_event(call, topic->id, "forum_topic_edited", topic);
    call_true(call);
}

void method_close_forum_topic(struct call *call)
{
    topic_close(call, true);
}

void method_reopen_forum_topic(struct call *call)
{
    topic_close(call, false);
}

/* With all its messages. */
void method_delete_forum_topic(struct call *call)
{
    struct topic *topic = topic_find(call, RIGHT_can_delete_messages,
                                     "Bad Request: not enough rights to delete the topic");
    if (!topic)
        return;
    topic->deleted = true;
    for (struct message *message = call->chat->room.newest; message; message = message->older)
        if (message->thread_id == topic->id)
            message->deleted = true;
    call_true(call);
}

static bool forum_find(struct call *call, enum right right, const char *refusal)
{
    if (!call_chat(call, ACCESS_WRITE))
        return false;
    if (!call->chat || !call->chat->is_forum)
        call_fail(call, 400, "Bad Request: the chat is not a forum");
    else if (!place_may(&call->chat->places[call->bot->index], right))
        call_fail(call, 400, "%s", refusal);
    return !call->done;
}

/* A bot without the right may still act on its own topics. */
static struct topic *topic_find(struct call *call, enum right right, const char *refusal)
{
    int64_t id = 0;
    if (!call_chat(call, ACCESS_WRITE))
        return NULL;
    (void)params_i64(&call->params, "message_thread_id", &id);
    struct topic *topic = call->chat && call->chat->is_forum ? chat_topic(call->chat, id) : NULL;
    bool own = topic && topic->creator == call->bot->index;
    if (!call->chat || !call->chat->is_forum)
        call_fail(call, 400, "Bad Request: the chat is not a forum");
    else if (!own && !place_may(&call->chat->places[call->bot->index], right))
        call_fail(call, 400, "%s", refusal);
    else if (!topic)
        call_fail(call, 400, "Bad Request: TOPIC_ID_INVALID");
    return call->done ? NULL : topic;
}

static void topic_close(struct call *call, bool closed)
{
    struct topic *topic = topic_find(call, RIGHT_can_manage_topics, no_close);
    if (!topic)
        return;
    if (topic->closed == closed) {
        call_fail(call, 400, "Bad Request: TOPIC_NOT_MODIFIED");
        return;
    }
    topic->closed = closed;
    topic_event(call, topic->id, closed ? "forum_topic_closed" : "forum_topic_reopened", NULL);
    call_true(call);
}

/* The service message that tells of it; topic: whose name it tells, NULL: nothing. */
static void topic_event(struct call *call, int64_t thread_id, const char *event,
                        const struct topic *topic)
{
    struct buf json;
    buf_init(&json, EVENT_BYTES_MAX);
    buf_printf(&json, ",\"%s\":{", event);
    if (topic) {
        buf_append_text(&json, "\"name\":");
        json_append_string(&json, slice_from(topic->name));
        buf_printf(&json, ",\"icon_color\":%lld", (long long)topic->icon_color);
    }
    buf_append_text(&json, "}");
    struct message draft = {
        .service = true, .thread_id = thread_id, .extra = memory_text(buf_slice(&json))};
    buf_deinit(&json);
    (void)send_message(call, draft);
}
