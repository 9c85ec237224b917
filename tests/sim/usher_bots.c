/* The half of usher that looks at Telegram: lending, letters, senders. */
#include "base/assert.h"
#include "tests/sim/auditor.h"
#include "tests/sim/telegram.h"
#include "tests/sim/usher_state.h"
#include "ledger/words.h"
#include "text/letter.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LEASE_MS = 60000,
    LEND_MAX = 256,
    DOUBT_MS = TELEGRAM_TRANSIT_MS + 1000, /* the transit, and the longest window that is in use */
    START_TIMEOUT_MS = 10000,
    MONO_MS = 1000000, /* so that the two clocks are never mistaken for each other */
    PARAMS_MAX = 65536
};

static const struct waiter nobody = {WAITER_NONE, 0, 0};

static void journal_start(struct sim *sim, size_t bot, const struct sender_call *call);
static void started(struct sim *sim, struct event *event);
static void send(struct sim *sim, size_t bot, const struct sender_call *call);
static bool look_on(struct sim *sim, uint64_t as_of_ms);
static void clock_watch(struct sim *sim);
static void lend(struct sim *sim, size_t bot, uint64_t as_of_ms);
static void hand_out(struct sim *sim, size_t bot, const uint64_t *deliveries, size_t count,
                     uint64_t until_ms);
static void render(struct sim *sim, size_t bot, struct slice work_bytes);
static void give_back(struct sim *sim, const struct message_work *work);
static void pass_on(struct sim *sim, size_t bot, struct slice call, bool free);
static void arrive(struct sim *sim, struct event *event);
static void greet(struct sim *sim, size_t bot);
static void turn(struct sim *sim, struct event *event);
static void look(struct sim *sim, struct event *event);
static void plan_turn(struct sim *sim, size_t bot, uint64_t at_ms);

static uint64_t mono(const struct sim *sim)
{
    return sim->now_ms - sim->start_ms + MONO_MS;
}

static struct lane_name lane_name(const struct sim *sim, size_t bot)
{
    return config_lane(sim->config, bot).name;
}

void bot_start(struct sim *sim, size_t index)
{
    struct bot *bot = &sim->usher->bots[index];
    const struct config_bot *config = &sim->config->bots[index];
    struct sender_options options = {.carrier = &carrier_telegram,
                                     .per_second = config->per_second,
                                     .per_chat_per_second = config->per_chat_per_second,
                                     .per_group_per_minute = config->per_group_per_minute,
                                     .waiting_max = 256,
                                     .in_flight_max = 64,
                                     .seed = prng_next(&sim->prng)};
    bool fits =
        slice_copy(slice_from(lane_name(sim, index).text), options.lane, sizeof options.lane);
    ASSERT(fits && bot->sender == NULL);
    enum error error = sender_new(&options, mono(sim), &bot->sender);
    ASSERT(error == ERROR_NONE);
    bot->greeted = false;
    plan_turn(sim, index, sim->now_ms);
}

void bot_stop(struct sim *sim, size_t index)
{
    struct bot *bot = &sim->usher->bots[index];
    memset(bot->starting, 0, sizeof bot->starting);
    sender_destroy(&bot->sender);
    bot->epoch++;
    bot->on_the_way = bot->free_on_the_way = 0;
    bot->wake_ms = 0;
}

void bots_lend(struct sim *sim)
{
    struct usher *usher = sim->usher;
    /* As the apply thread does it: nothing is lent before the state knows of this start and of all
     * before it, and while outcomes wait in the journal leases run out by the journal's time. */
    if (usher->boot == 0 || ledger_applied(usher->ledger) < usher->boot)
        return;
    clock_watch(sim);
    bool level = ledger_applied(usher->ledger) == usher->tail;
    bool by_wall = level || usher->applied_at_ms > sim_wall(sim);
    uint64_t as_of_ms = by_wall ? sim_wall(sim) : usher->applied_at_ms;
    (void)dispatch_advance(usher->dispatch, as_of_ms);
    for (size_t bot = 0; bot < BOTS; bot++)
        lend(sim, bot, as_of_ms);
    bool again = look_on(sim, as_of_ms);
    uint64_t next_ms = dispatch_advance(usher->dispatch, as_of_ms);
    if (!again && (next_ms == 0 || !level)) /* what is applied next comes here again */
        return;
    uint64_t at_ms = again ? sim->now_ms + 1 : sim_when(sim, next_ms);
    if (usher->lend_ms != 0 && usher->lend_ms <= at_ms)
        return;
    usher->lend_ms = at_ms;
    struct event *event = sim_at(sim, at_ms, look);
    event->a = usher->process;
    event->b = at_ms;
}

