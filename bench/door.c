/* Load for a door: signed callbacks, each another payment, made ahead in memory and then sent over
 * kept connections; closed loop, or at a constant rate (--rate) with latencies counted from the
 * intended time. The same bytes go to usher, to the empty servers and to the usual stack. With
 * --wrap the same callbacks come again when they are used up, for servers that do not look.
 *
 *     door --port N --config usher.yaml [--gateway ime] [--bytes 400] [--requests 100000]
 *          [--connections 256] [--threads 2] [--rate 0] [--milliseconds 3000] [--first 1]
 *          [--members 10000] [--wrap 0] */
#include "base/assert.h"
#include "base/clock.h"
#include "bench/bench.h"
#include "config/config.h"
#include "gateway/sign.h"
#include "http/load.h"

#include <pthread.h>

enum { THREADS_MAX = 8, HEADERS_BYTES_MAX = 4096 };

/* One thread's share of the callbacks, one behind another. */
struct magazine {
    struct door *door;
    struct gateway *gateway;
    uint64_t first; /* number of its first payment */
    uint64_t count;
    uint64_t next;
    struct buf bytes;
    size_t *ends; /* count entries: where each ends in bytes */
};

struct door {
    uint64_t body_bytes;
    uint64_t members;
    bool wrap;
    const char *gateway_name;
    struct magazine magazines[THREADS_MAX];
    uint32_t threads;
};

static struct config *read_config(const char *path);
static void fill_all(struct door *door, const struct config *config, uint64_t first,
                     uint64_t requests);
static void *fill(void *context);
static void add_callback(struct magazine *magazine, uint64_t number, struct buf *body,
                         struct buf *headers);
static enum load_next give(void *context, uint32_t thread, struct load_request *request);
static void print_report(const struct load_report *report);

int main(int argc, char **argv)
{
    static struct door door;
    static struct load_report report;
    struct why why = {""};
    uint64_t requests = bench_number(argc, argv, "--requests", "100000");
    uint64_t milliseconds = bench_number(argc, argv, "--milliseconds", "3000");
    uint64_t first = bench_number(argc, argv, "--first", "1");
    door.threads = (uint32_t)bench_number(argc, argv, "--threads", "2");
    door.body_bytes = bench_number(argc, argv, "--bytes", "400");
    door.members = bench_number(argc, argv, "--members", "10000");
    door.wrap = bench_number(argc, argv, "--wrap", "0") != 0;
    door.gateway_name = bench_text(argc, argv, "--gateway", "ime");
    if (door.threads == 0 || door.threads > THREADS_MAX || requests < door.threads)
        bench_die("%s: 1 to %d threads, and a request for each", argv[0], (int)THREADS_MAX);
    struct config *config = read_config(bench_text(argc, argv, "--config", NULL));
    fill_all(&door, config, first, requests);
    const struct load_options options = {
        .host = "127.0.0.1",
        .port = (uint16_t)bench_number(argc, argv, "--port", NULL),
        .threads = door.threads,
        .connections = (uint32_t)bench_number(argc, argv, "--connections", "256"),
        .rate_per_second = (double)bench_number(argc, argv, "--rate", "0"),
        .duration_ms_max = milliseconds,
        .answer_ms_max = 30000,
        .reconnect_ms = 50,
        .next = give,
        .context = &door,
    };
    if (load_run(&options, &report, &why) != ERROR_NONE)
        bench_die("%s: %s", argv[0], why.text);
    print_report(&report);
    for (uint32_t i = 0; i < door.threads; i++) {
        gateway_destroy(&door.magazines[i].gateway);
        buf_deinit(&door.magazines[i].bytes);
        free(door.magazines[i].ends);
    }
    config_destroy(&config);
    return 0;
}

static struct config *read_config(const char *path)
{
    struct config *config;
    struct buf errors;
    buf_init(&errors, 65536);
    if (config_load(path, &config, &errors) != ERROR_NONE)
        bench_die("%.*s", SLICE_ARG(buf_slice(&errors)));
    buf_deinit(&errors);
    return config;
}

