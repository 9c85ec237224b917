/* usher gateway trigger: makes a callback, signs it as the gateway would, and posts it. */
#include "base/clock.h"
#include "cli/ask.h"
#include "cli/gateway.h"
#include "cli/options.h"
#include "gateway/check.h"
#include "gateway/sign.h"
#include "http/fetch.h"

#include <stdio.h>
#include <strings.h>

enum {
    HEADER_LINES_MAX = 16384,
    TRIGGER_BODY_MAX = 65536,
    ANSWER_BYTES_MAX = 65536,
    URL_BYTES_MAX = 2048,
    CALL_TIMEOUT_MS = 40000
};

struct outgoing {
    struct buf plain, body, lines, url;
    const char *headers[GATEWAY_HEADERS_MAX + 1];
};

static bool fill_price(const struct gateway_verb *request, struct trigger *trigger);
static bool find_time(const struct gateway_verb *request, uint64_t *ms);
static enum error sign(const struct gateway_verb *request, const struct trigger *trigger,
                       struct outgoing *out, struct why *why);
static int print_answer(const struct gateway_verb *request, const struct trigger *trigger,
                        const struct outgoing *out, unsigned status, struct slice answer);

int gateway_trigger(const struct gateway_verb *request, const char *event)
{
    struct trigger trigger = {.event = event, .order_id = request->order ? request->order : ""};
    char payment_id[64], event_id[64];
    struct why why = {""};
    unsigned status = 0;
    struct outgoing out;
    struct buf answer;

    if (!cli_number("--member", request->member, 1, ((uint64_t)1 << 52) - 1,
                    &trigger.telegram_id) ||
        !find_time(request, &trigger.now_ms) || !fill_price(request, &trigger))
        return CLI_FAILED;
    (void)snprintf(payment_id, sizeof(payment_id), "test_%llu",
                   (unsigned long long)clock_real_ms());
    (void)snprintf(event_id, sizeof(event_id), "test_%s_%llu", event,
                   (unsigned long long)clock_real_ms());
    trigger.payment_id = request->payment != NULL ? request->payment : payment_id;
    trigger.event_id = event_id;
    buf_init(&out.plain, TRIGGER_BODY_MAX);
    buf_init(&out.body, TRIGGER_BODY_MAX);
    buf_init(&out.lines, HEADER_LINES_MAX);
    buf_init(&out.url, URL_BYTES_MAX);
    buf_init(&answer, ANSWER_BYTES_MAX);
    enum error error = sign(request, &trigger, &out, &why);
    if (error == ERROR_NONE) {
        const struct fetch fetch = {.method = "POST",
                                    .url = out.url.data,
                                    .headers = out.headers,
                                    .body = buf_slice(&out.body),
                                    .content_type = config_gateway_takes_form(request->gateway)
                                                        ? "application/x-www-form-urlencoded"
                                                        : NULL,
                                    .timeout_ms = CALL_TIMEOUT_MS};
        error = fetch_run(&fetch, &status, &answer, &why);
    }
    int code = CLI_FAILED;
    if (error != ERROR_NONE)
        fprintf(stderr, "usher: %s\n", why.text);
    else
        code = print_answer(request, &trigger, &out, status, buf_slice(&answer));
    buf_deinit(&answer);
    buf_deinit(&out.url);
    buf_deinit(&out.lines);
    buf_deinit(&out.body);
    buf_deinit(&out.plain);
    return code;
}

/* Plan, amount and currency as they are said, or else as the configuration has them first. */
static bool fill_price(const struct gateway_verb *request, struct trigger *trigger)
{
    const struct config *config = request->config;
    const struct config_plan *plan = request->plan != NULL
                                         ? config_plan_find(config, slice_from(request->plan))
                                     : config->plan_count > 0 ? &config->plans[0]
                                                              : NULL;
    const struct config_price *price = NULL;

    for (size_t i = 0; plan != NULL && i < plan->price_count && price == NULL; i++)
        if (request->currency == NULL ||
            strcasecmp(request->currency, plan->prices[i].currency) == 0)
            price = &plan->prices[i];
    trigger->plan = request->plan != NULL ? request->plan : plan != NULL ? plan->name : "";
    const char *currency = request->currency != NULL ? currency_find(slice_from(request->currency))
                           : price != NULL           ? price->currency
                                                     : NULL;
    if (currency == NULL) {
        fprintf(stderr, request->currency != NULL
                            ? "usher: --currency is no currency that usher knows\n"
                            : "usher: the plan has no price; say --amount and --currency\n");
        return false;
    }
    trigger->currency = currency;
    trigger->amount = price != NULL ? price->amount : -1;
    if (request->amount != NULL &&
        !money_parse(slice_from(request->amount), currency, &trigger->amount))
        trigger->amount = -1;
    if (trigger->amount < 0)
        fprintf(stderr, "usher: --amount is missing, or no amount of %s\n", currency);
    return trigger->amount >= 0;
}

