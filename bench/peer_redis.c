/* The same work on Redis Streams: XADD, XREADGROUP, XACK, over a unix socket. One producer and one
 * consumer, each in a thread with a connection of its own, which keep --in-flight requests on their
 * way: Redis then has as many commands to a sync as it can use, which many slow connections would
 * not give it. First --jobs are put only, into a stream of their own; then as many are put, leased
 * and acknowledged at the same time. */
#include "base/assert.h"
#include "base/clock.h"
#include "bench/bench.h"

#include <hiredis/hiredis.h> /* as a system header: it does not compile without warnings */
#include <pthread.h>

enum { BYTES_MAX = 4096 };

struct peer {
    const char *socket;
    const char *stream;
    uint64_t jobs;
    uint64_t in_flight;
    uint64_t bytes;
};

static void prepare(const struct peer *peer);
static void *put_all(void *context);
static void *work_all(void *context);
static redisContext *dial(const struct peer *peer);
static redisReply *reply(redisContext *redis);
static uint64_t take(redisContext *redis, const struct peer *peer);

int main(int argc, char **argv)
{
    pthread_t producer;
    struct peer peer = {.socket = bench_text(argc, argv, "--socket", NULL),
                        .stream = "puts",
                        .jobs = bench_number(argc, argv, "--jobs", "50000"),
                        .in_flight = bench_number(argc, argv, "--in-flight", "256"),
                        .bytes = bench_number(argc, argv, "--bytes", "500")};
    if (peer.bytes > BYTES_MAX || peer.in_flight == 0)
        bench_die("%s: at most %d bytes, at least one in flight", argv[0], (int)BYTES_MAX);
    uint64_t start_us = clock_mono_us();
    (void)put_all(&peer);
    double puts = bench_per_second(peer.jobs, clock_mono_us() - start_us);
    peer.stream = "jobs";
    prepare(&peer);
    start_us = clock_mono_us();
    ASSERT(pthread_create(&producer, NULL, put_all, &peer) == 0);
    (void)work_all(&peer);
    ASSERT(pthread_join(producer, NULL) == 0);
    double cycles = bench_per_second(peer.jobs, clock_mono_us() - start_us);
    (void)printf("{\"put_per_s\":%.1f,\"cycle_per_s\":%.1f}\n", puts, cycles);
    return 0;
}

/* Streams that an earlier run left are not part of this one. */
static void prepare(const struct peer *peer)
{
    redisContext *redis = dial(peer);
    redisAppendCommand(redis, "DEL puts %s", peer->stream);
    freeReplyObject(reply(redis));
    redisAppendCommand(redis, "XGROUP CREATE %s workers 0 MKSTREAM", peer->stream);
    freeReplyObject(reply(redis));
    redisFree(redis);
}

static void *put_all(void *context)
{
    static char body[BYTES_MAX];
    const struct peer *peer = context;
    redisContext *redis = dial(peer);
    memset(body, 'b', sizeof body);
    for (uint64_t sent = 0, answered = 0; answered < peer->jobs; answered++) {
        for (; sent < peer->jobs && sent - answered < peer->in_flight; sent++)
            redisAppendCommand(redis, "XADD %s * body %b", peer->stream, body, (size_t)peer->bytes);
        freeReplyObject(reply(redis));
    }
    redisFree(redis);
    return NULL;
}

static void *work_all(void *context)
{
    const struct peer *peer = context;
    redisContext *redis = dial(peer);
    for (uint64_t done = 0; done < peer->jobs;)
        done += take(redis, peer);
    redisFree(redis);
    return NULL;
}

/* Leases what there is, at most in_flight, and acknowledges each. */
static uint64_t take(redisContext *redis, const struct peer *peer)
{
    redisAppendCommand(redis, "XREADGROUP GROUP workers one COUNT %llu BLOCK 1000 STREAMS %s >",
                       (unsigned long long)peer->in_flight, peer->stream);
    redisReply *leased = reply(redis);
    uint64_t count = 0;
    if (leased->type == REDIS_REPLY_ARRAY && leased->elements == 1) {
        const redisReply *entries = leased->element[0]->element[1];
        for (; count < entries->elements; count++)
            redisAppendCommand(redis, "XACK %s workers %s", peer->stream,
                               entries->element[count]->element[0]->str);
        for (size_t i = 0; i < count; i++) {
            redisReply *acknowledged = reply(redis);
            if (acknowledged->integer != 1)
                bench_die("redis: a job was not acknowledged");
            freeReplyObject(acknowledged);
        }
    }
    freeReplyObject(leased);
    return count;
}

static redisContext *dial(const struct peer *peer)
{
    redisContext *redis = redisConnectUnix(peer->socket);
    if (redis == NULL || redis->err != 0)
        bench_die("redis: %s", redis != NULL ? redis->errstr : "out of memory");
    return redis;
}

static redisReply *reply(redisContext *redis)
{
    redisReply *answer = NULL;
    if (redisGetReply(redis, (void **)&answer) != REDIS_OK || answer->type == REDIS_REPLY_ERROR)
        bench_die("redis: %s", answer != NULL ? answer->str : redis->errstr);
    return answer;
}
