/* Webhooks: how each is, and sending again. The actor that sends them answers. */
#include "base/assert.h"
#include "desk/api_call.h"

#include <stdio.h>

static void ask(struct api_call *call);

void api_get_webhooks(struct api_call *call)
{
    struct judgement *judgement = call->judgement;
    if (call->config->webhook_count > 0) {
        snprintf(judgement->text, sizeof(judgement->text), "webhooks");
        ask(call);
        return;
    }
    judgement->kind = JUDGEMENT_ANSWER;
    judgement->status = 200;
    judgement->reason = "webhooks";
    judgement->content_type = "application/json";
    buf_append_text(&judgement->body, "{\"webhooks\":[]}");
}

/* {"from":1234}: everything that this command, and those behind it, told. */
void api_post_webhook_replay(struct api_call *call)
{
    int64_t from;
    size_t i = 0;
    while (i < call->config->webhook_count &&
           strcmp(call->config->webhooks[i].name, call->args[0]) != 0)
        i++;
    if (i == call->config->webhook_count) {
        api_refuse(call, 404, "no such webhook");
        return;
    }
    if (!json_i64(json_member(call->body, "from"), &from) || from < 1) {
        api_refuse(call, 400, "from must be the positive number of a command");
        return;
    }
    int n = snprintf(call->judgement->text, sizeof(call->judgement->text), "replay %s %lld",
                     call->config->webhooks[i].name, (long long)from);
    ASSERT(n > 0 && n <= 64); /* messages.def: read.thing */
    ask(call);
}

static void ask(struct api_call *call)
{
    call->judgement->kind = JUDGEMENT_WEBHOOK;
    call->judgement->reason = "webhooks";
}
