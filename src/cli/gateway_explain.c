#include "base/clock.h"
#include "base/encoding.h"
#include "cli/gateway.h"
#include "http/server.h"
#include "ledger/records.h"

#include <stdio.h>

enum { TEXT_BYTES_MAX = 1024 };

enum step_result { STEP_OK, STEP_FAILED, STEP_SKIPPED };

static const char *const outcomes[] = {"ok", "failed", "skipped"};

struct explanation {
    const struct explain_request *asked;
    struct gateway_trace trace;
    struct payment_event event;
    enum gateway_verdict verdict;
    cJSON *steps;
};

static void tell(struct explanation *it, const char *name, enum step_result outcome,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));
static void tell_request(struct explanation *it);
static void tell_signature(struct explanation *it);
static void tell_key(struct explanation *it);
static void tell_time(struct explanation *it);
static void tell_proof(struct explanation *it);
static void tell_meaning(struct explanation *it);
static void tell_plan(struct explanation *it);
static void tell_line_end(struct explanation *it, struct gateway *gateway);
static cJSON *event_of(const struct payment_event *event);

cJSON *explain_callback(const struct explain_request *asked, struct gateway *gateway)
{
    struct explanation it = {.asked = asked};
    cJSON *report = cJSON_CreateObject();

    json_build();
    it.verdict = gateway_explain(gateway, &asked->request, &it.event, &it.trace);
    unsigned status = gateway_verdict_status(it.verdict);
    bool good = status == 200;
    cJSON_AddStringToObject(report, "gateway", asked->gateway->name);
    cJSON_AddStringToObject(report, "kind", gateway_kind_name(asked->gateway->kind));
    cJSON_AddBoolToObject(report, "accepted", good);
    cJSON_AddStringToObject(report, "verdict", gateway_verdict_name(it.verdict));
    cJSON_AddNumberToObject(report, "status", status);
    cJSON_AddStringToObject(report, "answer",
                            good ? gateway_ack(gateway) : gateway_verdict_name(it.verdict));
    if (gateway_verdict_remedy(it.verdict)[0] != '\0')
        cJSON_AddStringToObject(report, "remedy", gateway_verdict_remedy(it.verdict));
    it.steps = cJSON_AddArrayToObject(report, "steps");
    tell_request(&it);
    if (it.trace.unproved) {
        tell(&it, "signature", STEP_SKIPPED, "nothing that usher could prove by itself");
    } else {
        tell_signature(&it);
        tell_key(&it);
        tell_proof(&it);
        tell_time(&it);
    }
    tell_meaning(&it);
    tell_plan(&it);
    tell_line_end(&it, gateway);
    if (it.verdict == GATEWAY_accepted)
        cJSON_AddItemToObject(report, "event", event_of(&it.event));
    if (!json_complete())
        json_free(&report);
    return report;
}

void explain_print(const cJSON *report, struct buf *out)
{
    const cJSON *step;
    int64_t status = 0;

    buf_printf(out, "gateway %s, kind %s\n", json_string(json_member(report, "gateway")).data,
               json_string(json_member(report, "kind")).data);
    cJSON_ArrayForEach(step, json_member(report, "steps"))
    {
        struct slice result = json_string(json_member(step, "result"));
        buf_printf(out, "  %-3s %-10s %s\n",
                   slice_is(result, "ok")       ? "ok"
                   : slice_is(result, "failed") ? "NO"
                                                : "-",
                   json_string(json_member(step, "step")).data,
                   json_string(json_member(step, "text")).data);
    }
    (void)json_i64(json_member(report, "status"), &status);
    buf_printf(out, "%s: usher answers %lld \"%s\"\n",
               json_string(json_member(report, "verdict")).data, (long long)status,
               json_string(json_member(report, "answer")).data);
    struct slice remedy = json_string(json_member(report, "remedy"));
    if (remedy.len > 0)
        buf_printf(out, "what to do: %.*s\n", SLICE_ARG(remedy));
}

static void tell(struct explanation *it, const char *name, enum step_result outcome,
                 const char *format, ...)
{
    char text[TEXT_BYTES_MAX];
    cJSON *step = cJSON_CreateObject();
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    cJSON_AddStringToObject(step, "step", name);
    cJSON_AddStringToObject(step, "result", outcomes[outcome]);
    json_add_text(step, "text", slice_from(text));
    cJSON_AddItemToArray(it->steps, step);
}

static void tell_request(struct explanation *it)
{
    const struct gateway_request *request = &it->asked->request;
    bool form = config_gateway_takes_form(it->asked->gateway);
    bool method = form || slice_is(request->method, "POST");

    tell(it, "request", method ? STEP_OK : STEP_FAILED,
         "%.*s %.*s, headers: %zu, body: %zu bytes%s", SLICE_ARG(request->method),
         SLICE_ARG(request->path), request->header_count, request->body.len,
         method ? "" : "; this gateway's callbacks are POSTs, others are answered 405");
}

