#include "config/schema.h"

#include "config/check.h"
#include "config/config.h"

#include <limits.h>

#define AT(type, field)    .offset = offsetof(struct type, field)
#define COUNT(type, field) .count_offset = offsetof(struct type, field)
#define SECONDS(n)         (UINT64_C(1000) * (n))
#define DAYS(n)            (SECONDS(86400) * (n))

static const struct choice languages[] = {
    {"en", LANGUAGE_EN},
    {"zh-Hans", LANGUAGE_ZH_HANS},
    {"zh-Hant", LANGUAGE_ZH_HANT},
    {NULL, 0},
};
static const struct choice updates[] = {
    {"polling", UPDATES_POLLING},
    {"webhook", UPDATES_WEBHOOK},
    {NULL, 0},
};
static const struct choice log_formats[] = {
    {"text", LOG_TEXT},
    {"json", LOG_JSON},
    {NULL, 0},
};
static const struct choice invites[] = {
    {"join_request", INVITE_JOIN_REQUEST},
    {"one_time_link", INVITE_ONE_TIME_LINK},
    {NULL, 0},
};
static const struct choice gateway_kinds[] = {
    {"stripe", GATEWAY_STRIPE},
    {"btcpay", GATEWAY_BTCPAY},
    {"standard_webhooks", GATEWAY_STANDARD_WEBHOOKS},
    {"hmac", GATEWAY_HMAC},
    {"crypto_pay", GATEWAY_CRYPTO_PAY},
    {"cryptomus", GATEWAY_CRYPTOMUS},
    {"wechat_pay", GATEWAY_WECHAT_PAY},
    {"alipay", GATEWAY_ALIPAY},
    {"stars", GATEWAY_STARS},
    {"yookassa", GATEWAY_YOOKASSA},
    {"paypal", GATEWAY_PAYPAL},
    {NULL, 0},
};
static const struct choice creates[] = {
    {"session", CREATE_SESSION},     {"invoice", CREATE_INVOICE},
    {"payment", CREATE_PAYMENT},     {"order", CREATE_ORDER},
    {"native", CREATE_NATIVE},       {"precreate", CREATE_PRECREATE},
    {"native_h5", CREATE_NATIVE_H5}, {NULL, 0},
};
static const struct choice algorithms[] = {
    {"sha256", SIGNING_HMAC_SHA256},
    {"sha512", SIGNING_HMAC_SHA512},
    {"md5", SIGNING_MD5},
    {NULL, 0},
};
static const struct choice body_forms[] = {
    {"json", BODY_JSON},
    {"form", BODY_FORM},
    {NULL, 0},
};
static const struct choice key_forms[] = {
    {"utf8", KEY_UTF8},   {"hex", KEY_HEX},       {"base64", KEY_BASE64},
    {"whsec", KEY_WHSEC}, {"sha256", KEY_SHA256}, {NULL, 0},
};
static const struct choice signature_formats[] = {
    {"raw", SIGNATURE_RAW},
    {"prefix", SIGNATURE_PREFIX},
    {"kv", SIGNATURE_KV},
    {"list", SIGNATURE_LIST},
    {NULL, 0},
};
static const struct choice signature_encodings[] = {
    {"hex", ENCODING_HEX},
    {"base64", ENCODING_BASE64},
    {NULL, 0},
};
static const struct choice time_units[] = {
    {"s", TIME_UNIT_S},
    {"ms", TIME_UNIT_MS},
    {NULL, 0},
};

