/* The languages of a member and of a community. */
#ifndef USHER_BASE_LANGUAGE_H
#define USHER_BASE_LANGUAGE_H

#include "base/slice.h"

enum language { LANGUAGE_EN, LANGUAGE_ZH_HANS, LANGUAGE_ZH_HANT, LANGUAGE_COUNT };

/* "en", "zh-Hans", "zh-Hant". */
const char *language_tag(enum language language);
/* The exact tags above. */
bool language_parse(struct slice tag, enum language *out);
/* What Telegram reports as language_code (IETF tag such as "zh-hant", "zh-TW", "zh-cn", "en-GB",
 * "de"): the nearest of ours, or fallback when it is absent or another language. */
enum language language_nearest(struct slice tag, enum language fallback);

#endif
