/* What the figures of one group (a plan, a source, a cohort, or all) add up to, and how that reads
 * as JSON. Pure. */
#ifndef USHER_MIRROR_TALLY_H
#define USHER_MIRROR_TALLY_H

#include "base/json.h"
#include "base/money.h"
#include "mirror/kpi.h"

enum {
    TALLY_CURRENCIES_MAX = 16,
    TALLY_CHANNELS_MAX = 64, /* further ones count only in the sums */
    TALLY_MONTHS = 12,
    TALLY_SAMPLE_MIN = 30, /* fewer, and LTV says nothing */
    TALLY_LIFE_MAX = 36    /* months of LTV */
};

/* Shares: how many of how many. */
enum share {
    SHARE_RENEWED_MONTH,
    SHARE_RENEWED_YEAR,
    SHARE_LAPSED,
    SHARE_TRIAL,
    SHARE_FIRST_PAYMENT,
    SHARE_PROMO,
    SHARE_RETENTION_7,
    SHARE_RETENTION_30,
    SHARE_ACTIVATION,
    SHARE_DAY_ONE,
    SHARE_CALLBACK,
    SHARE_LOST,
    SHARE_RESPONSE,
    SHARE_SELF_SERVICE,
    SHARE_COUNT
};

/* Parts of the bridge. */
enum bridge {
    BRIDGE_NEW,
    BRIDGE_REACTIVATION,
    BRIDGE_EXPANSION,
    BRIDGE_CONTRACTION,
    BRIDGE_CHURN,
    BRIDGE_COUNT
};

struct tally_money {
    char currency[CURRENCY_CODE_MAX];
    double mrr; /* minor units, as all below */
    int64_t payers;
    double bridge[BRIDGE_COUNT];
    double refunds;
    double rate; /* of its unit to the base's, 0: not known */
};

struct tally_channel {
    char name[KPI_NAME_MAX + 1];
    int64_t payers;
    double revenue[TALLY_CURRENCIES_MAX], spend[TALLY_CURRENCIES_MAX]; /* by money */
};

struct tally {
    char group[KPI_NAME_MAX + 1];
    struct tally_money money[TALLY_CURRENCIES_MAX];
    size_t money_count;
    struct tally_channel channels[TALLY_CHANNELS_MAX];
    size_t channel_count;
    int64_t paying, new_members, first_payers, refunds, unsettled, dead;
    int64_t hits[SHARE_COUNT], of[SHARE_COUNT];
    int64_t alive[TALLY_MONTHS], reached[TALLY_MONTHS];
    int64_t latency[3], queue[3]; /* ms: p50, p95, p99 */
    int64_t arrived;              /* letters */
    int64_t minutes[2];           /* p50, p90 */
    char base[CURRENCY_CODE_MAX]; /* into which is converted; "": no rate is known */
};

/* The money of this currency, made when it is new; NULL when there are too many, or it is none. */
struct tally_money *tally_money(struct tally *tally, const char *currency);
struct tally_channel *tally_channel(struct tally *tally, const char *name);

/* Adds to object what these figures (names with blanks between; NULL: all) come to. margin: of what
 * is paid, 0 to 1. */
void tally_json(const struct tally *tally, const struct kpi_ask *ask, double margin,
                const char *names, cJSON *object);
/* One share as a number from 0 to 1; below 0 when there is none. */
double tally_share(const struct tally *tally, enum share share);

#endif
