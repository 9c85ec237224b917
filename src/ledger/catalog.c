#include "ledger/catalog.h"

#include <stdlib.h>

/* Makes room for one more item of an array that grows by doubling; NULL when out of memory. */
static void *grow(void **items, size_t *count, size_t size);
static enum error add_row(struct catalog *catalog, const struct message *row, bool *community_seen);
static enum error add_group(struct catalog *catalog, const struct message_catalog_group *row);
static enum error add_plan_group(struct catalog *catalog,
                                 const struct message_catalog_plan_group *row);
static enum error add_price(struct catalog *catalog, const struct message_catalog_price *row);
static bool take_name(struct slice name, char out[CATALOG_NAME_MAX + 1]);
static struct catalog_plan *plan_find(const struct catalog *catalog, struct slice name);

enum error catalog_parse(struct slice rows, struct catalog **out)
{
    *out = NULL;
    struct catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog == NULL)
        return ERROR_MEMORY;
    bool community_seen = false;
    enum error error = ERROR_NONE;
    buf_init(&catalog->rows, rows.len + 1);
    for (size_t n = 0; rows.len > 0 && error == ERROR_NONE; n++) {
        struct message row;
        struct slice before = rows;
        error = n < CATALOG_ROWS_MAX ? wire_decode(&rows, &row, NULL) : ERROR_CORRUPT;
        const struct shape *shape = error == ERROR_NONE ? shape_find((uint64_t)row.kind) : NULL;
        if (shape != NULL && shape->id > UINT8_MAX && shape->role == ROLE_ROW)
            buf_append(&catalog->rows, before.data, before.len - rows.len);
        else if (error == ERROR_NONE)
            error = add_row(catalog, &row, &community_seen);
    }
    if (catalog->rows.failed)
        error = ERROR_MEMORY;
    if (error == ERROR_NONE && !community_seen)
        error = ERROR_CORRUPT;
    if (error != ERROR_NONE)
        catalog_destroy(&catalog);
    *out = catalog;
    return error;
}

void catalog_destroy(struct catalog **catalog)
{
    struct catalog *self = *catalog;
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->plan_count; i++) {
        free(self->plans[i].groups);
        free(self->plans[i].prices);
    }
    buf_deinit(&self->rows);
    free(self->plans);
    free(self->groups);
    free(self->bots);
    free(self);
    *catalog = NULL;
}

bool catalog_row(const struct catalog *catalog, const struct shape *shape, size_t *at, void *out)
{
    while (*at < catalog->rows.len) {
        struct message row;
        struct slice rest = slice_of(catalog->rows.data + *at, catalog->rows.len - *at);
        if (wire_decode(&rest, &row, NULL) != ERROR_NONE)
            return false; /* it was checked when it came */
        *at = catalog->rows.len - rest.len;
        if (row.kind == shape->id) {
            memcpy(out, row.module, shape->size);
            return true;
        }
    }
    return false;
}

const struct catalog_plan *catalog_plan_find(const struct catalog *catalog, struct slice name)
{
    return plan_find(catalog, name);
}

const struct catalog_group *catalog_group_find(const struct catalog *catalog, struct slice name)
{
    for (size_t i = 0; i < catalog->group_count; i++) {
        if (slice_is(name, catalog->groups[i].name))
            return &catalog->groups[i];
    }
    return NULL;
}

bool catalog_bot_known(const struct catalog *catalog, struct slice name)
{
    for (size_t i = 0; i < catalog->bot_count; i++) {
        if (slice_is(name, catalog->bots[i]))
            return true;
    }
    return false;
}

bool catalog_plan_opens(const struct catalog *catalog, const struct catalog_plan *plan,
                        const struct catalog_group *group)
{
    for (size_t i = 0; i < plan->group_count; i++) {
        if (&catalog->groups[plan->groups[i]] == group)
            return true;
    }
    return false;
}

const struct catalog_price *catalog_price_find(const struct catalog_plan *plan, int64_t amount,
                                               struct slice currency)
{
    for (size_t i = 0; i < plan->price_count; i++) {
        if (plan->prices[i].amount == amount && slice_is(currency, plan->prices[i].currency))
            return &plan->prices[i];
    }
    return NULL;
}

static void *grow(void **items, size_t *count, size_t size)
{
    if ((*count & (*count - 1)) == 0) { /* 0, 1, 2, 4 ...: full */
        size_t cap = *count == 0 ? 1 : *count * 2;
        void *grown = realloc(*items, cap * size);
        if (grown == NULL)
            return NULL;
        *items = grown;
    }
    void *item = (char *)*items + *count * size;
    memset(item, 0, size);
    (*count)++;
    return item;
}

