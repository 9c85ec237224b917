/* A sale: --buyers people pay once each within --milliseconds, at random moments. Their gateway
 * sends each callback three times, the repetitions within the next moments; for one buyer in ten
 * somebody also sends forgeries (wrong signature, signed an hour ago, another body), for ids that
 * nobody paid for. Buyer i buys the plan of bot i modulo --bots. Writes to --out a line for each
 * buyer: number, telegram id, bot, when the payment's first callback went out and when the first
 * 200 came (monotonic microseconds), answers 200 of the three. Prints the counts.
 *
 *     sale --port N --config usher.yaml --out FILE [--buyers 10000] [--milliseconds 60000]
 *          [--bots 1] [--first-id 1] [--first-payment 1] [--copies 3] [--forgeries 1] [--seed 1] */
#include "base/assert.h"
#include "base/clock.h"
#include "base/prng.h"
#include "bench/bench.h"
#include "config/config.h"
#include "gateway/sign.h"
#include "http/load.h"

enum { FORGERY_IDS = 500000000, STALE_MS = 3600000, HEADERS_BYTES_MAX = 4096, PATIENCE_MS = 30000 };

enum forgery { GENUINE, WRONG, STALE, OTHER_BODY, FORGERY_KINDS };

struct request {
    size_t begin; /* in bytes */
    size_t end;
    uint64_t at_us; /* when it is due, from the start */
    uint64_t buyer;
    bool forged;
};

struct buyer {
    uint64_t sent_us;
    uint64_t accepted_us;
    unsigned accepted;
};

struct sale {
    struct gateway *gateway;
    struct prng prng;
    struct buyer *buyers;
    uint64_t buyer_count;
    uint64_t bots;
    uint64_t first_id;
    uint64_t first_payment;
    struct request *requests;
    size_t request_count;
    size_t next;
    uint64_t start_us;
    struct buf bytes;
    uint64_t accepted_forged;
    uint64_t refused_forged;
    uint64_t other;
};

static void plan_sale(struct sale *sale, uint64_t duration_us, uint64_t copies, bool forgeries);
static void add_callback(struct sale *sale, uint64_t buyer, enum forgery forgery);
static void schedule(struct sale *sale, struct request request, uint64_t at_us);
static int by_time(const void *left, const void *right);
static enum load_next give(void *context, uint32_t thread, struct load_request *request);
static void took(void *context, uint32_t thread, const struct load_result *result);
static void write_buyers(const struct sale *sale, const char *path);

int main(int argc, char **argv)
{
    static struct sale sale;
    static struct load_report report;
    struct why why = {""};
    struct config *config;
    struct buf errors;
    uint64_t milliseconds = bench_number(argc, argv, "--milliseconds", "60000");
    sale.buyer_count = bench_number(argc, argv, "--buyers", "10000");
    sale.bots = bench_number(argc, argv, "--bots", "1");
    sale.first_id = bench_number(argc, argv, "--first-id", "1");
    sale.first_payment = bench_number(argc, argv, "--first-payment", "1");
    sale.prng.state = bench_number(argc, argv, "--seed", "1");
    buf_init(&errors, 65536);
    if (config_load(bench_text(argc, argv, "--config", NULL), &config, &errors) != ERROR_NONE)
        bench_die("%.*s", SLICE_ARG(buf_slice(&errors)));
    if (gateway_new(&config->gateways[0], &sale.gateway, &why) != ERROR_NONE)
        bench_die("%s", why.text);
    plan_sale(&sale, milliseconds * 1000, bench_number(argc, argv, "--copies", "3"),
              bench_number(argc, argv, "--forgeries", "1") != 0);
    const struct load_options options = {
        .host = "127.0.0.1",
        .port = (uint16_t)bench_number(argc, argv, "--port", NULL),
        .threads = 1,
        .connections = 64,
        .duration_ms_max = milliseconds + PATIENCE_MS,
        .answer_ms_max = PATIENCE_MS,
        .reconnect_ms = 50,
        .next = give,
        .done = took,
        .context = &sale,
    };
    sale.start_us = clock_mono_us();
    if (load_run(&options, &report, &why) != ERROR_NONE)
        bench_die("%s", why.text);
    write_buyers(&sale, bench_text(argc, argv, "--out", NULL));
    (void)printf("{\"requests\":%zu,\"forged_accepted\":%llu,\"forged_refused\":%llu,"
                 "\"other\":%llu,\"us\":%llu,\"p99_us\":%llu}\n",
                 sale.request_count, (unsigned long long)sale.accepted_forged,
                 (unsigned long long)sale.refused_forged, (unsigned long long)sale.other,
                 (unsigned long long)report.duration_us,
                 (unsigned long long)histogram_percentile(&report.latency_us, 99));
    gateway_destroy(&sale.gateway);
    config_destroy(&config);
    buf_deinit(&errors);
    buf_deinit(&sale.bytes);
    free(sale.requests);
    free(sale.buyers);
    return 0;
}

