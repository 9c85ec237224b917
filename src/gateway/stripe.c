/* Kind stripe: Stripe's webhooks. docs.stripe.com: webhooks/signature (the header),
 * api/events/types (the types), currencies (how amounts are counted). */
#include "gateway/event.h"
#include "gateway/kind.h"

static kind_translate_fn translate;

static const struct config_hmac profile = {
    .algorithm = SIGNING_HMAC_SHA256,
    .key = KEY_UTF8, /* the whole secret, "whsec_" included */
    .signature_header = "stripe-signature",
    .format = SIGNATURE_KV,
    .field = "v1",
    .separator = ',',
    .encoding = ENCODING_HEX,
    .timestamp_field = "t",
    .timestamp_unit = TIME_UNIT_S,
    .signed_template = "{timestamp}.{body}",
};

const struct kind kind_stripe = {.profile = &profile, .translate = translate};

/* Where an object of data.object says what. */
struct object_shape {
    const char *ids[4]; /* the first that is there names the payment, the others are aliases */
    const char *amount;
    const char *order_id; /* or NULL */
    const char *part_id;  /* of the dispute, or NULL */
    bool total;           /* amount is all that was refunded so far */
};

/* A session that is no single payment (mode subscription) has no payment_intent of its own. */
static const struct object_shape session = {{"payment_intent", "invoice", "subscription", "id"},
                                            "amount_total",
                                            "client_reference_id",
                                            NULL,
                                            false};
static const struct object_shape charge = {
    {"payment_intent", "id", "invoice"}, "amount_refunded", NULL, NULL, true};
static const struct object_shape dispute = {
    {"payment_intent", "charge"}, "amount", NULL, "id", false};

/* What an object of this event means; 0: nothing for us. */
typedef enum payment_kind stripe_meaning(const cJSON *object);
static stripe_meaning session_completed, session_succeeded, charge_refunded, dispute_opened,
    dispute_closed, dispute_reversed;

/* Left out on purpose: refund.created and refund.updated repeat charge.refunded; payment_intent.*
 * repeats the session without its client_reference_id; invoice.paid (renewals) carries no metadata
 * for which a member and a plan are defined, and its first one repeats the session. */
static const struct {
    const char *type;
    stripe_meaning *meaning;
    const struct object_shape *shape;
} events[] = {
    {"checkout.session.completed", session_completed, &session},
    {"checkout.session.async_payment_succeeded", session_succeeded, &session},
    {"charge.refunded", charge_refunded, &charge},
    {"charge.dispute.created", dispute_opened, &dispute},
    {"charge.dispute.funds_withdrawn", dispute_opened, &dispute},
    {"charge.dispute.closed", dispute_closed, &dispute},
    {"charge.dispute.funds_reinstated", dispute_reversed, &dispute},
};

/* Where Stripe counts otherwise than two decimals. ISK and UGX have none of their own, but are
 * counted in hundredths for compatibility, and so are not among them. */
static const struct {
    const char *currency;
    int decimals;
} decimals[] = {
    {"BIF", 0}, {"CLP", 0}, {"DJF", 0}, {"GNF", 0}, {"JPY", 0}, {"KMF", 0}, {"KRW", 0},
    {"MGA", 0}, {"PYG", 0}, {"RWF", 0}, {"VND", 0}, {"VUV", 0}, {"XAF", 0}, {"XOF", 0},
    {"XPF", 0}, {"BHD", 3}, {"JOD", 3}, {"KWD", 3}, {"OMR", 3}, {"TND", 3},
};

static struct slice text_member(const cJSON *object, const char *name)
{
    return json_string(json_member(object, name));
}

static enum payment_kind session_completed(const cJSON *object)
{
    /* "unpaid": a delayed method, async_payment_succeeded follows; "no_payment_required": no money.
     */
    return slice_is(text_member(object, "payment_status"), "paid") ? PAYMENT_PAID : 0;
}

static enum payment_kind session_succeeded(const cJSON *object)
{
    (void)object;
    return PAYMENT_PAID;
}

