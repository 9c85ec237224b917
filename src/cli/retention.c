#include "cli/retention.h"

#include "cli/checkpoint.h"
#include "cli/data_dir.h"
#include "cli/segments.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static uint64_t old_enough(const struct segments *segments, uint64_t before_ms);
static enum error retire(const char *data_dir, const struct segments *segments,
                         const struct checkpoints *checkpoints, uint64_t upto, struct retired *out,
                         struct why *why);

enum error retention_apply(const char *data_dir, const struct epoch *epoch, uint64_t before_ms,
                           struct retired *out, struct why *why)
{
    struct segments segments = {NULL, 0};
    struct checkpoints checkpoints = {NULL, 0};
    char path[DIRECTORY_PATH_MAX];

    *out = (struct retired){0, 0, 0};
    enum error error = data_dir_path(data_dir, "archive", path, why);
    if (error == ERROR_NONE)
        error = segments_list(path, &segments, why);
    if (error == ERROR_NONE)
        error = checkpoints_list(data_dir, &checkpoints, why);
    if (error == ERROR_NONE) {
        uint64_t last = old_enough(&segments, before_ms);
        const struct checkpoint *stand_in = checkpoint_choose(&checkpoints, epoch, last, false);
        if (stand_in != NULL)
            error = retire(data_dir, &segments, &checkpoints, stand_in->epoch.applied, out, why);
    }
    if (error == ERROR_NONE && out->segments > 0)
        error = directory_sync(path, why);
    checkpoints_free(&checkpoints);
    segments_free(&segments);
    return error;
}

/* The last command of the oldest segments that are all old enough. */
static uint64_t old_enough(const struct segments *segments, uint64_t before_ms)
{
    uint64_t last = 0;
    for (size_t i = 0; i < segments->count; i++) {
        uint64_t first;
        uint64_t end;
        if (!segments_range(segments->paths[i], &first, &end) ||
            !segments_older(segments->paths[i], before_ms))
            break;
        last = end > last ? end : last;
    }
    return last;
}

/* Checkpoints first: one without the commands behind it is of no use. */
static enum error retire(const char *data_dir, const struct segments *segments,
                         const struct checkpoints *checkpoints, uint64_t upto, struct retired *out,
                         struct why *why)
{
    enum error error = ERROR_NONE;
    for (size_t i = 0; i < checkpoints->count && error == ERROR_NONE; i++) {
        if (checkpoints->items[i].epoch.applied >= upto)
            continue;
        error = checkpoint_remove(data_dir, &checkpoints->items[i], why);
        out->checkpoints += error == ERROR_NONE;
    }
    for (size_t i = 0; i < segments->count && error == ERROR_NONE; i++) {
        uint64_t first;
        uint64_t last;
        if (!segments_range(segments->paths[i], &first, &last) || last > upto)
            continue;
        if (unlink(segments->paths[i]) != 0)
            error = why_set(why, directory_error(errno), "cannot remove %s: %s", segments->paths[i],
                            strerror(errno));
        out->segments += error == ERROR_NONE;
        out->upto = last > out->upto ? last : out->upto;
    }
    return error;
}
