#include "cli/gateway.h"
#include "ledger/records.h"

#include <stdio.h>
#include <stdlib.h>

enum { POINTER_BYTES_MAX = 258, PART_BYTES_MAX = 257 };

/* What a gateway with code would send. In a template %p is the payment, %e the event's id, %m the
 * member, %l the plan, %o the order, %a the amount in minor units, %d in units, %c the currency and
 * %t Unix time in seconds: each as text within quotes, but for %a, %t. */
struct row {
    enum gateway_kind kind;
    enum payment_kind event;
    const char *body;
};

#define STRIPE(type, object)                                                                       \
    "{\"id\":\"%e\",\"object\":\"event\",\"type\":\"" type                                         \
    "\",\"created\":%t,\"data\":{\"object\":{"                                                     \
    "\"payment_intent\":\"%p\",\"currency\":\"%c\"," object "}}}"
#define STRIPE_CHARGE(amount, refunded)                                                            \
    STRIPE("charge.refunded",                                                                      \
           "\"id\":\"ch_%p\",\"amount\":" amount ",\"amount_refunded\":%a,\"refunded\":" refunded)
#define BTCPAY(type)                                                                               \
    "{\"deliveryId\":\"%e\",\"type\":\"" type "\",\"timestamp\":%t,\"invoiceId\":\"%p\","          \
    "\"metadata\":{\"telegram_id\":\"%m\",\"plan\":\"%l\",\"orderId\":\"%o\",\"amount\":\"%d\","   \
    "\"currency\":\"%c\"}}"
#define STANDARD(type, more)                                                                       \
    "{\"type\":\"" type "\",\"data\":{\"payment_id\":\"%p\",\"order_id\":\"%o\",\"amount\":"       \
    "\"%d\",\"currency\":\"%c\"," more "\"metadata\":{\"telegram_id\":\"%m\",\"plan\":\"%l\"}}}"
#define CRYPTOMUS(status)                                                                          \
    "{\"type\":\"payment\",\"uuid\":\"%p\",\"order_id\":\"%o\",\"amount\":\"%d\",\"currency\":"    \
    "\"%c\",\"status\":\"" status "\",\"is_final\":true,\"additional_data\":"                      \
    "\"{\\\"telegram_id\\\":\\\"%m\\\",\\\"plan\\\":\\\"%l\\\"}\"}"

static const struct row rows[] = {
    {GATEWAY_STRIPE, PAYMENT_PAID,
     STRIPE(
         "checkout.session.completed",
         "\"id\":\"cs_%p\",\"payment_status\":\"paid\",\"amount_total\":%a,"
         "\"client_reference_id\":\"%o\",\"metadata\":{\"telegram_id\":\"%m\",\"plan\":\"%l\"}")},
    {GATEWAY_STRIPE, PAYMENT_REFUNDED, STRIPE_CHARGE("%a", "true")},
    {GATEWAY_STRIPE, PAYMENT_PARTLY_REFUNDED, STRIPE_CHARGE("9007199254740991", "false")},
    {GATEWAY_STRIPE, PAYMENT_CHARGED_BACK,
     STRIPE("charge.dispute.created",
            "\"id\":\"dp_%p\",\"charge\":\"ch_%p\",\"amount\":%a,\"status\":\"needs_response\"")},
    {GATEWAY_STRIPE, PAYMENT_REINSTATED,
     STRIPE("charge.dispute.closed",
            "\"id\":\"dp_%p\",\"charge\":\"ch_%p\",\"amount\":%a,\"status\":\"won\"")},
    {GATEWAY_BTCPAY, PAYMENT_PAID, BTCPAY("InvoiceSettled")},
    {GATEWAY_BTCPAY, PAYMENT_REFUNDED, BTCPAY("InvoiceRefund")},
    {GATEWAY_BTCPAY, PAYMENT_CHARGED_BACK, BTCPAY("InvoiceInvalid")},
    {GATEWAY_STANDARD_WEBHOOKS, PAYMENT_PAID, STANDARD("payment.succeeded", "")},
    {GATEWAY_STANDARD_WEBHOOKS, PAYMENT_REFUNDED,
     STANDARD("payment.refunded", "\"refund_id\":\"%e\",")},
    {GATEWAY_STANDARD_WEBHOOKS, PAYMENT_CHARGED_BACK,
     STANDARD("payment.disputed", "\"dispute_id\":\"dp_%p\",")},
    {GATEWAY_STANDARD_WEBHOOKS, PAYMENT_REINSTATED,
     STANDARD("payment.dispute_won", "\"dispute_id\":\"dp_%p\",")},
    {GATEWAY_CRYPTO_PAY, PAYMENT_PAID,
     "{\"update_id\":1,\"update_type\":\"invoice_paid\",\"payload\":{\"invoice_id\":\"%p\","
     "\"status\":\"paid\",\"asset\":\"%c\",\"amount\":\"%d\",\"payload\":\"{\\\"telegram_id\\\":"
     "\\\"%m\\\",\\\"plan\\\":\\\"%l\\\",\\\"order_id\\\":\\\"%o\\\"}\"}}"},
    {GATEWAY_CRYPTOMUS, PAYMENT_PAID, CRYPTOMUS("paid")},
    {GATEWAY_CRYPTOMUS, PAYMENT_REFUNDED, CRYPTOMUS("refund_paid")},
    {GATEWAY_CRYPTOMUS, PAYMENT_REFUND_FAILED, CRYPTOMUS("refund_fail")},
};

