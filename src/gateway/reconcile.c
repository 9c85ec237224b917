#include "gateway/reconcile.h"

#include "base/assert.h"
#include "base/encoding.h"

#include <stdlib.h>

enum { ANSWER_DEPTH_MAX = 32 };

/* One gateway's, by its name: it outlives a configuration. */
struct row {
    char name[CONFIG_NAME_MAX + 1]; /* "": free */
    uint64_t began_ms;              /* the last run; 0: none so far */
    bool running;
    size_t list; /* which of the kind's */
    struct check_page page;
    struct reconcile_run run;
    uint64_t *seen; /* a ring of hashes of event ids */
    size_t seen_count, seen_next;
};

struct reconcile {
    uint64_t started_ms;
    struct row rows[CONFIG_GATEWAYS_MAX];
};

static struct row *row_of(struct reconcile *it, const struct config *config,
                          const struct config_gateway *gateway);
static struct row *row_named(struct reconcile *it, const char *name);
static void row_clear(struct row *row);
static bool take_items(struct row *row, const struct config_gateway *gateway,
                       const struct check_list *list, const cJSON *items, uint64_t young_ms,
                       const struct reconcile_owner *owner);
static bool next_ask(struct row *row, const struct config_gateway *gateway, struct check_ask *ask);
static bool next_list(struct row *row, const struct config_gateway *gateway, struct check_ask *ask);
static bool over(struct row *row, struct reconcile_run *run);
static void fail(struct row *row, unsigned status);
static uint64_t hash_of(const struct payment_event *event);
static bool is_seen(const struct row *row, uint64_t hash);
static void see(struct row *row, uint64_t hash);

struct reconcile *reconcile_new(uint64_t wall_ms)
{
    struct reconcile *it = calloc(1, sizeof *it);
    if (it != NULL)
        it->started_ms = wall_ms;
    return it;
}

void reconcile_destroy(struct reconcile **reconcile)
{
    if (*reconcile == NULL)
        return;
    for (size_t i = 0; i < CONFIG_GATEWAYS_MAX; i++)
        row_clear(&(*reconcile)->rows[i]);
    free(*reconcile);
    *reconcile = NULL;
}

bool reconcile_begin(struct reconcile *it, const struct config *config,
                     const struct config_gateway *gateway, uint64_t wall_ms, struct check_ask *ask)
{
    const struct config_reconcile when = config_reconcile_of(config, gateway);
    if (when.every_ms == 0 || check_lists(gateway) == NULL)
        return false;
    struct row *row = row_of(it, config, gateway);
    uint64_t first_ms = when.every_ms < RECONCILE_FIRST_MS ? when.every_ms : RECONCILE_FIRST_MS;
    uint64_t due_ms =
        row->began_ms == 0 ? it->started_ms + first_ms : row->began_ms + when.every_ms;
    bool stepped_back = wall_ms < it->started_ms || wall_ms < row->began_ms;
    if (row->running || (wall_ms < due_ms && !stepped_back))
        return false;
    row->began_ms = wall_ms;
    row->running = true;
    row->list = 0;
    row->run = (struct reconcile_run){.pages = 0};
    row->page = (struct check_page){.since_ms = wall_ms > when.back_ms ? wall_ms - when.back_ms : 0,
                                    .until_ms = wall_ms};
    if (next_ask(row, gateway, ask))
        return true;
    row->running = false;
    return false;
}

bool reconcile_answer(struct reconcile *it, const struct config *config,
                      const struct config_gateway *gateway, unsigned status, struct slice body,
                      uint64_t wall_ms, const struct reconcile_owner *owner, struct check_ask *ask,
                      struct reconcile_run *run)
{
    const struct config_reconcile when = config_reconcile_of(config, gateway);
    uint64_t young_ms = when.every_ms < RECONCILE_YOUNG_MS ? when.every_ms : RECONCILE_YOUNG_MS;
    struct row *row = row_of(it, config, gateway);
    const struct check_list *lists = check_lists(gateway);
    cJSON *root = NULL;
    if (!row->running || lists == NULL || status == 0 || status == 401) {
        fail(row, status);
        return over(row, run);
    }
    const struct check_list *list = &lists[row->list];
    const cJSON *items = NULL;
    if (status >= 200 && status <= 299 &&
        json_parse_mended(body, CHECK_ANSWER_MAX, ANSWER_DEPTH_MAX, &root, NULL) == ERROR_NONE)
        items = list->items(root);
    if (!cJSON_IsArray(items)) {
        json_free(&root);
        fail(row, status);
        return next_list(row, gateway, ask) || over(row, run);
    }
    row->run.pages++;
    bool room =
        take_items(row, gateway, list, items, wall_ms > young_ms ? wall_ms - young_ms : 0, owner);
    bool more = list->next(root, items, &row->page);
    json_free(&root);
    if (!room)
        return over(row, run);
    row->page.number++;
    if (more && row->page.number >= RECONCILE_PAGES_MAX) {
        row->run.cut = true;
        more = false;
    }
    if (more ? next_ask(row, gateway, ask) : next_list(row, gateway, ask))
        return true;
    return over(row, run);
}

