#include "cli/data_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum error make_directory(const char *path, struct why *why);

enum error data_dir_path(const char *directory, const char *name, char *path, struct why *why)
{
    int n = snprintf(path, DATA_PATH_MAX, "%s/%s", directory, name);
    if (n < 0 || n >= DATA_PATH_MAX)
        return why_set(why, ERROR_TOO_LARGE, "the path of data_dir is too long");
    return ERROR_NONE;
}

enum error data_dir_lock(const char *directory, int *fd, struct why *why)
{
    char path[DATA_PATH_MAX];

    *fd = -1;
    enum error error = make_directory(directory, why);
    if (error == ERROR_NONE)
        error = data_dir_path(directory, "lock", path, why);
    if (error != ERROR_NONE)
        return error;
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return why_set(why, ERROR_IO, "cannot open %s: %s", path, strerror(errno));
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        int saved = errno;
        close(lock);
        if (saved == EWOULDBLOCK)
            return why_set(why, ERROR_LOCKED, "%s is in use by another usher; stop it first",
                           directory);
        return why_set(why, ERROR_IO, "cannot lock %s: %s", path, strerror(saved));
    }
    *fd = lock;
    return ERROR_NONE;
}

/* With its parents, mode 0700. */
static enum error make_directory(const char *path, struct why *why)
{
    char part[DATA_PATH_MAX];
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof(part))
        return why_set(why, ERROR_TOO_LARGE, "the path of data_dir is empty or too long");
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        char kept = part[i];
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return why_set(why, ERROR_IO, "cannot make %s: %s", part, strerror(errno));
        part[i] = kept;
    }
    return ERROR_NONE;
}