/* Rows stand in the order in which they are read: what another row needs stands before it. */
/* clang-format off */
static const struct key root_keys[] = {
    {"data_dir", TYPE_PATH, DEFAULTED, "./var", 1, PATH_MAX - 1, AT(config, data_dir),
     .restart = true},
    {"http", TYPE_SECTION, DEFAULTED, AT(config, http), .inner = SECTION_HTTP, .restart = true},
    {"admin", TYPE_SECTION, REQUIRED, .inner = SECTION_ADMIN},
    {"community", TYPE_SECTION, REQUIRED, .inner = SECTION_COMMUNITY},
    {"bots", TYPE_SECTIONS, REQUIRED, NULL, 1, CONFIG_BOTS_MAX, AT(config, bots),
     COUNT(config, bot_count), sizeof(struct config_bot), SECTION_BOT,
     .restart = true},
    {"lanes", TYPE_SECTIONS, OPTIONAL, NULL, 0, CONFIG_SERVICES_MAX, AT(config, services),
     COUNT(config, service_count), sizeof(struct config_service), SECTION_LANE,
     .restart = true},
    {"groups", TYPE_SECTIONS, OPTIONAL, NULL, 0, CONFIG_GROUPS_MAX, AT(config, groups),
     COUNT(config, group_count), sizeof(struct config_group), SECTION_GROUP},
    {"plans", TYPE_SECTIONS, OPTIONAL, NULL, 0, CONFIG_PLANS_MAX, AT(config, plans),
     COUNT(config, plan_count), sizeof(struct config_plan), SECTION_PLAN},
    {"gateways", TYPE_SECTIONS, OPTIONAL, NULL, 0, CONFIG_GATEWAYS_MAX, AT(config, gateways),
     COUNT(config, gateway_count), sizeof(struct config_gateway), SECTION_GATEWAY},
    {"reconcile", TYPE_SECTION, DEFAULTED, AT(config, reconcile), .inner = SECTION_RECONCILE},
    {"topology", TYPE_SECTION, OPTIONAL, .inner = SECTION_TOPOLOGY, .restart = true},
    {"journal", TYPE_SECTION, OPTIONAL, .inner = SECTION_JOURNAL},
    {"legal", TYPE_SECTION, OPTIONAL, .inner = SECTION_LEGAL},
    {"test_clock", TYPE_SWITCH, DEFAULTED, "false", AT(config, test_clock), .restart = true},
    {"mirror", TYPE_SECTION, DEFAULTED, .inner = SECTION_MIRROR, .restart = true},
    {"log", TYPE_SECTION, DEFAULTED, .inner = SECTION_LOG},
    {"metrics", TYPE_SECTION, OPTIONAL, .inner = SECTION_METRICS, .restart = true},
    {"alerts", TYPE_SECTION, OPTIONAL, .inner = SECTION_ALERTS},
    {"webhooks", TYPE_SECTIONS, OPTIONAL, NULL, 0, CONFIG_WEBHOOKS_MAX, AT(config, webhooks),
     COUNT(config, webhook_count), sizeof(struct config_webhook), SECTION_WEBHOOK,
     .restart = true},
};

static const struct key http_keys[] = {
    {"listen", TYPE_LISTEN, DEFAULTED, "127.0.0.1:8080", AT(config_http, listen)},
    {"threads", TYPE_NUMBER, DEFAULTED, "2", 1, 64, AT(config_http, threads)},
    {"connections_max", TYPE_NUMBER, DEFAULTED, "4096", 1, 1000000,
     AT(config_http, connections_max)},
    {"parked_max", TYPE_NUMBER, DEFAULTED, "16384", 1, 1000000, AT(config_http, parked_max)},
    {"body_max", TYPE_SIZE, DEFAULTED, "1 MiB", 1024, 8 * 1024 * 1024,
     AT(config_http, body_bytes_max)},
    {"peer_per_second", TYPE_NUMBER, DEFAULTED, "1000", 0, 1000000,
     AT(config_http, peer_per_second)},
    {"peer_connections_max", TYPE_NUMBER, DEFAULTED, "256", 0, 1000000,
     AT(config_http, peer_connections_max)},
    {"trust_forwarded", TYPE_SWITCH, DEFAULTED, "false", AT(config_http, trust_forwarded)},
    {"public_url", TYPE_ADDRESS, OPTIONAL, NULL, 1, 512, AT(config_http, public_url)},
};

static const struct key admin_keys[] = {
    {"token", TYPE_BEARER, REQUIRED, NULL, 16, 512, AT(config, admin_token), .secret = true},
};

static const struct key community_keys[] = {
    {"name", TYPE_LINE, REQUIRED, NULL, 1, 128, AT(config, community_name)},
    {"timezone", TYPE_TIMEZONE, DEFAULTED, "UTC", 1, 64, AT(config, timezone)},
    {"language", TYPE_CHOICE, DEFAULTED, "en", AT(config, language), .choices = languages},
    {"removals_per_hour", TYPE_NUMBER, DEFAULTED, "100", 1, 1000000,
     AT(config, removals_per_hour)},
    {"notices_per_day", TYPE_NUMBER, DEFAULTED, "3", 0, 1000, AT(config, notices_per_day)},
    {"quiet_from", TYPE_NUMBER, DEFAULTED, "0", 0, 23, AT(config, quiet_from)},
    {"quiet_to", TYPE_NUMBER, DEFAULTED, "0", 0, 23, AT(config, quiet_to)},
};

