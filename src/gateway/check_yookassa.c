/* YooKassa is asked for the payment or the refund that a notification names
 * (yookassa.ru/developers/api: GET /v3/payments/ID, GET /v3/refunds/ID), and that answer alone is
 * read. Ids are of letters, digits and '-'. */
#include "base/clock.h"
#include "gateway/check.h"
#include "gateway/create.h"
#include "gateway/event.h"
#include "http/query.h"

static enum gateway_verdict begin(const struct config_gateway *config,
                                  const struct gateway_request *callback, const cJSON *root,
                                  struct check *check, struct check_ask *ask);
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event);
static enum gateway_verdict read_payment(const cJSON *payment, struct payment_event *event);
static enum gateway_verdict read_refund(const cJSON *refund, struct payment_event *event);

static const cJSON *items_of(const cJSON *root);
static bool next_page(const cJSON *root, const cJSON *items, struct check_page *page);
static void ask_list(const char *path, const char *since, const struct check_page *page,
                     struct check_ask *ask);
static void ask_payments(const struct config_gateway *config, const struct check_page *page,
                         struct check_ask *ask);
static void ask_refunds(const struct config_gateway *config, const struct check_page *page,
                        struct check_ask *ask);
static enum gateway_verdict list_payment(const cJSON *payment, struct payment_event *event);
static enum gateway_verdict list_refund(const cJSON *refund, struct payment_event *event);
static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask);

static const struct check_list lists[] = {
    {.ask = ask_payments, .items = items_of, .next = next_page, .read = list_payment},
    {.ask = ask_refunds, .items = items_of, .next = next_page, .read = list_refund},
    {.ask = NULL},
};

const struct check_kind check_yookassa = {
    .unproved = true, .lists = lists, .about = about, .begin = begin, .judge = judge};

/* A thing that YooKassa is asked for. */
static const struct thing {
    const char *event; /* of it */
    const char *path;
    bool moves; /* it says that money has moved */
    enum gateway_verdict (*read)(const cJSON *thing, struct payment_event *event);
} things[] = {
    {"payment.succeeded", "/v3/payments/", true, read_payment},
    {"payment.canceled", "/v3/payments/", false, read_payment},
    {"refund.succeeded", "/v3/refunds/", true, read_refund},
};

enum { THINGS = sizeof things / sizeof *things };

static enum gateway_verdict begin(const struct config_gateway *config,
                                  const struct gateway_request *callback, const cJSON *root,
                                  struct check *check, struct check_ask *ask)
{
    struct slice event = json_string(json_member(root, "event"));
    struct slice id = json_string(json_member(json_member(root, "object"), "id"));
    (void)config;
    (void)callback;
    if (id.len == 0)
        return GATEWAY_body_incomplete;
    if (!check_take_id(id, check->id))
        return GATEWAY_id_unusable;
    for (unsigned i = 0; i < THINGS; i++)
        if (slice_is(event, things[i].event)) {
            check->thing = i;
            check->claimed = things[i].moves;
            buf_printf(&ask->path, "%s%s", things[i].path, check->id);
            return GATEWAY_unchecked;
        }
    return GATEWAY_unused;
}

/* The answer must be about what was asked. What is not so far, while its notification says it is,
 * comes again. */
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event)
{
    (void)config;
    (void)ask;
    if (check->thing >= THINGS ||
        !slice_is(json_string(json_member(answer->root, "id")), check->id))
        return GATEWAY_not_answered;
    struct slice status = json_string(json_member(answer->root, "status"));
    if (slice_is(status, "succeeded"))
        return things[check->thing].read(answer->root, event);
    bool open = slice_is(status, "pending") || slice_is(status, "waiting_for_capture");
    return open && check->claimed ? GATEWAY_not_yet : GATEWAY_unused;
}

static enum gateway_verdict read_payment(const cJSON *payment, struct payment_event *event)
{
    const cJSON *amount = json_member(payment, "amount");
    const char *at = json_member(payment, "captured_at") ? "captured_at" : "created_at";
    (void)event_set_passback(event, json_member(payment, "metadata"));
    event_set_money(event, json_member(amount, "value"), json_member(amount, "currency"));
    event_set_occurred_text(event, json_member(payment, at));
    return event_identify(event, PAYMENT_PAID, json_string(json_member(payment, "id")),
                          slice_of(NULL, 0));
}

/* Of this refund alone: the sum decides whether all is gone. */
static enum gateway_verdict read_refund(const cJSON *refund, struct payment_event *event)
{
    const cJSON *amount = json_member(refund, "amount");
    struct slice id = json_string(json_member(refund, "id"));
    event_set_money(event, json_member(amount, "value"), json_member(amount, "currency"));
    event_set_occurred_text(event, json_member(refund, "created_at"));
    event_set_part(event, id);
    return event_identify(event, PAYMENT_REFUNDED, json_string(json_member(refund, "payment_id")),
                          id);
}

static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask)
{
    (void)config;
    if (!check_take_id(id, check->id))
        return false;
    buf_printf(&ask->path, "%s%s", things[check->thing].path, check->id);
    return true;
}

static const cJSON *items_of(const cJSON *root)
{
    return json_member(root, "items");
}

static bool next_page(const cJSON *root, const cJSON *items, struct check_page *page)
{
    struct slice next = json_string(json_member(root, "next_cursor"));
    (void)items;
    return next.len > 0 && slice_copy(next, page->cursor, sizeof page->cursor);
}

static void ask_payments(const struct config_gateway *config, const struct check_page *page,
                         struct check_ask *ask)
{
    (void)config;
    ask_list("/v3/payments", "captured_at", page, ask);
}

static void ask_refunds(const struct config_gateway *config, const struct check_page *page,
                        struct check_ask *ask)
{
    (void)config;
    ask_list("/v3/refunds", "created_at", page, ask);
}

static void ask_list(const char *path, const char *since, const struct check_page *page,
                     struct check_ask *ask)
{
    char time[32];
    clock_format_utc((int64_t)page->since_ms, time, sizeof time);
    buf_printf(&ask->path, "%s?status=succeeded&limit=100&%s.gte=", path, since);
    percent_encode(&ask->path, slice_from(time));
    if (page->cursor[0] != '\0') {
        buf_append_text(&ask->path, "&cursor=");
        percent_encode(&ask->path, slice_from(page->cursor));
    }
}

/* What went back wholly is no payment that anybody waits for; parts are refunds of their own. */
static enum gateway_verdict list_payment(const cJSON *payment, struct payment_event *event)
{
    struct slice value = json_string(json_pointer(payment, "/amount/value"));
    struct slice back = json_string(json_pointer(payment, "/refunded_amount/value"));
    if (!slice_is(json_string(json_member(payment, "status")), "succeeded") ||
        (value.len > 0 && slice_equal(value, back)))
        return GATEWAY_unused;
    return read_payment(payment, event);
}

static enum gateway_verdict list_refund(const cJSON *refund, struct payment_event *event)
{
    return slice_is(json_string(json_member(refund, "status")), "succeeded")
               ? read_refund(refund, event)
               : GATEWAY_unused;
}
