#include "store/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum error make_one(const char *path, struct why *why);
static enum error sync_parent(const char *path, struct why *why);

static const struct {
    int code;
    enum error error;
} codes[] = {
    {ENOMEM, ERROR_MEMORY},    {ENOSPC, ERROR_FULL},      {EDQUOT, ERROR_FULL},
    {EFBIG, ERROR_FULL},       {EIO, ERROR_IO},           {EACCES, ERROR_PERMISSION},
    {EPERM, ERROR_PERMISSION}, {EROFS, ERROR_PERMISSION}, {ENOENT, ERROR_NOT_FOUND},
    {EEXIST, ERROR_EXISTS},    {ENOTEMPTY, ERROR_EXISTS}, {ENOTDIR, ERROR_INVALID},
    {EISDIR, ERROR_INVALID},   {EINVAL, ERROR_INVALID},   {ENAMETOOLONG, ERROR_TOO_LARGE},
    {EAGAIN, ERROR_BUSY},      {EBUSY, ERROR_BUSY},
};

enum error directory_make(const char *path, struct why *why)
{
    char part[DIRECTORY_PATH_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part)
        return why_set(why, ERROR_INVALID, "a directory's path has %zu bytes instead of 1 to %zu",
                       len, sizeof part - 1);
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != 0)
            continue;
        part[i] = 0;
        enum error error = make_one(part, why);
        if (error != ERROR_NONE)
            return error;
        part[i] = path[i];
    }
    return ERROR_NONE;
}

enum error directory_make_empty(const char *path, struct why *why)
{
    enum error error = directory_make(path, why);
    if (error != ERROR_NONE)
        return error;
    DIR *directory = opendir(path);
    if (directory == NULL)
        return why_set(why, directory_error(errno), "cannot read the directory %s: %s", path,
                       strerror(errno));
    bool empty = true;
    for (const struct dirent *entry; empty && (entry = readdir(directory)) != NULL;)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    (void)closedir(directory); /* nothing was written through it */
    if (!empty)
        return why_set(why, ERROR_EXISTS, "the directory %s is not empty", path);
    return ERROR_NONE;
}

enum error directory_sync(const char *path, struct why *why)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return why_set(why, directory_error(errno), "cannot open the directory %s: %s", path,
                       strerror(errno));
    enum error error = ERROR_NONE;
    if (fsync(fd) != 0)
        error = why_set(why, directory_error(errno), "cannot sync the directory %s: %s", path,
                        strerror(errno));
    (void)close(fd); /* what matters was said by fsync */
    return error;
}

enum error directory_error(int code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return codes[i].error;
    return ERROR_IO;
}

static enum error make_one(const char *path, struct why *why)
{
    struct stat status;
    if (mkdir(path, 0700) == 0)
        return sync_parent(path, why);
    int code = errno;
    if (code == EEXIST && stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return ERROR_NONE;
        return why_set(why, ERROR_INVALID, "%s is there and is no directory", path);
    }
    return why_set(why, directory_error(code), "cannot make the directory %s: %s", path,
                   strerror(code));
}

static enum error sync_parent(const char *path, struct why *why)
{
    char parent[DIRECTORY_PATH_MAX + 4];
    /* The kernel finds the parent, whatever slashes and dots the path has. */
    int len = snprintf(parent, sizeof parent, "%s/..", path);
    if (len < 0 || (size_t)len >= sizeof parent)
        return why_set(why, ERROR_TOO_LARGE, "the path %s is too long", path);
    return directory_sync(parent, why);
}
