/* Builds a state from commands: begins with an empty store or a copy of a checkpoint, and applies
 * archive and journal up to a command. Both may move meanwhile: what a running usher takes out of
 * the journal it has archived before. */
#ifndef USHER_CLI_BUILDER_H
#define USHER_CLI_BUILDER_H

#include "cli/checkpoint.h"
#include "ledger/ledger.h"

struct builder {
    const char *data_dir;
    struct store *store;
    struct ledger *ledger;
    struct effects effects;
    uint64_t last;  /* where to stop */
    size_t pending; /* applied, not committed */
    struct why *why;
};

/* Where the replay of an epoch up to command `upto` begins: *start, with the name "" for the empty
 * state. from_start: with the oldest there is in place of the newest. ERROR_VERSION when the
 * epoch's rules are not this program's, ERROR_NOT_FOUND when the checkpoint is missing. */
enum error builder_choose(const char *data_dir, const struct epoch *epoch, uint64_t upto,
                          bool from_start, struct checkpoint *start, struct why *why);

/* Makes the store in the folder path, which is not there yet. */
enum error builder_open(struct builder *builder, const char *data_dir, const char *path,
                        const struct checkpoint *start, struct why *why);
/* Applies everything up to and including last. ERROR_NOT_FOUND when a command is missing. */
enum error builder_run(struct builder *builder, uint64_t last);
void builder_close(struct builder *builder);

/* store_hash, with a sentence. */
enum error builder_store_hash(struct store *store, uint8_t out[32], struct why *why);

#endif
