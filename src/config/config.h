/* The operator's configuration: one YAML file, checked whole. All errors of a file are reported at
 * once, each with its line and what was expected. The tree is immutable after loading and may be
 * read by all threads. Secrets live only here and in what is built from it; they are wiped by
 * config_destroy. */
#ifndef USHER_CONFIG_CONFIG_H
#define USHER_CONFIG_CONFIG_H

#include "base/buf.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/language.h"
#include "base/money.h"
#include "base/period.h"
#include "wire/lane.h"
#include "wire/wire.h"

#include <stdint.h>

enum {
    CONFIG_NAME_MAX = 31, /* bytes of a name of a bot, group, plan or gateway: [a-z0-9_-]+ */
    CONFIG_BOTS_MAX = 64,
    CONFIG_SERVICES_MAX = 64,
    CONFIG_GROUPS_MAX = 256,
    CONFIG_PLANS_MAX = 256,
    CONFIG_PRICES_MAX = 64, /* a plan */
    CONFIG_RESOURCES_MAX = 20,
    CONFIG_GATEWAYS_MAX = 64,
    CONFIG_LANES_MAX = CONFIG_BOTS_MAX + CONFIG_SERVICES_MAX + CONFIG_GATEWAYS_MAX,
    CONFIG_SECRETS_MAX = 8,     /* a gateway */
    CONFIG_PUBLIC_KEYS_MAX = 8, /* a gateway */
    CONFIG_POINTERS_MAX = 4,    /* places where one thing may stand in a body */
    CONFIG_CURRENCIES_MAX = 32,
    CONFIG_LIMIT_MAX = 10000, /* of calls in a window */
    CONFIG_WEBHOOKS_MAX = 12, /* their names fit into the catalog's readers */
    CONFIG_EVENTS_MAX = 64    /* patterns of a webhook */
};

enum carrier_kind { CARRIER_TELEGRAM, CARRIER_HTTP, CARRIER_SMTP };
enum log_format { LOG_TEXT, LOG_JSON };
enum updates_kind { UPDATES_POLLING, UPDATES_WEBHOOK };
enum gateway_kind {
    GATEWAY_STRIPE,
    GATEWAY_BTCPAY,
    GATEWAY_STANDARD_WEBHOOKS,
    GATEWAY_HMAC,
    GATEWAY_CRYPTO_PAY,
    GATEWAY_CRYPTOMUS,
    GATEWAY_WECHAT_PAY,
    GATEWAY_ALIPAY,
    GATEWAY_STARS,
    GATEWAY_YOOKASSA,
    GATEWAY_PAYPAL
};
/* What a gateway is asked for when somebody orders. */
enum config_create {
    CREATE_NOTHING,
    CREATE_SESSION,
    CREATE_INVOICE,
    CREATE_PAYMENT,
    CREATE_ORDER,
    CREATE_NATIVE,
    CREATE_PRECREATE,
    CREATE_NATIVE_H5 /* native, and another one for a phone whose payer taps */
};
/* MD5: of what is signed with the secret behind it. RSA_SHA256: by a key that only the gateway
 * holds. */
enum signing { SIGNING_HMAC_SHA256, SIGNING_HMAC_SHA512, SIGNING_MD5, SIGNING_RSA_SHA256 };
/* FORM: name=value pairs, of a POST's body or a GET's query. */
enum body_form { BODY_JSON, BODY_FORM };
enum hmac_key_form { KEY_UTF8, KEY_HEX, KEY_BASE64, KEY_WHSEC, KEY_SHA256 };
enum signature_format { SIGNATURE_RAW, SIGNATURE_PREFIX, SIGNATURE_KV, SIGNATURE_LIST };
enum signature_encoding { ENCODING_HEX, ENCODING_BASE64 };
enum time_unit { TIME_UNIT_S, TIME_UNIT_MS };

/* Where a server listens. */
struct config_listen {
    char *host;    /* "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port; /* 0: any free port, printed in the log */
};

struct config_http {
    struct config_listen listen;
    uint32_t threads;         /* of the HTTP server, default 2 */
    uint32_t connections_max; /* default 4096 */
    uint32_t parked_max;      /* requests waiting for a verdict, default 16384 */
    uint32_t body_bytes_max;  /* default 1 MiB, at most 8 MiB */
    /* Requests a second from one peer address, default 1000, 0: unlimited; loopback exempt. */
    uint32_t peer_per_second;
    uint32_t peer_connections_max; /* of one peer address, default 256, 0: any number; the same */
    bool trust_forwarded; /* the peer is the last address of X-Forwarded-For (behind a proxy) */
    char *public_url;     /* https://... under which the world reaches us, no slash last; or NULL */
};

