/* Kind paypal: events of PayPal's (developer.paypal.com/api/rest/webhooks/event-names). They are
 * signed by a certificate that each names itself: check_paypal.c has PayPal say whether it sent
 * them. A payment is known by its capture, of which the order is an alias; a subscription's by its
 * sale. */
#include "gateway/paypal.h"

#include "gateway/event.h"
#include "gateway/kind.h"

#include <stdio.h>

static kind_translate_fn translate;

const struct kind kind_paypal = {.unproved = true, .translate = translate};

/* What a resource of this event says: GATEWAY_accepted, GATEWAY_unused, or why it cannot be read.
 */
typedef enum gateway_verdict paypal_reader(const cJSON *resource, struct slice event_id,
                                           struct payment_event *event);
static paypal_reader approved, captured, capture_went_back, sold, sale_went_back, disputed,
    dispute_ended;

/* Left out on purpose: CHECKOUT.ORDER.COMPLETED repeats the capture; a capture that is pending or
 * denied has moved no money; BILLING.SUBSCRIPTION.* tells no payments. */
static const struct {
    const char *type;
    paypal_reader *read;
} events[] = {
    {"CHECKOUT.ORDER.APPROVED", approved},
    {"PAYMENT.CAPTURE.COMPLETED", captured},
    {"PAYMENT.CAPTURE.REFUNDED", capture_went_back},
    {"PAYMENT.CAPTURE.REVERSED", capture_went_back},
    {"PAYMENT.SALE.COMPLETED", sold},
    {"PAYMENT.SALE.REFUNDED", sale_went_back},
    {"PAYMENT.SALE.REVERSED", sale_went_back},
    {"CUSTOMER.DISPUTE.CREATED", disputed},
    {"CUSTOMER.DISPUTE.RESOLVED", dispute_ended},
};

static enum gateway_verdict refunded(struct slice id, struct slice payment_id, const cJSON *value,
                                     const cJSON *currency, struct payment_event *event);
static paypal_reader transferred, returned;
static bool names_usher(const struct payment_event *event);
static void set_occurred(struct payment_event *event, const cJSON *time);
static enum gateway_verdict dispute(const cJSON *resource, enum payment_kind kind,
                                    struct slice event_id, struct payment_event *event);
static void set_custom(struct payment_event *event, const cJSON *custom);
static struct slice text_at(const cJSON *item, const char *pointer);
static struct slice last_of_path(struct slice address);

bool paypal_amount(int64_t minor, struct slice currency, char out[PAYPAL_AMOUNT_SIZE])
{
    static const char *const whole[] = {"HUF", "JPY", "TWD"};
    const char *code = currency_find(currency);
    if (code == NULL || minor <= 0)
        return false;
    money_format(minor, code, out, PAYPAL_AMOUNT_SIZE);
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        char *point = strchr(out, '.');
        if (strcmp(code, whole[i]) != 0 || point == NULL)
            continue;
        if (strspn(point + 1, "0") != strlen(point + 1))
            return false;
        *point = '\0';
    }
    return true;
}

enum gateway_verdict paypal_read_order(const cJSON *order, struct payment_event *event)
{
    const cJSON *unit = json_pointer(order, "/purchase_units/0");
    const cJSON *capture;
    cJSON_ArrayForEach(capture, json_pointer(unit, "/payments/captures"))
    {
        struct slice status = text_at(capture, "/status");
        if (!slice_is(status, "COMPLETED") && !slice_is(status, "PARTIALLY_REFUNDED"))
            continue;
        event_set_occurred_text(event, json_member(capture, "create_time"));
        enum gateway_verdict verdict = captured(capture, slice_of(NULL, 0), event);
        if (event->order_id[0] == '\0' && event->telegram_id == 0)
            set_custom(event, json_member(unit, "custom_id"));
        if (verdict == GATEWAY_accepted)
            event_add_alias(event, text_at(order, "/id"));
        return verdict;
    }
    return slice_is(text_at(order, "/status"), "APPROVED")
               ? approved(order, slice_of(NULL, 0), event)
               : GATEWAY_unused;
}

/* developer.paypal.com/reports/reference/t-codes. Left out on purpose: T1201 and T1202, of which
 * the dispute's own id is not told, and what no shop is paid by. */
static const struct {
    const char *code;
    paypal_reader *read;
} transactions[] = {
    {"T0002", transferred}, /* of a subscription */
    {"T0003", transferred}, /* agreed to before */
    {"T0005", transferred}, /* by card */
    {"T0006", transferred}, /* an order's */
    {"T0007", transferred}, /* by a button */
    {"T1106", returned},    /* by PayPal */
    {"T1107", returned},    /* by its merchant */
};

