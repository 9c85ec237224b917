#include "modules/checkin/checkin.h"

#include "base/civil.h"
#include "ledger/group.h"
#include "ledger/news.h"
#include "ledger/rows.h"
#include "ledger/said.h"
#include "modules/points/points.h"

const char *const checkin_outcomes[] = {"done",    "already", "off",     "repaired",
                                        "nothing", "limit",   "too_few", NULL};

static void answer_checkin(struct ledger *ledger, uint64_t subject, const void *command,
                           cJSON *out);
static void answer_checkin_repair(struct ledger *ledger, uint64_t subject, const void *command,
                                  cJSON *out);

#define MODULE_DEF    "modules/checkin/checkin.def"
#define MODULE_SELF   MODULE_checkin
#define MODULE_SHAPES shapes_of_checkin
#include "ledger/define.h"

#define ZONE_CHANGE_MS (UINT64_C(20) * 3600 * 1000)
#define DAY_MS         (UINT64_C(24) * 3600 * 1000)

/* One member's days, and today. */
struct card {
    struct checkin_rules rules;
    struct record_checkin_days days;
    bool known;
    int64_t today;
    uint64_t amount; /* given, or paid */
    int64_t balance;
};

static unsigned check_in(struct ledger *ledger, int64_t telegram_id, struct card *card);
static unsigned repair(struct ledger *ledger, int64_t telegram_id, struct card *card);
static void fill(struct record_checkin_days *days, bool running, int64_t begin);
static bool card_open(struct ledger *ledger, int64_t telegram_id, struct card *card);
static uint64_t reward(struct ledger *ledger, const struct checkin_rules *rules, uint64_t n);
static uint64_t streak_now(const struct card *card);
static int64_t month_of(int64_t day);
static bool is_here(struct ledger *ledger, const struct message_cmd_said *said);
static void say_came(struct ledger *ledger, const struct message_cmd_said *said, unsigned result,
                     const struct card *card);
static void said_checkin(struct ledger *ledger, const struct message_cmd_said *said);
static void said_repair(struct ledger *ledger, const struct message_cmd_said *said);
static void add_streak(struct ledger *ledger, const void *ask, cJSON *out);

static const char *const checkin_words[] = {"/checkin", "签到", "簽到", "打卡", NULL};
static const char *const repair_words[] = {"/repair", "补签", "補簽", NULL};

static const struct intent_row intents[] = {
    {.verb = "checkin", .words = checkin_words, .said = said_checkin, .in_groups = true},
    {.verb = "repair", .words = repair_words, .said = said_repair},
    {.verb = NULL},
};

static const struct extend_row extends[] = {{shape_points_of, add_streak}, {NULL, NULL}};

const struct module module_checkin = {
    .name = "checkin",
    .number = MODULE_checkin,
    .shapes = shapes_of_checkin,
    .config = &checkin_config,
    .results = module_results,
    .ops = module_ops,
    .asks = module_asks,
    .extends = extends,
    .intents = intents,
    .says = checkin_says,
};

unsigned op_checkin(struct ledger *ledger, const struct checkin *command)
{
    struct card card;
    unsigned result = check_in(ledger, command->telegram_id, &card);
    ledger->subject = card.amount;
    return result;
}

static void answer_checkin(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    const struct checkin *asked = command;
    cJSON_AddNumberToObject(out, "telegram_id", (double)asked->telegram_id);
    cJSON_AddNumberToObject(out, "streak", (double)checkin_streak(ledger, asked->telegram_id));
    cJSON_AddNumberToObject(out, "amount", (double)subject);
    cJSON_AddNumberToObject(out, "balance",
                            (double)points_available(ledger, asked->telegram_id, POINTS_POINTS));
}

unsigned op_checkin_repair(struct ledger *ledger, const struct checkin_repair *command)
{
    struct card card;
    unsigned result = repair(ledger, command->telegram_id, &card);
    ledger->subject = card.amount;
    return result;
}

static void answer_checkin_repair(struct ledger *ledger, uint64_t subject, const void *command,
                                  cJSON *out)
{
    const struct checkin_repair *asked = command;
    const struct checkin same = {.telegram_id = asked->telegram_id};
    answer_checkin(ledger, subject, &same, out);
}

uint64_t checkin_streak(struct ledger *ledger, int64_t telegram_id)
{
    struct card card;
    (void)card_open(ledger, telegram_id, &card);
    return streak_now(&card);
}

