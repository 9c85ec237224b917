#include "mirror/figures.h"

#include "base/assert.h"
#include "mirror/functions.h"
#include "mirror/shipped.h"
#include "mirror/stretches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SELECT_BYTES_MAX = 1024,
    PART_MEMBERS = 20000 /* of a question that is put in parts: half a second each */
};

struct figures {
    struct kpi_ask ask;
    enum figures_by by;
    const char *names;
    double margin;
    size_t step;
    bool ready;    /* what questions share is there */
    int64_t above; /* of a question that is put in parts: all members up to this one are counted */
    bool left_out; /* groups beyond the bound */
    struct tally *tallies;
    size_t count;
};

/* Takes one row: the group was column 0. tag: what the row of the table says. Of a question that is
 * put in parts it is called for each of them, and adds up. */
typedef void take_fn(struct tally *tally, sqlite3_stmt *row, int tag);
static take_fn take_mrr, take_paying, take_bridge, take_renewal, take_survival, take_payers,
    take_spend, take_share, take_new, take_activation, take_latency, take_response, take_refunds,
    take_incidents, take_rates;

/* What is asked of a report's rows, %s is the group; and who needs it. */
#define HITS "SELECT %s, total(hit), count(*) FROM it GROUP BY 1"
#define RANKED(column)                                                                             \
    "SELECT grp, max(v) FILTER (WHERE nth <= (n * 50 + 99) / 100),"                                \
    " max(v) FILTER (WHERE nth <= (n * 95 + 99) / 100),"                                           \
    " max(v) FILTER (WHERE nth <= (n * 99 + 99) / 100), count(*)"                                  \
    " FROM (SELECT *, row_number() OVER (PARTITION BY grp ORDER BY v) AS nth,"                     \
    " count(*) OVER (PARTITION BY grp) AS n FROM (SELECT %s AS grp, " column " AS v FROM it))"     \
    " GROUP BY grp"

/* clang-format off */
static const struct step {
    const char *kpi;
    const char *select;
    take_fn *take;
    int tag;
    const char *serves; /* figures */
} steps[] = {
    {"mrr", "SELECT %s, currency, sum(value), count(DISTINCT telegram_id) FROM it GROUP BY 1, 2",
     take_mrr, 0, " mrr arpu mrr_bridge revenue_churn ltv ltv12 converted"},
    {"mrr", "SELECT %s, count(DISTINCT telegram_id) FROM it GROUP BY 1", take_paying, 0,
     " paying converted"},
    {"mrr_bridge", "SELECT %s, currency, part, sum(value) FROM it GROUP BY 1, 2, 3", take_bridge, 0,
     " mrr_bridge revenue_churn"},
    {"renewal_rate", "SELECT %s, part, total(hit), count(*) FROM it GROUP BY 1, 2", take_renewal, 0,
     " renewal_rate"},
    {"churn", HITS, take_share, SHARE_LAPSED, " churn ltv"},
    {"ltv12", "SELECT %s, part, total(hit), count(*) FROM it GROUP BY 1, 2", take_survival, 0,
     " ltv12"},
    {"first_payers", "SELECT %s, source, currency, count(*), sum(value) FROM it GROUP BY 1, 2, 3",
     take_payers, 0, " first_payers cac roi"},
    {"spend", "SELECT %s, source, currency, sum(value) FROM it GROUP BY 1, 2, 3", take_spend, 0,
     " cac roi"},
    {"trial_conversion", HITS, take_share, SHARE_TRIAL, " trial_conversion"},
    {"first_payment_conversion", HITS, take_new, 0, " first_payment_conversion new_members"},
    {"promo_conversion", HITS, take_share, SHARE_PROMO, " promo_conversion"},
    {"retention_7", HITS, take_share, SHARE_RETENTION_7, " retention_7"},
    {"retention_30", HITS, take_share, SHARE_RETENTION_30, " retention_30"},
    {"activation", "SELECT %s, total(hit), count(*), total(day_one) FROM it GROUP BY 1",
     take_activation, 0, " activation activation_day_one"},
    {"callback_success", HITS, take_share, SHARE_CALLBACK, " callback_success"},
    {"lost_orders", HITS, take_share, SHARE_LOST, " lost_orders"},
    {"grant_latency_ms", RANKED("latency_ms"), take_latency, 0, " grant_latency_ms"},
    {"grant_latency_ms", RANKED("queue_ms"), take_latency, 1, " grant_latency_ms"},
    {"first_response",
     "SELECT grp, max(minutes) FILTER (WHERE nth <= (n * 50 + 99) / 100),"
     " max(minutes) FILTER (WHERE nth <= (n * 90 + 99) / 100), total(hit), count(*)"
     " FROM (SELECT *, row_number() OVER (PARTITION BY grp ORDER BY minutes) AS nth,"
     " count(*) OVER (PARTITION BY grp) AS n FROM (SELECT %s AS grp, minutes, hit FROM it))"
     " GROUP BY grp",
     take_response, 0, " first_response"},
    {"self_service_rate", HITS, take_share, SHARE_SELF_SERVICE, " self_service_rate"},
    {"refunds", "SELECT %s, currency, count(*), sum(value) FROM it GROUP BY 1, 2", take_refunds, 0,
     " refunds"},
    {"incidents", "SELECT %s, part, count(*) FROM it GROUP BY 1, 2", take_incidents, 0,
     " incidents"},
    {"rates", "SELECT '', currency, base, micros FROM it", take_rates, 0, " converted"},
};
/* clang-format on */

