/* Options of verbs that have more than the shared ones: each a name with a value, from a table. */
#ifndef USHER_CLI_OPTIONS_H
#define USHER_CLI_OPTIONS_H

#include "cli/cli.h"

#include <stdint.h>

enum { OPTIONS_MAX = 12 };

struct cli_value {
    const char *name;   /* without the dashes; NULL ends the table */
    const char **value; /* NULL unless given; points into argv */
    bool *flag;         /* for one without a value */
};

/* Takes the shared options and those of the table; operands then stand from argv[optind] on.
 * CLI_GO_ON or the exit code. */
int cli_options(struct cli_common *common, int argc, char **argv, const struct cli_value *values,
                const char *usage);

/* The number in text from least to most; text NULL: leaves *out. False, after a complaint, when it
 * is anything else. */
bool cli_number(const char *name, const char *text, uint64_t least, uint64_t most, uint64_t *out);

/* The operand at argv[optind], which it moves past, or NULL. */
const char *cli_operand(int argc, char **argv);

/* No operand is left, or a complaint. */
bool cli_operands_end(int argc, char **argv, const char *usage);

#endif
