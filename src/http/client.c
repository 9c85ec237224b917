#include "http/client.h"

#include "base/assert.h"
#include "base/clock.h"
#include "http/smtp.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    CONNECT_MS_MAX = 10000,
    IDLE_S_MAX =
        60, /* a connection idle for longer is not used again: the server may be closing it */
    EVENTS = 64
};

/* One easy handle with what it sends and receives; from the pool, and back to it. */
struct transfer {
    CURL *easy;
    struct http_client *client;
    struct curl_slist *headers;
    char *body;
    size_t body_len;
    size_t body_sent;
    struct buf answer;
    bool head_complete; /* its empty line has come */
    bool too_large;
    bool is_mail;
    struct smtp smtp; /* of a mail */
    void *tag;
    uint64_t started_us;
    struct transfer *next;     /* idle: in the pool; busy: among the busy */
    struct transfer *previous; /* busy */
};

struct http_client {
    struct http_client_options options;
    http_client_done_fn *done;
    void *context;
    CURLM *multi;
    int epoll_fd;
    uint64_t deadline_ms; /* at which libcurl wants to be called; UINT64_MAX: never */
    struct transfer *idle;
    struct transfer *busy;
    size_t busy_count;
};

/* Failures in which, unless bytes of the request went out before, the server cannot have acted. */
static const CURLcode codes_before_sending[] = {
    CURLE_UNSUPPORTED_PROTOCOL,     CURLE_URL_MALFORMAT,
    CURLE_COULDNT_RESOLVE_PROXY,    CURLE_COULDNT_RESOLVE_HOST,
    CURLE_COULDNT_CONNECT,          CURLE_SSL_CONNECT_ERROR,
    CURLE_SSL_CERTPROBLEM,          CURLE_SSL_CIPHER,
    CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
    CURLE_SSL_ENGINE_INITFAILED,    CURLE_SSL_ISSUER_ERROR,
    CURLE_SSL_CRL_BADFILE,          CURLE_SSL_PINNEDPUBKEYNOTMATCH,
    CURLE_SSL_INVALIDCERTSTATUS,    CURLE_PROXY,
    CURLE_OPERATION_TIMEDOUT,
};

static void global_init(void);
static bool multi_init(struct http_client *client);
static struct transfer *transfer_take(struct http_client *client);
static void transfer_give_back(struct http_client *client, struct transfer *transfer);
static void transfer_destroy(struct transfer *transfer);
static enum error start(struct http_client *client, struct transfer *transfer, enum error filled,
                        void *tag);
static enum error take_body(struct transfer *transfer, struct slice body);
static enum error transfer_fill_mail(struct transfer *transfer, const struct http_mail *mail,
                                     uint32_t timeout_ms);
static bool common_options(struct transfer *transfer, const char *url, uint32_t timeout_ms);
static bool body_options(struct transfer *transfer);
static enum error transfer_fill(struct transfer *transfer, const char *method, const char *url,
                                const char *const *headers, const char *content_type,
                                struct slice body, uint32_t timeout_ms);
static bool transfer_options(struct transfer *transfer, const char *url, uint32_t timeout_ms);
static bool transfer_method(struct transfer *transfer, bool post, const char *other_name);
static bool add_header(struct transfer *transfer, const char *name, const char *value);
static void finish(struct http_client *client, struct transfer *transfer, CURLcode code);
static enum http_failure classify(CURL *easy, CURLcode code);
static uint64_t date_of(CURL *easy);
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context);
static int on_timer(CURLM *multi, long timeout_ms, void *context);
static size_t on_read(char *out, size_t size, size_t count, void *context);
static int on_seek(void *context, curl_off_t offset, int origin);
static size_t on_header(char *line, size_t size, size_t count, void *context);
static size_t on_write(char *data, size_t size, size_t count, void *context);

