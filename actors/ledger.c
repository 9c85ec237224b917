#include "actors/ledger.h"

#include "actors/clockwork.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/checkpoint.h"
#include "cli/data_dir.h"
#include "cli/rebuild.h"
#include "cli/restore_mark.h"
#include "http/route.h"
#include "store/lock.h"

#include <stdio.h>
#include <stdlib.h>

enum { OUT_BYTES_MAX = 32 * 1024 * 1024, PROBLEM_BYTES_MAX = 1024, CATALOG_BYTES_MAX = 1048576 };

static enum error open_environments(struct ledger_host *host, struct why *why);
static enum error check_places(const struct ledger_host *host, struct why *why);
static enum error open_wake(struct ledger_host *host, struct topology *topology, struct why *why);
static enum error take_catalog(struct ledger_host *host, struct why *why);
static enum error open_outlets(struct site *site, enum link link, size_t count, struct outlet **out,
                               struct why *why);
static void close_outlets(struct outlet **outlets, size_t count);

enum error ledger_host_open(const struct config *config, struct topology *topology,
                            struct ledger_host **out, struct why *why)
{
    struct ledger_host *host = calloc(1, sizeof(*host));
    enum error error;

    *out = NULL;
    if (host == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    host->config = config;
    buf_init(&host->catalog, CATALOG_BYTES_MAX);
    error = take_catalog(host, why);
    if (error == ERROR_NONE)
        error = lock_take(config->data_dir, &host->lock, why);
    if (error == ERROR_NONE)
        error = restore_mark_check(config->data_dir, why);
    if (error == ERROR_NONE)
        error = open_environments(host, why);
    if (error == ERROR_NONE)
        error = clockwork_restore(host, why);
    if (error == ERROR_NONE)
        error = fact_keeper_new(config, host->journal, host->store, &host->facts, why);
    if (error == ERROR_NONE)
        error = open_wake(host, topology, why);
    if (error == ERROR_NONE)
        *out = host;
    else
        ledger_host_close(&host);
    return error;
}

void ledger_host_close(struct ledger_host **host)
{
    struct ledger_host *it = *host;
    if (it == NULL)
        return;
    if (it->wake_push != NULL)
        ASSERT(zmq_close(it->wake_push) == 0);
    if (it->wake_pull != NULL)
        ASSERT(zmq_close(it->wake_pull) == 0);
    fact_keeper_destroy(&it->facts);
    ledger_close(&it->ledger);
    store_close(&it->store);
    journal_close(&it->journal);
    lock_release(&it->lock);
    buf_deinit(&it->catalog);
    free(it);
    *host = NULL;
}

enum error verdict_outlets_open(struct verdict_outlets *outlets, struct site *site, struct why *why)
{
    outlets->ingress_count = topology_endpoints(site->topology, LINK_verdicts);
    outlets->notifier_count = topology_endpoints(site->topology, LINK_calls);
    enum error error =
        open_outlets(site, LINK_verdicts, outlets->ingress_count, &outlets->ingresses, why);
    if (error == ERROR_NONE)
        error = open_outlets(site, LINK_calls, outlets->notifier_count, &outlets->notifiers, why);
    return error;
}

void verdict_outlets_close(struct verdict_outlets *outlets)
{
    close_outlets(&outlets->ingresses, outlets->ingress_count);
    close_outlets(&outlets->notifiers, outlets->notifier_count);
}

bool verdict_outlets_flush(struct verdict_outlets *outlets)
{
    bool empty = true;
    for (size_t i = 0; i < outlets->ingress_count; i++)
        empty = outlet_flush(&outlets->ingresses[i]) && empty;
    for (size_t i = 0; i < outlets->notifier_count; i++)
        empty = outlet_flush(&outlets->notifiers[i]) && empty;
    return empty;
}

void access_tell(struct verdict_outlets *outlets, struct ledger *ledger, struct buf *access,
                 bool serving, bool again)
{
    if (!serving || (!ledger_access(ledger, access) && !again))
        return;
    const struct message message = {.kind = MESSAGE_access_list,
                                    .access_list = {.rows = buf_slice(access)}};
    verdict_outlets_tell(outlets, &message);
}

void verdict_put(struct verdict_outlets *outlets, uint64_t origin,
                 const struct message_verdict *verdict)
{
    const struct message message = {.kind = MESSAGE_verdict, .verdict = *verdict};
    struct outlet *outlet = NULL;

    if (origin >= 1 && origin <= outlets->ingress_count)
        outlet = &outlets->ingresses[origin - 1];
    else if (origin >= ORIGIN_NOTIFIER && origin - ORIGIN_NOTIFIER < outlets->notifier_count)
        outlet = &outlets->notifiers[origin - ORIGIN_NOTIFIER];
    if (outlet == NULL || !outlet_put(outlet, &message))
        log_event(LOG_verdict_lost, "origin=%llu", (unsigned long long)origin);
}

void verdict_outlets_tell(struct verdict_outlets *outlets, const struct message *message)
{
    for (size_t i = 0; i < outlets->ingress_count; i++)
        if (outlet_has_room(&outlets->ingresses[i]))
            outlet_put(&outlets->ingresses[i], message);
}

void verdict_put_problem(struct verdict_outlets *outlets, uint64_t origin, uint64_t id,
                         unsigned status, uint32_t retry_after_s, const char *reason,
                         const char *detail)
{
    struct buf body;
    buf_init(&body, PROBLEM_BYTES_MAX);
    problem_json(&body, status, reason, detail);
    const struct message_verdict verdict = {.id = id,
                                            .status = status,
                                            .retry_after = retry_after_s,
                                            .content_type = SLICE("application/problem+json"),
                                            .reason = slice_from(reason),
                                            .body = buf_slice(&body)};
    verdict_put(outlets, origin, &verdict);
    buf_deinit(&body);
}

static enum error open_environments(struct ledger_host *host, struct why *why)
{
    const struct journal_options journal_options = {.map_bytes = 0};
    /* What a power cut undoes in the state, the journal replays. */
    const struct store_options store_options = {.sync_lazily = true};
    char path[DIRECTORY_PATH_MAX];
    enum error error;

