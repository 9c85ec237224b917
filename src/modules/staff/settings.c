#include "modules/staff/settings.h"

#include "config/module.h"
#include "ledger/numbers.h"

#include <string.h>

enum { SECTION_OWN, SECTION_PERSON };
enum { NAME_BYTES_MAX = 64, TOKEN_BYTES_MIN = 16, TOKEN_BYTES_MAX = 512 };

/* In the order of access_roles. */
static const struct choice roles[] = {{"owner", 0},     {"finance", 1}, {"support", 2},
                                      {"moderator", 3}, {"viewer", 4},  {NULL, 0}};

#define AT(type, field)    .offset = offsetof(struct type, field)
#define COUNT(type, field) .count_offset = offsetof(struct type, field)

static void check_own(struct scope *scope);
static bool same(const char *a, const char *b);

/* clang-format off */
static const struct key own_keys[] = {
    {"staff", TYPE_SECTIONS, OPTIONAL, NULL, 0, STAFF_MAX, AT(config_staff, people),
     COUNT(config_staff, count), sizeof(struct config_person), MODULE_SECTION(MODULE_staff, SECTION_PERSON)},
};
static const struct key person_keys[] = {
    {"telegram_id", TYPE_PERSON, REQUIRED, AT(config_person, telegram_id)},
    {"role", TYPE_CHOICE, REQUIRED, AT(config_person, role), .choices = roles},
    {"name", TYPE_LINE, OPTIONAL, NULL, 1, NAME_BYTES_MAX, AT(config_person, name)},
    {"token", TYPE_BEARER, OPTIONAL, NULL, TOKEN_BYTES_MIN, TOKEN_BYTES_MAX, AT(config_person, token),
     .secret = true},
};
/* clang-format on */

#define KEYS(rows) rows, sizeof(rows) / sizeof(rows)[0]
static const struct section sections[] = {
    [SECTION_OWN] = {"the file", KEYS(own_keys), check_own},
    [SECTION_PERSON] = {"one of the staff", KEYS(person_keys), NULL},
    {NULL, NULL, 0, NULL},
};

const struct config_module config_of_staff = {
    .size = sizeof(struct config_staff), .sections = sections, .catalog = staff_catalog};

/* Everybody is there once, and whoever shows a token is one person. */
static void check_own(struct scope *scope)
{
    const struct config_staff *staff = scope->object;
    if (!scope_good(scope, "staff"))
        return;
    for (size_t i = 0; i < staff->count; i++) {
        const struct config_person *one = &staff->people[i];
        for (size_t n = 0; n < i; n++) {
            const struct config_person *other = &staff->people[n];
            if (one->telegram_id != 0 && one->telegram_id == other->telegram_id)
                scope_item_fault(scope, "staff", i, "telegram_id",
                                 "stands in staff[%zu] already; one person has one role", n);
            if (same(one->token, other->token))
                scope_item_fault(scope, "staff", i, "token",
                                 "is the same as that of staff[%zu]; give each person a token of "
                                 "their own",
                                 n);
        }
    }
}

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}
