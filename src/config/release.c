#include "config/release.h"

#include "config/config.h"
#include "config/module.h"
#include "config/types.h"

#include <stdlib.h>

typedef void release_fn(const struct key *key, void *object);

static release_fn release_text, release_inner, release_sections, release_secrets, release_resources,
    release_references, release_kinds, release_links, release_people, release_numbers,
    release_pointers;

/* A type without a function owns no memory. */
static release_fn *const releases[TYPE_COUNT] = {
    [TYPE_LINE] = release_text,         [TYPE_TEXT] = release_text,
    [TYPE_PATH] = release_text,         [TYPE_TOKEN] = release_text,
    [TYPE_HEADER] = release_text,       [TYPE_POINTER] = release_text,
    [TYPE_ADDRESS] = release_text,      [TYPE_RESOURCE] = release_text,
    [TYPE_TIMEZONE] = release_text,     [TYPE_BOT_TOKEN] = release_text,
    [TYPE_BEARER] = release_text,       [TYPE_SECRET] = release_text,
    [TYPE_OUTWARD] = release_text,      [TYPE_MAILBOX] = release_text,
    [TYPE_PEM] = release_text,          [TYPE_SIGNING_KEY] = release_text,
    [TYPE_LISTEN] = release_text, /* the host, at which the key's offset points */
    [TYPE_SECTION] = release_inner,     [TYPE_SECTIONS] = release_sections,
    [TYPE_SECRETS] = release_secrets,   [TYPE_RESOURCES] = release_resources,
    [TYPE_EVENTS] = release_resources,  [TYPE_REFERENCES] = release_references,
    [TYPE_KINDS] = release_kinds,       [TYPE_LINKS] = release_links,
    [TYPE_PEOPLE] = release_people,     [TYPE_NUMBERS] = release_numbers,
    [TYPE_POINTERS] = release_pointers, [TYPE_CURRENCIES] = release_resources,
};

static void *take_list(const struct key *key, void *object, size_t *count);

void release_section(enum section_id section, void *object)
{
    const struct section *schema = section_of(section);
    for (size_t row = 0; row < schema->key_count; row++) {
        const struct key *key = &schema->keys[row];
        if (releases[key->type] != NULL)
            releases[key->type](key, object);
    }
}

static void release_text(const struct key *key, void *object)
{
    type_drop((char **)(void *)((char *)object + key->offset));
}

static void release_inner(const struct key *key, void *object)
{
    release_section(key->inner, (char *)object + key->offset);
}

static void release_sections(const struct key *key, void *object)
{
    size_t count;
    char *items = take_list(key, object, &count);
    for (size_t i = 0; i < count; i++)
        release_section(key->inner, items + i * key->item_size);
    free(items);
}

static void release_secrets(const struct key *key, void *object)
{
    char **secrets = (char **)(void *)((char *)object + key->offset);
    for (size_t i = 0; i < CONFIG_SECRETS_MAX; i++)
        type_drop(&secrets[i]);
}

static void release_pointers(const struct key *key, void *object)
{
    char **pointers = (char **)(void *)((char *)object + key->offset);
    for (size_t i = 0; i < CONFIG_POINTERS_MAX; i++)
        type_drop(&pointers[i]);
}

static void release_resources(const struct key *key, void *object)
{
    size_t count;
    char **resources = take_list(key, object, &count);
    for (size_t i = 0; i < count; i++)
        type_drop(&resources[i]);
    free(resources);
}

static void release_references(const struct key *key, void *object)
{
    size_t count;
    free(take_list(key, object, &count)); /* what they refer to has an owner */
}

static void release_kinds(const struct key *key, void *object)
{
    size_t count;
    struct config_value_map *kinds = take_list(key, object, &count);
    for (size_t i = 0; i < count; i++)
        type_drop(&kinds[i].from);
    free(kinds);
}

static void release_links(const struct key *key, void *object)
{
    size_t count;
    struct config_link *links = take_list(key, object, &count);
    for (size_t i = 0; i < count; i++) {
        type_drop(&links[i].name);
        for (size_t j = 0; j < links[i].endpoint_count; j++)
            type_drop(&links[i].endpoints[j]);
    }
    free(links);
}

static void release_people(const struct key *key, void *object)
{
    size_t count;
    free(take_list(key, object, &count));
}

static void release_numbers(const struct key *key, void *object)
{
    size_t count;
    free(take_list(key, object, &count));
}

static void *take_list(const struct key *key, void *object, size_t *count)
{
    void *items;
    memcpy(&items, (char *)object + key->offset, sizeof(items));
    memcpy(count, (char *)object + key->count_offset, sizeof(*count));
    if (items == NULL)
        *count = 0;
    return items;
}
