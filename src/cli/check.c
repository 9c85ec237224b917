/* usher check: is the configuration usable, and if not, everything that is wrong with it at once.
 */
#include "cli/cli.h"
#include "cli/options.h"

#include "base/json.h"
#include "config/load.h"
#include "gateway/gateway.h"

#include <stdio.h>

enum { OUTPUT_BYTES_MAX = 1024 * 1024 };

static const char usage[] =
    "usage: usher check [--config FILE] [--live] [--json]\n"
    "\n"
    "Reads the configuration and says everything that is wrong with it, a line each:\n"
    "  FILE:LINE: key: what is wrong; what was expected\n"
    "  FILE:LINE: warning: key: what may be wrong\n"
    "Nothing is started, changed or called. What it accepts, \"usher run\" starts with, as far as\n"
    "the file, secrets.env and the folders that it names (data_dir, curve_dir) tell: it may run\n"
    "beside a running usher, and as another user.\n"
    "\n"
    "  --live             refuses also what may not be in production: a test clock, addresses of\n"
    "                     this machine in place of a service's; and looks at this machine now: is\n"
    "                     http.listen an address of it, its port free (so not while usher runs),\n"
    "                     may you write data_dir\n"
    "  -c, --config FILE  the configuration (default $USHER_CONFIG,\n"
    "                  ./usher.yaml, /etc/usher/usher.yaml)\n"
    "  -j, --json         {\"ok\":...,\"errors\":[{\"file\",\"line\",\"path\",\"message\"}]},\n"
    "                     and \"warnings\" where there are some\n"
    "  -h, --help         this text\n"
    "\n"
    "Exit codes: 0 usable, 1 not usable, 2 wrong usage.\n";

static enum error open_gateways(const struct config *config, struct report *report);
static bool put(const struct buf *text, FILE *stream);
static void summarize(const char *path, const struct config *config, struct buf *out);
static void count(struct buf *out, size_t n, const char *noun);

int cli_check(int argc, char **argv)
{
    struct cli_common common;
    struct config *config;
    struct report report;
    struct buf out;
    struct buf said;
    bool live = false;
    const struct cli_value values[] = {{"live", NULL, &live}, {0}};

    int code = cli_options(&common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    if (!cli_operands_end(argc, argv, usage))
        return CLI_USAGE;
    report_init(&report, common.config_path);
    report.live = live;
    report.machine = true;
    buf_init(&out, OUTPUT_BYTES_MAX);
    buf_init(&said, OUTPUT_BYTES_MAX);
    enum error error = config_load_reported(common.config_path, &config, &report);
    if (error == ERROR_NONE)
        error = open_gateways(config, &report);
    if (common.json) {
        buf_printf(&out, "{\"ok\":%s,\"errors\":", error == ERROR_NONE ? "true" : "false");
        report_print_json(&report, false, &out);
        if (report.warnings > 0) {
            buf_append_text(&out, ",\"warnings\":");
            report_print_json(&report, true, &out);
        }
        buf_append_text(&out, "}\n");
    } else {
        report_print(&report, &said);
        if (error == ERROR_NONE)
            summarize(common.config_path, config, &out);
    }
    code = error == ERROR_NONE ? CLI_DONE : CLI_FAILED;
    /* Errors are the answer of this verb, but without --json they are for the eye. */
    if (!put(&said, stderr) || !put(&out, stdout))
        code = CLI_FAILED;
    buf_deinit(&said);
    buf_deinit(&out);
    report_deinit(&report);
    config_destroy(&config);
    return code;
}

/* What only building a gateway knows, such as whether a public key is one: "usher run" builds it,
 * too, and must not be the first to find out. */
static enum error open_gateways(const struct config *config, struct report *report)
{
    enum error error = ERROR_NONE;

    for (size_t i = 0; i < config->gateway_count; i++) {
        struct gateway *gateway;
        struct why why = {""};
        char path[64];
        enum error found = gateway_new(&config->gateways[i], &gateway, &why);
        if (found != ERROR_NONE) {
            snprintf(path, sizeof(path), "gateways[%zu]", i);
            report_add(report, 0, config->gateways[i].line, path, "%s", why.text);
            error = found;
        }
        gateway_destroy(&gateway);
    }
    return error;
}

static bool put(const struct buf *text, FILE *stream)
{
    if (text->len == 0)
        return !text->failed;
    return !text->failed && fwrite(text->data, 1, text->len, stream) == text->len &&
           fflush(stream) == 0;
}

static void summarize(const char *path, const struct config *config, struct buf *out)
{
    buf_printf(out, "%s: ok (", path);
    count(out, config->bot_count, "bot");
    buf_append_text(out, ", ");
    count(out, config->group_count, "group");
    buf_append_text(out, ", ");
    count(out, config->plan_count, "plan");
    buf_append_text(out, ", ");
    count(out, config->gateway_count, "gateway");
    buf_append_text(out, ")\n");
}

static void count(struct buf *out, size_t n, const char *noun)
{
    buf_printf(out, "%zu %s%s", n, noun, n == 1 ? "" : "s");
}
