#include "cli/backup_mark.h"
#include "cli/checkpoint.h"
#include "cli/cli.h"
#include "cli/copy_file.h"
#include "cli/data_dir.h"
#include "cli/segments.h"
#include "cli/verbs.h"
#include "journal/journal.h"
#include "store/store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: usher backup DIR [--config FILE]\n"
    "\n"
    "Copies state, journal, archive, facts and checkpoints into DIR, which must be empty or "
    "new, while usher runs or\n"
    "not, and the configuration into DIR/config; says what else is to be kept. usher restore DIR "
    "puts "
    "it back; usher verify\n"
    "--data-dir DIR tells whether it is whole.\n";

enum { ATTEMPTS = 3 };

static enum error back_up(const char *data_dir, const char *directory, struct why *why);
static enum error copy_config(const char *path, const char *directory, struct why *why);
static void say_what_else(const struct config *config, const char *path);
static enum error check_place(const char *data_dir, const char *directory, struct why *why);
static enum error read_applied(const char *path, uint64_t *applied, struct why *why);
static enum error copy_pair(const char *data_dir, const char *directory, uint64_t *tail,
                            struct why *why);
static enum error copy_state(const char *data_dir, const char *directory, uint64_t *applied,
                             struct why *why);
static enum error copy_journal(const char *data_dir, const char *directory, uint64_t *head,
                               uint64_t *tail, struct why *why);
static enum error copy_segments(const char *data_dir, const char *directory, const char *name,
                                uint64_t upto, struct why *why);
static enum error copy_epochs(const char *data_dir, const char *directory, struct why *why);