enum error http_client_new(const struct http_client_options *options, http_client_done_fn *done,
                           void *context, struct http_client **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    ASSERT(options->connections_max > 0 && options->body_bytes_max > 0 && done != NULL);
    *out = NULL;
    ASSERT(pthread_once(&once, global_init) == 0);
    struct http_client *client = calloc(1, sizeof(*client));
    if (client == NULL)
        return ERROR_MEMORY;
    client->options = *options;
    client->done = done;
    client->context = context;
    client->deadline_ms = UINT64_MAX;
    client->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (client->epoll_fd < 0 || !multi_init(client)) {
        enum error error = client->epoll_fd < 0 ? ERROR_IO : ERROR_MEMORY;
        http_client_destroy(&client);
        return error;
    }
    *out = client;
    return ERROR_NONE;
}

void http_client_destroy(struct http_client **client)
{
    struct http_client *gone = *client;
    if (gone == NULL)
        return;
    *client = NULL;
    while (gone->busy != NULL) {
        struct transfer *transfer = gone->busy;
        gone->busy = transfer->next;
        (void)curl_multi_remove_handle(gone->multi, transfer->easy);
        transfer_destroy(transfer);
    }
    while (gone->idle != NULL) {
        struct transfer *transfer = gone->idle;
        gone->idle = transfer->next;
        transfer_destroy(transfer);
    }
    if (gone->multi != NULL)
        (void)curl_multi_cleanup(gone->multi);
    if (gone->epoll_fd >= 0)
        ASSERT(close(gone->epoll_fd) == 0);
    free(gone);
}

enum error http_client_start(struct http_client *client, const char *method, const char *url,
                             const char *const *headers, const char *content_type,
                             struct slice body, uint32_t timeout_ms, void *tag)
{
    if (client->busy_count >= client->options.connections_max)
        return ERROR_BUSY;
    struct transfer *transfer = transfer_take(client);
    if (transfer == NULL)
        return ERROR_MEMORY;
    enum error filled =
        transfer_fill(transfer, method, url, headers, content_type, body, timeout_ms);
    return start(client, transfer, filled, tag);
}

enum error http_client_mail(struct http_client *client, const struct http_mail *mail,
                            uint32_t timeout_ms, void *tag)
{
    if (client->busy_count >= client->options.connections_max)
        return ERROR_BUSY;
    struct transfer *transfer = transfer_take(client);
    if (transfer == NULL)
        return ERROR_MEMORY;
    return start(client, transfer, transfer_fill_mail(transfer, mail, timeout_ms), tag);
}

/* Sends it on its way, or gives it back when that, or filling it, failed. */
static enum error start(struct http_client *client, struct transfer *transfer, enum error filled,
                        void *tag)
{
    enum error error = filled;
    if (error == ERROR_NONE && curl_multi_add_handle(client->multi, transfer->easy) != CURLM_OK)
        error = ERROR_MEMORY;
    if (error != ERROR_NONE) {
        transfer_give_back(client, transfer);
        return error;
    }
    transfer->tag = tag;
    transfer->started_us = clock_mono_us();
    transfer->previous = NULL;
    transfer->next = client->busy;
    if (client->busy != NULL)
        client->busy->previous = transfer;
    client->busy = transfer;
    client->busy_count++;
    return ERROR_NONE;
}

int http_client_fd(const struct http_client *client)
{
    return client->epoll_fd;
}

long http_client_timeout_ms(struct http_client *client)
{
    uint64_t now_ms = clock_mono_ms();
    if (client->deadline_ms == UINT64_MAX)
        return -1;
    return client->deadline_ms > now_ms ? (long)(client->deadline_ms - now_ms) : 0;
}

