/* "Did you mean": how far one word is from another. */
#ifndef USHER_CONFIG_NEAR_H
#define USHER_CONFIG_NEAR_H

#include "base/slice.h"

#include <stdbool.h>

enum { NEAR_WORD_MAX = 64 }; /* bytes; a longer word is near to nothing */

/* The nearest of count words (NULL entries are skipped) if it is close enough to be what was meant:
 * at most one slip in three letters, where a slip is a letter added, left out, changed, or swapped
 * with its neighbour; letter case, '-' and '_' count as the same. NULL otherwise. */
const char *near_find(struct slice word, const char *const *words, size_t count);

#endif
