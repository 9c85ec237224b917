#include "config/reader.h"

#include "base/assert.h"
#include "base/log.h"
#include "config/lists.h"
#include "config/live.h"
#include "config/machine.h"
#include "config/module.h"
#include "config/near.h"
#include "config/types.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHOWN_BYTES_MAX = 60, ROWS_MAX = 64 };

static void check_keys(struct scope *scope);
static void report_unknown(struct scope *scope, const struct place *place, struct slice key);
static void read_row(struct scope *scope, size_t row);
static void read_absent(struct scope *scope, const struct place *place, size_t row);
static bool read_value(struct scope *scope, const struct place *place, const yaml_node_t *node);
static bool read_scalar(struct scope *scope, const struct place *place, const yaml_node_t *node);
static void expected_of(const struct key *key, char *out, size_t out_size);
static bool is_null(const yaml_node_t *node);
static bool is_untagged(const yaml_node_t *node);
static bool count_value(struct loader *loader, const struct place *place);

void reader_section(struct loader *loader, enum section_id section, const yaml_node_t *node,
                    unsigned long line, const char *path, void *object)
{
    struct scope scope = {.loader = loader, .section = section, .node = node, .line = line};

    snprintf(scope.path, sizeof(scope.path), "%s", path);
    if (node != NULL)
        check_keys(&scope);
    reader_rows(loader, section, node, line, path, object);
}

void reader_rows(struct loader *loader, enum section_id section, const yaml_node_t *node,
                 unsigned long line, const char *path, void *object)
{
    const struct section *schema = section_of(section);
    struct scope scope = {
        .loader = loader, .section = section, .node = node, .line = line, .object = object};

    ASSERT(schema->key_count <= ROWS_MAX);
    snprintf(scope.path, sizeof(scope.path), "%s", path);
    for (size_t row = 0; row < schema->key_count; row++)
        read_row(&scope, row);
    if (schema->check != NULL)
        schema->check(&scope);
}

bool reader_text(struct loader *loader, const struct place *place, const yaml_node_t *node,
                 struct slice *text, struct why *problem)
{
    char expected[256];
    struct why why = {{0}};
    struct slice raw = reader_raw(node);

    expected_of(place->key, expected, sizeof(expected));
    if (!count_value(loader, place))
        return false;
    if (node->type != YAML_SCALAR_NODE || is_null(node)) {
        reader_fault(loader, place, "%s; expected %s",
                     node->type == YAML_SEQUENCE_NODE  ? "is a list"
                     : node->type == YAML_MAPPING_NODE ? "is a mapping"
                                                       : "has no value",
                     expected);
        return false;
    }
    if (!is_untagged(node)) {
        reader_fault(loader, place, "has a YAML tag; expected %s without one", expected);
        return false;
    }
    buf_clear(&loader->scratch);
    if (!substitute_expand(loader->substitute, raw, &loader->scratch, &why)) {
        if (problem != NULL)
            *problem = why;
        else
            reader_fault(loader, place, "%s", why.text);
        return false;
    }
    *text = buf_slice(&loader->scratch);
    if (text->data == NULL)
        *text = SLICE("");
    loader->private = !slice_equal(raw, *text);
    return true;
}

const yaml_node_t *reader_list(struct loader *loader, const struct place *place,
                               const yaml_node_t *node, size_t *count)
{
    char expected[256];

    expected_of(place->key, expected, sizeof(expected));
    if (!count_value(loader, place))
        return NULL;
    if (node->type != YAML_SEQUENCE_NODE || !is_untagged(node)) {
        reader_fault(loader, place, "%s; expected %s",
                     is_null(node) ? "has no value" : "is not a list", expected);
        return NULL;
    }
    *count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (*count < place->key->least || *count > place->key->most) {
        reader_fault(loader, place, "has %zu items; expected %s", *count, expected);
        return NULL;
    }
    return node;
}

const yaml_node_t *reader_item(struct loader *loader, const struct place *list,
                               const yaml_node_t *node, size_t index, struct place *item)
{
    const yaml_node_t *child =
        yaml_document_get_node(loader->document, node->data.sequence.items.start[index]);
    ASSERT(child != NULL);
    *item = (struct place){.key = list->key, .line = child->start_mark.line + 1};
    int n = snprintf(item->path, sizeof(item->path), "%s[%zu]", list->path, index);
    ASSERT(n > 0);
    return child;
}

bool reader_mapping(struct loader *loader, const struct place *place, const yaml_node_t *node)
{
    char expected[256];

    if (!count_value(loader, place))
        return false;
    if (node->type != YAML_MAPPING_NODE || !is_untagged(node)) {
        expected_of(place->key, expected, sizeof(expected));
        reader_fault(loader, place, "%s; expected %s",
                     is_null(node) ? "has no value" : "is not a mapping", expected);
        return false;
    }
    if (reader_pair_count(node) > READER_KEYS_MAX) {
        reader_fault(loader, place, "has too many keys; expected at most %d", READER_KEYS_MAX);
        return false;
    }
    return true;
}