static void plan_sale(struct sale *sale, uint64_t duration_us, uint64_t copies, bool forgeries)
{
    uint64_t most = sale->buyer_count * (copies + FORGERY_KINDS);
    buf_init(&sale->bytes, most * 2048);
    sale->buyers = calloc(sale->buyer_count, sizeof *sale->buyers);
    sale->requests = calloc(most, sizeof *sale->requests);
    if (sale->buyers == NULL || sale->requests == NULL || copies == 0)
        bench_die("out of memory for %llu buyers", (unsigned long long)sale->buyer_count);
    for (uint64_t i = 0; i < sale->buyer_count; i++) {
        struct request request = {.begin = sale->bytes.len, .buyer = i};
        uint64_t at_us = prng_below(&sale->prng, duration_us + 1);
        add_callback(sale, i, GENUINE);
        request.end = sale->bytes.len;
        schedule(sale, request, at_us);
        for (uint64_t n = 1; n < copies; n++)
            schedule(sale, request, at_us + 1000 + prng_below(&sale->prng, duration_us / 20 + 1));
        for (int kind = WRONG; forgeries && i % 10 == 0 && kind < FORGERY_KINDS; kind++) {
            struct request forged = {.begin = sale->bytes.len, .buyer = i, .forged = true};
            add_callback(sale, i, (enum forgery)kind);
            forged.end = sale->bytes.len;
            schedule(sale, forged, prng_below(&sale->prng, duration_us + 1));
        }
    }
    if (sale->bytes.failed)
        bench_die("out of memory for the callbacks");
    qsort(sale->requests, sale->request_count, sizeof *sale->requests, by_time);
}

static void add_callback(struct sale *sale, uint64_t buyer, enum forgery forgery)
{
    char plan[32] = "starter";
    char event_id[40];
    struct buf body;
    struct buf headers;
    uint64_t now_ms = clock_wall_ms() - (forgery == STALE ? STALE_MS : 0);
    uint64_t number = sale->first_payment + buyer;
    uint64_t id = sale->first_id + buyer + (forgery != GENUINE ? FORGERY_IDS : 0);
    buf_init(&body, 1024);
    buf_init(&headers, HEADERS_BYTES_MAX);
    if (buyer % sale->bots > 0)
        (void)snprintf(plan, sizeof plan, "plan%llu", (unsigned long long)(buyer % sale->bots));
    (void)snprintf(event_id, sizeof event_id, "evt_%d_%llu", (int)forgery,
                   (unsigned long long)number);
    buf_printf(&body,
               "{\"type\":\"payment.succeeded\",\"data\":{\"payment_id\":\"ime-%d-%llu\","
               "\"telegram_id\":%llu,\"plan\":\"%s\",\"amount\":\"9.00\",\"currency\":\"USD\"}}",
               (int)forgery, (unsigned long long)number, (unsigned long long)id, plan);
    ASSERT(gateway_sign(sale->gateway, SLICE("POST"), SLICE("/hooks/ime"), buf_slice(&body),
                        slice_from(event_id), now_ms, 0, &headers) == ERROR_NONE);
    if (forgery == WRONG) { /* the signature stands last, before "\r\n" */
        char *digit = &headers.data[headers.len - 12];
        *digit = *digit == 'a' ? 'b' : 'a';
    } else if (forgery == OTHER_BODY) {
        buf_append_text(&body, "\n"); /* JSON all the same, but not what was signed */
    }
    buf_printf(&sale->bytes,
               "POST /hooks/ime HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
               "Content-Length: %zu\r\n",
               body.len);
    buf_append_slice(&sale->bytes, buf_slice(&headers));
    buf_append_text(&sale->bytes, "\r\n");
    buf_append_slice(&sale->bytes, buf_slice(&body));
    buf_deinit(&body);
    buf_deinit(&headers);
}

static void schedule(struct sale *sale, struct request request, uint64_t at_us)
{
    request.at_us = at_us;
    sale->requests[sale->request_count++] = request;
}

static int by_time(const void *left, const void *right)
{
    uint64_t a = ((const struct request *)left)->at_us;
    uint64_t b = ((const struct request *)right)->at_us;
    return (a > b) - (a < b);
}

static enum load_next give(void *context, uint32_t thread, struct load_request *request)
{
    struct sale *sale = context;
    (void)thread;
    if (sale->next == sale->request_count)
        return LOAD_END;
    const struct request *due = &sale->requests[sale->next];
    uint64_t now_us = clock_mono_us();
    if (now_us - sale->start_us < due->at_us)
        return LOAD_LATER;
    struct buyer *buyer = &sale->buyers[due->buyer];
    if (!due->forged && buyer->sent_us == 0)
        buyer->sent_us = now_us;
    request->bytes = slice_of(sale->bytes.data + due->begin, due->end - due->begin);
    request->tag = sale->next++;
    return LOAD_REQUEST;
}

static void took(void *context, uint32_t thread, const struct load_result *result)
{
    struct sale *sale = context;
    (void)thread;
    const struct request *request = &sale->requests[result->tag];
    struct buyer *buyer = &sale->buyers[request->buyer];
    bool accepted = result->outcome == LOAD_ANSWERED && result->status == 200;
    bool refused = result->outcome == LOAD_ANSWERED && result->status == 401;
    sale->accepted_forged += request->forged && accepted;
    sale->refused_forged += request->forged && refused;
    sale->other += request->forged ? !accepted && !refused : !accepted;
    if (request->forged || !accepted)
        return;
    buyer->accepted++;
    if (buyer->accepted_us == 0)
        buyer->accepted_us = clock_mono_us();
}

static void write_buyers(const struct sale *sale, const char *path)
{
    FILE *out = fopen(path, "w");
    if (out == NULL)
        bench_die("%s cannot be written", path);
    for (uint64_t i = 0; i < sale->buyer_count; i++)
        (void)fprintf(out, "%llu %llu %llu %llu %llu %u\n", (unsigned long long)i,
                      (unsigned long long)(sale->first_id + i),
                      (unsigned long long)(i % sale->bots),
                      (unsigned long long)sale->buyers[i].sent_us,
                      (unsigned long long)sale->buyers[i].accepted_us, sale->buyers[i].accepted);
    if (fclose(out) != 0)
        bench_die("%s cannot be written", path);
}
