#include "config/check.h"

#include "base/assert.h"
#include "base/utf8.h"
#include "config/links.h"
#include "config/near.h"
#include "config/reader.h"
#include "config/types.h"
#include "config/web.h"

#include <limits.h>
#include <stdio.h>

enum {
    CATALOG_BYTES_MAX = 1024 * 1024, /* of cmd_configure's catalog, wire/messages.def */
    CATALOG_ROWS_MAX = 60000,        /* the ledger takes 65536 */
    WEBHOOK_SECRET_MAX = 256,
    MESSAGE_UNITS_MAX = 4096, /* Bot API, sendMessage */
    WELCOME_UNITS_MAX = 3000, /* leaves room for doors and receipts */
    LISTS = 6                 /* of named things */
};

/* One list of named things, for what is the same with all of them. */
struct names {
    const char *list;
    enum section_id section;
    const char *first; /* the name in the first item */
    size_t step;
    size_t count;
};

static bool is_clear(const char *url);
static void check_header(struct scope *scope);
static void check_welcome_length(struct scope *scope);
static void list_names(const struct config *config, struct names out[LISTS]);
static void check_names(const struct scope *scope, const struct names *names);
static void check_tokens(const struct scope *scope);
static void check_chats(const struct scope *scope);
static void check_catalog(const struct scope *scope);
static void check_test_clock(const struct scope *scope);
static void resolve(struct loader *loader, const struct names *names);
static void title_from_name(struct scope *scope, char **title, const char *name);

void check_root(struct scope *scope)
{
    struct names names[LISTS];
    list_names(scope->loader->config, names);
    for (size_t i = 0; i < LISTS; i++)
        check_names(scope, &names[i]);
    check_tokens(scope);
    check_chats(scope);
    check_test_clock(scope);
    for (size_t i = 0; i < LISTS; i++)
        resolve(scope->loader, &names[i]);
    check_stars(scope);
    check_renews(scope);
    check_notified(scope);
    if (!report_failed(scope->loader->report))
        check_catalog(scope);
}

void check_mirror(struct scope *scope)
{
    struct config *config = scope->object;
    char path[PATH_MAX];
    if (!scope_good(scope, "path") || config->data_dir == NULL)
        return;
    int n = snprintf(path, sizeof(path), "%s/mirror.db", config->data_dir);
    if (config->mirror_path != NULL)
        type_keep(scope->loader, slice_from(config->mirror_path), &config->mirror_file);
    else if (n > 0 && (size_t)n < sizeof(path))
        type_keep(scope->loader, slice_from(path), &config->mirror_file);
    else
        scope_fault(scope, NULL, "the path of data_dir is too long for a mirror in it");
}

void check_http(struct scope *scope)
{
    const struct config_http *http = scope->object;
    if (scope_given(scope, "public_url") && scope_good(scope, "public_url") &&
        is_clear(http->public_url))
        scope_warn(scope, "public_url",
                   "is http: secrets and payments would cross the network in the clear, and "
                   "Telegram sends updates to https only");
}

/* A secret that leaves this machine unencrypted. */
static bool is_clear(const char *url)
{
    return url != NULL && strncmp(url, "http://", 7) == 0 && !web_is_loopback(slice_from(url));
}

void check_bot(struct scope *scope)
{
    struct config_bot *bot = scope->object;
    struct slice secret = slice_from(bot->webhook_secret);
    bool fits = secret.len > 0 && secret.len <= WEBHOOK_SECRET_MAX;

    if (scope_given(scope, "api_url") && scope_good(scope, "api_url") && is_clear(bot->api_url))
        scope_warn(scope, "api_url",
                   "is http to another machine, so the bot's token crosses the network in the "
                   "clear; https is safe, and so is a Bot API server on this machine");
    if (!scope_good(scope, "updates") || !scope_good(scope, "webhook_secret"))
        return;
    if (bot->updates != UPDATES_WEBHOOK) {
        /* Nothing compares with it, so it may be anything, also missing; see config.h. */
        type_drop(&bot->webhook_secret);
        return;
    }
    if (scope->lazy_problem.text[0] != '\0') {
        scope_fault(scope, "webhook_secret", "%s", scope->lazy_problem.text);
        return;
    }
    if (bot->webhook_secret == NULL) {
        scope_fault(scope, "webhook_secret",
                    "is missing; expected a secret of your choice, as updates is webhook");
        return;
    }
    /* Bot API, setWebhook: 1-256 characters, only A-Z, a-z, 0-9, _ and -. */
    for (size_t i = 0; i < secret.len && fits; i++) {
        char c = secret.data[i];
        fits = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    }
    if (!fits)
        scope_fault(scope, "webhook_secret",
                    "the value is not valid; expected 1 to %d characters of A-Z, a-z, 0-9, '_' "
                    "and '-' (Telegram takes no others)",
                    WEBHOOK_SECRET_MAX);
}

