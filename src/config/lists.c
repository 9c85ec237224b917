#include "config/lists.h"

#include "base/assert.h"
#include "config/check_webhook.h"
#include "config/type_text.h"
#include "config/links.h"
#include "config/near.h"
#include "config/types.h"
#include "config/web.h"

#include <stdio.h>
#include <stdlib.h>

enum { ENDPOINTS_MAX = sizeof(((struct config_link *)0)->endpoints) / sizeof(char *) };

struct list_type {
    bool (*read)(struct scope *scope, const struct place *place, const yaml_node_t *node);
    const char *item; /* "a list of 1 to 8 <item>s"; NULL: a mapping, and shape says which */
    const char *shape;
};

static bool read_sections(struct scope *scope, const struct place *place, const yaml_node_t *node);
static bool read_secrets(struct scope *scope, const struct place *place, const yaml_node_t *node);
static bool read_resources(struct scope *scope, const struct place *place, const yaml_node_t *node);
static bool read_events(struct scope *scope, const struct place *place, const yaml_node_t *node);
static bool read_references(struct scope *scope, const struct place *place,
                            const yaml_node_t *node);
static bool read_kinds(struct scope *scope, const struct place *place, const yaml_node_t *node);
static bool read_links(struct scope *scope, const struct place *place, const yaml_node_t *node);
static bool read_people(struct scope *scope, const struct place *place, const yaml_node_t *node);
static bool read_pointers(struct scope *scope, const struct place *place, const yaml_node_t *node);
static bool read_currencies(struct scope *scope, const struct place *place,
                            const yaml_node_t *node);
static bool read_numbers(struct scope *scope, const struct place *place, const yaml_node_t *node);

static const struct list_type lists[TYPE_COUNT] = {
    [TYPE_SECTIONS] = {read_sections, "mapping", NULL},
    [TYPE_SECRETS] = {read_secrets, "secret", NULL},
    [TYPE_RESOURCES] = {read_resources, "link", NULL},
    [TYPE_EVENTS] = {read_events, "event", NULL},
    [TYPE_REFERENCES] = {read_references, "name", NULL},
    [TYPE_KINDS] = {read_kinds, NULL,
                    "a mapping of what the gateway says to paid, refunded, charged_back, "
                    "reinstated, partly_refunded or refund_failed"},
    [TYPE_LINKS] = {read_links, NULL,
                    "a mapping of links to lists of endpoints, such as "
                    "\"requests: [tcp://10.0.0.2:7001]\""},
    [TYPE_POINTERS] = {read_pointers, NULL,
                       "a JSON pointer, such as /data/amount, or a list of 1 to 4 of them"},
    [TYPE_PEOPLE] = {read_people, "Telegram id", NULL},
    [TYPE_CURRENCIES] = {read_currencies, "currency", NULL},
    [TYPE_NUMBERS] = {read_numbers, NULL, "a mapping of numbers to numbers, such as \"7: 20\""},
};

static const struct choice payment_kinds[] = {
    {"paid", PAYMENT_PAID},
    {"refunded", PAYMENT_REFUNDED},
    {"charged_back", PAYMENT_CHARGED_BACK},
    {"reinstated", PAYMENT_REINSTATED},
    {"partly_refunded", PAYMENT_PARTLY_REFUNDED},
    {"refund_failed", PAYMENT_REFUND_FAILED},
    {NULL, 0},
};

/* What stands inside the lists, for sentences about one item. */
static const struct key secret_item = {"", TYPE_SECRET, REQUIRED, .secret = true};
static const struct key resource_item = {"", TYPE_RESOURCE, REQUIRED, .least = 1, .most = 2048};
static const struct key event_item = {"", TYPE_LINE, REQUIRED, .least = 1, .most = 95};
static const struct key pointer_item = {"", TYPE_POINTER, REQUIRED, .least = 1, .most = 256};
static const struct key currency_item = {"", TYPE_CURRENCY, REQUIRED, .least = 1};
static const struct key person_item = {"", TYPE_LINE, REQUIRED, .least = 1, .most = 32};
static const struct key number_item = {"", TYPE_NUMBER, REQUIRED, .least = 1, .most = 1000000000};
static const struct key kind_item = {"", TYPE_CHOICE, REQUIRED, .choices = payment_kinds};
static const struct key endpoints_item = {"", TYPE_RESOURCES, REQUIRED, .least = 1,
                                          .most = ENDPOINTS_MAX};
