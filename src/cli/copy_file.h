/* Copies of stored files, made to last. */
#ifndef USHER_CLI_COPY_FILE_H
#define USHER_CLI_COPY_FILE_H

#include "base/error.h"

/* A new file to (0600) with the bytes and the date of from, on disk. ERROR_NOT_FOUND when from is
 * not there. A failure may leave a part of it. */
enum error copy_file(const char *from, const char *to, struct why *why);

#endif
