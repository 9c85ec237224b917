/* Frees what has been read, along the same tables, so that a new key needs no line of its own here.
 */
#ifndef USHER_CONFIG_RELEASE_H
#define USHER_CONFIG_RELEASE_H

#include "config/schema.h"

/* Frees what the keys of a section own in its struct, complete or not; all text is wiped first,
 * since any of it may have come out of a ${SECRET}. */
void release_section(enum section_id section, void *object);

#endif