static const struct key endpoint_item = {"", TYPE_LINE, REQUIRED, .least = 1, .most = 256};

static void *start_list(struct scope *scope, const struct key *key, size_t count, size_t item_size);
static bool read_kind(struct scope *scope, const struct place *place, const yaml_node_t *value,
                      struct slice name, struct config_value_map *out);
static bool read_link(struct scope *scope, const struct place *place, const yaml_node_t *value,
                      struct slice name, struct config_link *out);
static void fault_link(struct scope *scope, const struct place *place, struct slice name);
static bool is_own_endpoint(struct scope *scope, const struct place *place, struct slice endpoint);
static bool read_number(struct scope *scope, const struct place *place, const yaml_node_t *value,
                        struct slice name, struct config_number *out);
static void fault_item(struct loader *loader, const struct place *place, const yaml_node_t *node,
                       const char *expected);

bool list_is(enum value_type type)
{
    return lists[type].read != NULL;
}

bool list_read(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    ASSERT(list_is(place->key->type));
    return lists[place->key->type].read(scope, place, node);
}

void list_expected(const struct key *key, char *out, size_t out_size)
{
    const struct list_type *type = &lists[key->type];
    if (type->item == NULL)
        snprintf(out, out_size, "%s", type->shape);
    else if (key->least == 0)
        snprintf(out, out_size, "a list of at most %llu %ss", (unsigned long long)key->most,
                 type->item);
    else
        snprintf(out, out_size, "a list of %llu to %llu %ss", (unsigned long long)key->least,
                 (unsigned long long)key->most, type->item);
}

static bool read_sections(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    size_t count;
    struct place item;
    struct key mapping = {.type = TYPE_SECTION, .inner = place->key->inner};

    if (reader_list(scope->loader, place, node, &count) == NULL)
        return false;
    char *items = start_list(scope, place->key, count, place->key->item_size);
    for (size_t i = 0; items != NULL && i < count; i++) {
        const yaml_node_t *child = reader_item(scope->loader, place, node, i, &item);
        item.key = &mapping;
        if (reader_mapping(scope->loader, &item, child))
            reader_section(scope->loader, place->key->inner, child, item.line, item.path,
                           items + i * place->key->item_size);
    }
    return true;
}

static bool read_secrets(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    size_t count;
    struct place item;
    bool good = true;
    char **secrets = (char **)(void *)((char *)scope->object + place->key->offset);
    size_t *kept = (size_t *)(void *)((char *)scope->object + place->key->count_offset);

    if (reader_list(scope->loader, place, node, &count) == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct slice text;
        struct fault fault = {{0}, {0}};
        const yaml_node_t *child = reader_item(scope->loader, place, node, i, &item);
        item.key = &secret_item;
        if (!reader_text(scope->loader, &item, child, &text, NULL)) {
            good = false;
        } else if (!type_is_secret(text, &fault)) {
            reader_fault(scope->loader, &item, "%s; expected %s", fault.wrong, fault.expected);
            good = false;
        } else {
            type_keep(scope->loader, text, &secrets[(*kept)++]);
        }
    }
    return good;
}

static bool read_resources(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    size_t count;
    struct place item;

    if (reader_list(scope->loader, place, node, &count) == NULL)
        return false;
    char **resources = start_list(scope, place->key, count, sizeof(char *));
    for (size_t i = 0; resources != NULL && i < count; i++) {
        struct slice text;
        const yaml_node_t *child = reader_item(scope->loader, place, node, i, &item);
        item.key = &resource_item;
        if (!reader_text(scope->loader, &item, child, &text, NULL))
            continue;
        if (!web_is_link(text) || text.len > resource_item.most)
            fault_item(scope->loader, &item, child,
                       "a link such as https://example.org/pack.pdf of at most 2048 bytes");
        else
            type_keep(scope->loader, text, &resources[i]);
    }
    return true;
}

