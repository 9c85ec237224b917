/* What may leave the archive for good: segments whose commands are all old enough and lie before a
 * checkpoint of the epoch that is old enough too, and the checkpoints before that one. So what is
 * left always gives the state: at least one checkpoint, and everything behind it. Without a
 * checkpoint nothing goes. */
#ifndef USHER_CLI_RETENTION_H
#define USHER_CLI_RETENTION_H

#include "ledger/epoch.h"

struct retired {
    uint64_t segments, checkpoints;
    uint64_t upto; /* the last command that is gone, 0: none went */
};

/* before_ms: wall, of what was accepted before. epoch: of the state. */
enum error retention_apply(const char *data_dir, const struct epoch *epoch, uint64_t before_ms,
                           struct retired *out, struct why *why);

#endif