static double number_of(struct database *database, const char *sql, double otherwise);

static const char *const by_names[] = {"", "plan", "source", "cohort"};
static const char *const by_columns[] = {"''", "plan", "source", "local_month(created_ms)"};

static bool needed(const struct figures *figures, const struct step *step);
static bool shares(const struct step *step);
static bool serves(const char *list, const char *names);
static struct tally *tally_of(struct figures *figures, const char *group);
static enum error run(struct figures *figures, const struct step *step, struct database *database,
                      struct why *why);
static enum error bind_part(struct figures *figures, struct database *database, sqlite3_stmt *row,
                            struct why *why);
static int by_group(const void *left, const void *right);

enum error figures_open(const char *path, struct calendar *calendar, uint64_t ms,
                        struct database **out, double *margin, struct why *why)
{
    enum error error = database_open(path, DATABASE_READ, out, why);
    if (error != ERROR_NONE)
        return error;
    database_bound(*out, ms);
    error = functions_add(*out, calendar, why);
    if (error == ERROR_NONE)
        error = database_run(*out, "PRAGMA cache_size = -65536; BEGIN", why);
    if (error == ERROR_NONE &&
        number_of(*out, "SELECT walked AND position >= whole FROM mirror WHERE one = 1", 0) == 0)
        error = why_set(why, ERROR_LOCKED, "the mirror is being built, try again");
    *margin = number_of(*out, "SELECT margin FROM figures_round", 100) / 100;
    if (error != ERROR_NONE)
        database_close(out);
    return error;
}

static double number_of(struct database *database, const char *sql, double otherwise)
{
    sqlite3_stmt *statement = NULL;
    enum error error = database_prepare(database, sql, &statement, NULL);
    if (error == ERROR_NONE && database_step(database, statement, &error, NULL) &&
        sqlite3_column_type(statement, 0) != SQLITE_NULL)
        otherwise = sqlite3_column_double(statement, 0);
    sqlite3_finalize(statement);
    return otherwise;
}

struct figures *figures_new(const struct kpi_ask *ask, enum figures_by by, const char *names,
                            double margin)
{
    struct figures *figures = calloc(1, sizeof *figures);
    if (figures == NULL ||
        (figures->tallies = calloc(FIGURES_GROUPS_MAX, sizeof *figures->tallies)) == NULL) {
        free(figures);
        return NULL;
    }
    figures->ask = *ask;
    figures->by = by;
    figures->names = names;
    figures->above = INT64_MIN;
    figures->margin = margin;
    figures->count = by == FIGURES_BY_ALL;
    return figures;
}

