/* Epochs. The same journal gives the same state only for the same rules: when an usher with other
 * rules takes over, the state as it stands is kept beside (a checkpoint) and cmd_upgrade begins an
 * epoch. Replays begin at the checkpoint.
 *
 *     epoch 1, rules 1              │ epoch 2, rules 2
 *     commands 1 ... 500            │ 501: cmd_upgrade{2, from 501}, 502 ...
 *                        checkpoint 500          further checkpoints of epoch 2: 800, ...
 *
 * Commands that waited for the state when the new usher started are applied by its rules, so they
 * belong to its epoch: `from` stands before cmd_upgrade then. */
#ifndef USHER_LEDGER_EPOCH_H
#define USHER_LEDGER_EPOCH_H

#include "store/store.h"

/* The rules of this program: a number that is raised by one with every change by which a command of
 * the journal, applied again, could come to another state: a rule, a price, an order of steps, what
 * a record holds, a table. Not by what only adds commands, answers or texts. It lives in a file of
 * its own (rules.c), so that a test links a program with other rules in a moment. */
uint64_t ledger_rules(void);

struct epoch {
    uint64_t applied; /* the last command in the state */
    uint64_t number;  /* 0: none has begun */
    uint64_t rules;
    uint64_t from; /* its first command */
};

/* What a state says of itself as of its last commit; zeros for an empty one. Any thread. */
enum error epoch_read(struct store *store, struct epoch *out);

/* Whether replaying onto the state `kept` gives a state of the epoch with these rules and this
 * first command: it was kept when that began, or in it. */
bool epoch_serves(const struct epoch *kept, uint64_t rules, uint64_t from);

#endif