void http_client_run(struct http_client *client)
{
    struct epoll_event events[EVENTS];
    int running = 0;
    int left = 0;
    int count = epoll_wait(client->epoll_fd, events, EVENTS, 0);
    ASSERT(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; i++) {
        int what = ((events[i].events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                   ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                   ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
        (void)curl_multi_socket_action(client->multi, events[i].data.fd, what, &running);
    }
    if (client->deadline_ms <= clock_mono_ms()) {
        client->deadline_ms = UINT64_MAX; /* libcurl sets the next one in the call */
        (void)curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    for (CURLMsg *message = curl_multi_info_read(client->multi, &left); message != NULL;
         message = curl_multi_info_read(client->multi, &left)) {
        void *transfer = NULL;
        CURLcode code = message->data.result; /* the message is gone once the handle is removed */
        ASSERT(message->msg == CURLMSG_DONE);
        ASSERT(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) == CURLE_OK);
        finish(client, transfer, code);
    }
}

size_t http_client_busy(const struct http_client *client)
{
    return client->busy_count;
}

static void global_init(void)
{
    ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

static bool multi_init(struct http_client *client)
{
    client->multi = curl_multi_init();
    if (client->multi == NULL)
        return false;
    long connections = (long)client->options.connections_max;
    return curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
           curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client) == CURLM_OK &&
           curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
           curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client) == CURLM_OK &&
           curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX) == CURLM_OK &&
           curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections) ==
               CURLM_OK &&
           curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, connections) == CURLM_OK;
}

static struct transfer *transfer_take(struct http_client *client)
{
    struct transfer *transfer = client->idle;
    if (transfer != NULL) {
        client->idle = transfer->next;
        return transfer;
    }
    transfer = calloc(1, sizeof(*transfer));
    if (transfer == NULL)
        return NULL;
    transfer->client = client;
    transfer->easy = curl_easy_init();
    buf_init(&transfer->answer, client->options.body_bytes_max);
    if (transfer->easy == NULL) {
        transfer_destroy(transfer);
        return NULL;
    }
    return transfer;
}

/* The handle keeps its DNS and TLS session caches, and nothing of the request. */
static void transfer_give_back(struct http_client *client, struct transfer *transfer)
{
    curl_easy_reset(transfer->easy);
    curl_slist_free_all(transfer->headers);
    free(transfer->body);
    buf_deinit(&transfer->answer);
    smtp_deinit(&transfer->smtp);
    transfer->headers = NULL;
    transfer->body = NULL;
    transfer->next = client->idle;
    client->idle = transfer;
}

static void transfer_destroy(struct transfer *transfer)
{
    if (transfer->easy != NULL)
        curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    free(transfer->body);
    buf_deinit(&transfer->answer);
    smtp_deinit(&transfer->smtp);
    free(transfer);
}

static enum error transfer_fill(struct transfer *transfer, const char *method, const char *url,
                                const char *const *headers, const char *content_type,
                                struct slice body, uint32_t timeout_ms)
{
    bool put = strcmp(method, "PUT") == 0;
    bool post = put || strcmp(method, "POST") == 0;
    bool remove = strcmp(method, "DELETE") == 0;
    const char *other_name = put || remove ? method : NULL;
    ASSERT(post || remove || strcmp(method, "GET") == 0);
    ASSERT(timeout_ms > 0);
    transfer->is_mail = false;
    if (take_body(transfer, body) != ERROR_NONE)
        return ERROR_MEMORY;
    for (size_t i = 0; headers != NULL && headers[i] != NULL; i++)
        if (!add_header(transfer, headers[i], NULL))
            return ERROR_MEMORY;
    /* Without "Expect:" libcurl would ask for permission before a large body, and wait a second. */
    if (post && !add_header(transfer, "Expect:", NULL))
        return ERROR_MEMORY;
    if (post && content_type != NULL && !add_header(transfer, "Content-Type: ", content_type))
        return ERROR_MEMORY;
    if (!transfer_options(transfer, url, timeout_ms) ||
        !transfer_method(transfer, post, other_name))
        return ERROR_MEMORY;
    return ERROR_NONE;
}

