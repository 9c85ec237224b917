#include "config/substitute.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_env(struct substitute *substitute, struct report *report);
static void check_env(const struct substitute *substitute, struct report *report);
static void check_value(struct slice line, struct slice name, unsigned long number,
                        struct report *report);
static bool expand_one(const struct substitute *substitute, struct slice inner, struct buf *out,
                       struct why *problem);
static bool expand_name(const struct substitute *substitute, struct slice name, struct buf *out,
                        struct why *problem);
static bool expand_file(const struct substitute *substitute, struct slice path, struct buf *out,
                        struct why *problem);
static bool next_line(struct slice *rest, struct slice *line);
static bool parse_line(struct slice line, struct slice *name, struct slice *value);
static bool is_name(struct slice text);
static void drop_bom(char *text, size_t *len);
static struct slice trim(struct slice text);

bool substitute_init(struct substitute *substitute, const char *config_path, struct report *report)
{
    *substitute = (struct substitute){0};
    const char *slash = strrchr(config_path, '/');
    size_t len = slash == NULL ? 0 : slash == config_path ? 1 : (size_t)(slash - config_path);
    substitute->directory = len > 0 ? strndup(config_path, len) : strdup(".");
    if (substitute->directory == NULL)
        return false;
    substitute->env_path = substitute_path(substitute, SLICE("secrets.env"));
    return substitute->env_path != NULL && read_env(substitute, report);
}

void substitute_deinit(struct substitute *substitute)
{
    if (substitute->env != NULL)
        OPENSSL_cleanse(substitute->env, substitute->env_len);
    free(substitute->env);
    free(substitute->env_path);
    free(substitute->directory);
    *substitute = (struct substitute){0};
}

bool substitute_expand(const struct substitute *substitute, struct slice raw, struct buf *out,
                       struct why *problem)
{
    for (size_t at = 0; at < raw.len;) {
        struct slice rest = slice_of(raw.data + at, raw.len - at);
        if (rest.len >= 3 && memcmp(rest.data, "$${", 3) == 0) {
            buf_append_text(out, "${");
            at += 3;
        } else if (rest.len >= 2 && memcmp(rest.data, "${", 2) == 0) {
            const char *end = memchr(rest.data, '}', rest.len);
            if (end == NULL) {
                why_set(problem, ERROR_INVALID,
                        "\"${\" without a closing brace; expected ${NAME} or ${file:PATH}, or "
                        "\"$${\" for a plain \"${\"");
                return false;
            }
            struct slice inner = slice_of(rest.data + 2, (size_t)(end - rest.data) - 2);
            if (!expand_one(substitute, inner, out, problem))
                return false;
            at += inner.len + 3;
        } else {
            buf_append_u8(out, (uint8_t)rest.data[0]);
            at++;
        }
    }
    if (out->failed)
        why_set(problem, ERROR_TOO_LARGE, "the value is too long; expected at most 64 KiB");
    return !out->failed;
}

char *substitute_path(const struct substitute *substitute, struct slice path)
{
    char *joined = NULL;
    if (path.len > 0 && path.data[0] == '/')
        return strndup(path.data, path.len);
    if (strcmp(substitute->directory, ".") != 0 && path.len >= 2 && memcmp(path.data, "./", 2) == 0)
        path = slice_of(path.data + 2, path.len - 2);
    if (strcmp(substitute->directory, ".") == 0)
        return strndup(path.data, path.len);
    bool root = strcmp(substitute->directory, "/") == 0;
    int n = asprintf(&joined, "%s/%.*s", root ? "" : substitute->directory, SLICE_ARG(path));
    return n >= 0 ? joined : NULL;
}

