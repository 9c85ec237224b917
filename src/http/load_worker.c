#include "http/load_worker.h"

#include "base/assert.h"
#include "base/clock.h"
#include "http/load_answer.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 8192, /* an answer's head must fit; a larger body is read past */
    EVENTS = 256,
    ROUND_US = 2000, /* between two looks at deadlines */
    WAIT_US_MAX = 2000
};

enum link_state {
    LINK_DOWN, /* until retry_at_us */
    LINK_CONNECTING,
    LINK_IDLE,
    LINK_SENDING,
    LINK_WAITING
};

/* One connection. It keeps its request while not a byte of it went out, also over a reconnection.
 */
struct link {
    enum link_state state;
    int fd;
    bool queued;    /* in the queue of the idle, maybe no longer idle */
    bool requested; /* request is set */
    bool proven;    /* has answered since it connected */
    bool head_read;
    struct load_request request;
    size_t sent;
    uint64_t begun_us; /* latency counts from here */
    uint64_t deadline_us;
    uint64_t retry_at_us;
    struct load_answer answer;
    uint64_t body_got; /* of a body too large for the buffer */
    struct link *next;
    size_t len;
    char buffer[BUFFER_BYTES];
};

struct loop {
    struct load_worker *worker;
    const struct load_options *options;
    int epoll_fd;
    struct link *links;
    struct link *idle_first; /* a queue, so that all connections take part */
    struct link *idle_last;
    uint64_t busy; /* links with a request */
    uint64_t given;
    uint64_t end_us;
    uint64_t later_us;  /* next said later: ask again then */
    double interval_us; /* between arrivals at this thread; 0: closed loop */
    double first_us;
    bool ended; /* no more requests */
};

static void fill_idle(struct loop *loop, uint64_t now_us);
static bool fetch(struct loop *loop, struct link *link, uint64_t now_us);
static uint64_t arrival_us(const struct loop *loop);
static uint64_t count_unsent(const struct loop *loop, uint64_t now_us);
static void wait_and_handle(struct loop *loop, uint64_t now_us);
static void handle(struct loop *loop, struct link *link, uint32_t events);
static void look_at_deadlines(struct loop *loop, uint64_t now_us);
static void link_connect(struct loop *loop, struct link *link, uint64_t now_us);
static void link_connected(struct loop *loop, struct link *link, uint64_t now_us);
static void link_drop(struct loop *loop, struct link *link, uint64_t now_us);
static void link_idle(struct loop *loop, struct link *link, uint64_t now_us);
static void link_send(struct loop *loop, struct link *link, uint64_t now_us);
static void link_receive(struct loop *loop, struct link *link, uint64_t now_us);
static bool link_parse(struct loop *loop, struct link *link, uint64_t now_us);
static void link_answered(struct loop *loop, struct link *link, uint64_t now_us);
static void link_report(struct loop *loop, struct link *link, enum load_outcome outcome,
                        uint64_t now_us, struct slice body);
static bool link_watch(struct loop *loop, struct link *link, int operation, uint32_t events);

void load_worker_run(struct load_worker *worker)
{
    const struct load_options *options = worker->shared->options;
    uint64_t start_us = worker->shared->start_us;
    struct loop loop = {.worker = worker,
                        .options = options,
                        .end_us = start_us + options->duration_ms_max * 1000,
                        .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
                        .links = calloc(worker->connections, sizeof(*loop.links))};
    if (loop.epoll_fd < 0 || loop.links == NULL) {
        worker->error = loop.epoll_fd < 0 ? ERROR_IO : ERROR_MEMORY;
        goto done;
    }
    if (options->rate_per_second > 0) {
        double all_us = 1e6 / options->rate_per_second;
        loop.interval_us = all_us * options->threads;
        loop.first_us = (double)start_us + all_us * worker->thread; /* the threads take turns */
    }
    /* A thread whose share of a limited number is nothing; 0 would mean unlimited. */
    loop.ended = options->requests_max > 0 && worker->requests_max == 0;
    uint64_t now_us = clock_mono_us();
    uint64_t round_us = now_us;
    for (uint32_t i = 0; i < worker->connections; i++)
        link_connect(&loop, &loop.links[i], now_us);
    while (!loop.ended || loop.busy > 0) {
        if (now_us >= loop.end_us || (options->stop != NULL && atomic_load(options->stop)))
            loop.ended = true;
        fill_idle(&loop, now_us);
        wait_and_handle(&loop, now_us);
        now_us = clock_mono_us();
        if (now_us >= round_us) {
            look_at_deadlines(&loop, now_us);
            round_us = now_us + ROUND_US;
        }
    }
    worker->report.duration_us = now_us - start_us;
    worker->report.unsent = count_unsent(&loop, now_us);
    for (uint32_t i = 0; i < worker->connections; i++)
        if (loop.links[i].fd >= 0)
            ASSERT(close(loop.links[i].fd) == 0);
done:
    free(loop.links);
    if (loop.epoll_fd >= 0)
        ASSERT(close(loop.epoll_fd) == 0);
}