static const struct key bot_keys[] = {
    {"name", TYPE_NAME, REQUIRED, AT(config_bot, name)},
    {"token", TYPE_BOT_TOKEN, REQUIRED, NULL, 1, 256, AT(config_bot, token), .secret = true},
    {"api_url", TYPE_ADDRESS, DEFAULTED, "https://api.telegram.org", 1, 512,
     AT(config_bot, api_url)},
    {"updates", TYPE_CHOICE, DEFAULTED, "polling", AT(config_bot, updates), .choices = updates},
    {"webhook_secret", TYPE_LINE, OPTIONAL, NULL, 1, SIZE_MAX, AT(config_bot, webhook_secret),
     .secret = true, .lazy = true},
    {"limits", TYPE_SECTION, DEFAULTED, .inner = SECTION_BOT_LIMITS},
};

static const struct key bot_limits_keys[] = {
    {"per_second", TYPE_NUMBER, DEFAULTED, "30", 1, CONFIG_LIMIT_MAX, AT(config_bot, per_second)},
    {"per_chat_per_second", TYPE_NUMBER, DEFAULTED, "1", 1, CONFIG_LIMIT_MAX,
     AT(config_bot, per_chat_per_second)},
    {"per_group_per_minute", TYPE_NUMBER, DEFAULTED, "20", 1, CONFIG_LIMIT_MAX,
     AT(config_bot, per_group_per_minute)},
};

static const struct key lane_keys[] = {
    {"name", TYPE_NAME, REQUIRED, AT(config_service, name)},
    {"url", TYPE_OUTWARD, REQUIRED, NULL, 1, 1024, AT(config_service, url)},
    {"header", TYPE_LINE, OPTIONAL, NULL, 1, 1024, AT(config_service, header), .secret = true},
    {"user", TYPE_LINE, OPTIONAL, NULL, 1, 256, AT(config_service, user)},
    {"password", TYPE_LINE, OPTIONAL, NULL, 1, 1024, AT(config_service, password), .secret = true},
    {"from", TYPE_MAILBOX, OPTIONAL, NULL, 1, 512, AT(config_service, from)},
    {"per_second", TYPE_NUMBER, DEFAULTED, "10", 1, CONFIG_LIMIT_MAX, AT(config_service, per_second)},
    {"concurrency", TYPE_NUMBER, DEFAULTED, "8", 1, 512, AT(config_service, concurrency)},
};

static const struct key group_keys[] = {
    {"name", TYPE_NAME, REQUIRED, AT(config_group, name)},
    {"bot", TYPE_REFERENCE, REQUIRED, AT(config_group, bot), .inner = SECTION_BOT},
    {"chat_id", TYPE_CHAT_ID, REQUIRED, AT(config_group, chat_id)},
    {"invite", TYPE_CHOICE, DEFAULTED, "join_request", AT(config_group, invite),
     .choices = invites},
    {"title", TYPE_LINE, OPTIONAL, NULL, 1, 128, AT(config_group, title)},
    {"link_ttl", TYPE_DURATION, DEFAULTED, "24 hours", SECONDS(60), DAYS(366),
     AT(config_group, link_ttl_ms)},
};

static const struct key plan_keys[] = {
    {"name", TYPE_NAME, REQUIRED, AT(config_plan, name)},
    {"title", TYPE_LINE, OPTIONAL, NULL, 1, 128, AT(config_plan, title)},
    {"groups", TYPE_REFERENCES, REQUIRED, NULL, 1, CONFIG_GROUPS_MAX, AT(config_plan, groups),
     COUNT(config_plan, group_count), .inner = SECTION_GROUP},
    {"seats", TYPE_NUMBER, OPTIONAL, NULL, 1, 1000000000, AT(config_plan, seats)},
    {"grace", TYPE_DURATION, DEFAULTED, "0", 0, DAYS(366), AT(config_plan, grace_ms)},
    {"prices", TYPE_SECTIONS, OPTIONAL, NULL, 0, CONFIG_PRICES_MAX, AT(config_plan, prices),
     COUNT(config_plan, price_count), sizeof(struct config_price), SECTION_PRICE},
    {"welcome", TYPE_SECTION, OPTIONAL, .inner = SECTION_WELCOME},
};

