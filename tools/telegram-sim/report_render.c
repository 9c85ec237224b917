/* The report as JSON. docs/SIMULATOR.md says what the fields mean. */
#include "report.h"

#include "sim.h"
#include "validate.h"

#include "base/json.h"

static const char *const result_names[] = {
#define RESULT(name) #name,
    RESULT_LIST(RESULT)
#undef RESULT
};

static void render_settings(const struct sim *sim, struct buf *out);
static void render_calls(const struct sim *sim, struct buf *out);
static void render_errors(const struct sim *sim, struct buf *out);
static void render_violations(const struct sim *sim, struct buf *out);
static void render_warnings(const struct sim *sim, struct buf *out);
static void render_peaks(const struct sim *sim, struct buf *out);
static void render_follows(const struct sim *sim, struct buf *out);
static void render_bots(const struct sim *sim, struct buf *out);
static void render_chats(const struct sim *sim, struct buf *out);
static void render_links(const struct sim *sim, struct buf *out);
static void render_users(const struct sim *sim, bool messages, struct buf *out);
static void render_user_messages(const struct sim *sim, const struct user *user, struct buf *out);
static const char *method_text(int32_t method);

void report_render(struct sim *sim, bool users, struct buf *out)
{
    buf_append_text(out, "{\"ok\":true");
    render_settings(sim, out);
    render_calls(sim, out);
    render_errors(sim, out);
    render_violations(sim, out);
    render_warnings(sim, out);
    render_peaks(sim, out);
    buf_append_text(out, ",\"faults\":");
    faults_render(&sim->faults, out);
    render_follows(sim, out);
    render_bots(sim, out);
    render_chats(sim, out);
    render_links(sim, out);
    render_users(sim, users, out);
    buf_append_text(out, "}");
}

void report_render_members(const struct chat *chat, struct buf *out)
{
    bool first = true;
    buf_append_text(out, ",\"members\":[");
    for (size_t i = 0; i < chat->members.count; i++) {
        const struct member *member = chat->members.entries[i].value;
        if (!member_is_in(member))
            continue;
        buf_printf(out, "%s{\"user_id\":%lld,\"status\":\"%s\",\"joined_ms\":%llu,\"stranger\":%s",
                   first ? "" : ",", (long long)member->user->id,
                   member_status_name(member->status), (unsigned long long)member->joined_ms,
                   member->user->stranger ? "true" : "false");
        if (member->link)
            buf_printf(out, ",\"invite_link\":\"%s\"", member->link->url);
        buf_append_text(out, "}");
        first = false;
    }
    buf_append_text(out, "],\"pending\":[");
    first = true;
    for (size_t i = 0; i < chat->members.count; i++) {
        const struct member *member = chat->members.entries[i].value;
        if (!member->requested)
            continue;
        buf_printf(out, "%s{\"user_id\":%lld,\"requested_ms\":%llu,\"stranger\":%s}",
                   first ? "" : ",", (long long)member->user->id,
                   (unsigned long long)member->requested_ms,
                   member->user->stranger ? "true" : "false");
        first = false;
    }
    buf_append_text(out, "],\"banned\":[");
    first = true;
    for (size_t i = 0; i < chat->members.count; i++) {
        const struct member *member = chat->members.entries[i].value;
        if (member->status != MEMBER_KICKED)
            continue;
        buf_printf(out, "%s%lld", first ? "" : ",", (long long)member->user->id);
        first = false;
    }
    buf_append_text(out, "]");
}

static void render_settings(const struct sim *sim, struct buf *out)
{
    const struct limit_options *limits = &sim->options.limits;
    buf_printf(out,
               ",\"time_scale\":%g,\"seed\":%llu,\"started_ms\":%llu,\"now_ms\":%llu,\"limits\":{"
               "\"mode\":\"%s\",\"per_second\":%u,\"per_chat_per_second\":%u,"
               "\"per_group_per_minute\":%u}",
               sim->options.time_scale, (unsigned long long)sim->options.seed,
               (unsigned long long)sim->report.started_ms, (unsigned long long)sim->now_ms,
               limits->enforce ? "enforce" : "observe", limits->per_second,
               limits->per_chat_per_second, limits->per_group_per_minute);
}

static void render_calls(const struct sim *sim, struct buf *out)
{
    buf_printf(out, ",\"call_count\":%llu,\"calls\":{", (unsigned long long)sim->report.total);
    bool first_method = true;
    for (size_t i = 0; i <= api_count(); i++) {
        bool first = true;
        for (size_t result = 0; result < RESULT_COUNT; result++) {
            uint64_t count = sim->report.calls[i][result];
            if (!count)
                continue;
            if (first)
                buf_printf(out, "%s\"%s\":{", first_method ? "" : ",",
                           i < api_count() ? api_at(i)->name : "unknown");
            buf_printf(out, "%s\"%s\":%llu", first ? "" : ",", result_names[result],
                       (unsigned long long)count);
            first = false;
        }
        if (!first) {
            buf_append_text(out, "}");
            first_method = false;
        }
    }
    buf_append_text(out, "},\"not_simulated\":{");
    first_method = true;
    for (size_t i = 0; i < api_count(); i++)
        if (sim->report.not_simulated[i]) {
            buf_printf(out, "%s\"%s\":%llu", first_method ? "" : ",", api_at(i)->name,
                       (unsigned long long)sim->report.not_simulated[i]);
            first_method = false;
        }
    buf_append_text(out, "}");
}

