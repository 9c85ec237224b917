/* The Bot API: what becomes of a call. */
#include "base/assert.h"
#include "tests/sim/auditor.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram_state.h"
#include "tests/sim/terms.h"
#include "tests/sim/usher.h"
#include "tests/sim/weather.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINKS_MAX = 100, CALL_TIMEOUT_MS = 15000, ANSWER_MAX = 512 };

enum fate { FATE_SERVED, FATE_FAILED, FATE_SERVED_AND_FAILED, FATE_FLOOD, FATE_IN_DOUBT };

struct flight {
    size_t bot;
    uint64_t epoch, token;
    enum fate fate;
    uint64_t answer_ms;
    int failure;
    unsigned status;
    uint32_t retry_after_s;
    int64_t chat_id; /* whom a message is for, else 0 */
    char body[ANSWER_MAX];
    char method[32];
    char params[]; /* as text */
};

/* What no limit counts. */
static const char free_method[] = "answerCallbackQuery";

typedef void serve_fn(struct sim *sim, struct flight *flight, const cJSON *params);
static serve_fn send_message, edit_message, answer_callback, create_topic, approve, decline, unban,
    create_link, revoke_link;

static const struct {
    const char *name;
    serve_fn *serve;
} methods[] = {
    {"sendMessage", send_message},
    {"editMessageText", edit_message},
    {"createForumTopic", create_topic},
    {free_method, answer_callback},
    {"approveChatJoinRequest", approve},
    {"declineChatJoinRequest", decline},
    {"unbanChatMember", unban},
    {"createChatInviteLink", create_link},
    {"revokeChatInviteLink", revoke_link},
};

static void serve(struct sim *sim, struct event *event);
static void answer(struct sim *sim, struct event *event);
static void count_call(struct sim *sim, struct flight *flight, const cJSON *params);
static void refuse(struct flight *flight, unsigned code, const char *description);
static bool to_staff(const cJSON *params);
static void read_message(struct sim *sim, struct flight *flight, uint64_t user,
                         const cJSON *params);
static bool find_group(struct sim *sim, struct flight *flight, const cJSON *params, size_t *group);
static bool find_user(struct sim *sim, const cJSON *id, uint64_t *user);
static bool link_of(struct sim *sim, const char *text, uint64_t *link);

void telegram_call(struct sim *sim, size_t bot, uint64_t epoch, uint64_t token, const char *method,
                   struct slice params)
{
    const struct weather *weather = &sim->weather;
    struct flight *flight = calloc(1, sizeof *flight + params.len + 1);
    ASSERT(flight != NULL);
    flight->bot = bot;
    flight->epoch = epoch;
    flight->token = token;
    flight->status = 200;
    snprintf(flight->method, sizeof flight->method, "%s", method);
    if (sim_fault(sim, weather->not_sent)) {
        flight->failure = 1;
        sim_at(sim, sim->now_ms + sim_below(sim, 100), answer)->bytes = (char *)flight;
        return;
    }
    uint64_t latency_ms = 1 + sim_below(sim, weather->latency_max_ms);
    /* No longer than the server may hold a call. */
    if (sim_fault(sim, weather->slow))
        latency_ms += sim_below(sim, 8000);
    flight->answer_ms = sim->now_ms + latency_ms;
    memcpy(flight->params, params.data, params.len);
    if (sim_fault(sim, weather->failed))
        flight->fate = sim_chance(sim, 3000) ? FATE_SERVED_AND_FAILED : FATE_FAILED;
    else if (sim_fault(sim, weather->flood))
        flight->fate = FATE_FLOOD;
    else if (sim_fault(sim, weather->in_doubt))
        flight->fate = FATE_IN_DOUBT;
    if (flight->fate == FATE_IN_DOUBT && sim_chance(sim, 5000))
        flight->answer_ms = sim->now_ms + CALL_TIMEOUT_MS;
    sim_at(sim, sim->now_ms + 1 + sim_below(sim, latency_ms), serve)->bytes = (char *)flight;
}

