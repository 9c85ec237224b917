#include "tests/sim/news.h"

#include "base/assert.h"
#include "ledger/records.h"
#include "tests/sim/auditor_news.h"
#include "tests/sim/terms.h"
#include "tests/sim/usher_state.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    ITEMS_MAX = 64 << 20,
    LATE_MAX_MS = 2 * MINUTE_MS,
    TELL_MS = 3 * HOUR_MS /* usher's mirror says it more often */
};

static void plan(struct sim *sim);
static void read_on(struct sim *sim, struct event *event);
static void arrive(struct sim *sim, struct event *event);
static void take(struct sim *sim, struct slice items);
static void take_item(struct sim *sim, const struct message_news_item *item);
static void put(struct sim *sim, const struct message_news_item *item);
static void drop(struct sim *sim, uint64_t id, struct slice key, struct slice name);
static uint64_t hash_of(uint64_t id, struct slice key, struct slice name);
static void forget(struct sim *sim);
static void tell(struct sim *sim);

void news_new(struct sim *sim)
{
    sim->news = calloc(1, sizeof *sim->news);
    ASSERT(sim->news != NULL);
    map_init(&sim->news->rows);
    buf_init(&sim->news->at, 1024);
    buf_init(&sim->news->items, ITEMS_MAX);
}

void news_destroy(struct sim *sim)
{
    forget(sim);
    map_deinit(&sim->news->rows);
    buf_deinit(&sim->news->at);
    buf_deinit(&sim->news->items);
    free(sim->news);
    sim->news = NULL;
}

void news_told(struct sim *sim)
{
    plan(sim);
}

void news_check(struct sim *sim)
{
    struct news *news = sim->news;
    struct ledger *ledger = sim->usher->ledger;
    CHECK(sim, news->walked, "the reader of the news never had the records");
    while (news->position < ledger_applied(ledger)) {
        uint64_t upto;
        buf_clear(&news->items);
        enum error error = ledger_news(ledger, news->position, 65536, &news->items, &upto);
        CHECK(sim, error == ERROR_NONE && upto > news->position, "news do not go on: %s",
              error_text(error));
        take(sim, buf_slice(&news->items));
        news->position = upto;
    }
    size_t count = 0;
    struct message message;
    buf_clear(&news->at);
    do {
        buf_clear(&news->items);
        enum error error = ledger_walk(ledger, &news->at, 65536, &news->items);
        ASSERT(error == ERROR_NONE);
        struct slice rest = buf_slice(&news->items);
        for (; wire_decode(&rest, &message, NULL) == ERROR_NONE; count++) {
            const struct message_news_item *item = &message.news_item;
            const struct row *row = map_get(&news->rows, hash_of(item->id, item->key, item->name));
            CHECK(sim, row != NULL && slice_equal(row->value, item->value),
                  "a record of kind %" PRIu64 " (%.*s %" PRIu64 ") is %s the reader's copy",
                  item->id, SLICE_ARG(item->name), item->number,
                  row == NULL ? "not in" : "other than in");
        }
    } while (news->at.len > 0);
    CHECK(sim, count == news->rows.count,
          "there are %zu records, and the reader of the news has %zu", count, news->rows.count);
}

static void plan(struct sim *sim)
{
    if (sim->news->planned)
        return;
    sim->news->planned = true;
    sim_at(sim, sim->now_ms + 1 + sim_below(sim, LATE_MAX_MS), read_on);
}

/* Asks for what follows, or for more of the walk. What it is told is on its way for a moment. */
static void read_on(struct sim *sim, struct event *event)
{
    struct news *news = sim->news;
    struct usher *usher = sim->usher;
    enum error error;
    uint64_t upto = 0;
    (void)event;
    news->planned = false;
    if (!usher_up(sim))
        return;
    buf_clear(&news->items);
    size_t most = 1 + (size_t)sim_below(sim, sim_chance(sim, 5000) ? 2000 : 200000);
    if (news->walked) {
        error = ledger_news(usher->ledger, news->position, most, &news->items, &upto);
        CHECK(sim, error == ERROR_NONE, "the news behind %" PRIu64 " are gone: %s", news->position,
              error_text(error));
    } else {
        if (news->at.len == 0 || news->walk_process != usher->process) {
            forget(sim);
            news->since = ledger_applied(usher->ledger);
            news->walk_process = usher->process;
        }
        error = ledger_walk(usher->ledger, &news->at, most, &news->items);
        CHECK(sim, error == ERROR_NONE, "the records cannot be walked: %s", error_text(error));
    }
    struct event *answer = sim_at(sim, sim->now_ms + sim_below(sim, 50), arrive);
    answer->a = usher->process;
    answer->b = upto;
    answer->len = news->items.len;
    answer->bytes = malloc(news->items.len + 1);
    ASSERT(answer->bytes != NULL);
    if (news->items.len > 0)
        memcpy(answer->bytes, news->items.data, news->items.len);
}