/* Reads on in what is pending: with small windows by a few, so that much happens meanwhile. */
static bool look_on(struct sim *sim, uint64_t as_of_ms)
{
    size_t window = (size_t)sim->options.window;
    size_t most = window > 0 ? 1 + (size_t)sim_below(sim, 4 * window) : DISPATCH_STEP;
    bool again;
    enum error error = dispatch_look(sim->usher->dispatch, as_of_ms, most, &again);
    ASSERT(error == ERROR_NONE);
    return again;
}

/* Leases and pauses last as long as was meant when the wall clock is set. */
static void clock_watch(struct sim *sim)
{
    struct usher *usher = sim->usher;
    int64_t set_ms = sim->skew_ms - usher->skew_ms;
    if (set_ms > SECOND_MS || set_ms < -SECOND_MS)
        dispatch_clock_set(usher->dispatch, set_ms);
    usher->skew_ms = sim->skew_ms;
}

void bots_dispatch(struct sim *sim)
{
    struct usher *usher = sim->usher;
    size_t window = (size_t)sim->options.window;
    const struct dispatch_options options = {.source = dispatch_ledger,
                                             .context = usher->ledger,
                                             .window = window > 0 ? window : DISPATCH_WINDOW,
                                             .pause_max_ms = VERDICT_RETRY_CAP_MS};
    bool again;
    usher->dispatch = dispatch_new(&options);
    ASSERT(usher->dispatch != NULL);
    enum error error = dispatch_look(usher->dispatch, sim_wall(sim), SIZE_MAX, &again);
    usher->effects.count = 0;
    if (error == ERROR_NONE)
        error = ledger_started(usher->ledger, &usher->effects);
    ASSERT(error == ERROR_NONE);
    bool behind = ledger_applied(usher->ledger) < usher->tail;
    for (size_t bot = 0; bot < BOTS; bot++) {
        struct slice lane = slice_from(lane_name(sim, bot).text);
        bool any = behind || dispatch_knows(usher->dispatch, lane);
        for (size_t i = 0; i < usher->effects.count; i++)
            any = any || slice_is(lane, usher->effects.items[i].lane);
        if (any)
            usher->bots[bot].doubt_ms = mono(sim) + DOUBT_MS;
    }
}

void bot_turn(struct sim *sim, size_t index)
{
    struct bot *bot = &sim->usher->bots[index];
    struct sender_call call;
    if (!bot->greeted)
        greet(sim, index);
    while (bot->greeted && sender_next(bot->sender, sim_wall(sim), mono(sim), &call)) {
        if (call.start_first)
            journal_start(sim, index, &call);
        else
            send(sim, index, &call);
    }
    long timeout_ms = sender_timeout_ms(bot->sender, mono(sim));
    if (timeout_ms >= 0)
        plan_turn(sim, index, sim->now_ms + (timeout_ms > 0 ? (uint64_t)timeout_ms : 1));
}

void bot_started(struct sim *sim, struct waiter waiter, enum result result)
{
    if (sim_fault(sim, sim->weather.lost))
        return;
    struct event *event = sim_at(sim, sim->now_ms + sim_below(sim, 4), started);
    event->a = waiter.id;
    event->b = waiter.id2;
    event->c = (uint64_t)result;
}

