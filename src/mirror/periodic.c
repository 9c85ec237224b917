#include "mirror/periodic.h"

#include "base/civil.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTIONS_MAX = 5, PATH_BYTES = 128, ADDRESS_BYTES = 512, THURSDAY = 4, WEEK = 7 };

struct section_row {
    const char *title;
    enum figures_by by;
    const char *names;
    int64_t back_ms; /* it begins so long before the end; 0: with the report */
};

#define YEAR_MS (INT64_C(365) * 24 * 3600 * 1000)

/* clang-format off */
static const struct kind {
    const char *name;
    struct section_row sections[SECTIONS_MAX];
} kinds[] = {
    {"weekly",
     {{"week", FIGURES_BY_ALL,
       " new_members first_payers paying mrr first_payment_conversion trial_conversion promo_conversion"
       " renewal_rate retention_7 retention_30 activation activation_day_one self_service_rate"
       " first_response callback_success lost_orders grant_latency_ms refunds incidents", 0},
      {"by source", FIGURES_BY_SOURCE, " new_members first_payers first_payment_conversion", 0}}},
    {"monthly",
     {{"month", FIGURES_BY_ALL,
       " mrr mrr_bridge arpu converted paying renewal_rate churn revenue_churn ltv ltv12 cac roi"
       " new_members first_payers first_payment_conversion promo_conversion trial_conversion"
       " retention_7 retention_30 activation callback_success refunds", 0},
      {"by plan", FIGURES_BY_PLAN, " mrr paying arpu renewal_rate churn", 0},
      {"by source", FIGURES_BY_SOURCE, " mrr paying new_members first_payers", 0},
      {"cohorts", FIGURES_BY_COHORT,
       " new_members first_payment_conversion retention_7 retention_30 mrr paying", YEAR_MS}}},
    {"quarter",
     {{"90 days", FIGURES_BY_ALL,
       " mrr mrr_bridge arpu converted paying renewal_rate churn revenue_churn ltv ltv12 cac roi"
       " first_payers trial_conversion first_payment_conversion promo_conversion retention_30"
       " callback_success lost_orders refunds incidents", 0},
      {"by plan", FIGURES_BY_PLAN, " mrr paying renewal_rate churn refunds", 0},
      {"by source", FIGURES_BY_SOURCE, " mrr paying first_payers cac roi", 0}}},
};
/* clang-format on */

struct periodic {
    const struct kind *kind;
    struct kpi_ask ask;
    double margin;
    enum sheet_format format;
    size_t section;
    struct figures *figures; /* of the section under way */
    cJSON *document;
};

static void last_whole(const char *kind, struct calendar *calendar, int64_t now_ms, int64_t *from,
                       int64_t *to);
static enum error begin(struct periodic *it, const struct section_row *row, struct why *why);
static void end(struct periodic *it, const struct section_row *row);
static void add_rows(struct periodic *it, cJSON *rows, const struct kpi_ask *ask, const char *by,
                     const char *group, const char *path, const cJSON *value);
static void add_goals(struct periodic *it);
static const cJSON *value_of(const struct periodic *it, const char *figure);
static void add_line(struct buf *out, const struct periodic *it, const char *figure,
                     const char *label, bool share);

struct periodic *periodic_asked(struct slice kind, struct slice query, int64_t now_ms,
                                struct calendar *calendar, double margin, unsigned *status,
                                struct query_fault *fault)
{
    struct kpi_ask ask;
    char text[KPI_TIME_BYTES + 16];
    enum sheet_format format;
    int64_t from;
    int64_t to;
    size_t n = 0;
    *status = 404;
    fault->code = "not_found";
    snprintf(fault->detail, sizeof fault->detail, "a report is weekly, monthly or quarter");
    while (n < sizeof kinds / sizeof kinds[0] && !slice_is(kind, kinds[n].name))
        n++;
    if (n == sizeof kinds / sizeof kinds[0])
        return NULL;
    *status = 400;
    if (!query_known(query, " from to format", fault) || !kpi_ask_read(query, now_ms, &ask, fault))
        return NULL;
    snprintf(fault->detail, sizeof fault->detail, "format must be json, csv or xlsx");
    if (!query_get(query, "format", text, sizeof text) || !sheet_format_parse(text, &format))
        return NULL;
    last_whole(kinds[n].name, calendar, now_ms, &from, &to);
    bool given_from = query_get(query, "from", text, sizeof text) && text[0] != '\0';
    bool given_to = query_get(query, "to", text, sizeof text) && text[0] != '\0';
    if (!given_from && !given_to)
        kpi_ask_set(&ask, from, to);
    *status = 0;
    struct periodic *it = calloc(1, sizeof *it);
    if (it == NULL)
        return NULL;
    it->kind = &kinds[n];
    it->ask = ask;
    it->margin = margin;
    it->format = format;
    it->document = cJSON_CreateObject();
    cJSON_AddStringToObject(it->document, "report", it->kind->name);
    json_add_time(it->document, "from", (uint64_t)ask.from_ms);
    json_add_time(it->document, "to", (uint64_t)ask.to_ms);
    json_add_time(it->document, "as_of", (uint64_t)now_ms);
    cJSON_AddArrayToObject(it->document, "sections");
    return it;
}

