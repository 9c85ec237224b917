/* usher init: a folder with a commented configuration and fresh secrets, to be filled in. */
#include "cli/cli.h"

#include "base/json.h"

#include <stdio.h>

enum { OUTPUT_BYTES_MAX = 64 * 1024 };

static const char usage[] =
    "usage: usher init [--json] DIRECTORY\n"
    "\n"
    "Makes DIRECTORY with two files, and overwrites none:\n"
    "  usher.yaml   the configuration, with a comment for each key\n"
    "  secrets.env  its secrets, readable by you alone: those of usher's own choice are fresh and\n"
    "               random, those that others give you are empty lines to fill in\n"
    "\n"
    "  -j, --json   {\"directory\",\"files\"}\n"
    "  -h, --help   this text\n"
    "\n"
    "Exit codes: 0 done, 1 refused or failed, 2 wrong usage.\n";

static void answer_json(struct buf *out, const char *directory);
static void answer_text(struct buf *out, const char *directory);

int cli_init(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct cli_common common;
    struct why why;
    struct buf out;
    int option;

    cli_common_begin(&common);
    while ((option = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
        int code = cli_common_option(&common, option, usage);
        if (code != CLI_GO_ON)
            return code;
    }
    if (argc - optind != 1)
        return cli_usage_error(usage, "%s: expected one folder, got %d", argv[0], argc - optind);
    const char *directory = argv[optind];
    if (config_init(directory, &why) != ERROR_NONE) {
        fprintf(stderr, "usher: %s\n", why.text);
        return CLI_FAILED;
    }
    buf_init(&out, OUTPUT_BYTES_MAX);
    if (common.json)
        answer_json(&out, directory);
    else
        answer_text(&out, directory);
    bool written = !out.failed && fwrite(out.data, 1, out.len, stdout) == out.len;
    buf_deinit(&out);
    return written && fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
}

static void answer_json(struct buf *out, const char *directory)
{
    buf_append_text(out, "{\"directory\":");
    json_append_string(out, slice_from(directory));
    buf_append_text(out, ",\"files\":[\"usher.yaml\",\"secrets.env\"]}\n");
}

static void answer_text(struct buf *out, const char *directory)
{
    buf_printf(
        out,
        "made %s/usher.yaml and %s/secrets.env\n"
        "next: fill in the empty lines of secrets.env, and the groups, plans and gateways in\n"
        "      usher.yaml; then: usher check --config %s/usher.yaml\n",
        directory, directory, directory);
}
