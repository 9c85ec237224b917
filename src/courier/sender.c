#include "courier/sender.h"

#include "base/assert.h"
#include "base/map.h"
#include "courier/breaker.h"
#include "courier/done.h"
#include "courier/flood.h"
#include "courier/pairing.h"
#include "courier/queue.h"

#include <limits.h>
#include <stdlib.h>

enum {
    METHOD_BYTES_MAX = 64,
    YIELDING_PART = 4,  /* of the room, for what yields */
    SILENCE_MS = 1500,  /* longer than the pace of the bot's calls asks for */
    CALLS_MAX = 1 << 20 /* bound of waiting_max and in_flight_max */
};

struct call {
    struct queue_item item;
    struct pairing_node lease_node; /* while waiting */
    enum delivery_kind kind;
    uint64_t lease_until_ms; /* wall */
    uint64_t attempts;
    uint64_t parts_count;
    bool in_flight;
    bool free; /* counted by nobody */
    uint64_t sent_ms;
    uint32_t lane_token;   /* of the lane's budget, or of that of free calls */
    uint32_t notice_token; /* of what notices may take of it */
    char method[METHOD_BYTES_MAX + 1];
    size_t params_len;
    char params[];
};

struct sender {
    struct sender_options options;
    struct prng prng;
    struct bucket bucket;  /* the lane's */
    struct bucket notices; /* of notices; their calls spend from both */
    struct flood flood;
    struct breaker breaker;
    struct queue queue;
    struct bucket free_bucket; /* of calls that nobody counts, */
    struct queue free_queue;   /* which spend from nothing else */
    uint64_t free_until_ms;    /* held off by a 429 of their own */
    struct pairing leases;     /* calls that wait, by lease_until_ms */
    struct map calls;          /* by delivery, waiting and in flight */
    struct done done;
    uint32_t waiting;
    uint32_t in_flight;
    uint64_t seen_ms; /* the last times we were told: monotonic, wall */
    uint64_t seen_wall_ms;
};

/* Whom a 429 holds off, and until when (mono); until_ms 0: nobody. */
struct freeze {
    int64_t chat_id; /* 0: the whole lane */
    uint64_t until_ms;
};

static bool lease_before(const struct pairing_node *a, const struct pairing_node *b);
static struct queue *queue_of(struct sender *sender, const struct call *call);
static uint32_t free_per_second(const struct sender_options *options);
static struct call *first(struct sender *sender, uint64_t mono_ms);
static struct call *first_free(struct sender *sender, uint64_t mono_ms);
static struct call *first_counted(struct sender *sender, uint64_t mono_ms);
static uint64_t free_at(const struct sender *sender);
static struct call *call_new(const struct message_call *message);
static uint64_t advance(struct sender *sender, uint64_t wall_ms, uint64_t mono_ms);
static struct call *find_in_flight(const struct sender *sender, uint64_t token);
static struct freeze freeze_for(struct sender *sender, const struct call *call, uint64_t flood_ms,
                                uint64_t mono_ms);
static void settle(struct sender *sender, struct call *call, bool certain, bool accepted,
                   uint64_t mono_ms);
static uint32_t notices_per_second(uint32_t per_second);
static uint32_t room_for(const struct sender *sender, uint32_t ready);
static uint64_t next_at(const struct sender *sender);
static void forget(struct sender *sender, struct call *call);