static void render_errors(const struct sim *sim, struct buf *out)
{
    buf_append_text(out, ",\"errors\":[");
    for (size_t i = 0; i < sim->report.failure_count; i++) {
        const struct failure *failure = &sim->report.failures[i];
        buf_printf(
            out, "%s{\"method\":\"%s\",\"code\":%u,\"count\":%llu,\"description\":", i ? "," : "",
            method_text(failure->method), failure->status, (unsigned long long)failure->count);
        json_append_string(out, slice_from(failure->description));
        buf_append_text(out, "}");
    }
    buf_append_text(out, "]");
}

static void render_violations(const struct sim *sim, struct buf *out)
{
    const struct report *report = &sim->report;
    buf_printf(out, ",\"violation_count\":%llu,\"violations_by_window\":{",
               (unsigned long long)report->violation_count);
    for (uint32_t limit = 0; limit < LIMIT_COUNT; limit++)
        buf_printf(out, "%s\"%s\":%llu", limit ? "," : "", limit_name((enum limit)limit),
                   (unsigned long long)report->violations_by[limit]);
    buf_append_text(out, "},\"violations\":[");
    for (size_t i = 0; i < report->violation_count && i < REPORT_VIOLATIONS_MAX; i++) {
        const struct violation *violation = &report->violations[i];
        buf_printf(out,
                   "%s{\"at_ms\":%llu,\"bot\":\"%s\",\"method\":\"%s\",\"chat_id\":%lld,"
                   "\"window\":\"%s\",\"count\":%u,\"limit\":%u,\"retry_after\":%u}",
                   i ? "," : "", (unsigned long long)violation->at_ms,
                   sim->world.bots[violation->bot].username, method_text(violation->method),
                   (long long)violation->chat_id, limit_name(violation->limit), violation->count,
                   violation->max, violation->retry_after_s);
    }
    buf_append_text(out, "]");
}

static void render_warnings(const struct sim *sim, struct buf *out)
{
    const struct report *report = &sim->report;
    buf_printf(out, ",\"warning_count\":%llu,\"warnings\":[",
               (unsigned long long)report->warning_count);
    for (size_t i = 0; i < report->warnings_kept; i++) {
        const struct warning *warning = &report->warnings[i];
        buf_printf(out,
                   "%s{\"at_ms\":%llu,\"method\":\"%s\",\"count\":%llu,\"text\":", i ? "," : "",
                   (unsigned long long)warning->at_ms, method_text(warning->method),
                   (unsigned long long)warning->count);
        json_append_string(out, slice_from(warning->text));
        buf_append_text(out, "}");
    }
    buf_append_text(out, "]");
}

static void render_peaks(const struct sim *sim, struct buf *out)
{
    buf_append_text(out, ",\"peaks\":{");
    for (uint32_t i = 0; i < sim->world.bot_count; i++) {
        buf_printf(out, "%s\"%s\":{", i ? "," : "", sim->world.bots[i].username);
        for (uint32_t limit = 0; limit < LIMIT_RETRY_AFTER; limit++) {
            int64_t chat_id = 0;
            uint32_t peak = limits_peak(&sim->limits, (enum limit)limit, i, &chat_id);
            buf_printf(out, "%s\"%s\":{\"count\":%u", limit ? "," : "",
                       limit_name((enum limit)limit), peak);
            if (chat_id)
                buf_printf(out, ",\"chat_id\":%lld", (long long)chat_id);
            buf_append_text(out, "}");
        }
        buf_append_text(out, "}");
    }
    buf_append_text(out, "}");
}

static void render_follows(const struct sim *sim, struct buf *out)
{
    for (size_t strangers = 0; strangers < 2; strangers++) {
        buf_printf(out, ",\"%s\":{", strangers ? "follows_of_strangers" : "follows");
        for (uint32_t follow = 0; follow < FOLLOW_COUNT; follow++)
            buf_printf(out, "%s\"%s\":%llu", follow ? "," : "", follow_name((enum follow)follow),
                       (unsigned long long)sim->report.follows[strangers][follow]);
        buf_append_text(out, "}");
    }
}

