/* Each bot and each group, as Telegram sees them. */
#include "cli/doctor/doctor.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>

enum { URL_MAX = 1024, DEPTH_MAX = 32, BACKLOG = 1000, ERROR_AGE_S = 3600 };

static const char area[] = "telegram";

static bool ask(struct doctor *doctor, const struct config_bot *bot, const char *what,
                cJSON **result, char said[300]);
static void look_at_bot(struct doctor *doctor, const struct config_bot *bot);
static void look_at_webhook(struct doctor *doctor, const struct config_bot *bot, const char *thing);
static void look_at_group(struct doctor *doctor, const struct config_bot *bot, int64_t id,
                          const struct config_group *group);
static void judge_standing(struct doctor *doctor, const char *thing, const cJSON *standing);

void doctor_telegram(struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->config->bot_count; i++)
        look_at_bot(doctor, &doctor->config->bots[i]);
}

/* True and the result, which the caller frees; false and what was said instead. */
static bool ask(struct doctor *doctor, const struct config_bot *bot, const char *what,
                cJSON **result, char said[300])
{
    char url[URL_MAX];
    struct why why = {""};
    cJSON *root = NULL;
    bool ok = false;

    *result = NULL;
    int n = snprintf(url, sizeof(url), "%s/bot%s/%s", bot->api_url, bot->token, what);
    if (n < 0 || (size_t)n >= sizeof(url))
        return false;
    const struct doctor_ask question = {.method = "GET", .url = url};
    unsigned status = doctor_fetch(doctor, &question, &why);
    if (status == 0) {
        snprintf(said, 300, "no answer: %.250s", why.text);
        return false;
    }
    if (json_parse(buf_slice(&doctor->answer), DOCTOR_ANSWER_MAX, DEPTH_MAX, &root, NULL) !=
        ERROR_NONE) {
        snprintf(said, 300, "HTTP %u, and no answer of the Bot API", status);
        return false;
    }
    if (json_bool(json_member(root, "ok"), &ok) && ok) {
        *result = cJSON_DetachItemFromObjectCaseSensitive(root, "result");
    } else {
        struct slice text = json_string(json_member(root, "description"));
        snprintf(said, 300, "%u %.*s", status, (int)(text.len < 250 ? text.len : 250),
                 text.data == NULL ? "" : text.data);
    }
    json_free(&root);
    return *result != NULL;
}

static void look_at_bot(struct doctor *doctor, const struct config_bot *bot)
{
    char thing[80];
    char said[300] = "";
    cJSON *me;
    int64_t id = 0;

    snprintf(thing, sizeof(thing), "bot %s", bot->name);
    if (!ask(doctor, bot, "getMe", &me, said)) {
        bool refused = strncmp(said, "401", 3) == 0 || strncmp(said, "404", 3) == 0;
        doctor_say(doctor, HEALTH_MISSING, area, thing,
                   refused ? "put the token that @BotFather shows into secrets.env, then restart "
                             "usher"
                           : "look whether this machine reaches api_url: DNS, firewall, proxy",
                   "getMe: %s", said);
        return;
    }
    struct slice name = json_string(json_member(me, "username"));
    bool known = json_i64(json_member(me, "id"), &id);
    doctor_say(doctor, HEALTH_FINE, area, thing, NULL, "is @%.*s", (int)name.len,
               name.data == NULL ? "" : name.data);
    json_free(&me);
    look_at_webhook(doctor, bot, thing);
    for (size_t i = 0; known && i < doctor->config->group_count; i++)
        if (doctor->config->groups[i].bot == bot)
            look_at_group(doctor, bot, id, &doctor->config->groups[i]);
}

