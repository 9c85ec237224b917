#include "cli/demo/callback.h"

#include "base/money.h"
#include "gateway/sign.h"

#include <stdio.h>

enum { STALE_MS = 3600 * 1000, BODY_BYTES_MAX = 4096 };

static const int64_t prices[WORLD_PLANS] = {900, 2900};

static void body_stripe(const struct callback *callback, uint64_t now_ms, struct buf *out);
static void body_standard(const struct callback *callback, uint64_t now_ms, struct buf *out);
static void body_ime(const struct callback *callback, uint64_t now_ms, struct buf *out);
static bool is_paid(const struct callback *callback);
static bool has_order(const struct callback *callback);
static int64_t amount_of(const struct callback *callback);
static void spoil_signature(struct buf *headers, enum forgery forgery);

static void (*const bodies[WORLD_GATEWAYS])(const struct callback *callback, uint64_t now_ms,
                                            struct buf *out) = {body_stripe, body_standard,
                                                                body_ime};

int64_t callback_price(size_t plan)
{
    return prices[plan];
}

enum error callback_build(const struct world *world, const struct callback *callback,
                          uint64_t now_ms, struct buf *out)
{
    const char *name = world->config->gateways[callback->gateway].name;
    char event_id[64];
    char path[64];
    struct buf body;
    struct buf headers;
    buf_init(&body, BODY_BYTES_MAX);
    buf_init(&headers, BODY_BYTES_MAX);
    (void)snprintf(path, sizeof path, "/hooks/%s", name);
    (void)snprintf(event_id, sizeof event_id, "evt_%s_%llu", callback->kind,
                   (unsigned long long)callback->number);
    bodies[callback->gateway](callback, now_ms, &body);
    uint64_t signed_ms = callback->forgery == FORGERY_STALE ? now_ms - STALE_MS : now_ms;
    enum error error =
        gateway_sign(world->gateways[callback->gateway], SLICE("POST"), slice_from(path),
                     buf_slice(&body), slice_from(event_id), signed_ms, 0, &headers);
    spoil_signature(&headers, callback->forgery);
    if (callback->forgery == FORGERY_OTHER_BODY)
        buf_append_text(&body, "\n"); /* JSON all the same, but not what was signed */
    buf_printf(out,
               "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
               "Content-Length: %zu\r\n",
               path, body.len);
    buf_append_slice(out, buf_slice(&headers));
    buf_append_text(out, "\r\n");
    buf_append_slice(out, buf_slice(&body));
    if (error == ERROR_NONE && (body.failed || headers.failed || out->failed))
        error = ERROR_MEMORY;
    buf_deinit(&body);
    buf_deinit(&headers);
    return error;
}

static void body_stripe(const struct callback *callback, uint64_t now_ms, struct buf *out)
{
    bool paid = is_paid(callback);
    long long amount = (long long)amount_of(callback);
    buf_printf(out,
               "{\"id\":\"evt_%s_%llu\",\"object\":\"event\",\"created\":%llu,\"type\":\"%s\","
               "\"data\":{\"object\":{\"id\":\"%s_%llu\",\"payment_intent\":\"pi_%llu\",",
               callback->kind, (unsigned long long)callback->number,
               (unsigned long long)(now_ms / 1000),
               paid ? "checkout.session.completed" : "charge.refunded", paid ? "cs" : "ch",
               (unsigned long long)callback->number, (unsigned long long)callback->number);
    if (paid)
        buf_printf(out, "\"payment_status\":\"paid\",\"amount_total\":%lld,", amount);
    else
        buf_printf(out, "\"refunded\":true,\"amount\":%lld,\"amount_refunded\":%lld,", amount,
                   amount);
    if (has_order(callback))
        buf_printf(out, "\"client_reference_id\":\"%s\",\"metadata\":{},", callback->order_id);
    else
        buf_printf(out, "\"metadata\":{\"telegram_id\":\"%lld\",\"plan\":\"%s\"},",
                   (long long)callback->member, world_plans[callback->plan]);
    buf_append_text(out, "\"currency\":\"usd\"}}}");
}

static void body_standard(const struct callback *callback, uint64_t now_ms, struct buf *out)
{
    char amount[32];
    (void)now_ms;
    money_format(amount_of(callback), "USD", amount, sizeof amount);
    buf_printf(out,
               "{\"type\":\"payment.%s\",\"data\":{\"payment_id\":\"pay_%llu\","
               "\"amount\":\"%s\",\"currency\":\"USD\",\"metadata\":",
               is_paid(callback) ? "succeeded" : "refunded", (unsigned long long)callback->number,
               amount);
    if (has_order(callback))
        buf_printf(out, "{\"order_id\":\"%s\"}}}", callback->order_id);
    else
        buf_printf(out, "{\"telegram_id\":\"%lld\",\"plan\":\"%s\"}}}", (long long)callback->member,
                   world_plans[callback->plan]);
}

static void body_ime(const struct callback *callback, uint64_t now_ms, struct buf *out)
{
    char amount[32];
    (void)now_ms;
    money_format(amount_of(callback), "USD", amount, sizeof amount);
    buf_printf(out,
               "{\"type\":\"payment.%s\",\"data\":{\"payment_id\":\"ime-%llu\","
               "\"amount\":\"%s\",\"currency\":\"USD\",",
               is_paid(callback) ? "succeeded" : "refunded", (unsigned long long)callback->number,
               amount);
    if (has_order(callback))
        buf_printf(out, "\"order_id\":\"%s\"}}", callback->order_id);
    else
        buf_printf(out, "\"telegram_id\":%lld,\"plan\":\"%s\"}}", (long long)callback->member,
                   world_plans[callback->plan]);
}

static bool is_paid(const struct callback *callback)
{
    return strcmp(callback->kind, "paid") == 0;
}

static bool has_order(const struct callback *callback)
{
    return callback->order_id != NULL && callback->order_id[0] != 0;
}

static int64_t amount_of(const struct callback *callback)
{
    return callback->amount != 0 ? callback->amount : callback_price(callback->plan);
}

/* The signature stands last in the last header (sign.h). */
static void spoil_signature(struct buf *headers, enum forgery forgery)
{
    if (headers->len < 20 || headers->failed)
        return;
    char *signature = headers->data + headers->len - 12; /* inside of it, before "\r\n" */
    if (forgery == FORGERY_WRONG)
        *signature = *signature == 'a' ? 'b' : 'a';
    else if (forgery == FORGERY_MALFORMED)
        *signature = '!';
}