void figures_destroy(struct figures **figures)
{
    if (*figures != NULL)
        free((*figures)->tallies);
    free(*figures);
    *figures = NULL;
}

struct figures *figures_asked(struct slice query, int64_t now_ms, double margin,
                              struct query_fault *fault)
{
    struct kpi_ask ask;
    char by[16];
    size_t n = 0;
    if (!query_known(query, " from to plan source by", fault) ||
        !kpi_ask_read(query, now_ms, &ask, fault))
        return NULL;
    fault->code = "refused";
    snprintf(fault->detail, sizeof fault->detail, "by must be plan, source or cohort");
    if (!query_get(query, "by", by, sizeof by))
        return NULL;
    while (n < sizeof by_names / sizeof by_names[0] && strcmp(by_names[n], by) != 0)
        n++;
    if (n == sizeof by_names / sizeof by_names[0])
        return NULL;
    fault->detail[0] = '\0';
    return figures_new(&ask, (enum figures_by)n, NULL, margin);
}

enum error figures_step(struct figures *figures, struct database *database, bool *more,
                        struct why *why)
{
    const size_t end = sizeof steps / sizeof steps[0];
    enum error error = ERROR_NONE;
    while (figures->step < end && !needed(figures, &steps[figures->step]))
        figures->step++;
    if (figures->step < end && !figures->ready && shares(&steps[figures->step])) {
        error = stretches_step(database, PART_MEMBERS, more, why);
        figures->ready = !*more;
        *more = error == ERROR_NONE;
        return error == ERROR_TIMEOUT
                   ? why_set(why, error, "what members pay by month takes too long to work out")
                   : error;
    }
    if (figures->step < end) {
        const struct step *step = &steps[figures->step];
        error = run(figures, step, database, why);
        if (figures->above == INT64_MIN || figures->above == INT64_MAX) {
            figures->step++;
            figures->above = INT64_MIN;
        }
        if (error == ERROR_TIMEOUT)
            error = why_set(why, error,
                            "the figure %s takes too long, ask for a shorter time or one plan",
                            step->kpi);
    }
    while (figures->step < end && !needed(figures, &steps[figures->step]))
        figures->step++;
    *more = error == ERROR_NONE && figures->step < end;
    if (!*more && figures->by != FIGURES_BY_ALL)
        qsort(figures->tallies, figures->count, sizeof *figures->tallies, by_group);
    return error;
}

cJSON *figures_json(const struct figures *figures)
{
    cJSON *out = cJSON_CreateObject();
    if (figures->names == NULL) {
        json_add_time(out, "from", (uint64_t)figures->ask.from_ms);
        json_add_time(out, "to", (uint64_t)figures->ask.to_ms);
        json_add_time(out, "as_of", (uint64_t)figures->ask.now_ms);
    }
    if (figures->by == FIGURES_BY_ALL) {
        tally_json(figures->tallies, &figures->ask, figures->margin, figures->names, out);
        return out;
    }
    cJSON_AddStringToObject(out, "by", by_names[figures->by]);
    cJSON *groups = cJSON_AddArrayToObject(out, "groups");
    for (size_t i = 0; i < figures->count; i++) {
        cJSON *one = json_add_item(groups);
        cJSON_AddStringToObject(one, by_names[figures->by], figures->tallies[i].group);
        tally_json(&figures->tallies[i], &figures->ask, figures->margin, figures->names, one);
    }
    cJSON_AddBoolToObject(out, "more_groups", figures->left_out);
    return out;
}

static bool needed(const struct figures *figures, const struct step *step)
{
    return figures->names == NULL || serves(step->serves, figures->names);
}

/* Does the question ask for paid_stretch? */
static bool shares(const struct step *step)
{
    const char *report = shipped_report(kpi_find(slice_from(step->kpi))->report);
    return report != NULL && strstr(report, "paid_stretch") != NULL;
}

/* Have two lists of names one in common? */
static bool serves(const char *list, const char *names)
{
    while (*list != '\0') {
        size_t len = strcspn(++list, " ");
        if (query_name_listed(names, slice_of(list, len)))
            return true;
        list += len;
    }
    return false;
}

