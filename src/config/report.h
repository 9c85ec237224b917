/* What is wrong with a configuration: a bounded list of errors and warnings, each with file, line,
 * key path and a sentence, in the order of the lines. With warnings alone it is usable. No message
 * holds a value that may be a secret; that is the duty of whoever adds it. Owner: whoever called
 * report_init. */
#ifndef USHER_CONFIG_REPORT_H
#define USHER_CONFIG_REPORT_H

#include "base/buf.h"

enum {
    REPORT_ITEMS_MAX = 500, /* errors kept; further ones are only counted */
    REPORT_MESSAGE_MAX = 511,
    REPORT_PATH_MAX = 159
};

struct report_item {
    unsigned file;      /* 0 or 1 */
    unsigned long line; /* from 1 */
    size_t order;       /* in which it was added, for a stable order */
    bool warning;
    char path[REPORT_PATH_MAX + 1]; /* "bots[0].token", "" for the file as a whole */
    char message[REPORT_MESSAGE_MAX + 1];
};

struct report {
    const char *file; /* 0, borrowed: the configuration */
    char *other_file; /* 1: secrets.env beside it; NULL until report_set_other_file */
    struct report_item *items;
    size_t count;
    size_t cap;
    size_t dropped;  /* over REPORT_ITEMS_MAX */
    size_t warnings; /* of count */
    bool no_memory;
    bool live;    /* set by the caller: what may not be in production is wrong too */
    bool machine; /* the same: what cannot run on this machine is wrong too */
};

/* file must outlive the report. */
void report_init(struct report *report, const char *file);
void report_deinit(struct report *report);
void report_set_other_file(struct report *report, const char *file); /* copied; at most once */

/* Line and path as above; a message longer than REPORT_MESSAGE_MAX is cut. */
void report_add(struct report *report, unsigned file, unsigned long line, const char *path,
                const char *format, ...) __attribute__((format(printf, 5, 6)));
/* What was added since there were before items is a warning. */
void report_warn(struct report *report, size_t before);
bool report_failed(const struct report *report);

/* By file (secrets.env first, since its errors cause others), then line, then the order of adding.
 */
void report_sort(struct report *report);

/* One line an error, "FILE:LINE: key.path: what is wrong; what was expected". */
void report_print(const struct report *report, struct buf *out);
/* The errors, or the warnings, as a JSON array of {"file","line","path","message"}. */
void report_print_json(const struct report *report, bool warnings, struct buf *out);

#endif
