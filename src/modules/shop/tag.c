#include "modules/shop/tag.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FIELDS = 5 };

static bool take(struct slice *rest, char until, struct slice *out);

void tag_add(char out[TAGS_BYTES_MAX], const struct tag *tag)
{
    size_t len = strlen(out);
    int n = snprintf(out + len, TAGS_BYTES_MAX - len,
                     "%s%" PRIu32 ".%" PRIu32 ".%" PRId64 ".%" PRId64 ".%s%s", len > 0 ? "," : "",
                     tag->period.months, tag->period.days, tag->list, tag->amount, tag->currency,
                     tag->renews ? ".r" : "");
    if (n < 0 || (size_t)n >= TAGS_BYTES_MAX - len)
        out[len] = 0;
}

bool tag_next(struct slice *rest, struct tag *out)
{
    struct slice text, fields[FIELDS];
    long long numbers[FIELDS - 1];
    if (rest->len == 0)
        return false;
    (void)take(rest, ',', &text);
    bool more = false;
    for (size_t i = 0; i < FIELDS; i++) {
        more = take(&text, '.', &fields[i]);
        if (!more && i + 1 < FIELDS)
            return false;
    }
    if (more && !slice_is(text, "r"))
        return false;
    for (size_t i = 0; i < FIELDS - 1; i++)
        if (!slice_to_i64(fields[i], &numbers[i]))
            return false;
    *out = (struct tag){.period = {(uint32_t)numbers[0], (uint32_t)numbers[1]},
                        .list = numbers[2],
                        .amount = numbers[3],
                        .renews = more};
    return slice_copy(fields[FIELDS - 1], out->currency, sizeof out->currency);
}

/* What stands before the mark, or all of it; was there a mark? */
static bool take(struct slice *rest, char until, struct slice *out)
{
    const char *mark = rest->len == 0 ? NULL : memchr(rest->data, until, rest->len);
    size_t len = mark == NULL ? rest->len : (size_t)(mark - rest->data);
    *out = slice_of(rest->data, len);
    len += mark != NULL;
    *rest = slice_of(rest->data + len, rest->len - len);
    return mark != NULL;
}
