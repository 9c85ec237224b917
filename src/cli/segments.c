#include "cli/segments.h"

#include "cli/data_dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char prefix[] = "segment-";
static const char suffix[] = ".seg";

static bool is_segment(const char *name);
static enum error add(struct segments *segments, const char *directory, const char *name,
                      struct why *why);
static int compare(const void *a, const void *b);

enum error segments_list(const char *directory, struct segments *out, struct why *why)
{
    enum error error = ERROR_NONE;
    struct dirent *entry;

    *out = (struct segments){NULL, 0};
    DIR *dir = opendir(directory);
    if (dir == NULL && errno == ENOENT)
        return ERROR_NONE;
    if (dir == NULL)
        return why_set(why, directory_error(errno), "cannot read %s: %s", directory,
                       strerror(errno));
    while (error == ERROR_NONE && (entry = readdir(dir)) != NULL)
        if (is_segment(entry->d_name))
            error = add(out, directory, entry->d_name, why);
    closedir(dir);
    if (error != ERROR_NONE)
        segments_free(out);
    else if (out->count > 0)
        /* Names hold the sequences with all their leading zeros, so this is their order too. */
        qsort(out->paths, out->count, sizeof(*out->paths), compare);
    return error;
}

void segments_free(struct segments *segments)
{
    for (size_t i = 0; i < segments->count; i++)
        free(segments->paths[i]);
    free(segments->paths);
    *segments = (struct segments){NULL, 0};
}

const char *segments_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

bool segments_range(const char *path, uint64_t *first, uint64_t *last)
{
    const char *at = segments_name(path) + sizeof(prefix) - 1;
    char *end;

    if (!is_segment(segments_name(path)))
        return false;
    *first = strtoull(at, &end, 10);
    if (end == at || *end != '-')
        return false;
    at = end + 1;
    *last = strtoull(at, &end, 10);
    return end != at && strcmp(end, suffix) == 0 && *first > 0 && *first <= *last;
}

bool segments_older(const char *path, uint64_t before_ms)
{
    struct stat status;
    return stat(path, &status) == 0 &&
           (uint64_t)status.st_mtim.tv_sec * 1000 + (uint64_t)status.st_mtim.tv_nsec / 1000000 <
               before_ms;
}

static bool is_segment(const char *name)
{
    size_t len = strlen(name);
    return len > sizeof(prefix) + sizeof(suffix) - 2 &&
           strncmp(name, prefix, sizeof(prefix) - 1) == 0 &&
           strcmp(name + len - (sizeof(suffix) - 1), suffix) == 0;
}

static enum error add(struct segments *segments, const char *directory, const char *name,
                      struct why *why)
{
    char path[DIRECTORY_PATH_MAX];
    enum error error = data_dir_path(directory, name, path, why);
    if (error != ERROR_NONE)
        return error;
    char **grown = realloc(segments->paths, (segments->count + 1) * sizeof(*grown));
    if (grown != NULL)
        segments->paths = grown;
    char *copy = grown == NULL ? NULL : strdup(path);
    if (copy == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    segments->paths[segments->count++] = copy;
    return ERROR_NONE;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}
