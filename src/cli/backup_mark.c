#include "cli/backup_mark.h"

#include "cli/data_dir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mark[] = "backup.done";

void backup_mark_set(const char *data_dir)
{
    char path[DIRECTORY_PATH_MAX];
    struct why why;
    if (data_dir_path(data_dir, mark, path, &why) != ERROR_NONE)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return;
    (void)futimens(fd, NULL); /* now */
    (void)close(fd);
}

uint64_t backup_mark_read(const char *data_dir)
{
    char path[DIRECTORY_PATH_MAX];
    struct stat status;
    struct why why;
    if (data_dir_path(data_dir, mark, path, &why) != ERROR_NONE || stat(path, &status) != 0)
        return 0;
    return (uint64_t)status.st_mtim.tv_sec * 1000 + (uint64_t)status.st_mtim.tv_nsec / 1000000;
}
