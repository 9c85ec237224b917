/* The outward half of the apply thread: lends deliveries to the lanes that can take them. A lane's
 * notifier says how many more it wants (the newest word counts), each one lent takes one off. */
#include "actors/ledger.h"
#include "actors/way_out.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>

enum {
    LEASE_MS = 60000,
    LEASE_QUOTA = 256, /* a lane and turn */
    WINDOW_MS = 1000,  /* of a lane's budget */
    LOOK_AGAIN_MS = 1000,
    CLOCK_SET_MS = 1000, /* a step of the wall clock, and not the steering of NTP */
    SCRATCH_BYTES_MAX = 1024 * 1024,
    OUT_BYTES_MAX = 32 * 1024 * 1024
};

static void lend(struct lending *lending, size_t lane, uint64_t as_of_ms, uint64_t wall_ms);
static void hand_out(struct lending *lending, const uint64_t *deliveries, size_t count,
                     uint64_t until_real_ms);
static ledger_wait_fn wait_ms;
static void greet(struct lending *lending, size_t lane);
static enum error begin(struct lending *lending);
static void doubt(struct lending *lending, const struct effects *started, bool behind);
static uint64_t doubt_ms(const struct config_lane *lane);

#define AFTER_ALL_BEFORE                                                                           \
    UINT64_MAX /* of after: all that is in the journal when it wants something */

static bool look(struct lending *lending, uint64_t as_of_ms);
static void clock_watch(struct lending *lending);

enum error lending_open(struct lending *lending, struct site *site, struct verdict_outlets *outlets,
                        struct why *why)
{
    const struct dispatch_options options = {.source = dispatch_ledger,
                                             .context = site->ledger->ledger,
                                             .window = DISPATCH_WINDOW,
                                             .pause_max_ms = VERDICT_RETRY_CAP_MS};

