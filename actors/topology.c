#include "actors/topology.h"

#include "actors/curve.h"
#include "actors/post.h"
#include "base/assert.h"

#include <czmq.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { ENDPOINT_MAX = 255, LINGER_MS = 2000, HEARTBEAT_MS = 5000, HEARTBEAT_TIMEOUT_MS = 15000 };

enum endpoints { ENDPOINTS_ONE, ENDPOINTS_ANY, ENDPOINTS_LANE };

struct link_row {
    const char *name;
    enum link_end bound;
    enum endpoints endpoints;
    int hwm;
};

static const struct link_row rows[LINK_COUNT] = {
#define LINK(name, bound, endpoints, hwm)                                                          \
    [LINK_##name] = {#name, LINK_##bound, ENDPOINTS_##endpoints, hwm},
    LINK_LIST(LINK)
#undef LINK
};

struct topology {
    void *context;
    struct curve *curve; /* NULL when all links are inproc */
    char *endpoints[LINK_COUNT][LINK_ENDPOINTS_MAX];
    size_t counts[LINK_COUNT];
};

static enum error take_overrides(struct topology *topology, const struct config *config,
                                 struct why *why);
static enum error take_defaults(struct topology *topology, const struct config *config);
static bool is_tcp(const char *endpoint);
static bool any_tcp(const struct topology *topology);
static enum error open_end(struct topology *topology, enum link link, enum link_end end,
                           size_t index, void **out, struct why *why);
static enum error prepare(struct topology *topology, void *socket, const struct link_row *row,
                          bool binds, const char *endpoint);
static enum error attach(void *socket, bool binds, const char *endpoint, const char *name,
                         struct why *why);

enum error topology_new(const struct config *config, struct topology **out, struct why *why)
{
    struct topology *topology = calloc(1, sizeof(*topology));
    enum error error;

    *out = NULL;
    if (topology == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    error = take_overrides(topology, config, why);
    if (error == ERROR_NONE)
        error = take_defaults(topology, config);
    if (error == ERROR_NONE) {
        /* The context of czmq, because its gatekeeper lives there; our own signal handling. */
        zsys_handler_set(NULL);
        topology->context = zsys_init();
        if (topology->context == NULL)
            error = why_set(why, ERROR_MEMORY, "cannot start ZeroMQ");
    }
    if (error == ERROR_NONE && any_tcp(topology))
        error = curve_new(config->curve_dir, &topology->curve, why);
    if (error == ERROR_NONE)
        *out = topology;
    else
        topology_destroy(&topology);
    return error;
}

void topology_destroy(struct topology **topology)
{
    struct topology *it = *topology;
    if (it == NULL)
        return;
    curve_destroy(&it->curve);
    if (it->context != NULL)
        zsys_shutdown();
    for (size_t link = 0; link < LINK_COUNT; link++)
        for (size_t i = 0; i < LINK_ENDPOINTS_MAX; i++)
            free(it->endpoints[link][i]);
    free(it);
    *topology = NULL;
}

void *topology_context(struct topology *topology)
{
    return topology->context;
}

size_t topology_endpoints(const struct topology *topology, enum link link)
{
    return topology->counts[link];
}

const char *topology_endpoint(const struct topology *topology, enum link link, size_t index)
{
    ASSERT(index < topology->counts[link]);
    return topology->endpoints[link][index];
}

enum error inlet_open(struct inlet *inlet, struct topology *topology, enum link link, size_t index,
                      struct why *why)
{
    void *socket;
    enum error error = open_end(topology, link, LINK_PULL, index, &socket, why);
    if (error == ERROR_NONE)
        inlet_init(inlet, socket);
    return error;
}

enum error outlet_open(struct outlet *outlet, struct topology *topology, enum link link,
                       size_t index, size_t bytes_max, struct why *why)
{
    void *socket;
    enum error error = open_end(topology, link, LINK_PUSH, index, &socket, why);
    if (error == ERROR_NONE)
        outlet_init(outlet, socket, rows[link].name, bytes_max);
    return error;
}

/* A socket, bound or connected as the table says. */
static enum error open_end(struct topology *topology, enum link link, enum link_end end,
                           size_t index, void **out, struct why *why)
{
    const struct link_row *row = &rows[link];
    bool binds = row->bound == end;
    size_t first = index == LINK_EVERY ? 0 : index;
    size_t last = index == LINK_EVERY ? topology->counts[link] : index + 1;
    enum error error = ERROR_NONE;

    ASSERT(!binds || index != LINK_EVERY);
    ASSERT(last <= topology->counts[link]);
    *out = NULL;
    void *socket = zmq_socket(topology->context, end == LINK_PUSH ? ZMQ_PUSH : ZMQ_PULL);
    if (socket == NULL)
        return why_set(why, ERROR_MEMORY, "cannot open a socket for link %s: %s", row->name,
                       zmq_strerror(errno));
    for (size_t i = first; i < last && error == ERROR_NONE; i++) {
        const char *endpoint = topology->endpoints[link][i];
        error = prepare(topology, socket, row, binds, endpoint);
        if (error == ERROR_NONE)
            error = attach(socket, binds, endpoint, row->name, why);
        else
            why_set(why, error, "cannot set up a socket for link %s", row->name);
    }
    if (error == ERROR_NONE)
        *out = socket;
    else
        ASSERT(zmq_close(socket) == 0);
    return error;
}

static enum error take_overrides(struct topology *topology, const struct config *config,
                                 struct why *why)
{
    for (size_t i = 0; i < config->link_count; i++) {
        const struct config_link *link = &config->links[i];
        enum link n;
        ASSERT(links_find(slice_from(link->name), &n)); /* the configuration was checked */
        ASSERT(links_wanted(n, config) == 0 || links_wanted(n, config) == link->endpoint_count);
        for (size_t e = 0; e < link->endpoint_count; e++) {
            topology->endpoints[n][e] = strdup(link->endpoints[e]);
            if (topology->endpoints[n][e] == NULL)
                return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
        }
        topology->counts[n] = link->endpoint_count;
    }
    return ERROR_NONE;
}

static enum error take_defaults(struct topology *topology, const struct config *config)
{
    for (size_t link = 0; link < LINK_COUNT; link++) {
        if (topology->counts[link] > 0)
            continue;
        size_t count = rows[link].endpoints == ENDPOINTS_LANE ? config_lane_count(config) : 1;
        for (size_t i = 0; i < count; i++) {
            char endpoint[ENDPOINT_MAX + 1];
            snprintf(endpoint, sizeof(endpoint), "inproc://%s%s%s", rows[link].name,
                     rows[link].endpoints == ENDPOINTS_LANE ? "." : "",
                     rows[link].endpoints == ENDPOINTS_LANE ? config_lane(config, i).name.text
                                                            : "");
            topology->endpoints[link][i] = strdup(endpoint);
            if (topology->endpoints[link][i] == NULL)
                return ERROR_MEMORY;
        }
        topology->counts[link] = count;
    }
    return ERROR_NONE;
}

static bool is_tcp(const char *endpoint)
{
    return strncmp(endpoint, "tcp://", 6) == 0;
}

static bool any_tcp(const struct topology *topology)
{
    for (size_t link = 0; link < LINK_COUNT; link++)
        for (size_t i = 0; i < topology->counts[link]; i++)
            if (is_tcp(topology->endpoints[link][i]))
                return true;
    return false;
}

/* Options must be set before the socket is bound or connected; setting them again for a second
 * endpoint of the same link changes nothing. */
static enum error prepare(struct topology *topology, void *socket, const struct link_row *row,
                          bool binds, const char *endpoint)
{
    const int linger = LINGER_MS;
    const int64_t longest = POST_MESSAGE_BYTES;
    const int one = 1;
    const int heartbeat = HEARTBEAT_MS;
    const int timeout = HEARTBEAT_TIMEOUT_MS;
    int rc = zmq_setsockopt(socket, ZMQ_SNDHWM, &row->hwm, sizeof(row->hwm)) |
             zmq_setsockopt(socket, ZMQ_RCVHWM, &row->hwm, sizeof(row->hwm)) |
             zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger));

    if (rc == 0 && is_tcp(endpoint)) {
        rc = zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &longest, sizeof(longest)) |
             zmq_setsockopt(socket, ZMQ_HEARTBEAT_IVL, &heartbeat, sizeof(heartbeat)) |
             zmq_setsockopt(socket, ZMQ_HEARTBEAT_TIMEOUT, &timeout, sizeof(timeout));
        /* Queue for peers that are there, not for those that may come: a host that is down must not
         * collect requests that another would answer. */
        if (rc == 0 && !binds)
            rc = zmq_setsockopt(socket, ZMQ_IMMEDIATE, &one, sizeof(one));
        if (rc == 0)
            return curve_apply(topology->curve, socket, binds);
    }
    return rc == 0 ? ERROR_NONE : ERROR_INVALID;
}

static enum error attach(void *socket, bool binds, const char *endpoint, const char *name,
                         struct why *why)
{
    if ((binds ? zmq_bind(socket, endpoint) : zmq_connect(socket, endpoint)) == 0)
        return ERROR_NONE;
    return why_set(why, errno == EADDRINUSE ? ERROR_LOCKED : ERROR_IO,
                   "cannot %s link %s at %s: %s", binds ? "bind" : "connect", name, endpoint,
                   zmq_strerror(errno));
}