    /* What an earlier process was cut off at. */
    error = rebuild_finish(host->config->data_dir, why);
    if (error == ERROR_NONE)
        error = checkpoints_clean(host->config->data_dir, why);
    if (error == ERROR_NONE)
        error = data_dir_path(host->config->data_dir, "journal", path, why);
    if (error == ERROR_NONE)
        error = journal_open(path, &journal_options, &host->journal, why);
    if (error == ERROR_NONE)
        error = data_dir_path(host->config->data_dir, "state", path, why);
    if (error == ERROR_NONE)
        error = store_open(path, &store_options, &host->store, why);
    if (error == ERROR_NONE)
        error = ledger_open(host->store, &host->ledger, why);
    if (error == ERROR_NONE)
        error = check_places(host, why);
    if (error == ERROR_NONE)
        error = epoch_open(host, why);
    if (error != ERROR_NONE)
        return error;

    uint64_t tail = journal_tail(host->journal);
    atomic_store(&host->tail, tail);
    atomic_store(&host->writable, true);
    /* While commands wait to be applied, one of them may bring another configuration. */
    host->configure = ledger_applied(host->ledger) < tail ||
                      memcmp(host->catalog_hash, ledger_catalog_hash(host->ledger),
                             sizeof(host->catalog_hash)) != 0;
    return ERROR_NONE;
}

/* State and journal must belong together. */
static enum error check_places(const struct ledger_host *host, struct why *why)
{
    uint64_t tail = journal_tail(host->journal);
    uint64_t applied = ledger_applied(host->ledger);
    if (applied > tail)
        return why_set(
            why, ERROR_CORRUPT,
            "the state is ahead of the journal (%llu of %llu commands): they do not belong "
            "together; restore both from one backup",
            (unsigned long long)applied, (unsigned long long)tail);
    if (applied + 1 < journal_head(host->journal))
        return why_set(
            why, ERROR_CORRUPT,
            "the journal begins at command %llu, the state needs command %llu; restore both "
            "from one backup, or see whether `usher journal rebuild` finds it in the archive",
            (unsigned long long)journal_head(host->journal), (unsigned long long)applied + 1);
    return ERROR_NONE;
}

static enum error open_wake(struct ledger_host *host, struct topology *topology, struct why *why)
{
    static const char endpoint[] = "inproc://ledger.wake";
    const int unlimited = 0; /* who waits is bounded by the requests that ingresses park */

    host->wake_pull = zmq_socket(topology_context(topology), ZMQ_PULL);
    host->wake_push = zmq_socket(topology_context(topology), ZMQ_PUSH);
    if (host->wake_pull == NULL || host->wake_push == NULL ||
        zmq_setsockopt(host->wake_pull, ZMQ_RCVHWM, &unlimited, sizeof(unlimited)) != 0 ||
        zmq_setsockopt(host->wake_push, ZMQ_SNDHWM, &unlimited, sizeof(unlimited)) != 0 ||
        zmq_bind(host->wake_pull, endpoint) != 0 || zmq_connect(host->wake_push, endpoint) != 0)
        return why_set(why, ERROR_MEMORY, "cannot join the two threads of the ledger: %s",
                       zmq_strerror(zmq_errno()));
    return ERROR_NONE;
}

static enum error take_catalog(struct ledger_host *host, struct why *why)
{
    config_catalog(host->config, &host->catalog);
    if (host->catalog.failed)
        return why_set(why, ERROR_TOO_LARGE,
                       "the configuration has too many plans, groups and prices");
    sha256(buf_slice(&host->catalog), host->catalog_hash);
    return ERROR_NONE;
}

static enum error open_outlets(struct site *site, enum link link, size_t count, struct outlet **out,
                               struct why *why)
{
    enum error error = ERROR_NONE;

    *out = calloc(count + 1, sizeof(**out));
    if (*out == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    for (size_t i = 0; i < count && error == ERROR_NONE; i++)
        error = outlet_open(&(*out)[i], site->topology, link, i, OUT_BYTES_MAX, why);
    return error;
}

static void close_outlets(struct outlet **outlets, size_t count)
{
    for (size_t i = 0; *outlets != NULL && i < count; i++)
        outlet_deinit(&(*outlets)[i]);
    free(*outlets);
    *outlets = NULL;
}
