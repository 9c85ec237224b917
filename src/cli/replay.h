/* Does the journal give the state: applies every command that was ever accepted (archived segments
 * first, then the journal) to an empty store and compares hashes with a consistent copy of the
 * state at the same command. A crash, a bug or damage that changed one of the two shows. Works in a
 * scratch folder in the data directory, which is removed afterwards, and while usher runs. */
#ifndef USHER_CLI_REPLAY_H
#define USHER_CLI_REPLAY_H

#include "base/error.h"

#include <stdint.h>

struct replay {
    uint64_t applied;       /* commands in the state, and applied again */
    uint8_t state_hash[32]; /* of the state */
    uint8_t hash[32];       /* of what the replay gave */
};

/* ERROR_NONE with both hashes, equal or not; ERROR_NOT_FOUND when commands of the beginning are
 * neither in the journal nor in the archive. */
enum error replay_run(const char *data_dir, struct replay *out, struct why *why);

#endif
