#include "gateway/event.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "http/query.h"

#include <stdio.h>

enum { PASSBACK_BYTES_MAX = 4096, PASSBACK_DEPTH_MAX = 8 };

/* A Telegram id has at most 52 significant bits (Bot API, object User). */
static const int64_t telegram_id_end = (int64_t)1 << 52;

static bool is_clean(struct slice text);
static void set_text(const cJSON *item, char *out, size_t out_size);
static bool set_currency(struct payment_event *event, const cJSON *currency);
static uint64_t time_of_s(const cJSON *seconds);
static bool integer_of(const cJSON *item, int64_t *out);

struct slice event_text(const cJSON *item, char scratch[JSON_NUMBER_TEXT_SIZE])
{
    struct slice text = json_string(item);
    bool flag;

    if (json_number_text(item, scratch, JSON_NUMBER_TEXT_SIZE))
        text = slice_from(scratch);
    else if (json_bool(item, &flag))
        text = slice_from(flag ? "true" : "false");
    return text.len > 0 ? text : slice_of(NULL, 0);
}

/* "paid:pi_1"; of partial refunds, of which there may be several, "partly_refunded:pi_1:200". A
 * payment id that leaves no room for the kind goes in as its hash. */
static void derive_event_id(struct payment_event *event)
{
    static const char *const kinds[] = {
        [PAYMENT_PAID] = "paid",
        [PAYMENT_REFUNDED] = "refunded",
        [PAYMENT_CHARGED_BACK] = "charged_back",
        [PAYMENT_REINSTATED] = "reinstated",
        [PAYMENT_PARTLY_REFUNDED] = "partly_refunded",
        [PAYMENT_REFUND_FAILED] = "refund_failed",
        [PAYMENT_INVALID] = "invalid",
        [PAYMENT_SHORT] = "short",
        [PAYMENT_JOINED] = "joined",
        [PAYMENT_SUBSCRIPTION] = "subscription",
        [PAYMENT_APPROVED] = "approved",
    };
    _Static_assert(sizeof(kinds) / sizeof(kinds[0]) == PAYMENT_APPROVED + 1, "a kind has no name");
    uint8_t digest[32];
    char hex[2 * sizeof(digest) + 1];
    char sum[24] = "";

    if (event->kind == PAYMENT_PARTLY_REFUNDED && event->amount >= 0)
        (void)snprintf(sum, sizeof(sum), ":%lld", (long long)event->amount);
    int len = snprintf(event->event_id, sizeof(event->event_id), "%s:%s%s", kinds[event->kind],
                       event->payment_id, sum);

    if (len > 0 && (size_t)len < sizeof(event->event_id))
        return;
    sha256(slice_from(event->payment_id), digest);
    hex_encode(digest, sizeof(digest), hex, sizeof(hex));
    (void)snprintf(event->event_id, sizeof(event->event_id), "%s:sha256:%s%s", kinds[event->kind],
                   hex, sum);
}

enum gateway_verdict event_unknown(struct slice type)
{
    return type.len == 0 || is_clean(type) ? GATEWAY_unused : GATEWAY_type_unreadable;
}

enum gateway_verdict event_identify(struct payment_event *event, enum payment_kind kind,
                                    struct slice payment_id, struct slice event_id)
{
    event->kind = kind;
    if (payment_id.len == 0)
        return GATEWAY_body_incomplete;
    if (!is_clean(payment_id) ||
        !slice_copy(payment_id, event->payment_id, sizeof(event->payment_id)))
        return GATEWAY_id_unusable;
    if (event_id.len == 0)
        derive_event_id(event);
    else if (!is_clean(event_id) || !slice_copy(event_id, event->event_id, sizeof(event->event_id)))
        return GATEWAY_id_unusable;
    return GATEWAY_accepted;
}

void event_set_member(struct payment_event *event, const cJSON *telegram_id)
{
    int64_t id;

    event->telegram_id = integer_of(telegram_id, &id) && id > 0 && id < telegram_id_end ? id : 0;
}

void event_set_plan(struct payment_event *event, const cJSON *plan)
{
    set_text(plan, event->plan, sizeof(event->plan));
}

void event_set_order(struct payment_event *event, const cJSON *order_id)
{
    set_text(order_id, event->order_id, sizeof(event->order_id));
}

void event_set_money(struct payment_event *event, const cJSON *amount, const cJSON *currency)
{
    char scratch[JSON_NUMBER_TEXT_SIZE];

    event->amount = -1;
    if (set_currency(event, currency) &&
        !money_parse(event_text(amount, scratch), event->currency, &event->amount))
        event->amount = -1;
}

void event_set_minor(struct payment_event *event, const cJSON *amount, const cJSON *currency,
                     int decimals)
{
    int64_t minor;

    event->amount = -1;
    if (!set_currency(event, currency) || !integer_of(amount, &minor) || minor < 0)
        return;
    int ours = currency_decimals(event->currency);
    for (int d = decimals < 0 ? ours : decimals; d < ours; d++)
        if (__builtin_mul_overflow(minor, (int64_t)10, &minor))
            return;
    for (int d = decimals; d > ours; d--) {
        if (minor % 10 != 0) /* less than our smallest unit: not an amount that we can name */
            return;
        minor /= 10;
    }
    event->amount = minor;
}

