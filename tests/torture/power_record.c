/* LD_PRELOAD: writes down, in one order, everything that a program does to the files below
 * TORTURE_FOLDER and when it knew it to be durable, so that power.py can build every state in which
 * a power cut might have left them. TORTURE_LOG names the record. What is written to the file that
 * TORTURE_ACKS names is recorded as said to the outside at that moment.
 *
 * A record is: u8 kind, u64 inode, u64 offset, u32 length, bytes; native order. Of stdio, which
 * calls the kernel from inside the C library, the whole content is recorded at its fsync: a file
 * that is never synced counts as empty. */
#include "tests/torture/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/uio.h>

/* power.py knows these letters. */
enum record {
    RECORD_WRITE = 'w',
    RECORD_WRITE_THROUGH = 'W', /* durable when it returned (O_DSYNC) */
    RECORD_TRUNCATE = 't',
    RECORD_SYNC = 's',
    RECORD_SYNC_FOLDER = 'S', /* bytes: its path */
    RECORD_CREATE = 'c',      /* bytes: the path */
    RECORD_MKDIR = 'm',
    RECORD_RENAME = 'r', /* bytes: from, NUL, to */
    RECORD_UNLINK = 'u',
    RECORD_RMDIR = 'd',
    RECORD_SAID = 'a'
};

static int log_fd = -1;
static char acks[FOLDER_PATH_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

REAL(ssize_t, write, int, const void *, size_t)
REAL(ssize_t, pwrite, int, const void *, size_t, off_t)
REAL(ssize_t, writev, int, const struct iovec *, int)
REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t)
REAL(int, fsync, int)
REAL(int, fdatasync, int)
REAL(int, ftruncate, int, off_t)
REAL(int, open, const char *, int, ...)
REAL(int, mkdir, const char *, mode_t)
REAL(int, rename, const char *, const char *)
REAL(int, unlink, const char *)
REAL(int, rmdir, const char *)

__attribute__((constructor)) static void start(void)
{
    find_write(), find_pwrite(), find_writev(), find_pwritev(), find_fsync(), find_fdatasync();
    find_ftruncate(), find_open(), find_mkdir(), find_rename(), find_unlink(), find_rmdir();
    const char *name = getenv("TORTURE_LOG");
    const char *said = getenv("TORTURE_ACKS");
    if (name == NULL || said == NULL || strlen(said) >= sizeof acks)
        _exit(98);
    memcpy(acks, said, strlen(said) + 1);
    log_fd = real_open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0)
        _exit(98);
}

/* With the lock held, so that the order of the record is the order of what happened. */
static void record(enum record kind, uint64_t inode, uint64_t offset, const struct iovec *pieces,
                   int count)
{
    unsigned char head[1 + 8 + 8 + 4];
    uint32_t len = 0;
    for (int i = 0; i < count; i++)
        len += (uint32_t)pieces[i].iov_len;
    head[0] = (unsigned char)kind;
    memcpy(head + 1, &inode, 8);
    memcpy(head + 9, &offset, 8);
    memcpy(head + 17, &len, 4);
    if (real_write(log_fd, head, sizeof head) != (ssize_t)sizeof head)
        _exit(97);
    for (int i = 0; i < count; i++)
        if (real_write(log_fd, pieces[i].iov_base, pieces[i].iov_len) != (ssize_t)pieces[i].iov_len)
            _exit(97);
}

static void record_bytes(enum record kind, uint64_t inode, uint64_t offset, const void *data,
                         size_t len)
{
    const struct iovec piece = {(void *)(uintptr_t)data, len};
    record(kind, inode, offset, &piece, 1);
}

static uint64_t inode_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 ? (uint64_t)status.st_ino : 0;
}

static void record_write(int fd, uint64_t at, const struct iovec *pieces, int count, ssize_t done)
{
    struct iovec some[1024];
    size_t left = (size_t)done;
    int used = 0;
    for (; used < count && left > 0; used++) {
        some[used] = pieces[used];
        if (some[used].iov_len > left)
            some[used].iov_len = left;
        left -= some[used].iov_len;
    }
    int flags = fcntl(fd, F_GETFL);
    bool through = flags >= 0 && (flags & O_DSYNC) != 0;
    record(through ? RECORD_WRITE_THROUGH : RECORD_WRITE, inode_of(fd), at, some, used);
}

