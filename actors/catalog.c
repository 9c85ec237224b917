#include "actors/catalog.h"

#include <stdlib.h>

enum { CATALOG_BYTES_MAX = 1048576, COMMAND_BYTES_MAX = CATALOG_BYTES_MAX + 4096 };

enum error catalog_change_new(const struct config *config, struct catalog_change **out,
                              struct why *why)
{
    struct catalog_change *change = calloc(1, sizeof(*change));
    struct buf catalog;

    *out = NULL;
    if (change == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    buf_init(&catalog, CATALOG_BYTES_MAX);
    buf_init(&change->command, COMMAND_BYTES_MAX);
    config_catalog(config, &catalog);
    sha256(buf_slice(&catalog), change->hash);
    const struct message configure = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {.hash = slice_of(change->hash, sizeof(change->hash)),
                          .catalog = buf_slice(&catalog)}};
    if (!catalog.failed)
        wire_encode(&change->command, &configure);
    bool failed = catalog.failed || change->command.failed;
    buf_deinit(&catalog);
    if (failed) {
        catalog_change_destroy(&change);
        return why_set(why, ERROR_TOO_LARGE,
                       "the configuration has too many plans, groups and prices");
    }
    *out = change;
    return ERROR_NONE;
}

void catalog_change_destroy(struct catalog_change **change)
{
    if (*change == NULL)
        return;
    buf_deinit(&(*change)->command);
    free(*change);
    *change = NULL;
}