void event_set_part(struct payment_event *event, struct slice part_id)
{
    if (part_id.len == 0 || !is_clean(part_id) ||
        !slice_copy(part_id, event->part_id, sizeof(event->part_id)))
        event->part_id[0] = '\0';
}

void event_set_subscription(struct payment_event *event, struct slice id)
{
    if (id.len == 0 || !is_clean(id) ||
        !slice_copy(id, event->subscription, sizeof(event->subscription)))
        event->subscription[0] = '\0';
}

void event_set_customer(struct payment_event *event, struct slice id)
{
    if (id.len == 0 || !is_clean(id) || !slice_copy(id, event->customer, sizeof(event->customer)))
        event->customer[0] = '\0';
}

void event_set_until_s(struct payment_event *event, const cJSON *seconds)
{
    uint64_t ms = time_of_s(seconds);
    if (ms > event->until_ms)
        event->until_ms = ms;
}

void event_add_alias(struct payment_event *event, struct slice id)
{
    size_t len = strlen(event->aliases);
    bool fits = id.len > 0 && id.len < sizeof(event->payment_id) && is_clean(id) &&
                memchr(id.data, ',', id.len) == NULL && !slice_is(id, event->payment_id) &&
                len + 1 + id.len < sizeof(event->aliases);
    if (!fits)
        return;
    if (len > 0)
        event->aliases[len++] = ',';
    memcpy(event->aliases + len, id.data, id.len);
    event->aliases[len + id.len] = '\0';
}

bool event_set_passback(struct payment_event *event, const cJSON *passback)
{
    char decoded[PASSBACK_BYTES_MAX];
    struct slice text = json_string(passback);
    cJSON *root = NULL;

    if (text.len > 0 && text.data[0] == '%' && percent_decode(text, true, decoded, sizeof(decoded)))
        text = slice_from(decoded);
    if (text.len > 0 && json_parse(text, PASSBACK_BYTES_MAX, PASSBACK_DEPTH_MAX, &root, NULL))
        return false;
    if (root)
        passback = root;
    bool told = cJSON_IsObject(passback);
    const cJSON *order = json_member(passback, "order_id");
    if (event->telegram_id == 0)
        event_set_member(event, json_member(passback, "telegram_id"));
    if (event->plan[0] == '\0')
        event_set_plan(event, json_member(passback, "plan"));
    if (event->order_id[0] == '\0')
        event_set_order(event, order ? order : json_member(passback, "order"));
    json_free(&root);
    return told;
}

void event_set_occurred_text(struct payment_event *event, const cJSON *time)
{
    int64_t ms;

    event->occurred_ms = clock_parse_utc(json_string(time), &ms) && ms > 0 ? (uint64_t)ms : 0;
}

void event_set_occurred_s(struct payment_event *event, const cJSON *seconds)
{
    event->occurred_ms = time_of_s(seconds);
}

/* In milliseconds; 0: it is none. */
static uint64_t time_of_s(const cJSON *seconds)
{
    static const int64_t year_10000 = 253402300800;
    int64_t value;

    return json_i64(seconds, &value) && value > 0 && value < year_10000 ? (uint64_t)value * 1000
                                                                        : 0;
}

/* Ids are shown, compared and logged: well-formed UTF-8 without any control character. */
static bool is_clean(struct slice text)
{
    return slice_is_text(text) && !memchr(text.data, '\n', text.len) &&
           !memchr(text.data, '\t', text.len);
}

static void set_text(const cJSON *item, char *out, size_t out_size)
{
    char scratch[JSON_NUMBER_TEXT_SIZE];
    struct slice text = event_text(item, scratch);

    if (text.len == 0 || !is_clean(text) || !slice_copy(text, out, out_size))
        out[0] = '\0';
}

/* True when the currency is one that we know. Another is kept for the operator's eyes, in upper
 * case and cut to fit, when it looks like a code at all. */
static bool set_currency(struct payment_event *event, const cJSON *currency)
{
    struct slice text = json_string(currency);
    const char *known = text.data ? currency_find(text) : NULL;
    size_t len = 0;

    event->currency[0] = '\0';
    if (known)
        return slice_copy(slice_from(known), event->currency, sizeof(event->currency));
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
              c == '.')) {
            len = 0;
            break;
        }
        if (len + 1 < sizeof(event->currency))
            event->currency[len++] = c;
    }
    event->currency[len] = '\0';
    return false;
}

/* An integer, or a string of digits alone. */
static bool integer_of(const cJSON *item, int64_t *out)
{
    struct slice text = json_string(item);
    long long value;

    if (!text.data)
        return json_i64(item, out);
    if (text.len == 0 || text.data[0] == '-' || !slice_to_i64(text, &value))
        return false;
    *out = value;
    return true;
}