/* Each kind of service has keys of its own. */
void check_lane(struct scope *scope)
{
    const struct config_service *lane = scope->object;
    if (!scope_good(scope, "url"))
        return;
    if (is_clear(lane->url) && scope_given(scope, "header"))
        scope_warn(scope, "url",
                   "is http to another machine, so header crosses the network in the clear; https "
                   "is safe");
    if (!web_is_mail(slice_from(lane->url))) {
        static const char *const of_mail[] = {"user", "password", "from"};
        for (size_t i = 0; i < sizeof(of_mail) / sizeof(of_mail[0]); i++)
            if (scope_given(scope, of_mail[i]))
                scope_fault(
                    scope, of_mail[i],
                    "is for a mail server; expected none, as url is not smtp:// or smtps://");
        check_header(scope);
        return;
    }
    if (scope_given(scope, "header"))
        scope_fault(scope, "header",
                    "is for an HTTP service; expected user and password, as url is a mail server");
    if (!scope_given(scope, "from"))
        scope_fault(
            scope, "from",
            "is missing; expected a sender such as \"Club <club@example.org>\", as url is a "
            "mail server");
    if (scope_given(scope, "user") != scope_given(scope, "password"))
        scope_fault(scope, scope_given(scope, "user") ? "password" : "user",
                    "is missing; expected both user and password, or neither");
}

/* "Name: value", RFC 9110 section 5. */
static void check_header(struct scope *scope)
{
    const struct config_service *lane = scope->object;
    const char *colon = lane->header == NULL ? NULL : strchr(lane->header, ':');

    if (lane->header == NULL || !scope_good(scope, "header"))
        return;
    bool fits = colon != NULL && colon != lane->header && colon[1] == ' ' && colon[2] != '\0';
    for (const char *at = lane->header; fits && at < colon; at++)
        fits = strchr("!#$%&'*+-.^_`|~", *at) != NULL || (*at >= '0' && *at <= '9') ||
               (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z');
    if (!fits)
        scope_fault(scope, "header", "the value is not valid; expected \"Name: value\"");
}

void check_group(struct scope *scope)
{
    struct config_group *group = scope->object;
    if (scope_good(scope, "title"))
        title_from_name(scope, &group->title, group->name);
}

void check_plan(struct scope *scope)
{
    struct config_plan *plan = scope->object;

    if (scope_good(scope, "title"))
        title_from_name(scope, &plan->title, plan->name);
    for (size_t i = 1; i < plan->price_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct config_price *a = &plan->prices[j];
            const struct config_price *b = &plan->prices[i];
            if (b->amount == 0 || a->amount != b->amount || strcmp(a->currency, b->currency) != 0)
                continue;
            bool same = a->period.months == b->period.months && a->period.days == b->period.days;
            scope_item_fault(scope, "prices", i, "amount",
                             "is the same price as prices[%zu]%s; expected an amount or currency "
                             "of its own, because they decide the period",
                             j, same ? "" : " for another period");
            break;
        }
    }
}

