#include "http/server_state.h"

#include "base/assert.h"
#include "base/clock.h"
#include "http/head.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BODY_FIRST_BYTES = 2048 };

static enum refusal judge_target(struct slot *slot, const char *target);
static void head_begins(struct slot *slot, const char *target);
static void head_ends(struct slot *slot);
static enum MHD_Result read_head(struct slot *slot, const char *method, const char *version);
static size_t head_bytes(struct MHD_Connection *connection);
static enum refusal judge_framing(const struct slot *slot);
static enum MHD_Result keep_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len);
static bool peer_may(struct slot *slot);
static enum MHD_Result read_body(struct slot *slot, const char *data, size_t len);
static struct slot *slot_take(struct http_server *server);
static bool body_reserve(struct slot *slot, size_t len);
static void body_release(struct slot *slot);
static enum MHD_Result finish(struct slot *slot);
static enum MHD_Result answer_fixed(struct slot *slot, const struct http_fixed *fixed);
static enum MHD_Result park(struct slot *slot);
static void set_timeout(struct slot *slot, uint32_t seconds);
static enum MHD_Result refuse(struct slot *slot, enum refusal refusal);
static enum MHD_Result refuse_and_close(struct slot *slot, enum refusal refusal);
static void send_closing(struct http_server *server, int fd, enum refusal refusal);
static int connection_fd(struct MHD_Connection *connection);

/* Called with the request line as sent, before libmicrohttpd takes it apart in place. What is
 * returned becomes the request's context. */
void *intake_target(void *context, const char *target, struct MHD_Connection *connection)
{
    (void)context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct slot *slot = info != NULL ? info->socket_context : NULL;
    if (slot == NULL)
        return NULL;
    slot->refusal = judge_target(slot, target);
    slot->phase = SLOT_READING_HEAD;
    head_begins(slot, target);
    return slot;
}

/* Paths stay as they were sent: the router refuses what is escaped. */
size_t intake_keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

enum MHD_Result intake_request(void *context, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *data_len, void **request_context)
{
    struct http_server *server = context;
    struct slot *slot = *request_context;
    (void)url;
    if (slot == NULL) { /* more connections than slots: let in while another was leaving */
        send_closing(server, connection_fd(connection), REFUSAL_BUSY);
        return MHD_NO;
    }
    if (slot->phase == SLOT_PARKED) {
        set_timeout(slot, server->options.idle_timeout_s);
        if (slot->reply_status == 0)
            return MHD_NO;       /* which closes the connection */
        if (slot->reply == NULL) /* no memory for it */
            return refuse(slot, REFUSAL_BUSY);
        enum MHD_Result result =
            MHD_queue_response(connection, slot->reply_status, slot->reply->response);
        reply_release(&slot->reply);
        return result;
    }
    if (slot->phase == SLOT_READING_HEAD) {
        slot->phase = SLOT_READING_BODY;
        return read_head(slot, method, version);
    }
    if (*data_len > 0) {
        size_t len = *data_len;
        *data_len = 0;
        return read_body(slot, data, len);
    }
    return finish(slot);
}

/* Of a bad Content-Length it says so and then sends its answer's header block twice. The connection
 * whose head is whole and was not handed to us is the one that it refuses: it gets our answer, and
 * its end of the stream before libmicrohttpd writes. Heads that are refused before that get
 * libmicrohttpd's answer, once. */
void intake_log(void *context, const char *format, va_list args)
{
    static const char refused[] = "Error processing request";
    struct worker *worker = context;
    struct slot *slot = worker->heads;
    if (strncmp(format, refused, sizeof(refused) - 1) != 0)
        return;
    unsigned status = va_arg(args, unsigned);
    while (slot != NULL && head_bytes(slot->connection) == 0)
        slot = slot->next_head;
    if (slot == NULL)
        return;
    head_ends(slot);
    slot->linger = true;
    send_closing(worker->server, slot->fd,
                 status == 413   ? REFUSAL_BODY_TOO_LARGE
                 : status == 431 ? REFUSAL_TOO_MANY_HEADERS
                                 : REFUSAL_BAD_FRAMING);
    (void)shutdown(slot->fd, SHUT_WR);
}

