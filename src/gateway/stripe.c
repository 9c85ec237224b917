/* Kind stripe: Stripe's webhooks. docs.stripe.com: webhooks/signature (the header),
 * api/events/types (the types), currencies (how amounts are counted). */
#include "gateway/event.h"
#include "gateway/kind.h"
#include "gateway/stripe.h"

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

/* Fills in what only objects of this kind have. */
typedef void stripe_extra(const cJSON *object, struct payment_event *event);
static stripe_extra session_extra, invoice_extra, link_extra, subscription_extra;

/* Where an object of data.object says what. */
struct object_shape {
    const char *ids[4]; /* the first that is there names the payment, the others are aliases */
    const char *amount;
    const char *order_id; /* or NULL */
    const char *part_id;  /* of the refund or dispute, or NULL */
    bool total;           /* amount is all that was refunded so far */
    stripe_extra *extra;  /* or NULL */
};

/* A session of mode subscription has no payment_intent of its own; its invoice is the first
 * payment. */
static const struct object_shape session = {{"payment_intent", "invoice", "subscription", "id"},
                                            "amount_total",
                                            "client_reference_id",
                                            NULL,
                                            false,
                                            session_extra};
static const struct object_shape charge = {
    {"payment_intent", "id", "invoice"}, "amount_refunded", NULL, NULL, true, NULL};
static const struct object_shape dispute = {
    {"payment_intent", "charge"}, "amount", NULL, "id", false, NULL};
static const struct object_shape refund = {
    {"payment_intent", "charge"}, "amount", NULL, "id", false, NULL};
static const struct object_shape invoice = {
    {"id", "payment_intent", "charge"}, "amount_paid", NULL, NULL, false, invoice_extra};
/* Which invoice and which intent are one payment; newer objects do not say it themselves. */
static const struct object_shape invoice_payment = {{"invoice"}, "amount_paid", NULL,
                                                    NULL,        false,         link_extra};

static const struct object_shape changed = {{"id"}, NULL, NULL, NULL, false, subscription_extra};

/* kind 0: nothing for us. event_id may be absent. created: Unix seconds. */
static enum gateway_verdict read_object(const cJSON *object, enum payment_kind kind,
                                        const struct object_shape *shape, struct slice event_id,
                                        const cJSON *created, struct payment_event *event);

/* What an object of this event means; 0: nothing for us. */
typedef enum payment_kind stripe_meaning(const cJSON *object);
static stripe_meaning session_completed, session_succeeded, charge_refunded, dispute_opened,
    dispute_closed, dispute_reversed, invoice_paid, invoice_linked, refund_updated,
    subscription_changed;

/* How many of them say of what is on a list of payments that it is paid: the first. */
enum { EVENTS_OF_PAYMENTS = 3 };

/* Left out on purpose: refund.created repeats charge.refunded; payment_intent.* repeats the session
 * without its client_reference_id. */
