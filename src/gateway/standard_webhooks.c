/* Kind standard_webhooks: the specification of github.com/standard-webhooks/standard-webhooks, with
 * the payment in data. */
#include "gateway/event.h"
#include "gateway/kind.h"
#include "base/clock.h"
#include "http/server.h"

static kind_translate_fn translate;

static const struct config_hmac profile = {
    .algorithm = SIGNING_HMAC_SHA256,
    .key = KEY_WHSEC,
    .signature_header = "webhook-signature",
    .format = SIGNATURE_LIST,
    .field = "v1",
    .encoding = ENCODING_BASE64,
    .timestamp_header = "webhook-timestamp",
    .timestamp_unit = TIME_UNIT_S,
    .signed_template = "{id}.{timestamp}.{body}",
    .event_id_header = "webhook-id",
};

const struct kind kind_standard_webhooks = {.profile = &profile, .translate = translate};

static const struct {
    const char *type;
    enum payment_kind kind;
} events[] = {
    {"payment.succeeded", PAYMENT_PAID},        {"payment.refunded", PAYMENT_REFUNDED},
    {"payment.disputed", PAYMENT_CHARGED_BACK}, {"payment.dispute_won", PAYMENT_REINSTATED},
    {"refund.failed", PAYMENT_REFUND_FAILED},
};

/* A refund is known by its event's id unless it names one of its own; a dispute by the id it names.
 */
static struct slice part_of(enum payment_kind kind, const cJSON *data, struct slice event_id)
{
    bool dispute = kind == PAYMENT_CHARGED_BACK || kind == PAYMENT_REINSTATED;
    struct slice id = json_string(json_member(data, dispute ? "dispute_id" : "refund_id"));
    return id.len == 0 && kind == PAYMENT_REFUNDED ? event_id : id;
}

static enum gateway_verdict translate(const struct config_gateway *config,
                                      const struct gateway_request *request, const cJSON *root,
                                      struct payment_event *event)
{
    struct slice type = json_string(json_member(root, "type"));
    const cJSON *data = json_member(root, "data");
    const cJSON *metadata = json_member(data, "metadata");
    const cJSON *order_id = json_member(data, "order_id");
    char scratch[JSON_NUMBER_TEXT_SIZE];
    bool repeated = false;
    size_t i = 0;

    (void)config;
    while (i < sizeof(events) / sizeof(events[0]) && !slice_is(type, events[i].type))
        i++;
    if (i == sizeof(events) / sizeof(events[0]))
        return event_unknown(type);
    event_set_member(event, json_member(metadata, "telegram_id"));
    event_set_plan(event, json_member(metadata, "plan"));
    event_set_order(event, order_id ? order_id : json_member(metadata, "order_id"));
    event_set_money(event, json_member(data, "amount"), json_member(data, "currency"));
    event_set_occurred_text(event, json_member(root, "timestamp"));
    struct slice event_id =
        http_header_find(request->headers, request->header_count, "webhook-id", &repeated);
    event_set_part(event, part_of(events[i].kind, data, event_id));
    return event_identify(event, events[i].kind,
                          event_text(json_member(data, "payment_id"), scratch), event_id);
}