static void tell_signature(struct explanation *it)
{
    const struct gateway_trace *trace = &it->trace;
    const char *place = trace->signature_in_body ? "the body's member" : "the header";
    bool repeated = false;

    if (!trace->signature_in_body)
        (void)http_header_find(it->asked->request.headers, it->asked->request.header_count,
                               trace->signature_place, &repeated);
    if (repeated)
        tell(it, "signature", STEP_FAILED, "%s %s is there more than once", place,
             trace->signature_place);
    else if (it->verdict == GATEWAY_signature_missing && trace->signature_count == 0)
        tell(it, "signature", STEP_FAILED, "%s %s is not there, or has no signature in it", place,
             trace->signature_place);
    else if (trace->signature_count == 0)
        tell(it, "signature", STEP_FAILED, "%s %s is not of the form that this gateway's have",
             place, trace->signature_place);
    else
        tell(it, "signature", STEP_OK, "%zu in %s %s", trace->signature_count, place,
             trace->signature_place);
}

/* Only of gateways that say which of their keys signed. */
static void tell_key(struct explanation *it)
{
    const struct gateway_trace *trace = &it->trace;

    if (!trace->key_id_place)
        return;
    if (!trace->key_id.data)
        tell(it, "key", trace->signature_count > 0 ? STEP_FAILED : STEP_SKIPPED,
             "no header %s, which says which key signed", trace->key_id_place);
    else
        tell(it, "key", it->verdict == GATEWAY_key_unknown ? STEP_FAILED : STEP_OK, "%s: %.*s%s",
             trace->key_id_place, SLICE_ARG(trace->key_id),
             it->verdict == GATEWAY_key_unknown ? " is none of public_keys" : "");
}

static void tell_proof(struct explanation *it)
{
    const struct gateway_trace *trace = &it->trace;
    bool rsa = it->asked->gateway->public_key_count > 0;
    char hex[2 * sizeof(trace->signed_sha256) + 1];
    const char *which = rsa ? "public key" : "secret";
    size_t count = rsa ? it->asked->gateway->public_key_count : it->asked->gateway->secret_count;

    if (!trace->signed_known) {
        tell(it, "signed", STEP_SKIPPED, "what was signed cannot be told");
        return;
    }
    hex_encode(trace->signed_sha256, sizeof(trace->signed_sha256), hex, sizeof(hex));
    tell(it, "signed", STEP_OK, "%zu bytes, SHA-256 %s", trace->signed_len, hex);
    if (trace->proved)
        tell(it, "proof", STEP_OK, "right, by %s number %zu of %zu", which, trace->key_index + 1,
             count);
    else if (it->verdict == GATEWAY_signature_malformed)
        tell(it, "proof", STEP_FAILED, "no signature decodes to the length that one has");
    else if (it->verdict != GATEWAY_key_unknown)
        tell(it, "proof", STEP_FAILED, "no signature fits these bytes with any %s (%zu tried)",
             which, count);
}

static void tell_time(struct explanation *it)
{
    const struct gateway_trace *trace = &it->trace;
    uint64_t now_ms = it->asked->request.now_ms;
    char sent[32], at[32];

    if (!trace->timestamp_place || trace->signature_count == 0)
        return;
    if (trace->timestamp.len == 0 || (trace->stamped_ms == 0 && trace->tolerance_ms > 0)) {
        tell(it, "time", STEP_FAILED, "%s: \"%.*s\" is no time", trace->timestamp_place,
             (int)(trace->timestamp.len < 64 ? trace->timestamp.len : 64),
             trace->timestamp.data ? trace->timestamp.data : "");
        return;
    }
    if (trace->tolerance_ms == 0) {
        tell(it, "time", STEP_OK, "%s is signed, and not looked at", trace->timestamp_place);
        return;
    }
    bool past = now_ms >= trace->stamped_ms;
    uint64_t apart_ms = past ? now_ms - trace->stamped_ms : trace->stamped_ms - now_ms;
    bool late = it->verdict == GATEWAY_timestamp_stale || it->verdict == GATEWAY_timestamp_ahead;
    clock_format_utc((int64_t)trace->stamped_ms, sent, sizeof(sent));
    clock_format_utc((int64_t)now_ms, at, sizeof(at));
    tell(it, "time",
         !trace->proved ? STEP_SKIPPED
         : late         ? STEP_FAILED
                        : STEP_OK,
         "signed %s, judged at %s: %llu s %s, of %llu s that are allowed", sent, at,
         (unsigned long long)(apart_ms / 1000), past ? "later" : "earlier",
         (unsigned long long)(trace->tolerance_ms / 1000));
}

