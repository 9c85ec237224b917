#include "modules/ticket/settings.h"

#include "config/module.h"
#include "ledger/numbers.h"
#include "modules/ticket/hours.h"

enum { SECTION_OWN, SECTION_SUPPORT, SECTION_SLA, SECTION_PAYMENT, SECTION_NORMAL };

#define OURS(n)            MODULE_SECTION(MODULE_ticket, n)
#define AT(type, field)    .offset = offsetof(struct type, field)
#define COUNT(type, field) .count_offset = offsetof(struct type, field)
#define DAYS(n)            (UINT64_C(86400000) * (n))

static void check_support(struct scope *scope);
static bool hears_chat(const struct config *config, const void *own, const char *bot,
                       int64_t chat_id);
static bool read_percent(struct slice text, uint32_t *percent);

/* clang-format off */
static const struct key own_keys[] = {
    {"support", TYPE_SECTION, OPTIONAL, .inner = OURS(SECTION_SUPPORT)},
};
static const struct key support_keys[] = {
    {"chat", TYPE_CHAT_ID, REQUIRED, AT(config_support, chat_id)},
    {"bot", TYPE_REFERENCE, OPTIONAL, AT(config_support, bot), .inner = SECTION_BOT},
    {"topics", TYPE_SWITCH, DEFAULTED, "true", AT(config_support, topics)},
    {"hours", TYPE_LINE, DEFAULTED, "Mon-Sun 00:00-24:00", 1, SUPPORT_HOURS_BYTES_MAX,
     AT(config_support, hours)},
    {"roster", TYPE_PEOPLE, OPTIONAL, NULL, 0, SUPPORT_ROSTER_MAX, AT(config_support, roster),
     COUNT(config_support, roster_count)},
    {"sla", TYPE_SECTION, DEFAULTED, .inner = OURS(SECTION_SLA)},
    {"followup", TYPE_DURATION, DEFAULTED, "0", 0, DAYS(30), AT(config_support, followup_ms)},
    {"warn_at", TYPE_LINE, DEFAULTED, "80%", 1, 8, AT(config_support, warn_text)},
};
static const struct key sla_keys[] = {
    {"payment", TYPE_SECTION, DEFAULTED, AT(config_support, payment),
     .inner = OURS(SECTION_PAYMENT)},
    {"normal", TYPE_SECTION, DEFAULTED, AT(config_support, normal), .inner = OURS(SECTION_NORMAL)},
};
static const struct key payment_keys[] = {
    {"first", TYPE_DURATION, DEFAULTED, "30 minutes", 60000, DAYS(30), AT(config_sla, first_ms)},
    {"resolve", TYPE_DURATION, DEFAULTED, "1 hour", 60000, DAYS(30), AT(config_sla, resolve_ms)},
};
static const struct key normal_keys[] = {
    {"first", TYPE_DURATION, DEFAULTED, "30 minutes", 60000, DAYS(30), AT(config_sla, first_ms)},
    {"resolve", TYPE_DURATION, DEFAULTED, "72 hours", 60000, DAYS(30), AT(config_sla, resolve_ms)},
};
/* clang-format on */

#define KEYS(rows) rows, sizeof(rows) / sizeof(rows)[0]
static const struct section sections[] = {
    [SECTION_OWN] = {"the file", KEYS(own_keys), NULL},
    [SECTION_SUPPORT] = {"the support", KEYS(support_keys), check_support},
    [SECTION_SLA] = {"the support's times", KEYS(sla_keys), NULL},
    [SECTION_PAYMENT] = {"the times of a payment's ticket", KEYS(payment_keys), NULL},
    [SECTION_NORMAL] = {"the times of a ticket", KEYS(normal_keys), NULL},
    {NULL, NULL, 0, NULL},
};

const struct config_module config_of_ticket = {.size = sizeof(struct config_support),
                                               .sections = sections,
                                               .catalog = support_catalog,
                                               .chat = hears_chat};

static void check_support(struct scope *scope)
{
    struct config_support *support = scope->object;
    struct hours hours;
    if (scope_good(scope, "hours") && support->hours != NULL &&
        !hours_parse(slice_from(support->hours), &hours))
        scope_fault(scope, "hours",
                    "\"%s\" is not valid; expected days and times, such as \"Mon-Fri "
                    "09:00-18:00, Sat 10:00-14:00\" or \"22:00-06:00\"",
                    support->hours);
    if (scope_good(scope, "warn_at") && support->warn_text != NULL &&
        !read_percent(slice_from(support->warn_text), &support->warn_at))
        scope_fault(scope, "warn_at",
                    "\"%s\" is not valid; expected a share from 1%% to 100%%, such as 80%%",
                    support->warn_text);
}

static bool hears_chat(const struct config *config, const void *own, const char *bot,
                       int64_t chat_id)
{
    const struct config_support *support = own;
    if (support->chat_id == 0 || support->chat_id != chat_id)
        return false;
    const struct config_bot *speaker = support->bot != NULL ? support->bot : &config->bots[0];
    return strcmp(speaker->name, bot) == 0;
}

static bool read_percent(struct slice text, uint32_t *percent)
{
    long long number;
    if (text.len < 2 || text.data[text.len - 1] != '%' ||
        !slice_to_i64(slice_of(text.data, text.len - 1), &number) || number < 1 || number > 100)
        return false;
    *percent = (uint32_t)number;
    return true;
}
