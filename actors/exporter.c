#include "actors/exporter.h"

#include "base/assert.h"
#include "base/metrics.h"
#include "base/process_metrics.h"
#include "http/route.h"
#include "http/server.h"

#include <stdlib.h>

/* A few Prometheus servers and a person; 32 of them bound what a stranger could hold. */
enum { CONNECTIONS_MAX = 32, BODY_BYTES_MAX = 1024, IDLE_TIMEOUT_S = 30, QUOTA = 16 };

struct exporter {
    struct http_server *server;
    struct buf page;
    struct loop loop;
};

static void run(struct actor *actor, void *state);
static void destroy(void *state);
static void take_requests(void *state);
static void answer(struct exporter *it, const struct http_request *request);
static long timeout_ms(void *state);
static void turn(void *state);
static bool drained(void *state, bool idle);

bool exporter_page(struct buf *out)
{
    buf_clear(out);
    metrics_render(out);
    process_metrics_render(out);
    return !out->failed;
}

enum error exporter_start(struct site *site, size_t index, struct actor **out, struct why *why)
{
    const struct config_listen *listen = &site->metrics;
    const struct http_server_options options = {.host = listen->host,
                                                .port = listen->port,
                                                .threads = 1,
                                                .connections_max = CONNECTIONS_MAX,
                                                .parked_max = CONNECTIONS_MAX,
                                                .body_bytes_max = BODY_BYTES_MAX,
                                                .idle_timeout_s = IDLE_TIMEOUT_S};
    struct exporter *it = calloc(1, sizeof(*it));
    struct why cause = {""};

    (void)index;
    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    buf_init(&it->page, EXPORTER_BYTES_MAX);
    enum error error = http_server_start(&options, &it->server, &cause);
    if (error != ERROR_NONE) {
        destroy(it);
        return why_set(why, error,
                       "metrics: %s (each process of a host needs an address of its own: "
                       "--metrics)",
                       cause.text);
    }
    site->metrics_port = http_server_port(it->server);
    return actor_start(topology_context(site->topology), "metrics", run, destroy, it, out, why);
}

static void run(struct actor *actor, void *state)
{
    struct exporter *it = state;
    it->loop =
        (struct loop){.sources = {{.fd = http_server_fd(it->server), .ready = take_requests}},
                      .count = 1,
                      .timeout_ms = timeout_ms,
                      .turn = turn,
                      .drained = drained};
    actor_loop(actor, &it->loop, it);
}

static void destroy(void *state)
{
    struct exporter *it = state;
    http_server_stop(&it->server);
    buf_deinit(&it->page);
    free(it);
}

static void take_requests(void *state)
{
    struct exporter *it = state;
    const struct http_request *requests[QUOTA];
    size_t count = http_server_take(it->server, requests, QUOTA);
    for (size_t i = 0; i < count; i++)
        answer(it, requests[i]);
}

static void answer(struct exporter *it, const struct http_request *request)
{
    struct route_match match = route_match(request->method, request->path, (struct slice){NULL, 0});
    struct http_answer reply = {.status = 404, .body = SLICE("only /metrics and /healthz\n")};

    if (match.route == ROUTE_METRICS || match.route == ROUTE_HEALTHZ)
        reply = (struct http_answer){.status = 200, .body = SLICE("ok\n")};
    if (reply.status == 200 && match.refusal != 0) {
        reply = (struct http_answer){
            .status = match.refusal, .allow = match.allow, .body = SLICE("GET, HEAD\n")};
    } else if (match.route == ROUTE_METRICS) {
        bool fits = exporter_page(&it->page);
        reply.status = fits ? 200 : 500;
        reply.content_type = EXPORTER_CONTENT_TYPE;
        reply.body = fits ? buf_slice(&it->page) : SLICE("");
    }
    http_server_answer(it->server, request->id, &reply);
}

static long timeout_ms(void *state)
{
    (void)state;
    return -1;
}

static void turn(void *state)
{
    (void)state;
}

static bool drained(void *state, bool idle)
{
    const struct exporter *it = state;
    return idle && http_server_parked(it->server) == 0;
}