static unsigned check_in(struct ledger *ledger, int64_t telegram_id, struct card *card)
{
    struct record_checkin_days *days = &card->days;
    struct points_done done;
    if (!card_open(ledger, telegram_id, card))
        return RESULT_checkin_off;
    card->balance = points_available(ledger, telegram_id, POINTS_POINTS);
    bool moved = strcmp(days->zone, ledger->catalog->timezone) != 0;
    if (card->known &&
        (card->today <= days->day || (moved && ledger->at_ms < days->at_ms + ZONE_CHANGE_MS)))
        return RESULT_checked_in;
    if (card->known && card->today > days->day + 1) {
        days->lost_day = days->day;
        days->lost_streak = days->streak;
        days->streak = 0;
    }
    days->streak++;
    days->total++;
    days->best = days->best < days->streak ? days->streak : days->best;
    days->day = card->today;
    days->ahead = 0;
    days->at_ms = ledger->at_ms;
    (void)slice_copy(slice_from(ledger->catalog->timezone), days->zone, sizeof days->zone);
    card->known = true;
    aspect_store(ledger, telegram_id, shape_record_checkin_days(), 0, days);
    const struct points_move move = {.telegram_id = telegram_id,
                                     .currency = POINTS_POINTS,
                                     .amount = (int64_t)reward(ledger, &card->rules, days->streak),
                                     .account = SLICE("issue/checkin"),
                                     .rule = SLICE("checkin")};
    if (points_give(ledger, &move, &done) == RESULT_ok) {
        card->amount = (uint64_t)done.amount;
        card->balance = done.balance;
    }
    const struct fact_checkin_done told = {
        .telegram_id = telegram_id, .streak = days->streak, .amount = card->amount};
    fact_tell(ledger, shape_fact_checkin_done(), &told);
    return RESULT_ok;
}

/* The gap is between the streak that ended and the one that runs; before today's check-in the one
 * that runs is the one that ended. All of the gap must be young enough, and affordable this month,
 * so that nobody pays for a part of it in vain. */
static unsigned repair(struct ledger *ledger, int64_t telegram_id, struct card *card)
{
    struct record_checkin_days *days = &card->days;
    const struct checkin_rules *rules = &card->rules;
    if (!card_open(ledger, telegram_id, card) || rules->repair_cost == 0)
        return RESULT_checkin_off;
    card->balance = points_available(ledger, telegram_id, POINTS_POINTS);
    bool running = card->known && card->today <= days->day + 1;
    int64_t last = running ? days->lost_day : days->day;
    int64_t begin = running ? days->day - (int64_t)days->streak + 1 : card->today;
    if (!card->known || (running && days->lost_streak == 0) || last + 1 >= begin ||
        card->today - (last + 1) > (int64_t)(rules->repair_within / DAY_MS))
        return RESULT_nothing_to_repair;
    days->repairs = days->month == month_of(card->today) ? days->repairs : 0;
    days->month = month_of(card->today);
    if (days->repairs + (uint64_t)(begin - last - 1) > rules->repair_per_month)
        return RESULT_repair_limit;
    const struct points_move move = {.telegram_id = telegram_id,
                                     .currency = POINTS_POINTS,
                                     .amount = (int64_t)rules->repair_cost,
                                     .account = SLICE("burn/repair"),
                                     .rule = SLICE("repair")};
    struct points_done done;
    card->amount = rules->repair_cost;
    unsigned result = points_take(ledger, &move, &done);
    if (result != RESULT_ok)
        return result;
    card->balance = done.balance;
    days->repairs++;
    fill(days, running, begin);
    days->best = days->best < days->streak ? days->streak : days->best;
    aspect_store(ledger, telegram_id, shape_record_checkin_days(), 0, days);
    const struct fact_checkin_repaired told = {
        .telegram_id = telegram_id, .streak = days->streak, .cost = rules->repair_cost};
    fact_tell(ledger, shape_fact_checkin_repaired(), &told);
    return RESULT_ok;
}

/* The oldest missing day counts. When none is missing any more, the streak that ended goes on in
 * the one that runs. */
static void fill(struct record_checkin_days *days, bool running, int64_t begin)
{
    if (!running) {
        days->day++;
        days->ahead++;
        days->streak++;
        return;
    }
    days->lost_day++;
    days->lost_streak++;
    if (days->lost_day + 1 == begin) {
        days->streak += days->lost_streak;
        days->lost_streak = 0;
    }
}

