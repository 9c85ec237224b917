#include "config/check.h"

#include "base/assert.h"
#include "config/check_secret.h"
#include "config/reader.h"
#include "config/types.h"

#include <openssl/crypto.h>

enum { STARS_MAX = 100000 /* of one invoice */ };
enum { KEY_BYTES_MAX = 1024, TOLERANCE_DEFAULT_MS = 5 * 60 * 1000, API_V3_KEY_BYTES = 32 };

/* Which keys a kind of gateway needs; what it does not need it does not take. asked: by which it is
 * asked what it knows, + is needed, - may be there. */
struct kind_row {
    const char *name;
    enum hmac_key_form key; /* of the secrets */
    bool secrets;
    bool public_keys;
    bool tolerance;
    bool app_id;
    bool bot;
    const char *asked[5];
};

static const struct kind_row kinds[] = {
    [GATEWAY_STRIPE] = {.name = "stripe",
                        .secrets = true,
                        .tolerance = true,
                        .asked = {"-secret_key", "-api_url"}},
    [GATEWAY_BTCPAY] = {.name = "btcpay",
                        .secrets = true,
                        .asked = {"-api_key", "-store", "-api_url"}},
    [GATEWAY_STANDARD_WEBHOOKS] = {.name = "standard_webhooks",
                                   .key = KEY_WHSEC,
                                   .secrets = true,
                                   .tolerance = true},
    [GATEWAY_HMAC] = {.name = "hmac", .secrets = true},
    [GATEWAY_CRYPTO_PAY] = {.name = "crypto_pay",
                            .key = KEY_SHA256,
                            .secrets = true,
                            .asked = {"-api_url"}},
    [GATEWAY_CRYPTOMUS] = {.name = "cryptomus", .secrets = true},
    [GATEWAY_WECHAT_PAY] = {.name = "wechat_pay",
                            .secrets = true,
                            .public_keys = true,
                            .tolerance = true},
    [GATEWAY_ALIPAY] = {.name = "alipay",
                        .public_keys = true,
                        .app_id = true,
                        .asked = {"-app_id"}},
    [GATEWAY_STARS] = {.name = "stars", .bot = true},
    [GATEWAY_YOOKASSA] = {.name = "yookassa", .asked = {"+shop_id", "+secret_key", "-api_url"}},
    [GATEWAY_PAYPAL] = {.name = "paypal",
                        .asked = {"+client_id", "+secret_key", "+webhook_id", "-api_url"}},
};

/* What a kind can be asked for, and the keys that takes besides, in the same way. */
static const struct maker_row {
    enum config_create create;
    const char *what;
    const char *keys[6];
    const char *thing;       /* that it makes; NULL: called so, too */
    enum config_create more; /* the other word of what, where there are two */
    bool notified;           /* told where to call with each, so the world must reach us */
} makers[] = {
    [GATEWAY_STRIPE] = {CREATE_SESSION,
                        "session",
                        {"+secret_key", "+success_url", "-cancel_url", "-keys"}},
    [GATEWAY_BTCPAY] = {CREATE_INVOICE, "invoice", {"+api_key", "+store", "-success_url", "-keys"}},
    [GATEWAY_CRYPTO_PAY] = {CREATE_INVOICE, "invoice", {"-success_url", "-keys"}},
    [GATEWAY_YOOKASSA] = {CREATE_PAYMENT, "payment", {"+success_url", "-keys"}},
    [GATEWAY_PAYPAL] = {CREATE_ORDER, "order", {"-success_url", "-cancel_url"}},
    [GATEWAY_CRYPTOMUS] = {CREATE_INVOICE,
                           "invoice",
                           {"+merchant", "-success_url", "-api_url", "-keys"},
                           .notified = true},
    [GATEWAY_ALIPAY] = {CREATE_PRECREATE,
                        "precreate",
                        {"+private_key", "-api_url", "-keys"},
                        .thing = "trade",
                        .notified = true},
    [GATEWAY_WECHAT_PAY] = {CREATE_NATIVE,
                            "native or native_h5",
                            {"+mch_id", "+app_id", "+private_key", "+serial", "-api_url", "-keys"},
                            .thing = "order",
                            .more = CREATE_NATIVE_H5,
                            .notified = true},
};

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

