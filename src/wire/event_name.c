#include "wire/event_name.h"

#include <stdio.h>

enum { OWN_MODULE = 1 /* what the ledger itself tells */ };

/* A fact that says by a flag which of two it was has two names. No name: it is no event. */
static const struct row {
    const char *fact;
    const char *name;
    const char *flag;
    const char *flagged;
} rows[] = {
    {"known", "member.known", NULL, NULL},
    {"reachable", "member.reachable", NULL, NULL},
    {"granted", "member.granted", "renewed", "member.renewed"},
    {"grace", "member.grace", NULL, NULL},
    {"ended", "member.ended", NULL, NULL},
    {"entered", "member.entered", NULL, NULL},
    {"left", "member.left", NULL, NULL},
    {"paid", "payment.paid", NULL, NULL},
    {"given_back", "payment.given_back", NULL, NULL},
    {"order_placed", "order.placed", NULL, NULL},
    {"order_expired", "order.expired", NULL, NULL},
    {"order_cancelled", "order.cancelled", NULL, NULL},
    {"order_paid", "order.paid", NULL, NULL},
    {"order_given_back", "order.given_back", NULL, NULL},
    {"order_reinstated", "order.reinstated", NULL, NULL},
    {"overpaid", "order.overpaid", NULL, NULL},
    {"seen", NULL, NULL, NULL},     /* for figures */
    {"admitted", NULL, NULL, NULL}, /* the same */
    {"audited", NULL, NULL, NULL},  /* who did it is the house's own affair */
    {"told", NULL, NULL, NULL},     /* a delivery of a module's own has ended */
};

static const struct row *row_of(const struct shape *fact);
static bool name_of(const struct shape *fact, bool flagged, char out[EVENT_NAME_MAX + 1]);

bool event_name(const struct shape *fact, const void *object, char out[EVENT_NAME_MAX + 1])
{
    const struct row *row = row_of(fact);
    ASSERT(fact->role == ROLE_FACT);
    const struct field *flag =
        row == NULL || row->flag == NULL ? NULL : shape_field(fact, row->flag);
    return name_of(fact, flag != NULL && field_number(object, flag) != 0, out);
}

bool event_next(size_t *at, char out[EVENT_NAME_MAX + 1])
{
    for (; *at < (size_t)MODULES_MAX << 9; (*at)++) {
        const struct shape *shape = shape_find(*at >> 1);
        bool flagged = (*at & 1) != 0;
        if (shape == NULL || shape->role != ROLE_FACT)
            continue;
        const struct row *row = row_of(shape);
        if (flagged && (row == NULL || row->flag == NULL))
            continue;
        if (name_of(shape, flagged, out)) {
            (*at)++;
            return true;
        }
    }
    return false;
}

bool event_matches(const char *pattern, const char *name)
{
    size_t len = strlen(pattern);
    if (strcmp(pattern, "*") == 0)
        return true;
    if (len > 2 && strcmp(pattern + len - 2, ".*") == 0)
        return strncmp(pattern, name, len - 1) == 0;
    return strcmp(pattern, name) == 0;
}

bool event_pattern_known(const char *pattern)
{
    char name[EVENT_NAME_MAX + 1];
    for (size_t at = 0; event_next(&at, name);)
        if (event_matches(pattern, name))
            return true;
    return false;
}

/* NULL: a module's, or one that the table leaves to the rule. */
static const struct row *row_of(const struct shape *fact)
{
    for (size_t i = 0; fact->id >> 8 == OWN_MODULE && i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].fact, fact->name) == 0)
            return &rows[i];
    return NULL;
}

static bool name_of(const struct shape *fact, bool flagged, char out[EVENT_NAME_MAX + 1])
{
    const struct row *row = row_of(fact);
    const char *module = event_module(fact->id >> 8);
    if (row != NULL) {
        if (row->name != NULL)
            snprintf(out, EVENT_NAME_MAX + 1, "%s", flagged ? row->flagged : row->name);
        return row->name != NULL;
    }
    if (module == NULL)
        return false;
    size_t len = strlen(module);
    bool doubled = strncmp(fact->name, module, len) == 0 && fact->name[len] == '_';
    int n =
        snprintf(out, EVENT_NAME_MAX + 1, "%s.%s", module, fact->name + (doubled ? len + 1 : 0));
    ASSERT(n > 0 && n <= EVENT_NAME_MAX);
    return true;
}
