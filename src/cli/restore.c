/* usher restore: a backup into data_dir, whole or to be begun again. */
#include "cli/backup_mark.h"
#include "cli/cli.h"
#include "cli/copy_file.h"
#include "cli/data_dir.h"
#include "cli/restore_mark.h"
#include "cli/verbs.h"
#include "journal/journal.h"
#include "ledger/epoch.h"
#include "store/lock.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] = "usage: usher restore DIR [--config FILE]\n"
                            "\n"
                            "Copies DIR, which usher backup made, into the configuration's "
                            "data_dir, which must be empty or\n"
                            "not there; usher must not run on it. When it is cut off, usher does "
                            "not start on what is there,\n"
                            "and the same command begins again. DIR stays as it is. The "
                            "configuration in DIR/config is not\n"
                            "put anywhere: compare it with yours.\n"
                            "\n"
                            "Afterwards usher goes on from the moment of the backup: gateways that "
                            "are asked tell what was\n"
                            "paid since then (reconcile), of the others look into their dashboards "
                            "and send the events again.\n";

/* Of a backup, not of the data. */
static const char *const left[] = {".", "..", "config", "lock", RESTORE_MARK};

/* What to do with each name of a folder. */
typedef enum error visit_fn(const char *path, const char *name, const char *to, struct why *why);

static enum error restore(const char *from, const char *data_dir, struct why *why);
static enum error check_backup(const char *from, const char *data_dir, struct why *why);
static enum error begin(const char *data_dir, struct why *why);
static enum error end(const char *data_dir, struct why *why);
static enum error check_pair(const char *data_dir, struct why *why);
static enum error each(const char *folder, const char *to, visit_fn *visit, struct why *why);
static visit_fn copy_in, take_out, refuse;

int cli_restore(int argc, char **argv)
{
    struct cli_common common;
    struct why why = {""};
    struct lock *lock = NULL;

    int code = cli_common_parse(&common, argc, argv, 1, 1, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *from = argv[optind];
    struct config *config = cli_config_load(&common);
    if (config == NULL)
        return CLI_FAILED;
    enum error error = check_backup(from, config->data_dir, &why);
    if (error == ERROR_NONE)
        error = directory_make(config->data_dir, &why);
    if (error == ERROR_NONE)
        error = lock_take(config->data_dir, &lock, &why);
    if (error == ERROR_NONE)
        error = restore(from, config->data_dir, &why);
    lock_release(&lock);
    if (error == ERROR_NONE)
        printf("%s is in %s; usher verify proves it, then start usher\n", from, config->data_dir);
    else
        fprintf(stderr, "usher: %s\n", why.text);
    config_destroy(&config);
    return error == ERROR_NONE && fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
}

static enum error restore(const char *from, const char *data_dir, struct why *why)
{
    enum error error = begin(data_dir, why);
    if (error == ERROR_NONE)
        error = each(from, data_dir, copy_in, why);
    if (error == ERROR_NONE)
        error = directory_sync(data_dir, why);
    if (error == ERROR_NONE)
        error = check_pair(data_dir, why);
    return error == ERROR_NONE ? end(data_dir, why) : error;
}

static enum error check_backup(const char *from, const char *data_dir, struct why *why)
{
    struct stat backup, home;
    if (stat(from, &backup) != 0)
        return why_set(why, directory_error(errno), "cannot look into %s: %s", from,
                       strerror(errno));
    if (stat(data_dir, &home) == 0 && home.st_dev == backup.st_dev && home.st_ino == backup.st_ino)
        return why_set(why, ERROR_INVALID, "%s is data_dir itself; name a backup", from);
    if (backup_mark_read(from) == 0)
        return why_set(
            why, ERROR_INVALID,
            "%s holds no finished backup (no file backup.done): usher backup was cut off, or "
            "an older usher made it: then put it in the place of data_dir by hand",
            from);
    return ERROR_NONE;
}

/* What a restore before this one has left goes; what is anybody else's stays, and is said. */
static enum error begin(const char *data_dir, struct why *why)
{
    char mark[DIRECTORY_PATH_MAX];
    enum error error = data_dir_path(data_dir, RESTORE_MARK, mark, why);
    if (error != ERROR_NONE)
        return error;
    bool again = access(mark, F_OK) == 0;
    error = each(data_dir, NULL, again ? take_out : refuse, why);
    if (error != ERROR_NONE || again)
        return error;
    int fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || fsync(fd) != 0 || close(fd) != 0)
        return why_set(why, directory_error(errno), "cannot write %s: %s", mark, strerror(errno));
    return directory_sync(data_dir, why);
}

