#include "cli/checkpoint.h"

#include "cli/data_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char partial[] = "partial.";

static enum error copy(struct store *store, const char *path, uint64_t at_ms, struct epoch *kept,
                       struct why *why);
static enum error name_it(const char *epochs, const char *made, bool anew, const struct epoch *kept,
                          struct why *why);
static enum error read_epoch(const char *path, struct epoch *out, struct why *why);
static bool is_checkpoint(const char *name);
static enum error add(struct checkpoints *checkpoints, const char *data_dir, const char *name,
                      struct why *why);
static int compare(const void *a, const void *b);

enum error checkpoint_keep(const char *data_dir, struct store *store, uint64_t at_ms, bool anew,
                           struct epoch *kept, struct why *why)
{
    char epochs[DIRECTORY_PATH_MAX];
    char made[DIRECTORY_PATH_MAX];
    char name[32];

    /* A verb may keep one beside the usher that runs. */
    snprintf(name, sizeof(name), "%s%ld", partial, (long)getpid());
    enum error error = data_dir_path(data_dir, "epochs", epochs, why);
    if (error == ERROR_NONE)
        error = directory_make(epochs, why);
    if (error == ERROR_NONE)
        error = data_dir_path(epochs, name, made, why);
    if (error == ERROR_NONE)
        error = data_dir_remove(made, why);
    if (error != ERROR_NONE)
        return error;
    error = copy(store, made, at_ms, kept, why);
    if (error == ERROR_NONE)
        error = name_it(epochs, made, anew, kept, why);
    if (error != ERROR_NONE)
        (void)data_dir_remove(made, NULL); /* half a copy only takes room */
    return error;
}

enum error checkpoints_list(const char *data_dir, struct checkpoints *out, struct why *why)
{
    char epochs[DIRECTORY_PATH_MAX];
    struct dirent *entry;

    *out = (struct checkpoints){NULL, 0};
    enum error error = data_dir_path(data_dir, "epochs", epochs, why);
    if (error != ERROR_NONE)
        return error;
    DIR *dir = opendir(epochs);
    if (dir == NULL && errno == ENOENT)
        return ERROR_NONE;
    if (dir == NULL)
        return why_set(why, directory_error(errno), "cannot read %s: %s", epochs, strerror(errno));
    while (error == ERROR_NONE && (entry = readdir(dir)) != NULL)
        if (is_checkpoint(entry->d_name))
            error = add(out, data_dir, entry->d_name, why);
    closedir(dir);
    if (error != ERROR_NONE)
        checkpoints_free(out);
    else if (out->count > 0)
        qsort(out->items, out->count, sizeof(*out->items), compare);
    return error;
}

void checkpoints_free(struct checkpoints *checkpoints)
{
    free(checkpoints->items);
    *checkpoints = (struct checkpoints){NULL, 0};
}

const struct checkpoint *checkpoint_choose(const struct checkpoints *checkpoints,
                                           const struct epoch *epoch, uint64_t upto, bool oldest)
{
    const struct checkpoint *chosen = NULL;
    for (size_t i = 0; i < checkpoints->count; i++) {
        const struct checkpoint *checkpoint = &checkpoints->items[i];
        if (checkpoint->epoch.applied <= upto && checkpoint->readable &&
            epoch_serves(&checkpoint->epoch, epoch->rules, epoch->from) &&
            (chosen == NULL || !oldest))
            chosen = checkpoint;
    }
    return chosen;
}

enum error checkpoint_path(const char *data_dir, const struct checkpoint *checkpoint, char *path,
                           struct why *why)
{
    char epochs[DIRECTORY_PATH_MAX];
    enum error error = data_dir_path(data_dir, "epochs", epochs, why);
    return error == ERROR_NONE ? data_dir_path(epochs, checkpoint->name, path, why) : error;
}

enum error checkpoint_remove(const char *data_dir, const struct checkpoint *checkpoint,
                             struct why *why)
{
    char path[DIRECTORY_PATH_MAX];
    enum error error = checkpoint_path(data_dir, checkpoint, path, why);
    return error == ERROR_NONE ? data_dir_remove(path, why) : error;
}

enum error checkpoints_clean(const char *data_dir, struct why *why)
{
    char epochs[DIRECTORY_PATH_MAX];
    char path[DIRECTORY_PATH_MAX];
    struct dirent *entry;

