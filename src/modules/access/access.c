#include "modules/access/access.h"

#include "base/json.h"
#include "ledger/letter.h"
#include "ledger/person.h"
#include "ledger/registry.h"
#include "modules/access/grant.h"
#include "modules/access/seat.h"

enum { PAYLOAD_BYTES_MAX = 64 }; /* Telegram's own limit for a deep link */

static const char *const start_words[] = {"/start", NULL};
static const char *const status_words[] = {"/status", NULL};

void access_greet(struct ledger *ledger, int64_t telegram_id, struct slice payload)
{
    const struct message part = {.kind = MESSAGE_part_greeting,
                                 .part_greeting = {.payload = payload}};
    letter_add(ledger, telegram_id, &part, 1, ledger->at_ms);
    letter_access(ledger, telegram_id, ledger->at_ms);
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        if ((*module)->greets != NULL)
            (*module)->greets(ledger, telegram_id);
}

static void start(struct ledger *ledger, const struct message_cmd_said *said)
{
    bool link = said->arg.len <= PAYLOAD_BYTES_MAX;
    access_greet(ledger, said->telegram_id, link ? said->arg : SLICE(""));
}

static void status(struct ledger *ledger, const struct message_cmd_said *said)
{
    access_greet(ledger, said->telegram_id, SLICE(""));
}

static const struct intent_row intents[] = {
    {.verb = "start", .words = start_words, .said = start},
    {.verb = "status",
     .words = status_words,
     .said = status,
     .menu = {"What you have", "我的会员", "我的會員"}},
    {.verb = NULL},
};

static void document(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    cJSON_AddBoolToObject(out, "banned", member_is_banned(ledger, telegram_id));
    cJSON *list = cJSON_AddArrayToObject(out, "entitlements");
    char plan[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    while (entitlement_next(ledger, telegram_id, plan, &entitlement)) {
        cJSON *item = json_add_item(list);
        cJSON_AddStringToObject(item, "plan", plan);
        cJSON_AddStringToObject(
            item, "status", entitlement_status_name((enum entitlement_status)entitlement.status));
        json_add_time(item, "since", entitlement.since_ms);
        json_add_time(item, "until", entitlement.until_ms);
    }
}

void answer_act(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    (void)command;
    cJSON_AddNumberToObject(out, "telegram_id", (double)subject);
    document(ledger, (int64_t)subject, out);
}

static void status_of_plans(struct ledger *ledger, cJSON *out)
{
    cJSON *plans = cJSON_AddArrayToObject(out, "plans");
    for (size_t i = 0; i < ledger->catalog->plan_count; i++) {
        const struct catalog_plan *plan = &ledger->catalog->plans[i];
        cJSON *item = json_add_item(plans);
        cJSON_AddStringToObject(item, "plan", plan->name);
        cJSON_AddNumberToObject(item, "members", (double)seats_taken(ledger, plan->name));
        cJSON_AddNumberToObject(item, "held", (double)seats_held(ledger, plan->name));
        if (plan->seats != 0)
            cJSON_AddNumberToObject(item, "seats", (double)plan->seats);
    }
}

#define MODULE_DEF    "modules/access/access.def"
#define MODULE_SELF   MODULE_access
#define MODULE_SHAPES shapes_of_access
#include "ledger/define.h"

const struct module module_access = {.name = "access",
                                     .number = MODULE_access,
                                     .shapes = shapes_of_access,
                                     .results = module_results,
                                     .ops = module_ops,
                                     .asks = module_asks,
                                     .intents = intents,
                                     .document = document,
                                     .status = status_of_plans,
                                     .due = grant_due};
