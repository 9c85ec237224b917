/* Kind yookassa: notifications of YooKassa (yookassa.ru/developers/using-api/webhooks). Nobody
 * signs them, so that they say no more than which payment or refund there is news of:
 * check_yookassa.c asks. */
#include "gateway/event.h"
#include "gateway/kind.h"

static kind_translate_fn translate;

const struct kind kind_yookassa = {.unproved = true, .translate = translate};

static enum gateway_verdict translate(const struct config_gateway *config,
                                      const struct gateway_request *request, const cJSON *root,
                                      struct payment_event *event)
{
    static const char *const news[] = {"payment.succeeded", "payment.canceled", "refund.succeeded"};
    struct slice type = json_string(json_member(root, "event"));
    (void)config;
    (void)request;
    (void)event;
    for (size_t i = 0; i < sizeof news / sizeof *news; i++)
        if (slice_is(type, news[i]))
            return GATEWAY_unchecked;
    return event_unknown(type);
}
