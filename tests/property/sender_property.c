/* The sender against a little model of Telegram with faults, in one thread and on a made-up clock.
 *
 * A dispatcher leases deliveries to the sender as the ledger would (order of priority and payment
 * time, at most what sender_want asks for, after some time on the way), and takes outcomes back.
 * The server counts each call at a moment of its own choice between sending and answer, at most
 * TELEGRAM_TRANSIT_MS after the sending; it answers late, not at all, with 5xx, or with a 429 out
 * of the blue. Checked:
 *
 * - no sliding window at the server, of the bot, a private chat or a group, is ever over its limit;
 * - nobody is called before the end of a wait that a 429 named for them;
 * - each call that was added comes to exactly one outcome, or is dropped when its lease is over;
 * - when a call is sent, none that goes before it was ready;
 * - notices are attempted at most once unless it is certain that they were not sent;
 * - with short answers and no faults, at least 99 % of the allowed rate is used.
 *
 * usage: sender_property [seed [rounds]] */
#include "base/assert.h"
#include "base/prng.h"
#include "carrier/telegram/telegram.h"
#include "courier/sender.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DELIVERIES = 3000,
    CHATS = 400,
    GROUPS = 5,
    ATTEMPTS_MAX = 60000,
    LEASE_MS = 30000,
    END_MS = 40 * 60 * 1000
};

/* Faults in one of a thousand calls. */
struct weather {
    uint64_t latency_max_ms;
    unsigned slow; /* up to 8 s */
    unsigned flood;
    unsigned flood_bot; /* a flood that is the bot's: all calls are refused until it is over */
    unsigned failed;    /* 5xx */
    unsigned in_doubt;  /* done, and the answer lost */
    unsigned not_sent;
    unsigned lost_start; /* of notices whose start cannot be made durable in time */
};

enum delivery_stage { PENDING, ON_THE_WAY, HELD, FLYING, SETTLED };

struct delivery {
    enum delivery_stage state;
    enum delivery_kind kind;
    int64_t chat_id;
    uint64_t turn_ms;
    uint64_t not_before; /* when it may be leased; arrives, while on the way */
    uint64_t lease_until;
    uint64_t attempts;
    uint64_t maybe_sent; /* attempts that may have been acted on */
};

struct flight {
    uint64_t token;
    uint64_t start_at; /* when a notice's start is durable; 0: it goes at once */
    uint64_t sent_at;
    uint64_t end_at;
    int failure;
    unsigned status;
    uint32_t retry_after_s;
    bool done; /* acted on */
};

struct counted {
    uint64_t at_us;
    int64_t chat_id;
};

struct model {
    struct prng prng;
    struct weather weather;
    struct sender *sender;
    struct sender_options options;
    struct delivery deliveries[DELIVERIES + 1]; /* by id, from 1 */
    size_t settled;
    struct flight flights[DELIVERIES];
    size_t flying;
    struct counted counted[ATTEMPTS_MAX];
    size_t counted_count;
    uint64_t chat_frozen_until[CHATS + GROUPS + 1];
    uint64_t touched_at[CHATS + 1]; /* private chats: the last time anything was done there */
    uint64_t bot_frozen_until;
    uint64_t bot_flood_until; /* at the server */
    unsigned flood_answers;   /* of that flood that came back */
    unsigned flood_early;     /* calls that left after the first of them */
    uint64_t now;
};

static const uint64_t wall = UINT64_C(1700000000000);
static struct model model;
static uint64_t seed;

