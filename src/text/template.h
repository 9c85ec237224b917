/* Texts with {{placeholders}}: one pass, no nesting, no logic, no escapes; blanks inside the braces
 * are allowed. A value is inserted as it is and never looked at again, except that its control
 * characters become blanks, so that a member's name stays on its line. */
#ifndef USHER_TEXT_TEMPLATE_H
#define USHER_TEXT_TEMPLATE_H

#include "base/buf.h"
#include "base/error.h"

enum {
    TEMPLATE_UNITS_MAX = 3000, /* of an operator's text, so that the rest of a letter has room */
    TEMPLATE_NAMES_MAX = 8
};

struct template_value {
    const char *name;
    struct slice value;
};

/* Clean UTF-8 with no placeholder but {{NAME}} of one of the names (at most TEMPLATE_NAMES_MAX).
 * ERROR_INVALID with the reason in why. */
enum error template_check_names(struct slice text, const char *const *names, size_t count,
                                struct why *why);

/* An operator's text: at most TEMPLATE_UNITS_MAX UTF-16 units of clean UTF-8, and no placeholder
 * but
 * {{name}} {{plan}} {{until}} {{community}}. ERROR_INVALID or ERROR_TOO_LARGE with the reason in
 * why. */
enum error template_check(struct slice text, struct why *why);

bool template_uses(struct slice text, const char *name);

/* Appends text with its placeholders replaced; one that values does not name stays as it stands. */
void template_render(struct buf *out, struct slice text, const struct template_value *values,
                     size_t count);

#endif