enum error sender_new(const struct sender_options *options, uint64_t mono_ms, struct sender **out)
{
    *out = NULL;
    const uint32_t limits[] = {options->per_second, options->per_chat_per_second,
                               options->per_group_per_minute};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (limits[i] == 0 || limits[i] > BUCKET_LIMIT_MAX)
            return ERROR_INVALID;
    }
    if (options->waiting_max == 0 || options->waiting_max > CALLS_MAX ||
        options->in_flight_max == 0 || options->in_flight_max > CALLS_MAX ||
        options->carrier == NULL || options->lane[0] == '\0' ||
        strnlen(options->lane, sizeof options->lane) == sizeof options->lane)
        return ERROR_INVALID;

    struct sender *sender = calloc(1, sizeof *sender);
    if (sender == NULL)
        return ERROR_MEMORY;
    sender->options = *options;
    sender->prng.state = options->seed;
    sender->seen_ms = mono_ms;
    if (!bucket_init(&sender->bucket, options->per_second, 1000, options->carrier->transit_ms,
                     mono_ms, true) ||
        !bucket_init(&sender->notices, notices_per_second(options->per_second), 1000,
                     options->carrier->transit_ms, mono_ms, true) ||
        !bucket_init(&sender->free_bucket, free_per_second(options), 1000,
                     options->carrier->transit_ms, mono_ms, false)) {
        bucket_deinit(&sender->bucket);
        bucket_deinit(&sender->notices);
        free(sender);
        return ERROR_MEMORY;
    }
    struct queue_limits chat_limits = {options->per_chat_per_second, options->per_group_per_minute,
                                       options->carrier->transit_ms};
    queue_init(&sender->queue, &chat_limits, mono_ms);
    queue_init(&sender->free_queue, &chat_limits, mono_ms);
    pairing_init(&sender->leases, lease_before);
    map_init(&sender->calls);
    *out = sender;
    return ERROR_NONE;
}

void sender_destroy(struct sender **sender)
{
    struct sender *gone = *sender;
    *sender = NULL;
    if (gone == NULL)
        return;
    size_t at = 0;
    struct call *call;
    while ((call = map_each(&gone->calls, &at)) != NULL)
        free(call);
    map_deinit(&gone->calls);
    queue_deinit(&gone->queue);
    queue_deinit(&gone->free_queue);
    bucket_deinit(&gone->bucket);
    bucket_deinit(&gone->notices);
    bucket_deinit(&gone->free_bucket);
    free(gone);
}

uint32_t sender_want(const struct sender *sender)
{
    return room_for(sender,
                    queue_ready_count(&sender->queue) - queue_yielding_count(&sender->queue));
}

uint32_t sender_want_yielding(const struct sender *sender)
{
    /* Those whose chats must wait are not ready, however many they are. */
    if (sender->waiting >= sender->options.waiting_max / YIELDING_PART)
        return 0;
    return room_for(sender, queue_ready_count(&sender->queue));
}

/* Not fewer than are counted: a pressed button costs one of each, its answer and what it shows. */
static uint32_t free_per_second(const struct sender_options *options)
{
    return options->per_second > SENDER_FREE_PER_SECOND ? options->per_second
                                                        : SENDER_FREE_PER_SECOND;
}

uint32_t sender_want_free(const struct sender *sender)
{
    uint32_t waiting = sender->free_queue.anyone.waiting_count;
    uint32_t most = free_per_second(&sender->options);
    uint32_t want = waiting < most ? most - waiting : 0;
    uint32_t room = sender->options.waiting_max - sender->waiting;
    if (breaker_pauses(&sender->breaker, sender->seen_ms))
        return 0;
    return want < room ? want : room;
}

enum error sender_add(struct sender *sender, const struct message_call *call, uint64_t wall_ms,
                      uint64_t mono_ms)
{
    mono_ms = advance(sender, wall_ms, mono_ms);
    if (call->delivery == 0 || call->kind == DELIVERY_none || call->kind >= DELIVERY_COUNT ||
        call->method.len == 0 || call->method.len > METHOD_BYTES_MAX)
        return ERROR_INVALID;
    if (call->lease_until_ms <= wall_ms)
        return ERROR_TIMEOUT;
    if (map_get(&sender->calls, call->delivery) != NULL || done_holds(&sender->done, call, mono_ms))
        return ERROR_EXISTS;
    if (sender->waiting >= sender->options.waiting_max)
        return ERROR_FULL;

    struct call *held = call_new(call);
    if (held == NULL)
        return ERROR_MEMORY;
    if (!map_put(&sender->calls, call->delivery, held)) {
        free(held);
        return ERROR_MEMORY;
    }
    enum error error =
        queue_add(queue_of(sender, held), &held->item, held->free ? 0 : call->chat_id, mono_ms);
    if (error != ERROR_NONE) {
        map_remove(&sender->calls, call->delivery);
        free(held);
        return error;
    }
    pairing_push(&sender->leases, &held->lease_node);
    sender->waiting++;
    return ERROR_NONE;
}