/* The server counts the call, and does it. */
static void serve(struct sim *sim, struct event *event)
{
    struct flight *flight = (struct flight *)(void *)event->bytes;
    event->bytes = NULL; /* the flight goes on to its answer */
    cJSON *params = cJSON_Parse(flight->params);
    CHECK(sim, params != NULL, "%s is called with what is no JSON: %s", flight->method,
          flight->params);
    sim->telegram->calls++;
    sim_note(sim, &sim->now_ms, sizeof sim->now_ms);
    sim_note(sim, flight->method, strlen(flight->method));
    sim_note(sim, flight->params, strlen(flight->params));
    count_call(sim, flight, params);
    size_t i = 0;
    while (i < sizeof methods / sizeof methods[0] && strcmp(methods[i].name, flight->method) != 0)
        i++;
    CHECK(sim, i < sizeof methods / sizeof methods[0], "unknown method %s", flight->method);
    if (flight->fate == FATE_FAILED) {
        refuse(flight, 502, "Bad Gateway");
    } else if (flight->fate == FATE_FLOOD) {
        flight->retry_after_s = 1 + (uint32_t)sim_below(sim, sim_chance(sim, 5000) ? 10 : 300);
        weather_flooded(sim);
        refuse(flight, 429, "Too Many Requests");
        snprintf(flight->body, sizeof flight->body,
                 "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests\","
                 "\"parameters\":{\"retry_after\":%" PRIu32 "}}",
                 flight->retry_after_s);
    } else {
        snprintf(flight->body, sizeof flight->body, "{\"ok\":true,\"result\":true}");
        methods[i].serve(sim, flight, params);
    }
    if (sim->options.trace)
        printf("- %" PRIu64 ".%03" PRIu64 " %s %s => %u %.80s (fate %d)\n",
               (sim->now_ms - sim->start_ms) / 1000, (sim->now_ms - sim->start_ms) % 1000,
               flight->method, flight->params, flight->status, flight->body, (int)flight->fate);
    if (flight->fate == FATE_SERVED_AND_FAILED)
        refuse(flight, 504, "Gateway Timeout");
    if (flight->fate == FATE_IN_DOUBT)
        flight->failure = 2;
    cJSON_Delete(params);
    sim_at(sim, flight->answer_ms, answer)->bytes = (char *)flight;
}

static void answer(struct sim *sim, struct event *event)
{
    struct flight *flight = (struct flight *)(void *)event->bytes;
    bool free = strcmp(flight->method, free_method) == 0; /* it holds up only its like */
    if (flight->failure == 0 && flight->status == 429 && !free &&
        usher_epoch(sim, flight->bot) == flight->epoch)
        auditor_held_off(sim, flight->bot, flight->epoch, flight->token, flight->chat_id,
                         flight->retry_after_s);
    usher_answered(sim, flight->bot, flight->epoch, flight->token, flight->failure,
                   flight->failure == 0 ? flight->status : 0, flight->retry_after_s,
                   flight->failure == 0 ? flight->body : "");
}

/* No window of the server's holds more than the limit: the bot's second, the private chat's second.
 */
static void count_call(struct sim *sim, struct flight *flight, const cJSON *params)
{
    struct feed *feed = &sim->telegram->feeds[flight->bot];
    if (strcmp(flight->method, free_method) == 0)
        return;
    uint32_t limit = sim->config->bots[flight->bot].per_second; /* never changed in a run */
    ASSERT(limit <= sizeof feed->counted / sizeof feed->counted[0]);
    uint64_t *place = &feed->counted[feed->counted_count++ % limit];
    CHECK(sim, *place == 0 || *place + SECOND_MS < sim->now_ms,
          "bot %s is over its limit of %u calls a second", sim->config->bots[flight->bot].name,
          (unsigned)limit);
    *place = sim->now_ms;
    uint64_t user;
    bool said = strcmp(flight->method, "sendMessage") == 0;
    if (said && to_staff(params))
        flight->chat_id = STAFF_CHAT;
    if ((!said && strcmp(flight->method, "editMessageText") != 0) || to_staff(params))
        return;
    CHECK(sim, find_user(sim, cJSON_GetObjectItem(params, "chat_id"), &user),
          "a message to nobody");
    flight->chat_id = telegram_user_id(user);
    uint64_t *last_ms = &sim->telegram->users[user].last_ms[flight->bot];
    CHECK(sim, *last_ms == 0 || *last_ms + SECOND_MS < sim->now_ms,
          "two messages to %" PRId64 " within a second", telegram_user_id(user));
    *last_ms = sim->now_ms;
}

static void send_message(struct sim *sim, struct flight *flight, const cJSON *params)
{
    uint64_t user;
    if (!to_staff(params)) {
        bool found = find_user(sim, cJSON_GetObjectItem(params, "chat_id"), &user);
        ASSERT(found);
        const struct user *who = &sim->telegram->users[user];
        if (!who->started[flight->bot]) {
            refuse(flight, 403, "Forbidden: bot can't initiate conversation with a user");
            return;
        }
        if (who->blocked[flight->bot]) {
            refuse(flight, 403, "Forbidden: bot was blocked by the user");
            return;
        }
        read_message(sim, flight, user, params);
    }
    snprintf(flight->body, sizeof flight->body,
             "{\"ok\":true,\"result\":{\"message_id\":%" PRIu64 "}}", ++sim->telegram->messages);
}

