#include "notify.h"

#include "objects.h"
#include "sim.h"

#include "base/json.h"

enum { UPDATE_BYTES_MAX = 1 << 16 };

static void notify_push(struct sim *sim, struct bot *bot, enum update_type type, int64_t queue_id,
                        struct buf *json);
static void append_chat_message(struct sim *sim, struct buf *json, struct chat *chat);

void notify_member(struct sim *sim, struct chat *chat, const struct user *user, uint32_t by_bot,
                   enum member_status before, int64_t until_before, const struct member *member)
{
    struct world *world = &sim->world;
    for (uint32_t i = 0; i < world->bot_count; i++) {
        struct bot *bot = &world->bots[i];
        if (chat->places[i].status != MEMBER_ADMINISTRATOR ||
            !updates_wants(bot, UPDATE_chat_member))
            continue;
        struct buf json;
        buf_init(&json, UPDATE_BYTES_MAX);
        buf_append_text(&json, "\"chat_member\":{\"chat\":");
        object_chat(&json, chat);
        buf_append_text(&json, ",\"from\":");
        if (by_bot < world->bot_count)
            object_bot(&json, &world->bots[by_bot]);
        else
            object_user(&json, user);
        buf_printf(&json,
                   ",\"date\":%llu,\"old_chat_member\":", (unsigned long long)(sim->now_ms / 1000));
        object_member(&json, user, before, until_before);
        buf_append_text(&json, ",\"new_chat_member\":");
        object_member(&json, user, member->status, member->until_date);
        if (member->link && member_is_in(member)) {
            buf_append_text(&json, ",\"invite_link\":");
            object_link(&json, world, member->link, i);
        }
        buf_append_text(&json, "}");
        notify_push(sim, bot, UPDATE_chat_member, user->id, &json);
    }
}

void notify_join_request(struct sim *sim, struct chat *chat, const struct member *member)
{
    struct world *world = &sim->world;
    for (uint32_t i = 0; i < world->bot_count; i++) {
        if (!place_may(&chat->places[i], RIGHT_can_invite_users))
            continue;
        struct buf json;
        buf_init(&json, UPDATE_BYTES_MAX);
        buf_append_text(&json, "\"chat_join_request\":{\"chat\":");
        object_chat(&json, chat);
        buf_append_text(&json, ",\"from\":");
        object_user(&json, member->user);
        buf_printf(&json, ",\"user_chat_id\":%lld,\"date\":%llu", (long long)member->user->id,
                   (unsigned long long)(sim->now_ms / 1000));
        if (member->request_link) {
            buf_append_text(&json, ",\"invite_link\":");
            object_link(&json, world, member->request_link, i);
        }
        buf_append_text(&json, "}");
        notify_push(sim, &world->bots[i], UPDATE_chat_join_request, member->user->id, &json);
    }
}

void notify_text(struct sim *sim, struct bot *bot, const struct user *user, struct slice text)
{
    struct buf json;
    buf_init(&json, UPDATE_BYTES_MAX);
    buf_printf(&json,
               "\"message\":{\"message_id\":%lld,\"from\":", (long long)bot->next_message_id++);
    object_user(&json, user);
    buf_append_text(&json, ",\"chat\":");
    object_private_chat(&json, user);
    buf_printf(&json, ",\"date\":%llu,\"text\":", (unsigned long long)(sim->now_ms / 1000));
    json_append_string(&json, text);
    if (text.len > 1 && text.data[0] == '/') {
        size_t command = 1;
        while (command < text.len && text.data[command] != ' ')
            command++;
        buf_printf(&json, ",\"entities\":[{\"offset\":0,\"length\":%zu,\"type\":\"bot_command\"}]",
                   command);
    }
    buf_append_text(&json, "}");
    notify_push(sim, bot, UPDATE_message, user->id, &json);
}

