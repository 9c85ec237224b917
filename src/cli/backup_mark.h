/* When the last backup of a data_dir was finished: the date of the file backup.done in it. It tells
 * nothing of whether the copy still exists. */
#ifndef USHER_CLI_BACKUP_MARK_H
#define USHER_CLI_BACKUP_MARK_H

#include <stdint.h>

/* A data_dir that cannot be written has none. */
void backup_mark_set(const char *data_dir);
/* Unix time in milliseconds; 0: none is known. */
uint64_t backup_mark_read(const char *data_dir);

#endif
