#include "control.h"

#include <stdarg.h>
#include <stdio.h>

enum { CONTROL_JSON_BYTES = 8 << 20, CONTROL_JSON_DEPTH = 8, SHUTDOWN_MS = 50 };

static control_fn control_report, control_faults, control_faults_list, control_faults_clear,
    control_reset, control_shutdown;

/* "{id}" stands for an integer. */
static const struct {
    const char *method;
    const char *path;
    control_fn *run;
} table[] = {
    {"POST", "/sim/users", control_users},
    {"POST", "/sim/user/{id}/start", control_user_start},
    {"POST", "/sim/user/{id}/message", control_user_message},
    {"POST", "/sim/user/{id}/press", control_user_press},
    {"POST", "/sim/user/{id}/say", control_user_say},
    {"POST", "/sim/user/{id}/edit", control_user_edit},
    {"POST", "/sim/user/{id}/react", control_user_react},
    {"POST", "/sim/user/{id}/pay", control_user_pay},
    {"POST", "/sim/user/{id}/renew", control_user_renew},
    {"POST", "/sim/user/{id}/block", control_user_block},
    {"POST", "/sim/user/{id}/unblock", control_user_unblock},
    {"POST", "/sim/user/{id}/deactivate", control_user_deactivate},
    {"POST", "/sim/user/{id}/follow", control_user_follow},
    {"POST", "/sim/user/{id}/join", control_user_join},
    {"POST", "/sim/user/{id}/leave", control_user_leave},
    {"POST", "/sim/faults", control_faults},
    {"GET", "/sim/faults", control_faults_list},
    {"POST", "/sim/faults/clear", control_faults_clear},
    {"GET", "/sim/report", control_report},
    {"GET", "/sim/messages", control_messages},
    {"GET", "/sim/answers", control_answers},
    {"GET", "/sim/commands", control_commands},
    {"GET", "/sim/payments", control_payments},
    {"POST", "/sim/dates", control_dates},
    {"POST", "/sim/chat/{id}/member", control_chat_member},
    {"POST", "/sim/chat/{id}/forum", control_chat_forum},
    {"GET", "/sim/chat/{id}/topics", control_chat_topics},
    {"GET", "/sim/chat/{id}/members", control_chat_members},
    {"POST", "/sim/chat/{id}/rights", control_chat_rights},
    {"POST", "/sim/chat/{id}/migrate", control_chat_migrate},
    {"POST", "/sim/reset", control_reset},
    {"POST", "/sim/shutdown", control_shutdown},
};

static bool path_matches(const char *pattern, struct slice path, int64_t *id);
static control_fn *control_find(const struct http_request *request, int64_t *id, bool *path_known);
static void shutdown_run(struct sim *sim, const struct timer *timer);

void control_serve(struct sim *sim, const struct http_request *request)
{
    struct control control = {.sim = sim, .status = 200, .query = request->query};
    bool path_known = false;
    cJSON *body = NULL;
    struct slice text = request->body.len ? request->body : SLICE("{}");
    control_fn *run = control_find(request, &control.id, &path_known);
    struct http_answer answer = {.content_type = "application/json"};
    buf_clear(&sim->out);
    if (!run)
        control_refuse(&control, path_known ? 405 : 404, "no such request of the control API");
    else if (json_parse(text, CONTROL_JSON_BYTES, CONTROL_JSON_DEPTH, &body, &control.why))
        control.status = 400;
    else if (!cJSON_IsObject(body))
        control_refuse(&control, 400, "the body is a JSON object");
    if (control.status == 200) {
        control.body = body;
        run(&control);
    }
    if (control.status == 200 && sim->out.failed)
        control_refuse(&control, 500, "the answer is too large");
    if (control.status != 200) {
        buf_clear(&sim->out);
        buf_append_text(&sim->out, "{\"ok\":false,\"error\":");
        json_append_string(&sim->out, slice_from(control.why.text));
        buf_append_text(&sim->out, "}");
    } else if (!sim->out.len) {
        buf_append_text(&sim->out, "{\"ok\":true}");
    }
    answer.status = control.status;
    answer.allow = control.status == 405 ? "GET, POST" : NULL;
    answer.body = buf_slice(&sim->out);
    http_server_answer(sim->server, request->id, &answer);
    json_free(&body);
}

