/* usher gateway: what the configured gateways are, why a callback of theirs would be accepted or
 * refused, and callbacks of our own making. */
#include "cli/gateway.h"

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "http/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: usher gateway list [--config FILE] [--json]\n"
    "       usher gateway test NAME --body FILE --header 'NAME: VALUE' ... [--at TIME]\n"
    "                          [--method POST] [--path /hooks/NAME] [--query QUERY]\n"
    "                          [--config FILE] [--json]\n"
    "       usher gateway trigger NAME EVENT [--member TELEGRAM_ID] [--plan PLAN] [--order ID]\n"
    "                          [--amount AMOUNT] [--currency CODE] [--payment ID] [--url URL]\n"
    "                          [--config FILE] [--json]\n"
    "\n"
    "test says step by step what usher would make of a callback that somebody kept: the body as "
    "it came,\n"
    "in FILE or (-) on standard input, its headers, and when (RFC 3339; default: now). Nothing is "
    "sent or\n"
    "recorded. Exit code 0: usher would answer 200.\n"
    "\n"
    "trigger signs a callback as the gateway would and posts it to your own usher, which takes it "
    "for\n"
    "real. EVENT is paid, refunded, partly_refunded, charged_back, reinstated or refund_failed, "
    "as far as\n"
    "the gateway has it; what came before it is named by --payment. Without --plan it is the "
    "first plan,\n"
    "without --amount the plan's first price. Gateways that sign by RSA hold the key "
    "themselves.\n";

static bool take_headers(int *argc, char **argv, struct gateway_verb *request);
static int list_gateways(struct gateway_verb *request);
static int test_callback(struct gateway_verb *request);

const char *gateway_kind_name(enum gateway_kind kind)
{
    static const char *const names[] = {
        [GATEWAY_STRIPE] = "stripe",
        [GATEWAY_BTCPAY] = "btcpay",
        [GATEWAY_STANDARD_WEBHOOKS] = "standard_webhooks",
        [GATEWAY_HMAC] = "hmac",
        [GATEWAY_CRYPTO_PAY] = "crypto_pay",
        [GATEWAY_CRYPTOMUS] = "cryptomus",
        [GATEWAY_WECHAT_PAY] = "wechat_pay",
        [GATEWAY_ALIPAY] = "alipay",
        [GATEWAY_STARS] = "stars",
        [GATEWAY_YOOKASSA] = "yookassa",
        [GATEWAY_PAYPAL] = "paypal",
    };
    return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}

int cli_gateway(int argc, char **argv)
{
    struct gateway_verb request = {.method = "POST", .query = ""};
    const struct cli_value values[] = {{"body", &request.body, NULL},
                                       {"at", &request.at, NULL},
                                       {"method", &request.method, NULL},
                                       {"path", &request.path, NULL},
                                       {"query", &request.query, NULL},
                                       {"member", &request.member, NULL},
                                       {"plan", &request.plan, NULL},
                                       {"order", &request.order, NULL},
                                       {"amount", &request.amount, NULL},
                                       {"currency", &request.currency, NULL},
                                       {"payment", &request.payment, NULL},
                                       {"url", &request.url, NULL},
                                       {0}};

    if (!take_headers(&argc, argv, &request))
        return CLI_USAGE;
    int code = cli_options(&request.common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *action = cli_operand(argc, argv);
    bool test = action != NULL && strcmp(action, "test") == 0;
    bool trigger = action != NULL && strcmp(action, "trigger") == 0;
    if (!test && !trigger && (action == NULL || strcmp(action, "list") != 0))
        return cli_usage_error(usage, "gateway: say list, test or trigger");
    const char *name = test || trigger ? cli_operand(argc, argv) : NULL;
    const char *event = trigger ? cli_operand(argc, argv) : NULL;
    if (!cli_operands_end(argc, argv, usage))
        return CLI_USAGE;
    if ((test || trigger) && name == NULL)
        return cli_usage_error(usage, "gateway %s: say which gateway", action);
    if (test && request.body == NULL && request.query[0] == '\0')
        return cli_usage_error(usage, "gateway test: --body is missing");
    if (trigger && event == NULL)
        return cli_usage_error(usage, "gateway trigger: say which event, such as paid");
    request.config = cli_config_load(&request.common);
    if (request.config == NULL)
        return CLI_FAILED;
    if (name != NULL) {
        request.gateway = config_gateway_find(request.config, slice_from(name));
        if (request.gateway == NULL)
            fprintf(stderr,
                    "usher: %s describes no gateway \"%s\"; usher gateway list names them\n",
                    request.common.config_path, name);
        else if (!config_gateway_calls(request.gateway))
            fprintf(stderr,
                    "usher: gateway \"%s\" sends no callbacks: its bot is told of Telegram Stars; "
                    "pay an order of one Star to try it\n",
                    name);
    }
    bool callable = request.gateway != NULL && config_gateway_calls(request.gateway);
    code = name == NULL ? list_gateways(&request)
           : !callable  ? CLI_FAILED
           : test       ? test_callback(&request)
                        : gateway_trigger(&request, event);
    config_destroy(&request.config);
    return code;
}

/* Takes --header and what follows it out of argv: it may be there many times. */
static bool take_headers(int *argc, char **argv, struct gateway_verb *request)
{
    static const char option[] = "--header";
    const size_t len = sizeof(option) - 1;
    int kept = 0;

    for (int i = 0; i < *argc; i++) {
        bool joined = strncmp(argv[i], option, len) == 0 && argv[i][len] == '=';
        if (!joined && strcmp(argv[i], option) != 0) {
            argv[kept++] = argv[i];
            continue;
        }
        const char *value = joined ? argv[i] + len + 1 : i + 1 < *argc ? argv[++i] : "";
        if (strchr(value, ':') == NULL || request->header_count == GATEWAY_HEADERS_MAX) {
            cli_usage_error(usage, "gateway: --header needs 'NAME: VALUE', at most %d times",
                            GATEWAY_HEADERS_MAX);
            return false;
        }
        request->headers[request->header_count++] = value;
    }
    argv[kept] = NULL;
    *argc = kept;
    return true;
}

static int list_gateways(struct gateway_verb *request)
{
    static const struct column columns[] = {{"GATEWAY", "name"},
                                            {"KIND", "kind"},
                                            {"CALLBACKS", "callbacks"},
                                            {"EVENTS", "events"},
                                            {0}};
    cJSON *answer = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(answer, "gateways");
    const char *base = request->config->http.public_url;
    struct buf text;

    buf_init(&text, CLI_PRINT_BYTES_MAX);
    for (size_t i = 0; i < request->config->gateway_count; i++) {
        const struct config_gateway *gateway = &request->config->gateways[i];
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "name", gateway->name);
        cJSON_AddStringToObject(row, "kind", gateway_kind_name(gateway->kind));
        buf_clear(&text);
        buf_printf(&text, "%s/hooks/%s", base == NULL ? "" : base, gateway->name);
        if (config_gateway_calls(gateway))
            json_add_text(row, "callbacks", buf_slice(&text));
        buf_clear(&text);
        trigger_events(gateway, &text);
        if (text.len > 1) /* those that trigger can send; RSA's it cannot */
            json_add_text(row, "events", slice_of(text.data + 1, text.len - 1));
        cJSON_AddItemToArray(list, row);
    }
    int code;
    if (request->common.json) {
        code = cli_print_json(answer);
    } else {
        buf_clear(&text);
        table_print(&text, list, columns);
        code = cli_print(&text);
    }
    buf_deinit(&text);
    json_free(&answer);
    return code;
}