    enum error error = data_dir_path(data_dir, "epochs", epochs, why);
    if (error != ERROR_NONE)
        return error;
    DIR *dir = opendir(epochs);
    while (dir != NULL && error == ERROR_NONE && (entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, partial, sizeof(partial) - 1) != 0)
            continue;
        error = data_dir_path(epochs, entry->d_name, path, why);
        if (error == ERROR_NONE)
            error = data_dir_remove(path, why);
    }
    if (dir != NULL)
        closedir(dir);
    return error;
}

/* The copy says itself how far it goes: the store may have moved on meanwhile. */
static enum error copy(struct store *store, const char *path, uint64_t at_ms, struct epoch *kept,
                       struct why *why)
{
    char file[DIRECTORY_PATH_MAX];
    const struct timespec at = {.tv_sec = (time_t)(at_ms / 1000),
                                .tv_nsec = (long)(at_ms % 1000) * 1000000};
    const struct timespec times[2] = {at, at};

    enum error error = store_copy(store, path, why);
    if (error == ERROR_NONE)
        error = read_epoch(path, kept, why);
    if (error == ERROR_NONE)
        error = data_dir_path(path, "data.mdb", file, why);
    if (error == ERROR_NONE && utimensat(AT_FDCWD, file, times, 0) != 0)
        error = why_set(why, directory_error(errno), "cannot date %s: %s", file, strerror(errno));
    return error;
}

/* Only what is whole and on disk gets its name. */
static enum error name_it(const char *epochs, const char *made, bool anew, const struct epoch *kept,
                          struct why *why)
{
    char final[DIRECTORY_PATH_MAX];
    char name[CHECKPOINT_NAME_MAX + 1];

    snprintf(name, sizeof(name), "%020llu", (unsigned long long)kept->applied);
    enum error error = data_dir_path(epochs, name, final, why);
    if (error == ERROR_NONE && access(final, F_OK) == 0) {
        if (!anew)
            return data_dir_remove(made, why);
        error = data_dir_remove(final, why);
    }
    if (error == ERROR_NONE && rename(made, final) != 0)
        error = why_set(why, directory_error(errno), "cannot name the checkpoint %s: %s", final,
                        strerror(errno));
    return error == ERROR_NONE ? directory_sync(epochs, why) : error;
}

static enum error read_epoch(const char *path, struct epoch *out, struct why *why)
{
    const struct store_options options = {.read_only = true};
    struct store *store = NULL;

    enum error error = store_open(path, &options, &store, why);
    if (error == ERROR_NONE) {
        error = epoch_read(store, out);
        if (error != ERROR_NONE)
            why_set(why, error, "cannot read the state in %s: %s", path, error_text(error));
    }
    store_close(&store);
    return error;
}

static bool is_checkpoint(const char *name)
{
    return strlen(name) == CHECKPOINT_NAME_MAX && strspn(name, "0123456789") == CHECKPOINT_NAME_MAX;
}

static enum error add(struct checkpoints *checkpoints, const char *data_dir, const char *name,
                      struct why *why)
{
    struct checkpoint checkpoint = {.epoch = {.applied = strtoull(name, NULL, 10)}};
    char path[DIRECTORY_PATH_MAX];
    char file[DIRECTORY_PATH_MAX];
    struct stat status;

    memcpy(checkpoint.name, name, CHECKPOINT_NAME_MAX);
    enum error error = checkpoint_path(data_dir, &checkpoint, path, why);
    if (error == ERROR_NONE)
        error = data_dir_path(path, "data.mdb", file, why);
    if (error != ERROR_NONE)
        return error;
    if (stat(file, &status) == 0)
        checkpoint.at_ms =
            (uint64_t)status.st_mtim.tv_sec * 1000 + (uint64_t)status.st_mtim.tv_nsec / 1000000;
    struct epoch epoch;
    checkpoint.readable =
        read_epoch(path, &epoch, NULL) == ERROR_NONE && epoch.applied == checkpoint.epoch.applied;
    if (checkpoint.readable)
        checkpoint.epoch = epoch;
    struct checkpoint *grown =
        realloc(checkpoints->items, (checkpoints->count + 1) * sizeof(*grown));
    if (grown == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    checkpoints->items = grown;
    checkpoints->items[checkpoints->count++] = checkpoint;
    return ERROR_NONE;
}

static int compare(const void *a, const void *b)
{
    const struct checkpoint *one = a;
    const struct checkpoint *other = b;
    return strcmp(one->name, other->name);
}
