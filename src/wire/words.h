/* What somebody's words to a bot, or the data of a button, mean. The tables stand with the modules
 * (ledger/words.h); a carrier is handed the two functions, because it must not see them. */
#ifndef USHER_WIRE_WORDS_H
#define USHER_WIRE_WORDS_H

#include "base/slice.h"

struct word {
    unsigned module;
    const char *verb; /* static */
    struct slice arg; /* lies in what was said */
};

struct words {
    /* A text that is a word of some module; in a group only those that may be said there. */
    bool (*say)(struct slice text, bool group, struct word *out);
    bool (*press)(struct slice data, struct word *out);
};

#endif
