#include "gateway/template.h"

#include "base/assert.h"

struct hole_name {
    enum template_hole hole;
    const char *name;
};

static const struct hole_name holes[] = {
#define H(name, text) {HOLE_##name, text},
    TEMPLATE_HOLE_LIST(H)
#undef H
};

static enum error compile_hole(struct slice name, struct template_piece *piece, struct why *why);

enum error template_compile(const char *text, struct template *out, struct why *why)
{
    const char *at = text;

    out->count = 0;
    while (*at) {
        if (out->count == TEMPLATE_PIECES_MAX)
            return why_set(why, ERROR_INVALID, "\"%.100s\" has more than %d pieces", text,
                           TEMPLATE_PIECES_MAX);
        struct template_piece *piece = &out->pieces[out->count++];
        size_t len = strcspn(at, "{}");
        if (len > 0) {
            *piece = (struct template_piece){.hole = HOLE_NONE, .text = slice_of(at, len)};
            at += len;
            continue;
        }
        const char *close = *at == '{' ? at + 1 + strcspn(at + 1, "{}") : at;
        if (*at != '{' || *close != '}')
            return why_set(why, ERROR_INVALID, "\"%.100s\": braces do not match at byte %zu", text,
                           (size_t)(at - text));
        enum error error = compile_hole(slice_of(at + 1, (size_t)(close - at - 1)), piece, why);
        if (error)
            return error;
        at = close + 1;
    }
    return ERROR_NONE;
}

bool template_has(const struct template *compiled, enum template_hole hole)
{
    for (size_t i = 0; i < compiled->count; i++)
        if (compiled->pieces[i].hole == hole)
            return true;
    return false;
}

static enum error compile_header(struct slice name, struct template_piece *piece, struct why *why)
{
    /* tchar of RFC 9110, section 5.6.2: what else a name holds, no request can carry. */
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "!#$%&'*+-.^_`|~";

    if (!slice_copy(name, piece->header, sizeof(piece->header)) || name.len == 0 ||
        strspn(piece->header, allowed) != name.len)
        return why_set(why, ERROR_INVALID, "{header:NAME} needs a header's name of 1 to %d bytes",
                       TEMPLATE_HEADER_MAX - 1);
    for (char *c = piece->header; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    piece->hole = HOLE_HEADER;
    return ERROR_NONE;
}

static enum error compile_hole(struct slice name, struct template_piece *piece, struct why *why)
{
    static const char prefix[] = "header:";

    *piece = (struct template_piece){.hole = HOLE_NONE};
    if (name.len >= sizeof(prefix) - 1 && memcmp(name.data, prefix, sizeof(prefix) - 1) == 0)
        return compile_header(
            slice_of(name.data + sizeof(prefix) - 1, name.len - (sizeof(prefix) - 1)), piece, why);
    for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
        if (slice_is(name, holes[i].name)) {
            piece->hole = holes[i].hole;
            return ERROR_NONE;
        }
    return why_set(
        why, ERROR_INVALID,
        "no such field {%.*s}; expected timestamp, body, body_base64, pairs, json_sorted, "
        "json_php_base64, id, method, path or header:NAME",
        name.len < 64 ? (int)name.len : 64, name.data);
}
