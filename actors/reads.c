/* Reads: the mirror's other thread, which answers lists. Each waits, a second at most, until the
 * mirror holds all that was durable when it was asked for; then what is there is told, and as_of
 * says how old it is. A mirror that is just being made is waited for, 15 seconds at most. */
#include "actors/figures_desk.h"
#include "actors/mirror.h"
#include "actors/rounds.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "http/route.h"
#include "mirror/lists.h"
#include "mirror/why.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    READS_MAX = 256,
    READ_QUOTA = 64,
    ANSWER_QUOTA = 8,
    WAIT_MS = 1000,
    POLL_MS = 3,
    MAKING_MS = 15000, /* for a mirror that cannot be read */
    AGAIN_MS = 100,
    LIST_MS = 2000, /* a list that takes longer is given up */
    OUT_BYTES_MAX = 32 * 1024 * 1024,
    JSON_BYTES_MAX = 8 * 1024 * 1024,
    BUSY_RETRY_S = 2
};

struct pending {
    uint64_t origin, id;
    char thing[65];
    char query[1025];
    uint64_t asked;      /* questions that the mirror had put when this came */
    uint64_t target;     /* the sequence that the answer must know of; UINT64_MAX: not known yet */
    uint64_t until_ms;   /* mono */
    uint64_t give_up_ms; /* mono */
};

struct reads {
    struct mirror_host *host;
    struct database *database;
    uint64_t file; /* the host's, when it was opened */
    struct inlet inlet;
    struct outlet *verdicts; /* one for each ingress */
    size_t ingress_count;
    struct pending *pending; /* in the order in which they came */
    size_t count;
    struct buf json;
    struct figures_desk desk;
    struct rounds rounds;
    bool ending;
    struct loop loop;
};

static enum error open_all(struct reads *it, struct site *site, struct why *why);
static void run(struct actor *actor, void *state);
static void destroy(void *state);
static void take_reads(void *state);
static long timeout_ms(void *state);
static void turn(void *state);
static void quiesce(void *state);
static bool drained(void *state, bool idle);
static bool due(struct reads *it, struct pending *read, uint64_t now_ms);
static bool answer(struct reads *it, struct pending *read, uint64_t now_ms);
static enum error read_list(struct reads *it, const struct pending *read, unsigned *status,
                            struct why *why);
static enum error list(struct reads *it, const struct pending *read, unsigned *status,
                       struct why *why);
static void put_list(struct reads *it, uint64_t origin, uint64_t id, unsigned status);
static void put(struct reads *it, uint64_t origin, uint64_t id, unsigned status,
                const char *content_type, struct slice body);

enum error reads_start(struct site *site, size_t index, struct actor **out, struct why *why)
{
    struct reads *it = calloc(1, sizeof *it);
    (void)index;
    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    enum error error = open_all(it, site, why);
    if (error != ERROR_NONE) {
        destroy(it);
        return error;
    }
    return actor_start(topology_context(site->topology), "reads", run, destroy, it, out, why);
}