enum error substitute_read_file(const char *path, size_t max, bool private_only, char **out,
                                size_t *out_len)
{
    enum error error = ERROR_NONE;
    struct stat status;
    char *text = NULL;
    size_t len = 0;

    *out = NULL;
    *out_len = 0;
    /* A pipe must not hold us up before it is seen to be one. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? ERROR_NOT_FOUND
               : errno == EACCES                   ? ERROR_PERMISSION
                                                   : ERROR_IO;
    if (fstat(fd, &status) != 0)
        error = ERROR_IO;
    else if (!S_ISREG(status.st_mode))
        error = ERROR_INVALID;
    else if (private_only && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        error = ERROR_PERMISSION;
    else if ((text = malloc(max + 2)) == NULL)
        error = ERROR_MEMORY;
    while (error == ERROR_NONE && len <= max) {
        ssize_t n = read(fd, text + len, max + 1 - len);
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            error = ERROR_IO;
        len += n > 0 ? (size_t)n : 0;
    }
    if (error == ERROR_NONE && len > max)
        error = ERROR_TOO_LARGE;
    if (close(fd) != 0 && error == ERROR_NONE)
        error = ERROR_IO;
    if (error != ERROR_NONE) {
        if (text != NULL)
            OPENSSL_cleanse(text, len);
        free(text);
        return error;
    }
    text[len] = '\0';
    *out = text;
    *out_len = len;
    return ERROR_NONE;
}

static bool read_env(struct substitute *substitute, struct report *report)
{
    enum error error = substitute_read_file(substitute->env_path, SUBSTITUTE_ENV_BYTES_MAX, true,
                                            &substitute->env, &substitute->env_len);
    if (error == ERROR_NOT_FOUND)
        return true;
    if (error == ERROR_MEMORY)
        return false;
    report_set_other_file(report, substitute->env_path);
    if (error == ERROR_NONE) {
        drop_bom(substitute->env, &substitute->env_len);
        check_env(substitute, report);
        return true;
    }
    substitute->env_refused = true;
    if (error == ERROR_PERMISSION)
        report_add(report, 1, 1, "",
                   "not readable by you, or open to others; expected a file of your own with mode "
                   "0600 (chmod 600)");
    else
        report_add(report, 1, 1, "", "cannot be read: %s; expected a plain file of at most 16 KiB",
                   error_text(error));
    return true;
}

static void check_env(const struct substitute *substitute, struct report *report)
{
    struct slice rest = slice_of(substitute->env, substitute->env_len);
    struct slice line;
    struct slice name;
    struct slice value;

    for (unsigned long number = 1; next_line(&rest, &line); number++) {
        line = trim(line);
        if (line.len == 0 || line.data[0] == '#')
            continue;
        if (!parse_line(line, &name, &value)) {
            report_add(report, 1, number, "", "not understood; expected NAME=value or # comment");
            continue;
        }
        check_value(line, name, number, report);
        struct slice earlier = slice_of(substitute->env, (size_t)(line.data - substitute->env));
        struct slice earlier_line;
        struct slice earlier_name;
        while (next_line(&earlier, &earlier_line)) {
            if (parse_line(trim(earlier_line), &earlier_name, &value) &&
                slice_equal(earlier_name, name)) {
                report_add(report, 1, number, "", "%.*s is set twice; expected it once",
                           SLICE_ARG(name));
                break;
            }
        }
    }
}

/* What would be part of a secret by the letter, and is none by intention. The value is not shown.
 */
static void check_value(struct slice line, struct slice name, unsigned long number,
                        struct report *report)
{
    const char *equals = memchr(line.data, '=', line.len);
    struct slice raw = trim(slice_of(equals + 1, line.len - (size_t)(equals + 1 - line.data)));
    bool quoted = raw.len > 0 && (raw.data[0] == '"' || raw.data[0] == '\'');

    if (quoted && (raw.len < 2 || raw.data[raw.len - 1] != raw.data[0])) {
        report_add(report, 1, number, "",
                   "%.*s begins with a quote that does not end the line; expected NAME=\"value\", "
                   "and comments on lines of their own",
                   SLICE_ARG(name));
        return;
    }
    /* The byte before raw is the line's too: '=' or a blank. */
    for (size_t i = 0; !quoted && i < raw.len; i++) {
        if (raw.data[i] == '#' && strchr(" \t", *(raw.data + i - 1)) != NULL) {
            report_add(report, 1, number, "",
                       "%.*s has a \" #\" in its value; expected comments on lines of their own, "
                       "or the whole value in quotes",
                       SLICE_ARG(name));
            return;
        }
    }
}

static bool expand_one(const struct substitute *substitute, struct slice inner, struct buf *out,
                       struct why *problem)
{
    static const struct slice file = {"file:", 5};
    if (inner.len >= file.len && memcmp(inner.data, file.data, file.len) == 0)
        return expand_file(substitute, slice_of(inner.data + file.len, inner.len - file.len), out,
                           problem);
    if (is_name(inner))
        return expand_name(substitute, inner, out, problem);
    /* Not quoted: who forgets the syntax may have written the secret itself. */
    why_set(problem, ERROR_INVALID,
            "what stands in ${...} is not a name; expected ${NAME} of letters, digits and '_', or "
            "${file:PATH}");
    return false;
}

static bool expand_name(const struct substitute *substitute, struct slice name, struct buf *out,
                        struct why *problem)
{
    char text[SUBSTITUTE_NAME_MAX + 1];
    struct slice rest = slice_of(substitute->env, substitute->env_len);
    struct slice line;
    struct slice key;
    struct slice value = {0};

    const char *given = slice_copy(name, text, sizeof(text)) ? getenv(text) : NULL;
    const char *where = "the environment";
    if (given != NULL)
        value = slice_from(given);
    while (value.data == NULL && next_line(&rest, &line)) {
        struct slice found;
        if (parse_line(trim(line), &key, &found) && slice_equal(key, name)) {
            value = found;
            where = "secrets.env";
        }
    }
    if (value.data == NULL) {
        why_set(problem, ERROR_NOT_FOUND, "%.*s is not set%s; expected it in the environment%s",
                SLICE_ARG(name),
                substitute->env_refused ? " and secrets.env could not be used" : "",
                substitute->env_refused ? "" : " or in secrets.env beside this file");
        return false;
    }
    if (value.len == 0) {
        why_set(problem, ERROR_INVALID, "%.*s is empty in %s; expected a value", SLICE_ARG(name),
                where);
        return false;
    }
    buf_append_slice(out, value);
    return true;
}

static bool expand_file(const struct substitute *substitute, struct slice path, struct buf *out,
                        struct why *problem)
{
    char quoted[256];
    char *text = NULL;
    size_t len = 0;

    if (path.len == 0 || memchr(path.data, '\0', path.len) != NULL) {
        why_set(problem, ERROR_INVALID, "${file:...} without a path; expected ${file:PATH}");
        return false;
    }
    char *full = substitute_path(substitute, path);
    enum error error = full == NULL
                           ? ERROR_MEMORY
                           : substitute_read_file(full, SUBSTITUTE_BYTES_MAX, false, &text, &len);
    if (error != ERROR_NONE) {
        why_set(problem, error,
                "the file %s cannot be used: %s; expected a readable plain file of "
                "at most 64 KiB",
                log_quote(path, quoted, sizeof(quoted)), error_text(error));
    } else {
        drop_bom(text, &len);
        size_t kept = len;
        if (kept > 0 && text[kept - 1] == '\n')
            kept--;
        if (kept > 0 && kept < len && text[kept - 1] == '\r')
            kept--;
        if (kept == 0)
            error = why_set(problem, ERROR_INVALID, "the file %s is empty; expected a value in it",
                            log_quote(path, quoted, sizeof(quoted)));
        buf_append(out, text, kept);
        OPENSSL_cleanse(text, len);
    }
    free(text);
    free(full);
    return error == ERROR_NONE;
}

static bool next_line(struct slice *rest, struct slice *line)
{
    if (rest->len == 0)
        return false;
    const char *end = memchr(rest->data, '\n', rest->len);
    size_t len = end != NULL ? (size_t)(end - rest->data) : rest->len;
    *line = slice_of(rest->data, len);
    len += end != NULL ? 1 : 0;
    *rest = slice_of(rest->data + len, rest->len - len);
    return true;
}

/* NAME=value, NAME="value" or NAME='value', as systemd and shells read it, without escapes. */
static bool parse_line(struct slice line, struct slice *name, struct slice *value)
{
    const char *equals = line.len > 0 ? memchr(line.data, '=', line.len) : NULL;
    if (equals == NULL)
        return false;
    *name = trim(slice_of(line.data, (size_t)(equals - line.data)));
    *value = trim(slice_of(equals + 1, line.len - (size_t)(equals + 1 - line.data)));
    if (value->len >= 2 && (value->data[0] == '"' || value->data[0] == '\'') &&
        value->data[value->len - 1] == value->data[0])
        *value = slice_of(value->data + 1, value->len - 2);
    return is_name(*name);
}

static bool is_name(struct slice text)
{
    if (text.len == 0 || text.len > SUBSTITUTE_NAME_MAX ||
        (text.data[0] >= '0' && text.data[0] <= '9'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '_'))
            return false;
    }
    return true;
}

static struct slice trim(struct slice text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = slice_of(text.data + 1, text.len - 1);
    while (text.len > 0 && strchr(" \t\r", text.data[text.len - 1]) != NULL &&
           text.data[text.len - 1] != '\0')
        text.len--;
    return text;
}

/* Some editors begin a file with it; it is no part of a name or a secret. */
static void drop_bom(char *text, size_t *len)
{
    static const char bom[] = "\xef\xbb\xbf";
    const size_t size = sizeof(bom) - 1;
    if (*len < size || memcmp(text, bom, size) != 0)
        return;
    *len -= size;
    memmove(text, text + size, *len);
    OPENSSL_cleanse(text + *len, size);
    text[*len] = '\0';
}
