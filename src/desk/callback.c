#include "desk/callback.h"

bool callback_headers(const struct message_request *request, struct callback_headers *out)
{
    struct slice rest = request->headers;
    struct message message;
    enum error error;

    out->count = 0;
    while ((error = wire_decode(&rest, &message, NULL)) == ERROR_NONE) {
        if (message.kind != MESSAGE_header || out->count == HTTP_HEADERS_MAX)
            return false;
        out->items[out->count++] =
            (struct http_header){.name = message.header.name, .value = message.header.value};
    }
    return error == ERROR_NOT_FOUND;
}

struct gateway_request callback_question(const struct message_request *request,
                                         const struct callback_headers *headers, uint64_t now_ms)
{
    return (struct gateway_request){.method = request->method,
                                    .path = request->path,
                                    .headers = headers->items,
                                    .header_count = headers->count,
                                    .body = request->body,
                                    .now_ms = now_ms,
                                    .query = request->query};
}

void callback_refuse(enum gateway_verdict verdict, const struct config_gateway *config,
                     struct judgement *judgement)
{
    const char *remedy = gateway_verdict_remedy(verdict);
    if (verdict == GATEWAY_unused) {
        judgement_clear(judgement);
        judgement->status = 200;
        judgement->reason = gateway_verdict_name(verdict);
        buf_append_text(&judgement->body, gateway_ack_of(config));
        return;
    }
    judgement_refuse(judgement, gateway_verdict_status(verdict), gateway_verdict_name(verdict),
                     gateway_verdict_name(verdict));
    judgement->remedy = remedy[0] != '\0' ? remedy : NULL;
}

void callback_take(const struct config_gateway *config, const struct payment_event *event,
                   struct judgement *judgement)
{
    const struct message command = {.kind = MESSAGE_cmd_payment,
                                    .cmd_payment = {.gateway = slice_from(config->name),
                                                    .event_id = slice_from(event->event_id),
                                                    .payment_id = slice_from(event->payment_id),
                                                    .kind = event->kind,
                                                    .telegram_id = event->telegram_id,
                                                    .plan = slice_from(event->plan),
                                                    .order_id = slice_from(event->order_id),
                                                    .amount = event->amount,
                                                    .currency = slice_from(event->currency),
                                                    .occurred_ms = event->occurred_ms,
                                                    .part_id = slice_from(event->part_id),
                                                    .total = event->total,
                                                    .aliases = slice_from(event->aliases),
                                                    .subscription = slice_from(event->subscription),
                                                    .subscription_state = event->subscription_state,
                                                    .until_ms = event->until_ms,
                                                    .customer = slice_from(event->customer)}};
    judgement_clear(judgement);
    buf_append_text(&judgement->body, gateway_ack_of(config));
    judgement_command(judgement, &command, gateway_verdict_name(GATEWAY_accepted));
}