void check_welcome(struct scope *scope)
{
    static const char *const known[] = {"name", "plan", "until", "community"};
    const struct config_plan *plan = scope->object;
    const char *at = plan->welcome_text;

    while (at != NULL && (at = strstr(at, "{{")) != NULL) {
        const char *end = strstr(at, "}}");
        bool found = false;
        size_t len = end != NULL ? (size_t)(end - at) - 2 : 0;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && end != NULL; i++)
            found = found || slice_is(slice_of(at + 2, len), known[i]);
        if (!found) {
            scope_fault(scope, "text",
                        "has \"{{\" with no placeholder behind it; expected {{name}}, {{plan}}, "
                        "{{until}} or {{community}}");
            return;
        }
        at = end + 2;
    }
    if (scope_good(scope, "text") && scope_good(scope, "resources"))
        check_welcome_length(scope);
}

/* As it may be when it is filled in; a letter cuts longer names. */
static void check_welcome_length(struct scope *scope)
{
    static const struct {
        const char *placeholder;
        size_t units;
    } longest[] = {{"{{name}}", 64}, {"{{plan}}", 128}, {"{{until}}", 40}, {"{{community}}", 128}};
    const struct config_plan *plan = scope->object;
    const char *text = plan->welcome_text == NULL ? "" : plan->welcome_text;
    size_t units = utf8_utf16_length(slice_from(text));

    for (size_t i = 0; i < sizeof(longest) / sizeof(longest[0]); i++) {
        size_t len = strlen(longest[i].placeholder);
        for (const char *at = text; (at = strstr(at, longest[i].placeholder)) != NULL; at += len)
            units += longest[i].units - len;
    }
    for (size_t i = 0; i < plan->resource_count; i++)
        units += 3 + utf8_utf16_length(slice_from(plan->resources[i]));
    const char *key = scope_given(scope, "text") ? "text" : "resources";
    if (units > MESSAGE_UNITS_MAX)
        scope_fault(
            scope, key,
            "may be %zu UTF-16 units long with its resources once it is filled in, and "
            "Telegram's messages have %d; expected at most %d, as the receipt stands in the "
            "same message",
            units, MESSAGE_UNITS_MAX, WELCOME_UNITS_MAX);
    else if (units > WELCOME_UNITS_MAX)
        scope_warn(
            scope, key,
            "may be %zu UTF-16 units long with its resources once it is filled in: of the %d "
            "of a message the receipt may be cut; at most %d leave room for it",
            units, MESSAGE_UNITS_MAX, WELCOME_UNITS_MAX);
}

void check_topology(struct scope *scope)
{
    const struct config *config = scope->object;

    if (links_networked(config) && !scope_given(scope, "curve_dir"))
        scope_fault(scope, "curve_dir",
                    "is missing; expected the folder of keys that \"usher keys\" made, as a link "
                    "is tcp");
}

void check_journal(struct scope *scope)
{
    const struct config *config = scope->object;

    if (config->archive_keep_ms != 0 && config->archive_keep_ms < config->journal_keep_ms)
        scope_fault(scope, "archive_keep",
                    "is shorter than keep; expected the same or longer, as it counts from when a "
                    "command was accepted");
}

/* Another process would not know that the clock was moved. */
static void check_test_clock(const struct scope *scope)
{
    const struct config *config = scope->loader->config;
    if (config->test_clock && links_networked(config))
        scope_fault(scope, "test_clock",
                    "is on while a link is tcp; expected all roles in one process, or false");
}

static void list_names(const struct config *config, struct names out[LISTS])
{
    out[0] = (struct names){"bots", SECTION_BOT, config->bots ? config->bots->name : NULL,
                            sizeof(struct config_bot), config->bot_count};
    out[1] = (struct names){"groups", SECTION_GROUP, config->groups ? config->groups->name : NULL,
                            sizeof(struct config_group), config->group_count};
    out[2] = (struct names){"plans", SECTION_PLAN, config->plans ? config->plans->name : NULL,
                            sizeof(struct config_plan), config->plan_count};
    out[4] = (struct names){"lanes", SECTION_LANE, config->services ? config->services->name : NULL,
                            sizeof(struct config_service), config->service_count};
    out[5] = (struct names){"webhooks", SECTION_WEBHOOK,
                            config->webhooks ? config->webhooks->name : NULL,
                            sizeof(struct config_webhook), config->webhook_count};
    out[3] = (struct names){"gateways", SECTION_GATEWAY,
                            config->gateways ? config->gateways->name : NULL,
                            sizeof(struct config_gateway), config->gateway_count};
}