static enum error transfer_fill_mail(struct transfer *transfer, const struct http_mail *mail,
                                     uint32_t timeout_ms)
{
    ASSERT(timeout_ms > 0 && mail->message.len > 0);
    transfer->is_mail = true;
    smtp_init(&transfer->smtp);
    if (take_body(transfer, mail->message) != ERROR_NONE ||
        !common_options(transfer, mail->url, timeout_ms) || !body_options(transfer) ||
        !smtp_options(&transfer->smtp, transfer->easy, mail))
        return ERROR_MEMORY;
    return ERROR_NONE;
}

static enum error take_body(struct transfer *transfer, struct slice body)
{
    transfer->head_complete = false;
    transfer->too_large = false;
    transfer->body_len = body.len;
    transfer->body_sent = 0;
    transfer->body = malloc(body.len + 1);
    if (transfer->body == NULL)
        return ERROR_MEMORY;
    if (body.len > 0)
        memcpy(transfer->body, body.data, body.len);
    return ERROR_NONE;
}

/* With PIPEWAIT a burst waits for the first handshake, which says whether all can share a
 * connection. Without TLS only an answer would say so, and a long poll may be the one waited for.
 */
static bool transfer_options(struct transfer *transfer, const char *url, uint32_t timeout_ms)
{
    CURL *easy = transfer->easy;
    bool tls = strncasecmp(url, "https:", 6) == 0;
    return common_options(transfer, url, timeout_ms) &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "usher") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PIPEWAIT, tls ? 1L : 0L) == CURLE_OK;
}

static bool common_options(struct transfer *transfer, const char *url, uint32_t timeout_ms)
{
    CURL *easy = transfer->easy;
    long connect_ms = timeout_ms < CONNECT_MS_MAX ? (long)timeout_ms : CONNECT_MS_MAX;
    return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_S_MAX) == CURLE_OK;
}

/* libcurl sends a request again by itself when a connection that it used before ends without a byte
 * of an answer, whatever the method. The server may have acted on a POST, so that must not be: the
 * body comes from a function that cannot be rewound, which fails the transfer instead; and without
 * a body a POST gets a connection of its own. A GET may be repeated, and so may a DELETE, which is
 * sent as a GET with another name; a PUT is a POST with another name. */
static bool transfer_method(struct transfer *transfer, bool post, const char *other_name)
{
    CURL *easy = transfer->easy;
    if (curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, other_name) != CURLE_OK)
        return false;
    if (!post)
        return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    long fresh = transfer->body_len == 0 ? 1L : 0L;
    return curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->body_len) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh) == CURLE_OK &&
           body_options(transfer);
}

static bool body_options(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    return curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_READDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer) == CURLE_OK;
}

static bool add_header(struct transfer *transfer, const char *name, const char *value)
{
    struct buf line;
    buf_init(&line, 16384);
    buf_append_text(&line, name);
    if (value != NULL)
        buf_append_text(&line, value);
    buf_append_u8(&line, 0);
    struct curl_slist *longer =
        line.failed ? NULL : curl_slist_append(transfer->headers, line.data);
    buf_deinit(&line);
    if (longer == NULL)
        return false;
    transfer->headers = longer;
    return true;
}

