#include "http/query.h"

#include "base/encoding.h"

#include <stdio.h>

enum { NAME_BYTES_SHOWN = 64 };
#define NAME_ARG(name)                                                                             \
    (int)((name).len < NAME_BYTES_SHOWN ? (name).len : NAME_BYTES_SHOWN), (name).data

/* Takes one "name=value" off the front of rest, which is not empty. */
static void take_param(struct slice *rest, struct slice *name, struct slice *value);
static bool stands_in(struct slice query, struct slice name);

bool query_known(struct slice query, const char *names, struct query_fault *fault)
{
    struct slice rest = query;
    struct slice name, value;

    while (rest.len > 0) {
        size_t before = query.len - rest.len;
        take_param(&rest, &name, &value);
        if (!query_name_listed(names, name)) {
            fault->code = "parameter_unknown";
            snprintf(fault->detail, sizeof(fault->detail),
                     "the parameter \"%.*s\" is not known here; %s%s", NAME_ARG(name),
                     names[0] == '\0' ? "none is" : "known are:", names);
            return false;
        }
        /* All before are known and differ, so they are no more than names has. */
        if (stands_in(slice_of(query.data, before), name)) {
            fault->code = "parameter_twice";
            snprintf(fault->detail, sizeof(fault->detail), "the parameter \"%.*s\" is there twice",
                     NAME_ARG(name));
            return false;
        }
    }
    return true;
}

bool query_name_listed(const char *names, struct slice name)
{
    while (*names == ' ') {
        const char *start = ++names;
        names += strcspn(names, " ");
        if (slice_equal(slice_of(start, (size_t)(names - start)), name))
            return true;
    }
    return false;
}

bool query_get(struct slice query, const char *name, char *out, size_t out_size)
{
    struct slice found;
    struct slice value;

    out[0] = '\0';
    while (query.len > 0) {
        take_param(&query, &found, &value);
        if (slice_is(found, name))
            return percent_decode(value, true, out, out_size);
    }
    return true;
}

bool percent_decode(struct slice text, bool plus_is_space, char *out, size_t out_size)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        size_t len;
        if (byte == '%') {
            if (text.len - i < 3 || !hex_decode(slice_of(text.data + i + 1, 2), &byte, 1, &len))
                return false;
            i += 2;
        } else if (byte == '+' && plus_is_space) {
            byte = ' ';
        }
        if (n + 1 >= out_size)
            return false;
        out[n++] = (char)byte;
    }
    out[n] = '\0';
    return slice_is_text(slice_of(out, n));
}

void percent_encode(struct buf *out, struct slice text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c != 0 && strchr(plain, c) != NULL)
            buf_append_u8(out, c);
        else
            buf_printf(out, "%%%02X", c);
    }
}

static void take_param(struct slice *rest, struct slice *name, struct slice *value)
{
    const char *end = memchr(rest->data, '&', rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->data);
    const char *equals = len == 0 ? NULL : memchr(rest->data, '=', len);
    size_t name_len = equals == NULL ? len : (size_t)(equals - rest->data);
    size_t step = end == NULL ? len : len + 1;

    *name = slice_of(rest->data, name_len);
    *value = equals == NULL ? SLICE("") : slice_of(equals + 1, len - name_len - 1);
    *rest = slice_of(rest->data + step, rest->len - step);
}

static bool stands_in(struct slice query, struct slice name)
{
    struct slice found, value;
    while (query.len > 0) {
        take_param(&query, &found, &value);
        if (slice_equal(found, name))
            return true;
    }
    return false;
}