enum gateway_verdict paypal_read_transaction(const cJSON *row, struct payment_event *event)
{
    const cJSON *info = json_member(row, "transaction_info");
    struct slice code = text_at(info, "/transaction_event_code");
    if (!slice_is(text_at(info, "/transaction_status"), "S"))
        return GATEWAY_unused;
    for (size_t i = 0; i < sizeof transactions / sizeof *transactions; i++)
        if (slice_is(code, transactions[i].code)) {
            set_occurred(event, json_member(info, "transaction_initiation_date"));
            return transactions[i].read(info, slice_of(NULL, 0), event);
        }
    return GATEWAY_unused;
}

/* What came has no sign; what this account paid itself has one. */
static enum gateway_verdict transferred(const cJSON *info, struct slice event_id,
                                        struct payment_event *event)
{
    const cJSON *amount = json_member(info, "transaction_amount");
    struct slice reference = text_at(info, "/paypal_reference_id");
    struct slice type = text_at(info, "/paypal_reference_id_type");
    event_set_money(event, json_member(amount, "value"), json_member(amount, "currency_code"));
    set_custom(event, json_member(info, "custom_field"));
    if (slice_is(type, "SUB"))
        event_set_subscription(event, reference);
    if (event->amount <= 0 || !names_usher(event))
        return GATEWAY_unused;
    enum gateway_verdict verdict =
        event_identify(event, PAYMENT_PAID, text_at(info, "/transaction_id"), event_id);
    if (verdict == GATEWAY_accepted && slice_is(type, "ODR"))
        event_add_alias(event, reference);
    return verdict;
}

/* It is told as a part, which the sum makes the whole: so that of another shop's payment, which
 * usher does not know, nobody has to look at a refund. Its id is that of the event. */
static enum gateway_verdict returned(const cJSON *info, struct slice event_id,
                                     struct payment_event *event)
{
    const cJSON *amount = json_member(info, "transaction_amount");
    (void)event_id;
    if (!slice_is(text_at(info, "/paypal_reference_id_type"), "TXN"))
        return GATEWAY_unused;
    enum gateway_verdict verdict =
        refunded(text_at(info, "/transaction_id"), text_at(info, "/paypal_reference_id"),
                 json_member(amount, "value"), json_member(amount, "currency_code"), event);
    event->kind = PAYMENT_PARTLY_REFUNDED;
    return verdict;
}

static bool names_usher(const struct payment_event *event)
{
    static const char order[] = "ord_";
    return event->telegram_id > 0 || event->subscription[0] != '\0' ||
           strncmp(event->order_id, order, sizeof order - 1) == 0;
}

/* RFC 3339 but for its offset, which is "+0000". */
static void set_occurred(struct payment_event *event, const cJSON *time)
{
    char text[40];
    struct slice said = json_string(time);
    event_set_occurred_text(event, time);
    if (event->occurred_ms != 0 || said.len < 6 || said.len > sizeof text - 2)
        return;
    size_t cut = said.len - 2;
    (void)snprintf(text, sizeof text, "%.*s:%.*s", (int)cut, said.data, 2, said.data + cut);
    const cJSON mended = {.type = cJSON_String, .valuestring = text};
    event_set_occurred_text(event, &mended);
}

static enum gateway_verdict translate(const struct config_gateway *config,
                                      const struct gateway_request *request, const cJSON *root,
                                      struct payment_event *event)
{
    struct slice type = json_string(json_member(root, "event_type"));
    (void)config;
    (void)request;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (!slice_is(type, events[i].type))
            continue;
        event_set_occurred_text(event, json_member(root, "create_time"));
        return events[i].read(json_member(root, "resource"), json_string(json_member(root, "id")),
                              event);
    }
    return event_unknown(type);
}

/* The payer has agreed, and nothing is paid before it is captured; one that is only authorised is
 * its merchant's to capture. */
static enum gateway_verdict approved(const cJSON *resource, struct slice event_id,
                                     struct payment_event *event)
{
    const cJSON *unit = json_pointer(resource, "/purchase_units/0");
    const cJSON *amount = json_member(unit, "amount");
    if (slice_is(text_at(resource, "/intent"), "AUTHORIZE"))
        return GATEWAY_unused;
    event_set_money(event, json_member(amount, "value"), json_member(amount, "currency_code"));
    set_custom(event, json_member(unit, "custom_id"));
    return event_identify(event, PAYMENT_APPROVED, text_at(resource, "/id"), event_id);
}

static enum gateway_verdict captured(const cJSON *resource, struct slice event_id,
                                     struct payment_event *event)
{
    const cJSON *amount = json_member(resource, "amount");
    event_set_money(event, json_member(amount, "value"), json_member(amount, "currency_code"));
    set_custom(event, json_member(resource, "custom_id"));
    enum gateway_verdict verdict =
        event_identify(event, PAYMENT_PAID, text_at(resource, "/id"), event_id);
    if (verdict == GATEWAY_accepted)
        event_add_alias(event, text_at(resource, "/supplementary_data/related_ids/order_id"));
    return verdict;
}

