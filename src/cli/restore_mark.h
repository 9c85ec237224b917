/* The file restore.partial in a data_dir: a restore into it has begun and not ended. While it is
 * there, all else in that folder is the restore's, to be thrown away when it begins again, and
 * usher does not start on it. */
#ifndef USHER_CLI_RESTORE_MARK_H
#define USHER_CLI_RESTORE_MARK_H

#include "base/error.h"

#include <stdbool.h>

#define RESTORE_MARK "restore.partial"

/* ERROR_CORRUPT with a sentence when data_dir holds half of a backup. */
enum error restore_mark_check(const char *data_dir, struct why *why);

#endif
