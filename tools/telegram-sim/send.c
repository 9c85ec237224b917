#include "send.h"

#include "forum.h"
#include "keyboard.h"
#include "markup.h"
#include "memory.h"
#include "objects.h"
#include "sim.h"

#include "base/json.h"

static bool place_thread(struct call *call, int64_t thread_id);

const char not_modified[] =
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message";

/* In private only to who has started it, has not blocked it, or asked to join one of its chats
 * within the last five minutes. */
bool send_allowed(struct call *call)
{
    uint16_t bit = (uint16_t)(1U << call->bot->index);
    const struct user *user = call->user;
    if (user) {
        bool contact = (user->contact & bit) && call->sim->now_ms < user->contact_until_ms;
        if (user->blocked & bit)
            call_fail(call, 403, "Forbidden: bot was blocked by the user");
        else if (!(user->started & bit) && !contact)
            call_fail(call, 403, "Forbidden: bot can't initiate conversation with a user");
    } else if (call->chat->type == CHAT_CHANNEL &&
               !place_may(&call->chat->places[call->bot->index], RIGHT_can_post_messages)) {
        call_fail(call, 400, "Bad Request: need administrator rights in the channel chat");
    }
    return !call->done;
}

bool send_text_fits(struct call *call, const char *name, size_t chars_max)
{
    struct slice text = params_text(&call->params, name);
    size_t chars = 0;
    char problem[160];
    if (!markup_length(params_text(&call->params, "parse_mode"), text, &chars, problem,
                       sizeof(problem)))
        call_fail(call, 400, "Bad Request: %s", problem);
    else if (text.data && !chars && strcmp(name, "text") == 0)
        call_fail(call, 400, "Bad Request: message text is empty");
    else if (chars > chars_max)
        call_fail(call, 400, "Bad Request: message %sis too long",
                  strcmp(name, "caption") == 0 ? "caption " : "");
    return !call->done;
}

bool send_markup_fits(struct call *call, const cJSON **markup)
{
    char description[256];
    *markup = params_json(&call->params, "reply_markup");
    if (*markup && !keyboard_check(*markup, description, sizeof(description)))
        call_fail(call, 400, "%s", description);
    return !call->done;
}

bool send_place(struct call *call, struct message *draft)
{
    const cJSON *reply = params_json(&call->params, "reply_parameters");
    int64_t reply_to = 0;
    bool anyway = false;
    (void)params_i64(&call->params, "message_thread_id", &draft->thread_id);
    if (!place_thread(call, draft->thread_id))
        return false;
    if (!call->chat || !call->chat->is_forum)
        draft->thread_id = 0; /* the server ignores it there */
    if (!reply)
        return true;
    if (!json_i64(json_member(reply, "message_id"), &reply_to)) {
        call_fail(call, 400,
                  "Bad Request: can't parse reply parameters: Can't find field \"message_id\"");
        return false;
    }
    if (json_member(reply, "chat_id")) {
        call_fail(call, 400, "Bad Request: replies in another chat are not simulated");
        return false;
    }
    (void)json_bool(json_member(reply, "allow_sending_without_reply"), &anyway);
    const struct message *to = send_find(call, call->chat, call->user, reply_to);
    if (!to) {
        if (!anyway)
            call_fail(call, 400, "Bad Request: message to be replied not found");
        return anyway;
    }
    draft->reply_to = to->id;
    if (draft->thread_id)
        return true;
    draft->thread_id = to->thread_id;
    return place_thread(call, to->thread_id);
}

bool send_prepare(struct call *call, const char *text_name, size_t chars_max, struct message *draft)
{
    const cJSON *markup = NULL;
    if (!call_chat(call, ACCESS_WRITE) ||
        (text_name && !send_text_fits(call, text_name, chars_max)) ||
        !send_markup_fits(call, &markup) || !send_allowed(call) || !send_place(call, draft))
        return false;
    if (text_name)
        draft->text = memory_text(params_text(&call->params, text_name));
    draft->reply_markup = keyboard_text(markup);
    return true;
}

struct message *send_message(struct call *call, struct message draft)
{
    struct user *user = call->user;
    draft.chat_id = user ? user->id : call->chat->id;
    draft.id = user ? call->bot->next_message_id++ : call->chat->next_message_id++;
    draft.bot = call->bot->index;
    draft.at_ms = call->reply.at_ms;
    struct room *room = user ? &user->room : &call->chat->room;
    struct message *made = world_message_add(&call->sim->world, room, draft);
    if (!user) {
        call->chat->last_bot = call->bot->index + 1;
        return made;
    }
    user->messages++;
    if (!user->first_message_ms)
        user->first_message_ms = made->at_ms;
    people_read(call->sim, user, made);
    return made;
}

void send_answer(struct call *call, const struct message *message)
{
    object_message(call_begin(call), &call->sim->world, message);
    call_finish(call);
}

struct message *send_find(struct call *call, struct chat *chat, struct user *user, int64_t id)
{
    struct message *message =
        chat ? chat_message(chat, id) : room_find(&user->room, call->bot->index, id);
    return message && !message->deleted ? message : NULL;
}

bool send_named(struct call *call, const char *what, struct message **out)
{
    int64_t id = 0;
    if (!params_i64(&call->params, "message_id", &id) || id <= 0) {
        call_fail(call, 400, "Bad Request: message identifier is not specified");
        return false;
    }
    *out = send_find(call, call->chat, call->user, id);
    if (!*out)
        call_fail(call, 400, "Bad Request: %s not found", what);
    return !call->done;
}

/* May the bot write in this topic of the forum? */
static bool place_thread(struct call *call, int64_t thread_id)
{
    if (!thread_id || (call->chat && !call->chat->is_forum))
        return true;
    /* General is none of the chat's topics. */
    const struct topic *topic = call->chat ? chat_topic(call->chat, thread_id) : NULL;
    if (!topic)
        call_fail(call, 400, "Bad Request: message thread not found");
    else if (topic->closed &&
             !place_may(&call->chat->places[call->bot->index], RIGHT_can_manage_topics))
        call_fail(call, 400, "Bad Request: TOPIC_CLOSED");
    return !call->done;
}
