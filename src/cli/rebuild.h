/* Builds the state again from checkpoint, archive and journal, and puts it in the place of the one
 * there is, which is kept as state.old. For who holds the lock.
 *
 *     state.partial ── whole ──▶ state.new ──▶ state ──▶ state.old
 *
 * A cut before it is whole leaves the state as it was; behind that, the next start goes on with the
 * names (rebuild_finish). */
#ifndef USHER_CLI_REBUILD_H
#define USHER_CLI_REBUILD_H

#include "ledger/epoch.h"

struct rebuilt {
    uint64_t begun;   /* the checkpoint's command; 0: the empty state */
    uint64_t applied; /* all that is in the journal */
    uint8_t hash[32];
};

/* The epoch is that of the journal's last cmd_upgrade: the state may be damaged, or gone. */
enum error rebuild_run(const char *data_dir, struct rebuilt *out, struct why *why);

/* Ends a renaming that was cut off; nothing to do otherwise. */
enum error rebuild_finish(const char *data_dir, struct why *why);

#endif