static void fill_idle(struct loop *loop, uint64_t now_us)
{
    while (loop->idle_first != NULL && !loop->ended && now_us >= loop->later_us) {
        struct link *link = loop->idle_first;
        if (link->state == LINK_IDLE && !fetch(loop, link, now_us))
            return;
        loop->idle_first = link->next;
        if (loop->idle_first == NULL)
            loop->idle_last = NULL;
        link->queued = false;
        if (link->state == LINK_IDLE)
            link_send(loop, link, now_us);
    }
}

/* Gives the link a request, if one is due. */
static bool fetch(struct loop *loop, struct link *link, uint64_t now_us)
{
    const struct load_options *options = loop->options;
    uint64_t begun_us = now_us;
    if (loop->interval_us > 0) {
        begun_us = arrival_us(loop);
        if (begun_us > now_us)
            return false;
        if (begun_us >= loop->end_us) {
            loop->ended = true;
            return false;
        }
    }
    link->request = (struct load_request){0};
    switch (options->next(options->context, loop->worker->thread, &link->request)) {
    case LOAD_REQUEST:
        break;
    case LOAD_LATER:
        loop->later_us = now_us + ROUND_US;
        return false;
    case LOAD_END:
        loop->ended = true;
        return false;
    }
    ASSERT(link->request.bytes.len > 0);
    link->requested = true;
    link->sent = 0;
    link->begun_us = begun_us;
    loop->busy++;
    loop->given++;
    if (loop->given == loop->worker->requests_max)
        loop->ended = true;
    return true;
}

/* When the next request should go out, in an open loop. */
static uint64_t arrival_us(const struct loop *loop)
{
    return (uint64_t)(loop->first_us + loop->interval_us * (double)loop->given);
}

/* Arrivals of an open loop that were due and found no free connection. */
static uint64_t count_unsent(const struct loop *loop, uint64_t now_us)
{
    uint64_t most = loop->worker->requests_max;
    uint64_t last_us = now_us < loop->end_us ? now_us : loop->end_us;
    if (loop->interval_us <= 0 || (double)last_us <= loop->first_us)
        return 0;
    uint64_t due = (uint64_t)ceil(((double)last_us - loop->first_us) / loop->interval_us);
    if (most > 0 && due > most)
        due = most;
    return due > loop->given ? due - loop->given : 0;
}

static void wait_and_handle(struct loop *loop, uint64_t now_us)
{
    struct epoll_event events[EVENTS];
    uint64_t wait_us = WAIT_US_MAX;
    if (loop->interval_us > 0 && loop->idle_first != NULL && !loop->ended) {
        uint64_t due_us = arrival_us(loop) > loop->later_us ? arrival_us(loop) : loop->later_us;
        uint64_t left_us = due_us > now_us ? due_us - now_us : 0;
        wait_us = left_us < wait_us ? left_us : wait_us;
        /* epoll_wait counts in milliseconds, which is too coarse for arrivals. */
        struct pollfd epoll = {.fd = loop->epoll_fd, .events = POLLIN};
        struct timespec timeout = {.tv_nsec = (long)wait_us * 1000};
        (void)ppoll(&epoll, 1, &timeout, NULL);
        wait_us = 0;
    }
    int count = epoll_wait(loop->epoll_fd, events, EVENTS, (int)((wait_us + 999) / 1000));
    ASSERT(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; i++)
        handle(loop, events[i].data.ptr, events[i].events);
}

