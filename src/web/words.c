#include "web/words.h"

#include "base/assert.h"

static const char *const words[WORD_COUNT][LANGUAGE_COUNT] = {
#define WORD(name, en, zh_hans, zh_hant) [WORD_##name] = {en, zh_hans, zh_hant},
#include "web/words.def"
#undef WORD
};

const char *word_get(enum word word, enum language language)
{
    ASSERT((unsigned)word < WORD_COUNT && (unsigned)language < LANGUAGE_COUNT);
    return words[word][language];
}
