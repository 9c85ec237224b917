/* One YAML document as libyaml's tree, out of bytes that need not be friendly: size, depth, number
 * of nodes, anchors and aliases are bounded before the tree is built. An alias shares its anchor's
 * node and may even contain itself, so whoever walks the tree must be bounded too. libyaml's yaml.h
 * is seen only in src/config.
 *
 * Why libyaml and not libcyaml, which stands on it and has typed schemas: libcyaml 1.3.1 stops at
 * the first error and gives lines only in its log, and an operator wants all errors of a file at
 * once, each with its line. So the schema is our own table (schema.h). */
#ifndef USHER_CONFIG_DOCUMENT_H
#define USHER_CONFIG_DOCUMENT_H

#include "config/report.h"

#include <yaml.h>

enum {
    DOCUMENT_BYTES_MAX = 1024 * 1024,
    DOCUMENT_DEPTH_MAX = 16,
    DOCUMENT_NODES_MAX = 200000,
    /* libyaml compares each anchor and alias with all anchors before it. */
    DOCUMENT_ANCHORS_MAX = 256,
    DOCUMENT_ALIASES_MAX = 4096
};

/* True: document is filled, its root is a mapping, and document_wipe must follow. False: the error
 * is in the report (file 0). */
bool document_read(struct slice text, struct report *report, yaml_document_t *document);

/* Overwrites all scalars, which may be secrets, and frees the tree. */
void document_wipe(yaml_document_t *document);

#endif