void sender_freeze(struct sender *sender, int64_t chat_id, uint64_t until_wall_ms, uint64_t wall_ms,
                   uint64_t mono_ms)
{
    mono_ms = advance(sender, wall_ms, mono_ms);
    if (until_wall_ms <= wall_ms)
        return;
    /* No freeze of ours is longer; a wall clock that was wrong may make it seem so. */
    uint64_t longest_ms = VERDICT_WAIT_S_MAX * 1000ULL + FLOOD_MARGIN_MS;
    uint64_t left_ms = until_wall_ms - wall_ms;
    uint64_t until_ms = mono_ms + (left_ms < longest_ms ? left_ms : longest_ms);
    /* A chat that cannot be remembered any more is frozen with all the others. */
    if (chat_id == 0 || queue_freeze(&sender->queue, chat_id, until_ms, mono_ms) != ERROR_NONE)
        flood_freeze(&sender->flood, until_ms, mono_ms);
}

bool sender_ready(struct sender *sender, uint64_t wall_ms, uint64_t mono_ms)
{
    return first(sender, advance(sender, wall_ms, mono_ms)) != NULL;
}

bool sender_next(struct sender *sender, uint64_t wall_ms, uint64_t mono_ms, struct sender_call *out)
{
    mono_ms = advance(sender, wall_ms, mono_ms);
    struct call *call = first(sender, mono_ms);
    if (call == NULL)
        return false;

    pairing_remove(&sender->leases, &call->lease_node);
    queue_take(queue_of(sender, call), &call->item, mono_ms);
    call->lane_token = bucket_spend(call->free ? &sender->free_bucket : &sender->bucket, mono_ms);
    if (call->item.yields)
        call->notice_token = bucket_spend(&sender->notices, mono_ms);
    call->in_flight = true;
    call->sent_ms = mono_ms;
    breaker_sent(&sender->breaker);
    if (!call->free)
        flood_sent(&sender->flood, mono_ms);
    sender->waiting--;
    sender->in_flight++;
    *out = (struct sender_call){.token = call->item.delivery,
                                .method = call->method,
                                .params = slice_of(call->params, call->params_len),
                                .start_first = delivery_semantics(call->kind) == SEMANTICS_NOTICE,
                                .delivery = call->item.delivery,
                                .turn_ms = call->item.turn_ms};
    return true;
}

static struct call *first(struct sender *sender, uint64_t mono_ms)
{
    if (sender->in_flight >= sender->options.in_flight_max ||
        breaker_pauses(&sender->breaker, mono_ms))
        return NULL;
    struct call *call = first_free(sender, mono_ms);
    return call != NULL ? call : first_counted(sender, mono_ms);
}

bool sender_started(struct sender *sender, uint64_t token, uint64_t wall_ms, uint64_t mono_ms)
{
    mono_ms = advance(sender, wall_ms, mono_ms);
    struct call *call = find_in_flight(sender, token);
    /* Past the transit time its place in the budgets may be another's. */
    if (call->lease_until_ms <= wall_ms ||
        mono_ms - call->sent_ms > sender->options.carrier->transit_ms ||
        sender_frozen(sender, mono_ms) || flood_overtook(&sender->flood, call->sent_ms) ||
        !queue_postpone(&sender->queue, &call->item, call->sent_ms, mono_ms))
        return false;
    bucket_postpone(&sender->bucket, call->lane_token, call->sent_ms, mono_ms);
    bucket_postpone(&sender->notices, call->notice_token, call->sent_ms, mono_ms);
    call->sent_ms = mono_ms;
    flood_sent(&sender->flood, mono_ms);
    return true;
}

void sender_withdrawn(struct sender *sender, uint64_t token, uint64_t wall_ms, uint64_t mono_ms)
{
    mono_ms = advance(sender, wall_ms, mono_ms);
    struct call *call = find_in_flight(sender, token);
    breaker_untried(&sender->breaker, call->sent_ms);
    settle(sender, call, true, false, mono_ms);
    forget(sender, call);
}

