/* The style sheet of the pages, under an address that names what is in it: whoever has it keeps it,
 * and a changed one is another address. */
#ifndef USHER_WEB_STYLE_H
#define USHER_WEB_STYLE_H

#include "base/slice.h"

struct slice style_text(void);
/* "usher-" and 16 hex digits of the text's SHA-256 and ".css"; served under /style/. */
const char *style_name(void);
/* The whole digest in quotes. */
const char *style_etag(void);
/* Does the value of an If-None-Match name it? */
bool style_known(struct slice if_none_match);

#endif
