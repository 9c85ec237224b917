/* YooKassa is asked for the payment or the refund that a notification names
 * (yookassa.ru/developers/api: GET /v3/payments/ID, GET /v3/refunds/ID), and that answer alone is
 * read. Ids are of letters, digits and '-'. */
#include "gateway/check.h"
#include "gateway/event.h"

static enum gateway_verdict begin(const struct config_gateway *config,
                                  const struct gateway_request *callback, const cJSON *root,
                                  struct check *check, struct check_ask *ask);
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event);
static enum gateway_verdict read_payment(const cJSON *payment, struct payment_event *event);
static enum gateway_verdict read_refund(const cJSON *refund, struct payment_event *event);

const struct check_kind check_yookassa = {.begin = begin, .judge = judge};

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
