#include "http/load_answer.h"

#include <strings.h>

static bool read_status_line(struct slice line, struct load_answer *out);
static bool read_field(struct slice line, struct load_answer *out);
static bool name_is(struct slice line, const char *name, struct slice *value);

enum load_head load_answer_read(struct slice bytes, bool to_head, struct load_answer *out)
{
    const char *end = bytes.len > 0 ? memmem(bytes.data, bytes.len, "\r\n\r\n", 4) : NULL;
    *out = (struct load_answer){0};
    if (end == NULL)
        return LOAD_HEAD_PARTIAL;
    out->head_len = (size_t)(end - bytes.data) + 4;
    const char *at = bytes.data;
    for (bool first = true; at < end + 2; first = false) {
        const char *line_end = memmem(at, (size_t)(end + 2 - at), "\r\n", 2);
        struct slice line = slice_of(at, (size_t)(line_end - at));
        if (first ? !read_status_line(line, out) : !read_field(line, out))
            return LOAD_HEAD_BAD;
        at = line_end + 2;
    }
    if (to_head || out->status / 100 == 1 || out->status == 204 || out->status == 304) {
        out->sized = true;
        out->body_len = 0;
    }
    if (!out->sized)
        out->closes = true;
    return LOAD_HEAD_READ;
}

/* "HTTP/1.1 200 OK"; the reason may be missing. */
static bool read_status_line(struct slice line, struct load_answer *out)
{
    if (line.len < 12 || memcmp(line.data, "HTTP/1.", 7) != 0 || line.data[8] != ' ')
        return false;
    for (size_t i = 9; i < 12; i++) {
        if (line.data[i] < '0' || line.data[i] > '9')
            return false;
        out->status = out->status * 10 + (unsigned)(line.data[i] - '0');
    }
    out->closes = line.data[7] == '0';
    return out->status >= 100 && out->status <= 599 && (line.len == 12 || line.data[12] == ' ');
}

static bool read_field(struct slice line, struct load_answer *out)
{
    struct slice value;
    long long number = 0;
    if (name_is(line, "Content-Length:", &value)) {
        if (out->sized || !slice_to_i64(value, &number) || number < 0)
            return false;
        out->sized = true;
        out->body_len = (uint64_t)number;
    } else if (name_is(line, "Connection:", &value)) {
        if (value.len == 5 && strncasecmp(value.data, "close", 5) == 0)
            out->closes = true;
    } else if (name_is(line, "Transfer-Encoding:", &value)) {
        return false;
    }
    return true;
}

static bool name_is(struct slice line, const char *name, struct slice *value)
{
    size_t len = strlen(name);
    if (line.len < len || strncasecmp(line.data, name, len) != 0)
        return false;
    while (len < line.len && (line.data[len] == ' ' || line.data[len] == '\t'))
        len++;
    size_t end = line.len;
    while (end > len && (line.data[end - 1] == ' ' || line.data[end - 1] == '\t'))
        end--;
    *value = slice_of(line.data + len, end - len);
    return true;
}
