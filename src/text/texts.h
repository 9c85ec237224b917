/* The catalog of what usher itself says to members, in each language (texts.def). */
#ifndef USHER_TEXT_TEXTS_H
#define USHER_TEXT_TEXTS_H

#include "base/language.h"

enum text {
#define TEXT(name, en, zh_hans, zh_hant) TEXT_##name,
#include "text/texts.def"
#undef TEXT
    TEXT_COUNT
};

struct slice text_get(enum text text, enum language language);

#endif
