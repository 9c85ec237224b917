/* Files that a verb is given to read. */
#ifndef USHER_CLI_FILE_H
#define USHER_CLI_FILE_H

#include "base/buf.h"

/* Appends the whole file, within the buffer's bound. False after a complaint that names it. */
bool cli_file_read(const char *path, struct buf *out);

#endif
