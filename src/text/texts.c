#include "text/texts.h"

#include "base/assert.h"

static const char *const texts[TEXT_COUNT][LANGUAGE_COUNT] = {
#define TEXT(name, en, zh_hans, zh_hant)                                                           \
    [TEXT_##                                                                                       \
        name] = {[LANGUAGE_EN] = en, [LANGUAGE_ZH_HANS] = zh_hans, [LANGUAGE_ZH_HANT] = zh_hant},
#include "text/texts.def"
#undef TEXT
};

struct slice text_get(enum text text, enum language language)
{
    ASSERT((unsigned)text < TEXT_COUNT && (unsigned)language < LANGUAGE_COUNT);
    return slice_from(texts[text][language]);
}
