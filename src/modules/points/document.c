#include "modules/points/document.h"

enum { ENTRIES_MAX = 50, LOOKED_AT_MAX = 500 };

static void add_balances(struct ledger *ledger, int64_t telegram_id, const char *name, cJSON *out);
static void add_entries(struct ledger *ledger, int64_t telegram_id, cJSON *out);
static void add_posting(uint64_t id, const struct record_points_posting *posting, cJSON *item);
static int64_t signed_amount(const struct record_points_posting *posting);

void document_all(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    cJSON *held = NULL;
    cJSON *debt = NULL;
    add_balances(ledger, telegram_id, "balances", out);
    held = cJSON_AddObjectToObject(out, "held");
    debt = cJSON_AddObjectToObject(out, "debt");
    for (unsigned i = 0; i < POINTS_CURRENCY_COUNT; i++) {
        struct record_points_account account = {.held = 0};
        (void)aspect_load(ledger, telegram_id, shape_record_points_account(), i, &account);
        cJSON_AddNumberToObject(held, points_currency_names[i], (double)account.held);
        cJSON_AddNumberToObject(debt, points_currency_names[i], (double)account.owed);
    }
    cJSON *level = cJSON_AddObjectToObject(out, "level");
    cJSON_AddStringToObject(level, "name", "");
    cJSON_AddNumberToObject(level, "index", 0);
    cJSON_AddNumberToObject(out, "streak", 0);
    add_entries(ledger, telegram_id, out);
}

void document_balances(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    add_balances(ledger, telegram_id, "points", out);
}

void document_posting(struct ledger *ledger, int64_t telegram_id, uint64_t id, cJSON *out)
{
    struct record_points_posting posting;
    cJSON_AddNumberToObject(out, "telegram_id", (double)telegram_id);
    if (aspect_load(ledger, telegram_id, shape_record_points_posting(), id, &posting))
        add_posting(id, &posting, out);
}

static void add_balances(struct ledger *ledger, int64_t telegram_id, const char *name, cJSON *out)
{
    cJSON *balances = cJSON_AddObjectToObject(out, name);
    for (unsigned i = 0; i < POINTS_CURRENCY_COUNT; i++)
        cJSON_AddNumberToObject(
            balances, points_currency_names[i],
            (double)points_available(ledger, telegram_id, (enum points_currency)i));
}

/* What only moved from held to the house left the balance when it was held. */
static void add_entries(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    cJSON *list = cJSON_AddArrayToObject(out, "entries");
    struct record_points_posting posting;
    uint64_t id = UINT64_MAX;
    unsigned listed = 0;
    for (unsigned seen = 0;
         listed < ENTRIES_MAX && seen < LOOKED_AT_MAX &&
         aspect_before(ledger, telegram_id, shape_record_points_posting(), &id, &posting);
         seen++) {
        if (signed_amount(&posting) == 0)
            continue;
        add_posting(id, &posting, json_add_item(list));
        listed++;
    }
}

static void add_posting(uint64_t id, const struct record_points_posting *posting, cJSON *item)
{
    cJSON_AddNumberToObject(item, "id", (double)id);
    json_add_time(item, "at", posting->at_ms);
    cJSON_AddNumberToObject(item, "amount", (double)signed_amount(posting));
    cJSON_AddStringToObject(item, "currency", points_currency_names[posting->currency]);
    cJSON_AddStringToObject(item, "reason", posting->reason);
    cJSON_AddStringToObject(item, "rule", posting->rule);
    cJSON_AddStringToObject(item, "ref", posting->ref);
    cJSON_AddNumberToObject(item, "balance", (double)posting->balance);
    if (posting->reversal_of != 0)
        cJSON_AddNumberToObject(item, "reversal_of", (double)posting->reversal_of);
    if (posting->reversed_by != 0)
        cJSON_AddNumberToObject(item, "reversed_by", (double)posting->reversed_by);
    json_add_time(item, "expires", posting->expires_ms);
}

static int64_t signed_amount(const struct record_points_posting *posting)
{
    int64_t amount = (int64_t)posting->amount;
    if (strcmp(posting->to, ACCOUNT_AVAILABLE) == 0)
        return amount;
    bool leaves =
        strcmp(posting->from, ACCOUNT_AVAILABLE) == 0 || strcmp(posting->from, ACCOUNT_DEBT) == 0;
    return leaves ? -amount : 0;
}