static const struct key price_keys[] = {
    {"currency", TYPE_CURRENCY, REQUIRED, AT(config_price, currency)},
    {"amount", TYPE_AMOUNT, REQUIRED, AT(config_price, amount)},
    {"period", TYPE_PERIOD, REQUIRED, AT(config_price, period)},
    {"renews", TYPE_SWITCH, DEFAULTED, "false", AT(config_price, renews)},
};

static const struct key welcome_keys[] = {
    {"text", TYPE_TEXT, OPTIONAL, NULL, 1, 8192, AT(config_plan, welcome_text)},
    {"resources", TYPE_RESOURCES, OPTIONAL, NULL, 0, CONFIG_RESOURCES_MAX,
     AT(config_plan, resources), COUNT(config_plan, resource_count)},
};

static const struct key gateway_keys[] = {
    {"name", TYPE_NAME, REQUIRED, AT(config_gateway, name)},
    {"kind", TYPE_CHOICE, REQUIRED, AT(config_gateway, kind), .choices = gateway_kinds},
    {"secrets", TYPE_SECRETS, OPTIONAL, NULL, 1, CONFIG_SECRETS_MAX, AT(config_gateway, secrets),
     COUNT(config_gateway, secret_count), .secret = true},
    {"public_keys", TYPE_SECTIONS, OPTIONAL, NULL, 1, CONFIG_PUBLIC_KEYS_MAX,
     AT(config_gateway, public_keys), COUNT(config_gateway, public_key_count),
     sizeof(struct config_public_key), SECTION_PUBLIC_KEY},
    {"app_id", TYPE_LINE, OPTIONAL, NULL, 1, 64, AT(config_gateway, app_id)},
    {"bot", TYPE_REFERENCE, OPTIONAL, AT(config_gateway, bot), .inner = SECTION_BOT},
    {"tolerance", TYPE_DURATION, OPTIONAL, NULL, SECONDS(1), DAYS(31),
     AT(config_gateway, tolerance_ms)},
    {"currencies", TYPE_CURRENCIES, OPTIONAL, NULL, 1, CONFIG_CURRENCIES_MAX,
     AT(config_gateway, currencies), COUNT(config_gateway, currency_count)},
    {"label", TYPE_SECTION, OPTIONAL, AT(config_gateway, label), .inner = SECTION_LABEL},
    {"hmac", TYPE_SECTION, OPTIONAL, AT(config_gateway, hmac), .inner = SECTION_HMAC},
    {"create", TYPE_CHOICE, OPTIONAL, AT(config_gateway, create), .choices = creates},
    {"api_url", TYPE_ADDRESS, OPTIONAL, NULL, 1, 512, AT(config_gateway, api_url)},
    {"keys", TYPE_SWITCH, DEFAULTED, "true", AT(config_gateway, keys)},
    {"shop_id", TYPE_LINE, OPTIONAL, NULL, 1, 64, AT(config_gateway, shop_id)},
    {"client_id", TYPE_LINE, OPTIONAL, NULL, 1, 512, AT(config_gateway, client_id)},
    {"webhook_id", TYPE_LINE, OPTIONAL, NULL, 1, 64, AT(config_gateway, webhook_id)},
    {"secret_key", TYPE_LINE, OPTIONAL, NULL, 1, 512, AT(config_gateway, secret_key),
     .secret = true},
    {"api_key", TYPE_LINE, OPTIONAL, NULL, 1, 512, AT(config_gateway, api_key), .secret = true},
    {"store", TYPE_LINE, OPTIONAL, NULL, 1, 128, AT(config_gateway, store)},
    {"mch_id", TYPE_TOKEN, OPTIONAL, NULL, 1, 32, AT(config_gateway, mch_id)},
    {"merchant", TYPE_TOKEN, OPTIONAL, NULL, 1, 64, AT(config_gateway, merchant)},
    {"serial", TYPE_TOKEN, OPTIONAL, NULL, 1, 64, AT(config_gateway, serial)},
    {"private_key", TYPE_SIGNING_KEY, OPTIONAL, NULL, 1, 16384, AT(config_gateway, private_key),
     .secret = true},
    {"reconcile", TYPE_SECTION, OPTIONAL, AT(config_gateway, reconcile),
     .inner = SECTION_RECONCILE},
    {"success_url", TYPE_RESOURCE, OPTIONAL, NULL, 1, 512, AT(config_gateway, success_url)},
    {"cancel_url", TYPE_RESOURCE, OPTIONAL, NULL, 1, 512, AT(config_gateway, cancel_url)},
};

