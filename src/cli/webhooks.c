/* usher webhooks: how far each is by the running usher, and sending again. */
#include "cli/ask.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "http/query.h"

#include <stdio.h>

static const char usage[] =
    "usage: usher webhooks list [--url URL] [--config FILE] [--json]\n"
    "       usher webhooks replay NAME --from SEQUENCE [--url URL] [--config FILE] [--json]\n"
    "\n"
    "list shows how far each webhook of the configuration is. replay sends everything again that "
    "the\n"
    "command SEQUENCE and those behind it told, under the same ids; it also enables a webhook that "
    "was\n"
    "given up. An event's id is evt_SEQUENCE_N. What can be replayed begins at REPLAY FROM: facts "
    "are "
    "kept for\n"
    "ever, unless journal.facts_keep says otherwise.\n";

static const struct column columns[] = {{"WEBHOOK", "name"},
                                        {"STATE", "state"},
                                        {"POSITION", "position"},
                                        {"BEHIND", "behind"},
                                        {"SENT", "sent"},
                                        {"REPLAY FROM", "replay_from"},
                                        {"FAILING SINCE", "failing_since"},
                                        {"LAST ERROR", "last_error"},
                                        {0}};

enum { BODY_BYTES_MAX = 128, PATH_BYTES_MAX = 256 };

static int list(const struct cli_common *common, const char *url);
static int replay(const struct cli_common *common, const char *url, const char *name,
                  uint64_t from);

int cli_webhooks(int argc, char **argv)
{
    struct cli_common common;
    const char *url = NULL;
    const char *from_text = NULL;
    uint64_t from = 0;
    const struct cli_value values[] = {{"url", &url, NULL}, {"from", &from_text, NULL}, {0}};

    int code = cli_options(&common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *action = cli_operand(argc, argv);
    bool again = action != NULL && strcmp(action, "replay") == 0;
    const char *name = again ? cli_operand(argc, argv) : NULL;
    if (!cli_operands_end(argc, argv, usage) ||
        !cli_number("--from", from_text, 1, INT64_MAX, &from))
        return CLI_USAGE;
    if (again && name != NULL && from_text != NULL)
        return replay(&common, url, name, from);
    if (action == NULL || strcmp(action, "list") != 0 || from_text != NULL)
        return cli_usage_error(usage, "webhooks: say list, or replay NAME --from SEQUENCE");
    return list(&common, url);
}

static int list(const struct cli_common *common, const char *url)
{
    struct buf out;
    cJSON *answer = NULL;
    int code = cli_get(common, url, "webhooks", &answer);
    if (code == CLI_DONE && common->json) {
        code = cli_print_json(answer);
    } else if (code == CLI_DONE) {
        buf_init(&out, CLI_PRINT_BYTES_MAX);
        table_print(&out, json_member(answer, "webhooks"), columns);
        code = cli_print(&out);
        buf_deinit(&out);
    }
    json_free(&answer);
    return code;
}

static int replay(const struct cli_common *common, const char *url, const char *name, uint64_t from)
{
    struct buf path;
    char body[BODY_BYTES_MAX];
    cJSON *answer = NULL;
    int code = CLI_FAILED;

    buf_init(&path, PATH_BYTES_MAX);
    buf_append_text(&path, "webhooks/");
    percent_encode(&path, slice_from(name));
    buf_append_text(&path, "/replay");
    buf_append_u8(&path, 0);
    snprintf(body, sizeof(body), "{\"from\":%llu}", (unsigned long long)from);
    if (path.failed)
        fprintf(stderr, "usher: the name is too long\n");
    else
        code = cli_tell(common, url, path.data, slice_from(body), &answer);
    buf_deinit(&path);
    if (code == CLI_DONE && common->json)
        code = cli_print_json(answer);
    else if (code == CLI_DONE)
        code = puts("it is sent again") < 0 ? CLI_FAILED : CLI_DONE;
    json_free(&answer);
    return code;
}
