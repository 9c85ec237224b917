/* Changing, deleting, pinning messages, and reacting to them. Texts of errors: Client.cpp and td's
 * MessagesManager. */
#include "methods.h"

#include "keyboard.h"
#include "memory.h"
#include "send.h"
#include "sim.h"

#include "base/json.h"

#include <stdlib.h>

enum { DELETED_AT_ONCE_MAX = 100, EMOJI_BYTES_MAX = 32 };

static bool edit_begin(struct call *call, const char *required, const cJSON **markup,
                       struct message **message);
static void edit_end(struct call *call, struct message *message, char *keyboard);
static bool may_delete(const struct call *call, const struct message *message);
static bool may_pin(struct call *call);
static char *reaction_text(struct call *call, const cJSON *list);

void method_edit_message_text(struct call *call)
{
    struct message *message = NULL;
    const cJSON *markup = NULL;
    if (!edit_begin(call, "text", &markup, &message))
        return;
    struct slice text = params_text(&call->params, "text");
    if (message->document || message->extra) {
        call_fail(call, 400, "Bad Request: there is no text in the message to edit");
        return;
    }
    char *keyboard = keyboard_text(markup);
    if (slice_equal(slice_from(keyboard), slice_from(message->reply_markup)) &&
        slice_equal(text, slice_from(message->text))) {
        free(keyboard);
        call_fail(call, 400, "%s", not_modified);
        return;
    }
    free(message->text);
    message->text = memory_text(text);
    edit_end(call, message, keyboard);
}

void method_edit_message_reply_markup(struct call *call)
{
    struct message *message = NULL;
    const cJSON *markup = NULL;
    if (!edit_begin(call, NULL, &markup, &message))
        return;
    char *keyboard = keyboard_text(markup);
    if (slice_equal(slice_from(keyboard), slice_from(message->reply_markup))) {
        free(keyboard);
        call_fail(call, 400, "%s", not_modified);
        return;
    }
    edit_end(call, message, keyboard);
}

void method_delete_message(struct call *call)
{
    struct message *message = NULL;
    if (!call_chat(call, ACCESS_WRITE) || !send_named(call, "message to delete", &message))
        return;
    if (!may_delete(call, message)) {
        call_fail(call, 400, "Bad Request: message can't be deleted");
        return;
    }
    message->deleted = true;
    call_true(call);
}

/* What is not there, or may not be deleted, is skipped in silence. */
void method_delete_messages(struct call *call)
{
    const cJSON *ids = params_json(&call->params, "message_ids");
    if (!call_chat(call, ACCESS_WRITE))
        return;
    int count = cJSON_GetArraySize(ids);
    if (!count || count > DELETED_AT_ONCE_MAX) {
        call_fail(call, 400, "Bad Request: %s",
                  count ? "too many message identifiers specified"
                        : "message identifiers are not specified");
        return;
    }
    for (const cJSON *item = ids->child; item; item = item->next) {
        int64_t id = 0;
        struct message *message =
            json_i64(item, &id) ? send_find(call, call->chat, call->user, id) : NULL;
        if (message && may_delete(call, message))
            message->deleted = true;
    }
    call_true(call);
}

void method_pin_chat_message(struct call *call)
{
    struct message *message = NULL;
    if (!call_chat(call, ACCESS_WRITE) || !send_named(call, "message to pin", &message) ||
        !may_pin(call))
        return;
    message->pinned = true;
    call_true(call);
}

void method_unpin_chat_message(struct call *call)
{
    struct message *message = NULL;
    if (!call_chat(call, ACCESS_WRITE))
        return;
    if (params_find(&call->params, "message_id")) {
        if (!send_named(call, "message to unpin", &message))
            return;
    } else {
        message = call->user ? call->user->room.newest : call->chat->room.newest;
        while (message && (!message->pinned || message->deleted))
            message = message->older;
        if (!message) {
            call_fail(call, 400, "Bad Request: message to unpin not found");
            return;
        }
    }
    if (!may_pin(call))
        return;
    message->pinned = false;
    call_true(call);
}

void method_set_message_reaction(struct call *call)
{
    struct message *message = NULL;
    const cJSON *list = params_json(&call->params, "reaction");
    if (!call_chat(call, ACCESS_READ) || !send_named(call, "message to react", &message))
        return;
    char *reaction = list && list->child ? reaction_text(call, list) : NULL;
    if (call->done)
        return;
    free(message->reaction);
    message->reaction = reaction;
    call_true(call);
}

/* Finds the bot's message; required: a parameter that must be there, NULL: none. */
static bool edit_begin(struct call *call, const char *required, const cJSON **markup,
                       struct message **message)
{
    if (params_find(&call->params, "inline_message_id"))
        call_fail(call, 400, "Bad Request: inline messages are not simulated");
    else if (!params_find(&call->params, "chat_id"))
        call_fail(call, 400, "Bad Request: chat_id is empty");
    else if (required && !params_find(&call->params, required))
        call_fail(call, 400, "Bad Request: message text is empty");
    if (call->done || !call_chat(call, ACCESS_WRITE) ||
        (required && !send_text_fits(call, required, TEXT_CHARS_MAX)) ||
        !send_markup_fits(call, markup) || !send_named(call, "message to edit", message))
        return false;
    if ((*message)->from_user || (*message)->service || (*message)->bot != call->bot->index)
        call_fail(call, 400, "Bad Request: message can't be edited");
    return !call->done;
}

/* Takes over keyboard. */
static void edit_end(struct call *call, struct message *message, char *keyboard)
{
    free(message->reply_markup);
    message->reply_markup = keyboard;
    message->edited_ms = call->sim->now_ms;
    message->edits++;
    send_answer(call, message);
}

static bool may_delete(const struct call *call, const struct message *message)
{
    bool own = !message->from_user && message->bot == call->bot->index;
    return call->user || own ||
           place_may(&call->chat->places[call->bot->index], RIGHT_can_delete_messages);
}

static bool may_pin(struct call *call)
{
    const struct place *place = call->chat ? &call->chat->places[call->bot->index] : NULL;
    enum right right = call->chat && call->chat->type == CHAT_CHANNEL ? RIGHT_can_edit_messages
                                                                      : RIGHT_can_pin_messages;
    if (place && !place_may(place, right))
        call_fail(call, 400,
                  "Bad Request: not enough rights to manage pinned messages in the chat");
    return !call->done;
}

/* One emoji: what a bot without Premium may set. */
static char *reaction_text(struct call *call, const cJSON *list)
{
    struct slice type = json_string(json_member(list->child, "type"));
    struct slice emoji = json_string(json_member(list->child, "emoji"));
    if (!slice_is(type, "emoji") && !slice_is(type, "custom_emoji"))
        call_fail(call, 400,
                  "Bad Request: can't parse reaction type: invalid reaction type specified");
    else if (list->child->next)
        call_fail(call, 400, "Bad Request: REACTIONS_TOO_MANY");
    else if (!slice_is(type, "emoji") || !emoji.len || emoji.len > EMOJI_BYTES_MAX)
        call_fail(call, 400, "Bad Request: REACTION_INVALID");
    return call->done ? NULL : memory_text(emoji);
}
