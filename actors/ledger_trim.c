#include "actors/ledger_trim.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "cli/data_dir.h"
#include "cli/retention.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    FIRST_CHECK_MS = 60 * 1000, /* a start has other things to do */
    CHECK_MS = 60 * 60 * 1000,
    DAY_MS = 24 * 60 * 60 * 1000,
    SEGMENT_LEAST = 10000, /* commands worth a segment, unless they have waited for a day */
    SEGMENT_MOST = 250000, /* commands in one */
    LOOK_MS = 500,
    DROP_ENTRIES = 2000, /* in one transaction */
    DROP_QUIET_MS = 20,  /* between two of them: who comes then waits for one at most */
    DROP_BUSY_MS = 1000, /* while commands keep coming */
    NICE = 10
};

static void begin(struct trimmer *trimmer, uint64_t wall_ms);
static void *archivist(void *argument);
static void archive(struct trimmer *trimmer, const struct epoch *state);
static enum error choose(struct trimmer *trimmer, const struct epoch *state, uint64_t *last,
                         struct why *why);
static void retire(struct trimmer *trimmer, const struct epoch *state);
static void drop(struct trimmer *trimmer);
static bool to_drop(const struct trimmer *trimmer);
static uint64_t drop_wait_ms(const struct trimmer *trimmer, bool quiet);

void trimmer_open(struct trimmer *trimmer, struct ledger_host *host)
{
    trimmer->host = host;
    (void)snprintf(trimmer->data_dir, sizeof(trimmer->data_dir), "%s", host->config->data_dir);
    trimmer->check_at_ms = clock_wall_ms() + FIRST_CHECK_MS;
    trimmer_configure(trimmer, host->config);
    metric_set(metric_series(METRIC_usher_journal_head, NULL, NULL),
               (int64_t)journal_head(host->journal));
}

void trimmer_configure(struct trimmer *trimmer, const struct config *config)
{
    trimmer->keep_ms = config->journal_keep_ms;
    trimmer->archive_keep_ms = config->archive_keep_ms;
}

void trimmer_turn(struct trimmer *trimmer, bool quiet)
{
    uint64_t wall_ms = clock_wall_ms();

    if (trimmer->running && atomic_load(&trimmer->done)) {
        ASSERT(pthread_join(trimmer->thread, NULL) == 0);
        trimmer->running = false;
    }
    if (to_drop(trimmer) && drop_wait_ms(trimmer, quiet) == 0)
        drop(trimmer);
    if (trimmer->check_at_ms > wall_ms + CHECK_MS) /* the clock was set back */
        trimmer->check_at_ms = wall_ms + CHECK_MS;
    if (!trimmer->running && !to_drop(trimmer) && wall_ms >= trimmer->check_at_ms)
        begin(trimmer, wall_ms);
}

long trimmer_timeout_ms(const struct trimmer *trimmer, bool quiet, long wait)
{
    uint64_t wall_ms = clock_wall_ms();
    uint64_t own_ms = trimmer->check_at_ms > wall_ms ? trimmer->check_at_ms - wall_ms : 0;
    if (trimmer->running && (own_ms == 0 || own_ms > LOOK_MS))
        own_ms = LOOK_MS; /* whether the archivist is done */
    if (to_drop(trimmer))
        own_ms = drop_wait_ms(trimmer, quiet);
    return wait < 0 || own_ms < (uint64_t)wait ? (long)own_ms : wait;
}

void trimmer_close(struct trimmer *trimmer)
{
    atomic_store(&trimmer->stop, true);
    if (trimmer->running)
        ASSERT(pthread_join(trimmer->thread, NULL) == 0);
    trimmer->running = false;
}

static void begin(struct trimmer *trimmer, uint64_t wall_ms)
{
    trimmer->check_at_ms = wall_ms + CHECK_MS;
    if (trimmer->keep_ms == 0 && trimmer->archive_keep_ms == 0)
        return;
    trimmer->now_ms = wall_ms;
    trimmer->archive_before_ms =
        trimmer->keep_ms != 0 && wall_ms > trimmer->keep_ms ? wall_ms - trimmer->keep_ms : 0;
    trimmer->retire_before_ms = trimmer->archive_keep_ms != 0 && wall_ms > trimmer->archive_keep_ms
                                    ? wall_ms - trimmer->archive_keep_ms
                                    : 0;
    atomic_store(&trimmer->done, false);
    if (pthread_create(&trimmer->thread, NULL, archivist, trimmer) == 0)
        trimmer->running = true;
    else
        log_event(LOG_journal_not_trimmed, "error=\"%s\"", error_text(ERROR_MEMORY));
}

