#include "cli/data_dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum error data_dir_path(const char *directory, const char *name, char *path, struct why *why)
{
    int n = snprintf(path, DIRECTORY_PATH_MAX, "%s/%s", directory, name);
    if (n < 0 || n >= DIRECTORY_PATH_MAX)
        return why_set(why, ERROR_TOO_LARGE, "the path %s is too long", directory);
    return ERROR_NONE;
}

/* What cannot be removed shows when its folder is. */
enum error data_dir_remove(const char *path, struct why *why)
{
    char file[DIRECTORY_PATH_MAX];
    struct dirent *entry;

    DIR *dir = opendir(path);
    if (dir == NULL && errno == ENOENT)
        return ERROR_NONE;
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            data_dir_path(path, entry->d_name, file, NULL) == ERROR_NONE)
            (void)unlink(file);
    if (dir != NULL)
        closedir(dir);
    if (rmdir(path) != 0)
        return why_set(why, directory_error(errno), "cannot remove %s: %s", path, strerror(errno));
    return ERROR_NONE;
}
