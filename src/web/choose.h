/* The language of a page: what the reader chose on it (?lang=), else what the browser asks for,
 * else the community's. Pure. */
#ifndef USHER_WEB_CHOOSE_H
#define USHER_WEB_CHOOSE_H

#include "base/language.h"

/* query: without '?'; accept: the value of Accept-Language, or absent. What is malformed counts for
 * nothing. */
enum language web_language(struct slice query, struct slice accept, enum language fallback);

#endif
