#include "cli/copy_file.h"

#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool copy_date(int in, int out);
static bool copy_bytes(int in, int out);

enum error copy_file(const char *from, const char *to, struct why *why)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = out >= 0 && copy_bytes(in, out) && copy_date(in, out) && fsync(out) == 0;
    int saved = errno;

    if (out >= 0 && close(out) != 0 && ok) {
        saved = errno;
        ok = false;
    }
    if (in >= 0)
        (void)close(in); /* only read from */
    if (ok)
        return ERROR_NONE;
    return why_set(why, directory_error(saved), "cannot copy %s to %s: %s", from, to,
                   strerror(saved));
}

/* How old a segment is says when it may go. */
static bool copy_date(int in, int out)
{
    struct stat status;
    if (fstat(in, &status) != 0)
        return false;
    const struct timespec times[2] = {status.st_mtim, status.st_mtim};
    return futimens(out, times) == 0;
}

static bool copy_bytes(int in, int out)
{
    char bytes[65536];
    for (;;) {
        ssize_t n = read(in, bytes, sizeof(bytes));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        for (ssize_t done = 0; done < n;) {
            ssize_t written = write(out, bytes + done, (size_t)(n - done));
            if (written < 0 && errno != EINTR)
                return false;
            done += written > 0 ? written : 0;
        }
    }
}
