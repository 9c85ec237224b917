#include "config/check.h"

#include "base/assert.h"
#include "config/check_secret.h"
#include "config/reader.h"
#include "config/types.h"

#include <openssl/crypto.h>

enum { KEY_BYTES_MAX = 1024, TOLERANCE_DEFAULT_MS = 5 * 60 * 1000, HOLES_MAX = 7 };

/* Which keys of a signature a format needs and takes. */
struct format_row {
    const char *name;
    bool prefix_needed;
    bool field_needed;
    bool field_taken;
    const char *separators;
};

static const struct format_row formats[] = {
    [SIGNATURE_RAW] = {"raw", false, false, false, ""},
    [SIGNATURE_PREFIX] = {"prefix", true, false, false, ""},
    [SIGNATURE_KV] = {"kv", false, true, true, ",;"},
    [SIGNATURE_LIST] = {"list", false, false, true, " ,"},
};

static const char *const key_forms[] = {
    [KEY_UTF8] = "text",     [KEY_HEX] = "hex digits",
    [KEY_BASE64] = "base64", [KEY_WHSEC] = "base64 with or without \"whsec_\" before it",
    [KEY_SHA256] = "text",
};

static void check_tolerance(struct scope *scope);
static void check_secrets(struct scope *scope);
static bool decodes(enum hmac_key_form form, struct slice secret);
static void check_template(struct scope *scope);
static bool check_hole(struct scope *scope, struct slice hole, bool *timestamp, bool *body);

void check_gateway(struct scope *scope)
{
    const struct config_gateway *gateway = scope->object;
    if (!scope_good(scope, "kind"))
        return;
    if (gateway->kind == GATEWAY_HMAC && !scope_given(scope, "hmac"))
        scope_fault(scope, "hmac", "is missing; expected the profile of a gateway of kind hmac");
    else if (gateway->kind != GATEWAY_HMAC && scope_given(scope, "hmac"))
        scope_fault(scope, "hmac", "is of no use here; expected it with kind hmac only");
    check_tolerance(scope);
    if (scope_good(scope, "secrets"))
        check_secrets(scope);
}

void check_hmac(struct scope *scope)
{
    const struct config_hmac *hmac = scope->object;
    if (scope_good(scope, "signature") && hmac->timestamp_field != NULL) {
        if (hmac->format != SIGNATURE_KV)
            scope_fault(scope, "timestamp",
                        "has a field, but only a signature of format kv has fields; expected "
                        "header in place of field, or format kv");
        else if (hmac->field != NULL && strcmp(hmac->field, hmac->timestamp_field) == 0)
            scope_fault(scope, "timestamp",
                        "its field is the signature's field; expected two fields");
    }
    if (scope_good(scope, "signed"))
        check_template(scope);
}

void check_hmac_signature(struct scope *scope)
{
    struct config_hmac *hmac = scope->object;
    const struct format_row *format = &formats[hmac->format];

    if (!scope_good(scope, "format"))
        return;
    if (format->prefix_needed && !scope_given(scope, "prefix"))
        scope_fault(scope, "prefix",
                    "is missing; expected what stands before the signature, as format is prefix");
    if (!format->prefix_needed && scope_given(scope, "prefix"))
        scope_fault(scope, "prefix", "is of no use with format %s; expected format prefix",
                    format->name);
    if (format->field_needed && !scope_given(scope, "field"))
        scope_fault(scope, "field", "is missing; expected the signature's field, as format is kv");
    if (!format->field_taken && scope_given(scope, "field"))
        scope_fault(scope, "field", "is of no use with format %s; expected format kv or list",
                    format->name);
    if (!scope_given(scope, "separator") || !scope_good(scope, "separator"))
        return;
    if (strchr(format->separators, hmac->separator) == NULL)
        scope_fault(scope, "separator",
                    "is of no use with format %s; expected \",\" or \";\" for kv, \" \" or \",\" "
                    "for list",
                    format->name);
    else if (hmac->format == SIGNATURE_LIST && hmac->separator == ',' && hmac->field != NULL)
        scope_fault(scope, "separator",
                    "the comma already stands between tag and signature; expected \" \"");
}

void check_hmac_timestamp(struct scope *scope)
{
    if (scope_given(scope, "header") == scope_given(scope, "field"))
        scope_fault(scope, NULL, "has %s; expected one of header and field",
                    scope_given(scope, "header") ? "both header and field"
                                                 : "neither header nor field");
}

void check_hmac_event_id(struct scope *scope)
{
    if (scope_given(scope, "header") == scope_given(scope, "pointer"))
        scope_fault(scope, NULL, "has %s; expected one of header and pointer",
                    scope_given(scope, "header") ? "both header and pointer"
                                                 : "neither header nor pointer");
}

void check_hmac_map(struct scope *scope)
{
    static const char *const keys[] = {"telegram_id", "plan"};
    if (scope_given(scope, "order_id"))
        return;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (!scope_given(scope, keys[i]))
            scope_fault(scope, keys[i],
                        "is missing; expected a JSON pointer here, or order_id to find the order "
                        "that says it");
    }
}

