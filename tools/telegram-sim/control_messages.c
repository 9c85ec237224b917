/* Messages and buttons: what people write and press, and what came of it. */
#include "control_answer.h"

#include "commands.h"
#include "keyboard.h"
#include "memory.h"
#include "notify.h"
#include "say.h"

#include <stdlib.h>

enum { DATE_OFFSET_S_MAX = 1 << 30 };

static struct message *place_message(struct control *control, struct user *user,
                                     const struct bot *bot, int64_t message_id);
static bool place_read(struct control *control, struct user *user, struct chat **chat);
static bool saying_read(struct control *control, struct saying *saying);
static void render_message(const struct sim *sim, const struct message *message, struct buf *out);
static void render_callback(int64_t id, const struct callback *callback, struct buf *out);

void control_user_say(struct control *control)
{
    struct sim *sim = control->sim;
    struct saying saying = {0};
    struct chat *chat = NULL;
    const char *problem = NULL;
    const struct message *made = NULL;
    struct bot *bot = control_bot(control);
    struct user *user = bot ? control_user(control) : NULL;
    if (!user || !place_read(control, user, &chat) || !saying_read(control, &saying))
        return;
    if (chat)
        made = say_group(sim, user, chat, &saying, &problem);
    else if (saying.reply_to && !room_find(&user->room, bot->index, saying.reply_to))
        problem = "there is no such message to reply to";
    else
        made = say_private(sim, user, bot, &saying);
    if (!made)
        control_refuse(control, 409, "%s", problem);
    else
        buf_printf(&sim->out, "{\"ok\":true,\"message_id\":%lld}", (long long)made->id);
}

void control_user_edit(struct control *control)
{
    int64_t message_id = 0;
    struct bot *bot = control_bot(control);
    struct user *user = bot ? control_user(control) : NULL;
    struct slice text = json_string(json_member(control->body, "text"));
    if (!user || !control_i64(control, control->body, "message_id", 0, 1, INT64_MAX, &message_id))
        return;
    struct message *message = place_message(control, user, bot, message_id);
    if (control->status != 200)
        return;
    if (!message || message->sender != user)
        control_refuse(control, 404, "the user has written no such message");
    else if (!text.len)
        control_refuse(control, 400, "text is a string");
    else
        say_edit(control->sim, message, text);
}

void control_user_react(struct control *control)
{
    char emoji[sizeof(((struct reaction *)0)->emoji)] = "";
    int64_t message_id = 0;
    struct sim *sim = control->sim;
    struct bot *bot = control_bot(control);
    struct user *user = bot ? control_user(control) : NULL;
    const cJSON *item = json_member(control->body, "emoji");
    if (!user || !control_i64(control, control->body, "message_id", 0, 1, INT64_MAX, &message_id))
        return;
    struct message *message = place_message(control, user, bot, message_id);
    if (control->status != 200)
        return;
    if (!message || message->chat_id > 0) {
        control_refuse(control, 404, "there is no such message in the group");
        return;
    }
    if (item && !slice_copy(json_string(item), emoji, sizeof(emoji))) {
        control_refuse(control, 400, "emoji is a short text");
        return;
    }
    struct reaction *reaction = message_reaction(message, user->id);
    struct reaction before = *reaction;
    memcpy(reaction->emoji, emoji, sizeof(emoji));
    if (strcmp(before.emoji, emoji) != 0)
        notify_reaction(sim, world_chat(&sim->world, message->chat_id), user, message, before.emoji,
                        emoji);
}

