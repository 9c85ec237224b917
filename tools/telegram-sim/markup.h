/* parse_mode: how long a text is once its entities are parsed. */
#ifndef SIM_MARKUP_H
#define SIM_MARKUP_H

#include "base/slice.h"

/* UTF-16 code units, as Telegram counts. HTML is checked: known tags, properly nested and closed.
 * Markdown is counted as it stands. False: problem says what the Bot API would say. */
bool markup_length(struct slice parse_mode, struct slice text, size_t *chars, char *problem,
                   size_t problem_size);

#endif
