#include "mirror/lists.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/json.h"
#include "http/query.h"
#include "http/route.h"
#include "mirror/items.h"

#include <stdio.h>
#include <stdlib.h>

enum { SQL_BYTES_MAX = 4096, VALUE_BYTES_MAX = 320, FILTERS_MAX = 8, CURSOR_BYTES_MAX = 160 };

enum filter_kind { FILTER_TEXT, FILTER_MEMBER, FILTER_TIME, FILTER_CHOICE, FILTER_SEARCH };

/* inner: about an entitlement of the member. */
struct filter {
    const char *name;
    enum filter_kind kind;
    const char *sql;     /* with ?N for the value, N is 1 + the row's place */
    const char *choices; /* " a b": what it may be */
    bool inner;
};

struct list {
    const char *thing;
    const char *table;
    const char *params;
    const char *time; /* ordered by it, then by the key; NULL: by the key alone */
    const char *key;
    bool text_key;
    const struct filter *filters;
    const char *columns;
    item_fn *add;
    const char *count; /* of all: "unsettled" of payments; NULL */
};

/* clang-format off */
#define STATES " granted unsettled taken_back recorded dismissed"
static const struct filter member_filters[] = {
    {"plan", FILTER_TEXT, "e.plan = ?1", NULL, true},
    {"status", FILTER_CHOICE, "e.status = ?2",
     " trial active cancelling past_due grace paused lapsed revoked ended", true},
    {"expires_before", FILTER_TIME, "e.until_ms < ?3", NULL, true},
    {"q", FILTER_SEARCH, "(t.telegram_id = ?4 OR t.name LIKE ?5 ESCAPE '\\')", NULL, false},
    {NULL, FILTER_TEXT, NULL, NULL, false}};
static const struct filter payment_filters[] = {
    {"state", FILTER_CHOICE, "t.state = ?1", STATES, false},
    {"member", FILTER_MEMBER, "t.telegram_id = ?2", NULL, false},
    {"gateway", FILTER_TEXT, "t.gateway = ?3", NULL, false},
    {"since", FILTER_TIME, "t.at_ms >= ?4", NULL, false},
    {NULL, FILTER_TEXT, NULL, NULL, false}};
static const struct filter order_filters[] = {
    {"state", FILTER_CHOICE, "t.state = ?1",
     " open paid fulfilled expired cancelled refunded partly_refunded disputed", false},
    {"member", FILTER_MEMBER, "t.telegram_id = ?2", NULL, false},
    {"plan", FILTER_TEXT, "t.plan = ?3", NULL, false},
    {"overpaid", FILTER_CHOICE, "(t.surplus > 0) = (?4 = 'yes')", " yes no", false},
    {NULL, FILTER_TEXT, NULL, NULL, false}};
#define STAGES " pending started done dead held waiting"
static const struct filter delivery_filters[] = {
    {"state", FILTER_CHOICE, "t.stage = ?1", STAGES, false},
    {"stage", FILTER_CHOICE, "t.stage = ?2", STAGES, false},
    {"kind", FILTER_TEXT, "t.kind = ?3", NULL, false},
    {"member", FILTER_MEMBER, "t.telegram_id = ?4", NULL, false},
    {NULL, FILTER_TEXT, NULL, NULL, false}};
/* who: all of it, or what stands before the name: staff:1001. */
static const struct filter audit_filters[] = {
    {"who", FILTER_TEXT, "(t.actor = ?1 OR substr(t.actor, 1, length(?1) + 1) = ?1 || ' ')", NULL, false},
    {"member", FILTER_MEMBER, "t.member = ?2", NULL, false},
    {"since", FILTER_TIME, "t.at >= ?3", NULL, false},
    {"what", FILTER_TEXT, "t.what = ?4", NULL, false},
    {NULL, FILTER_TEXT, NULL, NULL, false}};

static const struct list lists[] = {
    {"members", "member", " limit cursor order plan status expires_before q", "created_ms",
     "telegram_id", false, member_filters, member_columns, item_member, NULL},
    {"payments", "payment", " limit cursor order state member gateway since", NULL, "sequence",
     false, payment_filters, payment_columns, item_payment,
     "SELECT count(*) FROM payment WHERE state = 'unsettled'"},
    {"orders", "orders", " limit cursor order state member plan overpaid", "created_ms", "order_id",
     true, order_filters, order_columns, item_order, NULL},
    {"deliveries", "delivery", " limit cursor order state stage kind member", NULL, "delivery_id",
     false, delivery_filters, delivery_columns, item_delivery, NULL},
    {"audit", "fact_audited", " limit cursor order who member since what", NULL, "sequence", false,
     audit_filters, audit_columns, item_audit, NULL},
};
/* clang-format on */

