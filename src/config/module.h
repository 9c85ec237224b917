/* A module's part of the configuration: keys of the file's root, or of the section that another
 * module has there, read into a struct of the module's own by rows like those of schema.c, and what
 * of it the ledger must know, as rows of the catalog. */
#ifndef USHER_CONFIG_MODULE_H
#define USHER_CONFIG_MODULE_H

#include "config/config.h"
#include "config/reader.h"
#include "config/schema.h"

enum { MODULE_SECTIONS_MAX = 16, MODULES_KEYS_MAX = 64 /* at one place of the file */ };

/* The id of a module's n-th section; its 0th holds the keys of the root. */
#define MODULE_SECTION(module, n)                                                                  \
    ((enum section_id)(SECTION_COUNT + (int)(module)*MODULE_SECTIONS_MAX + (n)))

struct config_module {
    size_t size;                    /* of the struct that sections[0] reads into */
    const struct section *sections; /* a row without a name ends them */
    /* Another module's key of the root, a mapping: sections[0]'s keys stand there, and are all
     * optional. NULL: they stand in the root. */
    const char *under;
    /* Appends encoded rows (ROW shapes of the module) to the catalog; NULL: none. */
    void (*catalog)(const struct config *config, const void *own, struct buf *rows);
    /* Is this group chat the module's, so that what people write there is for it to hear (struct
     * module, claims)? Of all others only words that may be said in groups are read. NULL: none. */
    bool (*chat)(const struct config *config, const void *own, const char *bot, int64_t chat_id);
};

/* The part of the module of this number, NULL: it has none. The registry (ledger/registry.c) knows
 * them. */
const struct config_module *config_module(unsigned module);

/* What the file says for a module; zeros and defaults when it says nothing. */
const void *config_of(const struct config *config, unsigned module);

/* The section of this id, a module's or ours. */
const struct section *section_of(enum section_id id);

/* Reads all modules' keys of the root mapping. */
void modules_read(struct loader *loader, const yaml_node_t *root, unsigned long line);
/* Is it a key that a module reads, in the mapping at this path? "": the root. */
bool modules_know(const char *path, struct slice key);
/* The names of those keys, at most max; how many. */
size_t modules_keys(const char *path, const char **names, size_t max);
void modules_release(struct config *config);
void modules_catalog(const struct config *config, struct buf *rows);
/* Does a module hear what is written in this group chat? */
bool modules_chat(const struct config *config, const char *bot, int64_t chat_id);

#endif
