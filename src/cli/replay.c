#include "cli/replay.h"

#include "cli/builder.h"
#include "cli/data_dir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum error copy_state(const char *data_dir, const char *scratch, struct replay *out,
                             struct why *why);
static enum error build(const char *data_dir, const char *scratch, bool from_start,
                        struct replay *out, struct why *why);
static void remove_scratch(const char *scratch);

enum error replay_run(const char *data_dir, bool from_start, struct replay *out, struct why *why)
{
    char scratch[DIRECTORY_PATH_MAX];

    *out = (struct replay){.applied = 0};
    enum error error = data_dir_path(data_dir, "replay.XXXXXX", scratch, why);
    if (error != ERROR_NONE)
        return error;
    if (mkdtemp(scratch) == NULL)
        return why_set(why, directory_error(errno), "cannot make a folder in %s: %s", data_dir,
                       strerror(errno));
    error = copy_state(data_dir, scratch, out, why);
    if (error == ERROR_NONE)
        error = build(data_dir, scratch, from_start, out, why);
    remove_scratch(scratch);
    return error;
}

/* The live state may move on; a copy of it stands still. */
static enum error copy_state(const char *data_dir, const char *scratch, struct replay *out,
                             struct why *why)
{
    const struct store_options options = {.read_only = true};
    struct store *store = NULL;
    struct ledger *ledger = NULL;
    char path[DIRECTORY_PATH_MAX];
    char copy[DIRECTORY_PATH_MAX];

    enum error error = data_dir_path(data_dir, "state", path, why);
    if (error == ERROR_NONE)
        error = data_dir_path(scratch, "state", copy, why);
    if (error == ERROR_NONE)
        error = store_open(path, &options, &store, why);
    if (error == ERROR_NONE)
        error = store_copy(store, copy, why);
    store_close(&store);
    if (error == ERROR_NONE)
        error = store_open(copy, &options, &store, why);
    if (error == ERROR_NONE)
        error = ledger_open(store, &ledger, why);
    if (error == ERROR_NONE) {
        error = epoch_read(store, &out->epoch);
        out->applied = out->epoch.applied;
        if (error == ERROR_NONE)
            error = builder_store_hash(store, out->state_hash, why);
        else
            why_set(why, error, "cannot read the state: %s", error_text(error));
    }
    ledger_close(&ledger);
    store_close(&store);
    return error;
}

static enum error build(const char *data_dir, const char *scratch, bool from_start,
                        struct replay *out, struct why *why)
{
    struct builder builder = {.why = why};
    struct checkpoint start;
    char path[DIRECTORY_PATH_MAX];

    enum error error = builder_choose(data_dir, &out->epoch, out->applied, from_start, &start, why);
    if (error == ERROR_NONE)
        error = data_dir_path(scratch, "replayed", path, why);
    if (error != ERROR_NONE)
        return error;
    out->begun = start.epoch.applied;
    error = builder_open(&builder, data_dir, path, &start, why);
    if (error == ERROR_NONE)
        error = builder_run(&builder, out->applied);
    if (error == ERROR_NONE)
        error = builder_store_hash(builder.store, out->hash, why);
    builder_close(&builder);
    return error;
}

static void remove_scratch(const char *scratch)
{
    static const char *const folders[] = {"state", "replayed"};
    char path[DIRECTORY_PATH_MAX];

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (data_dir_path(scratch, folders[i], path, NULL) == ERROR_NONE)
            (void)data_dir_remove(path, NULL); /* shows below */
    if (rmdir(scratch) != 0)
        fprintf(stderr, "usher: %s is left over: %s\n", scratch, strerror(errno));
}
