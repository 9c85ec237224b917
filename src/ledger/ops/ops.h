/* The commands. Each op is a ladder of refusals, then the change, then its effects; it returns what
 * became of the command. Failures of the store are sticky in the ledger (state.h). */
#ifndef USHER_LEDGER_OPS_OPS_H
#define USHER_LEDGER_OPS_OPS_H

#include "ledger/state.h"

/* A key of cmd_act is known no more. */
unsigned key_due(struct ledger *ledger, int64_t hash, const char *subject);

#define OP(name)                                                                                   \
    enum result op_##name(struct ledger *ledger, const struct message_cmd_##name *command);
#include "ledger/ops/ops.def"
#undef OP

#endif