static void render_bots(const struct sim *sim, struct buf *out)
{
    buf_printf(out, ",\"webhook_sent\":%llu,\"webhook_failed\":%llu,\"bots\":[",
               (unsigned long long)sim->report.webhook_sent,
               (unsigned long long)sim->report.webhook_failed);
    for (uint32_t i = 0; i < sim->world.bot_count; i++) {
        const struct bot *bot = &sim->world.bots[i];
        buf_printf(out,
                   "%s{\"id\":%lld,\"username\":\"%s\",\"updates\":{\"created\":%llu,"
                   "\"confirmed\":%llu,\"expired\":%llu,\"pending\":%zu},\"webhook\":%s}",
                   i ? "," : "", (long long)bot->id, bot->username,
                   (unsigned long long)bot->updates.created,
                   (unsigned long long)bot->updates.confirmed,
                   (unsigned long long)bot->updates.expired, updates_pending(&bot->updates),
                   bot->updates.webhook ? "true" : "false");
    }
    buf_append_text(out, "]");
}

static void render_chats(const struct sim *sim, struct buf *out)
{
    buf_append_text(out, ",\"chats\":[");
    bool first = true;
    for (size_t i = 0; i < sim->world.chats.count; i++) {
        const struct chat *chat = sim->world.chats.entries[i].value;
        buf_printf(out, "%s{\"id\":%lld,\"type\":\"%s\",\"title\":", first ? "" : ",",
                   (long long)chat->id, chat_type_name(chat->type));
        json_append_string(out, slice_from(chat->title));
        if (chat->migrated_to)
            buf_printf(out, ",\"migrated_to\":%lld", (long long)chat->migrated_to);
        buf_printf(out, ",\"member_count\":%u", chat->member_count);
        report_render_members(chat, out);
        buf_append_text(out, "}");
        first = false;
    }
    buf_append_text(out, "]");
}

static void render_links(const struct sim *sim, struct buf *out)
{
    buf_append_text(out, ",\"links\":[");
    for (size_t i = 0; i < sim->world.links.count; i++) {
        const struct link *link = sim->world.links.entries[i].value;
        buf_printf(out,
                   "%s{\"invite_link\":\"%s\",\"chat_id\":%lld,\"bot\":\"%s\",\"created_ms\":%llu,"
                   "\"creates_join_request\":%s,\"member_limit\":%u,\"expire_date\":%lld,"
                   "\"is_primary\":%s,\"is_revoked\":%s,\"members\":%u,\"joined\":%u,"
                   "\"pending\":%u,\"name\":",
                   i ? "," : "", link->url, (long long)link->chat->id,
                   sim->world.bots[link->creator].username, (unsigned long long)link->created_ms,
                   link->creates_join_request ? "true" : "false", link->member_limit,
                   (long long)link->expire_date, link->primary ? "true" : "false",
                   link->revoked ? "true" : "false", link->members, link->joined, link->pending);
        json_append_string(out, slice_from(link->name));
        buf_append_text(out, "}");
    }
    buf_append_text(out, "]");
}

static void render_users(const struct sim *sim, bool messages, struct buf *out)
{
    size_t started = 0;
    size_t blocked = 0;
    for (size_t i = 0; i < sim->world.users.count; i++) {
        const struct user *user = sim->world.users.entries[i].value;
        started += user->started != 0;
        blocked += user->blocked != 0;
    }
    buf_printf(out,
               ",\"user_count\":%zu,\"users_started\":%zu,\"users_blocked\":%zu,"
               "\"messages_kept\":%u,\"messages_forgotten\":%llu",
               sim->world.users.count, started, blocked, sim->world.kept.count,
               (unsigned long long)sim->world.kept.forgotten);
    if (!messages)
        return;
    buf_append_text(out, ",\"users\":{");
    bool first = true;
    for (size_t i = 0; i < sim->world.users.count; i++) {
        const struct user *user = sim->world.users.entries[i].value;
        if (!user->messages)
            continue;
        buf_printf(out, "%s\"%lld\":", first ? "" : ",", (long long)user->id);
        render_user_messages(sim, user, out);
        first = false;
    }
    buf_append_text(out, "}");
}

static void render_user_messages(const struct sim *sim, const struct user *user, struct buf *out)
{
    buf_printf(out, "{\"message_count\":%u,\"first_message_ms\":%llu,\"messages\":[",
               user->messages, (unsigned long long)user->first_message_ms);
    bool first = true;
    for (const struct message *message = user->room.oldest; message; message = message->newer) {
        if (message->from_user)
            continue;
        buf_printf(out, "%s{\"message_id\":%lld,\"bot\":\"%s\",\"at_ms\":%llu}", first ? "" : ",",
                   (long long)message->id, sim->world.bots[message->bot].username,
                   (unsigned long long)message->at_ms);
        first = false;
    }
    buf_append_text(out, "]}");
}

static const char *method_text(int32_t method)
{
    return method < 0 ? "unknown" : api_at((size_t)method)->name;
}