long sender_timeout_ms(const struct sender *sender, uint64_t mono_ms)
{
    uint64_t at = next_at(sender);
    if (at != UINT64_MAX) {
        uint64_t lane_at = bucket_ready_at(&sender->bucket);
        uint64_t flood_at = flood_ready_at(&sender->flood);
        at = at > lane_at ? at : lane_at;
        at = at > flood_at ? at : flood_at;
    }
    at = free_at(sender) < at ? free_at(sender) : at;
    if (at < breaker_ready_at(&sender->breaker))
        at = breaker_ready_at(&sender->breaker);
    if (sender->in_flight >= sender->options.in_flight_max)
        at = UINT64_MAX;
    /* When the breaker lets go, sender_want changes though nothing waits. */
    if (breaker_pauses(&sender->breaker, mono_ms) && breaker_ready_at(&sender->breaker) < at)
        at = breaker_ready_at(&sender->breaker);
    /* When the bot thaws, sender_want changes though nothing waits. */
    if (sender_frozen(sender, mono_ms) && sender->flood.frozen_until < at)
        at = sender->flood.frozen_until;
    /* So it does when we are full and a lease ends. */
    const struct pairing_node *lease = pairing_first(&sender->leases);
    if (sender->waiting >= sender->options.waiting_max && lease != NULL) {
        const struct call *call = PAIRING_ITEM_CONST(lease, struct call, lease_node);
        uint64_t over_at = sender->seen_ms + (call->lease_until_ms - sender->seen_wall_ms);
        at = over_at < at ? over_at : at;
    }
    if (at == UINT64_MAX)
        return -1;
    if (at <= mono_ms)
        return 0;
    return at - mono_ms < INT_MAX ? (long)(at - mono_ms) : INT_MAX;
}

void sender_answered(struct sender *sender, uint64_t token, int failure, unsigned status,
                     uint32_t retry_after_s, struct slice body, const char *error, uint64_t wall_ms,
                     uint64_t mono_ms, struct buf *out, enum outcome *outcome)
{
    mono_ms = advance(sender, wall_ms, mono_ms);
    struct call *call = find_in_flight(sender, token);
    struct verdict verdict;
    if (failure == TRANSFER_ANSWERED) {
        const struct carrier_answer answer = {status, retry_after_s, body,
                                              slice_of(call->params, call->params_len)};
        sender->options.carrier->verdict(call->kind, call->attempts, &answer, &sender->prng,
                                         &verdict);
    } else {
        verdict = verdict_of_failure(call->kind, call->attempts, failure, error, &sender->prng);
    }

    struct freeze freeze = {0};
    uint64_t retry_ms = verdict.retry_ms;
    if (failure == TRANSFER_UNTRIED)
        breaker_untried(&sender->breaker, call->sent_ms);
    else
        breaker_ended(&sender->breaker, call->sent_ms, failure == TRANSFER_ANSWERED, mono_ms);
    if (verdict.flood_ms > 0 && call->free) {
        retry_ms = verdict.flood_ms + FLOOD_MARGIN_MS;
        sender->free_until_ms = mono_ms + retry_ms;
    } else if (verdict.flood_ms > 0) {
        freeze = freeze_for(sender, call, verdict.flood_ms, mono_ms);
        retry_ms = freeze.until_ms - mono_ms;
    } else if (verdict.refused) {
        flood_freeze(&sender->flood, mono_ms + verdict.retry_ms, mono_ms);
    }
    settle(sender, call, failure != TRANSFER_IN_DOUBT, verdict.accepted, mono_ms);

    bool retry = verdict.outcome == OUTCOME_RETRY;
    struct message message = {.kind = MESSAGE_cmd_outcome};
    message.cmd_outcome = (struct message_cmd_outcome){
        .delivery = call->item.delivery,
        .lane = slice_from(sender->options.lane),
        .result = verdict.outcome,
        .parts_count = call->parts_count,
        .retry_at_ms = retry ? wall_ms + retry_ms : 0,
        .freeze_chat_id = freeze.chat_id,
        .freeze_until_ms = freeze.until_ms > 0 ? wall_ms + (freeze.until_ms - mono_ms) : 0,
        .new_chat_id = verdict.migrate_to_chat_id,
        .link = slice_from(verdict.link),
        .error = slice_from(verdict.error),
        .message_id = verdict.message_id,
        .thread_id = verdict.thread_id,
        .status = verdict.status,
        .answer = slice_of(verdict.answer, verdict.answer_len),
        .took_ms = mono_ms > call->sent_ms ? mono_ms - call->sent_ms : 0,
    };
    wire_encode(out, &message);
    *outcome = verdict.outcome;
    if (verdict.outcome == OUTCOME_DONE)
        done_remember(&sender->done, call->kind, call->item.delivery, call->attempts, mono_ms);
    forget(sender, call);
}

