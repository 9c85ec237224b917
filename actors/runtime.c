#include "actors/runtime.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { DRAIN_POLL_MS = 10, POLL_MS_MAX = 60000, WORD_BYTES_MAX = 16 };

struct actor {
    char name[ACTOR_NAME_MAX + 1];
    actor_run_fn *run;
    actor_free_fn *destroy;
    void *state;
    void *outer; /* the starter's end of the control pair */
    void *inner; /* the actor's end */
    void *thread;
    bool failed; /* actor's thread only */
};

static const char *const words[CONTROL_COUNT] = {
    [CONTROL_QUIESCE] = "$QUIESCE", [CONTROL_TERM] = "$TERM",     [CONTROL_DRAINED] = "$DRAINED",
    [CONTROL_FATAL] = "$FATAL",     [CONTROL_CONFIG] = "$CONFIG", [CONTROL_SWAPPED] = "$SWAPPED",
};

static enum error open_control(struct actor *actor, void *context);
static void actor_thread(void *arg);
static void say(void *socket, enum control word);
static bool hear(void *socket, enum control *word, struct change **change);
static bool wait_for_sources(struct actor *actor, struct loop *loop, long timeout, bool *control,
                             bool *ready);
static void *source_socket(const struct source *source);
static int descriptor(void *socket);
static bool readable(void *socket);
static int wait_ms(uint64_t left_ms);

enum error actor_start(void *context, const char *name, actor_run_fn *run, actor_free_fn *destroy,
                       void *state, struct actor **out, struct why *why)
{
    struct actor *actor = calloc(1, sizeof(*actor));
    enum error error = actor == NULL ? ERROR_MEMORY : ERROR_NONE;

    *out = NULL;
    if (error == ERROR_NONE) {
        ASSERT(slice_copy(slice_from(name), actor->name, sizeof(actor->name)));
        actor->run = run;
        actor->destroy = destroy;
        actor->state = state;
        error = open_control(actor, context);
    }
    if (error == ERROR_NONE) {
        actor->thread = zmq_threadstart(actor_thread, actor);
        error = actor->thread == NULL ? ERROR_MEMORY : ERROR_NONE;
    }
    if (error == ERROR_NONE) {
        *out = actor;
        return ERROR_NONE;
    }
    destroy(state);
    if (actor != NULL) {
        if (actor->inner != NULL)
            ASSERT(zmq_close(actor->inner) == 0);
        if (actor->outer != NULL)
            ASSERT(zmq_close(actor->outer) == 0);
        free(actor);
    }
    return why_set(why, error, "cannot start %s: %s", name, error_text(error));
}

const char *actor_name(const struct actor *actor)
{
    return actor->name;
}

void *actor_control(struct actor *actor)
{
    return actor->outer;
}

void actor_tell(struct actor *actor, enum control word)
{
    say(actor->outer, word);
}

bool actor_hear(struct actor *actor, enum control *word)
{
    return hear(actor->outer, word, NULL);
}

void actor_change(struct actor *actor, struct change *change)
{
    struct slice word = slice_from(words[CONTROL_CONFIG]);
    char bytes[WORD_BYTES_MAX];

    memcpy(bytes, word.data, word.len);
    memcpy(bytes + word.len, &change, sizeof(change));
    ASSERT(post_send(actor->outer, slice_of(bytes, word.len + sizeof(change))));
}

void actor_join(struct actor **actor)
{
    struct actor *it = *actor;
    if (it == NULL)
        return;
    say(it->outer, CONTROL_TERM);
    zmq_threadclose(it->thread);
    ASSERT(zmq_close(it->outer) == 0);
    free(it);
    *actor = NULL;
}

void actor_loop(struct actor *actor, struct loop *loop, void *state)
{
    bool quiescing = false;
    bool reported = false;

    ASSERT(loop->count < LOOP_SOURCES_MAX);
    for (;;) {
        long timeout = loop->timeout_ms(state);
        if (quiescing && (timeout < 0 || timeout > DRAIN_POLL_MS))
            timeout = DRAIN_POLL_MS;
        bool control = false;
        bool ready[LOOP_SOURCES_MAX] = {false};
        bool any = wait_for_sources(actor, loop, timeout, &control, ready);

        enum control word;
        struct change *change = NULL;
        while (control && hear(actor->inner, &word, &change)) {
            if (word == CONTROL_CONFIG) {
                if (loop->swap != NULL)
                    loop->swap(state, change);
                say(actor->inner, CONTROL_SWAPPED);
            }
            if (word == CONTROL_TERM)
                return;
            if (word == CONTROL_QUIESCE && !quiescing) {
                quiescing = true;
                if (loop->quiesce != NULL)
                    loop->quiesce(state);
            }
        }
        for (size_t i = 0; i < loop->count; i++)
            if (ready[i])
                loop->sources[i].ready(state);
        loop->turn(state);
        if (quiescing && !reported && loop->drained(state, !any)) {
            say(actor->inner, CONTROL_DRAINED);
            reported = true;
        }
    }
}

void actor_fail(struct actor *actor)
{
    if (!actor->failed)
        say(actor->inner, CONTROL_FATAL);
    actor->failed = true;
}

static enum error open_control(struct actor *actor, void *context)
{
    static _Atomic unsigned number;
    char endpoint[64];