static void expand(const char *template, const struct trigger *trigger, struct buf *out);
static const char *value_of(const struct config_hmac *hmac, const char *event);
static enum error map_body(const struct config_hmac *hmac, const struct trigger *trigger,
                           struct buf *out);

enum error trigger_body(const struct config_gateway *gateway, const struct trigger *trigger,
                        struct buf *out, struct why *why)
{
    struct buf known;
    enum error error = ERROR_NOT_FOUND;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].kind == gateway->kind &&
            strcmp(payment_kind_name(rows[i].event), trigger->event) == 0) {
            expand(rows[i].body, trigger, out);
            error = ERROR_NONE;
        }
    if (gateway->kind == GATEWAY_HMAC && value_of(&gateway->hmac, trigger->event))
        error = map_body(&gateway->hmac, trigger, out);
    if (error == ERROR_NOT_FOUND) {
        buf_init(&known, 512);
        trigger_events(gateway, &known);
        why_set(why, error, "gateway %s sends no event \"%s\"; it knows%.*s", gateway->name,
                trigger->event, SLICE_ARG(buf_slice(&known)));
        buf_deinit(&known);
    }
    return error ? error : out->failed ? ERROR_TOO_LARGE : ERROR_NONE;
}

void trigger_events(const struct config_gateway *gateway, struct buf *out)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].kind == gateway->kind)
            buf_printf(out, " %s", payment_kind_name(rows[i].event));
    for (int kind = PAYMENT_PAID; kind <= PAYMENT_REFUND_FAILED; kind++)
        if (gateway->kind == GATEWAY_HMAC &&
            value_of(&gateway->hmac, payment_kind_name((enum payment_kind)kind)))
            buf_printf(out, " %s", payment_kind_name((enum payment_kind)kind));
}

/* Text that stands within quotes already. */
static void append_inner(struct buf *out, const char *text)
{
    struct buf quoted;

    buf_init(&quoted, 4096);
    json_append_string(&quoted, slice_from(text));
    if (quoted.len > 2 && !quoted.failed)
        buf_append(out, quoted.data + 1, quoted.len - 2);
    buf_deinit(&quoted);
}

static void number_text(uint64_t number, char out[32])
{
    if (number == 0)
        out[0] = '\0';
    else
        (void)snprintf(out, 32, "%llu", (unsigned long long)number);
}

static void expand(const char *template, const struct trigger *trigger, struct buf *out)
{
    char member[32], units[32];

    number_text(trigger->telegram_id, member);
    money_format(trigger->amount, trigger->currency, units, sizeof(units));
    const struct {
        char letter;
        const char *text;
    } texts[] = {{'p', trigger->payment_id}, {'e', trigger->event_id}, {'m', member},
                 {'l', trigger->plan},       {'o', trigger->order_id}, {'d', units},
                 {'c', trigger->currency}};
    for (const char *at = template; *at != '\0'; at++) {
        if (*at != '%') {
            buf_append_u8(out, (uint8_t)*at);
            continue;
        }
        at++;
        if (*at == 'a')
            buf_printf(out, "%lld", (long long)trigger->amount);
        if (*at == 't')
            buf_printf(out, "%llu", (unsigned long long)(trigger->now_ms / 1000));
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
            if (*at == texts[i].letter)
                append_inner(out, texts[i].text);
    }
}

/* What a profile's gateway says for this event; of several the longest, which leaves no doubt. */
static const char *value_of(const struct config_hmac *hmac, const char *event)
{
    const char *best = NULL;

    for (size_t i = 0; i < hmac->kind_count; i++)
        if (strcmp(payment_kind_name(hmac->kinds[i].kind), event) == 0 &&
            (!best || strlen(hmac->kinds[i].from) > strlen(best)))
            best = hmac->kinds[i].from;
    return best;
}

/* What a pointer leads into: a list when its first name is a place in one. */
static cJSON *make_container(const char *pointer)
{
    bool list = strncmp(pointer, "/0", 2) == 0 && (pointer[2] == '/' || pointer[2] == '\0');
    return list ? cJSON_CreateArray() : cJSON_CreateObject();
}

/* Puts item where pointer leads to within container, with the containers on its way; it is the
 * tree's then, or is freed. */
