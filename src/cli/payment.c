#include "base/clock.h"
#include "base/period.h"
#include "cli/ask.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "http/query.h"

#include <stdio.h>

static const char usage[] =
    "usage: usher payment list [--unsettled] [--limit N] [--config FILE] [--json]\n"
    "       usher payment show GATEWAY PAYMENT_ID [--config FILE] [--json]\n"
    "       usher payment settle GATEWAY PAYMENT_ID --member TELEGRAM_ID --plan PLAN --period \"1 "
    "month\"\n"
    "                            [--url URL] [--config FILE] [--json]\n"
    "\n"
    "list and show read the state, whether usher runs or not; settle tells the running usher what "
    "an\n"
    "unsettled payment was for.\n";

static const struct column columns[] = {{"GATEWAY", "gateway"},
                                        {"PAYMENT", "payment_id"},
                                        {"KIND", "kind"},
                                        {"STATE", "state"},
                                        {"REASON", "reason"},
                                        {"AMOUNT", "amount currency"},
                                        {"MEMBER", "telegram_id"},
                                        {"PLAN", "plan"},
                                        {"AT", "at"},
                                        {"WAITS", "waits"},
                                        {0}};

struct request {
    struct cli_common common;
    const char *limit, *member, *plan, *period, *url;
    bool unsettled;
};

static int list_payments(const struct request *request);
static int show_payment(const struct request *request, const char *gateway, const char *id);
static int print_payments(const struct request *request, const struct message_query *query);
static int settle(const struct request *request, const char *gateway, const char *id);

int cli_payment(int argc, char **argv)
{
    struct request request = {.limit = NULL};
    const struct cli_value values[] = {{"limit", &request.limit, NULL},
                                       {"member", &request.member, NULL},
                                       {"plan", &request.plan, NULL},
                                       {"period", &request.period, NULL},
                                       {"url", &request.url, NULL},
                                       {"unsettled", NULL, &request.unsettled},
                                       {0}};

    int code = cli_options(&request.common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *action = cli_operand(argc, argv);
    if (action != NULL && strcmp(action, "list") == 0)
        return cli_operands_end(argc, argv, usage) ? list_payments(&request) : CLI_USAGE;
    const char *gateway = cli_operand(argc, argv);
    const char *id = cli_operand(argc, argv);
    if (!cli_operands_end(argc, argv, usage))
        return CLI_USAGE;
    if (action != NULL && id != NULL && strcmp(action, "show") == 0)
        return show_payment(&request, gateway, id);
    if (action != NULL && id != NULL && strcmp(action, "settle") == 0)
        return settle(&request, gateway, id);
    return cli_usage_error(usage, "payment: say list, show or settle, and which");
}

static int list_payments(const struct request *request)
{
    struct message_query query = {.what = QUERY_PAYMENTS,
                                  .text = slice_from(request->unsettled ? "unsettled" : ""),
                                  .limit = 100};
    if (!cli_number("--limit", request->limit, 1, 1000, &query.limit))
        return CLI_USAGE;
    return print_payments(request, &query);
}

static int show_payment(const struct request *request, const char *gateway, const char *id)
{
    char text[512];
    int n = snprintf(text, sizeof(text), "%s/%s", gateway, id);
    if (n < 0 || (size_t)n >= sizeof(text))
        return cli_usage_error(usage, "payment: no payment has so long an id");
    const struct message_query query = {.what = QUERY_PAYMENT, .text = slice_from(text)};
    return print_payments(request, &query);
}

/* How long each unsettled one has waited, in whole days, hours or minutes of the machine's clock.
 */
static void add_waits(cJSON *payments)
{
    static const uint64_t units_ms[] = {24 * 3600 * 1000, 3600 * 1000, 60 * 1000};
    cJSON *payment;
    cJSON_ArrayForEach(payment, payments)
    {
        char text[48] = "";
        int64_t at_ms;
        uint64_t now_ms = clock_wall_ms();
        if (!slice_is(json_string(json_member(payment, "state")), "unsettled") ||
            !clock_parse_utc(json_string(json_member(payment, "at")), &at_ms) || at_ms < 0 ||
            (uint64_t)at_ms > now_ms)
            continue;
        uint64_t waits_ms = now_ms - (uint64_t)at_ms;
        size_t unit = 0;
        while (unit < 2 && waits_ms < units_ms[unit])
            unit++;
        duration_format(waits_ms / units_ms[unit] * units_ms[unit], text, sizeof text);
        cJSON_AddStringToObject(payment, "waits", text);
    }
}

static int print_payments(const struct request *request, const struct message_query *query)
{
    struct buf out;
    cJSON *answer;

    int code = cli_ask(&request->common, query, &answer);
    if (code == CLI_DONE && request->common.json) {
        code = cli_print_json(answer);
    } else if (code == CLI_DONE) {
        buf_init(&out, CLI_PRINT_BYTES_MAX);
        add_waits(cJSON_GetObjectItem(answer, "payments"));
        table_print(&out, json_member(answer, "payments"), columns);
        code = cli_print(&out);
        buf_deinit(&out);
    }
    json_free(&answer);
    return code;
}

static int settle(const struct request *request, const char *gateway, const char *id)
{
    uint64_t member = 0;
    struct buf path;
    struct buf body;
    cJSON *answer;

    if (request->member == NULL || request->plan == NULL || request->period == NULL)
        return cli_usage_error(usage, "payment settle: --member, --plan and --period are needed");
    if (!cli_number("--member", request->member, 1, (uint64_t)1 << 52, &member))
        return CLI_USAGE;
    buf_init(&path, 4096);
    buf_append_text(&path, "payments/");
    percent_encode(&path, slice_from(gateway));
    buf_append_text(&path, "/");
    percent_encode(&path, slice_from(id));
    buf_append_text(&path, "/settle");
    buf_append_u8(&path, 0);
    buf_init(&body, 4096);
    buf_printf(&body, "{\"telegram_id\":%llu,\"plan\":", (unsigned long long)member);
    json_append_string(&body, slice_from(request->plan));
    buf_append_text(&body, ",\"period\":");
    json_append_string(&body, slice_from(request->period));
    buf_append_text(&body, "}");
    int code = CLI_FAILED;
    if (path.failed || body.failed)
        fprintf(stderr, "usher: the request is too long\n");
    else
        code = cli_tell(&request->common, request->url, path.data, buf_slice(&body), &answer);
    if (code == CLI_DONE) {
        code = request->common.json ? cli_print_json(answer) : (puts("settled") < 0);
        json_free(&answer);
    }
    buf_deinit(&path);
    buf_deinit(&body);
    return code;
}
