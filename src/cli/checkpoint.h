/* Checkpoints: states that were kept, each a folder data_dir/epochs/APPLIED (with leading zeros) as
 * the store made it. An epoch begins with one, `usher journal checkpoint` keeps more. One in the
 * making is a folder partial.PID, which the next start removes. */
#ifndef USHER_CLI_CHECKPOINT_H
#define USHER_CLI_CHECKPOINT_H

#include "ledger/epoch.h"

enum { CHECKPOINT_NAME_MAX = 20 };

struct checkpoint {
    char name[CHECKPOINT_NAME_MAX + 1]; /* its folder in epochs/; "" for the empty state */
    struct epoch epoch;
    uint64_t at_ms; /* wall: when it was kept */
    bool readable;  /* false: damaged; of no use, and its epoch is zeros but for applied */
};

struct checkpoints {
    struct checkpoint *items; /* in the order of their commands */
    size_t count;
};

/* Keeps the state as of its last commit. One of that command that is there already is replaced when
 * anew is set, and otherwise enough. The store may be in use; nothing that it needs is changed. */
enum error checkpoint_keep(const char *data_dir, struct store *store, uint64_t at_ms, bool anew,
                           struct epoch *kept, struct why *why);

/* None when there is no folder. */
enum error checkpoints_list(const char *data_dir, struct checkpoints *out, struct why *why);
void checkpoints_free(struct checkpoints *checkpoints);

/* Where replaying an epoch begins: the newest that serves it and is not beyond `upto`, or the
 * oldest; NULL when none does. */
const struct checkpoint *checkpoint_choose(const struct checkpoints *checkpoints,
                                           const struct epoch *epoch, uint64_t upto, bool oldest);

/* Its folder into path (DIRECTORY_PATH_MAX bytes). */
enum error checkpoint_path(const char *data_dir, const struct checkpoint *checkpoint, char *path,
                           struct why *why);
enum error checkpoint_remove(const char *data_dir, const struct checkpoint *checkpoint,
                             struct why *why);

/* Removes those that were cut off in the making. For who holds the lock. */
enum error checkpoints_clean(const char *data_dir, struct why *why);

#endif
