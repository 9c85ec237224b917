/* Kind hmac: any gateway that signs with an HMAC, told by the configuration how it signs and where
 * its body says what. */
#include "gateway/event.h"
#include "gateway/kind.h"
#include "http/server.h"

#include <assert.h>

static enum error check(const struct config_gateway *config, struct why *why);
static kind_translate_fn translate;

const struct kind kind_hmac = {.check = check, .translate = translate};

enum { EMBEDDED_MAX = 8, EMBEDDED_BYTES_MAX = 8192, EMBEDDED_DEPTH_MAX = 8, TEXT_MAX = 256 };

/* A body with what was read of the texts in it that are JSON themselves. */
struct reading {
    const struct config_hmac *hmac;
    const cJSON *root;
    cJSON *embedded[EMBEDDED_MAX];
    size_t count;
};

static enum error check(const struct config_gateway *config, struct why *why)
{
    const struct config_hmac *hmac = &config->hmac;
    const struct {
        const char *key;
        char *const *pointers;
        bool needed;
    } rows[] = {
        {"map.kind.pointer", hmac->kind_pointer, true},
        {"map.payment_id", hmac->payment_id, true},
        {"map.telegram_id", hmac->telegram_id, !hmac->order_id[0]},
        {"map.plan", hmac->plan, false},
        {"map.order_id", hmac->order_id, false},
        {"map.amount", hmac->amount, false},
        {"map.refund_amount", hmac->refund_amount, false},
        {"map.currency", hmac->currency, false},
        {"map.part_id", hmac->part_id, false},
        {"event_id.pointer", (char *const[CONFIG_POINTERS_MAX]){hmac->event_id_pointer}, false},
    };

    if (!hmac->signed_template)
        return why_set(why, ERROR_INVALID, "hmac.signed: expected what is signed");
    if (hmac->kind_count == 0)
        return why_set(why, ERROR_INVALID, "hmac.map.kind.values: expected at least one");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!rows[i].pointers[0] && rows[i].needed)
            return why_set(why, ERROR_INVALID, "hmac.%s: missing", rows[i].key);
        for (size_t j = 0; j < CONFIG_POINTERS_MAX && rows[i].pointers[j]; j++)
            if (!json_pointer_valid(rows[i].pointers[j]))
                return why_set(why, ERROR_INVALID,
                               "hmac.%s: \"%.100s\" is no JSON pointer; expected one like "
                               "/data/payment_id (RFC 6901)",
                               rows[i].key, rows[i].pointers[j]);
    }
    if (hmac->currency_fixed && !currency_find(slice_from(hmac->currency_fixed)))
        return why_set(why, ERROR_INVALID, "hmac.map.currency_fixed: \"%.7s\" is no currency",
                       hmac->currency_fixed);
    return ERROR_NONE;
}

/* What a text holds, when that is JSON: kept until the reading is over. */
static const cJSON *read_embedded(struct reading *reading, const cJSON *item)
{
    struct slice text = json_string(item);
    cJSON *root;

    if (text.len == 0 || (text.data[0] != '{' && text.data[0] != '[') ||
        reading->count == EMBEDDED_MAX ||
        json_parse(text, EMBEDDED_BYTES_MAX, EMBEDDED_DEPTH_MAX, &root, NULL))
        return NULL;
    reading->embedded[reading->count++] = root;
    return root;
}

/* The pointer goes on within a text that is JSON: "/customData/plan". A signature over sorted JSON
 * is also given without what is nested, so then only such texts are gone into. */
static const cJSON *walk(struct reading *reading, const char *pointer)
{
    bool shallow = strstr(reading->hmac->signed_template, "{json_sorted}") != NULL;
    const cJSON *item = reading->root;
    bool within = !shallow;
    char token[TEXT_MAX + 2];

    while (item && *pointer != '\0') {
        size_t len = 1 + strcspn(pointer + 1, "/");
        if (!slice_copy(slice_of(pointer, len), token, sizeof(token)))
            return NULL;
        if (cJSON_IsString(item)) {
            item = read_embedded(reading, item);
            within = true;
        } else if (item != reading->root && !within) {
            return NULL;
        }
        item = item ? json_pointer(item, token) : NULL;
        pointer += len;
    }
    return item;
}

/* The first of the pointers that leads to something. */
static const cJSON *lookup(struct reading *reading, char *const pointers[CONFIG_POINTERS_MAX])
{
    for (size_t i = 0; i < CONFIG_POINTERS_MAX && pointers[i]; i++) {
        const cJSON *item = walk(reading, pointers[i]);
        if (item && !cJSON_IsNull(item))
            return item;
    }
    return NULL;
}

/* The texts of "/a /b" with joint between them; those that are absent are left out, or (whole) make
 * it absent. */