static struct tally *tally_of(struct figures *figures, const char *group)
{
    for (size_t i = 0; i < figures->count; i++)
        if (strcmp(figures->tallies[i].group, group) == 0)
            return &figures->tallies[i];
    if (figures->count == FIGURES_GROUPS_MAX) {
        figures->left_out = true;
        return NULL;
    }
    struct tally *tally = &figures->tallies[figures->count++];
    snprintf(tally->group, sizeof tally->group, "%.*s", KPI_NAME_MAX, group);
    return tally;
}

static enum error run(struct figures *figures, const struct step *step, struct database *database,
                      struct why *why)
{
    char select[SELECT_BYTES_MAX];
    const char *format = step->select;
    const char *hole = strstr(format, "%s");
    sqlite3_stmt *row;
    const struct kpi *kpi = kpi_find(slice_from(step->kpi));
    ASSERT(kpi != NULL);
    int n = hole == NULL ? snprintf(select, sizeof select, "%s", format)
                         : snprintf(select, sizeof select, "%.*s%s%s", (int)(hole - format), format,
                                    by_columns[figures->by], hole + 2);
    ASSERT(n > 0 && (size_t)n < sizeof select);
    enum error error = kpi_prepare(database, kpi, &figures->ask, select, &row, why);
    if (error == ERROR_NONE && sqlite3_bind_parameter_index(row, ":above") != 0)
        error = bind_part(figures, database, row, why);
    while (error == ERROR_NONE && database_step(database, row, &error, why)) {
        const char *group = (const char *)sqlite3_column_text(row, 0);
        struct tally *tally =
            step->take == take_rates ? figures->tallies : tally_of(figures, group ? group : "");
        if (tally != NULL)
            step->take(tally, row, step->tag);
        for (size_t i = 1; step->take == take_rates && i < figures->count; i++)
            take_rates(&figures->tallies[i], row, 0);
    }
    sqlite3_finalize(row);
    return error;
}

/* A report with :above and :upto is put in parts, of the next members each; what its rows are added
 * up to must not hang by the others'. */
static enum error bind_part(struct figures *figures, struct database *database, sqlite3_stmt *row,
                            struct why *why)
{
    int64_t upto = INT64_MAX;
    enum error error = stretches_upto(database, PART_MEMBERS, figures->above, &upto, why);
    sqlite3_bind_int64(row, sqlite3_bind_parameter_index(row, ":above"), figures->above);
    sqlite3_bind_int64(row, sqlite3_bind_parameter_index(row, ":upto"), upto);
    figures->above = upto;
    return error;
}

static int by_group(const void *left, const void *right)
{
    return strcmp(((const struct tally *)left)->group, ((const struct tally *)right)->group);
}

static const char *text_at(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text == NULL ? "" : text;
}

static void take_mrr(struct tally *tally, sqlite3_stmt *row, int tag)
{
    struct tally_money *money = tally_money(tally, text_at(row, 1));
    (void)tag;
    if (money == NULL)
        return;
    money->mrr += sqlite3_column_double(row, 2);
    money->payers += sqlite3_column_int64(row, 3);
}

static void take_paying(struct tally *tally, sqlite3_stmt *row, int tag)
{
    (void)tag;
    tally->paying += sqlite3_column_int64(row, 1);
}

static void take_bridge(struct tally *tally, sqlite3_stmt *row, int tag)
{
    static const char *const parts[] = {"new", "reactivation", "expansion", "contraction", "churn"};
    struct tally_money *money = tally_money(tally, text_at(row, 1));
    (void)tag;
    for (size_t i = 0; money != NULL && i < BRIDGE_COUNT; i++)
        if (strcmp(parts[i], text_at(row, 2)) == 0)
            money->bridge[i] += sqlite3_column_double(row, 3);
}

static void take_share(struct tally *tally, sqlite3_stmt *row, int tag)
{
    tally->hits[tag] += sqlite3_column_int64(row, 1);
    tally->of[tag] += sqlite3_column_int64(row, 2);
}