static void finish(struct http_client *client, struct transfer *transfer, CURLcode code)
{
    long status = 0;
    curl_off_t retry_after_s = 0;
    uint64_t now_us = clock_mono_us();
    if (code == CURLE_OK && !transfer->is_mail && !transfer->head_complete)
        code = CURLE_WEIRD_SERVER_REPLY;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    if (retry_after_s < 0 || code != CURLE_OK)
        retry_after_s = 0;
    struct http_result result = {
        .tag = transfer->tag,
        .failure = classify(transfer->easy, code),
        .status = code == CURLE_OK ? (unsigned)status : 0,
        .retry_after_s =
            retry_after_s < UINT32_MAX ? (uint32_t)retry_after_s : (uint32_t)UINT32_MAX,
        .date_ms = code == CURLE_OK && !transfer->is_mail ? date_of(transfer->easy) : 0,
        .body = code == CURLE_OK ? buf_slice(&transfer->answer) : (struct slice){NULL, 0},
        .error = code == CURLE_OK      ? ""
                 : transfer->too_large ? "answer larger than the limit"
                                       : curl_easy_strerror(code),
        .duration_us = now_us - transfer->started_us,
    };
    if (transfer->is_mail) {
        bool whole = transfer->body_sent == transfer->body_len;
        result.failure = smtp_outcome(&transfer->smtp, code, whole);
        result.status = transfer->smtp.status;
        result.body = buf_slice(&transfer->smtp.reply);
    }
    ASSERT(curl_multi_remove_handle(client->multi, transfer->easy) == CURLM_OK);
    if (transfer->previous != NULL)
        transfer->previous->next = transfer->next;
    else
        client->busy = transfer->next;
    if (transfer->next != NULL)
        transfer->next->previous = transfer->previous;
    client->busy_count--;
    client->done(client->context, &result);
    transfer_give_back(client, transfer);
}

/* CURLINFO_REQUEST_SIZE counts over repetitions, so it is 0 only when nothing ever went out. */
static uint64_t date_of(CURL *easy)
{
    struct curl_header *header;
    if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return 0;
    time_t date = curl_getdate(header->value, NULL);
    return date < 0 ? 0 : (uint64_t)date * 1000;
}

static enum http_failure classify(CURL *easy, CURLcode code)
{
    long sent = 0;
    if (code == CURLE_OK)
        return HTTP_ANSWERED;
    if (curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent) != CURLE_OK || sent != 0)
        return HTTP_IN_DOUBT;
    for (size_t i = 0; i < sizeof(codes_before_sending) / sizeof(codes_before_sending[0]); i++)
        if (codes_before_sending[i] == code)
            return HTTP_NOT_SENT;
    return HTTP_IN_DOUBT;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context)
{
    struct http_client *client = context;
    struct epoll_event event = {.data.fd = fd};
    void *private = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    struct transfer *transfer = private;
    if (transfer != NULL && transfer->is_mail)
        transfer->smtp.fd = what == CURL_POLL_REMOVE ? -1 : fd;
    (void)socket_context;
    if (what == CURL_POLL_REMOVE) {
        /* libcurl may have closed it already. */
        (void)epoll_ctl(client->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        event.events |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        event.events |= EPOLLOUT;
    if (epoll_ctl(client->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
        return 0;
    return epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -1;
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct http_client *client = context;
    (void)multi;
    client->deadline_ms = timeout_ms < 0 ? UINT64_MAX : clock_mono_ms() + (uint64_t)timeout_ms;
    return 0;
}

static size_t on_read(char *out, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t room = size * count;
    size_t left = transfer->body_len - transfer->body_sent;
    size_t len = left < room ? left : room;
    memcpy(out, transfer->body + transfer->body_sent, len);
    transfer->body_sent += len;
    return len;
}

static int on_seek(void *context, curl_off_t offset, int origin)
{
    (void)context;
    (void)offset;
    (void)origin;
    return CURL_SEEKFUNC_FAIL;
}

/* To libcurl, an answer that ends within its head is one without a body. */
static size_t on_header(char *line, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t len = size * count;
    if (transfer->is_mail)
        smtp_line(&transfer->smtp, slice_of(line, len), transfer->body_sent == transfer->body_len);
    else if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
        transfer->head_complete = false; /* the one before was a 1xx */
    else if (len <= 2)
        transfer->head_complete = true;
    return len;
}

static size_t on_write(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    buf_append(&transfer->answer, data, size * count);
    if (!transfer->answer.failed)
        return size * count;
    transfer->too_large = transfer->answer.len + size * count > transfer->answer.max;
    return 0;
}