void periodic_destroy(struct periodic **periodic)
{
    if (*periodic == NULL)
        return;
    figures_destroy(&(*periodic)->figures);
    cJSON_Delete((*periodic)->document);
    free(*periodic);
    *periodic = NULL;
}

enum sheet_format periodic_format(const struct periodic *periodic)
{
    return periodic->format;
}

enum error periodic_step(struct periodic *periodic, struct database *database, bool *more,
                         struct why *why)
{
    const struct section_row *row = &periodic->kind->sections[periodic->section];
    bool goes_on = false;
    enum error error = ERROR_NONE;
    *more = false;
    if (periodic->figures == NULL)
        error = begin(periodic, row, why);
    if (error == ERROR_NONE)
        error = figures_step(periodic->figures, database, &goes_on, why);
    if (error != ERROR_NONE)
        return error;
    if (!goes_on) {
        end(periodic, row);
        figures_destroy(&periodic->figures);
        periodic->section++;
    }
    *more = periodic->section < SECTIONS_MAX &&
            periodic->kind->sections[periodic->section].title != NULL;
    if (!*more && strcmp(periodic->kind->name, "quarter") == 0)
        add_goals(periodic);
    return ERROR_NONE;
}

const cJSON *periodic_document(const struct periodic *periodic)
{
    return periodic->document;
}

void periodic_text(const struct periodic *periodic, const cJSON *goals, struct buf *out,
                   uint64_t *below)
{
    const cJSON *goal;
    buf_printf(out, "%s %.10s - %.10s\n", periodic->kind->name, periodic->ask.from,
               periodic->ask.to);
    add_line(out, periodic, "mrr.", "MRR", false);
    add_line(out, periodic, "paying", "paying", false);
    add_line(out, periodic, "new_members", "new members", false);
    add_line(out, periodic, "first_payers", "first payers", false);
    add_line(out, periodic, "renewal_rate.month", "renewal rate", true);
    add_line(out, periodic, "retention_7", "retention, day 7", true);
    add_line(out, periodic, "incidents.unsettled", "payments that waited for you", false);
    *below = 0;
    cJSON_ArrayForEach(goal, goals)
    {
        char name[KPI_NAME_MAX + 1];
        double least = 0;
        if (!cJSON_IsString(goal) || sscanf(goal->valuestring, "%64s %lf", name, &least) != 2)
            continue;
        const cJSON *value =
            value_of(periodic, strcmp(name, "renewal_rate") == 0 ? "renewal_rate.month" : name);
        if (!cJSON_IsNumber(value) || value->valuedouble * 100 >= least)
            continue;
        ++*below;
        buf_printf(out, "BELOW ITS GOAL: %s %.1f %%, at least %.0f %%\n", name,
                   value->valuedouble * 100, least);
    }
}

/* The week from Monday, the month, or the 90 days that were over at the last midnight. */
static void last_whole(const char *kind, struct calendar *calendar, int64_t now_ms, int64_t *from,
                       int64_t *to)
{
    int64_t today = calendar_day(calendar, now_ms);
    int64_t first = today - 90;
    int64_t behind = today;
    if (strcmp(kind, "weekly") == 0) {
        behind = today - (today + THURSDAY - 1) % WEEK;
        first = behind - WEEK;
    } else if (strcmp(kind, "monthly") == 0) {
        behind = today - civil_from_days(today).day + 1;
        first = behind - civil_from_days(behind - 1).day;
    }
    *from = calendar_moment(calendar, first, 0);
    *to = calendar_moment(calendar, behind, 0);
}

static enum error begin(struct periodic *it, const struct section_row *row, struct why *why)
{
    struct kpi_ask ask = it->ask;
    if (row->back_ms != 0)
        kpi_ask_set(&ask, ask.to_ms - row->back_ms, ask.to_ms);
    it->figures = figures_new(&ask, row->by, row->names, it->margin);
    return it->figures != NULL ? ERROR_NONE
                               : why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
}