static void take_renewal(struct tally *tally, sqlite3_stmt *row, int tag)
{
    int share = strcmp(text_at(row, 1), "year") == 0 ? SHARE_RENEWED_YEAR : SHARE_RENEWED_MONTH;
    (void)tag;
    tally->hits[share] += sqlite3_column_int64(row, 2);
    tally->of[share] += sqlite3_column_int64(row, 3);
}

static void take_survival(struct tally *tally, sqlite3_stmt *row, int tag)
{
    int month = sqlite3_column_int(row, 1);
    (void)tag;
    if (month < 0 || month >= TALLY_MONTHS)
        return;
    tally->alive[month] += sqlite3_column_int64(row, 2);
    tally->reached[month] += sqlite3_column_int64(row, 3);
}

static void take_payers(struct tally *tally, sqlite3_stmt *row, int tag)
{
    struct tally_channel *channel = tally_channel(tally, text_at(row, 1));
    struct tally_money *money = tally_money(tally, text_at(row, 2));
    (void)tag;
    tally->first_payers += sqlite3_column_int64(row, 3);
    if (channel == NULL)
        return;
    channel->payers += sqlite3_column_int64(row, 3);
    if (money != NULL)
        channel->revenue[money - tally->money] += sqlite3_column_double(row, 4);
}

static void take_spend(struct tally *tally, sqlite3_stmt *row, int tag)
{
    struct tally_channel *channel = tally_channel(tally, text_at(row, 1));
    struct tally_money *money = tally_money(tally, text_at(row, 2));
    (void)tag;
    if (channel != NULL && money != NULL)
        channel->spend[money - tally->money] += sqlite3_column_double(row, 3);
}

static void take_new(struct tally *tally, sqlite3_stmt *row, int tag)
{
    (void)tag;
    take_share(tally, row, SHARE_FIRST_PAYMENT);
    tally->new_members = tally->of[SHARE_FIRST_PAYMENT];
}

static void take_activation(struct tally *tally, sqlite3_stmt *row, int tag)
{
    (void)tag;
    take_share(tally, row, SHARE_ACTIVATION);
    tally->of[SHARE_DAY_ONE] = tally->of[SHARE_ACTIVATION];
    tally->hits[SHARE_DAY_ONE] = sqlite3_column_int64(row, 3);
}

static void take_latency(struct tally *tally, sqlite3_stmt *row, int tag)
{
    int64_t *ranks = tag == 0 ? tally->latency : tally->queue;
    for (int i = 0; i < 3; i++)
        ranks[i] = sqlite3_column_int64(row, i + 1);
    tally->arrived = sqlite3_column_int64(row, 4);
}

static void take_response(struct tally *tally, sqlite3_stmt *row, int tag)
{
    (void)tag;
    tally->minutes[0] = sqlite3_column_int64(row, 1);
    tally->minutes[1] = sqlite3_column_int64(row, 2);
    tally->hits[SHARE_RESPONSE] = sqlite3_column_int64(row, 3);
    tally->of[SHARE_RESPONSE] = sqlite3_column_int64(row, 4);
}

static void take_refunds(struct tally *tally, sqlite3_stmt *row, int tag)
{
    struct tally_money *money = tally_money(tally, text_at(row, 1));
    (void)tag;
    tally->refunds += sqlite3_column_int64(row, 2);
    if (money != NULL)
        money->refunds = sqlite3_column_double(row, 3);
}

static void take_incidents(struct tally *tally, sqlite3_stmt *row, int tag)
{
    (void)tag;
    if (strcmp(text_at(row, 1), "dead") == 0)
        tally->dead = sqlite3_column_int64(row, 2);
    else
        tally->unsettled = sqlite3_column_int64(row, 2);
}

/* Only of money that there is. */
static void take_rates(struct tally *tally, sqlite3_stmt *row, int tag)
{
    (void)tag;
    snprintf(tally->base, sizeof tally->base, "%s", text_at(row, 2));
    for (size_t i = 0; i < tally->money_count; i++)
        if (strcmp(tally->money[i].currency, text_at(row, 1)) == 0)
            tally->money[i].rate = sqlite3_column_double(row, 3) / 1e6;
}
