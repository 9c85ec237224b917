#include "modules/points/settings.h"

#include "config/module.h"
#include "modules/points/points.h"

enum { SECTION_POINTS = 1, SECTION_EXPIRY, SECTION_CAP };

struct points_settings {
    int scope;
    struct period expiry;
    int round;
    uint32_t cap_day;
    uint32_t cap_week;
    uint32_t approve_above;
    int negative;
};

static void check_expiry(struct scope *scope);
static void put_rules(const struct config *config, const void *own, struct buf *rows);

enum { ROUND_DAY, ROUND_END_OF_MONTH };
enum { NEGATIVE_DEBT, NEGATIVE_FORBID };
static const struct choice scopes[] = {{"community", 0}, {NULL, 0}};
static const struct choice rounds[] = {
    {"day", ROUND_DAY}, {"end_of_month", ROUND_END_OF_MONTH}, {NULL, 0}};
static const struct choice negatives[] = {
    {"debt", NEGATIVE_DEBT}, {"forbid", NEGATIVE_FORBID}, {NULL, 0}};

#define AT(field)   .offset = offsetof(struct points_settings, field)
#define INNER(name) .inner = MODULE_SECTION(MODULE_points, name)
#define MOST        1000000000

/* clang-format off */
static const struct key root_keys[] = {
    {"points", TYPE_SECTION, OPTIONAL, INNER(SECTION_POINTS)},
};
static const struct key points_keys[] = {
    {"scope", TYPE_CHOICE, DEFAULTED, "community", AT(scope), .choices = scopes},
    {"expiry", TYPE_SECTION, OPTIONAL, INNER(SECTION_EXPIRY)},
    {"cap", TYPE_SECTION, OPTIONAL, INNER(SECTION_CAP)},
    {"approve_above", TYPE_NUMBER, OPTIONAL, NULL, 1, MOST, AT(approve_above)},
    {"negative", TYPE_CHOICE, DEFAULTED, "debt", AT(negative), .choices = negatives},
};
static const struct key expiry_keys[] = {
    {"after", TYPE_PERIOD, REQUIRED, AT(expiry)},
    {"round", TYPE_CHOICE, DEFAULTED, "day", AT(round), .choices = rounds},
};
static const struct key cap_keys[] = {
    {"day", TYPE_NUMBER, OPTIONAL, NULL, 1, MOST, AT(cap_day)},
    {"week", TYPE_NUMBER, OPTIONAL, NULL, 1, MOST, AT(cap_week)},
};
/* clang-format on */

#define KEYS(keys) keys, sizeof(keys) / sizeof((keys)[0])

static const struct section sections[] = {
    {"the configuration", KEYS(root_keys), NULL},
    [SECTION_POINTS] = {"points", KEYS(points_keys), NULL},
    [SECTION_EXPIRY] = {"an expiry", KEYS(expiry_keys), check_expiry},
    [SECTION_CAP] = {"a cap", KEYS(cap_keys), NULL},
    {NULL, NULL, 0, NULL},
};

const struct config_module points_config = {
    .size = sizeof(struct points_settings), .sections = sections, .catalog = put_rules};

/* So that nobody has more lots than one command may touch (lot.h). */
static void check_expiry(struct scope *scope)
{
    const struct points_settings *own = scope->object;
    if (scope_good(scope, "after") && own->expiry.months * 31 + own->expiry.days > 10 * 366)
        scope_fault(scope, "after", "is too long; expected at most ten years");
}

static void put_rules(const struct config *config, const void *own, struct buf *rows)
{
    const struct points_settings *settings = own;
    const struct points_rules rules = {.expiry = period_pack(settings->expiry),
                                       .end_of_month = settings->round == ROUND_END_OF_MONTH,
                                       .cap_day = settings->cap_day,
                                       .cap_week = settings->cap_week,
                                       .approve_above = settings->approve_above,
                                       .no_debt = settings->negative == NEGATIVE_FORBID};
    const struct points_rules none = {.expiry = 0};
    (void)config;
    if (memcmp(&rules, &none, sizeof rules) != 0)
        shape_encode(rows, shape_points_rules(), &rules);
}