static void end(struct periodic *it, const struct section_row *row)
{
    static const char *const by_names[] = {"", "plan", "source", "cohort"};
    struct kpi_ask ask = it->ask;
    cJSON *made = figures_json(it->figures);
    cJSON *section = json_add_item(cJSON_GetObjectItem(it->document, "sections"));
    cJSON_AddStringToObject(section, "title", row->title);
    cJSON *rows = cJSON_AddArrayToObject(section, "rows");
    const char *by = by_names[row->by];
    const cJSON *group;
    if (row->back_ms != 0)
        kpi_ask_set(&ask, ask.to_ms - row->back_ms, ask.to_ms);
    if (row->by == FIGURES_BY_ALL)
        add_rows(it, rows, &ask, "", "", "", made);
    cJSON_ArrayForEach(group, json_member(made, "groups"))
    {
        struct slice name = json_string(json_member(group, by));
        char text[KPI_NAME_MAX + 1];
        const cJSON *figure;
        (void)slice_copy(name, text, sizeof text);
        cJSON_ArrayForEach(figure, group)
        {
            if (strcmp(figure->string, by) != 0)
                add_rows(it, rows, &ask, by, text, figure->string, figure);
        }
    }
    cJSON_Delete(made);
}

/* A row for each leaf: "renewal_rate.month". */
static void add_rows(struct periodic *it, cJSON *rows, const struct kpi_ask *ask, const char *by,
                     const char *group, const char *path, const cJSON *value)
{
    char text[PATH_BYTES];
    const cJSON *child;
    if (cJSON_IsObject(value)) {
        cJSON_ArrayForEach(child, value)
        {
            snprintf(text, sizeof text, "%s%s%s", path, path[0] != '\0' ? "." : "", child->string);
            add_rows(it, rows, ask, by, group, text, child);
        }
        return;
    }
    cJSON *row = json_add_item(rows);
    const struct kpi *kpi = kpi_find(slice_of(path, strcspn(path, ".")));
    cJSON_AddStringToObject(row, "group", group);
    cJSON_AddStringToObject(row, "figure", path);
    cJSON_AddItemToObject(row, "value", cJSON_Duplicate(value, true));
    if (kpi == NULL)
        return;
    char address[ADDRESS_BYTES];
    bool filters =
        group[0] != '\0' && strcmp(by, "cohort") != 0 &&
        strspn(group, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
            strlen(group);
    snprintf(address, sizeof address, "/api/v1/kpis/%s/rows?from=%s&to=%s%s%s%s%s", kpi->name,
             ask->from, ask->to, filters ? "&" : "", filters ? by : "", filters ? "=" : "",
             filters ? group : "");
    cJSON_AddStringToObject(row, "rows", address);
}

/* What 90 days are held against. */
static void add_goals(struct periodic *it)
{
    static const struct {
        const char *figure;
        double least;
    } goals[] = {{"trial_conversion", 0.08}, {"paying", 200}, {"renewal_rate.month", 0.6}};
    cJSON *section = json_add_item(cJSON_GetObjectItem(it->document, "sections"));
    cJSON_AddStringToObject(section, "title", "goals");
    cJSON *rows = cJSON_AddArrayToObject(section, "rows");
    for (size_t i = 0; i < sizeof goals / sizeof goals[0]; i++) {
        const cJSON *value = value_of(it, goals[i].figure);
        cJSON *row = json_add_item(rows);
        cJSON_AddStringToObject(row, "group", "");
        cJSON_AddStringToObject(row, "figure", goals[i].figure);
        cJSON_AddItemToObject(row, "value",
                              value == NULL ? cJSON_CreateNull() : cJSON_Duplicate(value, true));
        cJSON_AddNumberToObject(row, "goal", goals[i].least);
    }
}

/* In the first section. "mrr.": the first that begins so. */
static const cJSON *value_of(const struct periodic *it, const char *figure)
{
    const cJSON *section = json_member(it->document, "sections")->child;
    const cJSON *row;
    size_t len = strlen(figure);
    cJSON_ArrayForEach(row, json_member(section, "rows"))
    {
        struct slice name = json_string(json_member(row, "figure"));
        if (name.len >= len && memcmp(name.data, figure, len) == 0 &&
            (name.len == len || figure[len - 1] == '.'))
            return json_member(row, "value");
    }
    return NULL;
}

/* Of all that begin so; nothing where there is nothing to say. */
static void add_line(struct buf *out, const struct periodic *it, const char *figure,
                     const char *label, bool share)
{
    const cJSON *section = json_member(it->document, "sections")->child;
    const cJSON *row;
    size_t len = strlen(figure);
    cJSON_ArrayForEach(row, json_member(section, "rows"))
    {
        struct slice name = json_string(json_member(row, "figure"));
        const cJSON *value = json_member(row, "value");
        if (name.len < len || memcmp(name.data, figure, len) != 0 ||
            (name.len != len && figure[len - 1] != '.'))
            continue;
        if (cJSON_IsString(value))
            buf_printf(out, "%s: %s %s\n", label, value->valuestring, name.data + len);
        else if (cJSON_IsNumber(value) && share)
            buf_printf(out, "%s: %.1f %%\n", label, value->valuedouble * 100);
        else if (cJSON_IsNumber(value))
            buf_printf(out, "%s: %.0f\n", label, value->valuedouble);
    }
}
