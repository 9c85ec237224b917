/* The table of Bot API methods (api.def) and what it demands of a call's parameters. Where the real
 * server reads a mistyped number or flag as 0 or false in silence, this one refuses it, because a
 * test wants to see the mistake. */
#ifndef SIM_VALIDATE_H
#define SIM_VALIDATE_H

#include "params.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;

struct api_param {
    char name[48];
    uint32_t types; /* bits of enum param_type */
    bool required;
};

struct api_method {
    const char *name;
    int32_t index;
    const struct api_param *params;
    size_t param_count;
    bool names_chat; /* has a parameter chat_id */
    bool messages;   /* sends a message to it: what the per-chat limits count */
    bool edits;      /* edits one: counts in groups */
};

/* Parses the table; once, at the start. */
void api_init(void);
void api_deinit(void);
size_t api_count(void);
const struct api_method *api_at(size_t index);
/* Any case, as the real server. NULL: no such method. */
const struct api_method *api_find(struct slice name);

/* Refuses the first thing that is wrong: false, and description is what the Bot API would say. What
 * only deserves a warning goes to the report. */
bool api_check(struct sim *sim, const struct api_method *method, struct params *params,
               char *description, size_t description_size);

#endif