static void handle(struct loop *loop, struct link *link, uint32_t events)
{
    uint64_t now_us = clock_mono_us();
    if (link->state == LINK_CONNECTING)
        link_connected(loop, link, now_us);
    else if (link->state == LINK_SENDING && (events & EPOLLOUT) != 0)
        link_send(loop, link, now_us);
    if (link->state >= LINK_IDLE && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        link_receive(loop, link, now_us);
}

static void look_at_deadlines(struct loop *loop, uint64_t now_us)
{
    for (uint32_t i = 0; i < loop->worker->connections; i++) {
        struct link *link = &loop->links[i];
        bool late = link->deadline_us <= now_us;
        if (link->state == LINK_DOWN && loop->ended && link->requested) {
            link_report(loop, link, LOAD_NOT_SENT, now_us, (struct slice){NULL, 0});
        } else if (link->state == LINK_DOWN && !loop->ended && link->retry_at_us <= now_us) {
            link_connect(loop, link, now_us);
        } else if (link->state == LINK_CONNECTING && (late || loop->ended)) {
            loop->worker->report.connects_failed++;
            link_drop(loop, link, now_us);
        } else if (link->state >= LINK_SENDING && late) {
            bool patience = link->request.patience_ms > 0 &&
                            link->request.patience_ms <= loop->options->answer_ms_max;
            link->proven = link->proven || patience; /* it is not the server that failed */
            link_report(loop, link, patience ? LOAD_HUNG_UP : LOAD_UNKNOWN, now_us,
                        (struct slice){NULL, 0});
            link_drop(loop, link, now_us);
        }
    }
}

static void link_connect(struct loop *loop, struct link *link, uint64_t now_us)
{
    int one = 1;
    const struct load_shared *shared = loop->worker->shared;
    link->fd = socket(shared->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    link->proven = false;
    link->len = 0;
    link->head_read = false;
    link->state = LINK_CONNECTING;
    link->deadline_us = now_us + (uint64_t)loop->options->answer_ms_max * 1000;
    if (link->fd >= 0 && setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0 &&
        (connect(link->fd, (const struct sockaddr *)&shared->address, shared->address_len) == 0 ||
         errno == EINPROGRESS) &&
        link_watch(loop, link, EPOLL_CTL_ADD, EPOLLOUT))
        return;
    loop->worker->report.connects_failed++;
    link_drop(loop, link, now_us);
}

static void link_connected(struct loop *loop, struct link *link, uint64_t now_us)
{
    int error = 0;
    socklen_t len = sizeof(error);
    if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0 ||
        !link_watch(loop, link, EPOLL_CTL_MOD, EPOLLIN)) {
        loop->worker->report.connects_failed++;
        link_drop(loop, link, now_us);
        return;
    }
    loop->worker->report.connects++;
    link_idle(loop, link, now_us);
}

/* A server that answers gets a new connection at once; one that does not, after a pause. */
static void link_drop(struct loop *loop, struct link *link, uint64_t now_us)
{
    if (link->fd >= 0)
        ASSERT(close(link->fd) == 0);
    link->fd = -1;
    link->state = LINK_DOWN;
    link->retry_at_us = now_us + (link->proven ? 0 : (uint64_t)loop->options->reconnect_ms * 1000);
}

static void link_idle(struct loop *loop, struct link *link, uint64_t now_us)
{
    link->state = LINK_IDLE;
    link->len = 0;
    link->head_read = false;
    if (link->requested) {
        link_send(loop, link, now_us);
        return;
    }
    if (link->queued)
        return;
    link->queued = true;
    link->next = NULL;
    if (loop->idle_last != NULL)
        loop->idle_last->next = link;
    else
        loop->idle_first = link;
    loop->idle_last = link;
}

static void link_send(struct loop *loop, struct link *link, uint64_t now_us)
{
    const struct load_request *request = &link->request;
    if (link->sent == 0) {
        uint64_t patience_ms = loop->options->answer_ms_max;
        if (request->patience_ms > 0 && request->patience_ms < patience_ms)
            patience_ms = request->patience_ms;
        link->deadline_us = now_us + patience_ms * 1000;
    }
    ssize_t sent = send(link->fd, request->bytes.data + link->sent, request->bytes.len - link->sent,
                        MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        if (link->sent > 0)
            link_report(loop, link, LOAD_UNKNOWN, now_us, (struct slice){NULL, 0});
        link_drop(loop, link, now_us);
        return;
    }
    if (sent > 0) {
        link->sent += (size_t)sent;
        loop->worker->report.sent_bytes += (uint64_t)sent;
    }
    bool whole = link->sent == request->bytes.len;
    if (!whole && link->state != LINK_SENDING)
        ASSERT(link_watch(loop, link, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT));
    if (whole && link->state == LINK_SENDING)
        ASSERT(link_watch(loop, link, EPOLL_CTL_MOD, EPOLLIN));
    link->state = whole ? LINK_WAITING : LINK_SENDING;
    if (whole && request->hang_up) {
        link->proven = true;
        link_report(loop, link, LOAD_HUNG_UP, now_us, (struct slice){NULL, 0});
        link_drop(loop, link, now_us);
    }
}

static void link_receive(struct loop *loop, struct link *link, uint64_t now_us)
{
    ssize_t got = recv(link->fd, link->buffer + link->len, sizeof(link->buffer) - link->len, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0 && link->requested) {
        link->len += (size_t)got;
        if (link_parse(loop, link, now_us))
            return;
    } else if (got == 0 && link->head_read && !link->answer.sized) {
        link_answered(loop, link, now_us);
        return;
    }
    /* The end, an error, an answer to nothing, or one that is none. */
    if (link->requested && link->sent > 0)
        link_report(loop, link, LOAD_UNKNOWN, now_us, (struct slice){NULL, 0});
    link_drop(loop, link, now_us);
}

/* False when what came is not an answer. */
static bool link_parse(struct loop *loop, struct link *link, uint64_t now_us)
{
    struct load_answer *answer = &link->answer;
    bool to_head = link->request.bytes.len > 5 && memcmp(link->request.bytes.data, "HEAD ", 5) == 0;
    while (!link->head_read) {
        enum load_head head = load_answer_read(slice_of(link->buffer, link->len), to_head, answer);
        if (head == LOAD_HEAD_PARTIAL)
            return link->len < sizeof(link->buffer);
        if (head == LOAD_HEAD_BAD)
            return false;
        if (answer->status / 100 == 1) {
            link->len -= answer->head_len;
            memmove(link->buffer, link->buffer + answer->head_len, link->len);
            continue;
        }
        link->head_read = true;
        link->body_got = 0;
    }
    size_t room = sizeof(link->buffer) - answer->head_len;
    size_t there = link->len - answer->head_len;
    if (!answer->sized || answer->body_len > room) {
        link->body_got += there;
        link->len = answer->head_len;
        /* A head that fills the buffer leaves no room to read past a body. */
        if (room == 0 || (answer->sized && link->body_got > answer->body_len))
            return false;
        if (!answer->sized || link->body_got < answer->body_len)
            return true;
    } else if (there != answer->body_len) {
        return there < answer->body_len;
    }
    link_answered(loop, link, now_us);
    return true;
}

static void link_answered(struct loop *loop, struct link *link, uint64_t now_us)
{
    const struct load_answer *answer = &link->answer;
    size_t there = link->len - answer->head_len;
    struct slice body = {NULL, 0};
    if (answer->sized && there == answer->body_len)
        body = slice_of(link->buffer + answer->head_len, there);
    bool whole = link->sent == link->request.bytes.len;
    link->proven = true;
    link_report(loop, link, LOAD_ANSWERED, now_us, body);
    /* One who answers before having heard all will not hear the rest as a new request. */
    if (answer->closes || !whole)
        link_drop(loop, link, now_us);
    else
        link_idle(loop, link, now_us);
}

static void link_report(struct loop *loop, struct link *link, enum load_outcome outcome,
                        uint64_t now_us, struct slice body)
{
    struct load_report *report = &loop->worker->report;
    struct load_result result = {.tag = link->request.tag, .outcome = outcome};
    report->outcomes[outcome]++;
    if (outcome == LOAD_ANSWERED) {
        result.status = link->answer.status;
        result.latency_us = now_us - link->begun_us;
        result.body = body;
        report->statuses[result.status]++;
        histogram_record(&report->latency_us, result.latency_us);
    }
    link->requested = false;
    loop->busy--;
    if (loop->options->done != NULL)
        loop->options->done(loop->options->context, loop->worker->thread, &result);
}

static bool link_watch(struct loop *loop, struct link *link, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = link};
    return epoll_ctl(loop->epoll_fd, operation, link->fd, &event) == 0;
}
