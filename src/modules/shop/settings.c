#include "modules/shop/settings.h"

#include "config/module.h"
#include "config/web.h"
#include "ledger/numbers.h"

enum { SECTION_KEYS, SECTION_LEGAL, TEXT_BYTES_MAX = 3000 };
#define AT(field)  .offset = offsetof(struct config_legal, field)
#define ROWS(keys) keys, sizeof(keys) / sizeof(keys[0])

static void check(struct scope *scope);

/* clang-format off */
static const struct key root_keys[] = {
    {"legal", TYPE_SECTION, OPTIONAL, .inner = MODULE_SECTION(MODULE_shop, SECTION_LEGAL)},
};
static const struct key legal_keys[] = {
    {"terms", TYPE_TEXT, OPTIONAL, NULL, 1, TEXT_BYTES_MAX, AT(terms)},
    {"privacy", TYPE_TEXT, OPTIONAL, NULL, 1, TEXT_BYTES_MAX, AT(privacy)},
    {"refunds", TYPE_TEXT, OPTIONAL, NULL, 1, TEXT_BYTES_MAX, AT(refunds)},
};
static const struct section sections[] = {
    [SECTION_KEYS] = {"the configuration", ROWS(root_keys), NULL},
    [SECTION_LEGAL] = {"what is published", ROWS(legal_keys), check},
    {NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct config_module config_of_shop = {.size = sizeof(struct config_legal),
                                             .sections = sections};

const struct config_legal *legal_of(const struct config *config)
{
    return config_of(config, MODULE_shop);
}

/* An address that is a little wrong would be shown as words. */
static void check(struct scope *scope)
{
    const struct config_legal *legal = scope->object;
    const struct {
        const char *key, *text;
    } rows[] = {{"terms", legal->terms}, {"privacy", legal->privacy}, {"refunds", legal->refunds}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = rows[i].text;
        if (text == NULL || !scope_good(scope, rows[i].key))
            continue;
        bool address = strstr(text, "://") != NULL && strpbrk(text, " \t\n") == NULL;
        if (address && !web_is_link(slice_from(text)))
            scope_fault(scope, rows[i].key,
                        "\"%s\" is no address that Telegram opens; expected one such as "
                        "https://example.org/terms, or words",
                        text);
    }
}
