/* LD_PRELOAD: a disk that fails. Counts every call that writes, syncs or makes a name below
 * TORTURE_FOLDER, and fails those numbered first to first + times - 1. The numbers live in a file
 * that TORTURE_CONTROL names and the driver maps as well: it reads how many calls there were, sets
 * which shall fail, and makes room again while the program runs.
 *
 * Kinds: ENOSPC and EIO fail with nothing done; SHORT writes half of the bytes and says so; LATE
 * does the work and reports EIO all the same, which leaves the caller in doubt. */
#include "tests/torture/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

enum fault_kind { FAULT_NONE, FAULT_ENOSPC, FAULT_EIO, FAULT_SHORT, FAULT_LATE };
enum call { CALL_WRITE, CALL_SYNC, CALL_NAME };

/* tests/torture/disk.py packs and unpacks this. */
struct control {
    _Atomic uint64_t calls;  /* counted so far */
    _Atomic uint64_t first;  /* number of the first call that fails, from 1; 0: none */
    _Atomic uint64_t times;  /* how many fail */
    _Atomic uint64_t failed; /* how many did */
    _Atomic uint64_t kind;
};

static struct control *control;

REAL(ssize_t, write, int, const void *, size_t)
REAL(ssize_t, pwrite, int, const void *, size_t, off_t)
REAL(ssize_t, writev, int, const struct iovec *, int)
REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t)
REAL(int, fsync, int)
REAL(int, fdatasync, int)
REAL(int, msync, void *, size_t, int)
REAL(int, ftruncate, int, off_t)
REAL(int, open, const char *, int, ...)
REAL(int, mkdir, const char *, mode_t)
REAL(int, rename, const char *, const char *)
REAL(size_t, fwrite, const void *, size_t, size_t, FILE *)
REAL(int, fflush, FILE *)

__attribute__((constructor)) static void start(void)
{
    find_write(), find_pwrite(), find_writev(), find_pwritev(), find_fsync(), find_fdatasync();
    find_msync(), find_ftruncate(), find_open(), find_mkdir(), find_rename(), find_fwrite();
    find_fflush();
    const char *name = getenv("TORTURE_CONTROL");
    int fd = name != NULL ? real_open(name, O_RDWR | O_CLOEXEC) : -1;
    void *map = fd >= 0 ? mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                        : MAP_FAILED;
    if (map == MAP_FAILED)
        _exit(98);
    close(fd);
    control = map;
}

/* Counts the call and says how it shall fail. */
static enum fault_kind fault(enum call call)
{
    if (control == NULL)
        return FAULT_NONE;
    enum fault_kind kind = (enum fault_kind)atomic_load(&control->kind);
    if (kind == FAULT_SHORT && call != CALL_WRITE)
        return FAULT_NONE;
    uint64_t number = atomic_fetch_add(&control->calls, 1) + 1;
    uint64_t first = atomic_load(&control->first);
    if (first == 0 || number < first || number - first >= atomic_load(&control->times))
        return FAULT_NONE;
    atomic_fetch_add(&control->failed, 1);
    return kind;
}

static int refuse(enum fault_kind kind)
{
    errno = kind == FAULT_ENOSPC ? ENOSPC : EIO;
    return -1;
}

ssize_t write(int fd, const void *data, size_t len)
{
    enum fault_kind kind = folder_holds_fd(fd) ? fault(CALL_WRITE) : FAULT_NONE;
    if (kind == FAULT_NONE)
        return real_write(fd, data, len);
    if (kind == FAULT_SHORT)
        return real_write(fd, data, len / 2);
    if (kind == FAULT_LATE)
        (void)real_write(fd, data, len);
    return refuse(kind);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    enum fault_kind kind = folder_holds_fd(fd) ? fault(CALL_WRITE) : FAULT_NONE;
    if (kind == FAULT_NONE)
        return real_pwrite(fd, data, len, at);
    if (kind == FAULT_SHORT)
        return real_pwrite(fd, data, len / 2, at);
    if (kind == FAULT_LATE)
        (void)real_pwrite(fd, data, len, at);
    return refuse(kind);
}