static void check_tolerance(struct scope *scope)
{
    struct config_gateway *gateway = scope->object;
    bool taken = gateway->kind == GATEWAY_STRIPE || gateway->kind == GATEWAY_STANDARD_WEBHOOKS;
    if (!taken && scope_given(scope, "tolerance"))
        scope_fault(scope, "tolerance", "is of no use here; expected it %s",
                    gateway->kind == GATEWAY_HMAC ? "in hmac.timestamp"
                                                  : "with kind stripe or standard_webhooks only");
    if (taken && !scope_given(scope, "tolerance"))
        gateway->tolerance_ms = TOLERANCE_DEFAULT_MS;
}

/* A secret that cannot be a key must not be found out by the first payment. */
static void check_secrets(struct scope *scope)
{
    const struct config_gateway *gateway = scope->object;
    enum hmac_key_form form = gateway->kind == GATEWAY_HMAC                ? gateway->hmac.key
                              : gateway->kind == GATEWAY_STANDARD_WEBHOOKS ? KEY_WHSEC
                                                                           : KEY_UTF8;
    for (size_t i = 0; i < gateway->secret_count; i++) {
        if (gateway->secrets[i] != NULL)
            check_secret(scope, i, slice_from(gateway->secrets[i]));
        if (gateway->secrets[i] != NULL && !decodes(form, slice_from(gateway->secrets[i])))
            scope_item_fault(scope, "secrets", i, NULL, "the value is no key; expected %s",
                             key_forms[form]);
    }
}

static bool decodes(enum hmac_key_form form, struct slice secret)
{
    static const char tag[] = "whsec_";
    const size_t tag_len = sizeof(tag) - 1;
    uint8_t bytes[KEY_BYTES_MAX];
    size_t len = secret.len;
    bool ok = true;

    if (form == KEY_WHSEC && secret.len >= tag_len && memcmp(secret.data, tag, tag_len) == 0)
        secret = slice_of(secret.data + tag_len, secret.len - tag_len);
    if (form == KEY_HEX)
        ok = hex_decode(secret, bytes, sizeof(bytes), &len);
    else if (form == KEY_BASE64 || form == KEY_WHSEC)
        ok = base64_decode(secret, bytes, sizeof(bytes), &len);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return ok && len > 0;
}

static void check_template(struct scope *scope)
{
    const struct config_hmac *hmac = scope->object;
    const char *at = hmac->signed_template;
    bool timestamp = false;
    bool body = false;

    ASSERT(at != NULL || scope->loader->report->no_memory);
    while (at != NULL && *(at += strcspn(at, "{}")) != '\0') {
        size_t len = *at == '{' ? strcspn(at + 1, "{}") : 0;
        if (*at != '{' || at[1 + len] != '}') {
            scope_fault(scope, "signed", "the braces do not match; expected {body} and the like");
            return;
        }
        if (!check_hole(scope, slice_of(at + 1, len), &timestamp, &body))
            return;
        at += len + 2;
    }
    if (!body)
        scope_fault(scope, "signed",
                    "does not hold the body, so anybody could change it; expected {body} or "
                    "{body_base64} in it");
    if (timestamp && !scope_given(scope, "timestamp"))
        scope_fault(scope, "signed",
                    "names {timestamp}, but there is none; expected the key timestamp beside it");
    if (!timestamp && scope_given(scope, "timestamp") && scope_good(scope, "timestamp"))
        scope_fault(scope, "timestamp",
                    "is not signed, so anybody could change it; expected {timestamp} in signed, "
                    "or no timestamp");
}

static bool check_hole(struct scope *scope, struct slice hole, bool *timestamp, bool *body)
{
    static const char *const plain[HOLES_MAX] = {"timestamp", "body",   "body_base64",
                                                 "id",        "method", "path"};
    static const char header[] = "header:";
    const struct config_hmac *hmac = scope->object;
    bool known = false;

    for (size_t i = 0; i < HOLES_MAX && plain[i] != NULL; i++)
        known = known || slice_is(hole, plain[i]);
    if (hole.len > sizeof(header) - 1 && memcmp(hole.data, header, sizeof(header) - 1) == 0)
        known = hole.len - (sizeof(header) - 1) < 64 &&
                type_is_token(
                    slice_of(hole.data + sizeof(header) - 1, hole.len - (sizeof(header) - 1)));
    if (!known) {
        scope_fault(scope, "signed",
                    "has braces around something unknown; expected {timestamp}, {body}, "
                    "{body_base64}, {id}, {method}, {path} or {header:Name}");
        return false;
    }
    if (slice_is(hole, "id") && hmac->event_id_header == NULL && scope_good(scope, "event_id")) {
        scope_fault(scope, "signed", "names {id}, but there is none; expected event_id.header");
        return false;
    }
    *timestamp = *timestamp || slice_is(hole, "timestamp");
    *body = *body || slice_is(hole, "body") || slice_is(hole, "body_base64");
    return true;
}
