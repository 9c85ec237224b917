/* Check-ins by the published rule: one a local day; a day more in a row is worth CHECKIN_STEP more,
 * up to a bound; the 7th and the 30th are worth more. When the operator moves the community to
 * another zone, the next comes 20 hours later at the earliest. */
#include "tests/sim/auditor_state.h"
#include "tests/sim/modules.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram.h"
#include "tests/sim/terms.h"

#include <cjson/cJSON.h>
#include <inttypes.h>

#define MOVED_MS (20 * (uint64_t)HOUR_MS)

void points_came(struct sim *sim, uint64_t user, uint64_t at_ms)
{
    struct auditor *auditor = sim->auditor;
    struct days *days = &auditor->days[user];
    const char *zone = terms_in_force(sim)->timezone;
    int64_t today = calendar_day(auditor->calendar, (int64_t)at_ms);
    bool moved = days->any && strcmp(zone, days->zone) != 0;
    int64_t last = moved ? calendar_day(auditor->calendar, (int64_t)days->at_ms) : days->day;
    if (days->any && (today <= last || (moved && at_ms < days->at_ms + MOVED_MS)))
        return;
    days->streak = days->any && today == last + 1 ? days->streak + 1 : 1;
    uint64_t steps = days->streak - 1 < CHECKIN_STEP_MAX ? days->streak - 1 : CHECKIN_STEP_MAX;
    days->points += CHECKIN_BASE + (int64_t)(CHECKIN_STEP * steps) +
                    (days->streak == 7 ? CHECKIN_WEEK : 0) +
                    (days->streak == 30 ? CHECKIN_MONTH : 0);
    days->any = true;
    days->day = today;
    days->at_ms = at_ms;
    days->zone = zone;
}

uint64_t auditor_midnight(const struct sim *sim)
{
    struct calendar *calendar = sim->auditor->calendar;
    if (calendar == NULL)
        return sim->now_ms + DAY_MS;
    int64_t day = calendar_day(calendar, (int64_t)sim->now_ms) + 1;
    return (uint64_t)calendar_moment(calendar, day, 0);
}

void points_check(struct sim *sim)
{
    for (uint64_t user = 0; user < people_count(sim); user++) {
        const struct days *days = &sim->auditor->days[user];
        const struct points_of ask = {.telegram_id = telegram_user_id(user)};
        if (!days->any)
            continue;
        cJSON *root = cJSON_Parse(usher_ask_module(sim, shape_points_of(), &ask).data);
        const cJSON *balances = cJSON_GetObjectItem(root, "balances");
        int64_t points = (int64_t)cJSON_GetObjectItem(balances, "points")->valuedouble;
        CHECK(sim, points == days->points,
              "%" PRId64 " has earned %" PRId64 " points, the ledger says %" PRId64,
              ask.telegram_id, days->points, points);
        cJSON_Delete(root);
    }
}