void reconcile_remember(struct reconcile *it, const struct config_gateway *gateway,
                        const struct payment_event *event)
{
    struct row *row = row_named(it, gateway->name);
    uint64_t hash = hash_of(event);
    if (row != NULL && !is_seen(row, hash))
        see(row, hash);
}

/* Of what the configuration no longer names, a row is taken over. */
static struct row *row_of(struct reconcile *it, const struct config *config,
                          const struct config_gateway *gateway)
{
    struct row *row = row_named(it, gateway->name);
    for (size_t i = 0; row == NULL && i < CONFIG_GATEWAYS_MAX; i++)
        if (config_gateway_find(config, slice_from(it->rows[i].name)) == NULL) {
            row = &it->rows[i];
            row_clear(row);
            ASSERT(slice_copy(slice_from(gateway->name), row->name, sizeof row->name));
        }
    ASSERT(row != NULL);
    return row;
}

static struct row *row_named(struct reconcile *it, const char *name)
{
    for (size_t i = 0; i < CONFIG_GATEWAYS_MAX; i++)
        if (strcmp(it->rows[i].name, name) == 0)
            return &it->rows[i];
    return NULL;
}

static void row_clear(struct row *row)
{
    free(row->seen);
    *row = (struct row){.running = false};
}

/* False: there is no room for more. */
static bool take_items(struct row *row, const struct config_gateway *gateway,
                       const struct check_list *list, const cJSON *items, uint64_t young_ms,
                       const struct reconcile_owner *owner)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, items)
    {
        struct payment_event event = {.amount = -1};
        enum gateway_verdict verdict = list->read(item, &event);
        if (verdict != GATEWAY_accepted && verdict != GATEWAY_unchecked)
            continue;
        if (event.occurred_ms > young_ms ||
            (event.occurred_ms != 0 && event.occurred_ms < row->page.since_ms && !list->undated))
            continue;
        row->run.listed++;
        uint64_t hash = hash_of(&event);
        if (is_seen(row, hash))
            continue;
        if (list->undated)
            event.occurred_ms = event.kind == PAYMENT_PAID ? 0 : row->page.until_ms;
        enum reconcile_taken taken =
            owner->found(owner->context, gateway, &event, verdict == GATEWAY_accepted);
        if (taken == RECONCILE_FULL) {
            row->run.cut = true;
            return false;
        }
        if (taken == RECONCILE_TAKEN) {
            see(row, hash);
            row->run.handed_in++;
        }
    }
    return true;
}

static bool next_ask(struct row *row, const struct config_gateway *gateway, struct check_ask *ask)
{
    const struct check_list *list = &check_lists(gateway)[row->list];
    if (list->ask == NULL)
        return false;
    check_ask_clear(ask);
    list->ask(gateway, &row->page, ask);
    return !ask->path.failed && !ask->body.failed;
}

static bool next_list(struct row *row, const struct config_gateway *gateway, struct check_ask *ask)
{
    row->list++;
    row->page = (struct check_page){.since_ms = row->page.since_ms, .until_ms = row->page.until_ms};
    return next_ask(row, gateway, ask);
}

static bool over(struct row *row, struct reconcile_run *run)
{
    row->running = false;
    *run = row->run;
    return false;
}

/* The first one is what the operator is told of. */
static void fail(struct row *row, unsigned status)
{
    if (!row->run.failed)
        row->run.status = status;
    row->run.failed = true;
}

static uint64_t hash_of(const struct payment_event *event)
{
    uint8_t digest[32];
    uint64_t hash;
    sha256(slice_from(event->event_id), digest);
    memcpy(&hash, digest, sizeof hash);
    return hash;
}

static bool is_seen(const struct row *row, uint64_t hash)
{
    for (size_t i = 0; i < row->seen_count; i++)
        if (row->seen[i] == hash)
            return true;
    return false;
}

/* Without memory it is handed in again, which the ledger bears. */
static void see(struct row *row, uint64_t hash)
{
    if (row->seen == NULL)
        row->seen = calloc(RECONCILE_SEEN_MAX, sizeof *row->seen);
    if (row->seen == NULL)
        return;
    row->seen[row->seen_next] = hash;
    row->seen_next = (row->seen_next + 1) % RECONCILE_SEEN_MAX;
    if (row->seen_count < RECONCILE_SEEN_MAX)
        row->seen_count++;
}