void control_user_press(struct control *control)
{
    int64_t message_id = 0;
    struct chat *chat = NULL;
    char *pressed = NULL;
    char *url = NULL;
    struct sim *sim = control->sim;
    struct bot *bot = control_bot(control);
    struct user *user = bot ? control_user(control) : NULL;
    struct slice data = json_string(json_member(control->body, "data"));
    struct slice text = json_string(json_member(control->body, "text"));
    if (!user || !place_read(control, user, &chat) ||
        !control_i64(control, control->body, "message_id", 0, 0, INT64_MAX, &message_id))
        return;
    bool found = false;
    const struct message *message = chat ? chat->room.newest : user->room.newest;
    for (; message && !found; message = found ? message : message->older)
        found = !message->deleted && !message->from_user && message->bot == bot->index &&
                (!message_id || message->id == message_id) &&
                keyboard_find(message->reply_markup, data, text, &pressed, &url);
    if (!found)
        control_refuse(control, 404, "no message of the bot has a button with this %s",
                       data.data ? "data" : "text");
    else if (pressed)
        buf_printf(&sim->out, "{\"ok\":true,\"message_id\":%lld,\"callback_query_id\":\"%lld\"}",
                   (long long)message->id,
                   (long long)people_press(sim, user, bot, message, slice_from(pressed)));
    else {
        buf_printf(&sim->out, "{\"ok\":true,\"message_id\":%lld,\"url\":", (long long)message->id);
        json_append_string(&sim->out, slice_from(url));
        buf_append_text(&sim->out, "}");
    }
    free(pressed);
    free(url);
}

void control_messages(struct control *control)
{
    int64_t id = 0;
    static const char people[] = "&people=1";
    size_t len = sizeof(people) - 1;
    struct slice *query = &control->query;
    bool all = query->len > len && memcmp(query->data + query->len - len, people, len) == 0;
    query->len -= all ? len : 0;
    if (!control_query_i64(control, "chat", &id))
        return;
    if (!id) {
        control_refuse(control, 400, "ask for /sim/messages?chat=ID");
        return;
    }
    const struct user *user = world_user(&control->sim->world, id);
    const struct chat *chat = world_chat(&control->sim->world, id);
    const struct room *room = user ? &user->room : chat ? &chat->room : NULL;
    struct buf *out = &control->sim->out;
    bool first = true;
    buf_append_text(out, "{\"ok\":true,\"messages\":[");
    for (const struct message *message = room ? room->oldest : NULL; message;
         message = message->newer) {
        if (message->from_user && !all)
            continue;
        buf_append_text(out, first ? "" : ",");
        render_message(control->sim, message, out);
        first = false;
    }
    buf_append_text(out, "]}");
}

void control_answers(struct control *control)
{
    int64_t user_id = 0;
    const struct world *world = &control->sim->world;
    struct buf *out = &control->sim->out;
    if (!control_query_i64(control, "user", &user_id))
        return;
    bool first = true;
    buf_append_text(out, "{\"ok\":true,\"answers\":[");
    for (uint32_t b = 0; b < world->bot_count; b++) {
        const struct map *callbacks = &world->bots[b].callbacks;
        for (size_t i = 0; i < callbacks->count; i++) {
            const struct callback *callback = callbacks->entries[i].value;
            if (!callback || (user_id && callback->user_id != user_id))
                continue;
            buf_append_text(out, first ? "" : ",");
            render_callback((int64_t)callbacks->entries[i].key, callback, out);
            first = false;
        }
    }
    buf_append_text(out, "]}");
}

void control_commands(struct control *control)
{
    const struct world *world = &control->sim->world;
    struct buf *out = &control->sim->out;
    bool first = true;
    buf_append_text(out, "{\"ok\":true,\"commands\":[");
    for (uint32_t i = 0; i < world->bot_count; i++)
        for (const struct command_set *set = world->bots[i].commands; set; set = set->next) {
            buf_printf(out,
                       "%s{\"bot\":\"%s\",\"scope\":\"%s\",\"language_code\":\"%s\","
                       "\"commands\":%s}",
                       first ? "" : ",", world->bots[i].username, set->scope, set->language,
                       set->json);
            first = false;
        }
    buf_append_text(out, "]}");
}

void control_dates(struct control *control)
{
    int64_t offset_s = 0;
    if (control_i64(control, control->body, "offset_s", 0, -DATE_OFFSET_S_MAX, DATE_OFFSET_S_MAX,
                    &offset_s))
        control->sim->world.date_offset_s = offset_s;
}