uint32_t sender_waiting(const struct sender *sender)
{
    return sender->waiting;
}

uint32_t sender_in_flight(const struct sender *sender)
{
    return sender->in_flight;
}

uint32_t sender_used(const struct sender *sender, uint64_t mono_ms)
{
    return bucket_used(&sender->bucket, mono_ms);
}

bool sender_frozen(const struct sender *sender, uint64_t mono_ms)
{
    return sender->flood.frozen_until > mono_ms;
}

static bool lease_before(const struct pairing_node *a, const struct pairing_node *b)
{
    return PAIRING_ITEM_CONST(a, struct call, lease_node)->lease_until_ms <
           PAIRING_ITEM_CONST(b, struct call, lease_node)->lease_until_ms;
}

static struct queue *queue_of(struct sender *sender, const struct call *call)
{
    return call->free ? &sender->free_queue : &sender->queue;
}

static struct call *first_free(struct sender *sender, uint64_t mono_ms)
{
    struct queue_item *item = queue_first(&sender->free_queue);
    if (item == NULL || free_at(sender) > mono_ms)
        return NULL;
    return PAIRING_ITEM(item, struct call, item);
}

static struct call *first_counted(struct sender *sender, uint64_t mono_ms)
{
    struct queue_item *item = queue_first(&sender->queue);
    if (item == NULL || flood_ready_at(&sender->flood) > mono_ms ||
        bucket_ready_at(&sender->bucket) > mono_ms ||
        (item->yields && bucket_ready_at(&sender->notices) > mono_ms))
        return NULL;
    return PAIRING_ITEM(item, struct call, item);
}

/* When the next call that nobody counts may go; UINT64_MAX when none waits. */
static uint64_t free_at(const struct sender *sender)
{
    if (queue_first(&sender->free_queue) == NULL)
        return UINT64_MAX;
    uint64_t at = bucket_ready_at(&sender->free_bucket);
    return at > sender->free_until_ms ? at : sender->free_until_ms;
}

static struct call *call_new(const struct message_call *message)
{
    struct call *call = calloc(1, sizeof *call + message->params.len);
    if (call == NULL)
        return NULL;
    call->kind = (enum delivery_kind)message->kind;
    call->lease_until_ms = message->lease_until_ms;
    call->attempts = message->attempts;
    call->parts_count = message->parts_count;
    call->item.priority = (unsigned)message->priority;
    call->free = delivery_budget(call->kind) == BUDGET_FREE;
    call->item.yields = delivery_yields(call->kind, message->priority);
    call->item.turn_ms = message->turn_ms;
    call->item.delivery = message->delivery;
    memcpy(call->method, message->method.data, message->method.len);
    call->params_len = message->params.len;
    if (message->params.len > 0)
        memcpy(call->params, message->params.data, message->params.len);
    return call;
}

/* Lets time pass: calls whose lease is over are dropped, chats thaw. Returns the time, which never
 * goes back here although a caller may have read the clock before another call of its own. */
