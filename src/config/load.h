/* config_load and config_parse with the errors one by one, for "usher check --json". */
#ifndef USHER_CONFIG_LOAD_H
#define USHER_CONFIG_LOAD_H

#include "config/config.h"
#include "config/report.h"

/* On failure *out is NULL and the report, in order, says why. The report is the caller's, made with
 * report_init and the same path. */
enum error config_load_reported(const char *path, struct config **out, struct report *report);
enum error config_parse_reported(struct slice yaml, const char *name, struct config **out,
                                 struct report *report);

#endif
