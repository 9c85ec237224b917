/* usher clock: what time it is by a running usher's test clock, and moving it forward. */
#include "cli/ask.h"
#include "cli/options.h"
#include "cli/verbs.h"

#include <stdio.h>

static const char usage[] =
    "usage: usher clock show [--url URL] [--config FILE] [--json]\n"
    "       usher clock advance DURATION [--url URL] [--config FILE] [--json]\n"
    "\n"
    "The clock of an usher whose configuration says test_clock: true. advance moves it forward by\n"
    "\"7 days\", \"36 hours\", \"5 minutes\" or \"30 seconds\" and returns once everything up to "
    "there has\n"
    "happened: renewals are rehearsed with it.\n";

enum { BODY_BYTES_MAX = 1024 };

static int advance(const struct cli_common *common, const char *url, const char *duration,
                   cJSON **answer);

int cli_clock(int argc, char **argv)
{
    struct cli_common common;
    const char *url = NULL;
    const struct cli_value values[] = {{"url", &url, NULL}, {0}};
    cJSON *answer = NULL;

    int code = cli_options(&common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *action = cli_operand(argc, argv);
    bool forward = action != NULL && strcmp(action, "advance") == 0;
    const char *duration = forward ? cli_operand(argc, argv) : NULL;
    if (!cli_operands_end(argc, argv, usage))
        return CLI_USAGE;
    if (forward && duration != NULL)
        code = advance(&common, url, duration, &answer);
    else if (action != NULL && strcmp(action, "show") == 0)
        code = cli_get(&common, url, "clock", &answer);
    else
        return cli_usage_error(usage, "clock: say show, or advance and by how much");
    if (code == CLI_DONE && common.json)
        code = cli_print_json(answer);
    else if (code == CLI_DONE)
        code = printf("%.*s\n", SLICE_ARG(json_string(json_member(answer, "now")))) < 0;
    json_free(&answer);
    return code;
}

static int advance(const struct cli_common *common, const char *url, const char *duration,
                   cJSON **answer)
{
    struct buf body;
    int code = CLI_USAGE;

    buf_init(&body, BODY_BYTES_MAX);
    buf_append_text(&body, "{\"advance\":");
    json_append_string(&body, slice_from(duration));
    buf_append_text(&body, "}");
    if (body.failed)
        fprintf(stderr, "usher: the duration is too long\n");
    else
        code = cli_tell(common, url, "clock", buf_slice(&body), answer);
    buf_deinit(&body);
    return code;
}
