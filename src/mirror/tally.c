#include "mirror/tally.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double month_ms = 30.4375 * 24 * 3600 * 1000;

typedef void put_fn(const struct tally *tally, const struct kpi_ask *ask, double margin,
                    const char *name, cJSON *object);
static put_fn put_mrr, put_arpu, put_paying, put_bridge, put_revenue_churn, put_renewal, put_ltv,
    put_ltv12, put_cac, put_count, put_share, put_latency, put_response, put_incidents, put_refunds,
    put_roi, put_converted;

/* clang-format off */
static const struct {
    const char *name;
    put_fn *put;
} figures[] = {
    {"mrr", put_mrr}, {"arpu", put_arpu}, {"paying", put_paying}, {"mrr_bridge", put_bridge},
    {"renewal_rate", put_renewal}, {"churn", put_share}, {"revenue_churn", put_revenue_churn},
    {"ltv", put_ltv}, {"ltv12", put_ltv12}, {"cac", put_cac}, {"roi", put_roi},
    {"new_members", put_count}, {"first_payers", put_count}, {"trial_conversion", put_share},
    {"first_payment_conversion", put_share}, {"promo_conversion", put_share},
    {"retention_7", put_share}, {"retention_30", put_share}, {"activation", put_share},
    {"activation_day_one", put_share}, {"callback_success", put_share}, {"lost_orders", put_count},
    {"grant_latency_ms", put_latency}, {"first_response", put_response},
    {"self_service_rate", put_share}, {"refunds", put_refunds}, {"incidents", put_incidents},
    {"converted", put_converted},
};

static const struct {
    const char *name;
    enum share share;
} shares[] = {
    {"churn", SHARE_LAPSED}, {"trial_conversion", SHARE_TRIAL},
    {"first_payment_conversion", SHARE_FIRST_PAYMENT}, {"promo_conversion", SHARE_PROMO},
    {"retention_7", SHARE_RETENTION_7}, {"retention_30", SHARE_RETENTION_30},
    {"activation", SHARE_ACTIVATION}, {"activation_day_one", SHARE_DAY_ONE},
    {"callback_success", SHARE_CALLBACK}, {"self_service_rate", SHARE_SELF_SERVICE},
};
/* clang-format on */

static void add_share(cJSON *object, const char *name, double share);
static void add_money(cJSON *object, const struct tally_money *money, double minor);
static double start_of(const struct tally_money *money);
static double arpu_of(const struct tally_money *money);
static double into_base(const struct tally *tally, const struct tally_money *money, double minor);

struct tally_money *tally_money(struct tally *tally, const char *currency)
{
    const char *code = currency == NULL ? NULL : currency_find(slice_from(currency));
    for (size_t i = 0; code != NULL && i < tally->money_count; i++)
        if (strcmp(tally->money[i].currency, code) == 0)
            return &tally->money[i];
    if (code == NULL || tally->money_count == TALLY_CURRENCIES_MAX)
        return NULL;
    struct tally_money *money = &tally->money[tally->money_count++];
    snprintf(money->currency, sizeof money->currency, "%s", code);
    return money;
}

struct tally_channel *tally_channel(struct tally *tally, const char *name)
{
    for (size_t i = 0; i < tally->channel_count; i++)
        if (strcmp(tally->channels[i].name, name) == 0)
            return &tally->channels[i];
    if (tally->channel_count == TALLY_CHANNELS_MAX)
        return NULL;
    struct tally_channel *channel = &tally->channels[tally->channel_count++];
    snprintf(channel->name, sizeof channel->name, "%.*s", KPI_NAME_MAX, name);
    return channel;
}

void tally_json(const struct tally *tally, const struct kpi_ask *ask, double margin,
                const char *names, cJSON *object)
{
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        if (names == NULL || query_name_listed(names, slice_from(figures[i].name)))
            figures[i].put(tally, ask, margin, figures[i].name, object);
}

double tally_share(const struct tally *tally, enum share share)
{
    return tally->of[share] == 0 ? -1.0 : (double)tally->hits[share] / (double)tally->of[share];
}

