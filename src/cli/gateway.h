/* usher gateway, in parts: what a callback would come to, and callbacks of our own making. */
#ifndef USHER_CLI_GATEWAY_H
#define USHER_CLI_GATEWAY_H

#include "base/json.h"
#include "cli/cli.h"
#include "gateway/gateway.h"

enum { GATEWAY_HEADERS_MAX = 32 };

/* What the verb was asked. */
struct gateway_verb {
    struct cli_common common;
    const char *body, *at, *method, *path, *query;
    const char *member, *plan, *order, *amount, *currency, *payment, *url;
    const char *headers[GATEWAY_HEADERS_MAX];
    size_t header_count;
    struct config *config;
    const struct config_gateway *gateway;
};

/* The exit code. */
int gateway_trigger(const struct gateway_verb *request, const char *event);

/* A callback as somebody kept it. */
struct explain_request {
    struct gateway_request request;
    const struct config *config;
    const struct config_gateway *gateway;
};

/* What usher would make of it, step by step: {"gateway","kind","accepted","verdict","status",
 * "answer","remedy","steps":[{"step","result","text"}],"event":{...}}. result is ok, failed or
 * skipped. Holds no secret. NULL without memory. The caller frees it with json_free. */
cJSON *explain_callback(const struct explain_request *request, struct gateway *gateway);
/* The same as lines for people. */
void explain_print(const cJSON *report, struct buf *out);

/* What a test callback says. */
struct trigger {
    const char *event; /* "paid" */
    const char *payment_id;
    const char *event_id;
    uint64_t telegram_id; /* 0: nobody */
    const char *plan;     /* "": none; so order_id */
    const char *order_id;
    int64_t amount;
    const char *currency;
    uint64_t now_ms;
};

/* Appends the body that this gateway would send, before it is signed. ERROR_NOT_FOUND, and why
 * names those there are, when it has no such event. */
enum error trigger_body(const struct config_gateway *gateway, const struct trigger *trigger,
                        struct buf *out, struct why *why);
/* The names of a gateway's events, a blank between two. */
void trigger_events(const struct config_gateway *gateway, struct buf *out);

/* The word of the configuration: "stripe". */
const char *gateway_kind_name(enum gateway_kind kind);

#endif
