#include "gateway/create.h"

#include "base/clock.h"
#include "gateway/errand.h"
#include "http/query.h"

#include <string.h>

enum { PATH_BYTES_MAX = 1024, BODY_BYTES_MAX = 12288, READS_BYTES_MAX = 2048 };
enum { BEIJING_MS = 8 * 60 * 60 * 1000 }; /* ahead of UTC, without a summer time */

static const struct checkout_kind *const kinds[] = {
    [GATEWAY_STRIPE] = &checkout_stripe,         [GATEWAY_BTCPAY] = &checkout_btcpay,
    [GATEWAY_CRYPTO_PAY] = &checkout_crypto_pay, [GATEWAY_YOOKASSA] = &checkout_yookassa,
    [GATEWAY_PAYPAL] = &checkout_paypal,         [GATEWAY_WECHAT_PAY] = &checkout_wechat_pay,
    [GATEWAY_CRYPTOMUS] = &checkout_cryptomus,   [GATEWAY_ALIPAY] = &checkout_alipay,
};

static enum error render(const struct config *config, const struct message_part_checkout *order,
                         struct buf *params, struct why *why);
static void put_reads(const struct checkout_read *reads, struct buf *out);

enum error create_render(const struct config *config, const struct message_work *work,
                         const char **method, struct buf *params, struct why *why)
{
    struct message part;
    *method = delivery_name(DELIVERY_request);
    if (wire_decode_one(work->parts, &part, NULL) != ERROR_NONE)
        return why_set(why, ERROR_INVALID, "its part cannot be read");
    if (part.kind == MESSAGE_part_checkout)
        return render(config, &part.part_checkout, params, why);
    if (part.kind == MESSAGE_part_errand)
        return errand_render(config, &part.part_errand, params, why);
    if (part.kind != MESSAGE_part_request)
        return why_set(why, ERROR_INVALID, "a part %s is no request", message_name(part.kind));
    buf_append_slice(params, work->parts);
    return params->failed ? ERROR_MEMORY : ERROR_NONE;
}

void create_request_init(struct create_request *request, const char *type,
                         const struct checkout_read *reads)
{
    *request = (struct create_request){.type = type, .error = ERROR_NONE};
    buf_init(&request->path, PATH_BYTES_MAX);
    buf_init(&request->body, BODY_BYTES_MAX);
    buf_init(&request->reads, READS_BYTES_MAX);
    put_reads(reads, &request->reads);
}

enum error create_request_end(struct create_request *request, struct buf *params, struct why *why)
{
    const struct message part = {.kind = MESSAGE_part_request,
                                 .part_request = {.method = SLICE("POST"),
                                                  .path = buf_slice(&request->path),
                                                  .type = slice_from(request->type),
                                                  .body = buf_slice(&request->body),
                                                  .reads = buf_slice(&request->reads)}};
    enum error error = request->error;
    if (request->path.starved || request->body.starved || request->reads.starved)
        error = why_set(why, ERROR_MEMORY, "out of memory");
    else if (request->path.failed || request->body.failed || request->reads.failed)
        error =
            why_set(why, ERROR_TOO_LARGE, "the request does not fit into %d bytes", BODY_BYTES_MAX);
    if (error == ERROR_NONE)
        wire_encode(params, &part);
    if (error == ERROR_NONE && params->failed)
        error = params->starved ? ERROR_MEMORY : ERROR_TOO_LARGE;
    buf_deinit(&request->path);
    buf_deinit(&request->body);
    buf_deinit(&request->reads);
    return error;
}

void create_pair(struct buf *body, const char *name, struct slice value)
{
    if (body->len > 0)
        buf_append_text(body, "&");
    percent_encode(body, slice_from(name));
    buf_append_text(body, "=");
    percent_encode(body, value);
}

struct slice create_cut(struct slice text, size_t bytes_max)
{
    size_t len = text.len < bytes_max ? text.len : bytes_max;
    while (len > 0 && len < text.len && ((unsigned char)text.data[len] & 0xC0) == 0x80)
        len--;
    return slice_of(text.data, len);
}

void create_notify_url(const struct config_gateway *gateway, const char *public_url,
                       struct buf *out)
{
    buf_printf(out, "%s/hooks/%s", public_url != NULL ? public_url : "", gateway->name);
}

void create_beijing_time(const struct checkout *checkout, uint64_t least_ms, uint64_t most_ms,
                         char out[CREATE_TIME_SIZE])
{
    uint64_t life_ms = checkout->life_ms == 0 ? most_ms : checkout->life_ms;
    if (life_ms < least_ms)
        life_ms = least_ms;
    if (life_ms > most_ms)
        life_ms = most_ms;
    clock_format_utc((int64_t)(checkout->order->created_ms + life_ms) + BEIJING_MS, out,
                     CREATE_TIME_SIZE);
    out[sizeof "2026-01-31T20:00:00" - 1] = '\0';
}

static enum error render(const struct config *config, const struct message_part_checkout *order,
                         struct buf *params, struct why *why)
{
    struct checkout checkout;
    enum error error = create_checkout(config, order, &checkout, why);
    if (error != ERROR_NONE)
        return error;
    const struct checkout_kind *kind = kinds[checkout.gateway->kind];
    struct create_request request;
    create_request_init(&request, kind->type, kind->reads);
    if (!kind->write(&checkout, &request.path, &request.body))
        request.error = why_set(why, ERROR_INVALID, "%s cannot take %s %s", checkout.gateway->name,
                                checkout.amount, checkout.currency);
    return create_request_end(&request, params, why);
}

enum error create_checkout(const struct config *config, const struct message_part_checkout *order,
                           struct checkout *out, struct why *why)
{
    const struct config_gateway *gateway = config_gateway_find(config, order->gateway);
    const struct config_plan *plan = config_plan_find(config, order->plan);
    const char *currency = currency_find(order->currency);
    if (gateway == NULL || gateway->create == CREATE_NOTHING ||
        (size_t)gateway->kind >= sizeof kinds / sizeof *kinds || kinds[gateway->kind] == NULL)
        return why_set(why, ERROR_INVALID, "no gateway %.*s that makes checkouts is configured",
                       SLICE_ARG(order->gateway));
    if (currency == NULL)
        return why_set(why, ERROR_INVALID, "%.*s is no currency", SLICE_ARG(order->currency));
    *out = (struct checkout){.gateway = gateway,
                             .order = order,
                             .title = plan != NULL ? slice_from(plan->title) : order->plan,
                             .currency = currency,
                             .public_url = config->http.public_url};
    money_format(order->amount, currency, out->amount, sizeof out->amount);
    if (order->expires_ms > order->created_ms)
        out->life_ms = order->expires_ms - order->created_ms;
    return ERROR_NONE;
}

static void put_reads(const struct checkout_read *reads, struct buf *out)
{
    for (const struct checkout_read *read = reads; read->name != NULL; read++) {
        const struct message field = {
            .kind = MESSAGE_answer_field,
            .answer_field = {slice_from(read->name), slice_from(read->pointer)}};
        wire_encode(out, &field);
    }
}