static bool read_events(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    size_t count;
    struct place item;
    char expected[384];

    if (reader_list(scope->loader, place, node, &count) == NULL)
        return false;
    char **events = start_list(scope, place->key, count, sizeof(char *));
    for (size_t i = 0; events != NULL && i < count; i++) {
        struct slice text;
        const yaml_node_t *child = reader_item(scope->loader, place, node, i, &item);
        item.key = &event_item;
        if (!reader_text(scope->loader, &item, child, &text, NULL))
            continue;
        if (webhook_event_is(text, expected, sizeof(expected)))
            type_keep(scope->loader, text, &events[i]);
        else
            fault_item(scope->loader, &item, child, expected);
    }
    return true;
}

static bool read_currencies(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    size_t count;
    struct place item;

    if (reader_list(scope->loader, place, node, &count) == NULL)
        return false;
    char **codes = start_list(scope, place->key, count, sizeof(char *));
    for (size_t i = 0; codes != NULL && i < count; i++) {
        struct slice text;
        const yaml_node_t *child = reader_item(scope->loader, place, node, i, &item);
        item.key = &currency_item;
        if (!reader_text(scope->loader, &item, child, &text, NULL))
            continue;
        const char *code = currency_find(text);
        if (code != NULL)
            type_keep(scope->loader, slice_from(code), &codes[i]);
        else
            fault_item(scope->loader, &item, child, "the code of a currency, such as USD or USDT");
    }
    return true;
}

static bool read_references(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    size_t count;
    struct place item;
    struct key name = {.type = TYPE_REFERENCE, .inner = place->key->inner};

    if (reader_list(scope->loader, place, node, &count) == NULL)
        return false;
    const void **targets = start_list(scope, place->key, count, sizeof(void *));
    size_t first = scope->loader->reference_count;
    for (size_t i = 0; targets != NULL && i < count; i++) {
        struct slice text;
        const yaml_node_t *child = reader_item(scope->loader, place, node, i, &item);
        item.key = &name;
        if (!reader_text(scope->loader, &item, child, &text, NULL))
            continue;
        if (!type_is_name(text)) {
            fault_item(scope->loader, &item, child, "a name that this file describes");
            continue;
        }
        bool twice = false;
        for (size_t j = first; j < scope->loader->reference_count && !twice; j++)
            twice = slice_is(text, scope->loader->references[j].name);
        if (twice)
            fault_item(scope->loader, &item, child, "each name once in the list");
        else if (!reader_refer(scope->loader, &item, place->key->inner, text, &targets[i]))
            return false;
    }
    return true;
}

static bool read_people(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    size_t count;
    struct place item;

    if (reader_list(scope->loader, place, node, &count) == NULL)
        return false;
    int64_t *people = start_list(scope, place->key, count, sizeof(int64_t));
    for (size_t i = 0; people != NULL && i < count; i++) {
        struct slice text;
        long long id;
        const yaml_node_t *child = reader_item(scope->loader, place, node, i, &item);
        item.key = &person_item;
        if (!reader_text(scope->loader, &item, child, &text, NULL))
            continue;
        /* Bot API: an identifier has at most 52 significant bits. */
        if (!slice_to_i64(text, &id) || id <= 0 || id >= 1LL << 52)
            fault_item(scope->loader, &item, child, "a person's number at Telegram, such as 1001");
        else
            people[i] = id;
    }
    return true;
}

/* A single one may do without the list. */
static bool read_pointers(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    char **pointers = (char **)(void *)((char *)scope->object + place->key->offset);
    struct place list = *place;
    struct key bounds = *place->key;
    size_t count = 1;
    bool good = true;

    bounds.least = 1;
    bounds.most = CONFIG_POINTERS_MAX;
    list.key = &bounds;
    bool single = node->type == YAML_SCALAR_NODE;
    if (!single && reader_list(scope->loader, &list, node, &count) == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct slice text;
        struct fault fault = {{0}, {0}};
        struct place item = *place;
        const yaml_node_t *child =
            single ? node : reader_item(scope->loader, &list, node, i, &item);
        item.key = &pointer_item;
        if (!reader_text(scope->loader, &item, child, &text, NULL)) {
            good = false;
        } else if (!type_pointer(scope, &item, text, &pointers[i], &fault)) {
            if (fault.wrong[0] != '\0')
                reader_fault(scope->loader, &item,
                             "%s; expected a JSON pointer, such as "
                             "/data/amount",
                             fault.wrong);
            else
                fault_item(scope->loader, &item, child, "a JSON pointer, such as /data/amount");
            good = false;
        }
    }
    return good;
}