static enum error end(const char *data_dir, struct why *why)
{
    char mark[DIRECTORY_PATH_MAX];
    enum error error = data_dir_path(data_dir, RESTORE_MARK, mark, why);
    if (error == ERROR_NONE && unlink(mark) != 0)
        error = why_set(why, directory_error(errno), "cannot remove %s: %s", mark, strerror(errno));
    return error == ERROR_NONE ? directory_sync(data_dir, why) : error;
}

/* usher starts on it: the journal begins no later than where the state ends. */
static enum error check_pair(const char *data_dir, struct why *why)
{
    const struct store_options store_options = {.read_only = true};
    const struct journal_options journal_options = {.read_only = true};
    char path[DIRECTORY_PATH_MAX];
    struct store *store = NULL;
    struct journal *journal = NULL;
    struct epoch epoch = {.applied = 0};

    enum error error = data_dir_path(data_dir, "state", path, why);
    if (error == ERROR_NONE)
        error = store_open(path, &store_options, &store, why);
    if (error == ERROR_NONE && epoch_read(store, &epoch) != ERROR_NONE)
        error = why_set(why, ERROR_CORRUPT, "the state in %s cannot be read", path);
    store_close(&store);
    if (error == ERROR_NONE)
        error = data_dir_path(data_dir, "journal", path, why);
    if (error == ERROR_NONE)
        error = journal_open(path, &journal_options, &journal, why);
    if (error == ERROR_NONE && journal_head(journal) > epoch.applied + 1)
        error = why_set(why, ERROR_CORRUPT, "the journal of the backup begins behind its state");
    journal_close(&journal);
    return error;
}

static bool is_left(const char *name)
{
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
        if (strcmp(name, left[i]) == 0)
            return true;
    return false;
}

static enum error each(const char *folder, const char *to, visit_fn *visit, struct why *why)
{
    char path[DIRECTORY_PATH_MAX];
    enum error error = ERROR_NONE;
    struct dirent *entry;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return why_set(why, directory_error(errno), "cannot read %s: %s", folder, strerror(errno));
    while (error == ERROR_NONE && (entry = readdir(dir)) != NULL) {
        if (is_left(entry->d_name))
            continue;
        error = data_dir_path(folder, entry->d_name, path, why);
        if (error == ERROR_NONE)
            error = visit(path, entry->d_name, to, why);
    }
    (void)closedir(dir);
    return error;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static enum error copy_in(const char *path, const char *name, const char *to, struct why *why)
{
    char target[DIRECTORY_PATH_MAX];
    enum error error = data_dir_path(to, name, target, why);
    if (error != ERROR_NONE || !is_folder(path))
        return error == ERROR_NONE ? copy_file(path, target, why) : error;
    error = directory_make(target, why);
    if (error == ERROR_NONE)
        error = each(path, target, copy_in, why);
    return error == ERROR_NONE ? directory_sync(target, why) : error;
}

static enum error take_out(const char *path, const char *name, const char *to, struct why *why)
{
    (void)name;
    (void)to;
    if (is_folder(path)) {
        enum error error = each(path, NULL, take_out, why);
        if (error != ERROR_NONE)
            return error;
    }
    return remove(path) == 0 ? ERROR_NONE
                             : why_set(why, directory_error(errno), "cannot remove %s: %s", path,
                                       strerror(errno));
}

static enum error refuse(const char *path, const char *name, const char *to, struct why *why)
{
    (void)name;
    (void)to;
    return why_set(
        why, ERROR_EXISTS,
        "%s is there: a backup is put into an empty data_dir only; move what is there away "
        "first",
        path);
}
