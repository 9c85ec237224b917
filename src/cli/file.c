#include "cli/file.h"

#include "config/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool cli_file_read(const char *path, struct buf *out)
{
    struct why why = {""};
    char chunk[4096];
    ssize_t n = 0;
    int fd;

    enum error error = source_open(path, &fd, &why);
    while (error == ERROR_NONE && !out->failed && (n = read(fd, chunk, sizeof(chunk))) != 0) {
        if (n > 0)
            buf_append(out, chunk, (size_t)n);
        else if (errno != EINTR)
            error = why_set(&why, ERROR_IO, "cannot be read: %s", strerror(errno));
    }
    if (error == ERROR_NONE && out->failed)
        error = why_set(&why, ERROR_TOO_LARGE, "is too long");
    if (fd >= 0)
        (void)close(fd); /* only read from */
    if (error != ERROR_NONE)
        fprintf(stderr, "usher: %s %s\n", path, why.text);
    return error == ERROR_NONE;
}