/* at < 0: where the descriptor stands. */
static ssize_t write_pieces(int fd, const struct iovec *pieces, int count, off_t at)
{
    char path[FOLDER_PATH_MAX];
    bool ours = folder_path_of(fd, path) && folder_holds(path);
    bool says = !ours && strcmp(path, acks) == 0;
    if (!ours && !says)
        return at < 0 ? real_writev(fd, pieces, count) : real_pwritev(fd, pieces, count, at);
    pthread_mutex_lock(&lock);
    off_t place = at < 0 ? lseek(fd, 0, SEEK_CUR) : at;
    ssize_t done = at < 0 ? real_writev(fd, pieces, count) : real_pwritev(fd, pieces, count, at);
    if (says)
        record(RECORD_SAID, 0, 0, pieces, count);
    else if (done > 0)
        record_write(fd, (uint64_t)place, pieces, count, done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t write(int fd, const void *data, size_t len)
{
    const struct iovec piece = {(void *)(uintptr_t)data, len};
    return write_pieces(fd, &piece, 1, -1);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    const struct iovec piece = {(void *)(uintptr_t)data, len};
    return write_pieces(fd, &piece, 1, at);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    return write_pieces(fd, pieces, count, -1);
}

ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t at)
{
    return write_pieces(fd, pieces, count, at);
}

static void record_content(const char *path, uint64_t inode)
{
    static char bytes[1 << 20];
    int fd = real_open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        _exit(97);
    ssize_t got;
    for (uint64_t at = 0; (got = read(fd, bytes, sizeof bytes)) > 0; at += (uint64_t)got)
        record_bytes(RECORD_WRITE, inode, at, bytes, (size_t)got);
    close(fd);
}

static int sync_with(int fd, int (*sync)(int))
{
    char path[FOLDER_PATH_MAX];
    struct stat status;
    if (!folder_path_of(fd, path) || !folder_holds(path) || fstat(fd, &status) != 0)
        return sync(fd);
    pthread_mutex_lock(&lock);
    const char *dot = strrchr(path, '.');
    if (S_ISREG(status.st_mode) && (dot == NULL || strcmp(dot, ".mdb") != 0))
        record_content(path, (uint64_t)status.st_ino);
    int result = sync(fd);
    if (result == 0 && S_ISDIR(status.st_mode))
        record_bytes(RECORD_SYNC_FOLDER, 0, 0, path, strlen(path));
    else if (result == 0)
        record(RECORD_SYNC, (uint64_t)status.st_ino, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int fd)
{
    return sync_with(fd, real_fsync);
}

int fdatasync(int fd)
{
    return sync_with(fd, real_fdatasync);
}

int ftruncate(int fd, off_t len)
{
    if (!folder_holds_fd(fd))
        return real_ftruncate(fd, len);
    pthread_mutex_lock(&lock);
    int result = real_ftruncate(fd, len);
    if (result == 0)
        record(RECORD_TRUNCATE, inode_of(fd), (uint64_t)len, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list args;
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    if (!folder_holds(path) || (flags & (O_CREAT | O_TRUNC)) == 0)
        return real_open(path, flags, mode);
    pthread_mutex_lock(&lock);
    bool was = access(path, F_OK) == 0;
    int fd = real_open(path, flags, mode);
    if (fd >= 0 && !was)
        record_bytes(RECORD_CREATE, inode_of(fd), 0, path, strlen(path));
    else if (fd >= 0 && (flags & O_TRUNC))
        record(RECORD_TRUNCATE, inode_of(fd), 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return fd;
}

/* Names: made, changed, taken away. */
static int changed(int result, enum record kind, const char *path, const char *to)
{
    char both[2 * FOLDER_PATH_MAX + 1];
    size_t len = strlen(path);
    if (len >= FOLDER_PATH_MAX || (to != NULL && strlen(to) >= FOLDER_PATH_MAX))
        _exit(97);
    memcpy(both, path, len + 1);
    if (to != NULL) {
        memcpy(both + len + 1, to, strlen(to));
        len += 1 + strlen(to);
    }
    int code = errno;
    if (result == 0)
        record_bytes(kind, 0, 0, both, len);
    pthread_mutex_unlock(&lock);
    errno = code;
    return result;
}

int mkdir(const char *path, mode_t mode)
{
    if (!folder_holds(path))
        return real_mkdir(path, mode);
    pthread_mutex_lock(&lock);
    return changed(real_mkdir(path, mode), RECORD_MKDIR, path, NULL);
}

int rename(const char *from, const char *to)
{
    if (!folder_holds(from))
        return real_rename(from, to);
    pthread_mutex_lock(&lock);
    return changed(real_rename(from, to), RECORD_RENAME, from, to);
}

int unlink(const char *path)
{
    if (!folder_holds(path))
        return real_unlink(path);
    pthread_mutex_lock(&lock);
    return changed(real_unlink(path), RECORD_UNLINK, path, NULL);
}

int rmdir(const char *path)
{
    if (!folder_holds(path))
        return real_rmdir(path);
    pthread_mutex_lock(&lock);
    return changed(real_rmdir(path), RECORD_RMDIR, path, NULL);
}
