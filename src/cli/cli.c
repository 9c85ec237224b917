#include "cli/cli.h"

#include "base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ERRORS_BYTES_MAX = 1024 * 1024 };

static const char *config_place(void);

void cli_common_begin(struct cli_common *common)
{
    *common = (struct cli_common){.config_path = config_place()};
    optind = 0; /* glibc: forget everything of an earlier parse */
}

int cli_common_option(struct cli_common *common, int option, const char *usage)
{
    switch (option) {
    case 'c':
        common->config_path = optarg;
        return CLI_GO_ON;
    case 'j':
        common->json = true;
        return CLI_GO_ON;
    case 'h':
        return fputs(usage, stdout) < 0 ? CLI_FAILED : CLI_DONE;
    default: /* getopt has said what it does not like */
        fprintf(stderr, "%.*s\n", (int)strcspn(usage, "\n"), usage);
        return CLI_USAGE;
    }
}

int cli_common_parse(struct cli_common *common, int argc, char **argv, int operands_min,
                     int operands_max, const char *usage)
{
    static const struct option options[] = {CLI_COMMON_OPTIONS, {0}};
    int option;

    cli_common_begin(common);
    while ((option = getopt_long(argc, argv, CLI_COMMON_SHORT, options, NULL)) != -1) {
        int code = cli_common_option(common, option, usage);
        if (code != CLI_GO_ON)
            return code;
    }
    if (argc - optind < operands_min)
        return cli_usage_error(usage, "%s: an operand is missing", argv[0]);
    if (argc - optind > operands_max)
        return cli_usage_error(usage, "%s: \"%s\" is one operand too many", argv[0],
                               argv[optind + operands_max]);
    return CLI_GO_ON;
}

int cli_usage_error(const char *usage, const char *format, ...)
{
    va_list args;
    fputs("usher: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n%.*s\n", (int)strcspn(usage, "\n"), usage);
    return CLI_USAGE;
}

/* Where the configuration is when nobody says it. A file that is there but cannot be read is the
 * one that was meant. */
static const char *config_place(void)
{
    static const char here[] = "./usher.yaml", everywhere[] = "/etc/usher/usher.yaml";
    const char *said = getenv("USHER_CONFIG");
    if (said != NULL && said[0] != '\0')
        return said;
    return access(here, F_OK) != 0 && access(everywhere, F_OK) == 0 ? everywhere : here;
}

struct config *cli_config_load(const struct cli_common *common)
{
    struct config *config;
    struct buf errors;

    buf_init(&errors, ERRORS_BYTES_MAX);
    enum error error = config_load(common->config_path, &config, &errors);
    if (error != ERROR_NONE) {
        ASSERT(config == NULL);
        fprintf(stderr, "%.*s", SLICE_ARG(buf_slice(&errors)));
        fprintf(stderr, "usher: %s: the configuration is not usable\n", common->config_path);
    }
    buf_deinit(&errors);
    return config;
}
