#include "config/load.h"

#include "base/assert.h"
#include "config/reader.h"
#include "config/module.h"
#include "config/release.h"
#include "config/source.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <unistd.h>

static void read_tree(struct slice yaml, const char *name, struct config *config,
                      struct report *report);
static enum error read_whole(const char *path, char **text, size_t *len, struct why *why);
static enum error finish(struct report *report, enum error error, struct buf *errors);

enum error config_load(const char *path, struct config **out, struct buf *errors)
{
    struct report report;
    report_init(&report, path);
    return finish(&report, config_load_reported(path, out, &report), errors);
}

enum error config_parse(struct slice yaml, const char *name, struct config **out,
                        struct buf *errors)
{
    struct report report;
    report_init(&report, name);
    return finish(&report, config_parse_reported(yaml, name, out, &report), errors);
}

enum error config_load_reported(const char *path, struct config **out, struct report *report)
{
    char *text = NULL;
    size_t len = 0;

    *out = NULL;
    struct why why = {""};
    enum error error = read_whole(path, &text, &len, &why);
    if (error == ERROR_NONE)
        error = config_parse_reported(slice_of(text, len), path, out, report);
    else
        report_add(report, 0, 1, "", "%s; expected a file that you may read", why.text);
    if (text != NULL)
        OPENSSL_cleanse(text, len);
    free(text);
    return error;
}

enum error config_parse_reported(struct slice yaml, const char *name, struct config **out,
                                 struct report *report)
{
    *out = NULL;
    struct config *config = calloc(1, sizeof(*config));
    if (config != NULL)
        config->path = strdup(name);
    if (config == NULL || config->path == NULL)
        report->no_memory = true;
    else
        read_tree(yaml, name, config, report);
    report_sort(report);
    if (report_failed(report)) {
        config_destroy(&config);
        return report->no_memory ? ERROR_MEMORY : ERROR_INVALID;
    }
    *out = config;
    return ERROR_NONE;
}

void config_destroy(struct config **config)
{
    if (*config == NULL)
        return;
    modules_release(*config);
    release_section(SECTION_ROOT, *config);
    free((*config)->path);
    free((*config)->mirror_file);
    OPENSSL_cleanse(*config, sizeof(**config));
    free(*config);
    *config = NULL;
}

static void read_root(struct loader *loader, const yaml_node_t *node, struct config *config)
{
    unsigned long line = node->start_mark.line + 1;
    /* Modules first: the root's check makes a catalog of it all. */
    modules_read(loader, node, line);
    if (!loader->report->no_memory)
        reader_section(loader, SECTION_ROOT, node, line, "", config);
}

static void read_tree(struct slice yaml, const char *name, struct config *config,
                      struct report *report)
{
    static const struct key root = {"", TYPE_SECTION, REQUIRED, .inner = SECTION_ROOT};
    struct substitute substitute;
    yaml_document_t document;
    struct loader loader = {
        .report = report, .substitute = &substitute, .document = &document, .config = config};
    struct place place = {.key = &root, .line = 1};

    if (!document_read(yaml, report, &document))
        return;
    /* Its whole size at once, so that no growth leaves a copy of a secret behind. */
    buf_init(&loader.scratch, SUBSTITUTE_BYTES_MAX);
    if (!substitute_init(&substitute, name, report) ||
        buf_reserve(&loader.scratch, SUBSTITUTE_BYTES_MAX) == NULL) {
        report->no_memory = true;
    } else {
        const yaml_node_t *node = yaml_document_get_root_node(&document);
        if (reader_mapping(&loader, &place, node))
            read_root(&loader, node, config);
        OPENSSL_cleanse(loader.scratch.data, loader.scratch.cap);
    }
    free(loader.references);
    buf_deinit(&loader.scratch);
    substitute_deinit(&substitute);
    document_wipe(&document);
}

/* One byte more than may be there is read, by which
 * the parser sees that it is too large. */
static enum error read_whole(const char *path, char **text, size_t *len, struct why *why)
{
    int fd;
    enum error error = source_open(path, &fd, why);
    if (error != ERROR_NONE)
        return error;
    const size_t size = DOCUMENT_BYTES_MAX + 1;
    *text = malloc(size);
    if (*text == NULL)
        error = why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    while (error == ERROR_NONE && *len < size) {
        ssize_t n = read(fd, *text + *len, size - *len);
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            error = why_set(why, ERROR_IO, "cannot be read: %s", strerror(errno));
        *len += n > 0 ? (size_t)n : 0;
    }
    (void)close(fd); /* only read from */
    return error;
}

static enum error finish(struct report *report, enum error error, struct buf *errors)
{
    if (error != ERROR_NONE)
        report_print(report, errors);
    report_deinit(report);
    return error;
}