static void judge_webhook(struct doctor *doctor, const struct config_bot *bot, const char *thing,
                          const cJSON *info)
{
    int64_t pending = 0;
    int64_t failed_s = 0;
    int64_t now_s = (int64_t)(clock_real_ms() / 1000);
    struct slice url = json_string(json_member(info, "url"));
    struct slice last = json_string(json_member(info, "last_error_message"));
    bool hook = bot->updates == UPDATES_WEBHOOK;

    (void)json_i64(json_member(info, "pending_update_count"), &pending);
    (void)json_i64(json_member(info, "last_error_date"), &failed_s);
    if (!hook && url.len > 0)
        doctor_say(
            doctor, HEALTH_MISSING, area, thing,
            "usher takes it away when it starts; if it comes back, another program uses this "
            "token: stop it, or revoke the token with @BotFather",
            "a webhook is set (%.*s), and usher is to poll", (int)url.len, url.data);
    else if (hook && url.len == 0)
        doctor_say(doctor, HEALTH_MISSING, area, thing, "start usher: it sets the webhook",
                   "no webhook is set");
    else if (hook && doctor->config->http.public_url != NULL &&
             strncmp(url.data, doctor->config->http.public_url,
                     strlen(doctor->config->http.public_url)) != 0)
        doctor_say(doctor, HEALTH_MISSING, area, thing,
                   "another program has set it: stop that, then restart usher",
                   "the webhook leads elsewhere: %.*s", (int)url.len, url.data);
    else
        doctor_say(doctor, HEALTH_FINE, area, thing, NULL, "updates by %s",
                   hook ? "webhook" : "polling");
    if (hook && last.len > 0 && now_s - failed_s < ERROR_AGE_S)
        doctor_say(doctor, HEALTH_MISSING, area, thing,
                   "see what public_url says below, and that /telegram/ reaches usher",
                   "Telegram could not deliver: %.*s", (int)(last.len < 200 ? last.len : 200),
                   last.data);
    if (pending > BACKLOG)
        doctor_say(doctor, HEALTH_MISSING, area, thing,
                   "start usher, or look why it does not take them: journalctl -u usher",
                   "%" PRId64 " updates wait at Telegram", pending);
}

static void look_at_webhook(struct doctor *doctor, const struct config_bot *bot, const char *thing)
{
    char said[300] = "";
    cJSON *info;
    if (ask(doctor, bot, "getWebhookInfo", &info, said))
        judge_webhook(doctor, bot, thing, info);
    else
        doctor_say(doctor, HEALTH_MISSING, area, thing, "try again: Telegram did not say",
                   "getWebhookInfo: %s", said);
    json_free(&info);
}

static void look_at_group(struct doctor *doctor, const struct config_bot *bot, int64_t id,
                          const struct config_group *group)
{
    char thing[80];
    char what[160];
    char said[300] = "";
    cJSON *standing;

    snprintf(thing, sizeof(thing), "group %s", group->name);
    snprintf(what, sizeof(what), "getChatMember?chat_id=%" PRId64 "&user_id=%" PRId64,
             group->chat_id, id);
    if (ask(doctor, bot, what, &standing, said))
        judge_standing(doctor, thing, standing);
    else
        doctor_say(
            doctor, HEALTH_MISSING, area, thing,
            "look whether chat_id is right (a group that became a supergroup has a new one), "
            "and add the bot to the group as an administrator",
            "bot %s: %s", bot->name, said);
    json_free(&standing);
}

static void judge_standing(struct doctor *doctor, const char *thing, const cJSON *standing)
{
    struct slice status = json_string(json_member(standing, "status"));
    bool owner = slice_is(status, "creator");
    bool invite = owner;
    bool restrict_members = owner;

    (void)json_bool(json_member(standing, "can_invite_users"), &invite);
    (void)json_bool(json_member(standing, "can_restrict_members"), &restrict_members);
    if (!owner && !slice_is(status, "administrator"))
        doctor_say(doctor, HEALTH_MISSING, area, thing,
                   "make the bot an administrator who may invite users and ban users",
                   "the bot is no administrator (%.*s)", (int)status.len,
                   status.data == NULL ? "" : status.data);
    else if (!invite || !restrict_members)
        doctor_say(doctor, HEALTH_MISSING, area, thing,
                   "give the bot this right in the group's administrators", "the bot may not%s%s%s",
                   invite ? "" : " invite users", !invite && !restrict_members ? " and" : "",
                   restrict_members ? "" : " ban users");
    else
        doctor_say(doctor, HEALTH_FINE, area, thing, NULL, "the bot may invite and ban");
}
