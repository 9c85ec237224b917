/* A directory of its own for a test, removed with all that is in it. */
#ifndef USHER_TESTS_UNIT_STORE_SCRATCH_H
#define USHER_TESTS_UNIT_STORE_SCRATCH_H

#include "base/assert.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

struct scratch {
    char path[256];
};

static inline int scratch_remove_one(const char *path, const struct stat *status, int type,
                                     struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static inline void scratch_init(struct scratch *scratch)
{
    const char *parent = getenv("TMPDIR");
    int len = snprintf(scratch->path, sizeof scratch->path, "%s/usher-test-XXXXXX",
                       parent != NULL ? parent : "/tmp");
    ASSERT(len > 0 && (size_t)len < sizeof scratch->path);
    ASSERT(mkdtemp(scratch->path) != NULL);
}

static inline void scratch_deinit(struct scratch *scratch)
{
    ASSERT(nftw(scratch->path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

/* scratch/name; good until the fourth call after. */
static inline const char *scratch_path(const struct scratch *scratch, const char *name)
{
    static char paths[4][512];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    int len = snprintf(path, sizeof paths[0], "%s/%s", scratch->path, name);
    ASSERT(len > 0 && (size_t)len < sizeof paths[0]);
    return path;
}

#endif
