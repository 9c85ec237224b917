/* The data directory: journal/, state/, archive/ and lock (store/lock.h). */
#ifndef USHER_CLI_DATA_DIR_H
#define USHER_CLI_DATA_DIR_H

#include "store/directory.h"

/* directory/name into path (DIRECTORY_PATH_MAX bytes). */
enum error data_dir_path(const char *directory, const char *name, char *path, struct why *why);

#endif
