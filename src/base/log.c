#include "base/log.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log_json.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1024 }; /* with the newline */

struct log_row {
    const char *name;
    enum log_level level;
};

static const struct log_row rows[] = {
#define LOG(name, level) {#name, LOG_LEVEL_##level},
#include "base/log.def"
#undef LOG
};

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "DEBUG",
    [LOG_LEVEL_INFO] = "INFO",
    [LOG_LEVEL_WARN] = "WARN",
    [LOG_LEVEL_ERROR] = "ERROR",
};

static atomic_int level_least = LOG_LEVEL_INFO;
static atomic_bool as_json;

static size_t make_line(char *line, const struct log_row *row, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
static size_t cut_between_characters(const char *line, size_t len);
static void write_whole(const char *line, size_t len);
static void write_json(const struct log_row *row, struct slice line);

void log_event(enum log_event event, const char *format, ...)
{
    ASSERT((size_t)event < sizeof(rows) / sizeof(rows[0]));
    const struct log_row *row = &rows[event];
    if ((int)row->level < atomic_load_explicit(&level_least, memory_order_relaxed))
        return;
    int saved = errno; /* logging an error must not change it */
    char line[LINE_MAX_BYTES + 1];
    va_list args;
    va_start(args, format);
    size_t len = make_line(line, row, format, args);
    va_end(args);
    if (atomic_load_explicit(&as_json, memory_order_relaxed))
        write_json(row, slice_of(line, len));
    else
        write_whole(line, len);
    errno = saved;
}

/* line: time, level, event, values, each behind a blank, and the newline. */
static void write_json(const struct log_row *row, struct slice line)
{
    char json[LOG_JSON_BYTES_MAX];
    char time[32];
    const char *blank = memchr(line.data, ' ', line.len);
    ASSERT(blank != NULL &&
           slice_copy(slice_of(line.data, (size_t)(blank - line.data)), time, sizeof(time)));
    size_t head = strlen(time) + strlen(level_names[row->level]) + strlen(row->name) + 2;
    size_t rest = line.len - 1 > head ? line.len - 1 - head : 0;
    write_whole(json, log_json(json, time, level_names[row->level], row->name,
                               slice_of(line.data + head, rest)));
}

const char *log_event_name(enum log_event event)
{
    ASSERT((size_t)event < sizeof(rows) / sizeof(rows[0]));
    return rows[event].name;
}

void log_set_json(bool json)
{
    atomic_store_explicit(&as_json, json, memory_order_relaxed);
}

void log_set_level(enum log_level least)
{
    atomic_store_explicit(&level_least, (int)least, memory_order_relaxed);
}

const char *log_quote(struct slice value, char *out, size_t out_size)
{
    ASSERT(out_size >= 3);
    size_t at = 0;
    out[at++] = '"';
    while (value.len > 0) {
        char escape[8];
        uint32_t code_point;
        size_t len = utf8_decode(value, &code_point);
        struct slice piece = slice_of(value.data, len);
        if (len == 0 || utf8_is_control(code_point)) {
            /* A malformed byte, or a control character byte by byte. */
            snprintf(escape, sizeof(escape), "\\x%02x", (unsigned)(unsigned char)value.data[0]);
            piece = slice_from(escape);
            len = 1;
        } else if (code_point == '"' || code_point == '\\') {
            snprintf(escape, sizeof(escape), "\\%c", value.data[0]);
            piece = slice_from(escape);
        }
        if (piece.len + 2 > out_size - at)
            break;
        memcpy(out + at, piece.data, piece.len);
        at += piece.len;
        value = slice_of(value.data + len, value.len - len);
    }
    out[at++] = '"';
    out[at] = '\0';
    return out;
}

/* Returns the line's length with its newline; line has room for LINE_MAX_BYTES and a NUL. */
static size_t make_line(char *line, const struct log_row *row, const char *format, va_list args)
{
    uint64_t now_ms = clock_real_ms();
    char time[32];
    clock_format_utc((int64_t)now_ms, time, sizeof(time));
    int n = snprintf(line, LINE_MAX_BYTES, "%.19s.%03uZ %s %s ", time, (unsigned)(now_ms % 1000),
                     level_names[row->level], row->name);
    ASSERT(n > 0 && n < LINE_MAX_BYTES);
    size_t head = (size_t)n;

    n = vsnprintf(line + head, LINE_MAX_BYTES - head, format, args);
    size_t len = head + (n > 0 ? (size_t)n : 0);
    if (len >= LINE_MAX_BYTES)
        len = cut_between_characters(line, LINE_MAX_BYTES - 1);
    if (len == head)
        len--; /* no values: no blank at the end either */

    /* A value that should have been quoted must still not look like a line of its own. */
    for (size_t i = head; i < len; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            line[i] = '?';
    }
    line[len++] = '\n';
    return len;
}

static size_t cut_between_characters(const char *line, size_t len)
{
    size_t start = len;
    while (start > 0 && len - start < 4 && ((unsigned char)line[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0 || (unsigned char)line[start - 1] < 0x80)
        return len;
    uint32_t code_point;
    size_t width = utf8_decode(slice_of(line + start - 1, len - start + 1), &code_point);
    return width == len - start + 1 ? len : start - 1;
}

static void write_whole(const char *line, size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDERR_FILENO, line, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* nobody reads the log; the work goes on */
        line += n;
        len -= (size_t)n;
    }
}
