/* Which chat the configuration names. */
#include "config/module.h"
#include "modules/alerts/alerts.h"

static void put_chat(const struct config *config, const void *own, struct buf *rows);

static const struct section sections[] = {{"the configuration", NULL, 0, NULL},
                                          {NULL, NULL, 0, NULL}};

const struct config_module alerts_config = {.size = 1, .sections = sections, .catalog = put_chat};

static void put_chat(const struct config *config, const void *own, struct buf *rows)
{
    (void)own;
    /* The check of the root, which measures the catalog, comes before names are looked up. */
    if (config->alerts_chat == 0 || config->bot_count == 0)
        return;
    const struct config_bot *bot =
        config->alerts_bot != NULL ? config->alerts_bot : &config->bots[0];
    const struct alert_chat row = {.chat_id = config->alerts_chat, .bot = slice_from(bot->name)};
    shape_encode(rows, shape_alert_chat(), &row);
}
