#include "mirror/items.h"

#include "base/json.h"
#include "base/period.h"

enum { FIRST = 2 };

/* The order of the columns is that of the functions below. */
const char member_columns[] =
    "t.telegram_id, t.name, t.language, t.created_ms, t.seen_ms, t.unreachable, t.payments";
const char payment_columns[] =
    "t.gateway, t.payment_id, t.kind, t.state, t.reason, t.amount, t.currency, t.plan, "
    "t.telegram_id, t.order_id, t.at_ms";
const char order_columns[] =
    "t.order_id, t.state, t.telegram_id, t.plan, t.amount, t.currency, t.months, t.days, "
    "t.created_ms, t.expires_ms, t.gateway, t.payment_id";
const char delivery_columns[] =
    "t.delivery_id, t.kind, t.stage, t.attempts, t.bot, t.telegram_id, t.\"group\", t.created_ms, "
    "t.finished_ms, t.not_before_ms, t.error";
const char audit_columns[] = "t.sequence, t.at, t.actor, t.role, t.what, t.path, t.member, t.why";

static const char *text_at(struct item_call *call, int column);
static int64_t number_at(struct item_call *call, int column);
static void add_text(cJSON *item, const char *name, const char *text);
static void add_number(cJSON *item, const char *name, int64_t number);
static void add_entitlements(struct item_call *call, cJSON *item);

void item_member(struct item_call *call, cJSON *item)
{
    const char *language = text_at(call, 2);
    add_number(item, "telegram_id", number_at(call, 0));
    cJSON_AddStringToObject(item, "name", text_at(call, 1));
    cJSON_AddStringToObject(item, "language",
                            language[0] != '\0' ? language : language_tag(call->language));
    json_add_time(item, "known_since", (uint64_t)number_at(call, 3));
    json_add_time(item, "seen", (uint64_t)number_at(call, 4));
    cJSON_AddBoolToObject(item, "reachable", number_at(call, 5) == 0);
    add_entitlements(call, item);
    cJSON_AddNumberToObject(item, "payment_count", (double)number_at(call, 6));
}

void item_payment(struct item_call *call, cJSON *item)
{
    cJSON_AddStringToObject(item, "gateway", text_at(call, 0));
    cJSON_AddStringToObject(item, "payment_id", text_at(call, 1));
    cJSON_AddStringToObject(item, "kind", text_at(call, 2));
    cJSON_AddStringToObject(item, "state", text_at(call, 3));
    if (strcmp(text_at(call, 3), "unsettled") == 0)
        add_text(item, "reason", text_at(call, 4));
    json_add_money(item, number_at(call, 5), text_at(call, 6));
    add_text(item, "plan", text_at(call, 7));
    add_number(item, "telegram_id", number_at(call, 8));
    add_text(item, "order_id", text_at(call, 9));
    json_add_time(item, "at", (uint64_t)number_at(call, 10));
}

void item_order(struct item_call *call, cJSON *item)
{
    char period[32];
    cJSON_AddStringToObject(item, "order_id", text_at(call, 0));
    cJSON_AddStringToObject(item, "state", text_at(call, 1));
    if (number_at(call, 2) == 0)
        cJSON_AddNullToObject(item, "telegram_id"); /* nobody has claimed it */
    else
        cJSON_AddNumberToObject(item, "telegram_id", (double)number_at(call, 2));
    cJSON_AddStringToObject(item, "plan", text_at(call, 3));
    json_add_money(item, number_at(call, 4), text_at(call, 5));
    period_format((struct period){(uint32_t)number_at(call, 6), (uint32_t)number_at(call, 7)},
                  period, sizeof period);
    cJSON_AddStringToObject(item, "period", period);
    json_add_time(item, "created", (uint64_t)number_at(call, 8));
    json_add_time(item, "expires", (uint64_t)number_at(call, 9));
    add_text(item, "gateway", text_at(call, 10));
    add_text(item, "payment_id", text_at(call, 11));
}

void item_delivery(struct item_call *call, cJSON *item)
{
    cJSON_AddNumberToObject(item, "id", (double)number_at(call, 0));
    cJSON_AddStringToObject(item, "kind",
                            text_at(call, 1)[0] != '\0' ? text_at(call, 1) : "unknown");
    cJSON_AddStringToObject(item, "state", text_at(call, 2));
    cJSON_AddNumberToObject(item, "attempts", (double)number_at(call, 3));
    cJSON_AddStringToObject(item, "bot", text_at(call, 4));
    add_number(item, "telegram_id", number_at(call, 5));
    add_text(item, "group", text_at(call, 6));
    json_add_time(item, "created", (uint64_t)number_at(call, 7));
    json_add_time(item, "finished", (uint64_t)number_at(call, 8));
    json_add_time(item, "not_before", (uint64_t)number_at(call, 9));
    add_text(item, "error", text_at(call, 10));
}

void item_audit(struct item_call *call, cJSON *item)
{
    cJSON_AddNumberToObject(item, "sequence", (double)number_at(call, 0));
    json_add_time(item, "at", (uint64_t)number_at(call, 1));
    cJSON_AddStringToObject(item, "who", text_at(call, 2));
    add_text(item, "role", text_at(call, 3));
    cJSON_AddStringToObject(item, "what", text_at(call, 4));
    cJSON_AddStringToObject(item, "path", text_at(call, 5));
    add_number(item, "telegram_id", number_at(call, 6));
    add_text(item, "reason", text_at(call, 7));
}

static const char *text_at(struct item_call *call, int column)
{
    const char *text = (const char *)sqlite3_column_text(call->row, FIRST + column);
    return text == NULL ? "" : text;
}

static int64_t number_at(struct item_call *call, int column)
{
    return sqlite3_column_int64(call->row, FIRST + column);
}

/* What is not there is left out. */
static void add_text(cJSON *item, const char *name, const char *text)
{
    if (text[0] != '\0')
        cJSON_AddStringToObject(item, name, text);
}

static void add_number(cJSON *item, const char *name, int64_t number)
{
    if (number != 0)
        cJSON_AddNumberToObject(item, name, (double)number);
}

static void add_entitlements(struct item_call *call, cJSON *item)
{
    static const char sql[] =
        "SELECT plan, status, since_ms, until_ms FROM entitlement WHERE telegram_id = ?";
    cJSON *list = cJSON_AddArrayToObject(item, "entitlements");
    enum error error = ERROR_NONE;
    if (call->inner == NULL)
        error = database_prepare(call->database, sql, &call->inner, NULL);
    if (error != ERROR_NONE)
        return;
    sqlite3_bind_int64(call->inner, 1, number_at(call, 0));
    while (database_step(call->database, call->inner, &error, NULL)) {
        cJSON *one = json_add_item(list);
        cJSON_AddStringToObject(one, "plan", (const char *)sqlite3_column_text(call->inner, 0));
        cJSON_AddStringToObject(one, "status", (const char *)sqlite3_column_text(call->inner, 1));
        json_add_time(one, "since", (uint64_t)sqlite3_column_int64(call->inner, 2));
        json_add_time(one, "until", (uint64_t)sqlite3_column_int64(call->inner, 3));
    }
    sqlite3_reset(call->inner);
}