void usher_answered(struct sim *sim, size_t index, uint64_t epoch, uint64_t token, int failure,
                    unsigned status, uint32_t retry_after_s, const char *body)
{
    struct bot *bot = &sim->usher->bots[index];
    struct buf outcome_bytes;
    enum outcome outcome;
    struct message message;
    if (bot->sender == NULL || bot->epoch != epoch)
        return;
    buf_init(&outcome_bytes, PARAMS_MAX);
    sender_answered(bot->sender, token, failure, status, retry_after_s, slice_from(body),
                    failure == 0 ? "" : "connection lost", sim_wall(sim), mono(sim), &outcome_bytes,
                    &outcome);
    enum error error = wire_decode_one(buf_slice(&outcome_bytes), &message, NULL);
    ASSERT(error == ERROR_NONE);
    if (sim_fault(sim, sim->weather.bot_crash)) {
        bot_stop(sim, index);
        bot_start(sim, index);
    } else {
        usher_submit(sim, &message, nobody);
        bot_turn(sim, index);
        bots_lend(sim);
    }
    buf_deinit(&outcome_bytes);
}

/* A notice goes out when the state says that this attempt is the one. */
static void journal_start(struct sim *sim, size_t index, const struct sender_call *call)
{
    struct bot *bot = &sim->usher->bots[index];
    size_t i = 0;
    while (bot->starting[i].id != 0) {
        i++;
        ASSERT(i < STARTING_MAX);
    }
    uint64_t id = ++sim->usher->starts;
    bot->starting[i] = (struct starting){id, *call};
    const struct message message = {.kind = MESSAGE_cmd_started,
                                    .cmd_started = {.delivery = call->delivery}};
    usher_submit(sim, &message, (struct waiter){WAITER_STARTED, id, index});
    struct event *event = sim_at(sim, sim->now_ms + START_TIMEOUT_MS, started);
    event->a = id;
    event->b = index;
    event->c = RESULT_COUNT;
}

/* a: the start, b: the bot, c: the result, RESULT_COUNT when none came in time. */
static void started(struct sim *sim, struct event *event)
{
    size_t index = (size_t)event->b;
    struct bot *bot = &sim->usher->bots[index];
    size_t i = 0;
    while (i < STARTING_MAX && (bot->starting[i].id == 0 || bot->starting[i].id != event->a))
        i++;
    if (i == STARTING_MAX)
        return; /* its notifier is gone, or it was told before */
    struct sender_call call = bot->starting[i].call;
    bot->starting[i].id = 0;
    if (event->c == RESULT_not_pending || event->c == RESULT_not_found)
        sender_withdrawn(bot->sender, call.token, sim_wall(sim), mono(sim));
    else if (event->c != RESULT_ok ||
             !sender_started(bot->sender, call.token, sim_wall(sim), mono(sim)))
        usher_answered(sim, index, bot->epoch, call.token, TRANSFER_UNTRIED, 0, 0, "");
    else
        send(sim, index, &call);
}

static void send(struct sim *sim, size_t index, const struct sender_call *call)
{
    uint64_t epoch = sim->usher->bots[index].epoch;
    auditor_sent(sim, index, epoch, call->delivery, call->method, call->params);
    telegram_call(sim, index, epoch, call->token, call->method, call->params);
}

uint64_t usher_epoch(const struct sim *sim, size_t bot)
{
    return sim->usher->bots[bot].epoch;
}

