/* Messages. Texts of errors: Client.cpp and td's MessagesManager. */
#include "methods.h"

#include "keyboard.h"
#include "markup.h"
#include "memory.h"
#include "objects.h"
#include "sim.h"

#include "base/json.h"
#include "base/utf8.h"

#include <stdlib.h>

enum {
    TEXT_CHARS_MAX = 4096,
    CAPTION_CHARS_MAX = 1024,
    CALLBACK_TEXT_CHARS_MAX = 200,
    CALLBACK_MS_MAX = 150000
};

static bool may_write(struct call *call);
static bool text_fits(struct call *call, const char *name, size_t chars_max);
static bool markup_fits(struct call *call, const cJSON **markup);
static void send(struct call *call, const char *text_name, struct slice document,
                 const cJSON *markup);
static void answer_message(struct call *call, const struct message *message);
static struct room *call_room(struct call *call);
static bool own_message(struct call *call, const char *what, struct message **out);

void method_send_message(struct call *call)
{
    const cJSON *markup = NULL;
    if (call_chat(call, ACCESS_WRITE) && text_fits(call, "text", TEXT_CHARS_MAX) &&
        markup_fits(call, &markup) && may_write(call))
        send(call, "text", (struct slice){0}, markup);
}

void method_send_document(struct call *call)
{
    const cJSON *markup = NULL;
    struct slice document = params_text(&call->params, "document");
    if (!call_chat(call, ACCESS_WRITE) || !text_fits(call, "caption", CAPTION_CHARS_MAX) ||
        !markup_fits(call, &markup) || !may_write(call))
        return;
    bool url = document.len > 8 && (memcmp(document.data, "http://", 7) == 0 ||
                                    memcmp(document.data, "https://", 8) == 0);
    if (!url && document.len < 8) {
        call_fail(call, 400,
                  "Bad Request: wrong remote file identifier specified: Wrong string length");
        return;
    }
    send(call, "caption", document, markup);
}

void method_edit_message_text(struct call *call)
{
    struct message *message = NULL;
    const cJSON *markup = NULL;
    if (params_find(&call->params, "inline_message_id")) {
        call_fail(call, 400, "Bad Request: inline messages are not simulated");
        return;
    }
    if (!params_find(&call->params, "chat_id")) {
        call_fail(call, 400, "Bad Request: chat_id is empty");
        return;
    }
    if (!params_find(&call->params, "text")) {
        call_fail(call, 400, "Bad Request: message text is empty");
        return;
    }
    if (!call_chat(call, ACCESS_WRITE) || !text_fits(call, "text", TEXT_CHARS_MAX) ||
        !markup_fits(call, &markup) || !own_message(call, "message to edit", &message))
        return;
    struct slice text = params_text(&call->params, "text");
    char *keyboard = keyboard_text(markup);
    bool same_keyboard = slice_equal(slice_from(keyboard), slice_from(message->reply_markup));
    if (message->document) {
        free(keyboard);
        call_fail(call, 400, "Bad Request: there is no text in the message to edit");
        return;
    }
    if (same_keyboard && slice_equal(text, slice_from(message->text))) {
        free(keyboard);
        call_fail(
            call, 400,
            "Bad Request: message is not modified: specified new message content and reply "
            "markup are exactly the same as a current content and reply markup of the message");
        return;
    }
    free(message->text);
    free(message->reply_markup);
    message->text = memory_text(text);
    message->reply_markup = keyboard;
    message->edited_ms = call->sim->now_ms;
    answer_message(call, message);
}

void method_delete_message(struct call *call)
{
    struct message *message = NULL;
    if (!call_chat(call, ACCESS_WRITE) || !own_message(call, "message to delete", &message))
        return;
    message->deleted = true;
    call_true(call);
}

void method_answer_callback_query(struct call *call)
{
    long long id = 0;
    struct slice text = params_text(&call->params, "text");
    struct callback *callback = NULL;
    if (slice_to_i64(params_text(&call->params, "callback_query_id"), &id))
        callback = map_get(&call->bot->callbacks, (uint64_t)id);
    if (!callback || callback->answered || callback->at_ms + CALLBACK_MS_MAX < call->sim->now_ms) {
        call_fail(call, 400,
                  "Bad Request: query is too old and response timeout expired or query ID is "
                  "invalid");
        return;
    }
    if (utf8_utf16_length(text) > CALLBACK_TEXT_CHARS_MAX) {
        call_fail(call, 400, "Bad Request: MESSAGE_TOO_LONG");
        return;
    }
    callback->answered = true;
    callback->text = memory_text(text);
    call_true(call);
}

/* May the bot write here? In private only to who has started it, has not blocked it, or asked to
 * join one of its chats within the last five minutes. */
static bool may_write(struct call *call)
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

static bool text_fits(struct call *call, const char *name, size_t chars_max)
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

static bool markup_fits(struct call *call, const cJSON **markup)
{
    char description[256];
    *markup = params_json(&call->params, "reply_markup");
    if (*markup && !keyboard_check(*markup, description, sizeof(description)))
        call_fail(call, 400, "%s", description);
    return !call->done;
}

static void send(struct call *call, const char *text_name, struct slice document,
                 const cJSON *markup)
{
    struct sim *sim = call->sim;
    struct message message = {
        .chat_id = call->user ? call->user->id : call->chat->id,
        .id = call->user ? call->bot->next_message_id++ : call->chat->next_message_id++,
        .bot = call->bot->index,
        .at_ms = call->reply.at_ms,
        .text = memory_text(params_text(&call->params, text_name)),
        .reply_markup = keyboard_text(markup),
        .document = document.data ? memory_text(document) : NULL,
    };
    const struct message *made = world_message_add(&sim->world, call_room(call), message);
    if (call->user) {
        call->user->messages++;
        if (!call->user->first_message_ms)
            call->user->first_message_ms = made->at_ms;
        people_read(sim, call->user, made);
    }
    answer_message(call, made);
}

static void answer_message(struct call *call, const struct message *message)
{
    object_message(call_begin(call), &call->sim->world, message);
    call_finish(call);
}

static struct room *call_room(struct call *call)
{
    return call->user ? &call->user->room : &call->chat->room;
}

/* The bot's own message that message_id names; what: "message to edit". */
static bool own_message(struct call *call, const char *what, struct message **out)
{
    int64_t id = 0;
    if (!params_i64(&call->params, "message_id", &id) || id <= 0) {
        call_fail(call, 400, "Bad Request: message identifier is not specified");
        return false;
    }
    *out = room_find(call_room(call), call->bot->index, id);
    if (!*out || (*out)->deleted)
        call_fail(call, 400, "Bad Request: %s not found", what);
    return !call->done;
}
