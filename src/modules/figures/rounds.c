/* Rounds: when a week or a month of the community's calendar is over, its figures are due; they are
 * told once. A round that nobody could tell (no mirror) gives way to the next. */
#include "base/civil.h"
#include "ledger/facts.h"
#include "ledger/reply.h"
#include "ledger/rows.h"
#include "modules/alerts/alerts.h"
#include "modules/figures/figures.h"

enum { THURSDAY = 4, WEEK = 7 }; /* 1970-01-01 was one */

static void round_key(struct key *key);
static bool plan_of(const struct ledger *ledger, struct figures_plan *out);
static int64_t begin_of(struct ledger *ledger, uint64_t schedule, int64_t day);
static uint64_t due_after(struct ledger *ledger, uint64_t schedule);
static void take_plan(struct record_figures_round *round, const struct figures_plan *plan);

void rounds_configured(struct ledger *ledger)
{
    struct key key;
    struct record_figures_round round = {.told = 1};
    struct figures_plan plan;
    round_key(&key);
    bool known = row_load(ledger, shape_record_figures_round(), &key, &round);
    bool planned = plan_of(ledger, &plan);
    if (!planned && !known)
        return;
    if (planned && known && round.schedule == plan.schedule && round.margin == plan.margin &&
        slice_is(plan.goals, round.goals) && slice_is(plan.public_url, round.public_url))
        return;
    take_plan(&round, &plan);
    uint64_t next = plan.schedule == FIGURES_NEVER ? 0 : due_after(ledger, plan.schedule);
    if (next != 0 && next != round.next)
        timer_set(ledger, next, (enum timer_kind)MODULE_figures, 0, "");
    round.next = next;
    row_store(ledger, shape_record_figures_round(), &key, &round);
}

/* A timer of a schedule of before finds another time in the record, and is over. */
void rounds_timer(struct ledger *ledger, int64_t id, const char *subject)
{
    struct key key;
    struct record_figures_round round;
    int64_t day = calendar_day(ledger->calendar, (int64_t)ledger->at_ms);
    (void)id;
    (void)subject;
    round_key(&key);
    if (!row_load(ledger, shape_record_figures_round(), &key, &round) || round.next == 0 ||
        round.next > ledger->at_ms)
        return;
    int64_t end = begin_of(ledger, round.schedule, day);
    round.to = (uint64_t)calendar_moment(ledger->calendar, end, 0);
    round.from =
        (uint64_t)calendar_moment(ledger->calendar, begin_of(ledger, round.schedule, end - 1), 0);
    round.told = 0;
    round.next = due_after(ledger, round.schedule);
    row_store(ledger, shape_record_figures_round(), &key, &round);
    timer_set(ledger, round.next, (enum timer_kind)MODULE_figures, 0, "");
}

unsigned op_figures_tell(struct ledger *ledger, const struct figures_tell *ask)
{
    struct key key;
    struct record_figures_round round;
    struct alert_chat chat;
    size_t at = 0;
    round_key(&key);
    if (!row_load(ledger, shape_record_figures_round(), &key, &round) || round.told != 0 ||
        round.from != ask->from)
        return RESULT_round_over;
    round.told = 1;
    row_store(ledger, shape_record_figures_round(), &key, &round);
    const struct fact_figures_told fact = {.from = round.from, .to = round.to, .below = ask->below};
    fact_tell(ledger, shape_fact_figures_told(), &fact);
    ledger->subject = 0;
    if (catalog_row(ledger->catalog, shape_alert_chat(), &at, &chat)) {
        const struct reply_to to = {.bot = chat.bot, .chat_id = chat.chat_id};
        const struct message part = {.kind = MESSAGE_part_text, .part_text = {.text = ask->text}};
        ledger->subject = staff_say(ledger, &to, &part, 1);
    }
    return RESULT_ok;
}

void answer_told(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    (void)ledger;
    (void)command;
    cJSON_AddNumberToObject(out, "delivery", (double)subject);
}

static void round_key(struct key *key)
{
    key_clear(key);
    key_u8(key, 1);
}

static bool plan_of(const struct ledger *ledger, struct figures_plan *out)
{
    size_t at = 0;
    *out = (struct figures_plan){.schedule = FIGURES_NEVER, .margin = 100};
    return catalog_row(ledger->catalog, shape_figures_plan(), &at, out);
}

/* The first local day of the week (Monday) or month that this day lies in. */
static int64_t begin_of(struct ledger *ledger, uint64_t schedule, int64_t day)
{
    (void)ledger;
    if (schedule == FIGURES_MONTHLY) {
        struct civil date = civil_from_days(day);
        return day - date.day + 1;
    }
    return day - (day + THURSDAY - 1) % WEEK;
}

/* At nine in the morning of the first day behind the one that runs. */
static uint64_t due_after(struct ledger *ledger, uint64_t schedule)
{
    const uint64_t hour_ms = UINT64_C(3600) * 1000;
    int64_t day = calendar_day(ledger->calendar, (int64_t)ledger->at_ms);
    for (int64_t next = begin_of(ledger, schedule, day);; next++) {
        if (begin_of(ledger, schedule, next) != next)
            continue;
        int64_t due = calendar_moment(ledger->calendar, next, FIGURES_HOUR * hour_ms);
        if (due > (int64_t)ledger->at_ms)
            return (uint64_t)due;
    }
}

static void take_plan(struct record_figures_round *round, const struct figures_plan *plan)
{
    round->schedule = plan->schedule;
    round->margin = plan->margin;
    if (!slice_copy(plan->goals, round->goals, sizeof round->goals))
        round->goals[0] = 0;
    if (!slice_copy(plan->public_url, round->public_url, sizeof round->public_url))
        round->public_url[0] = 0;
    if (plan->schedule == FIGURES_NEVER)
        round->told = 1;
}