/* What no limit counts first, and at once: somebody waits for it before a screen. */
static void lend(struct sim *sim, size_t index, uint64_t as_of_ms)
{
    struct usher *usher = sim->usher;
    struct bot *bot = &usher->bots[index];
    uint64_t deliveries[LEND_MAX];
    struct slice lane = slice_from(lane_name(sim, index).text);
    if (bot->sender == NULL || !bot->greeted)
        return;
    uint64_t until_ms = sim_wall(sim) + LEASE_MS;
    uint32_t free = sender_want_free(bot->sender);
    size_t most = free > bot->free_on_the_way ? free - bot->free_on_the_way : 0;
    size_t count = dispatch_lease_free(usher->dispatch, lane, as_of_ms, until_ms, deliveries, most);
    hand_out(sim, index, deliveries, count, until_ms);
    uint32_t want = sender_want(bot->sender);
    if (want <= bot->on_the_way ||
        dispatch_before(usher->dispatch, lane, UINT_MAX, UINT64_MAX, UINT64_MAX) == 0)
        return;
    if (bot->after == UINT64_MAX)
        bot->after = usher->tail;
    if (ledger_applied(usher->ledger) < bot->after)
        return;
    size_t max = want - bot->on_the_way < LEND_MAX ? want - bot->on_the_way : LEND_MAX;
    /* Those on the way are taken as notices, which they mostly are while there are any. */
    size_t notices = sender_want_yielding(bot->sender);
    notices = notices > bot->on_the_way ? notices - bot->on_the_way : 0;
    count = dispatch_lease(usher->dispatch, lane, as_of_ms, until_ms, deliveries, max, &notices);
    hand_out(sim, index, deliveries, count, until_ms);
}

static void hand_out(struct sim *sim, size_t index, const uint64_t *deliveries, size_t count,
                     uint64_t until_ms)
{
    struct usher *usher = sim->usher;
    for (size_t i = 0; i < count; i++) {
        buf_clear(&usher->scratch);
        enum error error = ledger_work(usher->ledger, deliveries[i], until_ms, &usher->scratch);
        CHECK(sim, error == ERROR_NONE, "delivery %" PRIu64 " is leased but not pending: %s",
              deliveries[i], error_text(error));
        render(sim, index, buf_slice(&usher->scratch));
    }
}

static void render(struct sim *sim, size_t bot, struct slice work_bytes)
{
    struct usher *usher = sim->usher;
    struct message message;
    struct why why = {""};
    const char *method = NULL;
    int64_t chat_id = 0;
    enum error error = wire_decode_one(work_bytes, &message, &why);
    CHECK(sim, error == ERROR_NONE, "the ledger's work is no message: %s", why.text);
    const struct message_work *work = &message.work;
    auditor_lent(sim, work);
    buf_clear(&usher->params);
    error = letter_render(module_say, sim->config, usher->calendar, work, &method, &chat_id,
                          &usher->params, &why);
    if (error != ERROR_NONE) {
        give_back(sim, work);
        return;
    }
    const struct message call = {.kind = MESSAGE_call,
                                 .call = {.delivery = work->delivery,
                                          .kind = work->kind,
                                          .lane = work->lane,
                                          .method = slice_from(method),
                                          .chat_id = chat_id,
                                          .turn_ms = work->turn_ms,
                                          .lease_until_ms = work->lease_until_ms,
                                          .attempts = work->attempts,
                                          .parts_count = work->parts_count,
                                          .params = buf_slice(&usher->params),
                                          .priority = work->priority}};
    bool free = delivery_budget((enum delivery_kind)work->kind) == BUDGET_FREE;
    struct buf bytes;
    buf_init(&bytes, 2 * PARAMS_MAX);
    wire_encode(&bytes, &call);
    ASSERT(!bytes.failed);
    if (sim_fault(sim, sim->weather.doubled)) {
        auditor_doubled(sim, work->delivery);
        pass_on(sim, bot, buf_slice(&bytes), free);
    }
    if (!sim_fault(sim, sim->weather.lost))
        pass_on(sim, bot, buf_slice(&bytes), free);
    buf_deinit(&bytes);
}

static void give_back(struct sim *sim, const struct message_work *work)
{
    const struct message outcome = {.kind = MESSAGE_cmd_outcome,
                                    .cmd_outcome = {.delivery = work->delivery,
                                                    .lane = work->lane,
                                                    .result = OUTCOME_FAILED,
                                                    .parts_count = work->parts_count,
                                                    .link = SLICE(""),
                                                    .error = SLICE("cannot be rendered")}};
    char lane[LANE_NAME_MAX + 1];
    struct message copy = outcome;
    bool fits = slice_copy(work->lane, lane, sizeof lane); /* its bytes are where submit encodes */
    ASSERT(fits);
    copy.cmd_outcome.lane = slice_from(lane);
    usher_submit(sim, &copy, nobody);
}

