#include "cli/options.h"

#include "base/assert.h"
#include "base/slice.h"

#include <stdio.h>

enum { FIRST_VALUE = 256 }; /* above every letter */

int cli_options(struct cli_common *common, int argc, char **argv, const struct cli_value *values,
                const char *usage)
{
    static const struct option shared[] = {CLI_COMMON_OPTIONS};
    enum { SHARED = sizeof(shared) / sizeof(shared[0]) };
    struct option options[SHARED + OPTIONS_MAX + 1] = {{0}};
    int count = 0;
    int option;

    for (int i = 0; i < SHARED; i++)
        options[i] = shared[i];
    for (; values[count].name != NULL; count++) {
        ASSERT(count < OPTIONS_MAX);
        options[SHARED + count] =
            (struct option){.name = values[count].name,
                            .has_arg = values[count].flag ? no_argument : required_argument,
                            .val = FIRST_VALUE + count};
    }
    cli_common_begin(common);
    while ((option = getopt_long(argc, argv, CLI_COMMON_SHORT, options, NULL)) != -1) {
        if (option >= FIRST_VALUE && option < FIRST_VALUE + count) {
            const struct cli_value *value = &values[option - FIRST_VALUE];
            if (value->flag != NULL)
                *value->flag = true;
            else
                *value->value = optarg;
            continue;
        }
        int code = cli_common_option(common, option, usage);
        if (code != CLI_GO_ON)
            return code;
    }
    return CLI_GO_ON;
}

bool cli_number(const char *name, const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    long long value;

    if (text == NULL)
        return true;
    if (slice_to_i64(slice_from(text), &value) && value >= 0 && (uint64_t)value >= least &&
        (uint64_t)value <= most) {
        *out = (uint64_t)value;
        return true;
    }
    fprintf(stderr, "usher: %s must be a number from %llu to %llu, not \"%s\"\n", name,
            (unsigned long long)least, (unsigned long long)most, text);
    return false;
}

const char *cli_operand(int argc, char **argv)
{
    return optind < argc ? argv[optind++] : NULL;
}

bool cli_operands_end(int argc, char **argv, const char *usage)
{
    if (optind >= argc)
        return true;
    cli_usage_error(usage, "%s: \"%s\" is one operand too many", argv[0], argv[optind]);
    return false;
}