static void check_names(const struct scope *scope, const struct names *names)
{
    for (size_t i = 1; i < names->count; i++) {
        const char *name = names->first + i * names->step;
        for (size_t j = 0; j < i; j++) {
            if (name[0] != '\0' && strcmp(name, names->first + j * names->step) == 0) {
                scope_item_fault(scope, names->list, i, "name",
                                 "is the name of %s[%zu] too; expected names that differ",
                                 names->list, j);
                break;
            }
        }
    }
}

/* Two bots with one token would each spend the whole of Telegram's limits. */
static void check_tokens(const struct scope *scope)
{
    const struct config *config = scope->loader->config;
    for (size_t i = 1; i < config->bot_count; i++) {
        for (size_t j = 0; j < i; j++) {
            struct slice token = slice_from(config->bots[i].token);
            if (token.len > 0 && slice_is(token, config->bots[j].token)) {
                scope_item_fault(scope, "bots", i, "token",
                                 "is the token of bots[%zu] too; expected one of its own", j);
                break;
            }
        }
    }
}

static void check_chats(const struct scope *scope)
{
    const struct config *config = scope->loader->config;
    for (size_t i = 1; i < config->group_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (config->groups[i].chat_id != 0 &&
                config->groups[i].chat_id == config->groups[j].chat_id) {
                scope_item_fault(scope, "groups", i, "chat_id",
                                 "is the chat of groups[%zu] too; expected one of its own", j);
                break;
            }
        }
    }
}

/* What the ledger needs of it travels in one command. */
static void check_catalog(const struct scope *scope)
{
    const struct config *config = scope->loader->config;
    struct buf rows;
    size_t count = 1 + config->bot_count + config->group_count + config->plan_count;

    for (size_t i = 0; i < config->plan_count; i++)
        count += config->plans[i].group_count + config->plans[i].price_count;
    buf_init(&rows, CATALOG_BYTES_MAX);
    config_catalog(config, &rows);
    if (count > CATALOG_ROWS_MAX || rows.failed)
        scope_fault(scope, "plans",
                    "there are too many groups and prices in all plans together; expected at most "
                    "%d, and 1 MiB of them",
                    CATALOG_ROWS_MAX);
    buf_deinit(&rows);
}

static void resolve(struct loader *loader, const struct names *names)
{
    const char *known[CONFIG_GROUPS_MAX];

    ASSERT(names->count <= CONFIG_GROUPS_MAX);
    for (size_t i = 0; i < names->count; i++)
        known[i] = names->first + i * names->step;
    for (size_t i = 0; i < loader->reference_count; i++) {
        const struct reference *reference = &loader->references[i];
        struct place place = {.line = reference->line};
        size_t at = 0;
        if (reference->section != names->section)
            continue;
        while (at < names->count && strcmp(known[at], reference->name) != 0)
            at++;
        if (at < names->count) {
            /* The name is the first member of each of these structs. */
            memcpy(reference->target, &known[at], sizeof(known[at]));
            continue;
        }
        /* Not for an error that is only counted: looking for what was meant takes its time. */
        const char *near = loader->report->count < REPORT_ITEMS_MAX
                               ? near_find(slice_from(reference->name), known, names->count)
                               : NULL;
        snprintf(place.path, sizeof(place.path), "%s", reference->path);
        char shown[CONFIG_NAME_MAX + 3] = "the name";
        if (!reference->private)
            snprintf(shown, sizeof(shown), "\"%s\"", reference->name);
        reader_fault(loader, &place, "%s is not in %s; %s%s%s", shown, names->list,
                     near != NULL ? "did you mean \"" : "expected a name from there",
                     near != NULL ? near : "", near != NULL ? "\"?" : "");
    }
}

static void title_from_name(struct scope *scope, char **title, const char *name)
{
    if (*title == NULL)
        type_keep(scope->loader, slice_from(name), title);
}
