/* The starter configuration that `usher init` writes: word for word config/usher.yaml, which is the
 * one to edit. Its lines come here through
 *   sed 's/\\/\\\\/g; s/"/\\"/g; s/^/    "/; s/$/\\n"/' config/usher.yaml
 * and the unit test compares the two. */
#ifndef USHER_CONFIG_STARTER_H
#define USHER_CONFIG_STARTER_H

extern const char starter_text[];

#endif
