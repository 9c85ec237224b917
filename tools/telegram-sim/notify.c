#include "notify.h"

#include "objects.h"
#include "pay.h"
#include "sim.h"

#include "base/json.h"

#include <strings.h>

enum { UPDATE_BYTES_MAX = 1 << 16 };

static void notify_push(struct sim *sim, struct bot *bot, enum update_type type, int64_t queue_id,
                        struct buf *json);
static bool bot_sees(const struct chat *chat, const struct bot *bot, const struct message *message);
static void append_reactions(struct buf *json, const char *name, const char *emoji);
static void append_chat_message(struct sim *sim, struct buf *json, struct chat *chat);

void notify_member(struct sim *sim, struct chat *chat, uint32_t by_bot, const struct member *before,
                   const struct member *member)
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
            object_user(&json, member->user);
        buf_printf(&json, ",\"date\":%lld,\"old_chat_member\":", object_date(world, sim->now_ms));
        object_member(&json, chat, before);
        buf_append_text(&json, ",\"new_chat_member\":");
        object_member(&json, chat, member);
        if (member->link && member_is_in(member)) {
            buf_append_text(&json, ",\"invite_link\":");
            object_link(&json, world, member->link, i);
        }
        buf_append_text(&json, "}");
        notify_push(sim, bot, UPDATE_chat_member, member->user->id, &json);
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
        buf_printf(&json, ",\"user_chat_id\":%lld,\"date\":%lld", (long long)member->user->id,
                   object_date(&sim->world, sim->now_ms));
        if (member->request_link) {
            buf_append_text(&json, ",\"invite_link\":");
            object_link(&json, world, member->request_link, i);
        }
        buf_append_text(&json, "}");
        notify_push(sim, &world->bots[i], UPDATE_chat_join_request, member->user->id, &json);
    }
}

void notify_message(struct sim *sim, const struct message *message, bool edited)
{
    struct world *world = &sim->world;
    const struct chat *chat = message->chat_id < 0 ? world_chat(world, message->chat_id) : NULL;
    for (uint32_t i = 0; i < world->bot_count; i++) {
        enum update_type type = edited ? UPDATE_edited_message : UPDATE_message;
        if (!updates_wants(&world->bots[i], type) ||
            (chat ? !bot_sees(chat, &world->bots[i], message) : message->bot != i))
            continue;
        struct buf json;
        buf_init(&json, UPDATE_BYTES_MAX);
        buf_printf(&json, "\"%s\":", update_type_name(type));
        object_message(&json, world, message);
        notify_push(sim, &world->bots[i], type, message->chat_id, &json);
    }
}

void notify_reaction(struct sim *sim, struct chat *chat, const struct user *user,
                     const struct message *message, const char *before, const char *after)
{
    struct world *world = &sim->world;
    const struct member *member = chat_member(chat, user->id);
    for (uint32_t i = 0; i < world->bot_count; i++) {
        if (chat->places[i].status != MEMBER_ADMINISTRATOR)
            continue;
        struct buf json;
        buf_init(&json, UPDATE_BYTES_MAX);
        buf_append_text(&json, "\"message_reaction\":{\"chat\":");
        object_chat(&json, chat);
        buf_printf(&json, ",\"message_id\":%lld,", (long long)message->id);
        buf_append_text(&json, member && member->anonymous ? "\"actor_chat\":" : "\"user\":");
        if (member && member->anonymous)
            object_chat(&json, chat);
        else
            object_user(&json, user);
        buf_printf(&json, ",\"date\":%lld", object_date(world, sim->now_ms));
        append_reactions(&json, "old_reaction", before);
        append_reactions(&json, "new_reaction", after);
        buf_append_text(&json, "}");
        notify_push(sim, &world->bots[i], UPDATE_message_reaction, chat->id, &json);
    }
}

void notify_checkout(struct sim *sim, const struct payment *payment)
{
    const struct invoice *invoice = payment->invoice;
    struct buf json;
    buf_init(&json, UPDATE_BYTES_MAX);
    buf_printf(&json, "\"pre_checkout_query\":{\"id\":\"%lld\",\"from\":", (long long)payment->id);
    object_user(&json, payment->user);
    buf_printf(&json, ",\"currency\":\"XTR\",\"total_amount\":%lld,\"invoice_payload\":",
               (long long)invoice->stars);
    json_append_string(&json, slice_from(invoice->payload));
    buf_append_text(&json, "}");
    notify_push(sim, &sim->world.bots[invoice->bot], UPDATE_pre_checkout_query, payment->user->id,
                &json);
}

void notify_blocked(struct sim *sim, struct bot *bot, const struct user *user, bool blocked)
{
    struct buf json;
    buf_init(&json, UPDATE_BYTES_MAX);
    buf_append_text(&json, "\"my_chat_member\":{\"chat\":");
    object_private_chat(&json, user);
    buf_append_text(&json, ",\"from\":");
    object_user(&json, user);
    buf_printf(&json, ",\"date\":%lld", object_date(&sim->world, sim->now_ms));
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
    buf_printf(&json, ",\"date\":%lld,\"old_chat_member\":", object_date(&sim->world, sim->now_ms));
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
    buf_printf(&json, ",\"chat_instance\":\"%lld\",\"data\":",
               (long long)(message ? message->chat_id : user->id));
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

/* An administrator sees everything. With privacy mode on, which it is, a member sees service
 * messages, commands that name it, commands without a name when it was the last bot to write, and
 * replies to what it wrote. Source: core.telegram.org/bots/features#privacy-mode. */
static bool bot_sees(const struct chat *chat, const struct bot *bot, const struct message *message)
{
    const struct place *place = &chat->places[bot->index];
    if (place->status == MEMBER_ADMINISTRATOR || (place_is_in(place) && message->service))
        return true;
    if (!place_is_in(place))
        return false;
    const struct message *to = message->reply_to ? chat_message(chat, message->reply_to) : NULL;
    if (to && !to->from_user && to->bot == bot->index)
        return true;
    struct slice text = slice_from(message->text);
    size_t end = 0;
    while (end < text.len && text.data[end] != ' ' && text.data[end] != '\n')
        end++;
    if (!end || text.data[0] != '/')
        return false;
    const char *at = memchr(text.data, '@', end);
    if (!at)
        return !chat->last_bot || chat->last_bot == bot->index + 1;
    size_t name = (size_t)(at + 1 - text.data);
    return end - name == strlen(bot->username) &&
           strncasecmp(text.data + name, bot->username, end - name) == 0;
}

static void append_reactions(struct buf *json, const char *name, const char *emoji)
{
    buf_printf(json, ",\"%s\":[", name);
    if (emoji[0]) {
        buf_append_text(json, "{\"type\":\"emoji\",\"emoji\":");
        json_append_string(json, slice_from(emoji));
        buf_append_text(json, "}");
    }
    buf_append_text(json, "]");
}

/* The beginning of a service message in a chat. */
static void append_chat_message(struct sim *sim, struct buf *json, struct chat *chat)
{
    buf_printf(json,
               "\"message\":{\"message_id\":%lld,\"chat\":", (long long)chat->next_message_id++);
    object_chat(json, chat);
    buf_printf(json, ",\"date\":%lld", object_date(&sim->world, sim->now_ms));
}