int cli_backup(int argc, char **argv)
{
    struct cli_common common;
    struct why why = {""};

    int code = cli_common_parse(&common, argc, argv, 1, 1, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *directory = argv[optind];
    struct config *config = cli_config_load(&common);
    if (config == NULL)
        return CLI_FAILED;
    enum error error = back_up(config->data_dir, directory, &why);
    if (error == ERROR_NONE)
        error = copy_config(common.config_path, directory, &why);
    if (error == ERROR_NONE) {
        backup_mark_set(
            directory); /* the last thing: without it usher restore takes it for cut off */
        error = directory_sync(directory, &why);
    }
    if (error == ERROR_NONE) {
        backup_mark_set(config->data_dir);
        say_what_else(config, common.config_path);
    } else {
        fprintf(stderr, "usher: %s\n", why.text);
    }
    config_destroy(&config);
    return error == ERROR_NONE ? CLI_DONE : CLI_FAILED;
}

/* As it is, without what it takes from elsewhere. */
static enum error copy_config(const char *path, const char *directory, struct why *why)
{
    char folder[DIRECTORY_PATH_MAX];
    char to[DIRECTORY_PATH_MAX];
    const char *slash = strrchr(path, '/');
    enum error error = data_dir_path(directory, "config", folder, why);
    if (error == ERROR_NONE)
        error = data_dir_path(folder, slash == NULL ? path : slash + 1, to, why);
    if (error == ERROR_NONE)
        error = directory_make(folder, why);
    if (error == ERROR_NONE)
        error = copy_file(path, to, why);
    return error == ERROR_NONE ? directory_sync(folder, why) : error;
}

static void say_what_else(const struct config *config, const char *path)
{
    const char *slash = strrchr(path, '/');
    printf(
        "keep apart, and safe, what the backup does not hold: %.*s/secrets.env and each file that "
        "the configuration names by ${file:}\n",
        slash == NULL ? 1 : (int)(slash - path), slash == NULL ? "." : path);
    if (config->curve_dir != NULL)
        printf("and the keys of this host's links in %s\n", config->curve_dir);
}

/* The state first: then the copy of the journal holds all that is in the state, and what it holds
 * beyond is applied when usher starts on the copy. What a running usher took out of the journal
 * before that was copied is in the archive, which comes behind. */
static enum error back_up(const char *data_dir, const char *directory, struct why *why)
{
    uint64_t tail = 0;
    enum error error = check_place(data_dir, directory, why);
    if (error == ERROR_NONE)
        error = directory_make_empty(directory, why);
    if (error == ERROR_NONE) {
        /* "new/../var/x" is there only now. */
        error = check_place(data_dir, directory, why);
        if (error != ERROR_NONE)
            (void)rmdir(directory);
    }
    if (error == ERROR_NONE)
        error = copy_pair(data_dir, directory, &tail, why);
    if (error == ERROR_NONE)
        error = copy_segments(data_dir, directory, "archive", UINT64_MAX, why);
    if (error == ERROR_NONE)
        error = copy_segments(data_dir, directory, "facts", tail, why);
    if (error == ERROR_NONE)
        error = copy_epochs(data_dir, directory, why);
    if (error == ERROR_NONE)
        error = directory_sync(directory, why);
    return error;
}

/* Within data_dir it would be lost with it, and the next one would hold it. What is not there yet
 * is judged by the nearest folder above it that is. */
static enum error check_place(const char *data_dir, const char *directory, struct why *why)
{
    char at[DIRECTORY_PATH_MAX];
    char real[PATH_MAX];
    char home[PATH_MAX];

    if (!slice_copy(slice_from(directory), at, sizeof(at)) || realpath(data_dir, home) == NULL)
        return ERROR_NONE; /* it is said when it is used */
    while (realpath(at, real) == NULL) {
        char *slash = strrchr(at, '/');
        if (errno != ENOENT)
            return ERROR_NONE;
        if (slash == NULL || slash == at)
            memcpy(at, slash == NULL ? "." : "/", 2);
        else
            *slash = '\0';
    }
    size_t len = strlen(home);
    if (strncmp(real, home, len) != 0 || (real[len] != '/' && real[len] != '\0'))
        return ERROR_NONE;
    return why_set(why, ERROR_INVALID,
                   "%s lies in data_dir %s; choose a folder elsewhere, better on another disk",
                   directory, data_dir);
}

/* The copy must start: its journal begins no later than where its state ends. When copying the
 * state took so long that usher archived the commands behind it, both are copied again. */
static enum error copy_pair(const char *data_dir, const char *directory, uint64_t *tail,
                            struct why *why)
{
    static const char *const names[] = {"state", "journal"};
    char path[DIRECTORY_PATH_MAX];
    uint64_t applied = 0;
    uint64_t head = 0;

    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        enum error error = copy_state(data_dir, directory, &applied, why);
        if (error == ERROR_NONE)
            error = copy_journal(data_dir, directory, &head, tail, why);
        if (error != ERROR_NONE || head <= applied + 1)
            return error;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            error = data_dir_path(directory, names[i], path, why);
            if (error == ERROR_NONE)
                error = data_dir_remove(path, why);
            if (error != ERROR_NONE)
                return error;
        }
    }
    return why_set(why, ERROR_BUSY,
                   "the journal is trimmed faster than the state can be copied: journal.keep in "
                   "the configuration is too short");
}

static enum error copy_state(const char *data_dir, const char *directory, uint64_t *applied,
                             struct why *why)
{
    const struct store_options options = {.read_only = true};
    char from[DIRECTORY_PATH_MAX];
    char to[DIRECTORY_PATH_MAX];
    struct store *store = NULL;

    enum error error = data_dir_path(data_dir, "state", from, why);
    if (error == ERROR_NONE)
        error = data_dir_path(directory, "state", to, why);
    if (error == ERROR_NONE)
        error = store_open(from, &options, &store, why);
    if (error == ERROR_NONE)
        error = store_copy(store, to, why);
    store_close(&store);
    return error == ERROR_NONE ? read_applied(to, applied, why) : error;
}

static enum error read_applied(const char *path, uint64_t *applied, struct why *why)
{
    const struct store_options options = {.read_only = true};
    struct store *store = NULL;
    struct epoch epoch = {.applied = 0};

