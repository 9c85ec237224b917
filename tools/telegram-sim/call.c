#include "call.h"

#include "methods.h"
#include "sim.h"

#include "base/assert.h"
#include "base/encoding.h"
#include "base/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool path_split(struct slice path, char *token, size_t token_size, struct slice *method);
static void call_run(struct call *call, struct slice method);
static bool call_fault(struct call *call);
static int64_t call_chat_id(const struct call *call, const char *param);
static void digest_params(const struct http_request *request, char out[17]);
static bool call_place(struct call *call, const struct chat *chat, enum access access);

void call_serve(struct sim *sim, const struct http_request *request)
{
    struct call call = {.sim = sim};
    call.reply = (struct reply){.request_id = request->id,
                                .bot = BOTS_MAX,
                                .method = -1,
                                .at_ms = request->received_ms,
                                .arrived_us = request->received_us};
    char token[256];
    struct slice method = {0};
    if (!path_split(request->path, token, sizeof(token), &method)) {
        reply_error(sim, &call.reply, 404, "Not Found");
        return;
    }
    call.bot = world_bot_by_token(&sim->world, slice_from(token));
    if (!call.bot) {
        bool malformed = token[0] == '0' || strlen(token) > 80 || !strchr(token, ':');
        reply_error(sim, &call.reply, 401,
                    malformed ? "Unauthorized: invalid token specified" : "Unauthorized");
        return;
    }
    call.reply.bot = call.bot->index;
    if (sim->report.record)
        digest_params(request, call.reply.digest);
    char description[REPORT_WARNING_BYTES + 64];
    if (!params_read(request, &call.params, description, sizeof(description)))
        call_fail(&call, 400, "%s", description);
    else
        call_run(&call, method);
    params_deinit(&call.params);
}

void call_from_webhook(struct sim *sim, struct bot *bot, cJSON *object)
{
    struct call call = {.sim = sim, .bot = bot};
    call.reply = (struct reply){.mode = REPLY_DISCARD,
                                .bot = bot->index,
                                .method = -1,
                                .at_ms = sim->now_ms,
                                .arrived_us = sim->now_us};
    struct slice method = json_string(json_member(object, "method"));
    bool allowed = method.len && strncasecmp(method.data, "get", 3) != 0 &&
                   strcasecmp(method.data, "setWebhook") != 0 &&
                   strcasecmp(method.data, "deleteWebhook") != 0 &&
                   strcasecmp(method.data, "close") != 0 && strcasecmp(method.data, "logOut") != 0;
    if (params_from_json(object, &call.params) && allowed)
        call_run(&call, method);
    params_deinit(&call.params);
}

struct buf *call_begin(struct call *call)
{
    struct buf *out = &call->sim->out;
    buf_clear(out);
    buf_append_text(out, "{\"ok\":true,\"result\":");
    return out;
}

void call_finish(struct call *call)
{
    ASSERT(!call->done);
    struct buf *out = &call->sim->out;
    buf_append_text(out, "}");
    call->done = true;
    if (out->failed)
        reply_error(call->sim, &call->reply, 500, "Internal Server Error: answer too large");
    else
        reply_send(call->sim, &call->reply, 200, 0, buf_slice(out), NULL);
}

void call_true(struct call *call)
{
    buf_append_text(call_begin(call), "true");
    call_finish(call);
}

void call_fail(struct call *call, unsigned status, const char *format, ...)
{
    ASSERT(!call->done);
    char description[512];
    va_list args;
    va_start(args, format);
    vsnprintf(description, sizeof(description), format, args);
    va_end(args);
    call->done = true;
    reply_error(call->sim, &call->reply, status, description);
}

bool call_chat(struct call *call, enum access access)
{
    return call_chat_named(call, "chat_id", access, &call->chat, &call->user);
}

bool call_chat_named(struct call *call, const char *param, enum access access, struct chat **chat,
                     struct user **user)
{
    struct world *world = &call->sim->world;
    int64_t id = call_chat_id(call, param);
    if (id > 0) {
        *user = world_user(world, id);
        if (!*user)
            call_fail(call, 400, "Bad Request: chat not found");
        else if ((*user)->deactivated && access == ACCESS_WRITE)
            call_fail(call, 403, "Forbidden: user is deactivated");
        return !call->done;
    }
    *chat = world_chat(world, id);
    if (!*chat) {
        call_fail(call, 400, "Bad Request: chat not found");
        return false;
    }
    return call_place(call, *chat, access);
}

bool call_chat_right(struct call *call, enum right right, const char *refusal)
{
    if (!call_chat(call, ACCESS_WRITE))
        return false;
    if (!call->chat)
        call_fail(call, 400, "Bad Request: method is not available in private chats");
    else if (!place_may(&call->chat->places[call->bot->index], right))
        call_fail(call, 400, "%s", refusal);
    return !call->done;
}

/* "/bot<token>/<method>", the token possibly percent-encoded. */
static bool path_split(struct slice path, char *token, size_t token_size, struct slice *method)
{
    size_t at = 4;
    size_t len = 0;
    while (at < path.len && path.data[at] != '/') {
        char c = path.data[at];
        if (c == '%' && at + 2 < path.len) {
            uint8_t byte = 0;
            size_t decoded = 0;
            if (!hex_decode(slice_of(path.data + at + 1, 2), &byte, 1, &decoded) || !byte)
                return false;
            c = (char)byte;
            at += 2;
        }
        if (len + 1 == token_size)
            return false;
        token[len++] = c;
        at++;
    }
    token[len] = '\0';
    if (at >= path.len)
        return false;
    *method = slice_of(path.data + at + 1, path.len - at - 1);
    return true;
}