static void pass_on(struct sim *sim, size_t bot, struct slice call, bool free)
{
    struct event *event = sim_at(sim, sim->now_ms + sim_below(sim, 6), arrive);
    event->bytes = malloc(call.len);
    ASSERT(event->bytes != NULL);
    memcpy(event->bytes, call.data, call.len);
    event->len = call.len;
    event->a = bot;
    event->b = sim->usher->bots[bot].epoch;
    event->c = free;
    *(free ? &sim->usher->bots[bot].free_on_the_way : &sim->usher->bots[bot].on_the_way) += 1;
}

static void arrive(struct sim *sim, struct event *event)
{
    struct bot *bot = &sim->usher->bots[event->a];
    struct message message;
    if (bot->sender == NULL || bot->epoch != event->b)
        return;
    uint32_t *on_the_way = event->c != 0 ? &bot->free_on_the_way : &bot->on_the_way;
    ASSERT(*on_the_way > 0);
    --*on_the_way;
    enum error error = wire_decode_one(slice_of(event->bytes, event->len), &message, NULL);
    ASSERT(error == ERROR_NONE);
    error = sender_add(bot->sender, &message.call, sim_wall(sim), mono(sim));
    CHECK(sim,
          error == ERROR_NONE || error == ERROR_EXISTS || error == ERROR_TIMEOUT ||
              error == ERROR_FULL,
          "the sender refuses a call: %s", error_text(error));
    bot_turn(sim, (size_t)event->a);
}

/* A notifier that starts: what it held is void, and it is told what is frozen. */
static void greet(struct sim *sim, size_t index)
{
    struct usher *usher = sim->usher;
    struct bot *bot = &usher->bots[index];
    struct buf freezes;
    struct message message;
    if (usher->boot == 0 || ledger_applied(usher->ledger) < usher->boot) {
        plan_turn(sim, index, sim->now_ms + 50);
        return;
    }
    bot->after = UINT64_MAX; /* outcomes of the one before it may wait in the journal */
    if (dispatch_forget_leases(usher->dispatch, slice_from(lane_name(sim, index).text)))
        bot->doubt_ms = mono(sim) + DOUBT_MS;
    if (bot->doubt_ms > mono(sim))
        sender_freeze(bot->sender, 0, sim_wall(sim) + bot->doubt_ms - mono(sim), sim_wall(sim),
                      mono(sim));
    buf_init(&freezes, PARAMS_MAX);
    enum error error = ledger_freezes(usher->ledger, slice_from(lane_name(sim, index).text),
                                      sim_wall(sim), &freezes);
    ASSERT(error == ERROR_NONE && !freezes.failed);
    for (struct slice rest = buf_slice(&freezes); wire_decode(&rest, &message, NULL) == ERROR_NONE;)
        sender_freeze(bot->sender, message.freeze.chat_id, message.freeze.until_ms, sim_wall(sim),
                      mono(sim));
    buf_deinit(&freezes);
    bot->greeted = true;
    bots_lend(sim);
}

static void plan_turn(struct sim *sim, size_t index, uint64_t at_ms)
{
    struct bot *bot = &sim->usher->bots[index];
    if (bot->wake_ms != 0 && bot->wake_ms <= at_ms)
        return;
    bot->wake_ms = at_ms;
    struct event *event = sim_at(sim, at_ms, turn);
    event->a = index;
    event->b = bot->epoch;
    event->c = at_ms;
}

static void turn(struct sim *sim, struct event *event)
{
    struct bot *bot = &sim->usher->bots[event->a];
    if (bot->sender == NULL || bot->epoch != event->b || bot->wake_ms != event->c)
        return;
    bot->wake_ms = 0;
    bot_turn(sim, (size_t)event->a);
    bots_lend(sim);
}

/* Something has become due at the dispatcher. */
static void look(struct sim *sim, struct event *event)
{
    struct usher *usher = sim->usher;
    if (!usher_up(sim) || event->a != usher->process || event->b != usher->lend_ms)
        return;
    usher->lend_ms = 0;
    bots_lend(sim);
}