/* Rows and position in one: it dies before, and asks again, or behind it. */
static void arrive(struct sim *sim, struct event *event)
{
    struct news *news = sim->news;
    bool dies = sim_fault(sim, 3 * sim->weather.bot_crash);
    if (!usher_up(sim) || event->a != sim->usher->process || dies) {
        news->lost++;
        buf_clear(&news->at);
        plan(sim);
        return;
    }
    take(sim, slice_of(event->bytes, event->len));
    if (news->walked) {
        news->position = event->b > news->position ? event->b : news->position;
    } else if (news->at.len == 0) {
        news->walked = true;
        news->position = news->since;
    }
    if (!news->walked || news->position < ledger_applied(sim->usher->ledger))
        plan(sim);
    tell(sim);
}

static void tell(struct sim *sim)
{
    struct news *news = sim->news;
    if (!news->walked || news->told_ms + TELL_MS > sim->now_ms)
        return;
    news->told_ms = sim->now_ms;
    /* The segments of facts are kept in no time. */
    static const char *const readers[] = {"mirror", CONFIG_FACTS_READER};
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        const struct message message = {
            .kind = MESSAGE_cmd_news_read,
            .cmd_news_read = {.reader = slice_from(readers[i]), .upto = news->position}};
        usher_submit(sim, &message, (struct waiter){WAITER_READER, news->position, 0});
    }
}

static void take(struct sim *sim, struct slice items)
{
    struct message message;
    enum error error;
    while ((error = wire_decode(&items, &message, NULL)) == ERROR_NONE)
        take_item(sim, &message.news_item);
    CHECK(sim, error == ERROR_NOT_FOUND, "the news do not decode: %s", error_text(error));
}

static void take_item(struct sim *sim, const struct message_news_item *item)
{
    struct news *news = sim->news;
    if (record_find((unsigned)item->id) == NULL) {
        CHECK(sim,
              item->sequence > news->fact_sequence ||
                  (item->sequence == news->fact_sequence && item->n > news->fact_n),
              "a fact of command %" PRIu64 " is told twice", item->sequence);
        news->fact_sequence = item->sequence;
        news->fact_n = item->n;
        books_fact(sim, item->value);
        return;
    }
    if (item->id == shape_record_member()->id) { /* all of a person's core follows */
        for (size_t plan = 0; plan < PLANS; plan++)
            drop(sim, shape_record_entitlement()->id, item->key, slice_from(plan_names[plan]));
        for (size_t group = 0; group < GROUPS; group++)
            drop(sim, shape_record_place()->id, item->key, slice_from(group_names[group]));
    }
    drop(sim, item->id, item->key, item->name);
    if (item->gone == 0)
        put(sim, item);
    books_row(sim, item);
}

static void put(struct sim *sim, const struct message_news_item *item)
{
    struct row *row = malloc(sizeof *row + item->key.len + item->name.len + item->value.len + 1);
    struct buf bytes;
    ASSERT(row != NULL);
    buf_init(&bytes, ITEMS_MAX);
    buf_append_slice(&bytes, item->key);
    buf_append_slice(&bytes, item->name);
    buf_append_slice(&bytes, item->value);
    if (bytes.len > 0)
        memcpy(row->bytes, bytes.data, bytes.len);
    buf_deinit(&bytes);
    row->id = item->id;
    row->key = slice_of(row->bytes, item->key.len);
    row->name = slice_of(row->bytes + item->key.len, item->name.len);
    row->value = slice_of(row->bytes + item->key.len + item->name.len, item->value.len);
    bool put = map_put(&sim->news->rows, hash_of(item->id, item->key, item->name), row);
    ASSERT(put);
}

static void drop(struct sim *sim, uint64_t id, struct slice key, struct slice name)
{
    struct row *row = map_remove(&sim->news->rows, hash_of(id, key, name));
    if (row == NULL)
        return;
    ASSERT(row->id == id && slice_equal(row->key, key) && slice_equal(row->name, name));
    free(row);
}

/* FNV-1a, 64 bits. */
static uint64_t hash_of(uint64_t id, struct slice key, struct slice name)
{
    const struct slice parts[] = {slice_of((const char *)&id, sizeof id), key, name};
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++)
        for (size_t i = 0; i < parts[part].len; i++)
            hash = (hash ^ (unsigned char)parts[part].data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void forget(struct sim *sim)
{
    size_t at = 0;
    for (struct row *row; (row = map_each(&sim->news->rows, &at)) != NULL;)
        free(row);
    map_deinit(&sim->news->rows);
    map_init(&sim->news->rows);
}
