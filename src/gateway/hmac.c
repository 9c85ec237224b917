/* Kind hmac: any gateway that signs with an HMAC, told by the configuration how it signs and where
 * its body says what. */
#include "gateway/event.h"
#include "gateway/kind.h"
#include "http/server.h"

static enum error check(const struct config_gateway *config, struct why *why);
static kind_translate_fn translate;

const struct kind kind_hmac = {.check = check, .translate = translate};

static enum error check(const struct config_gateway *config, struct why *why)
{
    const struct config_hmac *hmac = &config->hmac;
    const struct {
        const char *key;
        const char *pointer;
        bool needed;
    } rows[] = {
        {"map.kind.pointer", hmac->kind_pointer, true},
        {"map.payment_id", hmac->payment_id, true},
        {"map.telegram_id", hmac->telegram_id, !hmac->order_id},
        {"map.plan", hmac->plan, false},
        {"map.order_id", hmac->order_id, false},
        {"map.amount", hmac->amount, false},
        {"map.currency", hmac->currency, false},
        {"map.part_id", hmac->part_id, false},
        {"event_id.pointer", hmac->event_id_pointer, false},
    };

    if (!hmac->signed_template)
        return why_set(why, ERROR_INVALID, "hmac.signed: expected what is signed");
    if (hmac->kind_count == 0)
        return why_set(why, ERROR_INVALID, "hmac.map.kind.values: expected at least one");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!rows[i].pointer && rows[i].needed)
            return why_set(why, ERROR_INVALID, "hmac.%s: missing", rows[i].key);
        if (rows[i].pointer && !json_pointer_valid(rows[i].pointer))
            return why_set(why, ERROR_INVALID,
                           "hmac.%s: \"%.100s\" is no JSON pointer; expected one like "
                           "/data/payment_id (RFC 6901)",
                           rows[i].key, rows[i].pointer);
    }
    return ERROR_NONE;
}

static const cJSON *lookup(const cJSON *root, const char *pointer)
{
    return pointer ? json_pointer(root, pointer) : NULL;
}

static const struct config_value_map *find_kind(const struct config_hmac *hmac, struct slice text)
{
    for (size_t i = 0; i < hmac->kind_count; i++)
        if (slice_is(text, hmac->kinds[i].from))
            return &hmac->kinds[i];
    return NULL;
}

/* A header wins over the body; one that is given twice counts as none. */
static struct slice find_event_id(const struct config_hmac *hmac,
                                  const struct gateway_request *request, const cJSON *root,
                                  char scratch[JSON_NUMBER_TEXT_SIZE])
{
    struct slice id = {NULL, 0};
    bool repeated = false;

    if (hmac->event_id_header)
        id = http_header_find(request->headers, request->header_count, hmac->event_id_header,
                              &repeated);
    return id.len > 0 ? id : event_text(lookup(root, hmac->event_id_pointer), scratch);
}

static enum gateway_verdict translate(const struct config_gateway *config,
                                      const struct gateway_request *request, const cJSON *root,
                                      struct payment_event *event)
{
    const struct config_hmac *hmac = &config->hmac;
    char kind_scratch[JSON_NUMBER_TEXT_SIZE];
    char payment_scratch[JSON_NUMBER_TEXT_SIZE];
    char event_scratch[JSON_NUMBER_TEXT_SIZE];
    char part_scratch[JSON_NUMBER_TEXT_SIZE];
    const struct config_value_map *kind =
        find_kind(hmac, event_text(lookup(root, hmac->kind_pointer), kind_scratch));

    if (!kind)
        return GATEWAY_unused;
    event_set_member(event, lookup(root, hmac->telegram_id));
    event_set_plan(event, lookup(root, hmac->plan));
    event_set_order(event, lookup(root, hmac->order_id));
    if (hmac->amount_minor)
        event_set_minor(event, lookup(root, hmac->amount), lookup(root, hmac->currency), -1);
    else
        event_set_money(event, lookup(root, hmac->amount), lookup(root, hmac->currency));
    struct slice event_id = find_event_id(hmac, request, root, event_scratch);
    struct slice part_id = event_text(lookup(root, hmac->part_id), part_scratch);
    bool refund = kind->kind == PAYMENT_REFUNDED || kind->kind == PAYMENT_PARTLY_REFUNDED;
    event_set_part(event, part_id.len == 0 && refund ? event_id : part_id);
    return event_identify(event, kind->kind,
                          event_text(lookup(root, hmac->payment_id), payment_scratch), event_id);
}