void intake_request_done(void *context, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    struct http_server *server = context;
    struct slot *slot = *request_context;
    (void)connection;
    (void)code;
    if (slot == NULL)
        return;
    *request_context = NULL;
    head_ends(slot);
    reply_release(&slot->reply);
    if (slot->body_cap > HTTP_BODY_KEEP)
        body_release(slot);
    slot->body_len = 0;
    slot->body_received = 0;
    slot->request.header_count = 0;
    slot->phase = SLOT_READING_HEAD;
    atomic_store(&slot->deadline_ms, clock_mono_ms() + server->request_ms_max);
    if (atomic_exchange(&slot->replying, false) && atomic_load(&server->stopping)) {
        ASSERT(pthread_mutex_lock(&server->sent_lock) == 0);
        ASSERT(pthread_cond_signal(&server->sent) == 0);
        ASSERT(pthread_mutex_unlock(&server->sent_lock) == 0);
    }
}

static void connection_started(struct http_server *server, struct MHD_Connection *connection,
                               void **socket_context)
{
    bool loopback = false;
    ASSERT(pthread_mutex_lock(&server->slots_lock) == 0);
    struct slot *slot = slot_take(server);
    if (slot != NULL) {
        slot->fd = connection_fd(connection);
        slot->end_of_data = false;
        atomic_store(&slot->deadline_ms, clock_mono_ms() + server->request_ms_max);
    }
    ASSERT(pthread_mutex_unlock(&server->slots_lock) == 0);
    *socket_context = slot;
    if (slot == NULL)
        return;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    bool known = info != NULL && peer_from_sockaddr(info->client_addr, &slot->peer, &loopback);
    slot->peer_known = known;
    slot->address[0] = '\0';
    if (known)
        peer_address(info->client_addr, slot->address);
    slot->peer_limited = known && !loopback;
    slot->connection = connection;
    slot->worker = worker_of(server, connection);
    slot->peer_counted = slot->worker->counted;
    slot->worker->counted = false;
    slot->linger = false;
    slot->phase = SLOT_READING_HEAD;
    atomic_fetch_add(&server->connections, 1);
}

/* Under slots_lock. Those used before come first, so that memory grows with the connections there
 * are. NULL when all are taken. */
static struct slot *slot_take(struct http_server *server)
{
    struct slot *slot = server->free_slots;
    if (slot != NULL) {
        server->free_slots = slot->next_free;
    } else if (server->slots_used < server->options.connections_max) {
        slot = &server->slots[server->slots_used];
        slot->server = server;
        slot->index = server->slots_used++;
    }
    return slot;
}

static void connection_closed(struct http_server *server, struct MHD_Connection *connection,
                              struct slot *slot)
{
    int unread = 0;
    int fd = connection_fd(connection);
    /* Bytes that nobody read, for whatever reason, would reset the connection as well. */
    if (slot == NULL || slot->linger || (ioctl(fd, FIONREAD, &unread) == 0 && unread > 0))
        door_linger(server, fd);
    if (slot == NULL)
        return;
    head_ends(slot);
    body_release(slot);
    if (slot->peer_counted)
        peer_leave(server->crowd, &slot->peer);
    slot->connection = NULL;
    atomic_store(&slot->deadline_ms, UINT64_MAX);
    ASSERT(pthread_mutex_lock(&server->slots_lock) == 0);
    slot->fd = -1;
    slot->next_free = server->free_slots;
    server->free_slots = slot;
    ASSERT(pthread_mutex_unlock(&server->slots_lock) == 0);
    atomic_fetch_sub(&server->connections, 1);
}

void intake_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                       enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_started(context, connection, socket_context);
    else
        connection_closed(context, connection, *socket_context);
}

