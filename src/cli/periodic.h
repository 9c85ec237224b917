/* `usher report weekly|monthly|quarter`: the report is made of the mirror's file by this process.
 */
#ifndef USHER_CLI_PERIODIC_H
#define USHER_CLI_PERIODIC_H

#include "text/calendar.h"

#include <stdbool.h>

struct cli_periodic {
    const char *kind;      /* NULL: none */
    const char *from, *to; /* as written; NULL: the last whole one */
    const char *format;
    const char *file; /* NULL: standard output */
};

bool cli_periodic_known(const char *kind);
/* timeout_ms: of each question. A code of cli.h, complaints on standard error. */
int cli_periodic(const struct cli_periodic *ask, const char *path, struct calendar *calendar,
                 uint64_t timeout_ms);

#endif