/* A refund, which leads up to its capture. */
static enum gateway_verdict capture_went_back(const cJSON *resource, struct slice event_id,
                                              struct payment_event *event)
{
    struct slice capture = text_at(resource, "/supplementary_data/related_ids/capture_id");
    const cJSON *link;
    (void)event_id;
    cJSON_ArrayForEach(link, json_member(resource, "links"))
    {
        if (capture.len == 0 && slice_is(json_string(json_member(link, "rel")), "up"))
            capture = last_of_path(json_string(json_member(link, "href")));
    }
    const cJSON *amount = json_member(resource, "amount");
    return refunded(text_at(resource, "/id"), capture, json_member(amount, "value"),
                    json_member(amount, "currency_code"), event);
}

/* A subscription's payment; its id is the agreement's. */
static enum gateway_verdict sold(const cJSON *resource, struct slice event_id,
                                 struct payment_event *event)
{
    const cJSON *amount = json_member(resource, "amount");
    const cJSON *custom = json_member(resource, "custom");
    event_set_money(event, json_member(amount, "total"), json_member(amount, "currency"));
    set_custom(event, custom != NULL ? custom : json_member(resource, "custom_id"));
    event_set_subscription(event, text_at(resource, "/billing_agreement_id"));
    return event_identify(event, PAYMENT_PAID, text_at(resource, "/id"), event_id);
}

static enum gateway_verdict sale_went_back(const cJSON *resource, struct slice event_id,
                                           struct payment_event *event)
{
    struct slice sale = text_at(resource, "/sale_id");
    (void)event_id;
    const cJSON *amount = json_member(resource, "amount");
    struct slice id = text_at(resource, "/id");
    return refunded(id, sale.len > 0 ? sale : id, json_member(amount, "total"),
                    json_member(amount, "currency"), event);
}

static enum gateway_verdict disputed(const cJSON *resource, struct slice event_id,
                                     struct payment_event *event)
{
    return dispute(resource, PAYMENT_CHARGED_BACK, event_id, event);
}

static enum gateway_verdict dispute_ended(const cJSON *resource, struct slice event_id,
                                          struct payment_event *event)
{
    static const struct {
        const char *code;
        enum payment_kind kind;
    } outcomes[] = {
        {"RESOLVED_SELLER_FAVOUR", PAYMENT_REINSTATED},
        {"RESOLVED_WITH_PAYOUT", PAYMENT_REINSTATED},
        {"CANCELED_BY_BUYER", PAYMENT_REINSTATED},
        {"DENIED", PAYMENT_REINSTATED},
        {"RESOLVED_BUYER_FAVOUR", PAYMENT_CHARGED_BACK},
        {"ACCEPTED", PAYMENT_CHARGED_BACK},
    };
    struct slice code = text_at(resource, "/dispute_outcome/outcome_code");
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if (slice_is(code, outcomes[i].code))
            return dispute(resource, outcomes[i].kind, event_id, event);
    return GATEWAY_unused;
}

static enum gateway_verdict dispute(const cJSON *resource, enum payment_kind kind,
                                    struct slice event_id, struct payment_event *event)
{
    const cJSON *payments = json_member(resource, "disputed_transactions");
    const cJSON *amount = json_member(resource, "dispute_amount");
    if (cJSON_GetArraySize(payments) > 1)
        return GATEWAY_several_events;
    event_set_money(event, json_member(amount, "value"), json_member(amount, "currency_code"));
    event_set_part(event, text_at(resource, "/dispute_id"));
    return event_identify(event, kind, text_at(payments, "/0/seller_transaction_id"), event_id);
}

/* Of this refund alone, known by its own id; whether all of the payment is back, the sum says. Some
 * are written with the sign of what leaves. */
static enum gateway_verdict refunded(struct slice id, struct slice payment_id, const cJSON *value,
                                     const cJSON *currency, struct payment_event *event)
{
    struct slice text = json_string(value);
    event_set_money(event, value, currency);
    if (text.len > 0 && text.data[0] == '-' && currency_find(slice_from(event->currency)) != NULL &&
        !money_parse(slice_of(text.data + 1, text.len - 1), event->currency, &event->amount))
        event->amount = -1;
    event_set_part(event, id);
    return event_identify(event, PAYMENT_REFUNDED, payment_id, id);
}

/* The id of an order, or JSON that names member and plan. */
static void set_custom(struct payment_event *event, const cJSON *custom)
{
    if (!event_set_passback(event, custom))
        event_set_order(event, custom);
}

static struct slice text_at(const cJSON *item, const char *pointer)
{
    return json_string(json_pointer(item, pointer));
}

static struct slice last_of_path(struct slice address)
{
    size_t at = address.len;
    while (at > 0 && address.data[at - 1] != '/')
        at--;
    return at == 0 ? address : slice_of(address.data + at, address.len - at);
}
