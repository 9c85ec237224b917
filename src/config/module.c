#include "config/module.h"

#include "base/assert.h"
#include "config/release.h"
#include "wire/shape.h"

#include <stdlib.h>

static const yaml_node_t *under(struct loader *loader, const yaml_node_t *root, const char *name);

const void *config_of(const struct config *config, unsigned module)
{
    ASSERT(module < MODULES_MAX && config->modules[module] != NULL);
    return config->modules[module];
}

const struct section *section_of(enum section_id id)
{
    if (id < SECTION_COUNT)
        return &schema_sections[id];
    unsigned n = (unsigned)id - SECTION_COUNT;
    const struct config_module *module = config_module(n / MODULE_SECTIONS_MAX);
    ASSERT(module != NULL);
    return &module->sections[n % MODULE_SECTIONS_MAX];
}

void modules_read(struct loader *loader, const yaml_node_t *root, unsigned long line)
{
    for (unsigned n = 0; n < MODULES_MAX; n++) {
        const struct config_module *module = config_module(n);
        if (module == NULL)
            continue;
        void *own = calloc(1, module->size);
        loader->config->modules[n] = own;
        if (own == NULL) {
            loader->report->no_memory = true;
            return;
        }
        const yaml_node_t *node = module->under == NULL ? root : under(loader, root, module->under);
        if (node != NULL)
            reader_rows(loader, MODULE_SECTION(n, 0), node, line,
                        module->under == NULL ? "" : module->under, own);
    }
}

bool modules_know(const char *path, struct slice key)
{
    const char *names[MODULES_KEYS_MAX];
    size_t count = modules_keys(path, names, MODULES_KEYS_MAX);
    for (size_t i = 0; i < count; i++)
        if (slice_is(key, names[i]))
            return true;
    return false;
}

size_t modules_keys(const char *path, const char **names, size_t max)
{
    size_t count = 0;
    for (unsigned n = 0; n < MODULES_MAX; n++) {
        const struct config_module *module = config_module(n);
        if (module == NULL || strcmp(module->under == NULL ? "" : module->under, path) != 0)
            continue;
        for (size_t row = 0; row < module->sections[0].key_count && count < max; row++)
            names[count++] = module->sections[0].keys[row].name;
    }
    return count;
}

void modules_release(struct config *config)
{
    for (unsigned n = 0; n < MODULES_MAX; n++) {
        if (config->modules[n] == NULL)
            continue;
        release_section(MODULE_SECTION(n, 0), config->modules[n]);
        free(config->modules[n]);
        config->modules[n] = NULL;
    }
}

void modules_catalog(const struct config *config, struct buf *rows)
{
    for (unsigned n = 0; n < MODULES_MAX; n++) {
        const struct config_module *module = config_module(n);
        if (module != NULL && module->catalog != NULL)
            module->catalog(config, config->modules[n], rows);
    }
}

bool modules_chat(const struct config *config, const char *bot, int64_t chat_id)
{
    for (unsigned n = 0; n < MODULES_MAX; n++) {
        const struct config_module *module = config_module(n);
        if (module != NULL && module->chat != NULL &&
            module->chat(config, config->modules[n], bot, chat_id))
            return true;
    }
    return false;
}

/* NULL when it is not there, or no mapping, which its owner reports. */
static const yaml_node_t *under(struct loader *loader, const yaml_node_t *root, const char *name)
{
    for (size_t i = 0; i < reader_pair_count(root); i++) {
        const yaml_node_pair_t *pair = &root->data.mapping.pairs.start[i];
        const yaml_node_t *key = yaml_document_get_node(loader->document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(loader->document, pair->value);
        if (slice_is(reader_raw(key), name))
            return value->type == YAML_MAPPING_NODE ? value : NULL;
    }
    return NULL;
}
