/* The engine against the real server: rates, bounds, threads, sums. */
#include "http/load.h"

#include "tests/unit/http/sockets.h"

enum { THREADS_MAX = 4 };

static const char post[] = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";

/* What the call backs of one run saw; each thread has its own row. */
struct tally {
    uint64_t given[THREADS_MAX];
    uint64_t results[THREADS_MAX][LOAD_OUTCOME_COUNT];
    uint64_t wrong[THREADS_MAX];
    uint64_t given_max; /* a thread; then it says end */
};

static struct load_report report;

static enum load_next next_post(void *context, uint32_t thread, struct load_request *request)
{
    struct tally *tally = context;
    if (tally->given_max > 0 && tally->given[thread] == tally->given_max)
        return LOAD_END;
    request->bytes = slice_from(post);
    request->tag = (uint64_t)thread << 32 | tally->given[thread]++;
    return LOAD_REQUEST;
}

static void count_result(void *context, uint32_t thread, const struct load_result *result)
{
    struct tally *tally = context;
    tally->results[thread][result->outcome]++;
    if (result->tag >> 32 != thread)
        tally->wrong[thread]++;
    if (result->outcome == LOAD_ANSWERED && (result->status != 200 || !slice_is(result->body, "3")))
        tally->wrong[thread]++;
}

static struct load_options defaults(uint16_t port, struct tally *tally)
{
    return (struct load_options){.host = "127.0.0.1",
                                 .port = port,
                                 .threads = 1,
                                 .connections = 8,
                                 .duration_ms_max = 20000,
                                 .answer_ms_max = 10000,
                                 .reconnect_ms = 10,
                                 .next = next_post,
                                 .done = count_result,
                                 .context = tally};
}