/* A whole file, or standard input. */
static bool read_body(const char *path, struct buf *out)
{
    char piece[8192];
    size_t len;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");

    if (file == NULL) {
        fprintf(stderr, "usher: %s: %s\n", path, strerror(errno));
        return false;
    }
    while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_append(out, piece, len);
    bool ok = ferror(file) == 0 && !out->failed;
    if (!ok)
        fprintf(stderr, "usher: %s: %s\n", path,
                out->failed ? "larger than any body that usher takes" : strerror(errno));
    if (file != stdin)
        (void)fclose(file);
    return ok;
}

static bool read_time(const char *text, uint64_t *ms)
{
    int64_t at;
    long long seconds;

    *ms = clock_wall_ms();
    if (text == NULL)
        return true;
    if (clock_parse_utc(slice_from(text), &at) && at >= 0)
        *ms = (uint64_t)at;
    else if (slice_to_i64(slice_from(text), &seconds) && seconds >= 0 && seconds < 253402300800)
        *ms = (uint64_t)seconds * 1000;
    else
        return cli_usage_error(usage,
                               "gateway test: --at is a time such as 2026-01-31T12:00:00Z, "
                               "or Unix seconds, not \"%s\"",
                               text) == CLI_GO_ON;
    return true;
}

/* "Name: value", without blanks around the value. */
static struct http_header split_header(const char *line)
{
    const char *colon = strchr(line, ':');
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    size_t len = strlen(value);

    while (len > 0 && strchr(" \t\r\n", value[len - 1]) != NULL)
        len--;
    return (struct http_header){slice_of(line, (size_t)(colon - line)), slice_of(value, len)};
}

static int test_callback(struct gateway_verb *request)
{
    struct http_header headers[GATEWAY_HEADERS_MAX];
    struct gateway *gateway = NULL;
    struct why why = {""};
    char path[64];
    struct buf body;
    uint64_t at_ms;

    for (size_t i = 0; i < request->header_count; i++)
        headers[i] = split_header(request->headers[i]);
    if (!read_time(request->at, &at_ms))
        return CLI_USAGE;
    (void)snprintf(path, sizeof(path), "/hooks/%s", request->gateway->name);
    buf_init(&body, GATEWAY_BODY_MAX);
    int code = CLI_FAILED;
    if (gateway_new(request->gateway, &gateway, &why) != ERROR_NONE) {
        fprintf(stderr, "usher: %s\n", why.text);
    } else if (request->body == NULL || read_body(request->body, &body)) {
        const struct explain_request asked = {
            .request = {.method = slice_from(request->method),
                        .path = slice_from(request->path == NULL ? path : request->path),
                        .headers = headers,
                        .header_count = request->header_count,
                        .body = buf_slice(&body),
                        .now_ms = at_ms,
                        .query = slice_from(request->query)},
            .config = request->config,
            .gateway = request->gateway};
        cJSON *report = explain_callback(&asked, gateway);
        bool good = cJSON_IsTrue(json_member(report, "accepted"));
        buf_clear(&body);
        if (report == NULL)
            fprintf(stderr, "usher: %s\n", error_text(ERROR_MEMORY));
        else if (request->common.json)
            code = cli_print_json(report);
        else {
            explain_print(report, &body);
            code = cli_print(&body);
        }
        if (!good)
            code = CLI_FAILED;
        json_free(&report);
    }
    gateway_destroy(&gateway);
    buf_deinit(&body);
    return code;
}
