#include "actors/ledger_facts.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "cli/fact_archive.h"
#include "cli/fact_cursor.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    STEP_MS = 5000,
    RETRY_MS = 30000,
    RETIRE_MS = 60 * 60 * 1000,
    REST_FACTOR = 9,
    ITEMS_BYTES_MAX = 8 * 1024 * 1024,
    NICE = 19
};

enum shelf_state { SHELF_EMPTY, SHELF_ASKED, SHELF_FILLED };

/* While it is asked the thread's, else the apply thread's; the state is under the lock. */
struct shelf {
    enum shelf_state state;
    uint64_t number, after;
    size_t bytes_max;
    struct buf items;
    struct fact_answer answer;
    struct fact_cursor cursor; /* the thread's */
};

struct fact_keeper {
    char data_dir[DIRECTORY_PATH_MAX]; /* a reload frees the configuration */
    struct store *store;
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop; /* under the lock */
    struct shelf shelves[FACT_SHELVES];
    _Atomic uint64_t keep_ms; /* 0: for ever */
    _Atomic uint64_t tell;
    _Atomic uint64_t since;
    uint64_t step_at_ms;   /* mono; the thread's */
    uint64_t retire_at_ms; /* wall; the thread's */
};

static enum error start(struct fact_keeper *it, struct why *why);
static void *run(void *argument);
static void wait(struct fact_keeper *it);
static struct shelf *asked(struct fact_keeper *it);
static bool fill(struct fact_keeper *it, struct shelf *shelf);
static void step(struct fact_keeper *it);
static void retire(struct fact_keeper *it);
static void say_failed(enum error error, const struct why *why);