#define KEYS(list) (sizeof(list) / sizeof *(list))

static void check_needs(struct scope *scope, const struct kind_row *kind);
static void check_create(struct scope *scope);
static char taken(const char *const *keys, size_t count, const char *key);
static const char *who_takes(const char *key);
static void check_secrets(struct scope *scope);
static bool decodes(enum hmac_key_form form, struct slice secret);
static void check_template(struct scope *scope);
static bool check_hole(struct scope *scope, struct slice hole, bool *timestamp, bool *body);

void check_gateway(struct scope *scope)
{
    struct config_gateway *gateway = scope->object;
    gateway->line = scope->line;
    if (!scope_good(scope, "kind"))
        return;
    if (gateway->kind == GATEWAY_HMAC && !scope_given(scope, "hmac"))
        scope_fault(scope, "hmac", "is missing; expected the profile of a gateway of kind hmac");
    else if (gateway->kind != GATEWAY_HMAC && scope_given(scope, "hmac"))
        scope_fault(scope, "hmac", "is of no use here; expected it with kind hmac only");
    check_needs(scope, &kinds[gateway->kind]);
    if (scope_good(scope, "create"))
        check_create(scope);
    if (scope_given(scope, "secrets") && scope_good(scope, "secrets"))
        check_secrets(scope);
}

/* Stars that a bot is paid are told without a name: they are one gateway's. */
void check_stars(const struct scope *scope)
{
    const struct config *config = scope->loader->config;
    for (size_t i = 0; i < config->gateway_count; i++) {
        const struct config_bot *bot = config->gateways[i].bot;
        for (size_t j = 0; bot != NULL && j < i; j++) {
            if (config->gateways[j].bot == bot)
                scope_item_fault(scope, "gateways", i, "bot",
                                 "is the bot of gateways[%zu] too; expected one of its own", j);
        }
    }
    for (size_t i = 0; i < config->plan_count; i++) {
        const struct config_plan *plan = &config->plans[i];
        for (size_t j = 0; j < plan->price_count; j++) {
            const struct config_price *price = &plan->prices[j];
            if (strcmp(price->currency, "XTR") == 0 && price->amount > STARS_MAX)
                scope_item_fault(scope, "plans", i, "prices",
                                 "item %zu asks for more Stars than an invoice may; expected at "
                                 "most %d",
                                 j, STARS_MAX);
        }
    }
}

void check_notified(const struct scope *scope)
{
    const struct config *config = scope->loader->config;
    for (size_t i = 0; i < config->gateway_count && config->http.public_url == NULL; i++) {
        const struct config_gateway *gateway = &config->gateways[i];
        size_t kind = (size_t)gateway->kind;
        if (gateway->create != CREATE_NOTHING && kind < sizeof makers / sizeof *makers &&
            makers[kind].notified)
            scope_item_fault(scope, "gateways", i, "create",
                             "needs an address to which %s can tell of payments; expected "
                             "http.public_url",
                             kinds[kind].name);
    }
}

void check_hmac(struct scope *scope)
{
    const struct config_hmac *hmac = scope->object;
    if (hmac->algorithm == SIGNING_MD5 && hmac->key != KEY_UTF8)
        scope_fault(scope, "key",
                    "is of no use with md5, which takes the secret as it is; expected "
                    "utf8");
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

    if (scope_given(scope, "header") == scope_given(scope, "member"))
        scope_fault(scope, scope_given(scope, "header") ? NULL : "header",
                    scope_given(scope, "header")
                        ? "has both header and member; expected one of them"
                        : "is missing; expected the name of a header, or member for one of the "
                          "body");
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
    if (scope_given(scope, "currency") == scope_given(scope, "currency_fixed"))
        scope_fault(scope, "currency",
                    scope_given(scope, "currency")
                        ? "is there beside currency_fixed; expected one of them"
                        : "is missing; expected a JSON pointer, such as /data/currency, or "
                          "currency_fixed, such as CNY");
    if (scope_given(scope, "order_id"))
        return;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (!scope_given(scope, keys[i]))
            scope_fault(scope, keys[i],
                        "is missing; expected a JSON pointer here, or order_id to find the order "
                        "that says it");
    }
}

