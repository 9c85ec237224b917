#include "text/template.h"

#include "base/assert.h"
#include "base/utf8.h"

#include <stdio.h>

enum { PLACEHOLDER_SHOWN_MAX = 40, KNOWN_BYTES_MAX = 256 };

static const char *const allowed[] = {"name", "plan", "until", "community"};

/* What a template consists of: plain text, then perhaps a placeholder. */
struct piece {
    struct slice plain;
    struct slice whole; /* "{{ name }}", absent at the end of the text or when it is broken off */
    struct slice name;  /* "name" */
};

static enum error why_unknown(struct slice placeholder, const char *const *names, size_t count,
                              struct why *why);
static struct piece next_piece(struct slice *rest);
static struct slice trim(struct slice s);
static size_t find(struct slice s, const char *two);
static struct slice skip(struct slice s, size_t n);
static void append_value(struct buf *out, struct slice value);

enum error template_check(struct slice text, struct why *why)
{
    size_t units = utf8_utf16_length(text);
    if (slice_is_text(text) && units > TEMPLATE_UNITS_MAX)
        return why_set(why, ERROR_TOO_LARGE, "%zu characters; at most %d are allowed", units,
                       TEMPLATE_UNITS_MAX);
    return template_check_names(text, allowed, sizeof(allowed) / sizeof(allowed[0]), why);
}

enum error template_check_names(struct slice text, const char *const *names, size_t count,
                                struct why *why)
{
    ASSERT(count > 0 && count <= TEMPLATE_NAMES_MAX);
    if (!slice_is_text(text))
        return why_set(why, ERROR_INVALID, "not plain UTF-8 text, or with control characters");
    while (text.len > 0) {
        struct piece piece = next_piece(&text);
        if (find(piece.plain, "{{") < piece.plain.len)
            return why_set(why, ERROR_INVALID, "\"{{\" without its \"}}\"");
        if (find(piece.plain, "}}") < piece.plain.len)
            return why_set(why, ERROR_INVALID, "\"}}\" without its \"{{\"");
        bool known = piece.whole.data == NULL;
        for (size_t i = 0; i < count; i++)
            known = known || slice_is(piece.name, names[i]);
        if (!known)
            return why_unknown(piece.whole, names, count, why);
    }
    return ERROR_NONE;
}

bool template_uses(struct slice text, const char *name)
{
    while (text.len > 0) {
        struct piece piece = next_piece(&text);
        if (piece.whole.data != NULL && slice_is(piece.name, name))
            return true;
    }
    return false;
}

void template_render(struct buf *out, struct slice text, const struct template_value *values,
                     size_t count)
{
    while (text.len > 0) {
        struct piece piece = next_piece(&text);
        buf_append_slice(out, piece.plain);
        if (piece.whole.data == NULL)
            continue;
        size_t i = 0;
        while (i < count && !slice_is(piece.name, values[i].name))
            i++;
        if (i < count)
            append_value(out, values[i].value);
        else
            buf_append_slice(out, piece.whole);
    }
}

static enum error why_unknown(struct slice placeholder, const char *const *names, size_t count,
                              struct why *why)
{
    char list[KNOWN_BYTES_MAX] = "";
    for (size_t i = 0; i < count; i++) {
        const char *before = i == 0 ? "" : i + 1 < count ? ", " : " and ";
        size_t len = strlen(list);
        snprintf(list + len, sizeof(list) - len, "%s{{%s}}", before, names[i]);
    }
    return why_set(why, ERROR_INVALID, "unknown placeholder %.*s; %s %s known",
                   SLICE_ARG(utf8_cut_utf16(placeholder, PLACEHOLDER_SHOWN_MAX)), list,
                   count == 1 ? "is" : "are");
}

static struct piece next_piece(struct slice *rest)
{
    struct piece piece = {.plain = *rest};
    size_t open = find(*rest, "{{");
    size_t close = open < rest->len ? open + find(skip(*rest, open), "}}") : rest->len;
    if (close >= rest->len) {
        *rest = skip(*rest, rest->len);
        return piece;
    }
    piece.plain = slice_of(rest->data, open);
    piece.whole = slice_of(rest->data + open, close + 2 - open);
    piece.name = trim(slice_of(rest->data + open + 2, close - open - 2));
    *rest = skip(*rest, close + 2);
    return piece;
}

static struct slice trim(struct slice s)
{
    while (s.len > 0 && s.data[0] == ' ')
        s = skip(s, 1);
    while (s.len > 0 && s.data[s.len - 1] == ' ')
        s.len--;
    return s;
}

/* Where the two characters stand first; s.len when nowhere. */
static size_t find(struct slice s, const char *two)
{
    const char *at = s.len > 0 ? memmem(s.data, s.len, two, 2) : NULL;
    return at != NULL ? (size_t)(at - s.data) : s.len;
}

static struct slice skip(struct slice s, size_t n)
{
    return slice_of(s.data + n, s.len - n);
}

static void append_value(struct buf *out, struct slice value)
{
    while (value.len > 0) {
        uint32_t code_point;
        size_t len = utf8_decode(value, &code_point);
        if (len == 0)
            buf_append_text(out, "\xEF\xBF\xBD"); /* U+FFFD */
        else if (utf8_is_control(code_point))
            buf_append_text(out, " ");
        else
            buf_append(out, value.data, len);
        value = skip(value, len == 0 ? 1 : len);
    }
}