void control_refuse(struct control *control, unsigned status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(control->why.text, sizeof(control->why.text), format, args);
    va_end(args);
    control->status = status;
}

struct bot *control_bot(struct control *control)
{
    const cJSON *name = json_member(control->body, "bot");
    struct bot *bot = name && !cJSON_IsString(name)
                          ? NULL
                          : world_bot_by_name(&control->sim->world, json_string(name));
    if (!bot)
        control_refuse(control, 404, "no such bot; bot is a username");
    return bot;
}

struct user *control_user(struct control *control)
{
    if (control->id <= 0 || control->id >= INT64_C(1) << 52) {
        control_refuse(control, 400, "a user's id is a positive integer");
        return NULL;
    }
    return world_user_make(&control->sim->world, control->id);
}

struct chat *control_chat(struct control *control, int64_t id)
{
    struct chat *chat = world_chat(&control->sim->world, id);
    if (!chat)
        control_refuse(control, 404, "no chat %lld", (long long)id);
    return chat;
}

bool control_query_i64(struct control *control, const char *key, int64_t *out)
{
    struct slice query = control->query;
    size_t len = strlen(key);
    long long value = 0;
    *out = 0;
    if (!query.len)
        return true;
    if (query.len <= len + 1 || memcmp(query.data, key, len) != 0 || query.data[len] != '=' ||
        !slice_to_i64(slice_of(query.data + len + 1, query.len - len - 1), &value)) {
        control_refuse(control, 400, "the query is %s=ID", key);
        return false;
    }
    *out = value;
    return true;
}

bool control_i64(struct control *control, const cJSON *object, const char *key, int64_t usual,
                 int64_t least, int64_t most, int64_t *out)
{
    const cJSON *item = json_member(object, key);
    *out = usual;
    if ((!item || json_i64(item, out)) && *out >= least && *out <= most)
        return true;
    control_refuse(control, 400, "%s is an integer from %lld to %lld", key, (long long)least,
                   (long long)most);
    return false;
}

static void control_report(struct control *control)
{
    struct slice query = control->query;
    report_render(control->sim, !slice_is(query, "users=0"), &control->sim->out);
}

static void control_faults(struct control *control)
{
    if (faults_add(&control->sim->faults, control->body, &control->why))
        control->status = 400;
}

static void control_faults_list(struct control *control)
{
    buf_append_text(&control->sim->out, "{\"ok\":true,\"faults\":");
    faults_render(&control->sim->faults, &control->sim->out);
    buf_append_text(&control->sim->out, "}");
}

/* The last word on how often each fired is the answer: nothing can happen in between. */
static void control_faults_clear(struct control *control)
{
    control_faults_list(control);
    control->sim->faults.count = 0;
}

static void control_reset(struct control *control)
{
    struct sim *sim = control->sim;
    sim_close(sim);
    if (sim_open(sim, &control->why))
        control->status = 500;
    report_reset(&sim->report, sim->now_ms);
    buf_clear(&sim->out);
}

/* The answer has to leave before the server stops. */
static void control_shutdown(struct control *control)
{
    struct sim *sim = control->sim;
    timers_add(&sim->timers,
               (struct timer){.due_us = sim->now_us + SHUTDOWN_MS * 1000, .run = shutdown_run});
}

static void shutdown_run(struct sim *sim, const struct timer *timer)
{
    (void)timer;
    sim->stop = true;
}

static control_fn *control_find(const struct http_request *request, int64_t *id, bool *path_known)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        if (!path_matches(table[i].path, request->path, id))
            continue;
        *path_known = true;
        if (slice_is(request->method, table[i].method))
            return table[i].run;
    }
    return NULL;
}

static bool path_matches(const char *pattern, struct slice path, int64_t *id)
{
    static const char hole[] = "{id}";
    const char *at = strstr(pattern, hole);
    if (!at)
        return slice_is(path, pattern);
    size_t before = (size_t)(at - pattern);
    struct slice after = slice_from(at + sizeof(hole) - 1);
    if (path.len <= before + after.len || memcmp(path.data, pattern, before) != 0 ||
        memcmp(path.data + path.len - after.len, after.data, after.len) != 0)
        return false;
    long long value = 0;
    if (!slice_to_i64(slice_of(path.data + before, path.len - before - after.len), &value))
        return false;
    *id = value;
    return true;
}