static const struct key public_key_keys[] = {
    {"id", TYPE_TOKEN, OPTIONAL, NULL, 1, 128, AT(config_public_key, id)},
    {"key", TYPE_PEM, REQUIRED, NULL, 1, 16384, AT(config_public_key, key), .secret = true},
};

static const struct key label_keys[] = {
    {"en", TYPE_LINE, OPTIONAL, NULL, 1, 64, AT(config_label, text[LANGUAGE_EN])},
    {"zh-Hans", TYPE_LINE, OPTIONAL, NULL, 1, 64, AT(config_label, text[LANGUAGE_ZH_HANS])},
    {"zh-Hant", TYPE_LINE, OPTIONAL, NULL, 1, 64, AT(config_label, text[LANGUAGE_ZH_HANT])},
};

static const struct key hmac_keys[] = {
    {"algorithm", TYPE_CHOICE, DEFAULTED, "sha256", AT(config_hmac, algorithm),
     .choices = algorithms},
    {"key", TYPE_CHOICE, DEFAULTED, "utf8", AT(config_hmac, key), .choices = key_forms},
    {"body", TYPE_CHOICE, DEFAULTED, "json", AT(config_hmac, body), .choices = body_forms},
    {"signature", TYPE_SECTION, REQUIRED, .inner = SECTION_HMAC_SIGNATURE},
    {"timestamp", TYPE_SECTION, OPTIONAL, .inner = SECTION_HMAC_TIMESTAMP},
    {"signed", TYPE_TEXT, DEFAULTED, "{body}", 1, 1024, AT(config_hmac, signed_template)},
    {"event_id", TYPE_SECTION, OPTIONAL, .inner = SECTION_HMAC_EVENT_ID},
    {"map", TYPE_SECTION, REQUIRED, .inner = SECTION_HMAC_MAP},
    {"ack", TYPE_TEXT, DEFAULTED, "ok", 0, 1024, AT(config_hmac, ack)},
};

static const struct key hmac_signature_keys[] = {
    {"header", TYPE_HEADER, OPTIONAL, NULL, 1, 128, AT(config_hmac, signature_header)},
    {"member", TYPE_TOKEN, OPTIONAL, NULL, 1, 128, AT(config_hmac, signature_member)},
    {"format", TYPE_CHOICE, DEFAULTED, "raw", AT(config_hmac, format),
     .choices = signature_formats},
    {"prefix", TYPE_LINE, OPTIONAL, NULL, 1, 64, AT(config_hmac, prefix)},
    {"field", TYPE_TOKEN, OPTIONAL, NULL, 1, 64, AT(config_hmac, field)},
    {"separator", TYPE_SEPARATOR, OPTIONAL, AT(config_hmac, separator)},
    {"encoding", TYPE_CHOICE, DEFAULTED, "hex", AT(config_hmac, encoding),
     .choices = signature_encodings},
};

static const struct key hmac_timestamp_keys[] = {
    {"header", TYPE_HEADER, OPTIONAL, NULL, 1, 128, AT(config_hmac, timestamp_header)},
    {"field", TYPE_TOKEN, OPTIONAL, NULL, 1, 64, AT(config_hmac, timestamp_field)},
    {"unit", TYPE_CHOICE, DEFAULTED, "s", AT(config_hmac, timestamp_unit), .choices = time_units},
    {"tolerance", TYPE_DURATION, DEFAULTED, "5 minutes", SECONDS(1), DAYS(31),
     AT(config_hmac, tolerance_ms)},
};

