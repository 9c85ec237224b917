/* The modules, as modules.def lists them, and what they bring, found by id or name. */
#ifndef USHER_LEDGER_REGISTRY_H
#define USHER_LEDGER_REGISTRY_H

#include "ledger/module.h"

/* In the order of modules.def, ended by NULL. */
const struct module *const *registry_modules(void);
/* NULL when there is no such module, operation, question. */
const struct module *registry_module(unsigned number);
const struct op_row *registry_op(uint64_t id);
const struct ask_row *registry_ask(uint64_t id);
const struct command_row *registry_command(enum message_kind kind);
const struct query_row *registry_query(uint64_t what);
const struct timer_row *registry_timer(unsigned kind);
/* NULL when nobody waits on for this operation's answer. */
const struct wait_row *registry_wait(uint64_t id);
/* NULL when no module has such. */
const struct doors *registry_doors(void);
const struct campaign *registry_campaign(void);

/* Lets each module add to the answer to this question: its extend rows. */
void registry_extend(struct ledger *ledger, const struct shape *ask, const void *object,
                     cJSON *out);

/* config/module.h asks for it; wire/event_name.h for the names. */
const struct config_module *config_module(unsigned module);

#endif
