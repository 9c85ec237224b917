/* The command menu by scope and language. Texts of errors: Client.cpp and td's BotCommand. */
#include "methods.h"

#include "commands.h"
#include "memory.h"
#include "sim.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/utf8.h"

#include <stdio.h>

enum {
    COMMANDS_MAX = 100,
    COMMAND_CHARS_MAX = 32,
    DESCRIPTION_CHARS_MAX = 256,
    COMMANDS_BYTES_MAX = 1 << 18
};

static bool scope_read(struct call *call, char *scope, char *language);
static bool scope_chat(struct call *call, const char *type, const cJSON *object, char *scope);
static bool command_append(struct call *call, const cJSON *item, struct buf *out);

void method_set_my_commands(struct call *call)
{
    char scope[COMMAND_SCOPE_SIZE];
    char language[COMMAND_LANGUAGE_SIZE];
    const cJSON *list = params_json(&call->params, "commands");
    if (!scope_read(call, scope, language))
        return;
    if (cJSON_GetArraySize(list) > COMMANDS_MAX) {
        call_fail(call, 400, "Bad Request: BOT_COMMANDS_TOO_MUCH");
        return;
    }
    struct buf json;
    buf_init(&json, COMMANDS_BYTES_MAX);
    buf_append_text(&json, "[");
    for (const cJSON *item = list->child; item && !call->done; item = item->next)
        if (!command_append(call, item, &json))
            break;
    buf_append_text(&json, "]");
    if (!call->done) {
        commands_put(&call->bot->commands, scope, language,
                     list->child ? memory_text(buf_slice(&json)) : NULL);
        call_true(call);
    }
    buf_deinit(&json);
}

void method_get_my_commands(struct call *call)
{
    char scope[COMMAND_SCOPE_SIZE];
    char language[COMMAND_LANGUAGE_SIZE];
    if (!scope_read(call, scope, language))
        return;
    const struct command_set *set = commands_find(call->bot->commands, scope, language);
    buf_append_text(call_begin(call), set ? set->json : "[]");
    call_finish(call);
}

void method_delete_my_commands(struct call *call)
{
    char scope[COMMAND_SCOPE_SIZE];
    char language[COMMAND_LANGUAGE_SIZE];
    if (!scope_read(call, scope, language))
        return;
    commands_put(&call->bot->commands, scope, language, NULL);
    call_true(call);
}

static bool scope_read(struct call *call, char *scope, char *language)
{
    static const char *const wide[] = {"default", "all_private_chats", "all_group_chats",
                                       "all_chat_administrators"};
    static const char *const narrow[] = {"chat", "chat_administrators", "chat_member"};
    const cJSON *object = params_json(&call->params, "scope");
    struct slice code = params_text(&call->params, "language_code");
    struct slice type = object ? json_string(json_member(object, "type")) : SLICE("default");
    size_t i = 0;
    if (code.len && (code.len != 2 || code.data[0] < 'a' || code.data[0] > 'z' ||
                     code.data[1] < 'a' || code.data[1] > 'z')) {
        call_fail(call, 400, "Bad Request: invalid language code specified");
        return false;
    }
    (void)slice_copy(code.data ? code : SLICE(""), language, COMMAND_LANGUAGE_SIZE);
    for (i = 0; i < sizeof(wide) / sizeof(*wide); i++)
        if (slice_is(type, wide[i]))
            return slice_copy(type, scope, COMMAND_SCOPE_SIZE);
    for (i = 0; i < sizeof(narrow) / sizeof(*narrow); i++)
        if (slice_is(type, narrow[i]))
            return scope_chat(call, narrow[i], object, scope);
    call_fail(call, 400, "Bad Request: can't parse BotCommandScope: %s",
              type.data ? "Unsupported type specified" : "Can't find field \"type\"");
    return false;
}

static bool scope_chat(struct call *call, const char *type, const cJSON *object, char *scope)
{
    const struct world *world = &call->sim->world;
    const cJSON *item = json_member(object, "chat_id");
    struct slice name = json_string(item);
    long long value = 0;
    int64_t id = 0;
    int64_t user_id = 0;
    if (name.len > 1 && name.data[0] == '@') {
        const struct chat *chat =
            world_chat_by_username(world, slice_of(name.data + 1, name.len - 1));
        id = chat ? chat->id : 0;
    } else if (!json_i64(item, &id) && slice_to_i64(name, &value)) {
        id = value;
    }
    bool member = strcmp(type, "chat_member") == 0;
    if (!item)
        call_fail(call, 400,
                  "Bad Request: can't parse BotCommandScope: Can't find field \"chat_id\"");
    else if (id > 0 ? !world_user(world, id) : !world_chat(world, id))
        call_fail(call, 400, "Bad Request: chat not found");
    else if (member && (!json_i64(json_member(object, "user_id"), &user_id) || user_id <= 0))
        call_fail(call, 400, "Bad Request: can't parse BotCommandScope: Invalid user_id specified");
    else if (member)
        snprintf(scope, COMMAND_SCOPE_SIZE, "%s %lld %lld", type, (long long)id,
                 (long long)user_id);
    else
        snprintf(scope, COMMAND_SCOPE_SIZE, "%s %lld", type, (long long)id);
    return !call->done;
}

/* A command may come with its slash. */
static bool command_append(struct call *call, const cJSON *item, struct buf *out)
{
    struct slice name = json_string(json_member(item, "command"));
    struct slice description = json_string(json_member(item, "description"));
    if (!name.data || !description.data) {
        call_fail(call, 400, "Bad Request: can't parse BotCommand: Can't find field \"%s\"",
                  name.data ? "description" : "command");
        return false;
    }
    if (name.len && name.data[0] == '/')
        name = slice_of(name.data + 1, name.len - 1);
    bool good = true;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
    }
    if (!name.len)
        call_fail(call, 400, "Bad Request: command must be non-empty");
    else if (name.len > COMMAND_CHARS_MAX)
        call_fail(call, 400, "Bad Request: command length must not exceed 32");
    else if (!description.len)
        call_fail(call, 400, "Bad Request: command description must be non-empty");
    else if (utf8_utf16_length(description) > DESCRIPTION_CHARS_MAX)
        call_fail(call, 400, "Bad Request: command description length must not exceed 256");
    else if (!good)
        call_fail(call, 400, "Bad Request: BOT_COMMAND_INVALID");
    if (call->done)
        return false;
    buf_append_text(out, out->len > 1 ? ",{\"command\":" : "{\"command\":");
    json_append_string(out, name);
    buf_append_text(out, ",\"description\":");
    json_append_string(out, description);
    buf_append_text(out, "}");
    return true;
}