size_t reader_pair_count(const yaml_node_t *node)
{
    return (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
}

bool reader_pair(struct loader *loader, const struct place *mapping, const yaml_node_t *node,
                 size_t index, struct slice *key, const yaml_node_t **value, struct place *place)
{
    const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[index];
    const yaml_node_t *key_node = yaml_document_get_node(loader->document, pair->key);
    char shown[SHOWN_BYTES_MAX + 3];

    *value = yaml_document_get_node(loader->document, pair->value);
    ASSERT(key_node != NULL && *value != NULL);
    *place = (struct place){.key = mapping->key, .line = key_node->start_mark.line + 1};
    snprintf(place->path, sizeof(place->path), "%s", mapping->path);
    if (key_node->type != YAML_SCALAR_NODE || !is_untagged(key_node)) {
        reader_fault(loader, place, "a key is no plain text; expected a word");
        return false;
    }
    *key = reader_raw(key_node);
    bool simple = type_is_token(*key) && key->len <= SHOWN_BYTES_MAX;
    if (simple)
        snprintf(shown, sizeof(shown), "%.*s", SLICE_ARG(*key));
    else
        log_quote(*key, shown, sizeof(shown));
    reader_join(place->path, sizeof(place->path), mapping->path, shown);
    for (size_t i = 0; i < index; i++) {
        const yaml_node_t *earlier =
            yaml_document_get_node(loader->document, node->data.mapping.pairs.start[i].key);
        if (earlier != NULL && earlier->type == YAML_SCALAR_NODE &&
            slice_equal(reader_raw(earlier), *key)) {
            reader_fault(loader, place, "is there twice, first in line %zu; expected it once",
                         earlier->start_mark.line + 1);
            return false;
        }
    }
    return true;
}

void reader_fault(struct loader *loader, const struct place *place, const char *format, ...)
{
    char message[REPORT_MESSAGE_MAX + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    report_add(loader->report, 0, place->line, place->path, "%s", message);
}

const char *reader_show(const struct key *key, struct slice raw, char *out, size_t out_size)
{
    ASSERT(out_size > SHOWN_BYTES_MAX);
    if (key->secret)
        snprintf(out, out_size, "the value");
    else
        log_quote(raw, out, SHOWN_BYTES_MAX);
    return out;
}

struct slice reader_raw(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE)
        return SLICE("");
    return slice_of(node->data.scalar.value, node->data.scalar.length);
}

void reader_join(char *out, size_t out_size, const char *path, const char *key)
{
    int n = snprintf(out, out_size, "%s%s%s", path, path[0] != '\0' ? "." : "", key);
    ASSERT(n >= 0);
}

bool reader_refer(struct loader *loader, const struct place *place, enum section_id section,
                  struct slice name, void *target)
{
    if (loader->reference_count == loader->reference_cap) {
        size_t cap = loader->reference_cap == 0 ? 64 : loader->reference_cap * 2;
        struct reference *grown = realloc(loader->references, cap * sizeof(grown[0]));
        if (grown == NULL) {
            loader->report->no_memory = true;
            return false;
        }
        loader->references = grown;
        loader->reference_cap = cap;
    }
    struct reference *reference = &loader->references[loader->reference_count];
    *reference = (struct reference){
        .section = section, .private = loader->private, .target = target, .line = place->line};
    snprintf(reference->path, sizeof(reference->path), "%s", place->path);
    if (!slice_copy(name, reference->name, sizeof(reference->name)))
        return false;
    loader->reference_count++;
    return true;
}

/* Unknown and repeated keys. */
static void check_keys(struct scope *scope)
{
    const struct section *schema = section_of(scope->section);
    struct place mapping = {.line = scope->line};

    snprintf(mapping.path, sizeof(mapping.path), "%s", scope->path);
    for (size_t i = 0; i < reader_pair_count(scope->node); i++) {
        struct slice name;
        const yaml_node_t *value;
        struct place place;
        bool known = false;
        if (!reader_pair(scope->loader, &mapping, scope->node, i, &name, &value, &place))
            continue;
        for (size_t row = 0; row < schema->key_count && !known; row++)
            known = slice_is(name, schema->keys[row].name);
        known = known || modules_know(scope->path, name);
        if (!known)
            report_unknown(scope, &place, name);
    }
}

static void report_unknown(struct scope *scope, const struct place *place, struct slice key)
{
    const struct section *schema = section_of(scope->section);
    const char *names[ROWS_MAX + MODULES_KEYS_MAX];
    char list[640];
    size_t at = 0;
    size_t count = 0;

    for (; count < schema->key_count; count++)
        names[count] = schema->keys[count].name;
    count += modules_keys(scope->path, names + count, MODULES_KEYS_MAX);
    for (size_t i = 0; i < count && at < sizeof(list); i++)
        at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i > 0 ? ", " : "", names[i]);
    const char *near = near_find(key, names, count);
    if (near != NULL)
        reader_fault(scope->loader, place, "is not a key of %s; did you mean \"%s\"?", schema->what,
                     near);
    else
        reader_fault(scope->loader, place, "is not a key of %s; expected one of %s", schema->what,
                     list);
}