/* A short vector is its first half and half of the next piece. */
static ssize_t write_some(int fd, const struct iovec *pieces, int count, off_t at, bool placed)
{
    struct iovec some[1024];
    int whole = count / 2;
    memcpy(some, pieces, (size_t)(whole + 1) * sizeof *some);
    some[whole].iov_len /= 2;
    return placed ? real_pwritev(fd, some, whole + 1, at) : real_writev(fd, some, whole + 1);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    enum fault_kind kind = folder_holds_fd(fd) ? fault(CALL_WRITE) : FAULT_NONE;
    if (kind == FAULT_NONE)
        return real_writev(fd, pieces, count);
    if (kind == FAULT_SHORT && count > 0)
        return write_some(fd, pieces, count, 0, false);
    if (kind == FAULT_LATE)
        (void)real_writev(fd, pieces, count);
    return refuse(kind);
}

ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t at)
{
    enum fault_kind kind = folder_holds_fd(fd) ? fault(CALL_WRITE) : FAULT_NONE;
    if (kind == FAULT_NONE)
        return real_pwritev(fd, pieces, count, at);
    if (kind == FAULT_SHORT && count > 0)
        return write_some(fd, pieces, count, at, true);
    if (kind == FAULT_LATE)
        (void)real_pwritev(fd, pieces, count, at);
    return refuse(kind);
}

int fsync(int fd)
{
    enum fault_kind kind = folder_holds_fd(fd) ? fault(CALL_SYNC) : FAULT_NONE;
    if (kind == FAULT_NONE || kind == FAULT_LATE) {
        int result = real_fsync(fd);
        return kind == FAULT_NONE ? result : refuse(kind);
    }
    return refuse(kind);
}

int fdatasync(int fd)
{
    enum fault_kind kind = folder_holds_fd(fd) ? fault(CALL_SYNC) : FAULT_NONE;
    if (kind == FAULT_NONE || kind == FAULT_LATE) {
        int result = real_fdatasync(fd);
        return kind == FAULT_NONE ? result : refuse(kind);
    }
    return refuse(kind);
}

/* A map has no descriptor; the stores map nothing but their own files. */
int msync(void *at, size_t len, int flags)
{
    enum fault_kind kind = fault(CALL_SYNC);
    if (kind == FAULT_NONE || kind == FAULT_LATE) {
        int result = real_msync(at, len, flags);
        return kind == FAULT_NONE ? result : refuse(kind);
    }
    return refuse(kind);
}

int ftruncate(int fd, off_t len)
{
    enum fault_kind kind = folder_holds_fd(fd) ? fault(CALL_NAME) : FAULT_NONE;
    if (kind == FAULT_NONE || kind == FAULT_LATE) {
        int result = real_ftruncate(fd, len);
        return kind == FAULT_NONE ? result : refuse(kind);
    }
    return refuse(kind);
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
    bool makes = (flags & O_CREAT) && folder_holds(path);
    enum fault_kind kind = makes ? fault(CALL_NAME) : FAULT_NONE;
    if (kind == FAULT_NONE)
        return real_open(path, flags, mode);
    if (kind == FAULT_LATE) {
        int fd = real_open(path, flags, mode);
        if (fd >= 0)
            close(fd);
    }
    return refuse(kind);
}

int mkdir(const char *path, mode_t mode)
{
    enum fault_kind kind = folder_holds(path) ? fault(CALL_NAME) : FAULT_NONE;
    if (kind == FAULT_NONE || kind == FAULT_LATE) {
        int result = real_mkdir(path, mode);
        return kind == FAULT_NONE ? result : refuse(kind);
    }
    return refuse(kind);
}

int rename(const char *from, const char *to)
{
    enum fault_kind kind = folder_holds(to) ? fault(CALL_NAME) : FAULT_NONE;
    if (kind == FAULT_NONE || kind == FAULT_LATE) {
        int result = real_rename(from, to);
        return kind == FAULT_NONE ? result : refuse(kind);
    }
    return refuse(kind);
}

/* stdio calls the kernel from inside the C library, where nobody can stand in between. */
size_t fwrite(const void *data, size_t size, size_t count, FILE *file)
{
    enum fault_kind kind = folder_holds_fd(fileno(file)) ? fault(CALL_WRITE) : FAULT_NONE;
    if (kind == FAULT_NONE)
        return real_fwrite(data, size, count, file);
    if (kind == FAULT_SHORT || kind == FAULT_LATE)
        (void)real_fwrite(data, size, count / 2 + (kind == FAULT_LATE), file);
    (void)refuse(kind == FAULT_SHORT ? FAULT_ENOSPC : kind);
    return 0;
}

int fflush(FILE *file)
{
    enum fault_kind kind =
        file != NULL && folder_holds_fd(fileno(file)) ? fault(CALL_WRITE) : FAULT_NONE;
    if (kind == FAULT_NONE)
        return real_fflush(file);
    if (kind == FAULT_LATE)
        (void)real_fflush(file);
    (void)refuse(kind == FAULT_SHORT ? FAULT_ENOSPC : kind);
    return EOF;
}
