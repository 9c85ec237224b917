/* The menu of a bot's commands, as the modules' intents say it. */
#ifndef USHER_DESK_COMMANDS_H
#define USHER_DESK_COMMANDS_H

#include "carrier/telegram/menu.h"
#include "config/config.h"

/* Fills the menu anew. Telegram tells readers apart by the language of their client, and its code
 * for Chinese, "zh", names no script: those readers get the community's script, Simplified when it
 * speaks English. Who reads another language gets the community's. */
void commands_menu(const struct config *config, struct menu *menu);

#endif
