/* Walks the YAML tree along the tables of schema.h. A scope is one mapping being read into one
 * struct; its functions are what the types (types.c, lists.c) and checks work with. All errors go
 * to the loader's report, none stops the walk. The recursion is as deep as the schema, and the
 * number of values visited is bounded, whatever aliases say. */
#ifndef USHER_CONFIG_READER_H
#define USHER_CONFIG_READER_H

#include "config/config.h"
#include "config/document.h"
#include "config/report.h"
#include "config/schema.h"
#include "config/substitute.h"

enum { READER_VALUES_MAX = 400000, READER_KEYS_MAX = 256 /* of one mapping */ };

/* A name that stands for a thing, to be looked up when all things are known. */
struct reference {
    enum section_id section;
    char name[CONFIG_NAME_MAX + 1];
    bool private; /* the name came out of a variable or file, so no error may show it */
    void *target; /* the pointer to set */
    unsigned long line;
    char path[REPORT_PATH_MAX + 1];
};

struct loader {
    struct report *report;
    struct substitute *substitute;
    yaml_document_t *document;
    struct config *config;
    struct buf scratch; /* one value with its secrets put in; wiped at the end */
    bool private;       /* that value is not what stands in the file */
    struct reference *references;
    size_t reference_count;
    size_t reference_cap;
    unsigned long values; /* visited so far */
};

struct scope {
    struct loader *loader;
    enum section_id section;
    const yaml_node_t *node; /* the mapping; NULL when it is absent and its defaults apply */
    unsigned long line;
    void *object; /* the section's struct */
    char path[REPORT_PATH_MAX + 1];
    uint64_t bad;            /* bit i: row i could not be read, and that has been reported */
    struct why lazy_problem; /* why the lazy key was left out */
};

/* Where a value stands, for its errors. */
struct place {
    const struct key *key;
    unsigned long line;
    char path[REPORT_PATH_MAX + 1];
};

/* Reads a mapping (or, for NULL, only the defaults) into object. */
void reader_section(struct loader *loader, enum section_id section, const yaml_node_t *node,
                    unsigned long line, const char *path, void *object);

/* The same, without a word about keys that it does not know. */
void reader_rows(struct loader *loader, enum section_id section, const yaml_node_t *node,
                 unsigned long line, const char *path, void *object);

/* The text of a scalar, with everything replaced, in loader->scratch until the next call. False: it
 * is no such thing, and that has been reported (or, with problem, put there when a variable is the
 * cause). */
bool reader_text(struct loader *loader, const struct place *place, const yaml_node_t *node,
                 struct slice *text, struct why *problem);
/* node as a list of least to most items as the key says; NULL after reporting. */
const yaml_node_t *reader_list(struct loader *loader, const struct place *place,
                               const yaml_node_t *node, size_t *count);
const yaml_node_t *reader_item(struct loader *loader, const struct place *list,
                               const yaml_node_t *node, size_t index, struct place *item);
/* One step of a mapping: its key (a plain scalar) and value. False after reporting. */
bool reader_pair(struct loader *loader, const struct place *mapping, const yaml_node_t *node,
                 size_t index, struct slice *key, const yaml_node_t **value, struct place *place);
size_t reader_pair_count(const yaml_node_t *node);
/* Is node a mapping, within READER_KEYS_MAX and without a tag; reports otherwise. */
bool reader_mapping(struct loader *loader, const struct place *place, const yaml_node_t *node);

void reader_fault(struct loader *loader, const struct place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "\"text\"" shortened for an error, or "the value" when it may be a secret. */
const char *reader_show(const struct key *key, struct slice raw, char *out, size_t out_size);
struct slice reader_raw(const yaml_node_t *node);
/* "path.key", or "key" when path is "". */
void reader_join(char *out, size_t out_size, const char *path, const char *key);

bool reader_refer(struct loader *loader, const struct place *place, enum section_id section,
                  struct slice name, void *target);

/* In scope.c, for checks. good: the key was read, or is absent and need not be there. */
bool scope_good(const struct scope *scope, const char *key);
bool scope_given(const struct scope *scope, const char *key);
const yaml_node_t *scope_value(const struct scope *scope, const char *key);
/* The pair of a key; false when it is not in the file. */
bool scope_find(const struct scope *scope, const char *key, const yaml_node_t **key_node,
                const yaml_node_t **value);
/* An error at a key, or at the whole mapping when key is NULL. */
void scope_fault(const struct scope *scope, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same as a warning. */
void scope_warn(const struct scope *scope, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* An error at a key of an item of a list: "bots", 1, "name". */
void scope_item_fault(const struct scope *scope, const char *list, size_t index, const char *key,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));
void scope_item_warn(const struct scope *scope, const char *list, size_t index, const char *key,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