    lending->config = site->config;
    lending->host = site->ledger;
    lending->ledger = site->ledger->ledger;
    lending->outlets = outlets;
    buf_init(&lending->scratch, SCRATCH_BYTES_MAX);
    lending->wants = calloc(config_lane_count(site->config) + 1, sizeof(*lending->wants));
    lending->after = calloc(config_lane_count(site->config) + 1, sizeof(*lending->after));
    lending->dispatch = dispatch_new(&options);
    lending->doubt_until_ms =
        calloc(config_lane_count(site->config) + 1, sizeof(*lending->doubt_until_ms));
    if (lending->wants == NULL || lending->after == NULL || lending->doubt_until_ms == NULL ||
        lending->dispatch == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    ledger_waits(lending->ledger, wait_ms, lending);
    enum error error = begin(lending);
    if (error != ERROR_NONE)
        return why_set(why, error, "cannot read the deliveries that wait: %s", error_text(error));
    return outlet_open(&lending->work, site->topology, LINK_work, 0, OUT_BYTES_MAX, why);
}

void lending_close(struct lending *lending)
{
    if (lending->ledger != NULL)
        ledger_waits(lending->ledger, NULL, NULL);
    outlet_deinit(&lending->work);
    dispatch_destroy(&lending->dispatch);
    free(lending->wants);
    free(lending->after);
    free(lending->doubt_until_ms);
    buf_deinit(&lending->scratch);
}

void lending_credit(struct lending *lending, const struct message_credit *credit, bool serving)
{
    size_t index;
    if (!config_lane_find(lending->config, credit->lane, &index)) {
        log_event(LOG_bad_message, "actor=apply kind=credit");
        return;
    }
    lending->wants[index] = (struct want){
        .deliveries = credit->want > UINT32_MAX ? UINT32_MAX : (uint32_t)credit->want,
        .yielding = credit->yielding > UINT32_MAX ? UINT32_MAX : (uint32_t)credit->yielding,
        .free = credit->free > UINT32_MAX ? UINT32_MAX : (uint32_t)credit->free};
    if (credit->hello != 0 && serving) /* it says so again until it is answered */
        greet(lending, index);
}

uint64_t lending_turn(struct lending *lending, uint64_t as_of_ms, uint64_t wall_ms)
{
    clock_watch(lending);
    uint64_t next_ms = dispatch_advance(lending->dispatch, as_of_ms);
    for (size_t i = 0; i < config_lane_count(lending->config); i++)
        lend(lending, i, as_of_ms, wall_ms);
    if (look(lending, as_of_ms))
        return wall_ms;
    bool rests = clock_mono_ms() < lending->look_at_ms; /* what is due meanwhile is not known */
    return rests && next_ms <= wall_ms ? wall_ms + LOOK_AGAIN_MS : next_ms;
}

/* Reads on in what is pending when that is needed; true: come again at once. */
static bool look(struct lending *lending, uint64_t as_of_ms)
{
    bool again = false;
    uint64_t mono_ms = clock_mono_ms();
    if (mono_ms < lending->look_at_ms)
        return false;
    enum error error = dispatch_look(lending->dispatch, as_of_ms, DISPATCH_STEP, &again);
    if (error != ERROR_NONE) { /* what is in memory is lent meanwhile */
        log_event(LOG_pending_not_read, "error=\"%s\"", error_text(error));
        lending->look_at_ms = mono_ms + LOOK_AGAIN_MS;
    }
    return again;
}

/* Leases and pauses last as long as was meant when the wall clock is set, or the test clock moved.
 */
static void clock_watch(struct lending *lending)
{
    uint64_t real_ms = clock_real_ms();
    uint64_t mono_ms = clock_mono_ms();
    uint64_t ahead_ms = clock_ahead_ms();
    int64_t set_ms = (int64_t)(real_ms - lending->real_ms) - (int64_t)(mono_ms - lending->mono_ms);
    if (set_ms <= CLOCK_SET_MS && set_ms >= -CLOCK_SET_MS)
        set_ms = 0;
    set_ms += (int64_t)(ahead_ms - lending->ahead_ms);
    if (lending->real_ms != 0 && set_ms != 0)
        dispatch_clock_set(lending->dispatch, set_ms);
    lending->real_ms = real_ms;
    lending->mono_ms = mono_ms;
    lending->ahead_ms = ahead_ms;
}

/* What no limit counts first, and at once: somebody waits for it before a screen, and twice is no
 * harm. */
static void lend(struct lending *lending, size_t lane, uint64_t as_of_ms, uint64_t wall_ms)
{
    const struct config_lane config = config_lane(lending->config, lane);
    struct slice name = slice_from(config.name.text);
    uint64_t deliveries[LEASE_QUOTA];
    struct want *want = &lending->wants[lane];
    size_t most = want->deliveries < LEASE_QUOTA ? want->deliveries : LEASE_QUOTA;
    size_t most_free = want->free < LEASE_QUOTA ? want->free : LEASE_QUOTA;
    size_t yielding = want->yielding;

    if ((most == 0 && most_free == 0) || !outlet_has_room(&lending->work))
        return;
    uint64_t until_ms = wall_ms + LEASE_MS;
    uint64_t until_real_ms = clock_real_ms() + LEASE_MS; /* what the notifier holds it against */
    size_t count =
        dispatch_lease_free(lending->dispatch, name, as_of_ms, until_ms, deliveries, most_free);
    hand_out(lending, deliveries, count, until_real_ms);
    want->free -= (uint32_t)count;
    /* The others when it is sure to be known what the notifier before this one has done: all that
     * was durable when it was free to send, which is after the doubt about it. */
    if (most == 0)
        return;
    if (lending->after[lane] == AFTER_ALL_BEFORE)
        lending->after[lane] = atomic_load(&lending->host->tail);
    if (ledger_applied(lending->ledger) < lending->after[lane])
        return;
    count =
        dispatch_lease(lending->dispatch, name, as_of_ms, until_ms, deliveries, most, &yielding);
    hand_out(lending, deliveries, count, until_real_ms);
    want->deliveries -= (uint32_t)count;
    want->yielding = (uint32_t)yielding;
}

static void hand_out(struct lending *lending, const uint64_t *deliveries, size_t count,
                     uint64_t until_real_ms)
{
    for (size_t i = 0; i < count; i++) {
        buf_clear(&lending->scratch);
        enum error error =
            ledger_work(lending->ledger, deliveries[i], until_real_ms, &lending->scratch);
        if (error == ERROR_NONE &&
            !outlet_put_encoded(&lending->work, buf_slice(&lending->scratch)))
            error = ERROR_BUSY;
        if (error != ERROR_NONE) /* it comes again when its lease is over */
            log_event(LOG_delivery_not_lent, "delivery=%llu error=\"%s\"",
                      (unsigned long long)deliveries[i], error_text(error));
    }
}

/* By the limit of the whole lane, which is what a deep queue waits for. */
static uint64_t wait_ms(void *context, struct slice lane, unsigned priority, uint64_t turn_ms,
                        uint64_t delivery)
{
    const struct lending *lending = context;
    size_t index;
    if (!config_lane_find(lending->config, lane, &index))
        return 0;
    return dispatch_before(lending->dispatch, lane, priority, turn_ms, delivery) * 1000 /
           config_lane(lending->config, index).per_second;
}

/* A notifier that starts: what it held is void, and it must know what is frozen before it sends
 * anything. The freeze of nothing until never is the end of the list. */
static void greet(struct lending *lending, size_t lane)
{
    const struct config_lane config = config_lane(lending->config, lane);
    struct slice name = slice_from(config.name.text);
    struct outlet *outlet = &lending->outlets->notifiers[lane];
    const struct message end = {.kind = MESSAGE_freeze, .freeze = {.lane = name}};

    uint64_t now_ms = clock_wall_ms();
    uint64_t mono_ms = clock_mono_ms();
    if (dispatch_forget_leases(lending->dispatch, name))
        lending->doubt_until_ms[lane] = mono_ms + doubt_ms(&config);
    lending->wants[lane] = (struct want){0};
    lending->after[lane] = AFTER_ALL_BEFORE; /* outcomes of the one before it may wait there */
    buf_clear(&lending->scratch);
    if (lending->doubt_until_ms[lane] > mono_ms) {
        uint64_t until_ms = now_ms + lending->doubt_until_ms[lane] - mono_ms;
        const struct message in_doubt = {.kind = MESSAGE_freeze,
                                         .freeze = {.lane = name, .until_ms = until_ms}};
        wire_encode(&lending->scratch, &in_doubt);
    }
    enum error error = ledger_freezes(lending->ledger, name, now_ms, &lending->scratch);
    wire_encode(&lending->scratch, &end);
    if (error == ERROR_NONE && lending->scratch.failed)
        error = ERROR_TOO_LARGE;
    if (error == ERROR_NONE && !outlet_put_encoded(outlet, buf_slice(&lending->scratch)))
        error = ERROR_BUSY;
    if (error != ERROR_NONE) /* it says hello again until it is answered */
        log_event(LOG_delivery_not_lent, "lane=%s error=\"%s\"", config.name.text,
                  error_text(error));
    outlet_flush(outlet);
}

/* What waits is looked through once before anything is lent. Pauses that Telegram wants are
 * freezes, which the notifier is told of; no other is longer than a verdict's. */
static enum error begin(struct lending *lending)
{
    struct effects started = {NULL, 0, 0};
    bool again;
    enum error error = dispatch_look(lending->dispatch, clock_wall_ms(), SIZE_MAX, &again);
    if (error == ERROR_NONE)
        error = ledger_started(lending->ledger, &started);
    if (error == ERROR_NONE)
        doubt(lending, &started,
              journal_tail(lending->host->journal) > ledger_applied(lending->ledger));
    free(started.items);
    return error;
}

/* What waits at the start may have been lent to a notifier that was killed. When the state is
 * behind the journal, a power cut may have undone the commit that made a delivery which was lent:
 * then nobody knows of it yet. */
static void doubt(struct lending *lending, const struct effects *started, bool behind)
{
    uint64_t now_ms = clock_mono_ms();
    for (size_t lane = 0; lane < config_lane_count(lending->config); lane++) {
        const struct config_lane config = config_lane(lending->config, lane);
        if (behind || dispatch_knows(lending->dispatch, slice_from(config.name.text)))
            lending->doubt_until_ms[lane] = now_ms + doubt_ms(&config);
    }
    for (size_t i = 0; i < started->count; i++) {
        size_t lane;
        if (!config_lane_find(lending->config, slice_from(started->items[i].lane), &lane))
            continue;
        const struct config_lane config = config_lane(lending->config, lane);
        lending->doubt_until_ms[lane] = now_ms + doubt_ms(&config);
    }
}

/* A call on its way when its notifier was killed is counted within its transit, and its window is a
 * second from then. Until that is over nobody knows how much of the budget is left. */
static uint64_t doubt_ms(const struct config_lane *lane)
{
    return way_out_carrier(lane)->transit_ms + WINDOW_MS;
}