static enum error add_row(struct catalog *catalog, const struct message *row, bool *community_seen)
{
    if (row->kind == MESSAGE_catalog_community) {
        const struct message_catalog_community *community = &row->catalog_community;
        if (*community_seen || community->language >= LANGUAGE_COUNT ||
            community->quiet_from > 23 || community->quiet_to > 23 ||
            !slice_copy(community->timezone, catalog->timezone, sizeof catalog->timezone) ||
            !slice_copy(community->readers, catalog->readers, sizeof catalog->readers))
            return ERROR_CORRUPT;
        catalog->reader_count = community->readers.len > 0;
        for (size_t i = 0; i < community->readers.len; i++)
            catalog->reader_count += catalog->readers[i] == ',';
        catalog->language = (enum language)community->language;
        catalog->removals_per_hour = community->removals_per_hour;
        catalog->notices_per_day = community->notices_per_day;
        catalog->quiet_from = community->quiet_from;
        catalog->quiet_to = community->quiet_to;
        *community_seen = true;
        return ERROR_NONE;
    }
    if (row->kind == MESSAGE_catalog_bot) {
        if (catalog_bot_known(catalog, row->catalog_bot.name))
            return ERROR_CORRUPT;
        char(*bot)[CATALOG_NAME_MAX + 1] =
            grow((void **)&catalog->bots, &catalog->bot_count, sizeof *bot);
        if (bot == NULL)
            return ERROR_MEMORY;
        return take_name(row->catalog_bot.name, *bot) ? ERROR_NONE : ERROR_CORRUPT;
    }
    if (row->kind == MESSAGE_catalog_group)
        return add_group(catalog, &row->catalog_group);
    if (row->kind == MESSAGE_catalog_plan) {
        const struct message_catalog_plan *message = &row->catalog_plan;
        if (plan_find(catalog, message->name) != NULL)
            return ERROR_CORRUPT;
        struct catalog_plan *plan =
            grow((void **)&catalog->plans, &catalog->plan_count, sizeof *plan);
        if (plan == NULL)
            return ERROR_MEMORY;
        plan->seats = message->seats;
        plan->grace_ms = message->grace_ms;
        return take_name(message->name, plan->name) ? ERROR_NONE : ERROR_CORRUPT;
    }
    if (row->kind == MESSAGE_catalog_plan_group)
        return add_plan_group(catalog, &row->catalog_plan_group);
    if (row->kind == MESSAGE_catalog_price)
        return add_price(catalog, &row->catalog_price);
    return ERROR_CORRUPT;
}

static enum error add_group(struct catalog *catalog, const struct message_catalog_group *row)
{
    if (!catalog_bot_known(catalog, row->bot) || row->invite > INVITE_ONE_TIME_LINK ||
        catalog_group_find(catalog, row->name) != NULL)
        return ERROR_CORRUPT;
    struct catalog_group *group =
        grow((void **)&catalog->groups, &catalog->group_count, sizeof *group);
    if (group == NULL)
        return ERROR_MEMORY;
    group->chat_id = row->chat_id;
    group->invite = (enum invite_kind)row->invite;
    group->link_ttl_ms = row->link_ttl_ms;
    return take_name(row->name, group->name) && take_name(row->bot, group->bot) ? ERROR_NONE
                                                                                : ERROR_CORRUPT;
}

static enum error add_plan_group(struct catalog *catalog,
                                 const struct message_catalog_plan_group *row)
{
    struct catalog_plan *plan = plan_find(catalog, row->plan);
    const struct catalog_group *group = catalog_group_find(catalog, row->group);
    if (plan == NULL || group == NULL)
        return ERROR_CORRUPT;
    size_t *index = grow((void **)&plan->groups, &plan->group_count, sizeof *index);
    if (index == NULL)
        return ERROR_MEMORY;
    *index = (size_t)(group - catalog->groups);
    return ERROR_NONE;
}

static enum error add_price(struct catalog *catalog, const struct message_catalog_price *row)
{
    struct catalog_plan *plan = plan_find(catalog, row->plan);
    if (plan == NULL || row->amount < 0 || row->months > 1200 || row->days > 36600)
        return ERROR_CORRUPT;
    struct catalog_price *price = grow((void **)&plan->prices, &plan->price_count, sizeof *price);
    if (price == NULL)
        return ERROR_MEMORY;
    price->amount = row->amount;
    price->period = (struct period){(uint32_t)row->months, (uint32_t)row->days};
    price->renews = row->renews != 0;
    return slice_copy(row->currency, price->currency, sizeof price->currency) ? ERROR_NONE
                                                                              : ERROR_CORRUPT;
}

static bool take_name(struct slice name, char out[CATALOG_NAME_MAX + 1])
{
    return name.len > 0 && slice_copy(name, out, CATALOG_NAME_MAX + 1);
}

static struct catalog_plan *plan_find(const struct catalog *catalog, struct slice name)
{
    for (size_t i = 0; i < catalog->plan_count; i++) {
        if (slice_is(name, catalog->plans[i].name))
            return &catalog->plans[i];
    }
    return NULL;
}
