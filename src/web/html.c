#include "web/html.h"

#include "base/assert.h"
#include "base/utf8.h"
#include "config/web.h"

static void escape(struct buf *out, struct slice text);
static size_t line_length(struct slice text);

void html_values(struct buf *out, const char *template, const struct slice *values, size_t count)
{
    while (*template != 0) {
        size_t len = strcspn(template, "$");
        buf_append(out, template, len);
        template += len;
        if (*template == 0)
            return;
        size_t n = (size_t)(template[1] - '0');
        ASSERT(n >= 1 && n < count); /* the template is ours */
        escape(out, values[n]);
        template += 2;
    }
}

static void escape(struct buf *out, struct slice text)
{
    static const char *const references[128] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};
    size_t plain = 0;
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        size_t len = utf8_decode(slice_of(text.data + at, text.len - at), &code);
        bool bad = len == 0 || (utf8_is_control(code) && code != '\n' && code != '\t');
        const char *instead = bad ? "\xEF\xBF\xBD" : code < 128 ? references[code] : NULL;
        if (instead == NULL) {
            at += len;
            continue;
        }
        buf_append(out, text.data + plain, at - plain);
        buf_append_text(out, instead);
        at += len == 0 ? 1 : len;
        plain = at;
    }
    if (text.len > plain)
        buf_append(out, text.data + plain, text.len - plain);
}

void html_paragraphs(struct buf *out, struct slice text)
{
    bool open = false;
    while (text.len > 0) {
        size_t len = line_length(text);
        struct slice line = slice_of(text.data, len);
        if (len == 0 && open)
            buf_append_text(out, "</p>\n");
        else if (len > 0)
            html_put(out, open ? "<br>\n$1" : "<p>$1", line);
        open = len > 0;
        len += len < text.len;
        text = slice_of(text.data + len, text.len - len);
    }
    if (open)
        buf_append_text(out, "</p>\n");
}

static size_t line_length(struct slice text)
{
    const char *end = memchr(text.data, '\n', text.len);
    return end == NULL ? text.len : (size_t)(end - text.data);
}

bool html_may_link(struct slice url)
{
    static const char tg[] = "tg://";
    if (url.len <= sizeof tg - 1 || memcmp(url.data, tg, sizeof tg - 1) != 0)
        return url.data != NULL && web_is_link(url);
    for (size_t i = 0; i < url.len; i++)
        if (url.data[i] <= ' ' || url.data[i] > '~')
            return false;
    return true;
}

bool html_link_open(struct buf *out, const char *class, struct slice url)
{
    if (!html_may_link(url))
        return false;
    html_put(out, "<a href=\"$1\" rel=\"noopener noreferrer\"", url);
    if (class[0] != 0)
        html_put(out, " class=\"$1\"", slice_from(class));
    buf_append_text(out, ">");
    return true;
}

void html_link(struct buf *out, const char *class, struct slice url, struct slice text)
{
    bool open = html_link_open(out, class, url);
    html_put(out, open ? "$1</a>" : "$1", text);
}
