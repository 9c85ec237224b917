/* ${NAME} and ${file:PATH} inside a value, and the file secrets.env beside the configuration, in
 * which a NAME is looked for when the environment has none. What is put in is never looked at
 * again, so a secret may hold any character. "$${" stands for a plain "${". Problems are
 * sentences that name the variable or the file and never hold a value. */
#ifndef USHER_CONFIG_SUBSTITUTE_H
#define USHER_CONFIG_SUBSTITUTE_H

#include "base/buf.h"
#include "base/error.h"
#include "config/report.h"

enum {
    SUBSTITUTE_BYTES_MAX = 64 * 1024,     /* of a value, and of a file */
    SUBSTITUTE_ENV_BYTES_MAX = 16 * 1024, /* of secrets.env */
    SUBSTITUTE_NAME_MAX = 64              /* of a variable's name */
};

struct substitute {
    char *directory; /* of the configuration; relative paths start here */
    char *env_path;  /* directory/secrets.env */
    char *env;       /* its content, cut into lines; NULL when there is none */
    size_t env_len;
    bool env_refused; /* it is there and may not be used */
};

/* Reads secrets.env when there is one; what is wrong with it goes into the report as file 1. False:
 * out of memory. */
bool substitute_init(struct substitute *substitute, const char *config_path, struct report *report);
/* Wipes what it has read. */
void substitute_deinit(struct substitute *substitute);

/* Appends raw with everything replaced to out. False: problem says "what is wrong; what was
 * expected". */
bool substitute_expand(const struct substitute *substitute, struct slice raw, struct buf *out,
                       struct why *problem);

/* path as seen from the configuration's folder, or NULL without memory. */
char *substitute_path(const struct substitute *substitute, struct slice path);

/* Reads a whole file of at most max bytes into out (made with malloc, one NUL behind it). Not for
 * other kinds of files than regular ones. private_only: ERROR_PERMISSION when group or others have
 * any right to it. ERROR_NOT_FOUND when it is not there. */
enum error substitute_read_file(const char *path, size_t max, bool private_only, char **out,
                                size_t *out_len);

#endif
