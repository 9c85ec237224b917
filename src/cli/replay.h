/* Does the journal give the state: applies the commands of the state's epoch (archived segments
 * first, then the journal) to the checkpoint at which it begins, or to a newer one, and compares
 * hashes with a consistent copy of the state at the same command. A crash, a bug or damage that
 * changed one of the two shows. Works in a scratch folder in the data directory, which is removed
 * afterwards, and while usher runs. */
#ifndef USHER_CLI_REPLAY_H
#define USHER_CLI_REPLAY_H

#include "ledger/epoch.h"

struct replay {
    uint64_t begun;         /* the checkpoint's command; 0: the empty state */
    uint64_t applied;       /* commands in the state, and applied again */
    struct epoch epoch;     /* of the state */
    uint8_t state_hash[32]; /* of the state */
    uint8_t hash[32];       /* of what the replay gave */
};

/* from_start: begins at the oldest checkpoint of the epoch, or at command 1, in place of the
 * newest. ERROR_NONE with both hashes, equal or not; ERROR_NOT_FOUND when commands are neither in
 * the journal nor in the archive, or the checkpoint is missing; ERROR_VERSION when the state
 * follows other rules than this program. */
enum error replay_run(const char *data_dir, bool from_start, struct replay *out, struct why *why);

#endif
