#include "config/config.h"

#include "base/assert.h"
#include "config/module.h"

#include <stdio.h>

/* The name is the first member of each of these structs; a wrong order would find nothing. */
_Static_assert(offsetof(struct config_bot, name) == 0, "names come first");
_Static_assert(offsetof(struct config_group, name) == 0, "names come first");
_Static_assert(offsetof(struct config_plan, name) == 0, "names come first");
_Static_assert(offsetof(struct config_gateway, name) == 0, "names come first");

static const void *find(const void *items, size_t count, size_t step, struct slice name);
static void join_readers(const struct config *config, char *out, size_t out_size);
static void put_plan(const struct config_plan *plan, struct buf *out);

const struct config_bot *config_bot_find(const struct config *config, struct slice name)
{
    return find(config->bots, config->bot_count, sizeof(struct config_bot), name);
}

const char *config_gateway_label(const struct config_gateway *gateway, enum language language)
{
    const char *label = gateway->label.text[language];
    return label != NULL ? label : gateway->name;
}

const struct config_group *config_group_find(const struct config *config, struct slice name)
{
    return find(config->groups, config->group_count, sizeof(struct config_group), name);
}

const struct config_plan *config_plan_find(const struct config *config, struct slice name)
{
    return find(config->plans, config->plan_count, sizeof(struct config_plan), name);
}

const struct config_gateway *config_gateway_find(const struct config *config, struct slice name)
{
    return find(config->gateways, config->gateway_count, sizeof(struct config_gateway), name);
}

bool config_gateway_takes_form(const struct config_gateway *gateway)
{
    return gateway->kind == GATEWAY_ALIPAY ||
           (gateway->kind == GATEWAY_HMAC && gateway->hmac.body == BODY_FORM);
}

bool config_gateway_calls(const struct config_gateway *gateway)
{
    return gateway->kind != GATEWAY_STARS;
}

struct config_reconcile config_reconcile_of(const struct config *config,
                                            const struct config_gateway *gateway)
{
    return gateway->reconcile.back_ms > 0 ? gateway->reconcile : config->reconcile;
}

void config_webhook_reader(const struct config_webhook *webhook, char out[CONFIG_READER_MAX + 1])
{
    snprintf(out, CONFIG_READER_MAX + 1, "webhook-%s", webhook->name);
}

void config_catalog(const struct config *config, struct buf *out)
{
    char readers[CONFIG_WEBHOOKS_MAX * (CONFIG_READER_MAX + 1) + sizeof("mirror")];
    join_readers(config, readers, sizeof(readers));
    const struct message community = {
        .kind = MESSAGE_catalog_community,
        .catalog_community = {.name = slice_from(config->community_name),
                              .timezone = slice_from(config->timezone),
                              .language = (uint64_t)config->language,
                              .notices_per_day = config->notices_per_day,
                              .quiet_from = config->quiet_from,
                              .quiet_to = config->quiet_to,
                              .removals_per_hour = config->removals_per_hour,
                              .readers = slice_from(readers)}};
    wire_encode(out, &community);
    for (size_t i = 0; i < config->bot_count; i++) {
        const struct message row = {.kind = MESSAGE_catalog_bot,
                                    .catalog_bot = {slice_from(config->bots[i].name)}};
        wire_encode(out, &row);
    }
    for (size_t i = 0; i < config->group_count; i++) {
        const struct config_group *group = &config->groups[i];
        const struct message row = {.kind = MESSAGE_catalog_group,
                                    .catalog_group = {.name = slice_from(group->name),
                                                      .bot = slice_from(group->bot->name),
                                                      .chat_id = group->chat_id,
                                                      .invite = (uint64_t)group->invite,
                                                      .link_ttl_ms = group->link_ttl_ms}};
        wire_encode(out, &row);
    }
    for (size_t i = 0; i < config->plan_count; i++)
        put_plan(&config->plans[i], out);
    modules_catalog(config, out);
}

static void put_plan(const struct config_plan *plan, struct buf *out)
{
    const struct message head = {.kind = MESSAGE_catalog_plan,
                                 .catalog_plan = {.name = slice_from(plan->name),
                                                  .seats = plan->seats,
                                                  .grace_ms = plan->grace_ms}};
    wire_encode(out, &head);
    for (size_t i = 0; i < plan->group_count; i++) {
        const struct message row = {
            .kind = MESSAGE_catalog_plan_group,
            .catalog_plan_group = {slice_from(plan->name), slice_from(plan->groups[i]->name)}};
        wire_encode(out, &row);
    }
    for (size_t i = 0; i < plan->price_count; i++) {
        const struct config_price *price = &plan->prices[i];
        const struct message row = {.kind = MESSAGE_catalog_price,
                                    .catalog_price = {.plan = slice_from(plan->name),
                                                      .amount = price->amount,
                                                      .currency = slice_from(price->currency),
                                                      .months = price->period.months,
                                                      .days = price->period.days}};
        wire_encode(out, &row);
    }
}

static const void *find(const void *items, size_t count, size_t step, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        const char *item = (const char *)items + i * step;
        if (slice_is(name, item))
            return item;
    }
    return NULL;
}

/* The news are kept for these. */
static void join_readers(const struct config *config, char *out, size_t out_size)
{
    int len = snprintf(out, out_size, "%s", config->mirror_enabled ? "mirror" : "");
    for (size_t i = 0; i < config->webhook_count; i++) {
        char reader[CONFIG_READER_MAX + 1];
        config_webhook_reader(&config->webhooks[i], reader);
        len += snprintf(out + len, out_size - (size_t)len, "%s%s", len > 0 ? "," : "", reader);
        ASSERT(len > 0 && (size_t)len < out_size);
    }
}