static void fill_all(struct door *door, const struct config *config, uint64_t first,
                     uint64_t requests)
{
    pthread_t threads[THREADS_MAX];
    struct why why = {""};
    const struct config_gateway *gateway =
        config_gateway_find(config, slice_from(door->gateway_name));
    if (gateway == NULL)
        bench_die("the configuration has no gateway \"%s\"", door->gateway_name);
    for (uint32_t i = 0; i < door->threads; i++) {
        struct magazine *magazine = &door->magazines[i];
        uint64_t from = requests * i / door->threads;
        *magazine = (struct magazine){.door = door,
                                      .first = first + from,
                                      .count = requests * (i + 1) / door->threads - from};
        if (gateway_new(gateway, &magazine->gateway, &why) != ERROR_NONE)
            bench_die("%s", why.text);
        ASSERT(pthread_create(&threads[i], NULL, fill, magazine) == 0);
    }
    for (uint32_t i = 0; i < door->threads; i++)
        ASSERT(pthread_join(threads[i], NULL) == 0);
}

static void *fill(void *context)
{
    struct magazine *magazine = context;
    struct buf body;
    struct buf headers;
    buf_init(&body, magazine->door->body_bytes + 1024);
    buf_init(&headers, HEADERS_BYTES_MAX);
    buf_init(&magazine->bytes, magazine->count * (magazine->door->body_bytes + 1024));
    magazine->ends = calloc(magazine->count, sizeof *magazine->ends);
    if (magazine->ends == NULL)
        bench_die("out of memory for the callbacks");
    for (uint64_t i = 0; i < magazine->count; i++) {
        add_callback(magazine, magazine->first + i, &body, &headers);
        magazine->ends[i] = magazine->bytes.len;
    }
    if (magazine->bytes.failed)
        bench_die("out of memory for the callbacks");
    buf_deinit(&body);
    buf_deinit(&headers);
    return NULL;
}

static void add_callback(struct magazine *magazine, uint64_t number, struct buf *body,
                         struct buf *headers)
{
    static const char end[] = "\"}}";
    const struct door *door = magazine->door;
    char event_id[40];
    char path[96];
    buf_clear(body);
    buf_clear(headers);
    (void)snprintf(event_id, sizeof event_id, "evt_%016llu", (unsigned long long)number);
    (void)snprintf(path, sizeof path, "/hooks/%s", door->gateway_name);
    buf_printf(body,
               "{\"type\":\"payment.succeeded\",\"data\":{\"payment_id\":\"ime-%016llu\","
               "\"telegram_id\":%llu,\"plan\":\"starter\",\"amount\":\"9.00\",\"currency\":\"USD\","
               "\"note\":\"",
               (unsigned long long)number,
               (unsigned long long)(1000001 + number * 2654435761u % door->members));
    while (body->len + sizeof end - 1 < door->body_bytes)
        buf_append_u8(body, (uint8_t)('a' + body->len % 26));
    buf_append_text(body, end);
    ASSERT(gateway_sign(magazine->gateway, SLICE("POST"), slice_from(path), buf_slice(body),
                        slice_from(event_id), clock_wall_ms(), 0, headers) == ERROR_NONE);
    buf_printf(&magazine->bytes,
               "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
               "Content-Length: %zu\r\n",
               path, body->len);
    buf_append_slice(&magazine->bytes, buf_slice(headers));
    buf_append_text(&magazine->bytes, "\r\n");
    buf_append_slice(&magazine->bytes, buf_slice(body));
}

static enum load_next give(void *context, uint32_t thread, struct load_request *request)
{
    struct door *door = context;
    struct magazine *magazine = &door->magazines[thread];
    if (magazine->next == magazine->count) {
        if (!door->wrap)
            return LOAD_END;
        magazine->next = 0;
    }
    size_t from = magazine->next == 0 ? 0 : magazine->ends[magazine->next - 1];
    request->bytes = slice_of(magazine->bytes.data + from, magazine->ends[magazine->next++] - from);
    return LOAD_REQUEST;
}

static void print_report(const struct load_report *report)
{
    const struct histogram *latency = &report->latency_us;
    uint64_t answered = report->outcomes[LOAD_ANSWERED];
    (void)printf(
        "{\"ok\":%llu,\"refused\":%llu,\"unknown\":%llu,\"unsent\":%llu,\"us\":%llu,"
        "\"per_s\":%.1f,\"p50_us\":%llu,\"p99_us\":%llu,\"p999_us\":%llu,\"max_us\":%llu}\n",
        (unsigned long long)report->statuses[200],
        (unsigned long long)(answered - report->statuses[200]),
        (unsigned long long)report->outcomes[LOAD_UNKNOWN], (unsigned long long)report->unsent,
        (unsigned long long)report->duration_us,
        bench_per_second(report->statuses[200], report->duration_us),
        (unsigned long long)histogram_percentile(latency, 50),
        (unsigned long long)histogram_percentile(latency, 99),
        (unsigned long long)histogram_percentile(latency, 99.9), (unsigned long long)latency->max);
}