static void set_at(cJSON *container, const char *pointer, cJSON *item)
{
    char name[POINTER_BYTES_MAX];
    size_t len = strcspn(pointer + 1, "/");
    const char *rest = pointer + 1 + len;
    bool list = cJSON_IsArray(container);

    if (!slice_copy(slice_of(pointer + 1, len), name, sizeof(name)) ||
        !(list || cJSON_IsObject(container))) {
        cJSON_Delete(item);
        return;
    }
    cJSON *child =
        list ? cJSON_GetArrayItem(container, 0) : cJSON_GetObjectItemCaseSensitive(container, name);
    if (child && *rest == '\0') { /* said already */
        cJSON_Delete(item);
        return;
    }
    if (!child) {
        child = *rest == '\0' ? item : make_container(rest);
        if (list ? !cJSON_AddItemToArray(container, child)
                 : !cJSON_AddItemToObject(container, name, child)) {
            cJSON_Delete(child);
            if (child != item)
                cJSON_Delete(item);
            return;
        }
    }
    if (*rest != '\0')
        set_at(child, rest, item);
}

/* The parts of text between joints, one for each of the pointers in "/a /b". Of an id all pointers
 * must lead to something: the last one gets what there is, those before it "test". */
static void set_joined(cJSON *root, const char *pointers, char joint, const char *text)
{
    char pointer[POINTER_BYTES_MAX], part[PART_BYTES_MAX];

    while (*pointers != '\0') {
        const char *end = strstr(pointers, " /");
        size_t len = end ? (size_t)(end - pointers) : strlen(pointers);
        const char *next = end ? strchr(text, joint) : NULL;
        size_t size = next ? (size_t)(next - text) : strlen(text);
        bool fill = end && !next && joint == ':';
        if (!slice_copy(slice_of(pointers, len), pointer, sizeof(pointer)) ||
            !slice_copy(fill ? SLICE("test") : slice_of(text, size), part, sizeof(part)))
            return;
        if (part[0] != '\0')
            set_at(root, pointer, cJSON_CreateString(part));
        pointers += len + (end != NULL);
        text += fill ? 0 : size + (next != NULL);
    }
}

static void set_text(cJSON *root, const char *pointer, const char *text)
{
    if (pointer && *text != '\0')
        set_at(root, pointer, cJSON_CreateString(text));
}

/* What is nested in a form, or under a signature of sorted JSON, is JSON in a text. */
static void flatten(cJSON *root)
{
    for (cJSON *member = root ? root->child : NULL; member;) {
        cJSON *next = member->next;
        char *text = cJSON_IsObject(member) ? cJSON_PrintUnformatted(member) : NULL;
        if (text)
            cJSON_ReplaceItemInObjectCaseSensitive(root, member->string, cJSON_CreateString(text));
        cJSON_free(text);
        member = next;
    }
}

static void append_encoded(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.';
        buf_printf(out, plain ? "%c" : "%%%02X", c);
    }
}

static enum error write_tree(const struct config_hmac *hmac, const cJSON *root, struct buf *out)
{
    if (hmac->body == BODY_FORM) {
        for (const cJSON *member = root ? root->child : NULL; member; member = member->next) {
            buf_append_text(out, member == root->child ? "" : "&");
            append_encoded(out, member->string);
            buf_append_u8(out, '=');
            append_encoded(out, cJSON_IsString(member) ? member->valuestring : "");
        }
        return ERROR_NONE;
    }
    char *text = root ? cJSON_PrintUnformatted(root) : NULL;
    if (!text)
        return ERROR_MEMORY;
    buf_append_text(out, text);
    cJSON_free(text);
    return ERROR_NONE;
}

static enum error map_body(const struct config_hmac *hmac, const struct trigger *trigger,
                           struct buf *out)
{
    bool refund =
        strcmp(trigger->event, "refunded") == 0 || strcmp(trigger->event, "partly_refunded") == 0;
    const char *amount_at =
        refund && hmac->refund_amount[0] ? hmac->refund_amount[0] : hmac->amount[0];
    char member[32], amount[32];
    cJSON *root = make_container(hmac->kind_pointer[0]);

    number_text(trigger->telegram_id, member);
    money_format(trigger->amount, trigger->currency, amount, sizeof(amount));
    if (hmac->amount_minor)
        (void)snprintf(amount, sizeof(amount), "%lld", (long long)trigger->amount);
    set_joined(root, hmac->kind_pointer[0], ' ', value_of(hmac, trigger->event));
    set_joined(root, hmac->payment_id[0], ':', trigger->payment_id);
    set_text(root, hmac->event_id_pointer, trigger->event_id);
    set_text(root, hmac->telegram_id[0], member);
    set_text(root, hmac->plan[0], trigger->plan);
    set_text(root, hmac->order_id[0], trigger->order_id);
    set_text(root, amount_at, amount);
    set_text(root, hmac->currency[0], trigger->currency);
    if (hmac->body == BODY_FORM || strstr(hmac->signed_template, "{json_sorted}"))
        flatten(root);
    enum error error = write_tree(hmac, root, out);
    json_free(&root);
    return error;
}