static enum error open_all(struct reads *it, struct site *site, struct why *why)
{
    ASSERT(site->mirror != NULL);
    it->host = site->mirror;
    buf_init(&it->json, JSON_BYTES_MAX);
    enum error error = figures_desk_open(&it->desk, it->host, site, why);
    if (error != ERROR_NONE)
        return error;
    it->ingress_count = topology_endpoints(site->topology, LINK_verdicts);
    it->verdicts = calloc(it->ingress_count, sizeof *it->verdicts);
    it->pending = calloc(READS_MAX, sizeof *it->pending);
    if (it->verdicts == NULL || it->pending == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    error = rounds_open(&it->rounds, it->host, it->desk.calendar, site, why);
    if (error != ERROR_NONE)
        return error;
    error = inlet_open(&it->inlet, site->topology, LINK_reads, 0, why);
    if (error != ERROR_NONE)
        return error;
    for (size_t i = 0; i < it->ingress_count && error == ERROR_NONE; i++) {
        error = outlet_open(&it->verdicts[i], site->topology, LINK_verdicts, i, OUT_BYTES_MAX, why);
    }
    return error;
}

static void run(struct actor *actor, void *state)
{
    struct reads *it = state;
    it->loop = (struct loop){
        .sources = {{.inlet = &it->inlet, .ready = take_reads}},
        .count = 1,
        .timeout_ms = timeout_ms,
        .turn = turn,
        .quiesce = quiesce,
        .drained = drained,
    };
    actor_loop(actor, &it->loop, it);
}

static void destroy(void *state)
{
    struct reads *it = state;
    database_close(&it->database);
    rounds_close(&it->rounds);
    figures_desk_close(&it->desk);
    for (size_t i = 0; it->verdicts != NULL && i < it->ingress_count; i++)
        outlet_deinit(&it->verdicts[i]);
    free(it->verdicts);
    inlet_deinit(&it->inlet);
    buf_deinit(&it->json);
    free(it->pending);
    free(it);
}

static void take_reads(void *state)
{
    struct reads *it = state;
    struct message message;
    for (int n = 0; n < READ_QUOTA && inlet_next(&it->inlet, &message); n++) {
        const struct message_read *read = &message.read;
        uint64_t now_ms = clock_mono_ms();
        if (message.kind != MESSAGE_read) {
            log_event(LOG_bad_message, "actor=reads kind=%s", message_name(message.kind));
            continue;
        }
        if (it->count == READS_MAX) {
            metric_add(metric_series(METRIC_usher_busy_total, "reads", NULL), 1);
            buf_clear(&it->json);
            problem_json(&it->json, 503, "busy", "too many lists at once, try again");
            put_list(it, read->origin, read->id, 503);
            continue;
        }
        struct pending *pending = &it->pending[it->count++];
        *pending = (struct pending){.origin = read->origin,
                                    .id = read->id,
                                    .asked = atomic_load(&it->host->asked),
                                    .target = UINT64_MAX,
                                    .until_ms = now_ms + WAIT_MS,
                                    .give_up_ms = now_ms + MAKING_MS};
        ASSERT(slice_copy(read->thing, pending->thing, sizeof pending->thing));
        ASSERT(slice_copy(read->query, pending->query, sizeof pending->query));
        atomic_store(&it->host->read_ms, now_ms);
    }
}

static long timeout_ms(void *state)
{
    struct reads *it = state;
    for (size_t i = 0; i < it->ingress_count; i++)
        if (!outlet_empty(&it->verdicts[i]))
            return 1;
    uint64_t now_ms = clock_mono_ms();
    long wait_ms = it->ending ? -1 : rounds_timeout_ms(&it->rounds, now_ms);
    long desk_ms = figures_desk_timeout_ms(&it->desk, now_ms);
    if (desk_ms >= 0 && (wait_ms < 0 || desk_ms < wait_ms))
        wait_ms = desk_ms;
    return it->count > 0 && (wait_ms < 0 || wait_ms > POLL_MS) ? POLL_MS : wait_ms;
}

static void turn(void *state)
{
    struct reads *it = state;
    uint64_t now_ms = clock_mono_ms();
    size_t answered = 0;
    size_t kept = 0;
    for (size_t i = 0; i < it->count; i++) {
        struct pending *read = &it->pending[i];
        bool ready = answered < ANSWER_QUOTA && due(it, read, now_ms);
        answered += ready;
        if ((!ready || !answer(it, read, now_ms)) && kept++ != i)
            it->pending[kept - 1] = *read;
    }
    it->count = kept;
    struct figures_answer done;
    if (figures_desk_turn(&it->desk, now_ms, it->ending, &done))
        put(it, done.origin, done.id, done.status, done.content_type, done.body);
    if (!it->ending)
        rounds_turn(&it->rounds, now_ms);
    for (size_t i = 0; i < it->ingress_count; i++)
        outlet_flush(&it->verdicts[i]);
}

static void quiesce(void *state)
{
    ((struct reads *)state)->ending = true;
}

static bool drained(void *state, bool idle)
{
    struct reads *it = state;
    for (size_t i = 0; i < it->ingress_count; i++)
        if (!outlet_empty(&it->verdicts[i]))
            return false;
    return idle && it->count == 0 && !figures_desk_busy(&it->desk);
}

/* Once a question that the mirror put after this came has its answer, it is known how far the
 * journal was. */
static bool due(struct reads *it, struct pending *read, uint64_t now_ms)
{
    if (read->target == UINT64_MAX && atomic_load(&it->host->answered) > read->asked)
        read->target = atomic_load(&it->host->tail);
    return now_ms >= read->until_ms || atomic_load(&it->host->position) >= read->target;
}

/* False: the mirror cannot be read yet, and is asked again in a moment. */
static bool answer(struct reads *it, struct pending *read, uint64_t now_ms)
{
    struct why why = {""};
    unsigned status = 503;
    if (figures_desk_knows(read->thing)) {
        if (figures_desk_take(&it->desk, read->origin, read->id, read->thing, read->query))
            return true;
        buf_clear(&it->json);
        problem_json(&it->json, 503, "busy", "too many figures at once, try again");
        put_list(it, read->origin, read->id, 503);
        return true;
    }
    enum error error = read_list(it, read, &status, &why);
    bool building = error == ERROR_NONE && status == 503; /* it says so itself */
    bool making =
        building || (error != ERROR_NONE && error != ERROR_TIMEOUT && error != ERROR_TOO_LARGE);
    if (making && !it->ending && now_ms + AGAIN_MS < read->give_up_ms) {
        read->target = UINT64_MAX;
        read->until_ms = now_ms + AGAIN_MS;
        return false;
    }
    if (making && !building) {
        char text[600];
        log_event(LOG_mirror_not_readable, "path=%s list=%s error=%s", it->host->path, read->thing,
                  log_quote(slice_from(why.text), text, sizeof text));
    }
    if (error != ERROR_NONE) {
        buf_clear(&it->json);
        status = error == ERROR_TOO_LARGE ? 400 : 503;
        problem_json(&it->json, status, status == 503 ? "busy" : "refused",
                     error == ERROR_TIMEOUT     ? "the list takes too long, ask for less of it"
                     : error == ERROR_TOO_LARGE ? "the answer is too long, ask with a lower limit"
                                                : "the mirror cannot be read now, try again");
    }
    put_list(it, read->origin, read->id, status);
    return true;
}

/* Once more with a connection of its own: the mirror may have been made anew meanwhile. */
static enum error read_list(struct reads *it, const struct pending *read, unsigned *status,
                            struct why *why)
{
    enum error error = ERROR_NONE;
    for (size_t tries = 0; tries < 2; tries++) {
        buf_clear(&it->json);
        error = list(it, read, status, why);
        if (error == ERROR_NONE || error == ERROR_TIMEOUT || error == ERROR_TOO_LARGE)
            break;
        database_close(&it->database);
    }
    return error;
}

static enum error list(struct reads *it, const struct pending *read, unsigned *status,
                       struct why *why)
{
    uint64_t file = atomic_load(&it->host->file);
    uint64_t as_of_ms = atomic_load(&it->host->as_of_ms);
    enum error error = ERROR_NONE;
    if (it->database != NULL && it->file != file)
        database_close(&it->database);
    if (it->database == NULL) {
        error = database_open(it->host->path, DATABASE_READ, &it->database, why);
        if (error == ERROR_NONE)
            database_bound(it->database, LIST_MS);
        it->file = file;
    }
    if (error != ERROR_NONE)
        return error;
    long long member;
    if (sscanf(read->thing, "why %lld", &member) == 1) {
        *status = 200;
        return mirror_why(it->database, member, as_of_ms, &it->json, why);
    }
    return mirror_list(it->database, it->host->language, slice_from(read->thing),
                       slice_from(read->query), as_of_ms, &it->json, status, why);
}

static void put_list(struct reads *it, uint64_t origin, uint64_t id, unsigned status)
{
    put(it, origin, id, status, "application/json", buf_slice(&it->json));
}

static void put(struct reads *it, uint64_t origin, uint64_t id, unsigned status,
                const char *content_type, struct slice body)
{
    const struct message message = {
        .kind = MESSAGE_verdict,
        .verdict = {.id = id,
                    .status = status,
                    .retry_after = status == 503 ? BUSY_RETRY_S : 0,
                    .content_type = status == 200 ? slice_from(content_type)
                                                  : SLICE("application/problem+json"),
                    .reason = SLICE("list"),
                    .body = body}};
    if (origin < 1 || origin > it->ingress_count)
        log_event(LOG_bad_message, "actor=reads origin=%llu", (unsigned long long)origin);
    else if (!outlet_put(&it->verdicts[origin - 1], &message))
        log_event(LOG_verdict_lost, "origin=%llu", (unsigned long long)origin);
}
