/* The section points.checkin of the configuration. */
#include "config/module.h"
#include "modules/checkin/checkin.h"

enum { SECTION_CHECKIN = 1, SECTION_REPAIR };

struct checkin_settings {
    uint32_t base; /* 0: there is no section */
    uint32_t step;
    uint32_t step_max;
    struct config_number *milestones;
    size_t milestone_count;
    uint32_t repair_cost;
    uint32_t repair_per_month;
    uint64_t repair_within_ms;
    int answer;
    const struct config_group **groups;
    size_t group_count;
};

static void put_rules(const struct config *config, const void *own, struct buf *rows);

enum { ANSWER_PRIVATE, ANSWER_GROUP };
static const struct choice answers[] = {
    {"private", ANSWER_PRIVATE}, {"group", ANSWER_GROUP}, {NULL, 0}};

#define AT(field)    .offset = offsetof(struct checkin_settings, field)
#define COUNT(field) .count_offset = offsetof(struct checkin_settings, field)
#define INNER(name)  .inner = MODULE_SECTION(MODULE_checkin, name)
#define MOST         1000000
#define DAYS(n)      (UINT64_C(86400000) * (n))

/* clang-format off */
static const struct key under_points[] = {
    {"checkin", TYPE_SECTION, OPTIONAL, INNER(SECTION_CHECKIN)},
};
static const struct key checkin_keys[] = {
    {"base", TYPE_NUMBER, REQUIRED, NULL, 1, MOST, AT(base)},
    {"step", TYPE_NUMBER, OPTIONAL, NULL, 0, MOST, AT(step)},
    {"step_max", TYPE_NUMBER, OPTIONAL, NULL, 0, MOST, AT(step_max)},
    {"milestones", TYPE_NUMBERS, OPTIONAL, NULL, 0, 100, AT(milestones), COUNT(milestone_count)},
    {"repair", TYPE_SECTION, OPTIONAL, INNER(SECTION_REPAIR)},
    {"answer", TYPE_CHOICE, DEFAULTED, "private", AT(answer), .choices = answers},
    {"groups", TYPE_REFERENCES, OPTIONAL, NULL, 1, CONFIG_GROUPS_MAX, AT(groups),
     COUNT(group_count), .inner = SECTION_GROUP},
};
static const struct key repair_keys[] = {
    {"cost", TYPE_NUMBER, REQUIRED, NULL, 1, MOST, AT(repair_cost)},
    {"per_month", TYPE_NUMBER, DEFAULTED, "1", 1, 31, AT(repair_per_month)},
    {"within", TYPE_DURATION, DEFAULTED, "3 days", DAYS(1), DAYS(31), AT(repair_within_ms)},
};
/* clang-format on */

#define KEYS(keys) keys, sizeof(keys) / sizeof((keys)[0])

static const struct section sections[] = {
    {"points", KEYS(under_points), NULL},
    [SECTION_CHECKIN] = {"a check-in", KEYS(checkin_keys), NULL},
    [SECTION_REPAIR] = {"a repair", KEYS(repair_keys), NULL},
    {NULL, NULL, 0, NULL},
};

const struct config_module checkin_config = {.size = sizeof(struct checkin_settings),
                                             .sections = sections,
                                             .under = "points",
                                             .catalog = put_rules};

static void put_rules(const struct config *config, const void *own, struct buf *rows)
{
    const struct checkin_settings *settings = own;
    const struct checkin_rules rules = {.base = settings->base,
                                        .step = settings->step,
                                        .step_max = settings->step_max,
                                        .repair_cost = settings->repair_cost,
                                        .repair_per_month = settings->repair_per_month,
                                        .repair_within = settings->repair_within_ms,
                                        .in_group = settings->answer == ANSWER_GROUP};
    (void)config;
    if (settings->base == 0)
        return;
    shape_encode(rows, shape_checkin_rules(), &rules);
    for (size_t i = 0; i < settings->group_count; i++)
        shape_encode(rows, shape_checkin_group(),
                     &(struct checkin_group){.group = slice_from(settings->groups[i]->name)});
    for (size_t i = 0; i < settings->milestone_count; i++)
        shape_encode(rows, shape_checkin_milestone(),
                     &(struct checkin_milestone){.day = settings->milestones[i].at,
                                                 .amount = settings->milestones[i].value});
}