/* Everything between the parameters and the answer. */
static void call_run(struct call *call, struct slice method)
{
    struct sim *sim = call->sim;
    call->method = api_find(method);
    if (!call->method) {
        call_fail(call, 404, "Not Found: method not found");
        return;
    }
    call->reply.method = call->method->index;
    if (call->method->names_chat)
        call->reply.chat_id = call_chat_id(call, "chat_id");
    if (call->reply.chat_id) {
        bool message = call->method->messages || (call->method->edits && call->reply.chat_id < 0);
        uint32_t wait_s = limits_admit(sim, call->bot->index, call->method->index,
                                       call->reply.chat_id, message, call->reply.arrived_us);
        if (wait_s) {
            reply_flood(sim, &call->reply, wait_s);
            return;
        }
    }
    char description[512];
    if (!api_check(sim, call->method, &call->params, description, sizeof(description))) {
        call_fail(call, 400, "%s", description);
        return;
    }
    if (!call_fault(call))
        return;
    method_fn *run = method_find(call->method);
    if (!run) {
        sim->report.not_simulated[call->method->index]++;
        call_fail(call, 400, "Bad Request: %s is not simulated", call->method->name);
        return;
    }
    run(call);
    ASSERT(call->done);
}

/* False when a fault has answered the call. */
static bool call_fault(struct call *call)
{
    struct sim *sim = call->sim;
    const struct fault *fault = faults_draw(sim, call->method->name, call->reply.chat_id);
    if (!fault)
        return true;
    switch (fault->kind) {
    case FAULT_http_500:
        reply_error(sim, &call->reply, 500, "Internal Server Error");
        return false;
    case FAULT_http_502:
        reply_send(sim, &call->reply, 502, 0,
                   SLICE("<html><head><title>502 Bad Gateway</title></head><body>"
                         "<h1>502 Bad Gateway</h1></body></html>"),
                   "502 Bad Gateway");
        return false;
    case FAULT_drop_before:
        call->reply.mode = REPLY_DROP;
        reply_error(sim, &call->reply, 500, "dropped before it took effect");
        return false;
    case FAULT_flood_429:
        /* A call without a chat, such as getUpdates, freezes nobody else unless the fault says so.
         */
        if (fault->whole_bot || call->reply.chat_id)
            limits_freeze(sim, call->bot->index, fault->whole_bot ? 0 : call->reply.chat_id,
                          fault->retry_after_s);
        reply_flood(sim, &call->reply, fault->retry_after_s);
        return false;
    case FAULT_timeout_after_effect:
        call->reply.mode = REPLY_NEVER;
        break;
    case FAULT_drop_after:
        call->reply.mode = REPLY_DROP;
        break;
    case FAULT_slow:
        call->reply.mode = REPLY_SLOW;
        break;
    case FAULT_COUNT:
        break;
    }
    ASSERT(fault->kind < FAULT_COUNT);
    call->reply.delay_ms = fault->delay_ms;
    return true;
}

/* The chat that the call names, 0 when it names none that can exist. */
static int64_t call_chat_id(const struct call *call, const char *param)
{
    int64_t id = 0;
    if (params_i64(&call->params, param, &id))
        return id > -(1LL << 52) && id < (1LL << 52) ? id : 0;
    struct slice text = params_text(&call->params, param);
    if (text.len < 2 || text.data[0] != '@')
        return 0;
    const struct chat *chat =
        world_chat_by_username(&call->sim->world, slice_of(text.data + 1, text.len - 1));
    return chat ? chat->id : 0;
}

static void digest_params(const struct http_request *request, char out[17])
{
    uint8_t digest[32];
    sha256(request->body.len ? request->body : request->query, digest);
    hex_encode(digest, 8, out, 17);
}

/* May the bot act in the chat? Client.cpp, check_chat_access. */
static bool call_place(struct call *call, const struct chat *chat, enum access access)
{
    const struct place *place = &chat->places[call->bot->index];
    const char *type = chat_type_name(chat->type);
    if (chat->migrated_to) {
        if (access == ACCESS_READ)
            return true;
        struct buf *out = &call->sim->out;
        static const char description[] =
            "Bad Request: group chat was upgraded to a supergroup chat";
        buf_clear(out);
        buf_printf(out,
                   "{\"ok\":false,\"error_code\":400,\"description\":\"%s\",\"parameters\":{"
                   "\"migrate_to_chat_id\":%lld}}",
                   description, (long long)chat->migrated_to);
        call->done = true;
        reply_send(call->sim, &call->reply, 400, 0, buf_slice(out), description);
        return false;
    }
    if (place->status == MEMBER_KICKED)
        call_fail(call, 403, "Forbidden: bot was kicked from the %s chat", type);
    else if (!place_is_in(place) && !(access == ACCESS_READ && chat->username[0]))
        call_fail(call, 403, "Forbidden: bot is not a member of the %s chat", type);
    return !call->done;
}
