/* A gateway's callback, as the verifier passes it on and the checker takes it: read from the
 * message, refused with the verdict's name, or made the command that its event is. Pure. */
#ifndef USHER_DESK_CALLBACK_H
#define USHER_DESK_CALLBACK_H

#include "desk/judgement.h"
#include "gateway/gateway.h"
#include "http/server.h"

/* The request's headers, decoded; they point into it. */
struct callback_headers {
    struct http_header items[HTTP_HEADERS_MAX];
    size_t count;
};

/* False when there are more headers than a request may have. */
bool callback_headers(const struct message_request *request, struct callback_headers *out);
/* What is judged; it points into both. */
struct gateway_request callback_question(const struct message_request *request,
                                         const struct callback_headers *headers, uint64_t now_ms);

/* What a verdict other than accepted means for who called: the gateway's own word of thanks for
 * what is of no use, else a refusal. */
void callback_refuse(enum gateway_verdict verdict, const struct config_gateway *config,
                     struct judgement *judgement);
/* The event as a command, of which the gateway is thanked when it is durable. */
void callback_take(const struct config_gateway *config, const struct payment_event *event,
                   struct judgement *judgement);

#endif
