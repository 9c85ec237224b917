#include "config/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { PIPEFS = 0x50495045 }; /* statfs(2): of pipes without a name */

static const char *wrong_with(int fd);

enum error source_open(const char *path, int *fd, struct why *why)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return why_set(why,
                       errno == ENOENT || errno == ENOTDIR ? ERROR_NOT_FOUND
                       : errno == EACCES                   ? ERROR_PERMISSION
                                                           : ERROR_IO,
                       "cannot be read: %s", errno == ENOENT ? "not found" : strerror(errno));
    const char *wrong = wrong_with(*fd);
    if (wrong == NULL && fcntl(*fd, F_SETFL, fcntl(*fd, F_GETFL) & ~O_NONBLOCK) == 0)
        return ERROR_NONE;
    why_set(why, ERROR_INVALID, "%s", wrong != NULL ? wrong : strerror(errno));
    (void)close(*fd);
    *fd = -1;
    return ERROR_INVALID;
}

static const char *wrong_with(int fd)
{
    struct stat status;
    struct statfs system;
    if (fstat(fd, &status) != 0 || fstatfs(fd, &system) != 0)
        return strerror(errno);
    if (S_ISDIR(status.st_mode))
        return "is a folder";
    return S_ISFIFO(status.st_mode) && (long)system.f_type != PIPEFS ? "is a pipe (FIFO)" : NULL;
}
