#include "config/reader.h"

#include "base/assert.h"
#include "config/module.h"

#include <stdio.h>

bool scope_good(const struct scope *scope, const char *key)
{
    const struct section *schema = section_of(scope->section);
    size_t row = 0;
    while (row < schema->key_count && strcmp(schema->keys[row].name, key) != 0)
        row++;
    ASSERT(row < schema->key_count); /* a check names a key that its section has */
    return (scope->bad >> row & 1) == 0;
}

bool scope_given(const struct scope *scope, const char *key)
{
    return scope_value(scope, key) != NULL;
}

const yaml_node_t *scope_value(const struct scope *scope, const char *key)
{
    const yaml_node_t *key_node;
    const yaml_node_t *value;
    return scope_find(scope, key, &key_node, &value) ? value : NULL;
}

bool scope_find(const struct scope *scope, const char *key, const yaml_node_t **key_node,
                const yaml_node_t **value)
{
    if (scope->node == NULL)
        return false;
    for (size_t i = 0; i < reader_pair_count(scope->node); i++) {
        const yaml_node_pair_t *pair = &scope->node->data.mapping.pairs.start[i];
        *key_node = yaml_document_get_node(scope->loader->document, pair->key);
        *value = yaml_document_get_node(scope->loader->document, pair->value);
        ASSERT(*key_node != NULL && *value != NULL);
        if ((*key_node)->type == YAML_SCALAR_NODE && slice_is(reader_raw(*key_node), key))
            return true;
    }
    return false;
}

void scope_fault(const struct scope *scope, const char *key, const char *format, ...)
{
    char path[REPORT_PATH_MAX + 1];
    char message[REPORT_MESSAGE_MAX + 1];
    const yaml_node_t *key_node;
    const yaml_node_t *value;
    unsigned long line = scope->line;

    if (key != NULL && scope_find(scope, key, &key_node, &value))
        line = key_node->start_mark.line + 1;
    if (key != NULL)
        reader_join(path, sizeof(path), scope->path, key);
    else
        snprintf(path, sizeof(path), "%s", scope->path);
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    report_add(scope->loader->report, 0, line, path, "%s", message);
}

void scope_warn(const struct scope *scope, const char *key, const char *format, ...)
{
    char message[REPORT_MESSAGE_MAX + 1];
    struct report *report = scope->loader->report;
    size_t before = report->count;
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    scope_fault(scope, key, "%s", message);
    report_warn(report, before);
}

void scope_item_fault(const struct scope *scope, const char *list, size_t index, const char *key,
                      const char *format, ...)
{
    char message[REPORT_MESSAGE_MAX + 1];
    struct place item;
    const yaml_node_t *node = scope_value(scope, list);
    struct place place = {.line = scope->line};

    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    reader_join(place.path, sizeof(place.path), scope->path, list);
    ASSERT(node != NULL && node->type == YAML_SEQUENCE_NODE);
    const yaml_node_t *child = reader_item(scope->loader, &place, node, index, &item);
    struct scope inner = {.loader = scope->loader,
                          .node = child->type == YAML_MAPPING_NODE ? child : NULL,
                          .line = item.line};
    snprintf(inner.path, sizeof(inner.path), "%s", item.path);
    scope_fault(&inner, key, "%s", message);
}

void scope_item_warn(const struct scope *scope, const char *list, size_t index, const char *key,
                     const char *format, ...)
{
    char message[REPORT_MESSAGE_MAX + 1];
    struct report *report = scope->loader->report;
    size_t before = report->count;
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    scope_item_fault(scope, list, index, key, "%s", message);
    report_warn(report, before);
}