static enum refusal judge_target(struct slot *slot, const char *target)
{
    if (target == NULL)
        return REFUSAL_BAD_TARGET;
    size_t len = strnlen(target, sizeof(slot->target) + 1);
    const char *mark = memchr(target, '?', len);
    size_t path_len = mark != NULL ? (size_t)(mark - target) : len;
    size_t query_len = mark != NULL ? len - path_len - 1 : 0;
    if (path_len > HTTP_PATH_MAX || query_len > HTTP_QUERY_MAX)
        return REFUSAL_TARGET_TOO_LONG;
    for (size_t i = 0; i < len; i++)
        if (target[i] <= ' ' || target[i] > '~')
            return REFUSAL_BAD_TARGET;
    memcpy(slot->target, target, len);
    slot->request.path = slice_of(slot->target, path_len);
    slot->request.query = slice_of(mark != NULL ? slot->target + path_len + 1 : NULL, query_len);
    return REFUSAL_NONE;
}

static void head_begins(struct slot *slot, const char *target)
{
    head_ends(slot);
    slot->target_sent = slice_from(target);
    slot->next_head = slot->worker->heads;
    slot->back = &slot->worker->heads;
    if (slot->next_head != NULL)
        slot->next_head->back = &slot->next_head;
    slot->worker->heads = slot;
}

static void head_ends(struct slot *slot)
{
    if (slot->back == NULL)
        return;
    *slot->back = slot->next_head;
    if (slot->next_head != NULL)
        slot->next_head->back = slot->back;
    slot->back = NULL;
}

/* 0 while it is not whole. */
static size_t head_bytes(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info != NULL ? info->header_size : 0;
}

/* What makes the body unreadable is refused at once and closes the connection; what does not is
 * refused when the body has been read, so that the connection can go on. */
static enum MHD_Result read_head(struct slot *slot, const char *method, const char *version)
{
    struct http_request *request = &slot->request;
    head_ends(slot);
    request->method = slice_from(method);
    request->header_count = 0;
    slot->body_len = 0;
    slot->body_received = 0;
    (void)MHD_get_connection_values_n(slot->connection, MHD_HEADER_KIND, keep_header, slot);
    const struct head head = {.method = method,
                              .bytes = head_bytes(slot->connection),
                              .target = slot->target_sent,
                              .version = version,
                              .headers = request->headers,
                              .header_count = request->header_count};
    enum refusal framing = judge_framing(slot);
    if (framing == REFUSAL_NONE)
        framing = head_judge(&head);
    if (framing != REFUSAL_NONE)
        return refuse_and_close(slot, framing);
    if (slot->refusal == REFUSAL_NONE && !peer_may(slot))
        slot->refusal = REFUSAL_PEER_TOO_FAST;
    return MHD_YES;
}

static enum MHD_Result keep_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
{
    struct slot *slot = context;
    struct http_request *request = &slot->request;
    (void)kind;
    if (request->header_count == HTTP_HEADERS_MAX) {
        slot->refusal = REFUSAL_TOO_MANY_HEADERS;
        return MHD_NO;
    }
    for (size_t i = 0; i < name_len; i++)
        if (name[i] <= ' ' || name[i] > '~' || name[i] == ':')
            slot->refusal = REFUSAL_BAD_HEADER;
    request->headers[request->header_count++] = (struct http_header){
        slice_of(name, name_len), slice_of(value != NULL ? value : "", value_len)};
    return MHD_YES;
}

/* RFC 9112, 6.3: where a length could be read in two ways, somebody is smuggling. Headers beyond
 * the most that are kept were not looked at, and a malformed one may be read differently by others,
 * so then the length is not known either. */
