#include "desk/commands.h"

#include "ledger/words.h"

void commands_menu(const struct config *config, struct menu *menu)
{
    enum language chinese = config->language == LANGUAGE_EN ? LANGUAGE_ZH_HANS : config->language;
    const struct {
        const char *code;
        enum language language;
    } lists[] = {{"", config->language}, {"en", LANGUAGE_EN}, {"zh", chinese}};
    const char *name, *text;

    menu_deinit(menu);
    menu_restart(menu);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct buf *commands = menu_add(menu, lists[i].code);
        for (size_t at = 0; menu_command_next(&at, lists[i].language, &name, &text);)
            menu_command(commands, name, text);
    }
}
