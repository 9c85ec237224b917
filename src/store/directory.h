/* Directories that hold stored data: made for their owner only (0700), and made to last (fsync). */
#ifndef USHER_STORE_DIRECTORY_H
#define USHER_STORE_DIRECTORY_H

#include "base/error.h"

enum { DIRECTORY_PATH_MAX = 4096 };

/* Makes path and its missing parents; ERROR_NONE when it is there already. ERROR_INVALID when
 * something on the way is no directory. */
enum error directory_make(const char *path, struct why *why);

/* Like directory_make, but ERROR_EXISTS when path is there and not empty. */
enum error directory_make_empty(const char *path, struct why *why);

/* Makes names that were created, renamed or removed in the directory last through a power cut. */
enum error directory_sync(const char *path, struct why *why);

/* What an errno of a file operation means to usher. */
enum error directory_error(int code);

#endif