static void put_mrr(const struct tally *tally, const struct kpi_ask *ask, double margin,
                    const char *name, cJSON *object)
{
    cJSON *out = cJSON_AddObjectToObject(object, name);
    (void)ask;
    (void)margin;
    for (size_t i = 0; i < tally->money_count; i++)
        if (tally->money[i].payers > 0)
            add_money(out, &tally->money[i], tally->money[i].mrr);
}

static void put_arpu(const struct tally *tally, const struct kpi_ask *ask, double margin,
                     const char *name, cJSON *object)
{
    cJSON *out = cJSON_AddObjectToObject(object, name);
    (void)ask;
    (void)margin;
    for (size_t i = 0; i < tally->money_count; i++)
        if (tally->money[i].payers > 0)
            add_money(out, &tally->money[i], arpu_of(&tally->money[i]));
}

static void put_paying(const struct tally *tally, const struct kpi_ask *ask, double margin,
                       const char *name, cJSON *object)
{
    (void)ask;
    (void)margin;
    cJSON_AddNumberToObject(object, name, (double)tally->paying);
}

static void put_bridge(const struct tally *tally, const struct kpi_ask *ask, double margin,
                       const char *name, cJSON *object)
{
    static const char *const parts[] = {"new", "reactivation", "expansion", "contraction", "churn"};
    cJSON *out = cJSON_AddObjectToObject(object, name);
    (void)ask;
    (void)margin;
    for (size_t i = 0; i < tally->money_count; i++) {
        const struct tally_money *money = &tally->money[i];
        double start = start_of(money);
        cJSON *one = cJSON_AddObjectToObject(out, money->currency);
        json_add_amount(one, "start", llround(start), money->currency);
        for (size_t n = 0; n < BRIDGE_COUNT; n++)
            json_add_amount(one, parts[n], llround(money->bridge[n]), money->currency);
        json_add_amount(one, "end", llround(money->mrr), money->currency);
    }
}

static void put_revenue_churn(const struct tally *tally, const struct kpi_ask *ask, double margin,
                              const char *name, cJSON *object)
{
    cJSON *out = cJSON_AddObjectToObject(object, name);
    (void)ask;
    (void)margin;
    for (size_t i = 0; i < tally->money_count; i++) {
        const struct tally_money *money = &tally->money[i];
        double start = start_of(money);
        double gross = money->bridge[BRIDGE_CONTRACTION] + money->bridge[BRIDGE_CHURN];
        if (start < 0.5)
            continue;
        cJSON *one = cJSON_AddObjectToObject(out, money->currency);
        add_share(one, "gross", gross / start);
        cJSON_AddNumberToObject(
            one, "net", round((gross - money->bridge[BRIDGE_EXPANSION]) / start * 10000) / 10000);
    }
}

static void put_renewal(const struct tally *tally, const struct kpi_ask *ask, double margin,
                        const char *name, cJSON *object)
{
    cJSON *out = cJSON_AddObjectToObject(object, name);
    (void)ask;
    (void)margin;
    add_share(out, "month", tally_share(tally, SHARE_RENEWED_MONTH));
    add_share(out, "year", tally_share(tally, SHARE_RENEWED_YEAR));
}

/* Months that a member stays, at the pace of this window. */
static void put_ltv(const struct tally *tally, const struct kpi_ask *ask, double margin,
                    const char *name, cJSON *object)
{
    double churn =
        tally_share(tally, SHARE_LAPSED) * month_ms / (double)(ask->to_ms - ask->from_ms);
    if (tally->of[SHARE_LAPSED] < TALLY_SAMPLE_MIN) {
        cJSON_AddNullToObject(object, name);
        return;
    }
    double life = churn * TALLY_LIFE_MAX > 1 ? 1 / churn : TALLY_LIFE_MAX;
    cJSON *out = cJSON_AddObjectToObject(object, name);
    for (size_t i = 0; i < tally->money_count; i++)
        if (tally->money[i].payers > 0)
            add_money(out, &tally->money[i], arpu_of(&tally->money[i]) * margin * life);
}