/* chat_id: a group, or absent for the private chat. */
static bool place_read(struct control *control, struct user *user, struct chat **chat)
{
    int64_t chat_id = 0;
    if (!control_i64(control, control->body, "chat_id", user->id, INT64_MIN, INT64_MAX, &chat_id))
        return false;
    if (chat_id == user->id)
        return true;
    *chat = control_chat(control, chat_id);
    return *chat;
}

/* NULL: there is none, or it has refused. */
static struct message *place_message(struct control *control, struct user *user,
                                     const struct bot *bot, int64_t message_id)
{
    struct chat *chat = NULL;
    if (!place_read(control, user, &chat))
        return NULL;
    struct message *message =
        chat ? chat_message(chat, message_id) : room_find(&user->room, bot->index, message_id);
    return message && !message->deleted ? message : NULL;
}

static bool saying_read(struct control *control, struct saying *saying)
{
    const cJSON *body = control->body;
    struct slice photo = json_string(json_member(body, "photo"));
    saying->text = json_string(json_member(body, "text"));
    saying->photo = photo.len;
    saying->document = photo.len ? photo : json_string(json_member(body, "document"));
    if (!control_i64(control, body, "thread_id", 0, 0, INT64_MAX, &saying->thread_id) ||
        !control_i64(control, body, "reply_to", 0, 0, INT64_MAX, &saying->reply_to) ||
        !control_i64(control, body, "sender_chat", 0, INT64_MIN, 0, &saying->sender_chat))
        return false;
    if (saying->sender_chat && !control_chat(control, saying->sender_chat))
        return false;
    if (!saying->text.len && !saying->document.len)
        control_refuse(control, 400, "text is a string, or there is a photo or a document");
    return control->status == 200;
}

static void render_message(const struct sim *sim, const struct message *message, struct buf *out)
{
    buf_printf(out, "{\"message_id\":%lld,", (long long)message->id);
    if (message->from_user)
        buf_printf(out, "\"user\":%lld", (long long)message->sender->id);
    else
        buf_printf(out, "\"bot\":\"%s\"", sim->world.bots[message->bot].username);
    buf_printf(out, ",\"at_ms\":%llu,\"deleted\":%s,\"pinned\":%s",
               (unsigned long long)message->at_ms, message->deleted ? "true" : "false",
               message->pinned ? "true" : "false");
    if (message->edits)
        buf_printf(out, ",\"edited_ms\":%llu,\"edits\":%u", (unsigned long long)message->edited_ms,
                   message->edits);
    if (message->thread_id)
        buf_printf(out, ",\"message_thread_id\":%lld", (long long)message->thread_id);
    if (message->reply_to)
        buf_printf(out, ",\"reply_to\":%lld", (long long)message->reply_to);
    buf_append_text(out, ",\"text\":");
    json_append_string(out, slice_from(message->text));
    if (message->document) {
        buf_append_text(out, message->photo ? ",\"photo\":" : ",\"document\":");
        json_append_string(out, slice_from(message->document));
    }
    if (message->reaction) {
        buf_append_text(out, ",\"reaction\":");
        json_append_string(out, slice_from(message->reaction));
    }
    if (message->origin) {
        buf_append_text(out, ",\"forward_origin\":");
        buf_append_text(out, message->origin);
    }
    if (message->extra)
        buf_append_text(out, message->extra);
    if (message->reply_markup) {
        buf_append_text(out, ",\"reply_markup\":");
        buf_append_text(out, message->reply_markup);
    }
    buf_append_text(out, "}");
}

static void render_callback(int64_t id, const struct callback *callback, struct buf *out)
{
    buf_printf(out,
               "{\"callback_query_id\":\"%lld\",\"user_id\":%lld,\"at_ms\":%llu,\"answered\":%s,"
               "\"data\":",
               (long long)id, (long long)callback->user_id, (unsigned long long)callback->at_ms,
               callback->answered ? "true" : "false");
    json_append_string(out, slice_from(callback->data));
    if (callback->answered) {
        buf_append_text(out, ",\"text\":");
        json_append_string(out, slice_from(callback->text));
        buf_printf(out, ",\"show_alert\":%s,\"url\":", callback->show_alert ? "true" : "false");
        json_append_string(out, slice_from(callback->url));
    }
    buf_append_text(out, "}");
}