static const struct key hmac_event_id_keys[] = {
    {"header", TYPE_HEADER, OPTIONAL, NULL, 1, 128, AT(config_hmac, event_id_header)},
    {"pointer", TYPE_POINTER, OPTIONAL, NULL, 1, 256, AT(config_hmac, event_id_pointer)},
};

static const struct key hmac_map_keys[] = {
    {"kind", TYPE_SECTION, REQUIRED, .inner = SECTION_HMAC_KIND},
    {"payment_id", TYPE_POINTERS, REQUIRED, AT(config_hmac, payment_id)},
    {"telegram_id", TYPE_POINTERS, OPTIONAL, AT(config_hmac, telegram_id)},
    {"plan", TYPE_POINTERS, OPTIONAL, AT(config_hmac, plan)},
    {"order_id", TYPE_POINTERS, OPTIONAL, AT(config_hmac, order_id)},
    {"amount", TYPE_POINTERS, REQUIRED, AT(config_hmac, amount)},
    {"amount_minor", TYPE_SWITCH, DEFAULTED, "false", AT(config_hmac, amount_minor)},
    {"refund_amount", TYPE_POINTERS, OPTIONAL, AT(config_hmac, refund_amount)},
    {"refund_total", TYPE_SWITCH, DEFAULTED, "false", AT(config_hmac, refund_total)},
    {"part_id", TYPE_POINTERS, OPTIONAL, AT(config_hmac, part_id)},
    {"currency", TYPE_POINTERS, OPTIONAL, AT(config_hmac, currency)},
    {"currency_fixed", TYPE_LINE, OPTIONAL, NULL, 1, 7, AT(config_hmac, currency_fixed)},
};

static const struct key hmac_kind_keys[] = {
    {"pointer", TYPE_POINTERS, REQUIRED, AT(config_hmac, kind_pointer)},
    {"values", TYPE_KINDS, REQUIRED, NULL, 1, 64, AT(config_hmac, kinds),
     COUNT(config_hmac, kind_count)},
};

static const struct key topology_keys[] = {
    {"links", TYPE_LINKS, OPTIONAL, NULL, 0, 32, AT(config, links), COUNT(config, link_count)},
    {"curve_dir", TYPE_PATH, OPTIONAL, NULL, 1, PATH_MAX - 1, AT(config, curve_dir)},
};

static const struct key journal_keys[] = {
    {"keep", TYPE_DURATION, OPTIONAL, NULL, SECONDS(3600), DAYS(36500),
     AT(config, journal_keep_ms)},
    {"archive_keep", TYPE_DURATION, OPTIONAL, NULL, DAYS(1), DAYS(36500),
     AT(config, archive_keep_ms)},
    {"facts_keep", TYPE_DURATION, OPTIONAL, NULL, DAYS(2), DAYS(36500), AT(config, facts_keep_ms)},
};

/* terms and privacy: an address, or the text itself. */
static const struct key legal_keys[] = {
    {"terms", TYPE_TEXT, OPTIONAL, NULL, 1, 16384, AT(config, legal.terms)},
    {"privacy", TYPE_TEXT, OPTIONAL, NULL, 1, 16384, AT(config, legal.privacy)},
    {"refunds", TYPE_TEXT, OPTIONAL, NULL, 1, 4096, AT(config, legal.refunds)},
};

static const struct key mirror_keys[] = {
    {"path", TYPE_PATH, OPTIONAL, NULL, 1, PATH_MAX - 1, AT(config, mirror_path)},
    {"enabled", TYPE_SWITCH, DEFAULTED, "true", AT(config, mirror_enabled)},
};

static const struct key reconcile_keys[] = {
    {"every", TYPE_DURATION, DEFAULTED, "5 minutes", 0, DAYS(1), AT(config_reconcile, every_ms)},
    {"back", TYPE_DURATION, DEFAULTED, "1 day", SECONDS(60), DAYS(31),
     AT(config_reconcile, back_ms)},
};

static const struct key log_keys[] = {
    {"format", TYPE_CHOICE, DEFAULTED, "text", AT(config, log_format), .choices = log_formats},
};

static const struct key metrics_keys[] = {
    {"listen", TYPE_LISTEN, REQUIRED, AT(config, metrics)},
};

