/* The verbs of the command line, one file each, and what they share: `--config FILE`, `--json`,
 * `--help`, the exit codes. A verb gets argc and argv from its own name on (argv[0] is "check"),
 * prints answers on standard output and complaints on standard error, and returns the exit code. */
#ifndef USHER_CLI_CLI_H
#define USHER_CLI_CLI_H

#include "config/config.h"

#include <getopt.h>
#include <stdbool.h>

enum cli_exit {
    CLI_DONE = 0,
    CLI_FAILED = 1, /* refused or failed */
    CLI_USAGE = 2   /* wrong usage */
};

/* What the shared options say. */
struct cli_common {
    const char
        *config_path; /* --config, else $USHER_CONFIG, else ./usher.yaml when it is there, else
                         /etc/usher/usher.yaml when that is; points into argv or environ */
    bool json;
};

/* Rows for a verb's own table of getopt_long, which adds its options and a row of zeros. */
#define CLI_COMMON_OPTIONS                                                                         \
    {"config", required_argument, NULL, 'c'}, {"json", no_argument, NULL, 'j'},                    \
    {                                                                                              \
        "help", no_argument, NULL, 'h'                                                             \
    }
#define CLI_COMMON_SHORT "c:jh"

enum { CLI_GO_ON = -1 };

/* Sets the defaults and starts getopt anew; call it before the first getopt_long. */
void cli_common_begin(struct cli_common *common);

/* Takes an option that the verb does not know itself. CLI_GO_ON, or the exit code with which the
 * verb returns: CLI_DONE after `--help` has printed usage, CLI_USAGE after getopt has complained.
 * usage is the whole text, its first line "usage: usher check [--config FILE]". */
int cli_common_option(struct cli_common *common, int option, const char *usage);

/* The whole parse for a verb that has the shared options only and from operands_min to operands_max
 * operands, which then stand from argv[optind] on. CLI_GO_ON or the exit code. */
int cli_common_parse(struct cli_common *common, int argc, char **argv, int operands_min,
                     int operands_max, const char *usage);

/* Prints "usher: ..." and the first line of usage on standard error; returns CLI_USAGE. */
int cli_usage_error(const char *usage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The configuration, or NULL after printing all its errors on standard error. The caller destroys
 * it. */
struct config *cli_config_load(const struct cli_common *common);

int cli_check(int argc, char **argv);
int cli_init(int argc, char **argv);

#endif