static void put_ltv12(const struct tally *tally, const struct kpi_ask *ask, double margin,
                      const char *name, cJSON *object)
{
    double months = 0;
    double share = 0;
    (void)ask;
    (void)margin;
    if (tally->reached[0] < TALLY_SAMPLE_MIN) {
        cJSON_AddNullToObject(object, name);
        return;
    }
    for (size_t k = 0; k < TALLY_MONTHS; k++) {
        if (tally->reached[k] > 0)
            share = (double)tally->alive[k] / (double)tally->reached[k];
        months += share;
    }
    cJSON *out = cJSON_AddObjectToObject(object, name);
    for (size_t i = 0; i < tally->money_count; i++)
        if (tally->money[i].payers > 0)
            add_money(out, &tally->money[i], arpu_of(&tally->money[i]) * months);
}

/* Of each channel on which something was spent; null where nobody came by it. */
static void put_cac(const struct tally *tally, const struct kpi_ask *ask, double margin,
                    const char *name, cJSON *object)
{
    cJSON *out = cJSON_AddObjectToObject(object, name);
    (void)ask;
    (void)margin;
    for (size_t c = 0; c < tally->channel_count; c++) {
        const struct tally_channel *channel = &tally->channels[c];
        cJSON *one = NULL;
        for (size_t i = 0; i < tally->money_count; i++) {
            if (channel->spend[i] <= 0)
                continue;
            one = one == NULL ? cJSON_AddObjectToObject(out, channel->name) : one;
            if (channel->payers > 0)
                add_money(one, &tally->money[i], channel->spend[i] / (double)channel->payers);
            else
                cJSON_AddNullToObject(one, tally->money[i].currency);
        }
    }
}

/* What first payers paid first, less what was spent, by what was spent. */
static void put_roi(const struct tally *tally, const struct kpi_ask *ask, double margin,
                    const char *name, cJSON *object)
{
    cJSON *out = cJSON_AddObjectToObject(object, name);
    (void)ask;
    for (size_t c = 0; c < tally->channel_count; c++) {
        const struct tally_channel *channel = &tally->channels[c];
        cJSON *one = NULL;
        for (size_t i = 0; i < tally->money_count; i++) {
            if (channel->spend[i] <= 0)
                continue;
            one = one == NULL ? cJSON_AddObjectToObject(out, channel->name) : one;
            double roi = channel->revenue[i] * margin / channel->spend[i] - 1;
            cJSON_AddNumberToObject(one, tally->money[i].currency, round(roi * 10000) / 10000);
        }
    }
}

static void put_count(const struct tally *tally, const struct kpi_ask *ask, double margin,
                      const char *name, cJSON *object)
{
    (void)ask;
    (void)margin;
    cJSON_AddNumberToObject(object, name,
                            strcmp(name, "new_members") == 0    ? (double)tally->new_members
                            : strcmp(name, "first_payers") == 0 ? (double)tally->first_payers
                                                                : (double)tally->hits[SHARE_LOST]);
}

static void put_share(const struct tally *tally, const struct kpi_ask *ask, double margin,
                      const char *name, cJSON *object)
{
    (void)ask;
    (void)margin;
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
        if (strcmp(shares[i].name, name) == 0)
            add_share(object, name, tally_share(tally, shares[i].share));
}

static void put_latency(const struct tally *tally, const struct kpi_ask *ask, double margin,
                        const char *name, cJSON *object)
{
    static const char *const ranks[] = {"p50", "p95", "p99"};
    cJSON *out = cJSON_AddObjectToObject(object, name);
    cJSON *queue = cJSON_CreateObject();
    (void)ask;
    (void)margin;
    for (size_t i = 0; i < sizeof ranks / sizeof ranks[0]; i++) {
        if (tally->arrived == 0) {
            cJSON_AddNullToObject(out, ranks[i]);
            cJSON_AddNullToObject(queue, ranks[i]);
        } else {
            cJSON_AddNumberToObject(out, ranks[i], (double)tally->latency[i]);
            cJSON_AddNumberToObject(queue, ranks[i], (double)tally->queue[i]);
        }
    }
    cJSON_AddItemToObject(out, "queue", queue);
}

