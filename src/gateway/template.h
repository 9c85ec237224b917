/* What a gateway signs, as a text with holes: "{timestamp}.{body}". Compiled once; a compiled
 * template points into its source text, which must outlive it. */
#ifndef USHER_GATEWAY_TEMPLATE_H
#define USHER_GATEWAY_TEMPLATE_H

#include "base/error.h"
#include "base/slice.h"

enum { TEMPLATE_PIECES_MAX = 16, TEMPLATE_HEADER_MAX = 64 };

/* TEMPLATE_HOLE(enum, name between the braces) */
#define TEMPLATE_HOLE_LIST(H)                                                                      \
    H(TIMESTAMP, "timestamp")                                                                      \
    H(BODY, "body")                                                                                \
    H(BODY_BASE64, "body_base64")                                                                  \
    H(PAIRS, "pairs")                     /* name=value of a form, sorted, joined by '&' */        \
    H(JSON_SORTED, "json_sorted")         /* the body's JSON with its members sorted */            \
    H(JSON_PHP_BASE64, "json_php_base64") /* the body's JSON as PHP writes it, in base64 */        \
    H(ID, "id")                                                                                    \
    H(METHOD, "method")                                                                            \
    H(PATH, "path")                                                                                \
    H(HEADER, "header:")

enum template_hole {
    HOLE_NONE, /* plain text */
#define H(name, text) HOLE_##name,
    TEMPLATE_HOLE_LIST(H)
#undef H
        HOLE_COUNT
};

struct template_piece {
    enum template_hole hole;
    struct slice text;                /* of HOLE_NONE */
    char header[TEMPLATE_HEADER_MAX]; /* of HOLE_HEADER, lower case */
};

struct template
{
    struct template_piece pieces[TEMPLATE_PIECES_MAX];
    size_t count;
};

/* ERROR_INVALID for an unknown hole, a brace too many or too few, or more than TEMPLATE_PIECES_MAX
 * pieces. */
enum error template_compile(const char *text, struct template *out, struct why *why);
bool template_has(const struct template *compiled, enum template_hole hole);

#endif
