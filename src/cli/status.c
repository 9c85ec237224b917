/* What usher knows of the whole, and of each group. */
#include "cli/ask.h"
#include "cli/options.h"
#include "cli/show.h"
#include "cli/verbs.h"

#include <string.h>

static const char status_usage[] =
    "usage: usher status [show] [--url URL] [--config FILE] [--json]\n"
    "\n"
    "Counters of the whole state: members, payments that wait, deliveries by state. Reads the "
    "state,\n"
    "whether usher runs or not; with --url asks that usher.\n";
static const char group_usage[] = "usage: usher group list [--url URL] [--config FILE] [--json]\n"
                                  "\n"
                                  "Each group: its chat, whether its link is ready, how many of "
                                  "ours are in it. Reads the state,\n"
                                  "whether usher runs or not; with --url asks that usher.\n";

static int read_and_show(int argc, char **argv, const char *usage, const char *word, bool may_lack,
                         enum query_what what, const char *path);

int cli_status(int argc, char **argv)
{
    return read_and_show(argc, argv, status_usage, "show", true, QUERY_STATUS, "status");
}

int cli_group(int argc, char **argv)
{
    return read_and_show(argc, argv, group_usage, "list", false, QUERY_GROUPS, "groups");
}

static int read_and_show(int argc, char **argv, const char *usage, const char *word, bool may_lack,
                         enum query_what what, const char *path)
{
    struct cli_common common;
    const char *url = NULL;
    const struct cli_value values[] = {{"url", &url, NULL}, {0}};
    const struct message_query query = {.what = what, .text = SLICE(""), .limit = 1000};
    cJSON *answer = NULL;
    struct buf out;

    int code = cli_options(&common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *action = cli_operand(argc, argv);
    if (action == NULL ? !may_lack : strcmp(action, word) != 0)
        return cli_usage_error(usage, "%s: say %s", argv[0], word);
    if (!cli_operands_end(argc, argv, usage))
        return CLI_USAGE;
    code = url != NULL ? cli_get(&common, url, path, &answer) : cli_ask(&common, &query, &answer);
    if (code == CLI_DONE && common.json) {
        code = cli_print_json(answer);
    } else if (code == CLI_DONE) {
        buf_init(&out, CLI_PRINT_BYTES_MAX);
        show_answer(&out, answer);
        code = cli_print(&out);
        buf_deinit(&out);
    }
    json_free(&answer);
    return code;
}
