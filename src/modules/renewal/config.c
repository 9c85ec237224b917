/* The section `renewal` of the configuration, and what of it is in the catalog. */
#include "config/module.h"
#include "modules/renewal/shapes.h"

enum { STEPS_MAX = 16 };
enum { SECTION_KEYS, SECTION_RENEWAL, SECTION_REMIND, SECTION_WINBACK };

struct remind {
    uint32_t days;
    uint32_t discount;
    uint32_t hours;
};
struct winback {
    uint64_t after_ms;
    uint32_t percent;
    uint32_t hours;
};
struct rules {
    struct remind *remind;
    size_t remind_count;
    struct winback *winback;
    size_t winback_count;
    struct config_hours quiet;
};

#define IN(n)              .inner = MODULE_SECTION(MODULE_renewal, n)
#define AT(type, field)    .offset = offsetof(struct type, field)
#define COUNT(type, field) .count_offset = offsetof(struct type, field)
#define MINUTES(n)         (UINT64_C(60000) * (n))
#define DAYS(n)            (MINUTES(24 * 60) * (n))
#define ROWS(keys)         keys, sizeof(keys) / sizeof(keys[0])

static void check(struct scope *scope);
static void catalog(const struct config *config, const void *own, struct buf *rows);

/* clang-format off */
static const struct key root_keys[] = {
    {"renewal", TYPE_SECTION, OPTIONAL, IN(SECTION_RENEWAL)},
};
static const struct key renewal_keys[] = {
    {"remind", TYPE_SECTIONS, OPTIONAL, NULL, 0, STEPS_MAX, AT(rules, remind),
     COUNT(rules, remind_count), sizeof(struct remind), MODULE_SECTION(MODULE_renewal, SECTION_REMIND)},
    {"winback", TYPE_SECTIONS, OPTIONAL, NULL, 0, STEPS_MAX, AT(rules, winback),
     COUNT(rules, winback_count), sizeof(struct winback), MODULE_SECTION(MODULE_renewal, SECTION_WINBACK)},
    {"quiet_hours", TYPE_HOURS, OPTIONAL, AT(rules, quiet)},
};
static const struct key remind_keys[] = {
    {"days", TYPE_NUMBER, REQUIRED, NULL, 1, 365, AT(remind, days)},
    {"discount", TYPE_PERCENT, OPTIONAL, NULL, 1, 100, AT(remind, discount)},
    {"hours", TYPE_NUMBER, DEFAULTED, "48", 1, OFFER_HOURS_MAX, AT(remind, hours)},
};
static const struct key winback_keys[] = {
    {"after", TYPE_DURATION, REQUIRED, NULL, MINUTES(1), DAYS(366), AT(winback, after_ms)},
    {"percent", TYPE_PERCENT, OPTIONAL, NULL, 1, 100, AT(winback, percent)},
    {"hours", TYPE_NUMBER, DEFAULTED, "48", 1, OFFER_HOURS_MAX, AT(winback, hours)},
};
static const struct section sections[] = {
    [SECTION_KEYS] = {"the configuration", ROWS(root_keys), NULL},
    [SECTION_RENEWAL] = {"the renewal rules", ROWS(renewal_keys), check},
    [SECTION_REMIND] = {"a reminder", ROWS(remind_keys), NULL},
    [SECTION_WINBACK] = {"a win-back", ROWS(winback_keys), NULL},
    {NULL, NULL, 0, NULL},
};
/* clang-format on */

extern const struct config_module config_of_renewal;
const struct config_module config_of_renewal = {
    .size = sizeof(struct rules), .sections = sections, .catalog = catalog};

/* Two steps at one time would be one too many. */
static void check(struct scope *scope)
{
    const struct rules *rules = scope->object;
    if (scope_good(scope, "remind"))
        for (size_t i = 0; i < rules->remind_count; i++)
            for (size_t j = 0; j < i; j++)
                if (rules->remind[i].days != 0 && rules->remind[i].days == rules->remind[j].days)
                    scope_item_fault(scope, "remind", i, "days",
                                     "%u days are in the list already; expected each number once",
                                     rules->remind[i].days);
    if (scope_good(scope, "winback"))
        for (size_t i = 0; i < rules->winback_count; i++)
            for (size_t j = 0; j < i; j++)
                if (rules->winback[i].after_ms != 0 &&
                    rules->winback[i].after_ms == rules->winback[j].after_ms)
                    scope_item_fault(scope, "winback", i, "after",
                                     "this time is in the list already; expected each once");
}

static void catalog(const struct config *config, const void *own, struct buf *rows)
{
    const struct rules *rules = own;
    (void)config;
    for (size_t i = 0; i < rules->remind_count; i++)
        shape_encode(rows, shape_renew_remind(),
                     &(const struct renew_remind){.days = rules->remind[i].days,
                                                  .discount = rules->remind[i].discount,
                                                  .hours = rules->remind[i].hours});
    for (size_t i = 0; i < rules->winback_count; i++)
        shape_encode(rows, shape_renew_winback_step(),
                     &(const struct renew_winback_step){.after = rules->winback[i].after_ms,
                                                        .discount = rules->winback[i].percent,
                                                        .hours = rules->winback[i].hours});
    if (rules->quiet.given)
        shape_encode(rows, shape_renew_quiet(),
                     &(const struct renew_quiet){rules->quiet.from_minute, rules->quiet.to_minute});
}
