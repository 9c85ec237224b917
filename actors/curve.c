#include "actors/curve.h"

#include "base/assert.h"

#include <czmq.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { PATH_BYTES = 4096 };

static const char server_name[] = "server";
static const char secret_suffix[] = "_secret";
static const char zap_domain[] = "usher";

struct curve {
    zcert_t *server; /* public part, and the secret where this host binds */
    zcert_t *own;
    bool server_secret;
    zactor_t *gatekeeper;
};

static enum error find_own(const char *directory, char *path, size_t path_size, bool *server_secret,
                           struct why *why);
static enum error start_gatekeeper(struct curve *curve, const char *directory, struct why *why);
static bool path_join(char *out, size_t size, const char *directory, const char *name,
                      const char *suffix);
static bool exists(const char *path);

enum error curve_new(const char *directory, struct curve **out, struct why *why)
{
    char path[PATH_BYTES];
    char server[PATH_BYTES];
    enum error error;

    *out = NULL;
    if (directory == NULL)
        return why_set(
            why, ERROR_INVALID,
            "a link is tcp, but curve_dir is not set; make keys with: usher keys DIR server "
            "NAME");
    struct curve *curve = calloc(1, sizeof(*curve));
    if (curve == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    error = find_own(directory, path, sizeof(path), &curve->server_secret, why);
    if (error != ERROR_NONE)
        goto done;
    curve->own = zcert_load(path);
    if (curve->own == NULL) {
        error = why_set(why, ERROR_INVALID, "%s is not a CURVE certificate", path);
        goto done;
    }
    bool fits = path_join(server, sizeof(server), directory, server_name, "");
    curve->server = fits ? zcert_load(server) : NULL;
    if (curve->server == NULL) {
        error = why_set(why, ERROR_NOT_FOUND, "the key of the bound ends, %s, is missing", server);
        goto done;
    }
    error = start_gatekeeper(curve, directory, why);
done:
    if (error == ERROR_NONE)
        *out = curve;
    else
        curve_destroy(&curve);
    return error;
}

void curve_destroy(struct curve **curve)
{
    struct curve *it = *curve;
    if (it == NULL)
        return;
    zactor_destroy(&it->gatekeeper);
    zcert_destroy(&it->own);
    zcert_destroy(&it->server);
    free(it);
    *curve = NULL;
}

enum error curve_apply(struct curve *curve, void *socket, bool binds)
{
    const zcert_t *cert = binds ? curve->server : curve->own;
    const int one = 1;
    int rc;

    if (binds && !curve->server_secret)
        return ERROR_INVALID;
    rc = zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, zcert_public_key((zcert_t *)cert), 32) |
         zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, zcert_secret_key((zcert_t *)cert), 32);
    if (binds)
        rc |= zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &one, sizeof(one)) |
              zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, zap_domain, sizeof(zap_domain) - 1);
    else
        rc |= zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, zcert_public_key(curve->server), 32);
    return rc == 0 ? ERROR_NONE : ERROR_INVALID;
}

enum error curve_make(const char *directory, const char *name, struct why *why)
{
    char public_path[PATH_BYTES];
    char secret_path[PATH_BYTES];

    if (!path_join(public_path, sizeof(public_path), directory, name, "") ||
        !path_join(secret_path, sizeof(secret_path), directory, name, secret_suffix))
        return why_set(why, ERROR_TOO_LARGE, "the path of %s is too long", name);
    if (exists(public_path) || exists(secret_path))
        return why_set(why, ERROR_EXISTS, "%s or its secret exists already; nothing was changed",
                       public_path);
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return why_set(why, ERROR_IO, "cannot make %s: %s", directory, strerror(errno));
    zcert_t *cert = zcert_new();
    if (cert == NULL)
        return why_set(why, ERROR_MEMORY, "cannot make a key: libzmq without CURVE?");
    mode_t mask = umask(077);
    int rc = zcert_save(cert, public_path);
    umask(mask);
    zcert_destroy(&cert);
    if (rc != 0)
        return why_set(why, ERROR_IO, "cannot write %s: %s", public_path, strerror(errno));
    return ERROR_NONE;
}

/* This host's own pair: the only secret that is not the server's, else the server's. */
static enum error find_own(const char *directory, char *path, size_t path_size, bool *server_secret,
                           struct why *why)
{
    size_t suffix_len = strlen(secret_suffix);
    char own[256] = "";
    struct dirent *entry;
    enum error error = ERROR_NONE;

    DIR *dir = opendir(directory);
    if (dir == NULL)
        return why_set(why, ERROR_NOT_FOUND, "cannot read curve_dir %s: %s", directory,
                       strerror(errno));
    while (error == ERROR_NONE && (entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);
        if (len <= suffix_len || strcmp(entry->d_name + len - suffix_len, secret_suffix) != 0)
            continue;
        char name[256];
        snprintf(name, sizeof(name), "%.*s", (int)(len - suffix_len), entry->d_name);
        if (strcmp(name, server_name) == 0)
            *server_secret = true;
        else if (own[0] != '\0')
            error = why_set(why, ERROR_INVALID,
                            "curve_dir %s holds the secrets of both %s and %s; which one is this "
                            "host's? Keep one",
                            directory, own, name);
        else
            snprintf(own, sizeof(own), "%s", name);
    }
    closedir(dir);
    if (error == ERROR_NONE && own[0] == '\0' && !*server_secret)
        error = why_set(why, ERROR_NOT_FOUND,
                        "curve_dir %s holds no secret key; make one with: usher keys %s NAME",
                        directory, directory);
    if (error == ERROR_NONE &&
        !path_join(path, path_size, directory, own[0] == '\0' ? server_name : own, ""))
        error = why_set(why, ERROR_TOO_LARGE, "the path of curve_dir is too long");
    return error;
}

static enum error start_gatekeeper(struct curve *curve, const char *directory, struct why *why)
{
    curve->gatekeeper = zactor_new(zauth, NULL);
    /* zactor_new can return an actor that did not start: only its answer to a command tells. */
    if (curve->gatekeeper == NULL || zstr_sendx(curve->gatekeeper, "CURVE", directory, NULL) != 0 ||
        zsock_wait(curve->gatekeeper) != 0)
        return why_set(why, ERROR_IO, "cannot start the gatekeeper for tcp links");
    return ERROR_NONE;
}

static bool path_join(char *out, size_t size, const char *directory, const char *name,
                      const char *suffix)
{
    int n = snprintf(out, size, "%s/%s%s", directory, name, suffix);
    return n >= 0 && (size_t)n < size;
}

static bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}