void notify_blocked(struct sim *sim, struct bot *bot, const struct user *user, bool blocked)
{
    struct buf json;
    buf_init(&json, UPDATE_BYTES_MAX);
    buf_append_text(&json, "\"my_chat_member\":{\"chat\":");
    object_private_chat(&json, user);
    buf_append_text(&json, ",\"from\":");
    object_user(&json, user);
    buf_printf(&json, ",\"date\":%llu", (unsigned long long)(sim->now_ms / 1000));
    for (int after = 0; after <= 1; after++) {
        buf_append_text(&json, after ? ",\"new_chat_member\":{\"user\":"
                                     : ",\"old_chat_member\":{\"user\":");
        object_bot(&json, bot);
        buf_append_text(&json, blocked == (after == 1) ? ",\"status\":\"kicked\",\"until_date\":0}"
                                                       : ",\"status\":\"member\"}");
    }
    buf_append_text(&json, "}");
    notify_push(sim, bot, UPDATE_my_chat_member, user->id, &json);
}

void notify_place(struct sim *sim, struct bot *bot, struct chat *chat, const struct place *before)
{
    struct buf json;
    buf_init(&json, UPDATE_BYTES_MAX);
    buf_append_text(&json, "\"my_chat_member\":{\"chat\":");
    object_chat(&json, chat);
    buf_append_text(&json, ",\"from\":");
    if (chat->owner)
        object_user(&json, chat->owner);
    else
        buf_append_text(&json, "{\"id\":1087968824,\"is_bot\":true,\"first_name\":\"Group\","
                               "\"username\":\"GroupAnonymousBot\"}");
    buf_printf(&json,
               ",\"date\":%llu,\"old_chat_member\":", (unsigned long long)(sim->now_ms / 1000));
    object_bot_member(&json, bot, chat, before);
    buf_append_text(&json, ",\"new_chat_member\":");
    object_bot_member(&json, bot, chat, &chat->places[bot->index]);
    buf_append_text(&json, "}");
    notify_push(sim, bot, UPDATE_my_chat_member, bot->id, &json);
}

void notify_migrated(struct sim *sim, struct chat *from, struct chat *to)
{
    struct world *world = &sim->world;
    for (uint32_t i = 0; i < world->bot_count; i++) {
        if (!place_is_in(&to->places[i]))
            continue;
        struct buf json;
        buf_init(&json, UPDATE_BYTES_MAX);
        append_chat_message(sim, &json, from);
        buf_printf(&json, ",\"migrate_to_chat_id\":%lld}", (long long)to->id);
        notify_push(sim, &world->bots[i], UPDATE_message, from->id, &json);
        buf_init(&json, UPDATE_BYTES_MAX);
        append_chat_message(sim, &json, to);
        buf_printf(&json, ",\"migrate_from_chat_id\":%lld}", (long long)from->id);
        notify_push(sim, &world->bots[i], UPDATE_message, to->id, &json);
    }
}

void notify_press(struct sim *sim, struct bot *bot, const struct user *user,
                  const struct message *message, int64_t callback_id, struct slice data)
{
    struct buf json;
    buf_init(&json, UPDATE_BYTES_MAX);
    buf_printf(&json, "\"callback_query\":{\"id\":\"%lld\",\"from\":", (long long)callback_id);
    object_user(&json, user);
    if (message) {
        buf_append_text(&json, ",\"message\":");
        object_message(&json, &sim->world, message);
    }
    buf_printf(&json, ",\"chat_instance\":\"%lld\",\"data\":", (long long)user->id);
    json_append_string(&json, data);
    buf_append_text(&json, "}");
    notify_push(sim, bot, UPDATE_callback_query, user->id, &json);
}

static void notify_push(struct sim *sim, struct bot *bot, enum update_type type, int64_t queue_id,
                        struct buf *json)
{
    if (json->failed)
        report_warning(sim, -1, "an update of type %s was too large", update_type_name(type));
    else
        updates_push(sim, bot, type, queue_id, buf_slice(json));
    buf_deinit(json);
}

/* The beginning of a service message in a chat. */
static void append_chat_message(struct sim *sim, struct buf *json, struct chat *chat)
{
    buf_printf(json,
               "\"message\":{\"message_id\":%lld,\"chat\":", (long long)chat->next_message_id++);
    object_chat(json, chat);
    buf_printf(json, ",\"date\":%llu", (unsigned long long)(sim->now_ms / 1000));
}