/* What is asked for. */
struct page {
    const struct list *list;
    uint64_t limit;
    bool oldest;
    char values[FILTERS_MAX][VALUE_BYTES_MAX]; /* by the list's filters; "" when absent */
    int64_t numbers[FILTERS_MAX];
    bool given[FILTERS_MAX];
    bool behind; /* a cursor was given */
    int64_t behind_time;
    char behind_key[CURSOR_BYTES_MAX];
};

enum { PARAM_TIME = 10, PARAM_KEY = 11, PARAM_LIMIT = 12 };

static const struct list *find(struct slice thing);
static bool read_page(struct page *page, struct slice query, struct query_fault *fault);
static bool read_filter(struct page *page, size_t n, struct slice query, struct query_fault *fault);
static bool read_cursor(struct page *page, const char *text);
static void write_cursor(const struct page *page, int64_t time, struct slice key, char *out,
                         size_t out_size);
static void make_sql(const struct page *page, struct buf *sql);
static void bind_page(const struct page *page, sqlite3_stmt *statement);
static enum error answer(struct item_call *call, const struct page *page, uint64_t as_of_ms,
                         struct buf *json, struct why *why);
static enum error standing(struct database *database, bool *whole, uint64_t *at_ms,
                           struct why *why);
static enum error add_count(struct database *database, const char *sql, cJSON *out,
                            struct why *why);
static enum error add_items(struct item_call *call, const struct page *page, cJSON *out,
                            struct why *why);

bool list_known(struct slice thing)
{
    return find(thing) != NULL;
}

enum error mirror_list(struct database *database, enum language language, struct slice thing,
                       struct slice query, uint64_t as_of_ms, struct buf *json, unsigned *status,
                       struct why *why)
{
    struct page page = {.list = find(thing)};
    struct item_call call = {.database = database, .language = language};
    struct query_fault fault = {"refused", "no such list"};
    bool whole = false;
    uint64_t at_ms = 0;
    *status = page.list == NULL ? 404 : 400;
    if (page.list == NULL || !read_page(&page, query, &fault)) {
        problem_json(json, *status, *status == 404 ? "not_found" : fault.code, fault.detail);
        return ERROR_NONE;
    }
    /* One transaction: one moment. */
    enum error error = database_run(database, "BEGIN", why);
    if (error == ERROR_NONE)
        error = standing(database, &whole, &at_ms, why);
    *status = whole ? 200 : 503;
    if (error == ERROR_NONE && whole)
        error = answer(&call, &page, at_ms > as_of_ms ? at_ms : as_of_ms, json, why);
    else if (error == ERROR_NONE)
        problem_json(json, 503, "busy", "the mirror is being built, try again");
    sqlite3_finalize(call.inner);
    (void)database_run(database, "ROLLBACK", NULL);
    return error;
}

static const struct list *find(struct slice thing)
{
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (slice_is(thing, lists[i].thing))
            return &lists[i];
    return NULL;
}

static bool read_page(struct page *page, struct slice query, struct query_fault *fault)
{
    char text[VALUE_BYTES_MAX];
    long long limit = LIST_LIMIT_DEFAULT;
    if (!query_known(query, page->list->params, fault))
        return false;
    if (!query_get(query, "limit", text, sizeof text) ||
        (text[0] != '\0' && !slice_to_i64(slice_from(text), &limit)) || limit < 1 ||
        limit > LIST_LIMIT_MAX) {
        snprintf(fault->detail, sizeof fault->detail, "limit must be a number from 1 to 1000");
        return false;
    }
    page->limit = (uint64_t)limit;
    if (!query_get(query, "order", text, sizeof text) ||
        (text[0] != '\0' && strcmp(text, "newest") != 0 && strcmp(text, "oldest") != 0)) {
        snprintf(fault->detail, sizeof fault->detail, "order must be newest or oldest");
        return false;
    }
    page->oldest = strcmp(text, "oldest") == 0;
    if (!query_get(query, "cursor", text, sizeof text) ||
        (text[0] != '\0' && !read_cursor(page, text))) {
        snprintf(fault->detail, sizeof fault->detail,
                 "cursor must be the next_cursor of a page of this list in this order");
        return false;
    }
    for (size_t n = 0; page->list->filters[n].name != NULL; n++)
        if (!read_filter(page, n, query, fault))
            return false;
    return true;
}