static void check_needs(struct scope *scope, const struct kind_row *kind)
{
    struct config_gateway *gateway = scope->object;

    if (kind->secrets && !scope_given(scope, "secrets"))
        scope_fault(scope, "secrets", "is missing; expected a list of 1 to %d secrets",
                    CONFIG_SECRETS_MAX);
    if (!kind->secrets && scope_given(scope, "secrets"))
        scope_fault(scope, "secrets", "is of no use here; %s %s", kind->name,
                    kind->bot           ? "comes through its bot"
                    : kind->public_keys ? "signs with its public key alone"
                                        : "signs nothing, and is asked by its other keys");
    if (kind->public_keys && !scope_given(scope, "public_keys"))
        scope_fault(scope, "public_keys",
                    "is missing; expected the keys that %s signs with, such as [{key: "
                    "\"${file:key.pem}\"}]",
                    kind->name);
    if (!kind->public_keys && scope_given(scope, "public_keys"))
        scope_fault(scope, "public_keys",
                    "is of no use here; expected it with kind wechat_pay or alipay only");
    if (kind->app_id && !scope_given(scope, "app_id"))
        scope_fault(scope, "app_id", "is missing; expected the number of your application there");
    if (kind->bot && !scope_given(scope, "bot"))
        scope_fault(scope, "bot", "is missing; expected the name of the bot that is paid");
    if (kind->bot && scope_given(scope, "currencies"))
        scope_fault(scope, "currencies", "is of no use here; %s takes XTR", kind->name);
    if (!kind->bot && scope_given(scope, "bot"))
        scope_fault(scope, "bot", "is of no use here; expected it with kind stars only");
    if (!kind->tolerance && scope_given(scope, "tolerance"))
        scope_fault(scope, "tolerance", "is of no use here; expected it %s",
                    gateway->kind == GATEWAY_HMAC
                        ? "in hmac.timestamp"
                        : "with kind stripe, standard_webhooks or wechat_pay only");
    if (kind->tolerance && !scope_given(scope, "tolerance"))
        gateway->tolerance_ms = TOLERANCE_DEFAULT_MS;
}

static void check_create(struct scope *scope)
{
    static const char *const keys[] = {"shop_id",     "client_id",  "webhook_id",  "secret_key",
                                       "api_key",     "store",      "mch_id",      "merchant",
                                       "app_id",      "serial",     "private_key", "api_url",
                                       "success_url", "cancel_url", "keys"};
    const struct config_gateway *gateway = scope->object;
    size_t kind = (size_t)gateway->kind;
    const struct maker_row *maker = kind < sizeof makers / sizeof *makers ? &makers[kind] : NULL;
    if (gateway->create == CREATE_NOTHING)
        maker = NULL;
    else if (maker == NULL ||
             (maker->create != gateway->create && maker->more != gateway->create)) {
        const char *what = maker != NULL ? maker->what : NULL;
        scope_fault(scope, "create",
                    what == NULL
                        ? "is nothing that usher can have of a gateway of this kind; expected it "
                          "with kind stripe, btcpay, crypto_pay, yookassa, paypal, cryptomus, "
                          "wechat_pay or alipay only"
                        : "is nothing that this kind makes; expected %s",
                    what);
        return;
    }
    const char *const *asked = kinds[kind].asked;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char made = maker == NULL ? 0 : taken(maker->keys, KEYS(maker->keys), keys[i]);
        char takes = taken(asked, KEYS(kinds[kind].asked), keys[i]);
        bool given = scope_given(scope, keys[i]);
        if (takes == '+' && !given)
            scope_fault(scope, keys[i], "is missing; expected it, as usher asks %s about payments",
                        kinds[kind].name);
        else if (made == '+' && !given)
            scope_fault(scope, keys[i], "is missing; expected it, as usher is to make the %s",
                        maker->thing != NULL ? maker->thing : maker->what);
        else if (takes == 0 && made == 0 && given)
            scope_fault(scope, keys[i], "is of no use here; expected it with %s",
                        who_takes(keys[i]));
    }
    if (gateway->kind == GATEWAY_BTCPAY && maker == NULL && scope_given(scope, "api_key") &&
        !scope_given(scope, "store"))
        scope_fault(scope, "store", "is missing; expected it beside api_key");
}

