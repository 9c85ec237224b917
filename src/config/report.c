#include "config/report.h"

#include "base/assert.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

static const char *file_of(const struct report *report, const struct report_item *item);
static int compare(const void *a, const void *b);
static bool grow(struct report *report);

void report_init(struct report *report, const char *file)
{
    *report = (struct report){.file = file};
}

void report_deinit(struct report *report)
{
    free(report->items);
    free(report->other_file);
    *report = (struct report){0};
}

void report_set_other_file(struct report *report, const char *file)
{
    ASSERT(report->other_file == NULL);
    report->other_file = strdup(file);
    if (report->other_file == NULL)
        report->no_memory = true;
}

void report_add(struct report *report, unsigned file, unsigned long line, const char *path,
                const char *format, ...)
{
    ASSERT(file < 2);
    if (report->count == REPORT_ITEMS_MAX) {
        report->dropped++;
        return;
    }
    if (report->count == report->cap && !grow(report))
        return;
    struct report_item *item = &report->items[report->count];
    *item = (struct report_item){.file = file, .line = line, .order = report->count};
    snprintf(item->path, sizeof(item->path), "%s", path);
    va_list args;
    va_start(args, format);
    vsnprintf(item->message, sizeof(item->message), format, args);
    va_end(args);
    report->count++;
}

void report_warn(struct report *report, size_t before)
{
    for (size_t i = before; i < report->count; i++) {
        report->warnings += !report->items[i].warning;
        report->items[i].warning = true;
    }
}

bool report_failed(const struct report *report)
{
    return report->count > report->warnings || report->dropped > 0 || report->no_memory;
}

void report_sort(struct report *report)
{
    if (report->count > 1)
        qsort(report->items, report->count, sizeof(report->items[0]), compare);
}

void report_print(const struct report *report, struct buf *out)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct report_item *item = &report->items[i];
        buf_printf(out, "%s:%lu: %s%s%s%s\n", file_of(report, item), item->line,
                   item->warning ? "warning: " : "", item->path, item->path[0] != '\0' ? ": " : "",
                   item->message);
    }
    if (report->dropped > 0)
        buf_printf(out, "%s: and %zu errors more\n", report->file, report->dropped);
    if (report->no_memory)
        buf_printf(out, "%s: out of memory\n", report->file);
}

void report_print_json(const struct report *report, bool warnings, struct buf *out)
{
    size_t count = 0;
    buf_append_u8(out, '[');
    for (size_t i = 0; i < report->count; i++) {
        const struct report_item *item = &report->items[i];
        if (item->warning != warnings)
            continue;
        buf_append_text(out, count++ > 0 ? ",{\"file\":" : "{\"file\":");
        json_append_string(out, slice_from(file_of(report, item)));
        buf_printf(out, ",\"line\":%lu,\"path\":", item->line);
        json_append_string(out, slice_from(item->path));
        buf_append_text(out, ",\"message\":");
        json_append_string(out, slice_from(item->message));
        buf_append_u8(out, '}');
    }
    buf_append_u8(out, ']');
}

static const char *file_of(const struct report *report, const struct report_item *item)
{
    return item->file == 1 && report->other_file != NULL ? report->other_file : report->file;
}

static int compare(const void *a, const void *b)
{
    const struct report_item *x = a;
    const struct report_item *y = b;
    if (x->file != y->file)
        return x->file > y->file ? -1 : 1;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static bool grow(struct report *report)
{
    size_t cap = report->cap == 0 ? 16 : report->cap * 2;
    struct report_item *items = realloc(report->items, cap * sizeof(items[0]));
    if (items == NULL) {
        report->no_memory = true;
        return false;
    }
    report->items = items;
    report->cap = cap;
    return true;
}