struct config_bot {
    char name[CONFIG_NAME_MAX + 1];
    char *token;
    char *api_url; /* no trailing slash */
    enum updates_kind updates;
    char *webhook_secret; /* NULL unless webhook */
    uint32_t per_second;
    uint32_t per_chat_per_second;
    uint32_t per_group_per_minute;
};

/* What things are posted to: an HTTP service, the lane http:NAME; or a mail server, smtp:NAME. */
struct config_service {
    char name[CONFIG_NAME_MAX + 1];
    char *url;
    char *header; /* "Authorization: Bearer ...", or NULL; of HTTP only */
    char *user;   /* these of SMTP only; NULL: we need not say who we are */
    char *password;
    char *from; /* "Club <club@example.org>" */
    uint32_t per_second;
    uint32_t concurrency;
};

/* Where events are sent to; each is a reader of the news (config_webhook_reader). */
struct config_webhook {
    char name[CONFIG_NAME_MAX + 1];
    char *url;
    char *secret;  /* whsec_ and the key in base64 */
    char **events; /* patterns: wire/event_name.h */
    size_t event_count;
    uint64_t keep_ms;    /* news stay so long after they were sent, for a replay; default 1 day */
    uint64_t give_up_ms; /* disabled after failing for so long; default 3 days */
};

struct config_group {
    char name[CONFIG_NAME_MAX + 1];
    const struct config_bot *bot;
    int64_t chat_id;
    enum invite_kind invite;
    char *title;          /* on the button; the name when not given */
    uint64_t link_ttl_ms; /* of a one-time link, default 24 hours */
};

/* A part of each day, in minutes behind midnight; it may go past midnight. */
struct config_hours {
    bool given;
    uint32_t from_minute;
    uint32_t to_minute;
};

struct config_price {
    int64_t amount; /* minor units */
    char currency[CURRENCY_CODE_MAX];
    struct period period;
    bool renews; /* the gateway charges it again each period, until it is cancelled */
};

struct config_plan {
    char name[CONFIG_NAME_MAX + 1];
    char *title; /* the name when not given */
    const struct config_group **groups;
    size_t group_count;
    uint32_t seats; /* 0: unlimited */
    uint64_t grace_ms;
    struct config_price *prices;
    size_t price_count;
    /* With {{name}} {{plan}} {{until}} {{community}}; NULL: the catalog's text. */
    char *welcome_text;
    char **resources; /* links of the welcome pack */
    size_t resource_count;
};

struct config_number {
    uint32_t at;
    uint32_t value;
};

struct config_value_map {
    char *from;             /* what the gateway says */
    enum payment_kind kind; /* what it means */
};

/* The hmac profile; see config/usher.yaml for each key. Header names are lower case here. Of
 * pointers (RFC 6901, into the body) the first that leads somewhere counts; a text of several,
 * "/a /b", is what they find, joined. Unused ones are NULL. */
struct config_hmac {
    enum signing algorithm;
    enum hmac_key_form key;
    enum body_form body;
    char *signature_header; /* or */
    char *signature_member; /* of the body */
    enum signature_format format;
    char *prefix; /* for prefix: what stands before the signature ("sha256=") */
    char *field;  /* for kv: the field of the signature; for list: the version tag ("v1") or NULL */
    /* Between kv pairs ',' or ';' (both are accepted when 0), between list items ' ' (also 0). */
    char separator;
    enum signature_encoding encoding;
    const char *key_id_header; /* says which public key it is; no key of the YAML */
    char *timestamp_header;    /* one of header, field, or neither */
    char *timestamp_field;     /* a field of the kv signature header */
    enum time_unit timestamp_unit;
    uint64_t tolerance_ms;  /* 0: no check (then there is no timestamp) */
    char *signed_template;  /* with holes: gateway/template.h */
    char *event_id_header;  /* or */
    char *event_id_pointer; /* or both NULL: derived from the payment id and kind */
    char *kind_pointer[CONFIG_POINTERS_MAX];
    struct config_value_map *kinds;
    size_t kind_count;
    char *payment_id[CONFIG_POINTERS_MAX];
    char *telegram_id[CONFIG_POINTERS_MAX]; /* this and plan may be none when order_id is given */
    char *plan[CONFIG_POINTERS_MAX];
    char *order_id[CONFIG_POINTERS_MAX];
    char *amount[CONFIG_POINTERS_MAX];
    bool amount_minor; /* amounts are integers in minor units; default: decimal string or number */
    char *refund_amount[CONFIG_POINTERS_MAX]; /* of refunds; none: amount */
    bool refund_total;                        /* it is all that was refunded so far */
    char *currency[CONFIG_POINTERS_MAX];
    char *currency_fixed;               /* in place of a pointer; or NULL */
    char *part_id[CONFIG_POINTERS_MAX]; /* of a refund or dispute */
    char *ack;                          /* body of the 200, default "ok" */
};