#define CHECK(expression)                                                                          \
    do {                                                                                           \
        if (!(expression)) {                                                                       \
            fprintf(stderr, "seed %" PRIu64 " at %" PRIu64 " ms: %s:%d: %s\n", seed, model.now,    \
                    __FILE__, __LINE__, #expression);                                              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static bool chance(unsigned in_1000)
{
    return prng_below(&model.prng, 1000) < in_1000;
}

/* At most once: its start is journaled first. */
static bool once(enum delivery_kind kind)
{
    return delivery_semantics(kind) == SEMANTICS_NOTICE;
}

static uint64_t *frozen_until(int64_t chat_id)
{
    if (chat_id == 0)
        return &model.bot_frozen_until;
    return &model.chat_frozen_until[chat_id > 0 ? chat_id : CHATS - chat_id];
}

static void touch(int64_t chat_id)
{
    if (chat_id > 0)
        model.touched_at[chat_id] = model.now;
}

static bool goes_before(const struct delivery *a, const struct delivery *b)
{
    unsigned pa = delivery_priority(a->kind), pb = delivery_priority(b->kind);
    if (pa != pb)
        return pa < pb;
    return a->turn_ms != b->turn_ms ? a->turn_ms < b->turn_ms : a < b;
}

static void begin(uint64_t with_seed, const struct weather *weather, uint32_t per_second)
{
    if (model.sender != NULL)
        sender_destroy(&model.sender);
    model = (struct model){.prng = {with_seed}, .weather = *weather, .now = 5000};
    seed = with_seed;
    model.options = (struct sender_options){.lane = "telegram:main",
                                            .carrier = &carrier_telegram,
                                            .per_second = per_second,
                                            .per_chat_per_second = 1,
                                            .per_group_per_minute = 20,
                                            .waiting_max = 256,
                                            .in_flight_max = 400,
                                            .seed = with_seed};
    CHECK(sender_new(&model.options, model.now, &model.sender) == ERROR_NONE);
}

/* Deliveries of all kinds that a limit counts, known over the first minute. */
static void fill(bool bot_only)
{
    for (size_t id = 1; id <= DELIVERIES; id++) {
        struct delivery *delivery = &model.deliveries[id];
        do
            delivery->kind = (enum delivery_kind)(1 + prng_below(&model.prng, DELIVERY_COUNT - 1));
        while (delivery_budget(delivery->kind) == BUDGET_FREE);
        delivery->turn_ms = prng_below(&model.prng, 500);
        delivery->not_before = model.now + prng_below(&model.prng, 60000);
        if (bot_only) {
            delivery->kind = DELIVERY_approve;
            delivery->not_before = model.now;
        }
        if (delivery->kind == DELIVERY_letter || delivery->kind == DELIVERY_notice) {
            delivery->chat_id = 1 + (int64_t)prng_below(&model.prng, CHATS);
            if (chance(30))
                delivery->chat_id = -1 - (int64_t)prng_below(&model.prng, GROUPS);
        }
    }
}

/* The ledger and the granter: leases out the first by priority and payment time. */
static void dispatch(void)
{
    size_t on_the_way = 0;
    for (size_t id = 1; id <= DELIVERIES; id++)
        on_the_way += model.deliveries[id].state == ON_THE_WAY;
    size_t notices_on_the_way = 0;
    for (size_t id = 1; id <= DELIVERIES; id++)
        notices_on_the_way +=
            model.deliveries[id].state == ON_THE_WAY && once(model.deliveries[id].kind);
    uint32_t want = sender_want(model.sender);
    uint32_t notices = sender_want_yielding(model.sender);
    CHECK(notices <= want);
    for (; on_the_way < want; on_the_way++) {
        struct delivery *first = NULL;
        for (size_t id = 1; id <= DELIVERIES; id++) {
            struct delivery *delivery = &model.deliveries[id];
            if (delivery->state == PENDING && delivery->not_before <= model.now &&
                (first == NULL || goes_before(delivery, first)))
                first = delivery;
        }
        if (first == NULL || (once(first->kind) && notices_on_the_way++ >= notices))
            return;
        first->state = ON_THE_WAY;
        first->lease_until = model.now + LEASE_MS;
        first->not_before = model.now + 1 + prng_below(&model.prng, 10);
    }
}

static void arrive(void)
{
    for (size_t id = 1; id <= DELIVERIES; id++) {
        struct delivery *delivery = &model.deliveries[id];
        if (delivery->state == HELD && delivery->lease_until <= model.now) {
            delivery->state = PENDING;
            delivery->not_before = model.now;
        }
        if (delivery->state != ON_THE_WAY || delivery->not_before > model.now)
            continue;
        struct message_call call = {.delivery = id,
                                    .kind = delivery->kind,
                                    .lane = SLICE("telegram:main"),
                                    .method = SLICE("method"),
                                    .chat_id = delivery->chat_id,
                                    .turn_ms = delivery->turn_ms,
                                    .lease_until_ms = wall + delivery->lease_until,
                                    .attempts = delivery->attempts,
                                    .params = SLICE("{}"),
                                    .priority = delivery_priority(delivery->kind)};
        enum error error = sender_add(model.sender, &call, wall + model.now, model.now);
        CHECK(error == ERROR_NONE || error == ERROR_FULL);
        delivery->state = HELD; /* refused: the lease runs out all the same */
        if (error == ERROR_FULL)
            delivery->state = PENDING, delivery->not_before = delivery->lease_until;
    }
}

/* The request leaves: what will become of it. */
static void leave(struct flight *flight)
{
    struct delivery *delivery = &model.deliveries[flight->token];
    const struct weather *weather = &model.weather;
    touch(delivery->chat_id);
    flight->start_at = 0;
    flight->sent_at = model.now;
    flight->end_at = model.now + 1 + prng_below(&model.prng, weather->latency_max_ms);
    flight->failure = TRANSFER_ANSWERED;
    flight->status = 200;
    if (chance(weather->not_sent)) {
        flight->failure = TRANSFER_NOT_SENT;
        return;
    }
    CHECK(*frozen_until(0) <= model.now && *frozen_until(delivery->chat_id) <= model.now);
    if (chance(weather->slow))
        flight->end_at += prng_below(&model.prng, 8000);
    if (chance(weather->in_doubt)) {
        flight->failure = TRANSFER_IN_DOUBT;
        if (chance(500))
            flight->end_at = model.now + 15000;
    }
    if (model.bot_flood_until <= model.now)
        model.flood_answers = model.flood_early = 0;
    model.flood_early += model.flood_answers > 0;
    /* One shows that it is the bot; only one that hangs lets another go after it. */
    CHECK(model.flood_early <= 10);
    if (model.bot_flood_until <= model.now && chance(weather->flood_bot))
        model.bot_flood_until = model.now + 1000 * (1 + prng_below(&model.prng, 20));
    if (chance(weather->failed)) {
        flight->status = 502;
    } else if (model.bot_flood_until > model.now) {
        flight->status = 429;
        flight->retry_after_s = (uint32_t)((model.bot_flood_until - model.now + 999) / 1000);
    } else if (chance(weather->flood)) {
        flight->status = 429;
        flight->retry_after_s = 1 + (uint32_t)prng_below(&model.prng, 40);
    }
    flight->done = flight->status != 429;

    CHECK(model.counted_count < ATTEMPTS_MAX);
    uint64_t longest_ms = flight->end_at - model.now;
    if (flight->failure == TRANSFER_IN_DOUBT || longest_ms > TELEGRAM_TRANSIT_MS)
        longest_ms = TELEGRAM_TRANSIT_MS;
    model.counted[model.counted_count++] = (struct counted){
        model.now * 1000 + prng_below(&model.prng, longest_ms * 1000), delivery->chat_id};
    if (flight->done && once(delivery->kind)) {
        delivery->maybe_sent++;
        CHECK(delivery->maybe_sent == 1);
    }
}

/* None that goes before the one that was sent was surely ready: without a chat of its own, or with
 * one that had no traffic for so long that its budget must be whole. */
static void check_priority(uint64_t sent)
{
    if (model.now < 5000 + 1100)
        return;
    for (size_t id = 1; id <= DELIVERIES; id++) {
        const struct delivery *delivery = &model.deliveries[id];
        int64_t chat_id = delivery->chat_id;
        if (delivery->state != HELD || delivery->lease_until <= model.now || chat_id < 0)
            continue;
        if (chat_id > 0 && (model.touched_at[chat_id] + TELEGRAM_TRANSIT_MS + 1100 > model.now ||
                            *frozen_until(chat_id) + 1100 > model.now))
            continue;
        CHECK(!goes_before(delivery, &model.deliveries[sent]));
    }
}

static void send(void)
{
    struct sender_call call;
    while (sender_next(model.sender, wall + model.now, model.now, &call)) {
        struct delivery *delivery = &model.deliveries[call.delivery];
        CHECK(delivery->state == HELD && delivery->lease_until > model.now);
        CHECK(model.flying < DELIVERIES);
        check_priority(call.delivery);
        delivery->state = FLYING;
        touch(delivery->chat_id);
        struct flight *flight = &model.flights[model.flying++];
        *flight = (struct flight){.token = call.token};
        CHECK(call.start_first == once(delivery->kind));
        if (call.start_first)
            flight->start_at = model.now + 1 + prng_below(&model.prng, 20) +
                               (chance(model.weather.lost_start) ? 12000 : 0);
        else
            leave(flight);
    }
}

static void settle(struct flight *flight)
{
    static char body[256];
    struct delivery *delivery = &model.deliveries[flight->token];
    struct buf out;
    enum outcome outcome;
    buf_init(&out, 4096);
    body[0] = '\0';
    if (flight->status == 429)
        snprintf(body, sizeof body,
                 "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":%" PRIu32 "}}",
                 flight->retry_after_s);
    else if (flight->status == 200)
        snprintf(body, sizeof body, "{\"ok\":true,\"result\":{\"invite_link\":\"x\"}}");
    sender_answered(model.sender, flight->token, flight->failure, flight->status, 0,
                    slice_from(body), "", wall + model.now, model.now, &out, &outcome);
    struct message message;
    CHECK(!out.failed && wire_decode_one(buf_slice(&out), &message, NULL) == ERROR_NONE);
    const struct message_cmd_outcome *told = &message.cmd_outcome;
    CHECK(told->delivery == flight->token && told->result == outcome);
    CHECK(delivery->state == FLYING);
    touch(delivery->chat_id);

    if (flight->status == 429 && flight->failure == TRANSFER_ANSWERED) {
        model.flood_answers += model.bot_flood_until > model.now;
        uint64_t until = model.now + flight->retry_after_s * 1000ULL;
        CHECK(outcome == OUTCOME_RETRY);
        CHECK(told->freeze_chat_id == 0 || told->freeze_chat_id == delivery->chat_id);
        CHECK(told->freeze_until_ms > wall + until && told->retry_at_ms > wall + until);
        uint64_t *frozen = frozen_until(told->freeze_chat_id);
        if (*frozen < until)
            *frozen = until;
    }
    if (outcome == OUTCOME_RETRY) {
        CHECK(told->retry_at_ms > wall + model.now);
        delivery->state = PENDING;
        delivery->attempts++;
        delivery->not_before = told->retry_at_ms - wall;
    } else {
        bool certain = flight->failure == TRANSFER_ANSWERED && flight->status == 200;
        CHECK(outcome == (certain ? OUTCOME_DONE : OUTCOME_IN_DOUBT));
        CHECK(certain || once(delivery->kind));
        delivery->state = SETTLED;
        model.settled++;
    }
    buf_deinit(&out);
}

static void pass(void)
{
    for (size_t i = 0; i < model.flying;) {
        struct flight *flight = &model.flights[i];
        if (flight->start_at > 0 && flight->start_at <= model.now) {
            if (sender_started(model.sender, flight->token, wall + model.now, model.now))
                leave(flight);
            else
                *flight = (struct flight){
                    .token = flight->token, .end_at = model.now, .failure = TRANSFER_UNTRIED};
        }
        if (flight->start_at > 0 || flight->end_at > model.now) {
            i++;
            continue;
        }
        settle(flight);
        *flight = model.flights[--model.flying];
    }
}

static int by_time(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;
    return (x->at_us > y->at_us) - (x->at_us < y->at_us);
}

static void check_windows(void)
{
    qsort(model.counted, model.counted_count, sizeof model.counted[0], by_time);
    uint32_t per_second = model.options.per_second;
    for (size_t i = per_second; i < model.counted_count; i++)
        CHECK(model.counted[i].at_us - model.counted[i - per_second].at_us > 1000000);
    for (int64_t chat_id = -GROUPS; chat_id <= CHATS; chat_id++) {
        uint64_t last[20] = {0};
        size_t limit = chat_id > 0 ? 1 : 20, count = 0;
        if (chat_id == 0)
            continue;
        for (size_t i = 0; i < model.counted_count; i++) {
            if (model.counted[i].chat_id != chat_id)
                continue;
            uint64_t at_us = model.counted[i].at_us;
            if (count >= limit)
                CHECK(at_us - last[count % limit] > (chat_id > 0 ? 1000000U : 60000000U));
            /* Nothing in the first window after the start, as that may hold calls of before. */
            CHECK(at_us > (5000 + (chat_id > 0 ? 1000U : 60000U)) * 1000);
            last[count++ % limit] = at_us;
        }
    }
}

static void sooner(uint64_t *next, uint64_t at)
{
    if (at > model.now && at < *next)
        *next = at;
}

/* When the world outside the sender has something to do. */
static uint64_t next_event(void)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < model.flying; i++)
        sooner(&next,
               model.flights[i].start_at > 0 ? model.flights[i].start_at : model.flights[i].end_at);
    for (size_t id = 1; id <= DELIVERIES; id++) {
        const struct delivery *delivery = &model.deliveries[id];
        if (delivery->state == PENDING || delivery->state == ON_THE_WAY)
            sooner(&next, delivery->not_before);
        else if (delivery->state == HELD)
            sooner(&next, delivery->lease_until);
    }
    return next;
}