static bool read_filter(struct page *page, size_t n, struct slice query, struct query_fault *fault)
{
    const struct filter *filter = &page->list->filters[n];
    char *value = page->values[n];
    long long number;
    ASSERT(n < FILTERS_MAX);
    if (!query_get(query, filter->name, value, VALUE_BYTES_MAX)) {
        snprintf(fault->detail, sizeof fault->detail, "%s is not well-formed or too long",
                 filter->name);
        return false;
    }
    page->given[n] = value[0] != '\0';
    if (!page->given[n])
        return true;
    if (filter->kind == FILTER_CHOICE && !query_name_listed(filter->choices, slice_from(value))) {
        snprintf(fault->detail, sizeof fault->detail, "%s must be one of:%s", filter->name,
                 filter->choices);
        return false;
    }
    if (filter->kind == FILTER_TIME && !clock_parse_utc(slice_from(value), &page->numbers[n])) {
        snprintf(fault->detail, sizeof fault->detail,
                 "%s must be a time of RFC 3339, as 2026-01-31T12:00:00Z", filter->name);
        return false;
    }
    if (filter->kind == FILTER_MEMBER || filter->kind == FILTER_SEARCH) {
        bool good = slice_to_i64(slice_from(value), &number);
        page->numbers[n] = good ? number : 0;
        if (!good && filter->kind == FILTER_MEMBER) {
            snprintf(fault->detail, sizeof fault->detail, "%s must be a Telegram id", filter->name);
            return false;
        }
    }
    return true;
}

/* THING ORDER TIME KEY with blanks between, in base64url without padding. */
static bool read_cursor(struct page *page, const char *text)
{
    uint8_t bytes[CURSOR_BYTES_MAX];
    char thing[16];
    char order;
    long long time;
    int at = 0;
    size_t len;
    if (!base64_decode(slice_from(text), bytes, sizeof bytes - 1, &len))
        return false;
    bytes[len] = '\0';
    if (strlen((const char *)bytes) != len || !slice_is_text(slice_of(bytes, len)) ||
        sscanf((const char *)bytes, "%15s %c %lld %n", thing, &order, &time, &at) != 3 || at == 0 ||
        strcmp(thing, page->list->thing) != 0 || order != (page->oldest ? 'o' : 'n'))
        return false;
    page->behind = true;
    page->behind_time = time;
    snprintf(page->behind_key, sizeof page->behind_key, "%s", (const char *)bytes + at);
    long long number;
    return page->list->text_key || slice_to_i64(slice_from(page->behind_key), &number);
}

static void write_cursor(const struct page *page, int64_t time, struct slice key, char *out,
                         size_t out_size)
{
    char text[CURSOR_BYTES_MAX];
    int n = snprintf(text, sizeof text, "%s %c %lld %.*s", page->list->thing,
                     page->oldest ? 'o' : 'n', (long long)time, SLICE_ARG(key));
    ASSERT(n > 0 && (size_t)n < sizeof text);
    base64_encode(text, (size_t)n, out, out_size);
    for (char *at = out; *at != '\0'; at++) {
        if (*at == '=')
            *at-- = '\0';
        else
            *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
    }
}

static void make_sql(const struct page *page, struct buf *sql)
{
    const struct list *list = page->list;
    const char *way = page->oldest ? "ASC" : "DESC";
    const char *than = page->oldest ? ">" : "<";
    bool inner = false;
    bool running = false;
    buf_printf(sql, "SELECT t.\"%s\", %s%s, %s FROM \"%s\" AS t WHERE 1", list->key,
               list->time == NULL ? "" : "t.", list->time == NULL ? "0" : list->time, list->columns,
               list->table);
    for (size_t n = 0; list->filters[n].name != NULL; n++) {
        const struct filter *filter = &list->filters[n];
        if (page->given[n] && !filter->inner)
            buf_printf(sql, " AND %s", filter->sql);
        inner = inner || (page->given[n] && filter->inner);
    }
    if (inner)
        buf_append_text(sql, " AND EXISTS (SELECT 1 FROM entitlement AS e"
                             " WHERE e.telegram_id = t.telegram_id");
    for (size_t n = 0; inner && list->filters[n].name != NULL; n++) {
        const struct filter *filter = &list->filters[n];
        if (page->given[n] && filter->inner)
            buf_printf(sql, " AND %s", filter->sql);
        if (page->given[n] && filter->kind == FILTER_TIME)
            running = true; /* what has ended expires no more */
    }
    if (running && !page->given[1])
        buf_append_text(sql, " AND e.status NOT IN ('none', 'ended', 'lapsed', 'revoked')");
    if (inner)
        buf_append_text(sql, ")");
    if (page->behind && list->time != NULL)
        buf_printf(sql, " AND (t.%s, t.\"%s\") %s (?%d, ?%d)", list->time, list->key, than,
                   PARAM_TIME, PARAM_KEY);
    else if (page->behind)
        buf_printf(sql, " AND t.\"%s\" %s ?%d", list->key, than, PARAM_KEY);
    buf_append_text(sql, " ORDER BY");
    if (list->time != NULL)
        buf_printf(sql, " t.%s %s,", list->time, way);
    buf_printf(sql, " t.\"%s\" %s LIMIT ?%d", list->key, way, PARAM_LIMIT);
    buf_append_u8(sql, 0);
}