static enum refusal judge_framing(const struct slot *slot)
{
    const struct http_request *request = &slot->request;
    bool length_repeated = false;
    bool coding_repeated = false;
    long long length_number = 0;
    struct slice length = http_header_find(request->headers, request->header_count,
                                           "Content-Length", &length_repeated);
    struct slice coding = http_header_find(request->headers, request->header_count,
                                           "Transfer-Encoding", &coding_repeated);
    if (slot->refusal == REFUSAL_TOO_MANY_HEADERS || slot->refusal == REFUSAL_BAD_HEADER)
        return slot->refusal;
    if (length_repeated || coding_repeated || (length.data != NULL && coding.data != NULL))
        return REFUSAL_BAD_FRAMING;
    if (coding.data != NULL &&
        (coding.len != strlen("chunked") || strncasecmp(coding.data, "chunked", coding.len) != 0))
        return REFUSAL_TRANSFER_CODING;
    if (length.data == NULL)
        return REFUSAL_NONE;
    if (!slice_to_i64(length, &length_number) || length_number < 0)
        return REFUSAL_BAD_FRAMING;
    return (unsigned long long)length_number > slot->server->options.body_bytes_max
               ? REFUSAL_BODY_TOO_LARGE
               : REFUSAL_NONE;
}

static bool peer_may(struct slot *slot)
{
    const struct http_server *server = slot->server;
    const struct http_request *request = &slot->request;
    bool limited = slot->peer_limited;
    slot->request_peer = slot->peer;
    memcpy(slot->request_address, slot->address, sizeof slot->address);
    if (server->options.trust_forwarded) {
        /* A proxy that appends its own header instead of extending the one it got is the last. */
        for (size_t i = request->header_count; i > 0; i--) {
            const struct http_header *header = &request->headers[i - 1];
            bool repeated = false;
            if (http_header_find(header, 1, "X-Forwarded-For", &repeated).data == NULL)
                continue;
            struct peer_key forwarded;
            if (peer_from_forwarded(header->value, &forwarded)) {
                slot->request_peer = forwarded;
                peer_address_forwarded(header->value, slot->request_address);
                limited = true;
            }
            break;
        }
    }
    return server->peers == NULL || !limited ||
           peer_allow(server->peers, &slot->request_peer, clock_mono_us());
}

static enum MHD_Result read_body(struct slot *slot, const char *data, size_t len)
{
    slot->body_received += len;
    if (slot->body_received > slot->server->options.body_bytes_max)
        return refuse_and_close(slot, REFUSAL_BODY_TOO_LARGE);
    if (slot->refusal != REFUSAL_NONE)
        return MHD_YES;
    if (!body_reserve(slot, slot->body_len + len)) {
        slot->refusal = REFUSAL_BUSY;
        return MHD_YES;
    }
    memcpy(slot->body + slot->body_len, data, len);
    slot->body_len += len;
    return MHD_YES;
}

/* Grows with what has come, not with what was announced, so that announcing costs us nothing. */
static bool body_reserve(struct slot *slot, size_t len)
{
    struct http_server *server = slot->server;
    size_t cap = slot->body_cap > 0 ? slot->body_cap : BODY_FIRST_BYTES;
    if (len <= slot->body_cap)
        return true;
    while (cap < len)
        cap *= 2;
    if (cap > HTTP_BODY_KEEP) {
        size_t before = slot->body_cap > HTTP_BODY_KEEP ? slot->body_cap : 0;
        uint64_t all = atomic_fetch_add(&server->bodies_bytes, cap - before) + cap - before;
        if (all > HTTP_BODIES_BYTES_MAX) {
            atomic_fetch_sub(&server->bodies_bytes, cap - before);
            return false;
        }
    }
    char *body = realloc(slot->body, cap);
    if (body == NULL) {
        if (cap > HTTP_BODY_KEEP)
            atomic_fetch_sub(&server->bodies_bytes,
                             cap - (slot->body_cap > HTTP_BODY_KEEP ? slot->body_cap : 0));
        return false;
    }
    slot->body = body;
    slot->body_cap = cap;
    return true;
}

static void body_release(struct slot *slot)
{
    if (slot->body_cap > HTTP_BODY_KEEP)
        atomic_fetch_sub(&slot->server->bodies_bytes, slot->body_cap);
    free(slot->body);
    slot->body = NULL;
    slot->body_cap = 0;
}

