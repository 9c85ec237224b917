#include "base/log_json.h"

#include "base/encoding.h"
#include "base/utf8.h"

#include <stdio.h>

/* What is written to; what does not fit is left out from there on. */
struct out {
    char *text;
    size_t len;
};

static void put(struct out *out, const char *text, size_t len);
static void put_text(struct out *out, const char *text);
static void put_escaped(struct out *out, struct slice text);
static void put_member(struct out *out, const char *name, const char *value);
static struct slice take_key(struct slice *rest);
static void take_value(struct out *out, struct slice *rest);
static void put_quoted(struct out *out, struct slice *rest);
static bool is_number(struct slice text);

size_t log_json(char text[LOG_JSON_BYTES_MAX], const char *time, const char *level,
                const char *event, struct slice values)
{
    struct out out = {text, 0};
    put_text(&out, "{");
    put_member(&out, "time", time);
    put_text(&out, ",");
    put_member(&out, "level", level);
    put_text(&out, ",");
    put_member(&out, "event", event);
    while (values.len > 0) {
        struct slice key = take_key(&values);
        if (key.len == 0)
            break;
        put_text(&out, ",\"");
        put_escaped(&out, key);
        put_text(&out, "\":");
        take_value(&out, &values);
    }
    put_text(&out, "}\n");
    return out.len;
}

/* The key behind any blanks, and its '=' taken too. */
static struct slice take_key(struct slice *rest)
{
    size_t at = 0;
    while (at < rest->len && rest->data[at] == ' ')
        at++;
    size_t start = at;
    while (at < rest->len && rest->data[at] != '=')
        at++;
    struct slice key = slice_of(rest->data + start, at - start);
    at += at < rest->len;
    *rest = slice_of(rest->data + at, rest->len - at);
    return key;
}

static void take_value(struct out *out, struct slice *rest)
{
    if (rest->len > 0 && rest->data[0] == '"') {
        put_quoted(out, rest);
        return;
    }
    const char *blank = rest->len > 0 ? memchr(rest->data, ' ', rest->len) : NULL;
    size_t len = blank == NULL ? rest->len : (size_t)(blank - rest->data);
    struct slice value = slice_of(rest->data, len);
    if (is_number(value)) {
        put(out, value.data, value.len);
    } else {
        put_text(out, "\"");
        put_escaped(out, value);
        put_text(out, "\"");
    }
    *rest = slice_of(rest->data + len, rest->len - len);
}

/* Undoes log_quote. A quote inside that was not escaped ends nothing: only one before a blank or
 * the end does. */
static void put_quoted(struct out *out, struct slice *rest)
{
    size_t at = 1;
    put_text(out, "\"");
    while (at < rest->len) {
        const char *c = rest->data + at;
        size_t left = rest->len - at;
        uint8_t byte;
        size_t len = 1;
        if (*c == '"' && (left == 1 || c[1] == ' '))
            break;
        if (*c == '\\' && left >= 4 && c[1] == 'x' &&
            hex_decode(slice_of(c + 2, 2), &byte, 1, &len)) {
            char escape[8];
            snprintf(escape, sizeof(escape), "\\u%04x", byte);
            put_text(out, escape);
            len = 4;
        } else if (*c == '\\' && left >= 2 && (c[1] == '"' || c[1] == '\\')) {
            put_escaped(out, slice_of(c + 1, 1));
            len = 2;
        } else {
            uint32_t code_point;
            len = utf8_decode(slice_of(c, left), &code_point);
            len = len == 0 ? 1 : len;
            put_escaped(out, slice_of(c, len));
        }
        at += len;
    }
    put_text(out, "\"");
    at += at < rest->len;
    *rest = slice_of(rest->data + at, rest->len - at);
}

static bool is_number(struct slice text)
{
    size_t at = text.len > 1 && text.data[0] == '-' ? 1 : 0;
    if (text.len == at || text.len - at > 15 || (text.data[at] == '0' && text.len > at + 1))
        return false;
    for (; at < text.len; at++)
        if (text.data[at] < '0' || text.data[at] > '9')
            return false;
    return true;
}

static void put_member(struct out *out, const char *name, const char *value)
{
    put_text(out, "\"");
    put_text(out, name);
    put_text(out, "\":\"");
    put_escaped(out, slice_from(value));
    put_text(out, "\"");
}

static void put_escaped(struct out *out, struct slice text)
{
    while (text.len > 0) {
        uint32_t code_point;
        size_t len = utf8_decode(text, &code_point);
        if (len == 0) {
            put_text(out, "?");
            len = 1;
        } else if (text.data[0] == '"' || text.data[0] == '\\') {
            put_text(out, "\\");
            put(out, text.data, 1);
        } else if ((unsigned char)text.data[0] < ' ') {
            put_text(out, "?");
        } else {
            put(out, text.data, len);
        }
        text = slice_of(text.data + len, text.len - len);
    }
}

static void put_text(struct out *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put(struct out *out, const char *text, size_t len)
{
    if (len > LOG_JSON_BYTES_MAX - out->len)
        return;
    memcpy(out->text + out->len, text, len);
    out->len += len;
}