/* What time it is for the usher that will judge: with a test clock, not ours. */
static bool find_time(const struct gateway_verb *request, uint64_t *ms)
{
    cJSON *answer = NULL;
    int64_t now;

    *ms = clock_wall_ms();
    if (!request->config->test_clock)
        return true;
    bool ok = cli_get(&request->common, request->url, "clock", &answer) == CLI_DONE &&
              clock_parse_utc(json_string(json_member(answer, "now")), &now) && now > 0;
    if (ok)
        *ms = (uint64_t)now;
    json_free(&answer);
    return ok;
}

/* Cuts the signer's lines into what a client takes. */
static void split_lines(struct outgoing *out)
{
    size_t count = 0;

    buf_append_u8(&out->lines, 0);
    for (char *at = out->lines.data, *end;
         at && (end = strstr(at, "\r\n")) && count < GATEWAY_HEADERS_MAX; at = end + 2) {
        *end = '\0';
        out->headers[count++] = at;
    }
    out->headers[count] = NULL;
}

static enum error sign(const struct gateway_verb *request, const struct trigger *trigger,
                       struct outgoing *out, struct why *why)
{
    struct gateway *gateway = NULL;
    char path[64];

    (void)snprintf(path, sizeof(path), "/hooks/%s", request->gateway->name);
    enum error error = gateway_new(request->gateway, &gateway, why);
    if (error == ERROR_NONE && request->gateway->public_key_count > 0)
        error = why_set(why, ERROR_PERMISSION,
                        "gateway %s signs by RSA, with a key that only the gateway holds: nobody "
                        "else can send its callbacks. Try a small payment, and look at what came "
                        "with: usher gateway test %s",
                        request->gateway->name, request->gateway->name);
    if (error == ERROR_NONE && check_wanted(request->gateway))
        error = why_set(why, ERROR_PERMISSION,
                        "gateway %s is asked about each payment, and it knows none that it did not "
                        "take: try a small payment there",
                        request->gateway->name);
    if (error == ERROR_NONE)
        error = trigger_body(request->gateway, trigger, &out->plain, why);
    if (error == ERROR_NONE)
        error = gateway_sign_body(gateway, buf_slice(&out->plain), 0, &out->body);
    if (error == ERROR_NONE)
        error = gateway_sign(gateway, SLICE("POST"), slice_from(path), buf_slice(&out->body),
                             slice_from(trigger->event_id), trigger->now_ms, 0, &out->lines);
    if (error == ERROR_NONE)
        error = cli_base_url(request->config, request->url, &out->url, why);
    buf_printf(&out->url, "%s", path);
    buf_append_u8(&out->url, 0);
    if (error == ERROR_NONE && (out->lines.failed || out->body.failed || out->url.failed))
        error = ERROR_TOO_LARGE;
    gateway_destroy(&gateway);
    if (error != ERROR_NONE && why->text[0] == '\0')
        why_set(why, error, "the callback cannot be made: %s", error_text(error));
    split_lines(out);
    return error;
}

static int print_answer(const struct gateway_verb *request, const struct trigger *trigger,
                        const struct outgoing *out, unsigned status, struct slice answer)
{
    int code = status / 100 == 2 ? CLI_DONE : CLI_FAILED;

    if (request->common.json) {
        cJSON *report = cJSON_CreateObject();
        cJSON_AddStringToObject(report, "gateway", request->gateway->name);
        cJSON_AddStringToObject(report, "event", trigger->event);
        cJSON_AddStringToObject(report, "event_id", trigger->event_id);
        cJSON_AddStringToObject(report, "payment_id", trigger->payment_id);
        cJSON_AddStringToObject(report, "url", out->url.data);
        json_add_text(report, "body", buf_slice(&out->body));
        cJSON_AddNumberToObject(report, "status", status);
        json_add_text(report, "answer", answer);
        int printed = cli_print_json(report);
        json_free(&report);
        return printed == CLI_DONE ? code : printed;
    }
    printf("%s of payment %s sent to %s\nanswer: %u %.*s\n", trigger->event, trigger->payment_id,
           out->url.data, status, SLICE_ARG(answer));
    return fflush(stdout) == 0 ? code : CLI_FAILED;
}