static const struct key alerts_keys[] = {
    {"chat", TYPE_CHAT_ID, REQUIRED, AT(config, alerts_chat)},
    {"bot", TYPE_REFERENCE, OPTIONAL, AT(config, alerts_bot), .inner = SECTION_BOT},
};

static const struct key webhook_keys[] = {
    {"name", TYPE_NAME, REQUIRED, AT(config_webhook, name)},
    {"url", TYPE_LINE, REQUIRED, NULL, 1, 1024, AT(config_webhook, url)},
    {"secret", TYPE_LINE, REQUIRED, NULL, 1, 512, AT(config_webhook, secret), .secret = true},
    {"events", TYPE_EVENTS, REQUIRED, NULL, 1, CONFIG_EVENTS_MAX, AT(config_webhook, events),
     COUNT(config_webhook, event_count)},
    {"keep", TYPE_DURATION, DEFAULTED, "1 day", 0, DAYS(31), AT(config_webhook, keep_ms)},
    {"give_up", TYPE_DURATION, DEFAULTED, "3 days", SECONDS(1), DAYS(31),
     AT(config_webhook, give_up_ms)},
};

#define ROWS(keys) keys, sizeof(keys) / sizeof(keys[0])
const struct section schema_sections[SECTION_COUNT] = {
    [SECTION_ROOT] = {"the configuration", ROWS(root_keys), check_root},
    [SECTION_HTTP] = {"the HTTP server", ROWS(http_keys), check_http},
    [SECTION_ADMIN] = {"the operator's access", ROWS(admin_keys), NULL},
    [SECTION_COMMUNITY] = {"the community", ROWS(community_keys), NULL},
    [SECTION_BOT] = {"a bot", ROWS(bot_keys), check_bot},
    [SECTION_BOT_LIMITS] = {"a bot's limits", ROWS(bot_limits_keys), NULL},
    [SECTION_LANE] = {"a lane", ROWS(lane_keys), check_lane},
    [SECTION_GROUP] = {"a group", ROWS(group_keys), check_group},
    [SECTION_PLAN] = {"a plan", ROWS(plan_keys), check_plan},
    [SECTION_PRICE] = {"a price", ROWS(price_keys), NULL},
    [SECTION_WELCOME] = {"a welcome pack", ROWS(welcome_keys), check_welcome},
    [SECTION_GATEWAY] = {"a gateway", ROWS(gateway_keys), check_gateway},
    [SECTION_PUBLIC_KEY] = {"a public key", ROWS(public_key_keys), NULL},
    [SECTION_LABEL] = {"a label", ROWS(label_keys), NULL},
    [SECTION_RECONCILE] = {"a reconciliation", ROWS(reconcile_keys), NULL},
    [SECTION_HMAC] = {"an HMAC profile", ROWS(hmac_keys), check_hmac},
    [SECTION_HMAC_SIGNATURE] = {"a signature", ROWS(hmac_signature_keys), check_hmac_signature},
    [SECTION_HMAC_TIMESTAMP] = {"a timestamp", ROWS(hmac_timestamp_keys), check_hmac_timestamp},
    [SECTION_HMAC_EVENT_ID] = {"an event id", ROWS(hmac_event_id_keys), check_hmac_event_id},
    [SECTION_HMAC_MAP] = {"a map of the body", ROWS(hmac_map_keys), check_hmac_map},
    [SECTION_HMAC_KIND] = {"a map of kinds", ROWS(hmac_kind_keys), NULL},
    [SECTION_TOPOLOGY] = {"the topology", ROWS(topology_keys), check_topology},
    [SECTION_JOURNAL] = {"the journal", ROWS(journal_keys), check_journal},
    [SECTION_LEGAL] = {"the legal texts", ROWS(legal_keys), NULL},
    [SECTION_MIRROR] = {"the mirror", ROWS(mirror_keys), check_mirror},
    [SECTION_LOG] = {"the log", ROWS(log_keys), NULL},
    [SECTION_METRICS] = {"the metrics", ROWS(metrics_keys), NULL},
    [SECTION_ALERTS] = {"the alerts", ROWS(alerts_keys), NULL},
    [SECTION_WEBHOOK] = {"a webhook", ROWS(webhook_keys), check_webhook},
};
/* clang-format on */
