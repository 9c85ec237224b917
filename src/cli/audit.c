/* usher audit: who did what, and why, as the running usher's mirror knows it. */
#include "cli/ask.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "http/query.h"

#include <stdio.h>

static const char usage[] =
    "usage: usher audit [--who WHO] [--member TELEGRAM_ID] [--since TIME] [--what ACT]\n"
    "                   [--limit N] [--cursor CURSOR] [--url URL] [--config FILE] [--json]\n"
    "\n"
    "Lists what was done through the API, the newest first. WHO is staff:1001, key:NAME or token "
    "(the\n"
    "holder of admin.token); TIME is such as 2026-01-31T12:00:00Z; ACT is such as coupon_create.\n";

static const struct column columns[] = {{"AT", "at"},      {"WHO", "who"},
                                        {"ROLE", "role"},  {"WHAT", "what"},
                                        {"PATH", "path"},  {"MEMBER", "telegram_id"},
                                        {"WHY", "reason"}, {0}};

enum { PATH_BYTES_MAX = 1024, LIMIT_MAX = 1000 };

static int list(const struct cli_common *common, const char *url, const char *path);

int cli_audit(int argc, char **argv)
{
    struct cli_common common;
    struct buf path;
    const char *url = NULL, *who = NULL, *member = NULL, *since = NULL, *what = NULL;
    const char *limit = NULL, *cursor = NULL;
    uint64_t number = 0;
    const struct cli_value values[] = {{"url", &url, NULL},       {"who", &who, NULL},
                                       {"member", &member, NULL}, {"since", &since, NULL},
                                       {"what", &what, NULL},     {"limit", &limit, NULL},
                                       {"cursor", &cursor, NULL}, {0}};

    int code = cli_options(&common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    if (!cli_operands_end(argc, argv, usage) ||
        !cli_number("--limit", limit, 1, LIMIT_MAX, &number) ||
        !cli_number("--member", member, 1, INT64_MAX, &number))
        return CLI_USAGE;
    buf_init(&path, PATH_BYTES_MAX);
    buf_append_text(&path, "audit");
    char between = '?';
    for (const struct cli_value *value = values; value->name != NULL; value++) {
        if (value->value == &url || *value->value == NULL)
            continue;
        buf_printf(&path, "%c%s=", between, value->name);
        percent_encode(&path, slice_from(*value->value));
        between = '&';
    }
    buf_append_u8(&path, 0);
    code = CLI_USAGE;
    if (path.failed)
        fputs("usher: that is too long for an address\n", stderr);
    else
        code = list(&common, url, path.data);
    buf_deinit(&path);
    return code;
}

static int list(const struct cli_common *common, const char *url, const char *path)
{
    struct buf out;
    cJSON *answer = NULL;
    int code = cli_get(common, url, path, &answer);
    if (code == CLI_DONE && common->json) {
        code = cli_print_json(answer);
    } else if (code == CLI_DONE) {
        buf_init(&out, CLI_PRINT_BYTES_MAX);
        table_print(&out, json_member(answer, "audit"), columns);
        code = cli_print(&out);
        buf_deinit(&out);
    }
    json_free(&answer);
    return code;
}
