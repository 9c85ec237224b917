/* The same work on PostgreSQL: a table of jobs; put is an INSERT of its own transaction, lease an
 * UPDATE of rows chosen FOR UPDATE SKIP LOCKED, done a DELETE. Requests in flight are connections
 * (64 at most on each side: more are slower), and a worker leases as many jobs at once as make up
 * --in-flight over all of them. Each side is one thread that waits on all its connections. First
 * --jobs are put only; then the table is emptied, and as many are put, leased and done at the same
 * time. */
#include "base/assert.h"
#include "base/clock.h"
#include "bench/bench.h"

#include <postgresql/libpq-fe.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, BYTES_MAX = 4096, EVENTS = 64, IDS_BYTES = 32768, REST_MS = 2 };

enum role { PUTTING, LEASING, FINISHING, RESTING };

struct connection {
    PGconn *postgres;
    enum role role;
    uint64_t held; /* jobs that it leased */
};

struct crowd {
    const char *address;
    uint64_t jobs;
    uint64_t count;
    uint64_t bytes;
    uint64_t lease; /* jobs at once */
    bool works;
    uint64_t started;
    uint64_t finished;
};

static void set_up(const struct crowd *crowd);
static void *run_crowd(void *context);
static void dial(const struct crowd *crowd, struct connection *connection);
static void command(PGconn *postgres, const char *text);
static void ask(struct crowd *crowd, struct connection *connection);
static void hear(struct crowd *crowd, struct connection *connection);
static void finish(struct connection *connection, const PGresult *leased);

int main(int argc, char **argv)
{
    pthread_t thread;
    uint64_t in_flight = bench_number(argc, argv, "--in-flight", "256");
    struct crowd producers = {.address = bench_text(argc, argv, "--address", NULL),
                              .jobs = bench_number(argc, argv, "--jobs", "50000"),
                              .count = in_flight < CONNECTIONS_MAX ? in_flight : CONNECTIONS_MAX,
                              .bytes = bench_number(argc, argv, "--bytes", "500")};
    if (producers.count == 0 || producers.bytes > BYTES_MAX || in_flight > 1000)
        bench_die("%s: 1 to 1000 in flight, at most %d bytes", argv[0], (int)BYTES_MAX);
    struct crowd workers = producers;
    workers.works = true;
    workers.lease = in_flight / producers.count;
    set_up(&producers);
    uint64_t start_us = clock_mono_us();
    (void)run_crowd(&producers);
    double puts = bench_per_second(producers.jobs, clock_mono_us() - start_us);
    set_up(&producers);
    start_us = clock_mono_us();
    ASSERT(pthread_create(&thread, NULL, run_crowd, &producers) == 0);
    (void)run_crowd(&workers);
    ASSERT(pthread_join(thread, NULL) == 0);
    double cycles = bench_per_second(producers.jobs, clock_mono_us() - start_us);
    (void)printf("{\"put_per_s\":%.1f,\"cycle_per_s\":%.1f}\n", puts, cycles);
    return 0;
}

static void set_up(const struct crowd *crowd)
{
    PGconn *postgres = PQconnectdb(crowd->address);
    if (PQstatus(postgres) != CONNECTION_OK)
        bench_die("postgres: %s", PQerrorMessage(postgres));
    command(postgres, "DROP TABLE IF EXISTS jobs");
    command(postgres, "CREATE TABLE jobs (id bigserial PRIMARY KEY, leased boolean NOT NULL DEFAULT"
                      " false, body bytea NOT NULL)");
    command(postgres, "CREATE INDEX ON jobs (id) WHERE NOT leased");
    PQfinish(postgres);
}

