#include "mirror/kpi.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "http/route.h"
#include "mirror/shipped.h"

#include <stdio.h>
#include <string.h>

enum { SQL_BYTES_MAX = 65536, CURSOR_BYTES_MAX = 512, LIMIT_DEFAULT = 100 };

static const int64_t window_ms = INT64_C(30) * 24 * 3600 * 1000;

/* clang-format off */
static const struct kpi kpis[] = {
    {"mrr", "mrr", 0, 0},
    {"arpu", "mrr", 0, 0},
    {"paying", "mrr", 0, 0},
    {"mrr_bridge", "mrr_bridge", 0, 0},
    {"revenue_churn", "mrr_bridge", 0, 0},
    {"renewal_rate", "renewal_rate", 0, 0},
    {"churn", "churn", 0, 0},
    {"ltv", "churn", 0, 0},
    {"ltv12", "survival", 0, 0},
    {"cac", "first_payers", 0, 0},
    {"first_payers", "first_payers", 0, 0},
    {"new_members", "first_payment_conversion", 0, 0},
    {"trial_conversion", "trial_conversion", 0, 0},
    {"first_payment_conversion", "first_payment_conversion", 0, 0},
    {"promo_conversion", "promo_conversion", 0, 0},
    {"retention_7", "retention", 7, 1},
    {"retention_30", "retention", 30, 3},
    {"activation", "activation", 0, 0},
    {"activation_day_one", "activation", 0, 0},
    {"callback_success", "callback_success", 0, 0},
    {"lost_orders", "lost_orders", 0, 0},
    {"grant_latency_ms", "grant_latency", 0, 0},
    {"first_response", "first_response", 0, 0},
    {"self_service_rate", "self_service", 0, 0},
    {"refunds", "refunds", 0, 0},
    {"incidents", "incidents", 0, 0},
    {"spend", "spend", 0, 0},
    {"rates", "rates", 0, 0},
};
/* clang-format on */

static bool read_time(struct slice query, const char *name, int64_t *out,
                      struct query_fault *fault);
static bool read_word(struct slice query, const char *name, char *out, struct query_fault *fault);
static void bind_name(sqlite3_stmt *statement, const char *name, const char *value);
static void bind_number(sqlite3_stmt *statement, const char *name, int64_t value);
static bool read_page(struct slice query, long long *limit, char *cursor,
                      struct query_fault *fault);
static void add_row(sqlite3_stmt *row, cJSON *out);
static void add_value(sqlite3_stmt *row, int column, const char *currency, cJSON *out);

const struct kpi *kpi_find(struct slice name)
{
    for (size_t i = 0; i < sizeof kpis / sizeof kpis[0]; i++)
        if (slice_is(name, kpis[i].name))
            return &kpis[i];
    return NULL;
}

const struct kpi *kpi_at(size_t index)
{
    return index < sizeof kpis / sizeof kpis[0] ? &kpis[index] : NULL;
}

bool kpi_ask_read(struct slice query, int64_t now_ms, struct kpi_ask *out,
                  struct query_fault *fault)
{
    int64_t from_ms = INT64_MIN;
    int64_t to_ms = INT64_MIN;
    *out = (struct kpi_ask){.now_ms = now_ms};
    if (!read_time(query, "from", &from_ms, fault) || !read_time(query, "to", &to_ms, fault) ||
        !read_word(query, "plan", out->plan, fault) ||
        !read_word(query, "source", out->source, fault))
        return false;
    if (to_ms == INT64_MIN)
        to_ms = from_ms == INT64_MIN || from_ms < now_ms ? now_ms + 1000 : from_ms + window_ms;
    if (from_ms == INT64_MIN)
        from_ms = to_ms - window_ms;
    kpi_ask_set(out, from_ms, to_ms);
    fault->code = "refused";
    snprintf(fault->detail, sizeof fault->detail, "from must be before to");
    return from_ms < to_ms;
}

