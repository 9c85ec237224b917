#include "cli/ask.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/verbs.h"

#include <stdio.h>

static const char usage[] =
    "usage: usher order create --plan PLAN [--member TELEGRAM_ID] [--period \"1 month\"]\n"
    "                          [--amount 29.00] [--currency USD] [--coupon CODE] [--gateway NAME]\n"
    "                          [--expires \"7 days\"] [--url URL] [--config FILE] [--json]\n"
    "       usher order cancel ORDER_ID [--reason WHY] [--url URL] [--config FILE] [--json]\n"
    "       usher order show ORDER_ID [--config FILE] [--json]\n"
    "       usher order list [--limit N] [--config FILE] [--json]\n"
    "\n"
    "Who pays by an order's id gets its plan; without --member whoever opens the order's link "
    "first,\n"
    "https://t.me/BOT?start=o_TOKEN, which its page shows. create tells the running usher; show "
    "and list read "
    "the\n"
    "state, whether usher runs or not.\n";

static const struct column columns[] = {{"ORDER", "order_id"},     {"STATE", "state"},
                                        {"MEMBER", "telegram_id"}, {"PLAN", "plan"},
                                        {"PERIOD", "period"},      {"AMOUNT", "amount currency"},
                                        {"EXPIRES", "expires"},    {0}};

struct request {
    struct cli_common common;
    const char *limit, *member, *plan, *period, *amount, *currency, *coupon, *gateway, *expires,
        *reason, *url;
};

static int create(const struct request *request);
static void print_places(const cJSON *order);
static int cancel(const struct request *request, const char *id);
static int read_orders(const struct request *request, const struct message_query *query);
static int print_orders(const struct request *request, const cJSON *answer);

int cli_order(int argc, char **argv)
{
    struct request request = {.limit = NULL};
    const struct cli_value values[] = {
        {"limit", &request.limit, NULL},       {"member", &request.member, NULL},
        {"plan", &request.plan, NULL},         {"amount", &request.amount, NULL},
        {"currency", &request.currency, NULL}, {"expires", &request.expires, NULL},
        {"period", &request.period, NULL},     {"coupon", &request.coupon, NULL},
        {"gateway", &request.gateway, NULL},   {"reason", &request.reason, NULL},
        {"url", &request.url, NULL},           {0}};
    struct message_query query = {.what = QUERY_ORDERS, .text = SLICE(""), .limit = 100};

    int code = cli_options(&request.common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *action = cli_operand(argc, argv);
    bool one = action != NULL && (strcmp(action, "show") == 0 || strcmp(action, "cancel") == 0);
    const char *id = one ? cli_operand(argc, argv) : NULL;
    if (!cli_operands_end(argc, argv, usage) ||
        !cli_number("--limit", request.limit, 1, 1000, &query.limit))
        return CLI_USAGE;
    if (action != NULL && strcmp(action, "create") == 0)
        return create(&request);
    if (action != NULL && strcmp(action, "list") == 0)
        return read_orders(&request, &query);
    if (id == NULL)
        return cli_usage_error(usage, "order: say create, list, or show or cancel and which");
    if (strcmp(action, "cancel") == 0)
        return cancel(&request, id);
    query = (struct message_query){.what = QUERY_ORDER, .text = slice_from(id)};
    return read_orders(&request, &query);
}

static int create(const struct request *request)
{
    const struct {
        const char *name;
        const char *value;
    } members[] = {{"period", request->period},     {"coupon", request->coupon},
                   {"gateway", request->gateway},   {"amount", request->amount},
                   {"currency", request->currency}, {"expires", request->expires}};
    uint64_t member = 0;
    struct buf body;
    cJSON *answer;

    if (request->plan == NULL)
        return cli_usage_error(usage, "order create: --plan is needed");
    if (!cli_number("--member", request->member, 1, (uint64_t)1 << 52, &member))
        return CLI_USAGE;
    buf_init(&body, 4096);
    buf_append_text(&body, "{\"plan\":");
    json_append_string(&body, slice_from(request->plan));
    if (request->member != NULL)
        buf_printf(&body, ",\"telegram_id\":%llu", (unsigned long long)member);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (members[i].value == NULL)
            continue;
        buf_printf(&body, ",\"%s\":", members[i].name);
        json_append_string(&body, slice_from(members[i].value));
    }
    buf_append_text(&body, "}");
    int code = CLI_FAILED;
    if (body.failed)
        fprintf(stderr, "usher: the request is too long\n");
    else
        code = cli_tell(&request->common, request->url, "orders", buf_slice(&body), &answer);
    buf_deinit(&body);
    if (code != CLI_DONE)
        return code;
    code = print_orders(request, answer);
    if (code == CLI_DONE && !request->common.json)
        print_places(answer);
    json_free(&answer);
    return code;
}

/* Where it is paid and looked at: what whoever ordered is sent to. */
static void print_places(const cJSON *order)
{
    static const char *const names[] = {"pay_url", "page_url"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct slice url = json_string(json_member(order, names[i]));
        if (url.len > 0)
            printf("%s: %.*s\n", names[i], SLICE_ARG(url));
    }
}

static int cancel(const struct request *request, const char *id)
{
    cJSON *answer;
    int code = cli_delete(&request->common, request->url, "orders", id, request->reason, &answer);
    if (code == CLI_DONE)
        code = print_orders(request, answer);
    json_free(&answer);
    return code;
}

static int read_orders(const struct request *request, const struct message_query *query)
{
    cJSON *answer;
    int code = cli_ask(&request->common, query, &answer);
    if (code == CLI_DONE)
        code = print_orders(request, answer);
    json_free(&answer);
    return code;
}

/* One order, or a list of them. */
static int print_orders(const struct request *request, const cJSON *answer)
{
    const cJSON *orders = json_member(answer, "orders");
    struct buf out;

    if (request->common.json)
        return cli_print_json(answer);
    buf_init(&out, CLI_PRINT_BYTES_MAX);
    if (orders != NULL) {
        table_print(&out, orders, columns);
    } else {
        cJSON *list = cJSON_CreateArray();
        cJSON_AddItemReferenceToArray(list, (cJSON *)answer);
        table_print(&out, list, columns);
        cJSON_Delete(list);
    }
    int code = cli_print(&out);
    buf_deinit(&out);
    return code;
}
