/* Whoever taps [Pay] on a phone waits, parked, for the place where their gateway takes it. */
#include "actors/checker.h"
#include "base/alert.h"
#include "base/clock.h"
#include "gateway/tap.h"

/* Their address goes into the request and nowhere else. */
void checker_tap(struct checker *it, const struct message_request *request)
{
    const struct config_gateway *gateway = config_gateway_find(it->config, request->name);
    struct inquiry *inquiry = inquiry_new(INQUIRY_TAP, request->origin, request->id);
    struct message order;
    bool asked = gateway != NULL && inquiry != NULL &&
                 wire_decode_one(request->body, &order, NULL) == ERROR_NONE &&
                 order.kind == MESSAGE_part_checkout &&
                 tap_ask(it->config, &order.part_checkout, request->query, &inquiry->ask);
    if (!asked) {
        judgement_refuse(&it->judgement, 502, "tap", "this gateway makes none of this order");
        handover_answer(&it->handover, request->origin, request->id, &it->judgement);
        inquiry_destroy(&inquiry);
    } else if (!inquiries_add(it->inquiries, gateway, inquiry, clock_mono_ms())) {
        handover_busy(&it->handover, request->origin, request->id, gateway->name, &it->judgement);
        inquiry_destroy(&inquiry);
    }
}

bool checker_tap_answered(struct checker *it, struct inquiry *inquiry,
                          const struct inquiry_answer *answer)
{
    char url[TAP_URL_MAX + 1], error[256] = "";
    bool good = answer->status != 0 && tap_read(answer->status, answer->body, url, error);
    checker_note(inquiry->gateway,
                 good ? GATEWAY_accepted
                 : answer->status == 0 || answer->status >= 500 || answer->status == 429
                     ? GATEWAY_not_answered
                     : GATEWAY_unused,
                 answer);
    judgement_refuse(&it->judgement, 502, "tap", "the gateway has made none");
    if (good) {
        it->judgement.status = 200;
        it->judgement.content_type = NULL;
        buf_clear(&it->judgement.body);
        buf_append_text(&it->judgement.body, url);
    } else if (answer->status != 0) {
        alert(LOG_tap_refused, inquiry->gateway->name,
              "look in the gateway's dashboard whether H5 payments are open to you, and for this "
              "domain",
              "gateway=%s status=%u error=\"%s\"", inquiry->gateway->name, answer->status, error);
    }
    handover_answer(&it->handover, inquiry->origin, inquiry->id, &it->judgement);
    return false;
}