/* What a gateway signs with its private half of: PEM of a public key or of a certificate. */
struct config_public_key {
    char *id; /* as the gateway names it in a header; NULL: the certificate's serial number */
    char *key;
};

/* A short text by language; NULL where it is not given. */
struct config_label {
    char *text[LANGUAGE_COUNT];
};

/* How often a gateway is asked for the list of what was paid, and how far back. */
struct config_reconcile {
    uint64_t every_ms; /* 0: never */
    uint64_t back_ms;
};

struct config_gateway {
    char name[CONFIG_NAME_MAX + 1];
    unsigned long line; /* of the file */
    enum gateway_kind kind;
    char *secrets[CONFIG_SECRETS_MAX];
    size_t secret_count;
    struct config_public_key *public_keys; /* of kinds that sign by RSA */
    size_t public_key_count;
    char *app_id;                 /* alipay: whose payments; wechat_pay; else NULL */
    const struct config_bot *bot; /* stars: who is paid; else NULL */
    uint64_t tolerance_ms;        /* for kinds that sign a time, default 5 minutes */
    char **currencies;            /* that it takes; none: all but Telegram Stars */
    size_t currency_count;
    struct config_label label; /* what its button says in place of its name */
    struct config_hmac hmac;   /* for kind hmac */
    enum config_create create;
    bool keys;         /* it makes one thing for one Idempotency-Key */
    char *api_url;     /* of a kind that can be asked; the gateway's own when it is not given */
    char *shop_id;     /* yookassa */
    char *client_id;   /* paypal */
    char *webhook_id;  /* paypal */
    char *secret_key;  /* stripe, yookassa, paypal */
    char *api_key;     /* btcpay */
    char *store;       /* btcpay */
    char *mch_id;      /* wechat_pay: the merchant's number */
    char *merchant;    /* cryptomus: the merchant, a UUID */
    char *serial;      /* wechat_pay: of the merchant's certificate */
    char *private_key; /* of kinds that know us by what it signs */
    struct config_reconcile reconcile; /* back_ms 0: as the configuration says for all */
    char *success_url;
    char *cancel_url; /* stripe, paypal */
};

/* What buyers may read before they pay; each may be NULL. */
struct config_legal {
    char *terms;   /* an address, or the text */
    char *privacy; /* the same */
    char *refunds; /* the rule, in words */
};

/* Where a link's one bound end is; connecting ends use the same text. "inproc://name" or
 * "tcp://host:port". Links are listed in config/links.h. */
struct config_link {
    char *name;
    char *endpoints[16];
    size_t endpoint_count;
};

/* Where outward work goes: a way out with an endpoint, a secret and limits of its own. Strings are
 * those of the configuration, or literals. */
struct config_lane {
    struct lane_name name;
    enum carrier_kind carrier;
    const char *url;
    const char *secret;
    const char *scheme;  /* of HTTP: what stands before the secret in its header; NULL: nothing */
    const char *key;     /* of HTTP: the header of what must be done once; NULL: Idempotency-Key */
    const char *user;    /* of SMTP, of HTTP's Basic, or whose the signature is; NULL: none */
    enum lane_sign sign; /* of HTTP: then secret is the key that signs */
    const char *serial;  /* of our certificate, where a signature names it */
    const char *from;    /* of SMTP only */
    bool tls;            /* nothing in the clear */
    uint32_t per_second;
    uint32_t per_chat_per_second;
    uint32_t per_group_per_minute;
    uint32_t concurrency; /* calls under way at most */
};