static void *archivist(void *argument)
{
    struct trimmer *trimmer = argument;
    struct epoch state;

    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    /* What the last commit holds, and now for certain. */
    enum error error = epoch_read(trimmer->host->store, &state);
    if (error == ERROR_NONE)
        error = store_sync(trimmer->host->store);
    if (error != ERROR_NONE)
        log_event(LOG_journal_not_trimmed, "error=\"%s\"", error_text(error));
    if (error == ERROR_NONE && trimmer->archive_before_ms != 0)
        archive(trimmer, &state);
    if (error == ERROR_NONE && trimmer->retire_before_ms != 0)
        retire(trimmer, &state);
    atomic_store(&trimmer->done, true);
    return NULL;
}

/* One segment after another; what is in one may be dropped while the next is written. */
static void archive(struct trimmer *trimmer, const struct epoch *state)
{
    struct journal *journal = trimmer->host->journal;
    struct why why = {""};
    char path[DIRECTORY_PATH_MAX];
    uint64_t last = 0;
    uint64_t first = journal_head(journal);

    enum error error = data_dir_path(trimmer->data_dir, "archive", path, &why);
    if (error == ERROR_NONE)
        error = choose(trimmer, state, &last, &why);
    while (error == ERROR_NONE && first <= last && !atomic_load(&trimmer->stop)) {
        uint64_t end = last - first < SEGMENT_MOST ? last : first + SEGMENT_MOST - 1;
        error = journal_archive(journal, first, end, path, &why);
        if (error != ERROR_NONE)
            break;
        log_event(LOG_journal_archived, "first=%llu last=%llu", (unsigned long long)first,
                  (unsigned long long)end);
        atomic_store(&trimmer->archived, end);
        first = end + 1;
    }
    if (error != ERROR_NONE)
        log_event(LOG_journal_not_trimmed, "error=\"%s\" detail=\"%s\"", error_text(error),
                  why.text);
}

/* The last command to archive, 0: none is worth it. The newest stays: its stamp tells the time. */
static enum error choose(struct trimmer *trimmer, const struct epoch *state, uint64_t *last,
                         struct why *why)
{
    struct journal *journal = trimmer->host->journal;
    uint64_t waited = 0;
    uint64_t found = 0;
    enum error error = journal_find(journal, trimmer->archive_before_ms, &found, why);
    if (error == ERROR_NONE && trimmer->archive_before_ms > DAY_MS)
        error = journal_find(journal, trimmer->archive_before_ms - DAY_MS, &waited, why);
    if (found >= journal_tail(journal))
        found = journal_tail(journal) - 1;
    if (found > state->applied)
        found = state->applied;
    if (waited != 0 || found >= journal_head(journal) - 1 + SEGMENT_LEAST)
        *last = found;
    return error;
}

static void retire(struct trimmer *trimmer, const struct epoch *state)
{
    struct why why = {""};
    struct retired retired;
    enum error error =
        retention_apply(trimmer->data_dir, state, trimmer->retire_before_ms, &retired, &why);
    if (retired.segments + retired.checkpoints > 0)
        log_event(LOG_archive_retired, "segments=%llu checkpoints=%llu upto=%llu",
                  (unsigned long long)retired.segments, (unsigned long long)retired.checkpoints,
                  (unsigned long long)retired.upto);
    if (error != ERROR_NONE)
        log_event(LOG_journal_not_trimmed, "error=\"%s\" detail=\"%s\"", error_text(error),
                  why.text);
}

static void drop(struct trimmer *trimmer)
{
    struct journal *journal = trimmer->host->journal;
    struct why why = {""};

    trimmer->dropped_ms = clock_mono_ms();
    enum error error = journal_drop(journal, atomic_load(&trimmer->archived), DROP_ENTRIES, &why);
    if (error != ERROR_NONE) { /* at the next check again */
        log_event(LOG_journal_not_trimmed, "error=\"%s\" detail=\"%s\"", error_text(error),
                  why.text);
        atomic_store(&trimmer->archived, 0);
        return;
    }
    uint64_t head = journal_head(journal);
    metric_set(metric_series(METRIC_usher_journal_head, NULL, NULL), (int64_t)head);
    if (!to_drop(trimmer))
        log_event(LOG_journal_trimmed, "head=%llu", (unsigned long long)head);
}

static bool to_drop(const struct trimmer *trimmer)
{
    return atomic_load(&trimmer->archived) >= journal_head(trimmer->host->journal);
}

static uint64_t drop_wait_ms(const struct trimmer *trimmer, bool quiet)
{
    uint64_t at_ms = trimmer->dropped_ms + (quiet ? DROP_QUIET_MS : DROP_BUSY_MS);
    uint64_t now_ms = clock_mono_ms();
    return at_ms > now_ms ? at_ms - now_ms : 0;
}