enum error fact_keeper_new(const struct config *config, struct journal *journal,
                           struct store *store, struct fact_keeper **out, struct why *why)
{
    struct fact_keeper *it = calloc(1, sizeof *it);
    uint64_t aside = 0;
    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    (void)snprintf(it->data_dir, sizeof it->data_dir, "%s", config->data_dir);
    it->store = store;
    fact_keeper_configure(it, config);
    for (size_t i = 0; i < FACT_SHELVES; i++)
        buf_init(&it->shelves[i].items, ITEMS_BYTES_MAX);
    ASSERT(pthread_mutex_init(&it->lock, NULL) == 0);
    pthread_condattr_t monotonic;
    ASSERT(pthread_condattr_init(&monotonic) == 0);
    ASSERT(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    ASSERT(pthread_cond_init(&it->wake, &monotonic) == 0);
    ASSERT(pthread_condattr_destroy(&monotonic) == 0);
    enum error error = fact_archive_open(it->data_dir, journal_tail(journal), &aside, why);
    if (aside > 0)
        log_event(LOG_facts_set_aside,
                  "segments=%llu remedy=\"none needed: they are of another history than the "
                  "journal's, and kept as .ahead\"",
                  (unsigned long long)aside);
    if (error == ERROR_NONE)
        error = start(it, why);
    if (error != ERROR_NONE)
        fact_keeper_destroy(&it);
    *out = it;
    return error;
}

void fact_keeper_destroy(struct fact_keeper **keeper)
{
    struct fact_keeper *it = *keeper;
    if (it == NULL)
        return;
    if (it->running) {
        ASSERT(pthread_mutex_lock(&it->lock) == 0);
        it->stop = true;
        ASSERT(pthread_cond_signal(&it->wake) == 0);
        ASSERT(pthread_mutex_unlock(&it->lock) == 0);
        ASSERT(pthread_join(it->thread, NULL) == 0);
    }
    for (size_t i = 0; i < FACT_SHELVES; i++) {
        buf_deinit(&it->shelves[i].items);
        fact_cursor_deinit(&it->shelves[i].cursor);
    }
    ASSERT(pthread_cond_destroy(&it->wake) == 0);
    ASSERT(pthread_mutex_destroy(&it->lock) == 0);
    free(it);
    *keeper = NULL;
}

void fact_keeper_configure(struct fact_keeper *it, const struct config *config)
{
    atomic_store(&it->keep_ms, config->facts_keep_ms);
}

uint64_t fact_keeper_tell(struct fact_keeper *it)
{
    return atomic_exchange(&it->tell, 0);
}

uint64_t fact_keeper_since(const struct fact_keeper *it)
{
    return atomic_load(&it->since);
}

bool fact_keeper_ask(struct fact_keeper *it, size_t shelf, uint64_t number, uint64_t after,
                     size_t bytes_max, struct fact_answer *out)
{
    struct shelf *on = &it->shelves[shelf];
    ASSERT(shelf < FACT_SHELVES);
    ASSERT(pthread_mutex_lock(&it->lock) == 0);
    bool answered = on->state == SHELF_FILLED && on->number == number && on->after == after;
    if (answered) {
        *out = on->answer;
        on->state = SHELF_EMPTY;
    } else if (on->state != SHELF_ASKED) {
        on->state = SHELF_ASKED;
        on->number = number;
        on->after = after;
        on->bytes_max = bytes_max;
        ASSERT(pthread_cond_signal(&it->wake) == 0);
    }
    ASSERT(pthread_mutex_unlock(&it->lock) == 0);
    return answered;
}

static enum error start(struct fact_keeper *it, struct why *why)
{
    uint64_t since = UINT64_MAX;
    enum error error = fact_archive_since(it->data_dir, &since, why);
    atomic_store(&it->since, since);
    if (error == ERROR_NONE && pthread_create(&it->thread, NULL, run, it) != 0)
        error = why_set(why, ERROR_MEMORY, "cannot start the thread that keeps facts");
    it->running = error == ERROR_NONE;
    return error;
}

static void *run(void *argument)
{
    struct fact_keeper *it = argument;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    ASSERT(pthread_mutex_lock(&it->lock) == 0);
    while (!it->stop) {
        struct shelf *shelf = asked(it);
        bool due = clock_mono_ms() >= it->step_at_ms;
        if (shelf == NULL && !due) {
            wait(it);
            continue;
        }
        ASSERT(pthread_mutex_unlock(&it->lock) == 0);
        bool filled = shelf != NULL && fill(it, shelf);
        if (due)
            step(it);
        ASSERT(pthread_mutex_lock(&it->lock) == 0);
        if (shelf != NULL)
            shelf->state = filled ? SHELF_FILLED : SHELF_EMPTY;
    }
    ASSERT(pthread_mutex_unlock(&it->lock) == 0);
    return NULL;
}

/* Until the next step, a question or the end. */
static void wait(struct fact_keeper *it)
{
    struct timespec until = {.tv_sec = (time_t)(it->step_at_ms / 1000),
                             .tv_nsec = (long)(it->step_at_ms % 1000) * 1000000};
    int code = pthread_cond_timedwait(&it->wake, &it->lock, &until);
    ASSERT(code == 0 || code == ETIMEDOUT);
}

static struct shelf *asked(struct fact_keeper *it)
{
    for (size_t i = 0; i < FACT_SHELVES; i++)
        if (it->shelves[i].state == SHELF_ASKED)
            return &it->shelves[i];
    return NULL;
}

/* A segment that cannot be read is passed by, loudly: lists and doors do not depend on it, and who
 * mends it may have the mirror made anew. False: there is no memory now, it will be asked again. */
static bool fill(struct fact_keeper *it, struct shelf *shelf)
{
    struct why why = {""};
    char text[600];
    struct fact_answer *answer = &shelf->answer;
    buf_clear(&shelf->items);
    *answer = (struct fact_answer){.upto = shelf->after, .since = shelf->after};
    enum error error =
        fact_cursor_read(&shelf->cursor, it->data_dir, shelf->after, shelf->bytes_max,
                         &shelf->items, &answer->upto, &answer->since, &why);
    if (error == ERROR_MEMORY)
        return false;
    answer->found = error != ERROR_NOT_FOUND && answer->upto > shelf->after;
    if (error != ERROR_NONE && error != ERROR_NOT_FOUND) {
        buf_clear(&shelf->items);
        log_event(LOG_facts_not_read,
                  "after=%llu upto=%llu error=%s remedy=\"bring the file back from a backup, then "
                  "usher mirror rebuild\"",
                  (unsigned long long)shelf->after, (unsigned long long)answer->upto,
                  log_quote(slice_from(why.text), text, sizeof text));
    } else if (answer->since > shelf->after && shelf->after > 0) {
        log_event(LOG_facts_missing,
                  "from=%llu to=%llu remedy=\"bring the segments between back from a backup, then "
                  "usher mirror rebuild\"",
                  (unsigned long long)shelf->after + 1, (unsigned long long)answer->since);
    }
    answer->items = buf_slice(&shelf->items);
    return true;
}

static void step(struct fact_keeper *it)
{
    struct why why = {""};
    struct fact_step found;
    uint64_t since = UINT64_MAX;
    uint64_t start_ms = clock_mono_ms();
    retire(it);
    enum error error = fact_archive_step(it->data_dir, it->store, clock_wall_ms(), &found, &why);
    if (error == ERROR_NONE)
        error = fact_archive_since(it->data_dir, &since, &why);
    uint64_t now_ms = clock_mono_ms();
    it->step_at_ms = now_ms + (error == ERROR_NONE ? STEP_MS : RETRY_MS);
    if (error != ERROR_NONE) {
        say_failed(error, &why);
        return;
    }
    atomic_store(&it->since, since);
    if (found.tell != 0)
        atomic_store(&it->tell, found.tell);
    if (found.more)
        it->step_at_ms = now_ms + REST_FACTOR * (now_ms - start_ms);
    if (found.lost_to != 0)
        log_event(LOG_facts_missing,
                  "from=%llu to=%llu remedy=\"bring the segments between back from a backup, then "
                  "usher mirror rebuild\"",
                  (unsigned long long)found.lost_from, (unsigned long long)found.lost_to);
    if (found.last != 0)
        log_event(LOG_facts_archived, "first=%llu last=%llu", (unsigned long long)found.first,
                  (unsigned long long)found.last);
}

static void retire(struct fact_keeper *it)
{
    struct why why = {""};
    uint64_t removed = 0;
    uint64_t keep_ms = atomic_load(&it->keep_ms);
    uint64_t wall_ms = clock_wall_ms();
    if (it->retire_at_ms > wall_ms + RETIRE_MS) /* the clock was set back */
        it->retire_at_ms = wall_ms;
    if (wall_ms < it->retire_at_ms || keep_ms == 0 || wall_ms <= keep_ms)
        return;
    it->retire_at_ms = wall_ms + RETIRE_MS;
    enum error error = fact_archive_retire(it->data_dir, wall_ms - keep_ms, &removed, &why);
    if (removed > 0)
        log_event(LOG_facts_retired, "segments=%llu", (unsigned long long)removed);
    if (error != ERROR_NONE)
        say_failed(error, &why);
}

static void say_failed(enum error error, const struct why *why)
{
    char text[600];
    log_event(LOG_facts_not_archived,
              "error=\"%s\" detail=%s remedy=\"look at the folder facts in data_dir and its disk; "
              "until then the state keeps its news, and grows\"",
              error_text(error), log_quote(slice_from(why->text), text, sizeof text));
}
