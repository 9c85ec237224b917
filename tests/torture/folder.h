/* What both interposing libraries share: which calls concern the folder under test, and the real
 * functions behind the ones they stand in for. TORTURE_FOLDER names the folder (a real path). */
#ifndef USHER_TESTS_TORTURE_FOLDER_H
#define USHER_TESTS_TORTURE_FOLDER_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FOLDER_PATH_MAX = 4096 };

/* The next definition of a name. Ends the process when there is none. */
static inline void *folder_next(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        _exit(99);
    return found;
}

/* Declares real_NAME, looked up once. */
#define REAL(type, name, ...)                                                                      \
    static type (*real_##name)(__VA_ARGS__);                                                       \
    static void find_##name(void)                                                                  \
    {                                                                                              \
        if (real_##name == NULL)                                                                   \
            *(void **)&real_##name = folder_next(#name);                                           \
    }

static inline bool folder_holds(const char *path)
{
    static char folder[FOLDER_PATH_MAX];
    static size_t len;
    if (len == 0) {
        const char *named = getenv("TORTURE_FOLDER");
        if (named == NULL || strlen(named) >= sizeof folder)
            return false;
        memcpy(folder, named, strlen(named) + 1);
        len = strlen(folder);
    }
    return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == 0);
}

/* The path behind a descriptor. False when it has none. */
static inline bool folder_path_of(int fd, char path[FOLDER_PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t got = readlink(link, path, FOLDER_PATH_MAX - 1);
    if (got <= 0)
        return false;
    path[got] = 0;
    return true;
}

static inline bool folder_holds_fd(int fd)
{
    char path[FOLDER_PATH_MAX];
    return folder_path_of(fd, path) && folder_holds(path);
}

#endif
