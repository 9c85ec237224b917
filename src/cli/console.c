/* usher console: an address by which one person logs in to the console, once. */
#include "cli/ask.h"
#include "cli/options.h"
#include "cli/verbs.h"

#include <stdio.h>

static const char usage[] =
    "usage: usher console login [--staff TELEGRAM_ID] [--url URL] [--config FILE] [--json]\n"
    "\n"
    "Prints an address of the console that logs in whoever opens it first, within a minute: as "
    "this\n"
    "person of the configuration's staff, or without --staff as the holder of admin.token, who is "
    "an\n"
    "owner. The session lasts seven days at most, and eight hours after it was last used;\n"
    "`usher staff sessions` lists them, `usher staff revoke` ends one: also what a token that has\n"
    "leaked and was changed has left behind.\n";

enum { BODY_BYTES_MAX = 64, ADDRESS_BYTES_MAX = 2048 };

static int login(const struct cli_common *common, const char *url, uint64_t staff_id);
static int print_address(const struct cli_common *common, const char *url, const cJSON *answer);

int cli_console(int argc, char **argv)
{
    struct cli_common common;
    const char *url = NULL;
    const char *staff_text = NULL;
    uint64_t staff_id = 0;
    const struct cli_value values[] = {{"url", &url, NULL}, {"staff", &staff_text, NULL}, {0}};

    int code = cli_options(&common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *action = cli_operand(argc, argv);
    if (!cli_operands_end(argc, argv, usage) ||
        !cli_number("--staff", staff_text, 1, (UINT64_C(1) << 52) - 1, &staff_id))
        return CLI_USAGE;
    if (action == NULL || strcmp(action, "login") != 0)
        return cli_usage_error(usage, "console: say login");
    return login(&common, url, staff_id);
}

static int login(const struct cli_common *common, const char *url, uint64_t staff_id)
{
    char body[BODY_BYTES_MAX] = "{}";
    cJSON *answer = NULL;
    if (staff_id != 0)
        snprintf(body, sizeof(body), "{\"telegram_id\":%llu}", (unsigned long long)staff_id);
    int code = cli_tell(common, url, "staff/logins", slice_from(body), &answer);
    if (code == CLI_DONE && common->json)
        code = cli_print_json(answer);
    else if (code == CLI_DONE)
        code = print_address(common, url, answer);
    json_free(&answer);
    return code;
}

/* Where the world reaches usher, else where this machine does. */
static int print_address(const struct cli_common *common, const char *url, const cJSON *answer)
{
    struct why why = {""};
    struct buf base;
    int code = CLI_FAILED;
    struct config *config = cli_config_load(common);
    if (config == NULL)
        return CLI_FAILED;
    buf_init(&base, ADDRESS_BYTES_MAX);
    if (url == NULL && config->http.public_url != NULL)
        buf_append_text(&base, config->http.public_url);
    else if (cli_base_url(config, url, &base, &why) != ERROR_NONE)
        fprintf(stderr, "usher: %s\n", why.text);
    if (base.len > 0 && !base.failed)
        code = printf("%.*s/console/#login=%.*s\n", SLICE_ARG(buf_slice(&base)),
                      SLICE_ARG(json_string(json_member(answer, "code")))) < 0
                   ? CLI_FAILED
                   : CLI_DONE;
    buf_deinit(&base);
    config_destroy(&config);
    return code;
}
