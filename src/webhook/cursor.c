#include "webhook/cursor.h"

#include "base/buf.h"
#include "base/json.h"
#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 4096 };

static bool parse(const cJSON *root, struct cursor *out);
static bool number(const cJSON *item, uint64_t *out);
static void print(const struct cursor *cursor, struct buf *out);
static bool write_all(int fd, struct slice text);

enum error cursor_load(const char *path, struct cursor *out)
{
    char text[FILE_BYTES_MAX];
    cJSON *root = NULL;
    *out = (struct cursor){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? ERROR_NOT_FOUND : directory_error(errno);
    ssize_t len = read(fd, text, sizeof text);
    (void)close(fd); /* only read */
    bool good =
        len > 0 &&
        json_parse(slice_of(text, (size_t)len), FILE_BYTES_MAX, 4, &root, NULL) == ERROR_NONE &&
        parse(root, out);
    json_free(&root);
    if (!good)
        *out = (struct cursor){0};
    return good ? ERROR_NONE : ERROR_NOT_FOUND;
}

enum error cursor_save(const char *path, const struct cursor *cursor, struct why *why)
{
    char fresh[PATH_MAX];
    struct buf text;
    int n = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (n < 0 || (size_t)n >= sizeof fresh)
        return why_set(why, ERROR_TOO_LARGE, "the path %s is too long", path);
    buf_init(&text, FILE_BYTES_MAX);
    print(cursor, &text);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd >= 0 && !text.failed && write_all(fd, buf_slice(&text)) && fdatasync(fd) == 0;
    int cause = errno;
    if (fd >= 0 && close(fd) != 0 && written) {
        written = false;
        cause = errno;
    }
    if (written && rename(fresh, path) != 0) {
        written = false;
        cause = errno;
    }
    buf_deinit(&text);
    return written ? ERROR_NONE
                   : why_set(why, directory_error(cause), "%s cannot be written: %s", path,
                             strerror(cause));
}

void cursor_mark(struct cursor *cursor, uint64_t now_ms, uint64_t every_ms)
{
    size_t count = cursor->mark_count;
    if (count > 0 && now_ms < cursor->marks[count - 1].at_ms + every_ms)
        return;
    if (count == CURSOR_MARKS_MAX) {
        memmove(cursor->marks, cursor->marks + 1, (count - 1) * sizeof *cursor->marks);
        count--;
    }
    cursor->marks[count] = (struct cursor_mark){now_ms, cursor->position};
    cursor->mark_count = count + 1;
}

uint64_t cursor_left(const struct cursor *cursor, uint64_t now_ms, uint64_t keep_ms)
{
    uint64_t left = keep_ms == 0 ? cursor->position : 0;
    for (size_t i = 0; keep_ms > 0 && i < cursor->mark_count; i++)
        if (cursor->marks[i].at_ms + keep_ms <= now_ms)
            left = cursor->marks[i].position;
    return left < cursor->position ? left : cursor->position;
}

static bool parse(const cJSON *root, struct cursor *out)
{
    const cJSON *pair;
    if (!number(json_member(root, "position"), &out->position) ||
        !number(json_member(root, "failing_since_ms"), &out->failing_since_ms) ||
        !json_bool(json_member(root, "disabled"), &out->disabled))
        return false;
    cJSON_ArrayForEach(pair, json_member(root, "marks"))
    {
        struct cursor_mark *mark = &out->marks[out->mark_count];
        if (out->mark_count == CURSOR_MARKS_MAX ||
            !number(cJSON_GetArrayItem(pair, 0), &mark->at_ms) ||
            !number(cJSON_GetArrayItem(pair, 1), &mark->position))
            return false;
        out->mark_count++;
    }
    return true;
}

static bool number(const cJSON *item, uint64_t *out)
{
    int64_t value;
    if (!json_i64(item, &value) || value < 0)
        return false;
    *out = (uint64_t)value;
    return true;
}

static void print(const struct cursor *cursor, struct buf *out)
{
    buf_printf(out, "{\"position\":%llu,\"failing_since_ms\":%llu,\"disabled\":%s,\"marks\":[",
               (unsigned long long)cursor->position, (unsigned long long)cursor->failing_since_ms,
               cursor->disabled ? "true" : "false");
    for (size_t i = 0; i < cursor->mark_count; i++)
        buf_printf(out, "%s[%llu,%llu]", i > 0 ? "," : "",
                   (unsigned long long)cursor->marks[i].at_ms,
                   (unsigned long long)cursor->marks[i].position);
    buf_append_text(out, "]}\n");
}

static bool write_all(int fd, struct slice text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.data, text.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text = slice_of(text.data + n, text.len - (size_t)n);
    }
    return true;
}