    actor->outer = zmq_socket(context, ZMQ_PAIR);
    actor->inner = zmq_socket(context, ZMQ_PAIR);
    if (actor->outer == NULL || actor->inner == NULL)
        return ERROR_MEMORY;
    snprintf(endpoint, sizeof(endpoint), "inproc://control.%u", atomic_fetch_add(&number, 1));
    if (zmq_bind(actor->outer, endpoint) != 0 || zmq_connect(actor->inner, endpoint) != 0)
        return ERROR_IO;
    return ERROR_NONE;
}

static void actor_thread(void *arg)
{
    struct actor *actor = arg;
    char name[16]; /* as long as the kernel takes */
    (void)snprintf(name, sizeof(name), "%.15s", actor->name);
    (void)pthread_setname_np(pthread_self(), name);
    log_event(LOG_actor_started, "actor=%s", actor->name);
    actor->run(actor, actor->state);
    actor->destroy(actor->state);
    ASSERT(zmq_close(actor->inner) == 0);
    log_event(LOG_actor_stopped, "actor=%s", actor->name);
}

static void say(void *socket, enum control word)
{
    /* A handful of words against a high water mark of a thousand: full cannot be. */
    ASSERT(post_send(socket, slice_from(words[word])));
}

/* A word, and behind $CONFIG the address of the change: both ends are in one process. */
static bool hear(void *socket, enum control *word, struct change **change)
{
    zmq_msg_t message;

    ASSERT(zmq_msg_init(&message) == 0);
    if (!post_receive(socket, &message)) {
        ASSERT(zmq_msg_close(&message) == 0);
        return false;
    }
    struct slice text = slice_of(zmq_msg_data(&message), zmq_msg_size(&message));
    struct slice config = slice_from(words[CONTROL_CONFIG]);
    if (change != NULL && text.len == config.len + sizeof(*change)) {
        memcpy(change, text.data + config.len, sizeof(*change));
        text.len = config.len;
    }
    unsigned found = 0;
    while (found < CONTROL_COUNT && !slice_is(text, words[found]))
        found++;
    ASSERT(found < CONTROL_COUNT); /* both ends send the words of the table and nothing else */
    ASSERT(zmq_msg_close(&message) == 0);
    *word = (enum control)found;
    return true;
}

/* Waits for the control socket and for all sources that are not paused. True when a source is
 * ready.
 *
 * Each socket is asked before the wait, as its descriptor only tells of what comes after, and then
 * those that stirred: at idle, where a thread's caches are cold, zmq_poll, which asks all of them
 * again, costs an actor a tenth of its turn. */
static bool wait_for_sources(struct actor *actor, struct loop *loop, long timeout, bool *control,
                             bool *ready)
{
    struct pollfd fds[LOOP_SOURCES_MAX + 1] = {{.fd = descriptor(actor->inner), .events = POLLIN}};
    uint64_t now_ms = clock_mono_ms();
    uint64_t until_ms = now_ms + (uint64_t)(timeout < 0 ? POLL_MS_MAX : timeout);
    bool any = false;

    *control = readable(actor->inner);
    for (size_t i = 0; i < loop->count; i++) {
        const struct source *source = &loop->sources[i];
        void *socket = source_socket(source);
        fds[i + 1] = (struct pollfd){.fd = socket == NULL ? source->fd : descriptor(socket),
                                     .events = POLLIN};
        if (source->paused)
            fds[i + 1].fd = -1; /* poll leaves it out */
        else if (socket != NULL)
            ready[i] = (source->inlet != NULL && inlet_has_rest(source->inlet)) || readable(socket);
        any = any || ready[i];
    }
    for (;;) {
        bool wait = !any && !*control && now_ms < until_ms;
        int n = poll(fds, loop->count + 1, wait ? wait_ms(until_ms - now_ms) : 0);
        ASSERT(n >= 0 || errno == EINTR);
        if (n > 0 && fds[0].revents != 0)
            *control = *control || readable(actor->inner);
        for (size_t i = 0; n > 0 && i < loop->count; i++) {
            if (fds[i + 1].revents == 0)
                continue;
            void *socket = source_socket(&loop->sources[i]);
            ready[i] = ready[i] || socket == NULL || readable(socket);
            any = any || ready[i];
        }
        if (!wait || any || *control)
            return any;
        now_ms = clock_mono_ms(); /* what stirred was no message: a peer that came or went */
    }
}

static void *source_socket(const struct source *source)
{
    return source->inlet != NULL ? source->inlet->socket : source->socket;
}

static int descriptor(void *socket)
{
    int fd = -1;
    size_t len = sizeof(fd);
    ASSERT(zmq_getsockopt(socket, ZMQ_FD, &fd, &len) == 0);
    return fd;
}

static bool readable(void *socket)
{
    int events = 0;
    size_t len = sizeof(events);
    while (zmq_getsockopt(socket, ZMQ_EVENTS, &events, &len) != 0)
        ASSERT(errno == EINTR);
    return (events & ZMQ_POLLIN) != 0;
}

static int wait_ms(uint64_t left_ms)
{
    return left_ms > POLL_MS_MAX ? POLL_MS_MAX : (int)left_ms;
}
