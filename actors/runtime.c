#include "actors/runtime.h"

#include "base/assert.h"
#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <pthread.h>
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
 * ready. */
static bool wait_for_sources(struct actor *actor, struct loop *loop, long timeout, bool *control,
                             bool *ready)
{
    zmq_pollitem_t items[LOOP_SOURCES_MAX + 1] = {{.socket = actor->inner, .events = ZMQ_POLLIN}};
    size_t which[LOOP_SOURCES_MAX + 1] = {0};
    int count = 1;
    bool any = false;

    for (size_t i = 0; i < loop->count; i++) {
        const struct source *source = &loop->sources[i];
        if (source->paused)
            continue;
        if (source->inlet != NULL && inlet_has_rest(source->inlet)) {
            ready[i] = true;
            any = true;
        }
        void *socket = source->inlet != NULL ? source->inlet->socket : source->socket;
        items[count] = (zmq_pollitem_t){
            .socket = socket, .fd = socket == NULL ? source->fd : 0, .events = ZMQ_POLLIN};
        which[count] = i;
        count++;
    }
    if (any)
        timeout = 0;
    int n = zmq_poll(items, count, timeout < 0 || timeout > POLL_MS_MAX ? POLL_MS_MAX : timeout);
    ASSERT(n >= 0 || errno == EINTR);
    if (n <= 0)
        return any;
    *control = (items[0].revents & ZMQ_POLLIN) != 0;
    for (int i = 1; i < count; i++) {
        if (items[i].revents != 0) {
            ready[which[i]] = true;
            any = true;
        }
    }
    return any;
}
