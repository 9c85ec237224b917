/* The menu of commands that Telegram shows beside the text field: one list by default and some for
 * languages of the reader. Asks for each list, and sets it only when it is another. Pure.
 *
 * Per list:   ask (getMyCommands) ──same──▶ the next
 *                   └──other──▶ set (setMyCommands) ──▶ the next */
#ifndef USHER_CARRIER_TELEGRAM_MENU_H
#define USHER_CARRIER_TELEGRAM_MENU_H

#include "base/buf.h"

enum { MENU_LISTS_MAX = 4, MENU_BYTES_MAX = 32768 };

struct menu_list {
    const char *language_code; /* "" for who has none of the others; static */
    struct buf commands;       /* [{"command":"help","description":"..."},...] */
};

struct menu {
    struct menu_list lists[MENU_LISTS_MAX];
    size_t count;
    size_t at; /* the list whose turn it is */
    bool set;  /* it is to be set, not asked for */
    bool under_way;
    uint64_t not_before_ms;
};

/* Empty: menu_add's lists follow. */
void menu_init(struct menu *menu);
void menu_deinit(struct menu *menu);
/* The list to fill, at most MENU_LISTS_MAX. */
struct buf *menu_add(struct menu *menu, const char *language_code);
/* Begins anew. */
void menu_restart(struct menu *menu);
/* Appends one command; its name is without the slash. */
void menu_command(struct buf *commands, const char *name, const char *description);

/* The next call; false when there is none now. It is under way until menu_answered. */
bool menu_next(struct menu *menu, uint64_t now_ms, const char **method, struct buf *params);
/* again: it may go better in a minute; else, when it is not ok, the rest is left as it is. */
void menu_answered(struct menu *menu, uint64_t now_ms, bool ok, bool again, struct slice body);

#endif