void kpi_ask_set(struct kpi_ask *ask, int64_t from_ms, int64_t to_ms)
{
    ask->from_ms = from_ms;
    ask->to_ms = to_ms;
    clock_format_utc(from_ms, ask->from, sizeof ask->from);
    clock_format_utc(to_ms, ask->to, sizeof ask->to);
}

enum error kpi_prepare(struct database *database, const struct kpi *kpi, const struct kpi_ask *ask,
                       const char *rest, sqlite3_stmt **out, struct why *why)
{
    const char *report = shipped_report(kpi->report);
    struct buf sql;
    *out = NULL;
    if (report == NULL)
        return why_set(why, ERROR_NOT_FOUND, "there is no report %s", kpi->report);
    buf_init(&sql, SQL_BYTES_MAX);
    buf_append_text(&sql, "WITH it AS (\n");
    buf_append_text(&sql, report);
    buf_append_text(&sql, ") ");
    buf_append_text(&sql, rest);
    buf_append_u8(&sql, 0);
    enum error error = sql.failed ? why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY))
                                  : database_prepare(database, sql.data, out, why);
    buf_deinit(&sql);
    if (error != ERROR_NONE)
        return error;
    bind_name(*out, ":from", ask->from);
    bind_name(*out, ":to", ask->to);
    bind_name(*out, ":plan", ask->plan);
    bind_name(*out, ":source", ask->source);
    bind_number(*out, ":now", ask->now_ms);
    bind_number(*out, ":day", kpi->day);
    bind_number(*out, ":give", kpi->give);
    return ERROR_NONE;
}