/* '+', '-', or 0. */
static char taken(const char *const *keys, size_t count, const char *key)
{
    for (size_t i = 0; i < count && keys[i] != NULL; i++)
        if (strcmp(keys[i] + 1, key) == 0)
            return keys[i][0];
    return 0;
}

static const char *who_takes(const char *key)
{
    static const struct {
        const char *key;
        const char *kinds;
    } rows[] = {
        {"shop_id", "kind yookassa"},
        {"client_id", "kind paypal"},
        {"webhook_id", "kind paypal"},
        {"secret_key", "kind stripe, yookassa or paypal"},
        {"api_key", "kind btcpay"},
        {"store", "kind btcpay"},
        {"app_id", "kind alipay, or create, of kind wechat_pay"},
        {"mch_id", "create, of kind wechat_pay"},
        {"merchant", "create, of kind cryptomus"},
        {"serial", "create, of kind wechat_pay"},
        {"private_key", "create, of kind wechat_pay or alipay"},
        {"api_url", "kind stripe, btcpay, crypto_pay, yookassa or paypal, or create, of kind "
                    "cryptomus, wechat_pay or alipay"},
        {"cancel_url", "create, of kind stripe or paypal"},
        {"keys",
         "create, of kind stripe, btcpay, crypto_pay, yookassa, cryptomus, wechat_pay or alipay"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].key, key) == 0)
            return rows[i].kinds;
    return "create, of kind stripe, btcpay, crypto_pay, yookassa, paypal or cryptomus";
}

/* A secret that cannot be a key must not be found out by the first payment. */
static void check_secrets(struct scope *scope)
{
    const struct config_gateway *gateway = scope->object;
    enum hmac_key_form form =
        gateway->kind == GATEWAY_HMAC ? gateway->hmac.key : kinds[gateway->kind].key;
    for (size_t i = 0; i < gateway->secret_count; i++) {
        const char *secret = gateway->secrets[i];
        if (secret == NULL)
            continue;
        check_secret(scope, i, slice_from(secret));
        if (!decodes(form, slice_from(secret)))
            scope_item_fault(scope, "secrets", i, NULL, "the value is no key; expected %s",
                             key_forms[form]);
        else if (gateway->kind == GATEWAY_WECHAT_PAY && strlen(secret) != API_V3_KEY_BYTES)
            scope_item_fault(scope, "secrets", i, NULL,
                             "the value is no APIv3 key; expected the %d characters that were set "
                             "at pay.weixin.qq.com",
                             API_V3_KEY_BYTES);
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
    static const struct {
        const char *name;
        bool body;
    } plain[] = {
        {"timestamp", false}, {"body", true},        {"body_base64", true},
        {"id", false},        {"method", false},     {"path", false},
        {"pairs", true},      {"json_sorted", true}, {"json_php_base64", true},
    };
    static const char header[] = "header:";
    const struct config_hmac *hmac = scope->object;
    bool known = false;

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (slice_is(hole, plain[i].name)) {
            known = true;
            *body = *body || plain[i].body;
        }
    if (hole.len > sizeof(header) - 1 && memcmp(hole.data, header, sizeof(header) - 1) == 0)
        known = hole.len - (sizeof(header) - 1) < 64 &&
                type_is_token(
                    slice_of(hole.data + sizeof(header) - 1, hole.len - (sizeof(header) - 1)));
    if (!known) {
        scope_fault(scope, "signed",
                    "has braces around something unknown; expected {timestamp}, {body}, "
                    "{body_base64}, {pairs}, {json_sorted}, {json_php_base64}, {id}, {method}, "
                    "{path} or {header:Name}");
        return false;
    }
    if (slice_is(hole, "id") && hmac->event_id_header == NULL && scope_good(scope, "event_id")) {
        scope_fault(scope, "signed", "names {id}, but there is none; expected event_id.header");
        return false;
    }
    *timestamp = *timestamp || slice_is(hole, "timestamp");
    return true;
}
