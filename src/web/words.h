/* What the pages say, in each language: words.def. */
#ifndef USHER_WEB_WORDS_H
#define USHER_WEB_WORDS_H

#include "base/language.h"

enum word {
#define WORD(name, en, zh_hans, zh_hant) WORD_##name,
#include "web/words.def"
#undef WORD
    WORD_COUNT
};

/* A template for html_put. */
const char *word_get(enum word word, enum language language);

#endif
