#include "config/machine.h"

#include "config/links.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static void check_data_dir(struct scope *scope, const struct place *place, const char *path);
static void check_parts(struct scope *scope, const struct place *place, const char *path);
static void check_curve_dir(struct scope *scope, const struct place *place, const char *path);
static void check_listen(struct scope *scope, const struct place *place,
                         const struct config_listen *listen);
static bool is_of_the_kernel(const char *path);
static bool ends_with(const char *name, const char *end);
static int try_address(const char *host, uint16_t port);

void machine_check(struct scope *scope, const struct place *place)
{
    const struct key *key = place->key;
    const struct config *config = scope->loader->config;

    if (key->type == TYPE_PATH && strcmp(key->name, "data_dir") == 0)
        check_data_dir(scope, place, config->data_dir);
    else if (key->type == TYPE_PATH && strcmp(key->name, "curve_dir") == 0 &&
             links_networked(config))
        check_curve_dir(scope, place, config->curve_dir);
    else if (key->type == TYPE_LISTEN && scope->loader->report->live)
        check_listen(scope, place,
                     scope->section == SECTION_HTTP ? &config->http.listen : &config->metrics);
}

/* It need not be there, but then what is must let it be made. Who checks may be another user than
 * who runs, so only --live asks for the right to write. */
static void check_data_dir(struct scope *scope, const struct place *place, const char *path)
{
    char at[PATH_MAX];
    struct stat status;
    bool there = true;

    if (path == NULL || !slice_copy(slice_from(path), at, sizeof(at)))
        return;
    while (stat(at, &status) != 0) {
        char *slash = strrchr(at, '/');
        if (errno == ENAMETOOLONG || (errno == ENOENT && lstat(at, &status) == 0)) {
            reader_fault(scope->loader, place, "%s; expected a folder, or a place for one",
                         errno == ENAMETOOLONG ? "holds a name that is too long"
                                               : "is a link to nothing");
            return;
        }
        if (errno != ENOENT && errno != ENOTDIR)
            return; /* not to be seen by who checks */
        there = false;
        if (slash == NULL || slash == at)
            memcpy(at, slash == NULL ? "." : "/", 2);
        else
            *slash = '\0';
    }
    if (!S_ISDIR(status.st_mode))
        reader_fault(scope->loader, place,
                     "%s is there and is no folder; expected a folder, or a "
                     "place for one",
                     at);
    else if (is_of_the_kernel(at))
        reader_fault(scope->loader, place,
                     "lies in a file system of the kernel's; expected a "
                     "folder on a disk");
    else if (access(at, W_OK) != 0 && (errno == EROFS || scope->loader->report->live))
        reader_fault(scope->loader, place,
                     "cannot be written: %s; expected a folder of the user "
                     "who runs usher",
                     strerror(errno));
    else if (there)
        check_parts(scope, place, path);
}

static void check_parts(struct scope *scope, const struct place *place, const char *path)
{
    static const char *const parts[] = {"state", "journal", "archive", "epochs"};
    char part[PATH_MAX];
    struct stat status;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        int n = snprintf(part, sizeof(part), "%s/%s", path, parts[i]);
        if (n > 0 && (size_t)n < sizeof(part) && stat(part, &status) == 0 &&
            !S_ISDIR(status.st_mode))
            reader_fault(scope->loader, place,
                         "%s in it is no folder; expected usher's own, or "
                         "none",
                         parts[i]);
    }
}

/* As actors/curve.c wants it. */
static void check_curve_dir(struct scope *scope, const struct place *place, const char *path)
{
    static const char suffix[] = "_secret";
    struct dirent *entry;
    bool server = false;
    size_t secrets = 0;
    size_t own = 0;

    DIR *dir = path != NULL ? opendir(path) : NULL;
    if (dir == NULL) {
        reader_fault(scope->loader, place,
                     "cannot be read: %s; expected the folder of keys that "
                     "\"usher keys\" made, as a link is tcp",
                     strerror(errno));
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        server = server || strcmp(entry->d_name, "server") == 0;
        if (!ends_with(entry->d_name, suffix))
            continue;
        secrets++;
        own += strcmp(entry->d_name, "server_secret") != 0;
    }
    closedir(dir);
    if (!server || secrets == 0)
        reader_fault(scope->loader, place,
                     "holds no %s; expected the folder of keys that \"usher "
                     "keys\" made",
                     !server ? "key of the bound ends (server)" : "secret key (NAME_secret)");
    else if (own > 1)
        reader_fault(scope->loader, place,
                     "holds the secrets of %zu hosts; expected this host's own only", own);
}

static void check_listen(struct scope *scope, const struct place *place,
                         const struct config_listen *listen)
{
    const char *host = listen->host;
    int number = host == NULL ? 0 : try_address(host, listen->port);
    if (number == EADDRNOTAVAIL)
        reader_fault(scope->loader, place,
                     "%s is no address of this machine; expected one of its own, or 0.0.0.0", host);
    else if (number == EADDRINUSE)
        reader_fault(scope->loader, place,
                     "another program listens on port %u already; expected a free one (is usher "
                     "running?)",
                     listen->port);
    else if (number != 0)
        reader_fault(scope->loader, place,
                     "cannot be listened on: %s; expected another address or "
                     "port",
                     strerror(number));
}

/* 0, or why it cannot be bound. */
static int try_address(const char *host, uint16_t port)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *address = NULL;
    char service[8];
    int one = 1;
    int number = 0;

    snprintf(service, sizeof(service), "%u", port);
    if (getaddrinfo(host, service, &hints, &address) != 0)
        return 0;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
        bind(fd, address->ai_addr, address->ai_addrlen) != 0)
        number = errno;
    if (fd >= 0)
        (void)close(fd);
    freeaddrinfo(address);
    return number;
}

static bool is_of_the_kernel(const char *path)
{
    static const long magics[] = {PROC_SUPER_MAGIC,    SYSFS_MAGIC,   CGROUP_SUPER_MAGIC,
                                  CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, DEVPTS_SUPER_MAGIC};
    struct statfs system;
    if (statfs(path, &system) != 0)
        return false;
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
        if ((long)system.f_type == magics[i])
            return true;
    return false;
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name);
    size_t end_len = strlen(end);
    return len > end_len && strcmp(name + len - end_len, end) == 0;
}