/* Now and then the message is too old for it. */
static void edit_message(struct sim *sim, struct flight *flight, const cJSON *params)
{
    uint64_t user;
    bool found = find_user(sim, cJSON_GetObjectItem(params, "chat_id"), &user);
    CHECK(sim, found, "a message is edited that nobody has");
    if (sim->telegram->users[user].blocked[flight->bot])
        refuse(flight, 403, "Forbidden: bot was blocked by the user");
    else if (sim_fault(sim, 500))
        refuse(flight, 400, "Bad Request: message can't be edited");
    else
        read_message(sim, flight, user, params);
}

static void answer_callback(struct sim *sim, struct flight *flight, const cJSON *params)
{
    const cJSON *id = cJSON_GetObjectItem(params, "callback_query_id");
    (void)flight;
    CHECK(sim,
          cJSON_IsString(id) && id->valuestring[0] == 'q' &&
              strtoull(id->valuestring + 1, NULL, 10) - 1 < sim->telegram->presses,
          "an answer to a press that never was");
}

static void create_topic(struct sim *sim, struct flight *flight, const cJSON *params)
{
    CHECK(sim, to_staff(params), "a topic in a chat that is not the staff's");
    snprintf(flight->body, sizeof flight->body,
             "{\"ok\":true,\"result\":{\"message_thread_id\":%" PRIu64 "}}",
             ++sim->telegram->threads);
}

static bool to_staff(const cJSON *params)
{
    const cJSON *chat = cJSON_GetObjectItem(params, "chat_id");
    return cJSON_IsNumber(chat) && (int64_t)chat->valuedouble == STAFF_CHAT;
}

/* Its buttons lead to groups or to the page of an order, or are usher's own. */
static void read_message(struct sim *sim, struct flight *flight, uint64_t user, const cJSON *params)
{
    static const char page[] = "https://usher.example/o/";
    uint64_t links[LINKS_MAX];
    size_t count = 0;
    const cJSON *rows =
        cJSON_GetObjectItem(cJSON_GetObjectItem(params, "reply_markup"), "inline_keyboard");
    const cJSON *row;
    const cJSON *button;
    const cJSON *text = cJSON_GetObjectItem(params, "text");
    CHECK(sim, cJSON_IsString(text) && text->valuestring[0] != '\0', "a letter without a text");
    cJSON_ArrayForEach(row, rows)
    {
        cJSON_ArrayForEach(button, row)
        {
            const cJSON *url = cJSON_GetObjectItem(button, "url");
            const cJSON *data = cJSON_GetObjectItem(button, "callback_data");
            if (cJSON_IsString(data)) {
                people_button(sim, user, flight->bot, data->valuestring);
                continue;
            }
            if (cJSON_IsString(url) && strncmp(url->valuestring, page, sizeof page - 1) == 0)
                continue;
            CHECK(sim,
                  cJSON_IsString(url) && count < LINKS_MAX &&
                      link_of(sim, url->valuestring, &links[count]),
                  "a button leads nowhere");
            count++;
        }
    }
    people_letter(sim, user, flight->bot, text->valuestring, links, count);
}

static void approve(struct sim *sim, struct flight *flight, const cJSON *params)
{
    size_t group;
    uint64_t user;
    if (!find_group(sim, flight, params, &group) ||
        !find_user(sim, cJSON_GetObjectItem(params, "user_id"), &user))
        return;
    enum place place = telegram_place(sim, user, group);
    if (place == PLACE_IN) {
        refuse(flight, 400, "Bad Request: USER_ALREADY_PARTICIPANT");
    } else if (place == PLACE_OUT) {
        refuse(flight, 400, "Bad Request: HIDE_REQUESTER_MISSING");
    } else {
        telegram_place_changed(sim, user, group, PLACE_IN, NULL);
        auditor_admitted(sim, user, group);
    }
}

static void decline(struct sim *sim, struct flight *flight, const cJSON *params)
{
    size_t group;
    uint64_t user;
    if (!find_group(sim, flight, params, &group) ||
        !find_user(sim, cJSON_GetObjectItem(params, "user_id"), &user))
        return;
    struct seat *seat = &sim->telegram->users[user].seats[group];
    if (seat->place == PLACE_REQUESTED)
        seat->place = PLACE_OUT;
    else
        refuse(flight, 400,
               seat->place == PLACE_IN ? "Bad Request: USER_ALREADY_PARTICIPANT"
                                       : "Bad Request: HIDE_REQUESTER_MISSING");
}