static bool read_kinds(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    if (!reader_mapping(scope->loader, place, node))
        return false;
    size_t count = reader_pair_count(node);
    if (count < place->key->least || count > place->key->most) {
        reader_fault(scope->loader, place, "has %zu values; expected %llu to %llu of them", count,
                     (unsigned long long)place->key->least, (unsigned long long)place->key->most);
        return false;
    }
    struct config_value_map *kinds =
        start_list(scope, place->key, count, sizeof(struct config_value_map));
    bool good = true;
    for (size_t i = 0; kinds != NULL && i < count; i++) {
        struct slice name;
        const yaml_node_t *value;
        struct place pair;
        good = reader_pair(scope->loader, place, node, i, &name, &value, &pair) &&
               read_kind(scope, &pair, value, name, &kinds[i]) && good;
    }
    return good;
}

static bool read_links(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    if (!reader_mapping(scope->loader, place, node))
        return false;
    size_t count = reader_pair_count(node);
    if (count > place->key->most) {
        reader_fault(scope->loader, place, "has %zu links; expected at most %llu", count,
                     (unsigned long long)place->key->most);
        return false;
    }
    struct config_link *links = start_list(scope, place->key, count, sizeof(struct config_link));
    bool good = true;
    for (size_t i = 0; links != NULL && i < count; i++) {
        struct slice name;
        const yaml_node_t *value;
        struct place pair;
        good = reader_pair(scope->loader, place, node, i, &name, &value, &pair) &&
               read_link(scope, &pair, value, name, &links[i]) && good;
    }
    return good;
}

static bool read_numbers(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    if (!reader_mapping(scope->loader, place, node))
        return false;
    size_t count = reader_pair_count(node);
    if (count > place->key->most) {
        reader_fault(scope->loader, place, "has %zu numbers; expected at most %llu", count,
                     (unsigned long long)place->key->most);
        return false;
    }
    struct config_number *numbers =
        start_list(scope, place->key, count, sizeof(struct config_number));
    bool good = true;
    for (size_t i = 0; numbers != NULL && i < count; i++) {
        struct slice name;
        const yaml_node_t *value;
        struct place pair;
        good = reader_pair(scope->loader, place, node, i, &name, &value, &pair) &&
               read_number(scope, &pair, value, name, &numbers[i]) && good;
    }
    return good;
}

static bool read_number(struct scope *scope, const struct place *place, const yaml_node_t *value,
                        struct slice name, struct config_number *out)
{
    struct slice text;
    struct place item = *place;
    long long at;
    long long number;

    item.key = &number_item;
    if (!slice_to_i64(name, &at) || at < 1 || at > (long long)number_item.most) {
        reader_fault(scope->loader, place, "is no whole number; expected 1 to %llu",
                     (unsigned long long)number_item.most);
        return false;
    }
    if (!reader_text(scope->loader, &item, value, &text, NULL))
        return false;
    if (!slice_to_i64(text, &number) || number < 1 || number > (long long)number_item.most) {
        fault_item(scope->loader, &item, value, "a whole number from 1 to 1000000000");
        return false;
    }
    *out = (struct config_number){(uint32_t)at, (uint32_t)number};
    return true;
}

static bool read_kind(struct scope *scope, const struct place *place, const yaml_node_t *value,
                      struct slice name, struct config_value_map *out)
{
    struct slice text;
    struct place item = *place;