static uint64_t advance(struct sender *sender, uint64_t wall_ms, uint64_t mono_ms)
{
    if (mono_ms < sender->seen_ms)
        mono_ms = sender->seen_ms;
    sender->seen_ms = mono_ms;
    sender->seen_wall_ms = wall_ms;
    struct pairing_node *node;
    while ((node = pairing_first(&sender->leases)) != NULL) {
        struct call *call = PAIRING_ITEM(node, struct call, lease_node);
        if (call->lease_until_ms > wall_ms)
            break;
        pairing_remove(&sender->leases, node);
        queue_drop(queue_of(sender, call), &call->item, mono_ms);
        map_remove(&sender->calls, call->item.delivery);
        free(call);
        sender->waiting--;
    }
    queue_advance(&sender->queue, mono_ms);
    queue_advance(&sender->free_queue, mono_ms);
    return mono_ms;
}

static struct call *find_in_flight(const struct sender *sender, uint64_t token)
{
    struct call *call = map_get(&sender->calls, token);
    ASSERT(call != NULL && call->in_flight);
    return call;
}

/* A 429 says how long and not whom; see flood.h. */
static struct freeze freeze_for(struct sender *sender, const struct call *call, uint64_t flood_ms,
                                uint64_t mono_ms)
{
    struct freeze freeze = {.until_ms = mono_ms + flood_ms + FLOOD_MARGIN_MS};
    int64_t chat_id = queue_chat_id(&call->item);
    freeze.chat_id = flood_hit(&sender->flood, chat_id, &freeze.until_ms, mono_ms);
    if (freeze.chat_id != 0 &&
        queue_freeze(&sender->queue, chat_id, freeze.until_ms, mono_ms) != ERROR_NONE) {
        freeze.chat_id = 0;
        flood_freeze(&sender->flood, freeze.until_ms, mono_ms);
    }
    return freeze;
}

/* An attempt in doubt may still be on its way, so what it spent rests until that is over. */
static void settle(struct sender *sender, struct call *call, bool certain, bool accepted,
                   uint64_t mono_ms)
{
    if (certain)
        bucket_settle(call->free ? &sender->free_bucket : &sender->bucket, call->lane_token,
                      call->sent_ms, mono_ms);
    if (certain && call->item.yields)
        bucket_settle(&sender->notices, call->notice_token, call->sent_ms, mono_ms);
    queue_settle(queue_of(sender, call), &call->item, call->sent_ms, certain, mono_ms);
    if (!call->free)
        flood_ended(&sender->flood, call->sent_ms, accepted);
}

static void forget(struct sender *sender, struct call *call)
{
    map_remove(&sender->calls, call->item.delivery);
    free(call);
    sender->in_flight--;
}

/* A bot that may make one call a second has nothing to keep. */
static uint32_t notices_per_second(uint32_t per_second)
{
    uint32_t kept = (per_second + SENDER_NOTICE_SHARE - 1) / SENDER_NOTICE_SHARE;
    return per_second > kept ? per_second - kept : per_second;
}

static uint32_t room_for(const struct sender *sender, uint32_t ready)
{
    uint32_t most = sender->options.per_second / 4;
    if (most < SENDER_WANT_MIN)
        most = SENDER_WANT_MIN;
    /* While the bot itself must be silent (after a start), its chats are too, and none is ready.
     * What is taken in then would stand before what is more urgent and comes later. */
    if (bucket_ready_at(&sender->bucket) > sender->seen_ms + SILENCE_MS)
        ready = sender->waiting;
    uint32_t want = most > ready ? most - ready : 0;
    uint32_t room = sender->options.waiting_max - sender->waiting;
    if (sender_frozen(sender, sender->seen_ms) || breaker_pauses(&sender->breaker, sender->seen_ms))
        return 0;
    return want < room ? want : room;
}

/* When the queue may have a call that its budgets let go, the bot's own left out of account. */
static uint64_t next_at(const struct sender *sender)
{
    uint64_t at = queue_ready_at(&sender->queue);
    uint64_t notices_at = bucket_ready_at(&sender->notices);
    const struct queue_item *first = queue_first(&sender->queue);
    if (first == NULL || !first->yields || notices_at <= at)
        return at;
    uint64_t blocked_until = queue_blocked_until(&sender->queue);
    return blocked_until < notices_at ? blocked_until : notices_at;
}
