#include "cli/ask.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/verbs.h"

#include <stdio.h>

static const char usage[] =
    "usage: usher queue [list] [--state STATE] [--limit N] [--config FILE] [--json]\n"
    "       usher queue release held|dead [DELIVERY] [--url URL] [--config FILE] [--json]\n"
    "\n"
    "list shows the deliveries that are not done, or those in one state: pending, started, done, "
    "dead,\n"
    "held, waiting. release tells the running usher to try dead letters again, or to go on with "
    "removals\n"
    "that the circuit breaker holds; all of them, or one.\n";

static const struct column columns[] = {{"DELIVERY", "id"},
                                        {"KIND", "kind"},
                                        {"STATE", "state"},
                                        {"ATTEMPTS", "attempts"},
                                        {"BOT", "bot"},
                                        {"MEMBER", "telegram_id"},
                                        {"GROUP", "group"},
                                        {"CREATED", "created"},
                                        {"NOT BEFORE", "not_before"},
                                        {"ERROR", "error"},
                                        {0}};

struct request {
    struct cli_common common;
    const char *state, *limit, *url;
};

static int list_queue(const struct request *request);
static int release(const struct request *request, const char *what, const char *delivery);

int cli_queue(int argc, char **argv)
{
    struct request request = {.state = NULL};
    const struct cli_value values[] = {{"state", &request.state, NULL},
                                       {"limit", &request.limit, NULL},
                                       {"url", &request.url, NULL},
                                       {0}};

    int code = cli_options(&request.common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *action = cli_operand(argc, argv);
    if (action == NULL || strcmp(action, "list") == 0)
        return cli_operands_end(argc, argv, usage) ? list_queue(&request) : CLI_USAGE;
    const char *what = cli_operand(argc, argv);
    const char *delivery = cli_operand(argc, argv);
    if (!cli_operands_end(argc, argv, usage))
        return CLI_USAGE;
    if (strcmp(action, "release") != 0 || what == NULL ||
        (strcmp(what, "held") != 0 && strcmp(what, "dead") != 0))
        return cli_usage_error(usage, "queue: say list, release held or release dead");
    return release(&request, what, delivery);
}

static int list_queue(const struct request *request)
{
    struct message_query query = {.what = QUERY_QUEUE,
                                  .text = slice_from(request->state == NULL ? "" : request->state),
                                  .limit = 100};
    struct buf out;
    cJSON *answer;

    if (!cli_number("--limit", request->limit, 1, 1000, &query.limit))
        return CLI_USAGE;
    int code = cli_ask(&request->common, &query, &answer);
    if (code == CLI_DONE && request->common.json) {
        code = cli_print_json(answer);
    } else if (code == CLI_DONE) {
        const cJSON *count;
        bool held = false;
        buf_init(&out, CLI_PRINT_BYTES_MAX);
        cJSON_ArrayForEach(count, json_member(answer, "counts"))
        {
            buf_printf(&out, "%s ", count->string);
            table_value(&out, count);
            buf_append_text(&out, count->next == NULL ? "\n" : ", ");
        }
        if (json_bool(json_member(answer, "removals_held"), &held) && held)
            buf_append_text(&out, "removals are held: usher queue release held\n");
        table_print(&out, json_member(answer, "deliveries"), columns);
        code = cli_print(&out);
        buf_deinit(&out);
    }
    json_free(&answer);
    return code;
}

static int release(const struct request *request, const char *what, const char *delivery)
{
    uint64_t id = 0;
    char body[128];
    cJSON *answer;

    if (!cli_number("DELIVERY", delivery, 1, INT64_MAX, &id))
        return CLI_USAGE;
    if (delivery == NULL)
        snprintf(body, sizeof(body), "{\"what\":\"%s\"}", what);
    else
        snprintf(body, sizeof(body), "{\"what\":\"%s\",\"delivery\":%llu}", what,
                 (unsigned long long)id);
    int code = cli_tell(&request->common, request->url, "queue/release", slice_from(body), &answer);
    if (code != CLI_DONE)
        return code;
    code = request->common.json ? cli_print_json(answer) : (puts("released") < 0);
    json_free(&answer);
    return code;
}