static enum payment_kind charge_refunded(const cJSON *object)
{
    bool whole;
    int64_t amount, back;

    if (json_bool(json_member(object, "refunded"), &whole) && !whole)
        return PAYMENT_PARTLY_REFUNDED;
    if (json_i64(json_member(object, "amount"), &amount) &&
        json_i64(json_member(object, "amount_refunded"), &back) && back < amount)
        return PAYMENT_PARTLY_REFUNDED;
    return PAYMENT_REFUNDED;
}

static enum payment_kind dispute_opened(const cJSON *object)
{
    struct slice status = text_member(object, "status");

    /* An inquiry (warning_needs_response and so on) moves no money. */
    return status.len >= 8 && memcmp(status.data, "warning_", 8) == 0 ? 0 : PAYMENT_CHARGED_BACK;
}

static enum payment_kind dispute_closed(const cJSON *object)
{
    struct slice status = text_member(object, "status");

    if (slice_is(status, "won"))
        return PAYMENT_REINSTATED;
    return slice_is(status, "lost") ? PAYMENT_CHARGED_BACK : 0;
}

static enum payment_kind dispute_reversed(const cJSON *object)
{
    (void)object;
    return PAYMENT_REINSTATED;
}

/* Stripe names an object by its id or, when asked to expand it, by the object itself. */
static struct slice id_member(const cJSON *object, const char *name)
{
    const cJSON *item = name ? json_member(object, name) : NULL;
    return cJSON_IsObject(item) ? text_member(item, "id") : json_string(item);
}

static struct slice find_payment_id(const cJSON *object, const struct object_shape *shape)
{
    struct slice id = {NULL, 0};

    for (size_t i = 0; i < sizeof(shape->ids) / sizeof(shape->ids[0]) && id.len == 0; i++)
        id = id_member(object, shape->ids[i]);
    return id;
}

/* A subscription has many payments, so its id is none of one. */
static void add_aliases(struct payment_event *event, const cJSON *object,
                        const struct object_shape *shape)
{
    for (size_t i = 0; i < sizeof(shape->ids) / sizeof(shape->ids[0]); i++)
        if (shape->ids[i] && strcmp(shape->ids[i], "subscription") != 0)
            event_add_alias(event, id_member(object, shape->ids[i]));
}

static int count_decimals(struct slice currency)
{
    const char *code = currency.data ? currency_find(currency) : NULL;

    for (size_t i = 0; code && i < sizeof(decimals) / sizeof(decimals[0]); i++)
        if (strcmp(code, decimals[i].currency) == 0)
            return decimals[i].decimals;
    return 2;
}

static enum gateway_verdict translate(const struct config_gateway *config,
                                      const struct gateway_request *request, const cJSON *root,
                                      struct payment_event *event)
{
    struct slice type = text_member(root, "type");
    const cJSON *object = json_member(json_member(root, "data"), "object");
    size_t i = 0;

    (void)config;
    (void)request;
    while (i < sizeof(events) / sizeof(events[0]) && !slice_is(type, events[i].type))
        i++;
    if (i == sizeof(events) / sizeof(events[0]))
        return event_unknown(type);
    const struct object_shape *shape = events[i].shape;
    enum payment_kind kind = events[i].meaning(object);
    if (kind == 0)
        return GATEWAY_unused;

    const cJSON *metadata = json_member(object, "metadata");
    const cJSON *currency = json_member(object, "currency");
    event_set_member(event, json_member(metadata, "telegram_id"));
    event_set_plan(event, json_member(metadata, "plan"));
    if (shape->order_id)
        event_set_order(event, json_member(object, shape->order_id));
    event_set_minor(event, json_member(object, shape->amount), currency,
                    count_decimals(json_string(currency)));
    event_set_occurred_s(event, json_member(root, "created"));
    event_set_part(event, id_member(object, shape->part_id));
    event->total = shape->total;
    enum gateway_verdict verdict =
        event_identify(event, kind, find_payment_id(object, shape), text_member(root, "id"));
    if (verdict == GATEWAY_accepted)
        add_aliases(event, object, shape);
    return verdict;
}
