#include "store/lock.h"

#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct lock {
    int fd;
};

static enum error refuse(int fd, const char *path, struct why *why);
static enum error write_pid(int fd, const char *path, struct why *why);

enum error lock_take(const char *directory, struct lock **out, struct why *why)
{
    *out = NULL;
    enum error error = directory_make(directory, why);
    if (error != ERROR_NONE)
        return error;
    char path[DIRECTORY_PATH_MAX + 8];
    int len = snprintf(path, sizeof path, "%s/lock", directory);
    if (len < 0 || (size_t)len >= sizeof path)
        return why_set(why, ERROR_TOO_LARGE, "the path %s is too long", directory);
    struct lock *lock = malloc(sizeof *lock);
    if (lock == NULL)
        return why_set(why, ERROR_MEMORY, "no memory for the lock of %s", directory);
    lock->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock->fd < 0)
        error = why_set(why, directory_error(errno), "cannot open %s: %s", path, strerror(errno));
    else if (flock(lock->fd, LOCK_EX | LOCK_NB) != 0)
        error = refuse(lock->fd, path, why);
    else
        error = write_pid(lock->fd, path, why);
    if (error == ERROR_NONE) {
        *out = lock;
        return ERROR_NONE;
    }
    lock_release(&lock);
    return error;
}

void lock_release(struct lock **lock)
{
    if (*lock == NULL)
        return;
    /* The file stays: unlinking it would let a third process lock a new one beside a second that
     * holds the old. Closing lets go. */
    if ((*lock)->fd >= 0)
        (void)close((*lock)->fd);
    free(*lock);
    *lock = NULL;
}

static enum error refuse(int fd, const char *path, struct why *why)
{
    if (errno != EWOULDBLOCK)
        return why_set(why, directory_error(errno), "cannot lock %s: %s", path, strerror(errno));
    char text[24] = {0};
    ssize_t len = pread(fd, text, sizeof text - 1, 0);
    char *end = text;
    long pid = len > 0 ? strtol(text, &end, 10) : 0;
    if (end == text || pid <= 0)
        return why_set(why, ERROR_LOCKED, "another process holds %s; stop it first", path);
    return why_set(why, ERROR_LOCKED, "process %ld holds %s; stop it first", pid, path);
}

static enum error write_pid(int fd, const char *path, struct why *why)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (len < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
        return why_set(why, directory_error(errno), "cannot write %s: %s", path, strerror(errno));
    return ERROR_NONE;
}
