/* The part of the configuration that decides what commands do, as the ledger holds it: parsed from
 * the catalog_* rows of a cmd_configure. Immutable. Owned by the ledger. */
#ifndef USHER_LEDGER_CATALOG_H
#define USHER_LEDGER_CATALOG_H

#include "base/language.h"
#include "base/money.h"
#include "base/period.h"
#include "wire/wire.h"

/* A name has 1 to 31 bytes, as the configuration wants it and as records hold it. */
enum { CATALOG_NAME_MAX = 31, CATALOG_ROWS_MAX = 65536 };

struct catalog_group {
    char name[CATALOG_NAME_MAX + 1];
    char bot[CATALOG_NAME_MAX + 1];
    int64_t chat_id;
    enum invite_kind invite;
    uint64_t link_ttl_ms;
};

struct catalog_price {
    int64_t amount;
    char currency[CURRENCY_CODE_MAX + 1];
    struct period period;
    bool renews; /* its gateway charges it again each period, until it is cancelled */
};

struct catalog_plan {
    char name[CATALOG_NAME_MAX + 1];
    uint64_t seats; /* 0: unlimited */
    uint64_t grace_ms;
    size_t *groups; /* indices into catalog.groups */
    size_t group_count;
    struct catalog_price *prices;
    size_t price_count;
};

struct catalog {
    char timezone[65];
    enum language language;
    uint64_t removals_per_hour;
    uint64_t notices_per_day; /* a member, 0: any number */
    uint64_t quiet_from;      /* hours 0..23 of the community's day; the same: never quiet */
    uint64_t quiet_to;
    char readers[513]; /* of the news: names, joined by commas */
    size_t reader_count;
    char (*bots)[CATALOG_NAME_MAX + 1];
    size_t bot_count;
    struct catalog_group *groups;
    size_t group_count;
    struct catalog_plan *plans;
    size_t plan_count;
    struct buf rows; /* the modules' rows, encoded, in the order of modules.def */
};

/* The next row of this shape from *at on (0 to begin); text points into the catalog. */
bool catalog_row(const struct catalog *catalog, const struct shape *shape, size_t *at, void *out);

/* ERROR_CORRUPT when rows are not a catalog: unknown rows, dangling names, no community row. */
enum error catalog_parse(struct slice rows, struct catalog **out);
void catalog_destroy(struct catalog **catalog);

const struct catalog_plan *catalog_plan_find(const struct catalog *catalog, struct slice name);
const struct catalog_group *catalog_group_find(const struct catalog *catalog, struct slice name);
bool catalog_bot_known(const struct catalog *catalog, struct slice name);
bool catalog_plan_opens(const struct catalog *catalog, const struct catalog_plan *plan,
                        const struct catalog_group *group);
/* The price of exactly this amount and currency, or NULL. */
const struct catalog_price *catalog_price_find(const struct catalog_plan *plan, int64_t amount,
                                               struct slice currency);

#endif
