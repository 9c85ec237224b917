/* What every actor stands on: a thread that owns its state, a control socket, and one fair loop.
 *
 * An actor is started with its state complete and checked, so that starting the thread is the only
 * thing that can still fail. The control PAIR carries control words only, at most a handful in an
 * actor's life, so it can never be full. actor_join waits for the thread itself and not for a
 * message from it.
 *
 *     main                                  actor
 *       │ actor_start ──────────────────────▶ run(): actor_loop
 *       │ $QUIESCE ─────────────────────────▶ take nothing new, finish what is in hand
 *       │ ◀──────────────────────── $DRAINED  everything in hand is finished
 *       │ ◀────────────────────────── $FATAL  the actor cannot go on; it waits for $TERM
 *       │ $CONFIG ──────────────────────────▶ swap, see reload.h
 *       │ ◀───────────────────────── $SWAPPED
 *       │ $TERM ────────────────────────────▶ leave the loop
 *       │ actor_join ◀────────────────────── (thread ends, state released) */
#ifndef USHER_ACTORS_RUNTIME_H
#define USHER_ACTORS_RUNTIME_H

#include "actors/post.h"
#include "base/error.h"

#include <stdint.h>

struct actor;

enum { ACTOR_NAME_MAX = 47, LOOP_SOURCES_MAX = 8 };

/* The words of the control socket. */
enum control {
    CONTROL_QUIESCE,
    CONTROL_TERM,
    CONTROL_DRAINED,
    CONTROL_FATAL,
    CONTROL_CONFIG,
    CONTROL_SWAPPED,
    CONTROL_COUNT
};

struct change;

typedef void actor_run_fn(struct actor *actor, void *state);
typedef void actor_free_fn(void *state);

/* Starts a thread that calls run and, when run returns, destroy. On failure state is destroyed too.
 * context is the process's ZeroMQ context. */
enum error actor_start(void *context, const char *name, actor_run_fn *run, actor_free_fn *destroy,
                       void *state, struct actor **out, struct why *why);

/* For the thread that started the actor. */
const char *actor_name(const struct actor *actor);
void *actor_control(struct actor *actor); /* to poll; then actor_hear */
void actor_tell(struct actor *actor, enum control word);
/* $CONFIG; the change is the actor's until it says $SWAPPED. */
void actor_change(struct actor *actor, struct change *change);
/* The next word of the actor; false when there is none now. */
bool actor_hear(struct actor *actor, enum control *word);
/* Tells the actor to end, waits for its thread, nulls the pointer. */
void actor_join(struct actor **actor);

/* One thing that an actor waits for: an inlet, or a file descriptor, or (inlet and fd absent) a
 * socket. */
struct source {
    struct inlet *inlet;
    void *socket;
    int fd;
    bool paused;                /* leave it alone: no room for what it would bring */
    void (*ready)(void *state); /* takes at most a quota, and never blocks */
};

struct loop {
    struct source sources[LOOP_SOURCES_MAX];
    size_t count;
    /* Milliseconds until turn wants to be called anyway; -1: not before a source is ready. */
    long (*timeout_ms)(void *state);
    /* After the sources, in every round: the actor's own work, and flushing what it has to say. */
    void (*turn)(void *state);
    /* $QUIESCE came; may be NULL. */
    void (*quiesce)(void *state);
    /* $CONFIG came: takes what the change holds and leaves the old in it. NULL: the actor holds
     * nothing of the configuration. */
    void (*swap)(void *state, struct change *change);
    /* Asked after each round once quiescing: is everything in hand finished. idle: no source had
     * anything in this round. */
    bool (*drained)(void *state, bool idle);
};

/* Runs until $TERM. */
void actor_loop(struct actor *actor, struct loop *loop, void *state);

/* For the actor's own thread: reports $FATAL once; the loop goes on until $TERM comes. */
void actor_fail(struct actor *actor);

#endif