static void *run_crowd(void *context)
{
    struct crowd *crowd = context;
    struct connection connections[CONNECTIONS_MAX] = {0};
    struct epoll_event events[EVENTS];
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    ASSERT(epoll_fd >= 0);
    crowd->started = crowd->finished = 0;
    for (uint64_t i = 0; i < crowd->count; i++) {
        dial(crowd, &connections[i]);
        struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &connections[i]};
        ASSERT(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, PQsocket(connections[i].postgres), &interest) ==
               0);
        ask(crowd, &connections[i]);
    }
    while (crowd->finished < crowd->jobs) {
        int count = epoll_wait(epoll_fd, events, EVENTS, REST_MS);
        for (int i = 0; i < count; i++)
            hear(crowd, events[i].data.ptr);
        if (count == 0)
            for (uint64_t i = 0; i < crowd->count; i++)
                if (connections[i].role == RESTING)
                    ask(crowd, &connections[i]);
    }
    for (uint64_t i = 0; i < crowd->count; i++)
        PQfinish(connections[i].postgres);
    (void)close(epoll_fd);
    return NULL;
}

static void dial(const struct crowd *crowd, struct connection *connection)
{
    static const char *const statements[][2] = {
        {"put", "INSERT INTO jobs (body) VALUES ($1)"},
        {"lease", "UPDATE jobs SET leased = true WHERE id IN (SELECT id FROM jobs WHERE NOT leased"
                  " ORDER BY id LIMIT $1::bigint FOR UPDATE SKIP LOCKED) RETURNING id, body"},
        {"done", "DELETE FROM jobs WHERE id = ANY ($1::bigint[])"}};
    connection->postgres = PQconnectdb(crowd->address);
    if (PQstatus(connection->postgres) != CONNECTION_OK)
        bench_die("postgres: %s", PQerrorMessage(connection->postgres));
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        PQclear(PQprepare(connection->postgres, statements[i][0], statements[i][1], 0, NULL));
}

static void command(PGconn *postgres, const char *text)
{
    PGresult *result = PQexec(postgres, text);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        bench_die("postgres: %s", PQerrorMessage(postgres));
    PQclear(result);
}

static void ask(struct crowd *crowd, struct connection *connection)
{
    static char body[BYTES_MAX];
    char lease[24];
    const char *value = body;
    int length = (int)crowd->bytes;
    int binary = 1;
    if (crowd->works) {
        (void)snprintf(lease, sizeof lease, "%llu", (unsigned long long)crowd->lease);
        value = lease;
        binary = 0;
    } else if (crowd->started++ >= crowd->jobs) {
        return;
    }
    connection->role = crowd->works ? LEASING : PUTTING;
    if (PQsendQueryPrepared(connection->postgres, crowd->works ? "lease" : "put", 1, &value,
                            &length, &binary, 0) != 1)
        bench_die("postgres: %s", PQerrorMessage(connection->postgres));
}

static void hear(struct crowd *crowd, struct connection *connection)
{
    if (PQconsumeInput(connection->postgres) != 1)
        bench_die("postgres: %s", PQerrorMessage(connection->postgres));
    if (PQisBusy(connection->postgres))
        return;
    PGresult *result = PQgetResult(connection->postgres);
    if (result == NULL)
        return;
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        bench_die("postgres: %s", PQerrorMessage(connection->postgres));
    PGresult *end = PQgetResult(connection->postgres); /* the statement's end came with it */
    ASSERT(end == NULL);
    if (connection->role == LEASING && PQntuples(result) > 0) {
        finish(connection, result);
    } else if (connection->role == LEASING) {
        connection->role = RESTING; /* there was none; asking at once would only be in the way */
    } else {
        crowd->finished += connection->role == PUTTING ? 1 : connection->held;
        ask(crowd, connection);
    }
    PQclear(result);
}

static void finish(struct connection *connection, const PGresult *leased)
{
    static char ids[IDS_BYTES];
    const char *value = ids;
    size_t len = 0;
    connection->role = FINISHING;
    connection->held = (uint64_t)PQntuples(leased);
    for (int i = 0; i < PQntuples(leased); i++) {
        const char *id = PQgetvalue(leased, i, 0);
        int wrote = snprintf(ids + len, sizeof ids - len, "%c%s", i == 0 ? '{' : ',', id);
        ASSERT(wrote > 0 && len + (size_t)wrote + 2 < sizeof ids);
        len += (size_t)wrote;
    }
    memcpy(ids + len, "}", 2);
    if (PQsendQueryPrepared(connection->postgres, "done", 1, &value, NULL, NULL, 0) != 1)
        bench_die("postgres: %s", PQerrorMessage(connection->postgres));
}