/* False when the configuration has no check-in. The last day is a date of the zone of then; after
 * a change of the zone the last check-in has another date. */
static bool card_open(struct ledger *ledger, int64_t telegram_id, struct card *card)
{
    size_t at = 0;
    memset(card, 0, sizeof *card);
    card->today = calendar_day(ledger->calendar, (int64_t)ledger->at_ms);
    card->known = aspect_load(ledger, telegram_id, shape_record_checkin_days(), 0, &card->days);
    if (card->known && strcmp(card->days.zone, ledger->catalog->timezone) != 0)
        card->days.day =
            calendar_day(ledger->calendar, (int64_t)card->days.at_ms) + (int64_t)card->days.ahead;
    return catalog_row(ledger->catalog, shape_checkin_rules(), &at, &card->rules) &&
           card->rules.base > 0;
}

/* The n-th day in a row. */
static uint64_t reward(struct ledger *ledger, const struct checkin_rules *rules, uint64_t n)
{
    struct checkin_milestone milestone;
    uint64_t steps = n - 1 < rules->step_max ? n - 1 : rules->step_max;
    uint64_t amount = rules->base + rules->step * steps;
    for (size_t at = 0; catalog_row(ledger->catalog, shape_checkin_milestone(), &at, &milestone);)
        amount += milestone.day == n ? milestone.amount : 0;
    return amount;
}

static uint64_t streak_now(const struct card *card)
{
    return card->known && card->today <= card->days.day + 1 ? card->days.streak : 0;
}

static int64_t month_of(int64_t day)
{
    struct civil date = civil_from_days(day);
    return date.year * 12 + date.month - 1;
}

static void said_checkin(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct card card;
    if (is_here(ledger, said))
        say_came(ledger, said, check_in(ledger, said->telegram_id, &card), &card);
}

static void said_repair(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct card card;
    say_came(ledger, said, repair(ledger, said->telegram_id, &card), &card);
}

/* In private, and in groups that are configured for it. */
static bool is_here(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct checkin_group row;
    size_t at = 0;
    if (said_private(said) || said->callback.len > 0)
        return true;
    const struct catalog_group *group = group_of_chat(ledger, said->bot, said->chat_id);
    if (group == NULL)
        return false;
    bool any = catalog_row(ledger->catalog, shape_checkin_group(), &at, &row);
    bool here = !any || slice_is(row.group, group->name);
    while (!here && catalog_row(ledger->catalog, shape_checkin_group(), &at, &row))
        here = slice_is(row.group, group->name);
    return here;
}

static void say_came(struct ledger *ledger, const struct message_cmd_said *said, unsigned result,
                     const struct card *card)
{
    bool repair = slice_is(said->verb, "repair");
    enum checkin_outcome outcome = result == RESULT_checkin_off         ? CHECKIN_OFF
                                   : result == RESULT_checked_in        ? CHECKIN_ALREADY
                                   : result == RESULT_nothing_to_repair ? CHECKIN_NOTHING_MISSING
                                   : result == RESULT_repair_limit      ? CHECKIN_LIMIT
                                   : result == RESULT_too_few           ? CHECKIN_TOO_FEW
                                   : repair                             ? CHECKIN_REPAIRED
                                                                        : CHECKIN_DONE;
    const struct checkin_came came = {.what = (uint64_t)outcome,
                                      .streak = card->days.streak,
                                      .amount = card->amount,
                                      .balance = card->balance};
    const struct message part = part_make(shape_checkin_came(), &came);
    if (said->callback.len == 0 && !said_private(said) && card->rules.in_group != 0) {
        const struct reply_to to = {.bot = said->bot,
                                    .telegram_id = said->telegram_id,
                                    .chat_id = said->chat_id,
                                    .thread_id = (int64_t)said->thread_id};
        reply_say(ledger, &to, &part, 1);
    } else {
        said_answer(ledger, said, &part);
    }
}

static void add_streak(struct ledger *ledger, const void *object, cJSON *out)
{
    const struct points_of *ask = object;
    cJSON_ReplaceItemInObjectCaseSensitive(
        out, "streak", cJSON_CreateNumber((double)checkin_streak(ledger, ask->telegram_id)));
}
