#include "cli/data_dir.h"

#include <stdio.h>

enum error data_dir_path(const char *directory, const char *name, char *path, struct why *why)
{
    int n = snprintf(path, DIRECTORY_PATH_MAX, "%s/%s", directory, name);
    if (n < 0 || n >= DIRECTORY_PATH_MAX)
        return why_set(why, ERROR_TOO_LARGE, "the path %s is too long", directory);
    return ERROR_NONE;
}