static void unban(struct sim *sim, struct flight *flight, const cJSON *params)
{
    size_t group;
    uint64_t user;
    if (!find_group(sim, flight, params, &group) ||
        !find_user(sim, cJSON_GetObjectItem(params, "user_id"), &user))
        return;
    if (telegram_admin(sim, user, group)) {
        refuse(flight, 400, "Bad Request: user is an administrator of the chat");
    } else if (telegram_banned(sim, user, group)) {
        telegram_ban(sim, user, group, false);
    } else {
        telegram_leave(sim, user, group);
        auditor_removed(sim, user, group);
    }
}

static void create_link(struct sim *sim, struct flight *flight, const cJSON *params)
{
    struct telegram *telegram = sim->telegram;
    size_t group;
    if (!find_group(sim, flight, params, &group))
        return;
    const cJSON *expires = cJSON_GetObjectItem(params, "expire_date");
    bool request = cJSON_IsTrue(cJSON_GetObjectItem(params, "creates_join_request"));
    CHECK(sim, request || (cJSON_IsNumber(expires) && cJSON_GetObjectItem(params, "member_limit")),
          "an open link is asked for");
    telegram->links =
        sim_grow(telegram->links, &telegram->link_cap, telegram->link_count, sizeof(struct link));
    const cJSON *name = cJSON_GetObjectItem(params, "name");
    int64_t owner = telegram_user_id(0);
    CHECK(sim,
          request ||
              (cJSON_IsString(name) && sscanf(name->valuestring, "usher %" SCNd64, &owner) == 1),
          "a link is made for nobody");
    telegram->links[telegram->link_count] = (struct link){
        .group = group,
        .owner = (uint64_t)(owner - telegram_user_id(0)),
        .request = request,
        .expires_ms = cJSON_IsNumber(expires) ? (uint64_t)expires->valuedouble * 1000 : 0};
    snprintf(flight->body, sizeof flight->body,
             "{\"ok\":true,\"result\":{\"invite_link\":\"https://t.me/+%zu\"}}",
             telegram->link_count++);
}

static void revoke_link(struct sim *sim, struct flight *flight, const cJSON *params)
{
    size_t group;
    uint64_t link;
    const cJSON *text = cJSON_GetObjectItem(params, "invite_link");
    if (!find_group(sim, flight, params, &group))
        return;
    CHECK(sim, cJSON_IsString(text) && link_of(sim, text->valuestring, &link),
          "a link is revoked that was never made");
    CHECK(sim, !sim->telegram->links[link].request, "a group's own link is revoked");
    if (sim->now_ms < sim->stuck_ms) {
        refuse(flight, sim->stuck_refused ? 400 : 500,
               sim->stuck_refused ? "Bad Request: not enough rights to manage chat invite link"
                                  : "Internal Server Error");
        return;
    }
    sim->telegram->links[link].dead = true;
}

static void refuse(struct flight *flight, unsigned code, const char *description)
{
    flight->status = code;
    snprintf(flight->body, sizeof flight->body,
             "{\"ok\":false,\"error_code\":%u,\"description\":\"%s\"}", code, description);
}

static bool find_group(struct sim *sim, struct flight *flight, const cJSON *params, size_t *group)
{
    const cJSON *item = cJSON_GetObjectItem(params, "chat_id");
    int64_t id = cJSON_IsNumber(item) ? (int64_t)item->valuedouble : 0;
    for (*group = 0; *group < GROUPS; ++*group) {
        const struct group *chat = &sim->telegram->groups[*group];
        if (group_bots[*group] != flight->bot)
            continue;
        if (id == chat->chat_id)
            return true;
        if (id == 0 || id != chat->old_id)
            continue;
        flight->status = 400;
        snprintf(flight->body, sizeof flight->body,
                 "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group chat was "
                 "upgraded to a supergroup chat\",\"parameters\":{\"migrate_to_chat_id\":%" PRId64
                 "}}",
                 chat->chat_id);
        return false;
    }
    sim_fail(sim, "%s for a group that the bot is not in", flight->method);
}

static bool find_user(struct sim *sim, const cJSON *id, uint64_t *user)
{
    if (!cJSON_IsNumber(id) || id->valuedouble < USER_ID_FIRST)
        return false;
    *user = (uint64_t)id->valuedouble - USER_ID_FIRST;
    return *user < people_count(sim);
}

static bool link_of(struct sim *sim, const char *text, uint64_t *link)
{
    static const char prefix[] = "https://t.me/+";
    if (strncmp(text, prefix, sizeof prefix - 1) != 0)
        return false;
    *link = strtoull(text + sizeof prefix - 1, NULL, 10);
    return *link < sim->telegram->link_count;
}