static void bind_page(const struct page *page, sqlite3_stmt *statement)
{
    const struct list *list = page->list;
    for (size_t n = 0; list->filters[n].name != NULL; n++) {
        int index = (int)n + 1;
        char pattern[2 * VALUE_BYTES_MAX];
        size_t at = 0;
        if (!page->given[n])
            continue;
        switch (list->filters[n].kind) {
        case FILTER_TEXT:
        case FILTER_CHOICE:
            bind_text(statement, index, slice_from(page->values[n]));
            break;
        case FILTER_MEMBER:
        case FILTER_TIME:
            sqlite3_bind_int64(statement, index, page->numbers[n]);
            break;
        case FILTER_SEARCH:
            sqlite3_bind_int64(statement, index, page->numbers[n]);
            for (const char *c = page->values[n]; *c != '\0'; c++) {
                if (strchr("%_\\", *c) != NULL)
                    pattern[at++] = '\\';
                pattern[at++] = *c;
            }
            pattern[at++] = '%';
            sqlite3_bind_text(statement, index + 1, pattern, (int)at, SQLITE_TRANSIENT);
            break;
        }
    }
    if (page->behind && list->time != NULL)
        sqlite3_bind_int64(statement, PARAM_TIME, page->behind_time);
    long long key = 0;
    if (page->behind && list->text_key)
        bind_text(statement, PARAM_KEY, slice_from(page->behind_key));
    else if (page->behind && slice_to_i64(slice_from(page->behind_key), &key))
        sqlite3_bind_int64(statement, PARAM_KEY, key);
    sqlite3_bind_int64(statement, PARAM_LIMIT, (int64_t)page->limit + 1);
}

static enum error answer(struct item_call *call, const struct page *page, uint64_t as_of_ms,
                         struct buf *json, struct why *why)
{
    char time[32];
    json_build();
    cJSON *out = cJSON_CreateObject();
    enum error error = ERROR_NONE;
    if (page->list->count != NULL)
        error = add_count(call->database, page->list->count, out, why);
    if (error == ERROR_NONE)
        error = add_items(call, page, out, why);
    clock_format_utc((int64_t)as_of_ms, time, sizeof time);
    cJSON_AddStringToObject(out, "as_of", time);
    return json_answer(out, error, "the answer is too long, ask with a lower limit", json, why);
}

static enum error standing(struct database *database, bool *whole, uint64_t *at_ms, struct why *why)
{
    sqlite3_stmt *statement = NULL;
    enum error error = database_prepare(
        database, "SELECT walked AND position >= whole, at_ms FROM mirror WHERE one = 1",
        &statement, why);
    if (error == ERROR_NONE && database_step(database, statement, &error, why)) {
        *whole = sqlite3_column_int(statement, 0) != 0;
        *at_ms = (uint64_t)sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    return error;
}

static enum error add_count(struct database *database, const char *sql, cJSON *out, struct why *why)
{
    sqlite3_stmt *statement = NULL;
    enum error error = database_prepare(database, sql, &statement, why);
    if (error == ERROR_NONE && database_step(database, statement, &error, why))
        cJSON_AddNumberToObject(out, "unsettled", (double)sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
    return error;
}

static enum error add_items(struct item_call *call, const struct page *page, cJSON *out,
                            struct why *why)
{
    char cursor[2 * CURSOR_BYTES_MAX] = "";
    sqlite3_stmt *statement = NULL;
    struct buf sql;
    uint64_t count = 0;
    buf_init(&sql, SQL_BYTES_MAX);
    make_sql(page, &sql);
    enum error error = sql.failed ? why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY))
                                  : database_prepare(call->database, sql.data, &statement, why);
    buf_deinit(&sql);
    cJSON *items = cJSON_AddArrayToObject(out, page->list->thing);
    if (error == ERROR_NONE)
        bind_page(page, statement);
    bool more = false;
    while (error == ERROR_NONE && !more && database_step(call->database, statement, &error, why)) {
        more = count++ == page->limit;
        if (more)
            break;
        call->row = statement;
        page->list->add(call, json_add_item(items));
        if (count == page->limit)
            write_cursor(page, sqlite3_column_int64(statement, 1),
                         slice_from((const char *)sqlite3_column_text(statement, 0)), cursor,
                         sizeof cursor);
    }
    sqlite3_finalize(statement);
    if (more)
        cJSON_AddStringToObject(out, "next_cursor", cursor);
    else
        cJSON_AddNullToObject(out, "next_cursor");
    return error;
}