struct config {
    char *path;
    char *data_dir; /* relative paths are relative to the configuration file's folder */
    struct config_http http;
    char *mirror_path; /* as given, or NULL */
    char *mirror_file; /* the mirror's database: there, or DATA_DIR/mirror.db */
    bool mirror_enabled;
    char *admin_token;
    char *community_name;
    char *timezone; /* IANA, known to ICU */
    enum language language;
    uint32_t removals_per_hour; /* circuit breaker, default 100 */
    uint32_t notices_per_day;   /* to one member, default 3; 0: any number */
    uint32_t quiet_from;        /* hours of the day without notices; the same: none */
    uint32_t quiet_to;
    struct config_bot *bots;
    size_t bot_count;
    struct config_service *services;
    size_t service_count;
    struct config_webhook *webhooks;
    size_t webhook_count;
    struct config_group *groups;
    size_t group_count;
    struct config_plan *plans;
    size_t plan_count;
    struct config_gateway *gateways;
    size_t gateway_count;
    struct config_reconcile reconcile; /* of gateways that do not say otherwise */
    struct config_legal legal;
    struct config_link *links; /* overrides of the topology table; empty: all inproc */
    size_t link_count;
    uint64_t journal_keep_ms; /* older commands go into the archive; 0: none do */
    uint64_t archive_keep_ms; /* what is older may go for good; 0: nothing does */
    uint64_t facts_keep_ms;   /* the same of facts; 0: none goes */
    enum log_format log_format;
    struct config_listen metrics; /* each process serves its own there; host NULL: none does */
    int64_t alerts_chat;          /* what an operator must act on is told there; 0: nowhere */
    const struct config_bot *alerts_bot; /* by this one; NULL: the first */
    bool test_clock;            /* the clock can be moved forward by the API; see base/clock.h */
    void *modules[MODULES_MAX]; /* what modules read: config/module.h */
    char *curve_dir; /* folder of keys made by "usher keys", or NULL; needed when a link is tcp */
};

/* Loads and checks path. On failure *out is NULL and errors holds one line per error,
 * "FILE:LINE: key.path: what is wrong; what was expected", ordered by line. */
enum error config_load(const char *path, struct config **out, struct buf *errors);
/* The same from memory; name stands in for the file's path in errors and relative paths. */
enum error config_parse(struct slice yaml, const char *name, struct config **out,
                        struct buf *errors);
void config_destroy(struct config **config);

const struct config_bot *config_bot_find(const struct config *config, struct slice name);
const struct config_group *config_group_find(const struct config *config, struct slice name);
/* What buyers read of a gateway: its label in the language, else its name. */
/* Can it charge a price again each period by itself? */
bool config_gateway_renews(const struct config_gateway *gateway);
const char *config_gateway_label(const struct config_gateway *gateway, enum language language);
const struct config_plan *config_plan_find(const struct config *config, struct slice name);
const struct config_gateway *config_gateway_find(const struct config *config, struct slice name);

/* It sends name=value pairs, as a POST's body or a GET's query. */
bool config_gateway_takes_form(const struct config_gateway *gateway);
/* Does it call /hooks/NAME? Stars are told of by their bot's updates. */
bool config_gateway_calls(const struct config_gateway *gateway);

/* The reader of the news that writes them into segments; it is one wherever there are others. */
#define CONFIG_FACTS_READER "facts"

/* The name under which the news are kept for a webhook: "webhook-crm". */
enum { CONFIG_READER_MAX = CONFIG_NAME_MAX + 8 };
void config_webhook_reader(const struct config_webhook *webhook, char out[CONFIG_READER_MAX + 1]);

/* The lanes, in a fixed order: one for each bot, then one for each service, then one for each
 * gateway that makes checkouts, in their order. */
size_t config_lane_count(const struct config *config);
struct config_lane config_lane(const struct config *config, size_t index);
/* The lane of a gateway that makes checkouts: "gateway:stripe". */
struct lane_name config_gateway_lane(const struct config_gateway *gateway);
/* Can this gateway be told to do so? Only one that makes checkouts. */
bool config_gateway_does(const struct config_gateway *gateway, enum errand errand);
struct config_reconcile config_reconcile_of(const struct config *config,
                                            const struct config_gateway *gateway);
/* Does each of its events about a refund tell that one alone, by its id? Else what went back so
 * far. */
bool config_gateway_tells_parts(const struct config_gateway *gateway);
/* Does it know a checkout and a refund by the number that we give it? Else by a key, or not. */
bool config_gateway_goes_by_numbers(const struct config_gateway *gateway);
/* Has it no list of what was paid, so that it is asked about each checkout by itself? Only one that
 * makes checkouts. */
bool config_gateway_asked_singly(const struct config_gateway *gateway);
/* Does it make another checkout of an order when its payer taps on a phone (gateway/tap.h)? */
bool config_gateway_taps(const struct config_gateway *gateway);
/* Where a gateway is asked, and how usher says who it is. url is NULL for a kind that cannot be. */
struct config_lane config_gateway_way(const struct config_gateway *gateway);
/* False when no lane has this name. */
bool config_lane_find(const struct config *config, struct slice name, size_t *index);

/* The catalog_* rows of this configuration, in the order of the file, for cmd_configure. */
void config_catalog(const struct config *config, struct buf *out);

/* Writes the commented starter file usher.yaml and .env-like secrets (mode 0600) into directory,
 * which is made; refuses to overwrite. */
enum error config_init(const char *directory, struct why *why);

#endif