static void run(const struct load_options *options)
{
    struct why why = {""};
    if (load_run(options, &report, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
}

static void a_closed_loop_makes_exactly_so_many(void **state)
{
    (void)state;
    static const struct {
        uint32_t threads;
        uint32_t connections;
        uint64_t requests;
    } rows[] = {{1, 1, 1}, {1, 8, 1000}, {3, 7, 1000}, {4, 4, 2}};
    struct owner owner;
    owner_start(&owner, server_defaults());
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tally tally = {.given_max = 0};
        struct load_options options = defaults(http_server_port(owner.server), &tally);
        options.threads = rows[i].threads;
        options.connections = rows[i].connections;
        options.requests_max = rows[i].requests;
        run(&options);
        uint64_t results = 0;
        for (uint32_t j = 0; j < THREADS_MAX; j++) {
            results += tally.results[j][LOAD_ANSWERED];
            assert_int_equal(tally.wrong[j], 0);
        }
        assert_int_equal(results, rows[i].requests);
        assert_int_equal(report.outcomes[LOAD_ANSWERED], rows[i].requests);
        assert_int_equal(report.statuses[200], rows[i].requests);
        assert_int_equal(report.latency_us.count, rows[i].requests);
        assert_int_equal(report.sent_bytes, rows[i].requests * (sizeof(post) - 1));
        assert_int_equal(report.unsent, 0);
        assert_true(report.connects <= rows[i].connections);
        assert_true(report.duration_us < 20000000);
    }
    owner_stop(&owner);
}

static void it_ends_when_there_are_no_more(void **state)
{
    (void)state;
    struct owner owner;
    owner_start(&owner, server_defaults());
    struct tally tally = {.given_max = 100};
    struct load_options options = defaults(http_server_port(owner.server), &tally);
    options.threads = 2;
    run(&options);
    assert_int_equal(report.outcomes[LOAD_ANSWERED], 200);
    tally = (struct tally){.given_max = 100};
    options.requests_max = 50; /* comes first */
    run(&options);
    assert_int_equal(report.outcomes[LOAD_ANSWERED], 50);
    owner_stop(&owner);
}

static void an_open_loop_keeps_its_rate(void **state)
{
    (void)state;
    struct owner owner;
    owner_start(&owner, server_defaults());
    for (uint32_t threads = 1; threads <= 2; threads++) {
        struct tally tally = {.given_max = 0};
        struct load_options options = defaults(http_server_port(owner.server), &tally);
        options.threads = threads;
        options.rate_per_second = 1000;
        options.duration_ms_max = 500;
        run(&options);
        /* Every arrival is either made or counted as unsent; there is none besides. */
        assert_in_range(report.outcomes[LOAD_ANSWERED] + report.unsent, 499, 500);
        assert_true(report.duration_us >= 498000);
    }
    owner_stop(&owner);
}

/* A server that does not answer: later requests count from when they were due. */
static void a_stall_is_seen_in_the_latency(void **state)
{
    (void)state;
    struct http_server *server = server_with(server_defaults());
    struct tally tally = {.given_max = 0};
    struct load_options options = defaults(http_server_port(server), &tally);
    options.connections = 1;
    options.rate_per_second = 100;
    options.duration_ms_max = 300;
    options.answer_ms_max = 150;
    run(&options);
    assert_int_equal(report.outcomes[LOAD_ANSWERED], 0);
    assert_in_range(report.outcomes[LOAD_UNKNOWN], 1, 4);
    /* What could not go out for want of a connection is not forgotten either. */
    assert_in_range(report.outcomes[LOAD_UNKNOWN] + report.unsent, 29, 30);
    http_server_stop(&server);
}

struct stalled {
    struct http_server *server;
    pthread_t thread;
};

/* Lets the first request wait for 300 ms and answers the others at once. */
static void *stall_first(void *context)
{
    struct stalled *stalled = context;
    const struct http_request *request = take_one(stalled->server);
    (void)readable(http_server_fd(stalled->server), 300); /* there is but one connection */
    for (int i = 0; i < 30; i++) {
        answer_ok(stalled->server, request->id, "3");
        request = i < 29 ? take_one(stalled->server) : NULL;
    }
    return NULL;
}

static void a_latency_counts_from_the_intended_time(void **state)
{
    (void)state;
    struct stalled stalled = {.server = server_with(server_defaults())};
    struct tally tally = {.given_max = 30};
    struct load_options options = defaults(http_server_port(stalled.server), &tally);
    options.connections = 1;
    options.rate_per_second = 100;
    assert_int_equal(pthread_create(&stalled.thread, NULL, stall_first, &stalled), 0);
    run(&options);
    assert_int_equal(pthread_join(stalled.thread, NULL), 0);
    assert_int_equal(report.outcomes[LOAD_ANSWERED], 30);
    /* Those that were due during the stall had to wait for its end: 300, 290, 280 ms, and so on. */
    assert_true(histogram_percentile(&report.latency_us, 50) > 100000);
    http_server_stop(&stalled.server);
}

static enum load_next next_sometimes(void *context, uint32_t thread, struct load_request *request)
{
    struct tally *tally = context;
    if (tally->given[thread] % 2 == 0 && tally->wrong[thread]++ % 3 != 0)
        return LOAD_LATER;
    return next_post(context, thread, request);
}

static void none_for_now_is_asked_again(void **state)
{
    (void)state;
    struct owner owner;
    owner_start(&owner, server_defaults());
    struct tally tally = {.given_max = 20};
    struct load_options options = defaults(http_server_port(owner.server), &tally);
    options.next = next_sometimes;
    options.done = NULL;
    run(&options);
    assert_int_equal(report.outcomes[LOAD_ANSWERED], 20);
    owner_stop(&owner);
}

static atomic_bool stop;

static void stop_soon(void *context, uint32_t thread, const struct load_result *result)
{
    count_result(context, thread, result);
    if (((struct tally *)context)->results[thread][LOAD_ANSWERED] == 50)
        atomic_store(&stop, true);
}

static void it_can_be_stopped(void **state)
{
    (void)state;
    struct owner owner;
    owner_start(&owner, server_defaults());
    struct tally tally = {.given_max = 0};
    struct load_options options = defaults(http_server_port(owner.server), &tally);
    options.threads = 2;
    options.stop = &stop;
    options.done = stop_soon;
    run(&options);
    assert_true(report.outcomes[LOAD_ANSWERED] >= 50);
    assert_true(report.duration_us < 15000000);
    assert_int_equal(report.outcomes[LOAD_ANSWERED], tally.given[0] + tally.given[1]);
    owner_stop(&owner);
}

static void impossible_options_are_refused(void **state)
{
    (void)state;
    struct tally tally = {.given_max = 1};
    struct why why = {""};
    struct load_options options = defaults(1, &tally);
    options.threads = 0;
    assert_int_equal(load_run(&options, &report, &why), ERROR_INVALID);
    options.threads = LOAD_THREADS_MAX + 1;
    assert_int_equal(load_run(&options, &report, &why), ERROR_INVALID);
    options.threads = 2;
    options.connections = 1;
    assert_int_equal(load_run(&options, &report, &why), ERROR_INVALID);
    options.connections = 2;
    options.rate_per_second = -1;
    assert_int_equal(load_run(&options, &report, &why), ERROR_INVALID);
    options.rate_per_second = 0;
    options.duration_ms_max = 0;
    assert_int_equal(load_run(&options, &report, &why), ERROR_INVALID);
    options.duration_ms_max = 100;
    options.host = "no such host";
    assert_int_equal(load_run(&options, &report, &why), ERROR_NOT_FOUND);
    assert_non_null(strstr(why.text, "no such host"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_loop_makes_exactly_so_many),
        cmocka_unit_test(it_ends_when_there_are_no_more),
        cmocka_unit_test(an_open_loop_keeps_its_rate),
        cmocka_unit_test(a_stall_is_seen_in_the_latency),
        cmocka_unit_test(a_latency_counts_from_the_intended_time),
        cmocka_unit_test(none_for_now_is_asked_again),
        cmocka_unit_test(it_can_be_stopped),
        cmocka_unit_test(impossible_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