static void tell_meaning(struct explanation *it)
{
    const struct payment_event *event = &it->event;
    char money[64] = "no amount";

    if (it->verdict == GATEWAY_unchecked) {
        tell(it, "meaning", STEP_OK,
             "news of a payment: the gateway is asked what it knows of it, and that counts");
        return;
    }
    if ((!it->trace.proved && !it->trace.unproved) || it->verdict == GATEWAY_timestamp_stale ||
        it->verdict == GATEWAY_timestamp_ahead) {
        tell(it, "meaning", STEP_SKIPPED, "nothing is read that is not proved");
        return;
    }
    if (it->verdict == GATEWAY_unused) {
        tell(it, "meaning", STEP_OK,
             "genuine, of a kind that usher has no use for: counted, and nothing changes");
        return;
    }
    if (it->verdict != GATEWAY_accepted) {
        tell(it, "meaning", STEP_FAILED, "%s", gateway_verdict_name(it->verdict));
        return;
    }
    if (event->amount >= 0) {
        money_format(event->amount, event->currency, money,
                     sizeof(money) - sizeof(event->currency));
        size_t len = strlen(money);
        (void)snprintf(money + len, sizeof(money) - len, " %s", event->currency);
    }
    tell(it, "meaning", STEP_OK,
         "%s: payment %s, event %s, %s%s; member %lld, plan \"%s\", order \"%s\"%s%s",
         payment_kind_name(event->kind), event->payment_id, event->event_id, money,
         event->total && event->kind != PAYMENT_PAID ? " in all" : "",
         (long long)event->telegram_id, event->plan, event->order_id,
         event->part_id[0] != '\0' ? ", part " : "", event->part_id);
}

/* Whether this configuration alone could grant it: orders are in the state, and not looked at. */
static void tell_plan(struct explanation *it)
{
    const struct payment_event *event = &it->event;

    if (it->verdict != GATEWAY_accepted || event->kind != PAYMENT_PAID)
        return;
    if (event->order_id[0] != '\0') {
        tell(it, "grant", STEP_SKIPPED, "by order %s, if usher issued it: usher order show %s",
             event->order_id, event->order_id);
        return;
    }
    const struct config_plan *plan = config_plan_find(it->asked->config, slice_from(event->plan));
    if (event->telegram_id == 0 || plan == NULL) {
        tell(it, "grant", STEP_FAILED,
             "it names %s: recorded, and waits for an operator (usher payment settle)",
             event->telegram_id == 0 ? "no member" : "no plan of this configuration");
        return;
    }
    bool known = false;
    for (size_t i = 0; i < plan->price_count && !known; i++)
        known = plan->prices[i].amount == event->amount &&
                strcmp(plan->prices[i].currency, event->currency) == 0;
    tell(it, "grant", known ? STEP_OK : STEP_FAILED,
         known
             ? "the plan %s has this price"
             : "the plan %s has no such price: recorded, and waits for an operator (usher payment "
               "settle)",
         plan->name);
}

/* Editors and shells end a file with a line break that was never sent. */
static void tell_line_end(struct explanation *it, struct gateway *gateway)
{
    struct gateway_request request = it->asked->request;
    struct payment_event event;

    if (it->verdict != GATEWAY_signature_wrong || request.body.len == 0 ||
        request.body.data[request.body.len - 1] != '\n')
        return;
    request.body.len--;
    if (gateway_judge(gateway, &request, &event) != GATEWAY_signature_wrong)
        tell(it, "hint", STEP_FAILED,
             "without the line break at its end the body is what was signed: cut it off");
}

static cJSON *event_of(const struct payment_event *event)
{
    cJSON *object = cJSON_CreateObject();
    char money[32];

    cJSON_AddStringToObject(object, "kind", payment_kind_name(event->kind));
    cJSON_AddStringToObject(object, "event_id", event->event_id);
    cJSON_AddStringToObject(object, "payment_id", event->payment_id);
    if (event->telegram_id > 0)
        cJSON_AddNumberToObject(object, "telegram_id", (double)event->telegram_id);
    if (event->plan[0] != '\0')
        cJSON_AddStringToObject(object, "plan", event->plan);
    if (event->order_id[0] != '\0')
        cJSON_AddStringToObject(object, "order_id", event->order_id);
    if (event->amount >= 0) {
        money_format(event->amount, event->currency, money, sizeof(money));
        cJSON_AddStringToObject(object, "amount", money);
    }
    if (event->currency[0] != '\0')
        cJSON_AddStringToObject(object, "currency", event->currency);
    if (event->part_id[0] != '\0')
        cJSON_AddStringToObject(object, "part_id", event->part_id);
    if (event->aliases[0] != '\0')
        cJSON_AddStringToObject(object, "aliases", event->aliases);
    if (event->subscription[0] != '\0')
        cJSON_AddStringToObject(object, "subscription", event->subscription);
    json_add_time(object, "until", event->until_ms);
    json_add_time(object, "occurred", event->occurred_ms);
    return object;
}
