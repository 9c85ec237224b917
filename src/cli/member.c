#include "cli/ask.h"
#include "cli/member_import.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/verbs.h"

#include <stdio.h>

static const char usage[] =
    "usage: usher member show TELEGRAM_ID [--config FILE] [--json]\n"
    "       usher member import FILE.csv [--dry-run] [--url URL] [--config FILE]\n"
    "\n"
    "show: what a member has: entitlements, groups, payments, deliveries. Works whether usher runs "
    "or not.\n"
    "import: tells the running usher who was a member elsewhere. The file's first line names the "
    "columns\n"
    "telegram_id, plan and until (2026-12-31T23:59:59Z, or 2026-12-31: the beginning of that day "
    "in "
    "UTC);\n"
    "others are passed over. Nobody is written to, and the same file once more changes nothing. "
    "--dry-run\n"
    "only says what each line would do.\n";

static const struct {
    const char *list;
    struct column columns[8];
} lists[] = {
    {"entitlements",
     {{"PLAN", "plan"}, {"STATUS", "status"}, {"SINCE", "since"}, {"UNTIL", "until"}, {0}}},
    {"groups", {{"GROUP", "group"}, {"ENTITLED", "entitled"}, {"PLACE", "place"}, {0}}},
    {"payments",
     {{"GATEWAY", "gateway"},
      {"PAYMENT", "payment_id"},
      {"KIND", "kind"},
      {"STATE", "state"},
      {"AMOUNT", "amount currency"},
      {"PLAN", "plan"},
      {"AT", "at"},
      {0}}},
    {"deliveries",
     {{"DELIVERY", "id"},
      {"KIND", "kind"},
      {"STATE", "state"},
      {"ATTEMPTS", "attempts"},
      {"CREATED", "created"},
      {"ERROR", "error"},
      {0}}},
};

static int print_member(const cJSON *member);

int cli_member(int argc, char **argv)
{
    const char *url = NULL;
    bool dry = false;
    const struct cli_value values[] = {{"url", &url, NULL}, {"dry-run", NULL, &dry}, {0}};
    struct cli_common common;
    uint64_t id = 0;
    cJSON *member;

    int code = cli_options(&common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *action = cli_operand(argc, argv);
    const char *text = cli_operand(argc, argv);
    if (action != NULL && strcmp(action, "import") == 0 && text != NULL)
        return cli_operands_end(argc, argv, usage) ? member_import(&common, url, text, dry)
                                                   : CLI_USAGE;
    if (action == NULL || strcmp(action, "show") != 0 || text == NULL)
        return cli_usage_error(usage, "member: say \"show\" and a Telegram id, or \"import\" and "
                                      "a file");
    if (!cli_operands_end(argc, argv, usage) ||
        !cli_number("TELEGRAM_ID", text, 1, (uint64_t)1 << 52, &id))
        return CLI_USAGE;
    const struct message_query query = {
        .what = QUERY_MEMBER, .subject = (int64_t)id, .text = SLICE("")};
    code = cli_ask(&common, &query, &member);
    if (code == CLI_DONE)
        code = common.json ? cli_print_json(member) : print_member(member);
    json_free(&member);
    return code;
}

static int print_member(const cJSON *member)
{
    static const char *const facts[] = {"telegram_id", "name", "language",
                                        "known_since", "seen", "reachable"};
    struct buf out;

    buf_init(&out, CLI_PRINT_BYTES_MAX);
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        const cJSON *value = json_member(member, facts[i]);
        if (value == NULL)
            continue;
        buf_printf(&out, "%-12s  ", facts[i]);
        table_value(&out, value);
        buf_append_text(&out, "\n");
    }
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const cJSON *list = json_member(member, lists[i].list);
        if (cJSON_GetArraySize(list) > 0)
            buf_append_text(&out, "\n");
        table_print(&out, list, lists[i].columns);
    }
    int code = cli_print(&out);
    buf_deinit(&out);
    return code;
}
