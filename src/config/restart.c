#include "config/restart.h"

#include "base/assert.h"
#include "config/module.h"
#include "config/reader.h"
#include "config/schema.h"

#include <stdio.h>

struct walk {
    void (*visit)(void *context, const char *path);
    void *context;
    size_t count;
};

typedef bool same_fn(const struct key *key, const char *a, const char *b);
static same_fn same_text, same_name, same_number, same_switch, same_choice, same_listen, same_links,
    same_duration, same_events;

/* Every type of a key that needs a restart; sections and lists of them are walked. */
static same_fn *const sames[TYPE_COUNT] = {
    [TYPE_LINE] = same_text,         [TYPE_TEXT] = same_text,      [TYPE_PATH] = same_text,
    [TYPE_ADDRESS] = same_text,      [TYPE_BOT_TOKEN] = same_text, [TYPE_NAME] = same_name,
    [TYPE_NUMBER] = same_number,     [TYPE_SIZE] = same_number,    [TYPE_SWITCH] = same_switch,
    [TYPE_CHOICE] = same_choice,     [TYPE_LISTEN] = same_listen,  [TYPE_LINKS] = same_links,
    [TYPE_DURATION] = same_duration, [TYPE_EVENTS] = same_events,  [TYPE_OUTWARD] = same_text,
    [TYPE_MAILBOX] = same_text,
};

static void walk_section(struct walk *walk, enum section_id section, bool restart, const char *path,
                         const char *a, const char *b);
static void walk_list(struct walk *walk, const struct key *key, const char *path, const char *a,
                      const char *b);
static const char *list_of(const struct key *key, const char *object, size_t *count);
static const char *text_at(const char *field);
static bool same_string(const char *a, const char *b);
static bool same_makers(const struct config *before, const struct config *after);
static void found(struct walk *walk, const char *path);

size_t restart_keys(const struct config *before, const struct config *after,
                    void (*visit)(void *context, const char *path), void *context)
{
    struct walk walk = {.visit = visit, .context = context};
    walk_section(&walk, SECTION_ROOT, false, "", (const char *)before, (const char *)after);
    if (!same_makers(before, after))
        found(&walk, "gateways.create");
    return walk.count;
}

/* restart: of the key that this section is the value of. */
static void walk_section(struct walk *walk, enum section_id section, bool restart, const char *path,
                         const char *a, const char *b)
{
    const struct section *schema = section_of(section);
    char own[REPORT_PATH_MAX + 1];

    for (size_t row = 0; row < schema->key_count; row++) {
        const struct key *key = &schema->keys[row];
        bool matters = restart || key->restart;
        reader_join(own, sizeof(own), path, key->name);
        if (key->type == TYPE_SECTION) {
            walk_section(walk, key->inner, matters, own, a + key->offset, b + key->offset);
        } else if (matters && key->type == TYPE_SECTIONS) {
            walk_list(walk, key, own, a, b);
        } else if (matters) {
            ASSERT(sames[key->type] != NULL);
            if (!sames[key->type](key, a, b))
                found(walk, own);
        }
    }
}

static void walk_list(struct walk *walk, const struct key *key, const char *path, const char *a,
                      const char *b)
{
    size_t count_a;
    size_t count_b;
    char own[REPORT_PATH_MAX + 1];
    const char *items_a = list_of(key, a, &count_a);
    const char *items_b = list_of(key, b, &count_b);

    if (count_a != count_b) {
        found(walk, path);
        return;
    }
    for (size_t i = 0; i < count_a; i++) {
        int n = snprintf(own, sizeof(own), "%s[%zu]", path, i);
        ASSERT(n > 0);
        walk_section(walk, key->inner, true, own, items_a + i * key->item_size,
                     items_b + i * key->item_size);
    }
}

/* A gateway that makes checkouts has a lane, and lanes are made at the start. */
static bool same_makers(const struct config *before, const struct config *after)
{
    size_t a = 0;
    size_t b = 0;
    for (;; a++, b++) {
        while (a < before->gateway_count && before->gateways[a].create == CREATE_NOTHING)
            a++;
        while (b < after->gateway_count && after->gateways[b].create == CREATE_NOTHING)
            b++;
        if (a == before->gateway_count || b == after->gateway_count)
            return a == before->gateway_count && b == after->gateway_count;
        if (strcmp(before->gateways[a].name, after->gateways[b].name) != 0)
            return false;
    }
}

static bool same_text(const struct key *key, const char *a, const char *b)
{
    return same_string(text_at(a + key->offset), text_at(b + key->offset));
}

static bool same_name(const struct key *key, const char *a, const char *b)
{
    return strcmp(a + key->offset, b + key->offset) == 0;
}

static bool same_number(const struct key *key, const char *a, const char *b)
{
    return memcmp(a + key->offset, b + key->offset, sizeof(uint32_t)) == 0;
}

static bool same_duration(const struct key *key, const char *a, const char *b)
{
    return memcmp(a + key->offset, b + key->offset, sizeof(uint64_t)) == 0;
}

static bool same_switch(const struct key *key, const char *a, const char *b)
{
    return memcmp(a + key->offset, b + key->offset, sizeof(bool)) == 0;
}

static bool same_choice(const struct key *key, const char *a, const char *b)
{
    return memcmp(a + key->offset, b + key->offset, sizeof(enum updates_kind)) == 0;
}

/* The key's offset points at the host. */
static bool same_listen(const struct key *key, const char *a, const char *b)
{
    const size_t port = offsetof(struct config_listen, port);
    return same_text(key, a, b) &&
           memcmp(a + key->offset + port, b + key->offset + port, sizeof(uint16_t)) == 0;
}

static bool same_links(const struct key *key, const char *a, const char *b)
{
    size_t count_a;
    size_t count_b;
    const struct config_link *links_a = (const void *)list_of(key, a, &count_a);
    const struct config_link *links_b = (const void *)list_of(key, b, &count_b);
    bool same = count_a == count_b;

    for (size_t i = 0; same && i < count_a; i++) {
        same = same_string(links_a[i].name, links_b[i].name) &&
               links_a[i].endpoint_count == links_b[i].endpoint_count;
        for (size_t j = 0; same && j < links_a[i].endpoint_count; j++)
            same = same_string(links_a[i].endpoints[j], links_b[i].endpoints[j]);
    }
    return same;
}

static bool same_events(const struct key *key, const char *a, const char *b)
{
    size_t count_a;
    size_t count_b;
    const char *const *events_a = (const void *)list_of(key, a, &count_a);
    const char *const *events_b = (const void *)list_of(key, b, &count_b);
    bool same = count_a == count_b;
    for (size_t i = 0; same && i < count_a; i++)
        same = same_string(events_a[i], events_b[i]);
    return same;
}

static const char *list_of(const struct key *key, const char *object, size_t *count)
{
    const char *items;
    memcpy(&items, object + key->offset, sizeof(items));
    memcpy(count, object + key->count_offset, sizeof(*count));
    if (items == NULL)
        *count = 0;
    return items;
}

static const char *text_at(const char *field)
{
    const char *text;
    memcpy(&text, field, sizeof(text));
    return text;
}

static bool same_string(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

static void found(struct walk *walk, const char *path)
{
    walk->count++;
    if (walk->visit != NULL)
        walk->visit(walk->context, path);
}