    enum error error = store_open(path, &options, &store, why);
    if (error == ERROR_NONE) {
        error = epoch_read(store, &epoch);
        if (error != ERROR_NONE)
            why_set(why, error, "cannot read the state in %s: %s", path, error_text(error));
    }
    store_close(&store);
    *applied = epoch.applied;
    return error;
}

static enum error copy_journal(const char *data_dir, const char *directory, uint64_t *head,
                               uint64_t *tail, struct why *why)
{
    const struct journal_options options = {.read_only = true};
    char from[DIRECTORY_PATH_MAX];
    char to[DIRECTORY_PATH_MAX];
    struct journal *journal = NULL;

    enum error error = data_dir_path(data_dir, "journal", from, why);
    if (error == ERROR_NONE)
        error = data_dir_path(directory, "journal", to, why);
    if (error == ERROR_NONE)
        error = journal_open(from, &options, &journal, why);
    if (error == ERROR_NONE)
        error = journal_copy(journal, to, why);
    journal_close(&journal);
    if (error == ERROR_NONE)
        error = journal_open(to, &options, &journal, why);
    if (error == ERROR_NONE)
        *head = journal_head(journal);
    if (error == ERROR_NONE)
        *tail = journal_tail(journal);
    journal_close(&journal);
    return error;
}

/* Segments never change once they have their name. Facts of commands that the copied journal does
 * not have would be another history's where that goes on; the copied state has them as news. */
static enum error copy_segments(const char *data_dir, const char *directory, const char *name,
                                uint64_t upto, struct why *why)
{
    char from[DIRECTORY_PATH_MAX];
    char to[DIRECTORY_PATH_MAX];
    char file[DIRECTORY_PATH_MAX];
    struct segments segments = {NULL, 0};

    enum error error = data_dir_path(data_dir, name, from, why);
    if (error == ERROR_NONE)
        error = data_dir_path(directory, name, to, why);
    if (error == ERROR_NONE)
        error = segments_list(from, &segments, why);
    if (error == ERROR_NONE && segments.count > 0)
        error = directory_make(to, why);
    for (size_t i = 0; i < segments.count && error == ERROR_NONE; i++) {
        uint64_t first;
        uint64_t last;
        if (!segments_range(segments.paths[i], &first, &last) || last > upto)
            continue;
        error = data_dir_path(to, segments_name(segments.paths[i]), file, why);
        if (error == ERROR_NONE)
            error = copy_file(segments.paths[i], file, why);
        if (error == ERROR_NOT_FOUND)
            error = ERROR_NONE; /* it was so old that it may go, and went */
    }
    if (error == ERROR_NONE && segments.count > 0)
        error = directory_sync(to, why);
    segments_free(&segments);
    return error;
}

/* Neither do checkpoints. */
static enum error copy_epochs(const char *data_dir, const char *directory, struct why *why)
{
    struct checkpoints checkpoints = {NULL, 0};
    char from[DIRECTORY_PATH_MAX];
    char to[DIRECTORY_PATH_MAX];
    char in[DIRECTORY_PATH_MAX];
    char out[DIRECTORY_PATH_MAX];

    enum error error = checkpoints_list(data_dir, &checkpoints, why);
    for (size_t i = 0; i < checkpoints.count && error == ERROR_NONE; i++) {
        error = checkpoint_path(data_dir, &checkpoints.items[i], from, why);
        if (error == ERROR_NONE)
            error = checkpoint_path(directory, &checkpoints.items[i], to, why);
        if (error == ERROR_NONE)
            error = data_dir_path(from, "data.mdb", in, why);
        if (error == ERROR_NONE)
            error = data_dir_path(to, "data.mdb", out, why);
        if (error == ERROR_NONE)
            error = directory_make(to, why);
        if (error == ERROR_NONE)
            error = copy_file(in, out, why);
        if (error == ERROR_NONE)
            error = directory_sync(to, why);
        else if (error == ERROR_NOT_FOUND)
            error = data_dir_remove(to, why); /* the same */
    }
    checkpoints_free(&checkpoints);
    return error;
}