static bool join(struct reading *reading, const char *pointers, char joint, bool whole,
                 char out[TEXT_MAX])
{
    char scratch[JSON_NUMBER_TEXT_SIZE], pointer[TEXT_MAX + 2];
    size_t len = 0;

    while (*pointers != '\0') {
        const char *end = strstr(pointers, " /");
        size_t size = end ? (size_t)(end - pointers) : strlen(pointers);
        if (!slice_copy(slice_of(pointers, size), pointer, sizeof(pointer)))
            return false;
        struct slice text = event_text(walk(reading, pointer), scratch);
        if (text.len == 0 && whole)
            return false;
        if (text.len > 0 && len > 0 && len + 1 < TEXT_MAX)
            out[len++] = joint;
        if (text.len >= TEXT_MAX - len)
            return false;
        memcpy(out + len, text.data ? text.data : "", text.len);
        len += text.len;
        pointers += size + (end != NULL);
    }
    out[len] = '\0';
    return len > 0;
}

/* As lookup, for what may be joined of several. A single text may be longer than TEXT_MAX: whoever
 * keeps it says so. */
static struct slice lookup_text(struct reading *reading, char *const pointers[CONFIG_POINTERS_MAX],
                                char joint, char out[TEXT_MAX])
{
    for (size_t i = 0; i < CONFIG_POINTERS_MAX && pointers[i]; i++) {
        struct slice text = {NULL, 0};
        if (strstr(pointers[i], " /")) {
            if (join(reading, pointers[i], joint, joint != ' ', out))
                text = slice_from(out);
        } else {
            text = event_text(walk(reading, pointers[i]), out);
        }
        if (text.len > 0)
            return text;
    }
    return slice_of(NULL, 0);
}

static_assert((int)TEXT_MAX >= (int)JSON_NUMBER_TEXT_SIZE, "a number fits");

static const struct config_value_map *find_kind(const struct config_hmac *hmac, struct slice text)
{
    for (size_t i = 0; i < hmac->kind_count; i++)
        if (slice_is(text, hmac->kinds[i].from))
            return &hmac->kinds[i];
    return NULL;
}

/* A header wins over the body; one that is given twice counts as none. */
static struct slice find_event_id(struct reading *reading, const struct gateway_request *request,
                                  char scratch[TEXT_MAX])
{
    const struct config_hmac *hmac = reading->hmac;
    struct slice id = {NULL, 0};
    bool repeated = false;

    if (hmac->event_id_header)
        id = http_header_find(request->headers, request->header_count, hmac->event_id_header,
                              &repeated);
    return id.len > 0
               ? id
               : lookup_text(reading, (char *const[CONFIG_POINTERS_MAX]){hmac->event_id_pointer},
                             ':', scratch);
}

static void set_money(struct reading *reading, bool refund, struct payment_event *event)
{
    const struct config_hmac *hmac = reading->hmac;
    bool own = refund && hmac->refund_amount[0];
    const cJSON *amount = lookup(reading, own ? hmac->refund_amount : hmac->amount);
    cJSON *fixed = hmac->currency_fixed ? cJSON_CreateStringReference(hmac->currency_fixed) : NULL;
    const cJSON *currency = fixed ? fixed : lookup(reading, hmac->currency);

    if (hmac->amount_minor)
        event_set_minor(event, amount, currency, -1);
    else
        event_set_money(event, amount, currency);
    event->total = refund && hmac->refund_total;
    cJSON_Delete(fixed);
}

static enum gateway_verdict fill(struct reading *reading, const struct gateway_request *request,
                                 const struct config_value_map *kind, struct payment_event *event)
{
    const struct config_hmac *hmac = reading->hmac;
    char payment_scratch[TEXT_MAX], event_scratch[TEXT_MAX], part_scratch[TEXT_MAX];
    bool refund = kind->kind == PAYMENT_REFUNDED || kind->kind == PAYMENT_PARTLY_REFUNDED;

    event_set_member(event, lookup(reading, hmac->telegram_id));
    event_set_plan(event, lookup(reading, hmac->plan));
    event_set_order(event, lookup(reading, hmac->order_id));
    set_money(reading, refund, event);
    struct slice event_id = find_event_id(reading, request, event_scratch);
    struct slice part_id = lookup_text(reading, hmac->part_id, ':', part_scratch);
    if (part_id.len == 0 && refund && !event->total)
        part_id = event_id;
    if (kind->kind != PAYMENT_PAID)
        event_set_part(event, part_id);
    return event_identify(event, kind->kind,
                          lookup_text(reading, hmac->payment_id, ':', payment_scratch), event_id);
}

static enum gateway_verdict translate(const struct config_gateway *config,
                                      const struct gateway_request *request, const cJSON *root,
                                      struct payment_event *event)
{
    struct reading reading = {.hmac = &config->hmac, .root = root};
    char scratch[TEXT_MAX];

    /* One request is one event to us: of several none may be lost unseen. */
    if (cJSON_IsArray(root) && root->child && root->child->next)
        return GATEWAY_several_events;
    struct slice type = lookup_text(&reading, config->hmac.kind_pointer, ' ', scratch);
    const struct config_value_map *kind = find_kind(&config->hmac, type);
    enum gateway_verdict verdict =
        kind ? fill(&reading, request, kind, event) : event_unknown(type);
    for (size_t i = 0; i < reading.count; i++)
        json_free(&reading.embedded[i]);
    return verdict;
}