/* Until all is settled; returns how long it took. */
static uint64_t run(void)
{
    uint64_t start = model.now;
    while (model.settled < DELIVERIES) {
        pass();
        arrive();
        send();
        dispatch();
        long timeout_ms = sender_timeout_ms(model.sender, model.now);
        /* The sender must not promise to sleep while it could send. */
        struct sender_call call;
        CHECK(timeout_ms != 0 || !sender_next(model.sender, wall + model.now, model.now, &call));
        uint64_t next = next_event();
        if (timeout_ms >= 0 && model.now + (uint64_t)timeout_ms < next)
            next = model.now + (uint64_t)timeout_ms;
        CHECK(next != UINT64_MAX || model.settled == DELIVERIES);
        model.now = next != UINT64_MAX && next > model.now ? next : model.now + 1;
        CHECK(model.now < END_MS);
    }
    CHECK(model.flying == 0 && sender_in_flight(model.sender) == 0);
    check_windows();
    return model.now - start;
}

static void round_of(uint64_t with_seed)
{
    struct prng prng = {with_seed};
    struct weather weather = {
        .latency_max_ms = 1 + prng_below(&prng, 300),
        .slow = (unsigned)prng_below(&prng, 50),
        .flood = (unsigned)prng_below(&prng, 2) * (unsigned)prng_below(&prng, 20),
        .flood_bot = (unsigned)prng_below(&prng, 3),
        .failed = (unsigned)prng_below(&prng, 50),
        .in_doubt = (unsigned)prng_below(&prng, 30),
        .not_sent = (unsigned)prng_below(&prng, 100),
        .lost_start = (unsigned)prng_below(&prng, 20),
    };
    begin(with_seed, &weather, 5 + (uint32_t)prng_below(&prng, 60));
    fill(false);
    uint64_t took_ms = run();
    printf("seed %" PRIu64 ": %zu calls in %" PRIu64 " s\n", with_seed, model.counted_count,
           took_ms / 1000);
}

static void full_rate(void)
{
    static const struct weather fair = {.latency_max_ms = 2};
    begin(1, &fair, 30);
    fill(true);
    uint64_t took_ms = run();
    /* The first second counts as spent. */
    uint64_t allowed = (took_ms - 1000) * 30 / 1000;
    printf("full rate: %d calls, %" PRIu64 " allowed in that time\n", DELIVERIES, allowed);
    CHECK(DELIVERIES * 100 >= allowed * 99);
}

int main(int argc, char **argv)
{
    uint64_t from = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t rounds = argc > 2 ? strtoull(argv[2], NULL, 10) : 20;
    full_rate();
    for (uint64_t i = 0; i < rounds; i++)
        round_of(from + i);
    sender_destroy(&model.sender);
    return 0;
}
