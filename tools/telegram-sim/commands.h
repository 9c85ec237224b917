/* The command menus of a bot, one for each scope and language for which it set one. */
#ifndef SIM_COMMANDS_H
#define SIM_COMMANDS_H

#include "base/slice.h"

enum { COMMAND_SCOPE_SIZE = 96, COMMAND_LANGUAGE_SIZE = 8 };

struct command_set {
    char scope[COMMAND_SCOPE_SIZE]; /* "default", "chat -100...", "chat_member -100... 5" */
    char language[COMMAND_LANGUAGE_SIZE];
    char *json; /* [{"command":...,"description":...}] */
    struct command_set *next;
};

/* NULL: none is set. */
struct command_set *commands_find(struct command_set *first, const char *scope,
                                  const char *language);
/* Takes over json; NULL: removes the menu. */
void commands_put(struct command_set **first, const char *scope, const char *language, char *json);
void commands_destroy(struct command_set **first);

#endif
