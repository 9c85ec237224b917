/* Any bytes as a configuration: no crash, no leak, no error without a line, no error that is
 * unbounded. The name stands in a folder that does not exist, so that secrets.env and relative
 * files are not found, and the environment offers one variable to put in. */
#include "base/assert.h"
#include "config/config.h"

#include <stdlib.h>

enum { ERRORS_BYTES_MAX = 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char name[] = "/nonexistent/fuzz.yaml:";
    struct config *config;
    struct buf errors;

    if (getenv("SECRET") == NULL)
        ASSERT(setenv("SECRET", "1:fuzzed-secret-0123", 1) == 0);
    buf_init(&errors, ERRORS_BYTES_MAX);
    enum error error =
        config_parse(slice_of(data, size), "/nonexistent/fuzz.yaml", &config, &errors);
    ASSERT(!errors.failed);
    ASSERT((error == ERROR_NONE) == (config != NULL));
    ASSERT((error == ERROR_NONE) == (errors.len == 0));
    ASSERT(errors.len == 0 || errors.data[errors.len - 1] == '\n');
    /* The secret is told only where the text itself told it. */
    ASSERT(errors.len == 0 || memmem(errors.data, errors.len, "fuzzed-secret", 13) == NULL ||
           memmem(data, size, "fuzzed-secret", 13) != NULL);
    for (size_t at = 0; at < errors.len;) {
        const char *end = memchr(errors.data + at, '\n', errors.len - at);
        ASSERT(memcmp(errors.data + at, name, sizeof(name) - 1) == 0);
        at = (size_t)(end - errors.data) + 1;
    }
    if (config != NULL) {
        struct buf catalog;
        buf_init(&catalog, ERRORS_BYTES_MAX);
        config_catalog(config, &catalog);
        ASSERT(!catalog.failed); /* checked with the rest */
        buf_deinit(&catalog);
    }
    config_destroy(&config);
    buf_deinit(&errors);
    return 0;
}
