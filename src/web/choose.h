/* What a page is made for. Its language: what the reader chose on it (?lang=), else what the
 * browser asks for, else the community's. Pure. */
#ifndef USHER_WEB_CHOOSE_H
#define USHER_WEB_CHOOSE_H

#include "base/language.h"

/* query: without '?'; accept: the value of Accept-Language, or absent. What is malformed counts for
 * nothing. */
enum language web_language(struct slice query, struct slice accept, enum language fallback);

/* Is this User-Agent a phone's browser, in which WeChat Pay's H5 can be paid? WeChat's own, and
 * what is no phone, cannot: they scan, or are scanned. */
bool web_is_phone(struct slice user_agent);

enum { WEB_SOURCE_MAX = 24 };

/* Where the reader came from: the query's source, else its utm_source, as a deep link can carry it:
 * what is no letter, digit, '-' or '_' is '_', and the rest of a long one is left out. "" when
 * there is none. */
void web_source(struct slice query, char out[WEB_SOURCE_MAX + 1]);

#endif