enum error kpi_rows(struct database *database, struct slice name, struct slice query,
                    int64_t now_ms, struct buf *json, unsigned *status, struct why *why)
{
    static const char rest[] = "SELECT * FROM it WHERE CAST(id AS TEXT) > :cursor"
                               " ORDER BY CAST(id AS TEXT) LIMIT :limit";
    const struct kpi *kpi = kpi_find(name);
    struct query_fault fault = {"not_found", "there is no such figure"};
    struct kpi_ask ask;
    long long limit = LIMIT_DEFAULT;
    char cursor[CURSOR_BYTES_MAX] = "";
    sqlite3_stmt *statement;
    *status = kpi == NULL ? 404 : 400;
    if (kpi == NULL || !query_known(query, " from to plan source limit cursor", &fault) ||
        !kpi_ask_read(query, now_ms, &ask, &fault) || !read_page(query, &limit, cursor, &fault)) {
        problem_json(json, *status, fault.code, fault.detail);
        return ERROR_NONE;
    }
    enum error error = kpi_prepare(database, kpi, &ask, rest, &statement, why);
    if (error != ERROR_NONE)
        return error;
    bind_number(statement, ":limit", limit + 1);
    sqlite3_bind_text(statement, sqlite3_bind_parameter_index(statement, ":cursor"), cursor, -1,
                      SQLITE_STATIC);
    json_build();
    cJSON *out = cJSON_CreateObject();
    cJSON *rows = cJSON_AddArrayToObject(out, "rows");
    char next[CURSOR_BYTES_MAX] = "";
    long long count = 0;
    bool more = false;
    while (!more && database_step(database, statement, &error, why)) {
        more = count++ == limit;
        if (more)
            break;
        add_row(statement, json_add_item(rows));
        snprintf(next, sizeof next, "%s", (const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    if (more)
        cJSON_AddStringToObject(out, "next_cursor", next);
    else
        cJSON_AddNullToObject(out, "next_cursor");
    json_add_time(out, "as_of", (uint64_t)now_ms);
    *status = 200;
    return json_answer(out, error, "the answer is too long, ask with a lower limit", json, why);
}

static bool read_time(struct slice query, const char *name, int64_t *out, struct query_fault *fault)
{
    char text[64];
    int64_t ms;
    if (query_get(query, name, text, sizeof text) &&
        (text[0] == '\0' || clock_parse_utc(slice_from(text), &ms))) {
        *out = text[0] == '\0' ? *out : ms;
        return true;
    }
    fault->code = "refused";
    snprintf(fault->detail, sizeof fault->detail,
             "%s must be a time of RFC 3339, as 2026-01-31T12:00:00Z", name);
    return false;
}

static bool read_word(struct slice query, const char *name, char *out, struct query_fault *fault)
{
    if (query_get(query, name, out, KPI_NAME_MAX + 1))
        return true;
    fault->code = "refused";
    snprintf(fault->detail, sizeof fault->detail, "%s is not well-formed or too long", name);
    return false;
}

/* A name that the report does not have has the index 0, which SQLite refuses quietly. */
static void bind_name(sqlite3_stmt *statement, const char *name, const char *value)
{
    int index = sqlite3_bind_parameter_index(statement, name);
    if (index != 0 && value[0] != '\0')
        sqlite3_bind_text(statement, index, value, -1, SQLITE_TRANSIENT);
}

static void bind_number(sqlite3_stmt *statement, const char *name, int64_t value)
{
    int index = sqlite3_bind_parameter_index(statement, name);
    if (index != 0)
        sqlite3_bind_int64(statement, index, value);
}

static bool read_page(struct slice query, long long *limit, char *cursor, struct query_fault *fault)
{
    char text[16];
    fault->code = "refused";
    if (!query_get(query, "limit", text, sizeof text) ||
        (text[0] != '\0' && !slice_to_i64(slice_from(text), limit)) || *limit < 1 ||
        *limit > KPI_ROWS_MAX) {
        snprintf(fault->detail, sizeof fault->detail, "limit must be a number from 1 to %d",
                 KPI_ROWS_MAX);
        return false;
    }
    if (query_get(query, "cursor", cursor, CURSOR_BYTES_MAX))
        return true;
    snprintf(fault->detail, sizeof fault->detail, "cursor must be the next_cursor of a page");
    return false;
}

/* Columns become members: what ends in _ms is a time, unless it is one that lasted; what is in a
 * currency is money; hit is true or false. */
static void add_row(sqlite3_stmt *row, cJSON *out)
{
    const char *currency = "";
    int count = sqlite3_column_count(row);
    for (int i = 0; i < count; i++)
        if (strcmp(sqlite3_column_name(row, i), "currency") == 0)
            currency = (const char *)sqlite3_column_text(row, i);
    for (int i = 0; i < count; i++)
        add_value(row, i, currency == NULL ? "" : currency, out);
}

static void add_value(sqlite3_stmt *row, int column, const char *currency, cJSON *out)
{
    const char *name = sqlite3_column_name(row, column);
    char short_name[64];
    size_t len = strlen(name);
    bool lasted = strcmp(name, "latency_ms") == 0 || strcmp(name, "queue_ms") == 0;
    if (sqlite3_column_type(row, column) == SQLITE_NULL) {
        cJSON_AddNullToObject(out, name);
    } else if (len > 3 && strcmp(name + len - 3, "_ms") == 0 && !lasted) {
        snprintf(short_name, sizeof short_name, "%.*s", (int)(len - 3), name);
        json_add_time_or_null(out, short_name, (uint64_t)sqlite3_column_int64(row, column));
    } else if (strcmp(name, "value") == 0 && currency_decimals(currency) >= 0) {
        double value = sqlite3_column_double(row, column);
        json_add_amount(out, name, (int64_t)(value + 0.5), currency);
    } else if (strcmp(name, "hit") == 0 || strcmp(name, "day_one") == 0) {
        cJSON_AddBoolToObject(out, name, sqlite3_column_int(row, column) != 0);
    } else if (sqlite3_column_type(row, column) == SQLITE_TEXT || strcmp(name, "id") == 0) {
        cJSON_AddStringToObject(out, name, (const char *)sqlite3_column_text(row, column));
    } else {
        cJSON_AddNumberToObject(out, name, sqlite3_column_double(row, column));
    }
}
