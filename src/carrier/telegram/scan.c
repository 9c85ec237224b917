#include "carrier/telegram/scan.h"

static void skip_space(struct scan *scan);
static bool skip_text(struct scan *scan);
static bool skip_value(struct scan *scan, struct slice *value);
static bool take(struct scan *scan, char wanted);

bool scan_open(struct scan *scan, struct slice text)
{
    *scan = (struct scan){0};
    if (text.len == 0)
        return false;
    *scan = (struct scan){.at = text.data, .end = text.data + text.len, .first = true};
    skip_space(scan);
    if (take(scan, '['))
        scan->close = ']';
    else if (take(scan, '{'))
        scan->close = '}';
    return scan->close != 0;
}

bool scan_next(struct scan *scan, struct slice *name, struct slice *value)
{
    if (scan->bad || scan->at == NULL)
        return false;
    skip_space(scan);
    if (take(scan, scan->close)) {
        skip_space(scan);
        scan->bad = scan->at != scan->end;
        scan->at = NULL;
        return false;
    }
    scan->bad = true; /* until the piece is whole */
    if (!scan->first && !take(scan, ','))
        return false;
    scan->first = false;
    skip_space(scan);
    if (scan->close == '}') {
        const char *start = scan->at;
        if (!skip_text(scan))
            return false;
        *name = slice_of(start + 1, (size_t)(scan->at - start) - 2);
        skip_space(scan);
        if (!take(scan, ':'))
            return false;
        skip_space(scan);
    }
    if (!skip_value(scan, value))
        return false;
    scan->bad = false;
    return true;
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
        scan->at++;
}

static bool take(struct scan *scan, char wanted)
{
    if (scan->at == scan->end || *scan->at != wanted)
        return false;
    scan->at++;
    return true;
}

/* A string with its quotes. */
static bool skip_text(struct scan *scan)
{
    if (!take(scan, '"'))
        return false;
    while (scan->at < scan->end && *scan->at != '"') {
        if (*scan->at == '\\') {
            scan->at++;
            if (scan->at == scan->end)
                return false;
        }
        scan->at++;
    }
    return take(scan, '"');
}

static bool skip_value(struct scan *scan, struct slice *value)
{
    const char *start = scan->at;
    size_t depth = 0;
    while (scan->at < scan->end) {
        char c = *scan->at;
        if (c == '"') {
            if (!skip_text(scan))
                return false;
            continue;
        }
        if (depth == 0 && (c == ',' || c == ']' || c == '}'))
            break;
        if (c == '[' || c == '{')
            depth++;
        if (c == ']' || c == '}')
            depth--;
        scan->at++;
    }
    const char *stop = scan->at;
    while (stop > start &&
           (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\n' || stop[-1] == '\r'))
        stop--;
    *value = slice_of(start, (size_t)(stop - start));
    return depth == 0 && stop > start;
}
