/* The data directory: journal/, state/, archive/, epochs/ (checkpoint.h) and lock (store/lock.h);
 * while a state is built again also state.partial/ and state.new/, afterwards state.old/. */
#ifndef USHER_CLI_DATA_DIR_H
#define USHER_CLI_DATA_DIR_H

#include "store/directory.h"

/* directory/name into path (DIRECTORY_PATH_MAX bytes). */
enum error data_dir_path(const char *directory, const char *name, char *path, struct why *why);

/* Removes a folder that holds plain files only, if it is there. ERROR_NONE when it is gone. */
enum error data_dir_remove(const char *path, struct why *why);

#endif
