/* The section figures: goals and when they are looked at. */
#include "config/module.h"
#include "modules/figures/figures.h"

#include <stdio.h>

enum { SECTION_FIGURES = 1, SECTION_GOALS };

struct figures_settings {
    bool given;
    int schedule;
    uint32_t margin;
    uint32_t renewal_rate, trial_conversion, first_payment_conversion, promo_conversion,
        retention_7, retention_30, activation, activation_day_one, callback_success,
        self_service_rate;
};

static void check_figures(struct scope *scope);
static void put_plan(const struct config *config, const void *own, struct buf *rows);

static const struct choice schedules[] = {
    {"weekly", FIGURES_WEEKLY}, {"monthly", FIGURES_MONTHLY}, {NULL, 0}};

#define AT(field)   .offset = offsetof(struct figures_settings, field)
#define INNER(name) .inner = MODULE_SECTION(MODULE_figures, name)
#define GOAL(field)                                                                                \
    {                                                                                              \
#field, TYPE_PERCENT, OPTIONAL, NULL, 1, 100, AT(field)                                    \
    }

/* clang-format off */
static const struct key root_keys[] = {
    {"figures", TYPE_SECTION, OPTIONAL, INNER(SECTION_FIGURES)},
};
static const struct key figures_keys[] = {
    {"schedule", TYPE_CHOICE, OPTIONAL, NULL, AT(schedule), .choices = schedules},
    {"margin", TYPE_PERCENT, DEFAULTED, "100%", 1, 100, AT(margin)},
    {"goals", TYPE_SECTION, OPTIONAL, INNER(SECTION_GOALS)},
};
static const struct key goals_keys[] = {
    GOAL(renewal_rate), GOAL(trial_conversion), GOAL(first_payment_conversion),
    GOAL(promo_conversion), GOAL(retention_7), GOAL(retention_30), GOAL(activation),
    GOAL(activation_day_one), GOAL(callback_success), GOAL(self_service_rate),
};
/* clang-format on */

#define KEYS(keys) keys, sizeof(keys) / sizeof((keys)[0])

static const struct section sections[] = {
    {"the configuration", KEYS(root_keys), NULL},
    [SECTION_FIGURES] = {"figures", KEYS(figures_keys), check_figures},
    [SECTION_GOALS] = {"goals", KEYS(goals_keys), NULL},
    {NULL, NULL, 0, NULL},
};

const struct config_module figures_config = {
    .size = sizeof(struct figures_settings), .sections = sections, .catalog = put_plan};

static void check_figures(struct scope *scope)
{
    struct figures_settings *own = scope->object;
    own->given = true;
    if (scope_given(scope, "goals") && scope_good(scope, "schedule") &&
        !scope_given(scope, "schedule"))
        scope_fault(scope, "goals", "are looked at by a schedule; add schedule: weekly or monthly");
}

static void put_plan(const struct config *config, const void *own, struct buf *rows)
{
    const struct figures_settings *settings = own;
    char goals[512];
    size_t len = 0;
    if (!settings->given)
        return;
    for (size_t i = 0; i < sizeof goals_keys / sizeof goals_keys[0]; i++) {
        uint32_t goal;
        memcpy(&goal, (const char *)own + goals_keys[i].offset, sizeof goal);
        if (goal != 0)
            len += (size_t)snprintf(goals + len, sizeof goals - len, "%s%s %u", len > 0 ? "," : "",
                                    goals_keys[i].name, goal);
    }
    const char *url = config->http.public_url;
    const struct figures_plan plan = {.schedule = (uint64_t)settings->schedule,
                                      .goals = slice_of(goals, len),
                                      .margin = settings->margin,
                                      .public_url = slice_from(url == NULL ? "" : url)};
    shape_encode(rows, shape_figures_plan(), &plan);
}
