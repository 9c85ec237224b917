#include "commands.h"

#include "memory.h"

#include <stdlib.h>

struct command_set *commands_find(struct command_set *first, const char *scope,
                                  const char *language)
{
    struct command_set *set = first;
    while (set && (strcmp(set->scope, scope) != 0 || strcmp(set->language, language) != 0))
        set = set->next;
    return set;
}

void commands_put(struct command_set **first, const char *scope, const char *language, char *json)
{
    struct command_set **at = first;
    while (*at && (strcmp((*at)->scope, scope) != 0 || strcmp((*at)->language, language) != 0))
        at = &(*at)->next;
    struct command_set *set = *at;
    if (set && !json) {
        *at = set->next;
        free(set->json);
        free(set);
    }
    if (!json)
        return;
    if (!set) {
        set = memory_new(1, sizeof(*set));
        (void)slice_copy(slice_from(scope), set->scope, sizeof(set->scope));
        (void)slice_copy(slice_from(language), set->language, sizeof(set->language));
        *at = set;
    }
    free(set->json);
    set->json = json;
}

void commands_destroy(struct command_set **first)
{
    while (*first) {
        struct command_set *set = *first;
        *first = set->next;
        free(set->json);
        free(set);
    }
}