static enum MHD_Result finish(struct slot *slot)
{
    if (slot->refusal != REFUSAL_NONE)
        return refuse(slot, slot->refusal);
    slot->request.body = slice_of(slot->body_len > 0 ? slot->body : "", slot->body_len);
    slot->request.received_ms = clock_wall_ms();
    slot->request.received_us = clock_mono_us();
    http_fixed_fn *fixed = slot->server->options.fixed;
    struct http_fixed answer;
    if (fixed != NULL && fixed(&slot->request, &answer))
        return answer_fixed(slot, &answer);
    return park(slot);
}

static enum MHD_Result answer_fixed(struct slot *slot, const struct http_fixed *fixed)
{
    struct MHD_Response *response = reply_fixed(fixed);
    if (response == NULL)
        return refuse(slot, REFUSAL_BUSY);
    enum MHD_Result result = MHD_queue_response(slot->connection, fixed->answer.status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result park(struct slot *slot)
{
    struct http_server *server = slot->server;
    if (atomic_fetch_add(&server->parked, 1) >= server->options.parked_max) {
        atomic_fetch_sub(&server->parked, 1);
        return refuse(slot, REFUSAL_BUSY);
    }
    ASSERT(pthread_mutex_lock(&server->queue_lock) == 0);
    bool refused = server->draining;
    bool first = server->queue_count == 0;
    if (!refused) {
        /* Suspended before anybody can see it, or it could be resumed first. */
        MHD_suspend_connection(slot->connection);
        set_timeout(slot, server->options.idle_timeout_s + 1);
        slot->phase = SLOT_PARKED;
        slot->generation++;
        slot->request.id = (uint64_t)slot->generation << 32 | (slot->index + 1);
        atomic_store(&slot->deadline_ms, UINT64_MAX);
        atomic_store(&slot->parked_id, slot->request.id);
        uint32_t tail =
            (server->queue_head + server->queue_count) % server->options.connections_max;
        server->queue[tail] = slot;
        server->queue_count++;
    }
    ASSERT(pthread_mutex_unlock(&server->queue_lock) == 0);
    if (refused) {
        atomic_fetch_sub(&server->parked, 1);
        return refuse(slot, REFUSAL_BUSY);
    }
    /* The slot belongs to the owner from here on. */
    if (first) {
        uint64_t one = 1;
        ASSERT(write(server->queue_fd, &one, sizeof(one)) == sizeof(one) || errno == EAGAIN);
    }
    return MHD_YES;
}

/* libmicrohttpd 0.9.75 reads from a connection that is resumed before it asks for the reply, and
 * when the peer has closed its half in the meantime it closes the connection instead. One with a
 * timeout of its own is asked for the reply first, so a parked one has such until it is resumed. */
static void set_timeout(struct slot *slot, uint32_t seconds)
{
    ASSERT(MHD_set_connection_option(slot->connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds) ==
           MHD_YES);
}

static enum MHD_Result refuse(struct slot *slot, enum refusal refusal)
{
    struct reply_refusal *row = &slot->server->replies.refusals[refusal];
    metric_add(row->metric, 1);
    return MHD_queue_response(slot->connection, row->status, row->response);
}

/* libmicrohttpd takes a response before or after a body, not within; and it would close at once. */
static enum MHD_Result refuse_and_close(struct slot *slot, enum refusal refusal)
{
    slot->linger = true;
    send_closing(slot->server, connection_fd(slot->connection), refusal);
    return MHD_NO;
}

static void send_closing(struct http_server *server, int fd, enum refusal refusal)
{
    struct reply_refusal *row = &server->replies.refusals[refusal];
    metric_add(row->metric, 1);
    /* Nothing was answered to this request yet, so the buffer has room; if it has not, the peer
     * does not read and learns nothing. */
    (void)!send(fd, row->closing, row->closing_len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int connection_fd(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    ASSERT(info != NULL);
    return info->connect_fd;
}
