/* A report: one SQL question, put to the mirror without any right to change it. */
#ifndef USHER_MIRROR_REPORT_H
#define USHER_MIRROR_REPORT_H

#include "base/error.h"
#include "base/slice.h"
#include "text/calendar.h"

#include <cjson/cJSON.h>
#include <stdint.h>

enum { REPORT_PARAMS_MAX = 16, REPORT_ROWS_MAX = 1000000 };

/* What stands for :name in the question; one that is not given is NULL there. */
struct report_param {
    struct slice name;
    struct slice value; /* a number when it looks like one */
};

/* Runs the one statement of sql, timeout_ms at most. calendar: of functions.h; NULL: they are not
 * known. *out is
 * {"columns":["plan",...],"rows":[["core",2],...]} and the caller's to free. ERROR_INVALID with
 * SQLite's sentence for what is no question, ERROR_TIMEOUT, ERROR_TOO_LARGE for too many rows. */
enum error mirror_report(const char *path, struct slice sql, const struct report_param *params,
                         size_t count, struct calendar *calendar, uint64_t timeout_ms, cJSON **out,
                         struct why *why);

#endif