static const struct {
    const char *type;
    stripe_meaning *meaning;
    const struct object_shape *shape;
} events[] = {
    {"checkout.session.completed", session_completed, &session},
    {"checkout.session.async_payment_succeeded", session_succeeded, &session},
    {"invoice.paid", invoice_paid, &invoice},
    {"invoice_payment.paid", invoice_linked, &invoice_payment},
    {"customer.subscription.updated", subscription_changed, &changed},
    {"customer.subscription.deleted", subscription_changed, &changed},
    {"charge.refunded", charge_refunded, &charge},
    {"refund.failed", refund_updated, &refund},
    {"refund.updated", refund_updated, &refund},
    {"charge.refund.updated", refund_updated, &refund},
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
    struct slice status = text_member(object, "payment_status");

    if (slice_is(text_member(object, "mode"), "setup"))
        return 0; /* a payment method is kept for later, nothing is bought */
    /* "unpaid": a delayed method, async_payment_succeeded follows. "no_payment_required": of 0. */
    return slice_is(status, "paid") || slice_is(status, "no_payment_required") ? PAYMENT_PAID : 0;
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

/* One of 0, such as a trial's, is no payment. */
static enum payment_kind invoice_paid(const cJSON *object)
{
    bool paid = false;
    int64_t amount = 0;
    bool settled = slice_is(text_member(object, "status"), "paid") ||
                   (json_bool(json_member(object, "paid"), &paid) && paid);

    return settled && json_i64(json_member(object, "amount_paid"), &amount) && amount > 0
               ? PAYMENT_PAID
               : 0;
}

static enum payment_kind invoice_linked(const cJSON *object)
{
    return json_member(json_member(object, "payment"), "payment_intent") ? PAYMENT_JOINED : 0;
}

static enum payment_kind refund_updated(const cJSON *object)
{
    struct slice status = text_member(object, "status");

    return slice_is(status, "failed") || slice_is(status, "canceled") ? PAYMENT_REFUND_FAILED : 0;
}

/* How a subscription stands, by its status. One whose first payment is not made yet is none. */
static const struct {
    const char *status;
    enum subscription_state state;
} standings[] = {
    {"active", SUBSCRIPTION_ACTIVE},     {"trialing", SUBSCRIPTION_ACTIVE},
    {"past_due", SUBSCRIPTION_PAST_DUE}, {"unpaid", SUBSCRIPTION_ENDED},
    {"canceled", SUBSCRIPTION_ENDED},    {"paused", SUBSCRIPTION_ENDED},
};

static bool standing_of(const cJSON *object, enum subscription_state *out)
{
    struct slice status = text_member(object, "status");
    bool ends = false;
    int64_t at;

    for (size_t i = 0; i < sizeof(standings) / sizeof(standings[0]); i++) {
        if (!slice_is(status, standings[i].status))
            continue;
        *out = standings[i].state;
        (void)json_bool(json_member(object, "cancel_at_period_end"), &ends);
        if (*out == SUBSCRIPTION_ACTIVE &&
            (ends || json_i64(json_member(object, "cancel_at"), &at)))
            *out = SUBSCRIPTION_CANCELLING;
        return true;
    }
    return false;
}

static enum payment_kind subscription_changed(const cJSON *object)
{
    enum subscription_state state;

    return standing_of(object, &state) ? PAYMENT_SUBSCRIPTION : 0;
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

static void add_aliases(struct payment_event *event, const cJSON *object,
                        const struct object_shape *shape)
{
    for (size_t i = 0; i < sizeof(shape->ids) / sizeof(shape->ids[0]); i++)
        if (shape->ids[i])
            event_add_alias(event, id_member(object, shape->ids[i]));
}

static void session_extra(const cJSON *object, struct payment_event *event)
{
    event_set_subscription(event, id_member(object, "subscription"));
    event_set_customer(event, id_member(object, "customer"));
}

/* Until when it is paid stood at the subscription, and stands at its items since 2025-03-31. */
static void subscription_extra(const cJSON *object, struct payment_event *event)
{
    enum subscription_state state;
    const cJSON *item;

    if (standing_of(object, &state))
        event->subscription_state = 1 + (unsigned)state;
    event_set_subscription(event, text_member(object, "id"));
    event_set_customer(event, id_member(object, "customer"));
    event_set_until_s(event, json_member(object, "current_period_end"));
    cJSON_ArrayForEach(item, json_pointer(object, "/items/data"))
    {
        event_set_until_s(event, json_member(item, "current_period_end"));
    }
}

/* Two shapes: since 2025-03-31 what is about the subscription stands under parent, and payments
 * under payments. The metadata of the subscription names the member, as that of the session did. */
static void invoice_extra(const cJSON *object, struct payment_event *event)
{
    const cJSON *details = json_pointer(object, "/parent/subscription_details");
    const cJSON *payments = json_pointer(object, "/payments/data");
    const cJSON *payment, *line;
    if (!details)
        details = json_member(object, "subscription_details");
    const cJSON *metadata = json_member(details, "metadata");
    struct slice subscription = id_member(details, "subscription");
    if (subscription.len == 0)
        subscription = id_member(object, "subscription");

    if (event->telegram_id == 0)
        event_set_member(event, json_member(metadata, "telegram_id"));
    if (event->plan[0] == '\0')
        event_set_plan(event, json_member(metadata, "plan"));
    event_set_subscription(event, subscription);
    event_set_customer(event, id_member(object, "customer"));
    cJSON_ArrayForEach(line, json_pointer(object, "/lines/data"))
    {
        event_set_until_s(event, json_pointer(line, "/period/end"));
    }
    /* The first one is what the session says was paid, which may know it by the subscription only;
     * and it is for the order. */
    if (slice_is(text_member(object, "billing_reason"), "subscription_create")) {
        event_add_alias(event, subscription);
        event_set_order(event, json_member(metadata, "order"));
    }
    cJSON_ArrayForEach(payment, payments)
    {
        event_add_alias(event, id_member(json_member(payment, "payment"), "payment_intent"));
        event_add_alias(event, id_member(json_member(payment, "payment"), "charge"));
    }
}

static void link_extra(const cJSON *object, struct payment_event *event)
{
    event_add_alias(event, id_member(json_member(object, "payment"), "payment_intent"));
    event_add_alias(event, id_member(json_member(object, "payment"), "charge"));
}

static int count_decimals(struct slice currency)
{
    const char *code = currency.data ? currency_find(currency) : NULL;

    for (size_t i = 0; code && i < sizeof(decimals) / sizeof(decimals[0]); i++)
        if (strcmp(code, decimals[i].currency) == 0)
            return decimals[i].decimals;
    return 2;
}

bool stripe_units(int64_t minor, struct slice currency, int64_t *out)
{
    const char *code = currency_find(currency);
    if (code == NULL || minor < 0)
        return false;
    int ours = currency_decimals(code);
    *out = minor;
    for (int theirs = count_decimals(currency); ours > theirs; ours--) {
        if (*out % 10 != 0)
            return false;
        *out /= 10;
    }
    for (int theirs = count_decimals(currency); ours < theirs; ours++) {
        if (*out > INT64_MAX / 10)
            return false;
        *out *= 10;
    }
    return true;
}

static enum gateway_verdict translate(const struct config_gateway *config,
                                      const struct gateway_request *request, const cJSON *root,
                                      struct payment_event *event)
{
    (void)config;
    (void)request;
    return stripe_read_event(root, event);
}

const char *stripe_event_type(size_t i)
{
    i += EVENTS_OF_PAYMENTS;
    return i < sizeof(events) / sizeof(events[0]) ? events[i].type : NULL;
}

enum gateway_verdict stripe_read_event(const cJSON *root, struct payment_event *event)
{
    struct slice type = text_member(root, "type");
    const cJSON *object = json_member(json_member(root, "data"), "object");
    size_t i = 0;

    while (i < sizeof(events) / sizeof(events[0]) && !slice_is(type, events[i].type))
        i++;
    if (i == sizeof(events) / sizeof(events[0]))
        return event_unknown(type);
    return read_object(object, events[i].meaning(object), events[i].shape, text_member(root, "id"),
                       json_member(root, "created"), event);
}

enum gateway_verdict stripe_read_session(const cJSON *object, struct payment_event *event)
{
    return read_object(object, session_completed(object), &session, slice_of(NULL, 0),
                       json_member(object, "created"), event);
}

enum gateway_verdict stripe_read_invoice(const cJSON *object, struct payment_event *event)
{
    const cJSON *paid = json_pointer(object, "/status_transitions/paid_at");
    return read_object(object, invoice_paid(object), &invoice, slice_of(NULL, 0),
                       paid ? paid : json_member(object, "created"), event);
}

static enum gateway_verdict read_object(const cJSON *object, enum payment_kind kind,
                                        const struct object_shape *shape, struct slice event_id,
                                        const cJSON *created, struct payment_event *event)
{
    if (kind == 0)
        return GATEWAY_unused;
    const cJSON *metadata = json_member(object, "metadata");
    const cJSON *currency = json_member(object, "currency");
    event_set_member(event, json_member(metadata, "telegram_id"));
    event_set_plan(event, json_member(metadata, "plan"));
    if (shape->order_id)
        event_set_order(event, json_member(object, shape->order_id));
    if (shape->amount)
        event_set_minor(event, json_member(object, shape->amount), currency,
                        count_decimals(json_string(currency)));
    event_set_occurred_s(event, created);
    event_set_part(event, id_member(object, shape->part_id));
    event->total = shape->total;
    enum gateway_verdict verdict =
        event_identify(event, kind, find_payment_id(object, shape), event_id);
    if (verdict != GATEWAY_accepted)
        return verdict;
    add_aliases(event, object, shape);
    if (shape->extra)
        shape->extra(object, event);
    return verdict;
}
