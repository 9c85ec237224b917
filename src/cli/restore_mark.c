#include "cli/restore_mark.h"

#include "cli/data_dir.h"

#include <unistd.h>

enum error restore_mark_check(const char *data_dir, struct why *why)
{
    char path[DIRECTORY_PATH_MAX];
    enum error error = data_dir_path(data_dir, RESTORE_MARK, path, why);
    if (error != ERROR_NONE || access(path, F_OK) != 0)
        return error;
    return why_set(
        why, ERROR_CORRUPT,
        "a restore into %s was cut off: give usher restore the same backup once more, then "
        "start",
        data_dir);
}