    item.key = &kind_item;
    if (name.len == 0 || name.len > 128 || !slice_is_text(name)) {
        reader_fault(scope->loader, place,
                     "what the gateway says has %zu bytes; expected 1 to 128 of text", name.len);
        return false;
    }
    if (!reader_text(scope->loader, &item, value, &text, NULL))
        return false;
    for (const struct choice *row = payment_kinds; row->name != NULL; row++) {
        if (slice_is(text, row->name)) {
            out->kind = (enum payment_kind)row->value;
            type_keep(scope->loader, name, &out->from);
            return true;
        }
    }
    fault_item(scope->loader, &item, value,
               "paid, refunded, charged_back, reinstated, partly_refunded or refund_failed");
    return false;
}

/* A link with one endpoint may do without the list. */
static bool read_link(struct scope *scope, const struct place *place, const yaml_node_t *value,
                      struct slice name, struct config_link *out)
{
    struct place list = *place;
    enum link link;
    size_t count = 1;
    bool good = true;

    list.key = &endpoints_item;
    if (!links_find(name, &link)) {
        fault_link(scope, place, name);
        return false;
    }
    bool single = value->type == YAML_SCALAR_NODE;
    if (!single && reader_list(scope->loader, &list, value, &count) == NULL)
        return false;
    type_keep(scope->loader, name, &out->name);
    for (size_t i = 0; i < count; i++) {
        struct slice text;
        struct place item = *place;
        const yaml_node_t *child =
            single ? value : reader_item(scope->loader, &list, value, i, &item);
        item.key = &endpoint_item;
        if (!reader_text(scope->loader, &item, child, &text, NULL)) {
            good = false;
        } else if (!web_is_endpoint(text) || text.len > endpoint_item.most) {
            fault_item(scope->loader, &item, child, "inproc://name or tcp://host:port");
            good = false;
        } else {
            good = is_own_endpoint(scope, &item, text) && good;
            type_keep(scope->loader, text, &out->endpoints[out->endpoint_count++]);
        }
    }
    size_t wanted = links_wanted(link, scope->loader->config);
    if (good && wanted != 0 && out->endpoint_count != wanted) {
        reader_fault(scope->loader, place, "has %zu endpoints; expected %zu%s", out->endpoint_count,
                     wanted, wanted > 1 ? ", one for each bot and then each lane" : "");
        good = false;
    }
    return good;
}

static void fault_link(struct scope *scope, const struct place *place, struct slice name)
{
    const char *near = near_find(name, link_names, LINK_COUNT);
    char all[256];
    size_t at = 0;

    for (size_t i = 0; i < LINK_COUNT && at < sizeof(all); i++)
        at +=
            (size_t)snprintf(all + at, sizeof(all) - at, "%s%s", i > 0 ? ", " : "", link_names[i]);
    if (near != NULL)
        reader_fault(scope->loader, place, "is no link; did you mean \"%s\"?", near);
    else
        reader_fault(scope->loader, place, "is no link; expected one of %s", all);
}

/* Two links bound to one place would be a start that fails. */
static bool is_own_endpoint(struct scope *scope, const struct place *place, struct slice endpoint)
{
    const struct config *config = scope->loader->config;
    for (size_t i = 0; i < config->link_count; i++)
        for (size_t j = 0; j < config->links[i].endpoint_count; j++)
            if (slice_is(endpoint, config->links[i].endpoints[j])) {
                reader_fault(scope->loader, place,
                             "is an endpoint of %s already; expected one of its own",
                             config->links[i].name);
                return false;
            }
    return true;
}

/* Makes the zeroed array and hangs it into the struct, so that release_section finds it. */
static void *start_list(struct scope *scope, const struct key *key, size_t count, size_t item_size)
{
    if (count == 0)
        return NULL;
    void *items = calloc(count, item_size);
    if (items == NULL) {
        scope->loader->report->no_memory = true;
        return NULL;
    }
    memcpy((char *)scope->object + key->offset, &items, sizeof(items));
    memcpy((char *)scope->object + key->count_offset, &count, sizeof(count));
    return items;
}

static void fault_item(struct loader *loader, const struct place *place, const yaml_node_t *node,
                       const char *expected)
{
    char shown[80];
    reader_fault(loader, place, "%s is not valid; expected %s",
                 reader_show(place->key, reader_raw(node), shown, sizeof(shown)), expected);
}
