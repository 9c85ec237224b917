#include "cli/periodic.h"

#include "base/clock.h"
#include "cli/ask.h"
#include "mirror/periodic.h"
#include "http/query.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { QUERY_BYTES_MAX = 1024 };

static void append(struct buf *query, const char *name, const char *value);
static enum error make(struct periodic *periodic, struct database *database, struct buf *out,
                       struct why *why);
static int write_file(const char *path, struct slice bytes);

bool cli_periodic_known(const char *kind)
{
    return strcmp(kind, "weekly") == 0 || strcmp(kind, "monthly") == 0 ||
           strcmp(kind, "quarter") == 0;
}

int cli_periodic(const struct cli_periodic *ask, const char *path, struct calendar *calendar,
                 uint64_t timeout_ms)
{
    struct query_fault fault = {"", ""};
    struct why why = {""};
    struct database *database = NULL;
    struct periodic *periodic = NULL;
    struct buf query;
    struct buf out;
    double margin = 1;
    unsigned status;
    int code = CLI_FAILED;

    buf_init(&query, QUERY_BYTES_MAX);
    buf_init(&out, CLI_PRINT_BYTES_MAX);
    append(&query, "from", ask->from);
    append(&query, "to", ask->to);
    append(&query, "format", ask->format);
    enum error error = query.failed
                           ? why_set(&why, ERROR_TOO_LARGE, "--from or --to is too long")
                           : figures_open(path, calendar, timeout_ms, &database, &margin, &why);
    if (error == ERROR_NONE) {
        periodic = periodic_asked(slice_from(ask->kind), buf_slice(&query),
                                  (int64_t)clock_wall_ms(), calendar, margin, &status, &fault);
        if (periodic == NULL)
            error = why_set(&why, ERROR_INVALID, "%s",
                            status == 0 ? error_text(ERROR_MEMORY) : fault.detail);
    }
    if (error == ERROR_NONE)
        error = make(periodic, database, &out, &why);
    if (error != ERROR_NONE)
        fprintf(stderr, "usher: %s: %s\n", error == ERROR_NOT_FOUND ? path : ask->kind, why.text);
    else if (ask->file != NULL)
        code = write_file(ask->file, buf_slice(&out));
    else
        code = cli_print(&out);
    periodic_destroy(&periodic);
    database_close(&database);
    buf_deinit(&out);
    buf_deinit(&query);
    return code;
}

static void append(struct buf *query, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buf_printf(query, "%s%s=", query->len > 0 ? "&" : "", name);
    percent_encode(query, slice_from(value));
}

static enum error make(struct periodic *periodic, struct database *database, struct buf *out,
                       struct why *why)
{
    enum sheet_format format = periodic_format(periodic);
    enum error error = ERROR_NONE;
    for (bool more = true; more && error == ERROR_NONE;)
        error = periodic_step(periodic, database, &more, why);
    if (error == ERROR_NONE)
        error = sheet_write(periodic_document(periodic), format, out, why);
    if (error == ERROR_NONE && format == SHEET_JSON)
        buf_append_text(out, "\n");
    return error;
}

static int write_file(const char *path, struct slice bytes)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t at = 0;
    while (file >= 0 && at < bytes.len) {
        ssize_t n = write(file, bytes.data + at, bytes.len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        at += (size_t)n;
    }
    bool good = file >= 0 && close(file) == 0 && at == bytes.len;
    if (!good)
        fprintf(stderr, "usher: %s cannot be written: %s; name another --out\n", path,
                strerror(errno));
    return good ? CLI_DONE : CLI_FAILED;
}
