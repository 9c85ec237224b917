#include "forum.h"

#include "memory.h"

#include "base/json.h"
#include "base/utf8.h"

struct topic *chat_topic(const struct chat *chat, int64_t id)
{
    struct topic *topic = map_get(&chat->topics, (uint64_t)id);
    return topic && !topic->deleted ? topic : NULL;
}

struct topic *chat_topic_make(struct chat *chat, int64_t id, struct slice name, uint32_t creator)
{
    struct topic *topic = memory_new(1, sizeof(*topic));
    topic->id = id;
    topic->icon_color = TOPIC_COLOR_USUAL;
    topic->creator = creator;
    topic_name(topic, name);
    map_put(&chat->topics, (uint64_t)id, topic);
    return topic;
}

/* What is too long is cut, as the server does. */
void topic_name(struct topic *topic, struct slice name)
{
    size_t end = 0;
    for (size_t chars = 0; end < name.len && chars < TOPIC_NAME_CHARS_MAX; chars++) {
        uint32_t code_point = 0;
        size_t len = utf8_decode(slice_of(name.data + end, name.len - end), &code_point);
        end += len ? len : 1;
    }
    (void)slice_copy(slice_of(name.data, end), topic->name, sizeof(topic->name));
}

void object_topic(struct buf *out, const struct topic *topic)
{
    buf_printf(out, "{\"message_thread_id\":%lld,\"name\":", (long long)topic->id);
    json_append_string(out, slice_from(topic->name));
    buf_printf(out, ",\"icon_color\":%lld", (long long)topic->icon_color);
    if (topic->icon_emoji_id[0]) {
        buf_append_text(out, ",\"icon_custom_emoji_id\":");
        json_append_string(out, slice_from(topic->icon_emoji_id));
    }
    buf_append_text(out, "}");
}
