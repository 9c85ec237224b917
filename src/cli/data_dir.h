/* The data directory: journal/, state/, archive/ and lock. Whoever writes in it holds the lock. */
#ifndef USHER_CLI_DATA_DIR_H
#define USHER_CLI_DATA_DIR_H

#include "base/error.h"

enum { DATA_PATH_MAX = 4096 };

/* directory/name into path (DATA_PATH_MAX bytes). */
enum error data_dir_path(const char *directory, const char *name, char *path, struct why *why);

/* Makes the directory when it is not there and locks it; *fd is to be closed when done.
 * ERROR_LOCKED when another process holds it. */
enum error data_dir_lock(const char *directory, int *fd, struct why *why);

#endif