static void put_response(const struct tally *tally, const struct kpi_ask *ask, double margin,
                         const char *name, cJSON *object)
{
    static const char *const ranks[] = {"p50_minutes", "p90_minutes"};
    cJSON *out = cJSON_AddObjectToObject(object, name);
    (void)ask;
    (void)margin;
    for (size_t i = 0; i < sizeof ranks / sizeof ranks[0]; i++) {
        if (tally->of[SHARE_RESPONSE] == 0)
            cJSON_AddNullToObject(out, ranks[i]);
        else
            cJSON_AddNumberToObject(out, ranks[i], (double)tally->minutes[i]);
    }
    add_share(out, "in_time", tally_share(tally, SHARE_RESPONSE));
}

static void put_refunds(const struct tally *tally, const struct kpi_ask *ask, double margin,
                        const char *name, cJSON *object)
{
    cJSON *out = cJSON_AddObjectToObject(object, name);
    (void)ask;
    (void)margin;
    cJSON_AddNumberToObject(out, "count", (double)tally->refunds);
    for (size_t i = 0; i < tally->money_count; i++)
        if (tally->money[i].refunds > 0)
            add_money(out, &tally->money[i], tally->money[i].refunds);
}

static void put_incidents(const struct tally *tally, const struct kpi_ask *ask, double margin,
                          const char *name, cJSON *object)
{
    cJSON *out = cJSON_AddObjectToObject(object, name);
    (void)ask;
    (void)margin;
    cJSON_AddNumberToObject(out, "unsettled", (double)tally->unsettled);
    cJSON_AddNumberToObject(out, "dead", (double)tally->dead);
}

/* All currencies as one, by the rates of the day; null while one of them has none. */
static void put_converted(const struct tally *tally, const struct kpi_ask *ask, double margin,
                          const char *name, cJSON *object)
{
    double mrr = 0;
    bool known = tally->base[0] != '\0';
    (void)ask;
    (void)margin;
    for (size_t i = 0; i < tally->money_count && known; i++) {
        const struct tally_money *money = &tally->money[i];
        if (money->payers == 0)
            continue;
        known = money->rate > 0 || strcmp(money->currency, tally->base) == 0;
        mrr += known ? into_base(tally, money, money->mrr) : 0;
    }
    if (!known) {
        cJSON_AddNullToObject(object, name);
        return;
    }
    cJSON *out = cJSON_AddObjectToObject(object, name);
    cJSON_AddStringToObject(out, "currency", tally->base);
    json_add_amount(out, "mrr", llround(mrr), tally->base);
    if (tally->paying > 0)
        json_add_amount(out, "arpu", llround(mrr / (double)tally->paying), tally->base);
    else
        cJSON_AddNullToObject(out, "arpu");
}

/* Four decimals: a hundredth of a percent. */
static void add_share(cJSON *object, const char *name, double share)
{
    if (share < 0)
        cJSON_AddNullToObject(object, name);
    else
        cJSON_AddNumberToObject(object, name, round(share * 10000) / 10000);
}

static void add_money(cJSON *object, const struct tally_money *money, double minor)
{
    json_add_amount(object, money->currency, llround(minor), money->currency);
}

static double start_of(const struct tally_money *money)
{
    const double *part = money->bridge;
    double start = money->mrr - part[BRIDGE_NEW] - part[BRIDGE_REACTIVATION] -
                   part[BRIDGE_EXPANSION] + part[BRIDGE_CONTRACTION] + part[BRIDGE_CHURN];
    return fabs(start) < 0.5 ? 0 : start;
}

static double arpu_of(const struct tally_money *money)
{
    return money->mrr / (double)money->payers;
}

static double into_base(const struct tally *tally, const struct tally_money *money, double minor)
{
    if (strcmp(money->currency, tally->base) == 0)
        return minor;
    int decimals = currency_decimals(tally->base) - currency_decimals(money->currency);
    return minor * money->rate * pow(10, decimals);
}
