#include "carrier/http/who.h"

#include "base/encoding.h"

#include <stdio.h>

void http_who(struct buf *out, const char *scheme, const char *user, const char *secret)
{
    char pair[HTTP_WHO_MAX];
    char base64[4 * ((HTTP_WHO_MAX + 2) / 3) + 1];
    if (scheme != NULL)
        buf_append_text(out, scheme);
    if (user == NULL) {
        buf_append_text(out, secret == NULL ? "" : secret);
        return;
    }
    int len = snprintf(pair, sizeof pair, "%s:%s", user, secret == NULL ? "" : secret);
    if (len < 0 || (size_t)len >= sizeof pair) {
        out->failed = true;
        return;
    }
    base64_encode(pair, (size_t)len, base64, sizeof base64);
    buf_append_text(out, base64);
}
