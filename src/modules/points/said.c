/* /points: what a member has, and the days in a row, which another module adds to what is asked. */
#include "modules/points/said.h"

#include "ledger/registry.h"
#include "ledger/said.h"
#include "modules/points/book.h"

static struct points_balance balance_of(struct ledger *ledger, int64_t telegram_id,
                                        enum points_currency currency);
static uint64_t streak_of(struct ledger *ledger, int64_t telegram_id);

void said_points(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct message parts[POINTS_CURRENCY_COUNT + 1];
    size_t count = 0;
    for (; count < POINTS_CURRENCY_COUNT; count++) {
        const struct points_balance balance =
            balance_of(ledger, said->telegram_id, (enum points_currency)count);
        parts[count] = part_make(shape_points_balance(), &balance);
    }
    const struct points_streak streak = {.days = streak_of(ledger, said->telegram_id)};
    if (streak.days > 0)
        parts[count++] = part_make(shape_points_streak(), &streak);
    said_reply(ledger, said, parts, count);
}

static struct points_balance balance_of(struct ledger *ledger, int64_t telegram_id,
                                        enum points_currency currency)
{
    struct record_points_account account = {.held = 0};
    (void)aspect_load(ledger, telegram_id, shape_record_points_account(), (uint64_t)currency,
                      &account);
    return (struct points_balance){.currency = (uint64_t)currency,
                                   .balance = points_available(ledger, telegram_id, currency),
                                   .held = account.held,
                                   .owed = account.owed};
}

static uint64_t streak_of(struct ledger *ledger, int64_t telegram_id)
{
    const struct points_of ask = {.telegram_id = telegram_id};
    json_build();
    cJSON *added = cJSON_CreateObject();
    cJSON_AddNumberToObject(added, "streak", 0);
    registry_extend(ledger, shape_points_of(), &ask, added);
    double days = cJSON_GetNumberValue(json_member(added, "streak"));
    if (!json_complete())
        state_fail(ledger, ERROR_MEMORY);
    cJSON_Delete(added);
    return days > 0 ? (uint64_t)days : 0;
}