static void read_row(struct scope *scope, size_t row)
{
    const yaml_node_t *key_node;
    const yaml_node_t *value;
    struct place place = {.key = &section_of(scope->section)->keys[row], .line = scope->line};

    reader_join(place.path, sizeof(place.path), scope->path, place.key->name);
    if (!scope_find(scope, place.key->name, &key_node, &value)) {
        read_absent(scope, &place, row);
        return;
    }
    place.line = key_node->start_mark.line + 1;
    if (!read_value(scope, &place, value))
        scope->bad |= UINT64_C(1) << row;
}

static void read_absent(struct scope *scope, const struct place *place, size_t row)
{
    const struct key *key = place->key;
    char expected[256];

    if (key->presence == REQUIRED) {
        expected_of(key, expected, sizeof(expected));
        scope_fault(scope, key->name, "is missing; expected %s", expected);
        scope->bad |= UINT64_C(1) << row;
    } else if (key->presence == DEFAULTED && key->type == TYPE_SECTION) {
        reader_section(scope->loader, key->inner, NULL, scope->line, place->path,
                       (char *)scope->object + key->offset);
    } else if (key->presence == DEFAULTED) {
        struct fault fault = {{0}, {0}};
        bool ok = type_read(scope, place, slice_from(key->fallback), &fault);
        ASSERT(ok);
        if (scope->loader->report->machine)
            machine_check(scope, place);
    }
}

static bool read_value(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    if (place->key->type == TYPE_SECTION) {
        if (!reader_mapping(scope->loader, place, node))
            return false;
        reader_section(scope->loader, place->key->inner, node, place->line, place->path,
                       (char *)scope->object + place->key->offset);
        return true;
    }
    return list_is(place->key->type) ? list_read(scope, place, node)
                                     : read_scalar(scope, place, node);
}

static bool read_scalar(struct scope *scope, const struct place *place, const yaml_node_t *node)
{
    struct slice text;
    struct fault fault = {{0}, {0}};
    char shown[SHOWN_BYTES_MAX + 3];

    if (!reader_text(scope->loader, place, node, &text,
                     place->key->lazy ? &scope->lazy_problem : NULL))
        return place->key->lazy && scope->lazy_problem.text[0] != '\0';
    if (type_read(scope, place, text, &fault)) {
        if (scope->loader->report->live)
            live_check(scope, place);
        if (scope->loader->report->machine)
            machine_check(scope, place);
        return true;
    }
    if (fault.wrong[0] == '\0')
        snprintf(fault.wrong, sizeof(fault.wrong), "%s is not valid",
                 reader_show(place->key, reader_raw(node), shown, sizeof(shown)));
    if (fault.expected[0] == '\0')
        type_expected(place->key, fault.expected, sizeof(fault.expected));
    reader_fault(scope->loader, place, "%s; expected %s", fault.wrong, fault.expected);
    return false;
}

static void expected_of(const struct key *key, char *out, size_t out_size)
{
    if (key->type == TYPE_SECTION)
        snprintf(out, out_size, "a mapping with the keys of %s", section_of(key->inner)->what);
    else if (list_is(key->type))
        list_expected(key, out, out_size);
    else
        type_expected(key, out, out_size);
}

/* Only a plain scalar can be null; "null" in quotes is text. */
static bool is_null(const yaml_node_t *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++) {
        if (slice_is(reader_raw(node), nulls[i]))
            return true;
    }
    return false;
}

/* libyaml gives a value without a tag the tag of its shape. */
static bool is_untagged(const yaml_node_t *node)
{
    const char *own = node->type == YAML_SCALAR_NODE     ? YAML_STR_TAG
                      : node->type == YAML_SEQUENCE_NODE ? YAML_SEQ_TAG
                                                         : YAML_MAP_TAG;
    return node->tag != NULL && strcmp((const char *)node->tag, own) == 0;
}

static bool count_value(struct loader *loader, const struct place *place)
{
    if (loader->values < READER_VALUES_MAX) {
        loader->values++;
        return true;
    }
    if (loader->values == READER_VALUES_MAX) {
        loader->values++; /* said once */
        reader_fault(loader, place, "too many values, aliases followed; expected at most %d",
                     READER_VALUES_MAX);
    }
    return false;
}
