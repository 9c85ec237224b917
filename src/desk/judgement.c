#include "desk/judgement.h"

#include "http/route.h"

enum { BODY_BYTES_MAX = 4 * 1024 * 1024, ACK_BYTES_MAX = 4096, COMMAND_BYTES_MAX = 65536 };

void judgement_init(struct judgement *judgement)
{
    *judgement = (struct judgement){.kind = JUDGEMENT_ANSWER};
    buf_init(&judgement->body, BODY_BYTES_MAX);
    buf_init(&judgement->command, COMMAND_BYTES_MAX);
    judgement_clear(judgement);
}

void judgement_deinit(struct judgement *judgement)
{
    buf_deinit(&judgement->body);
    buf_deinit(&judgement->command);
}

void judgement_clear(struct judgement *judgement)
{
    judgement->kind = JUDGEMENT_ANSWER;
    judgement->status = 500;
    judgement->reason = "internal";
    judgement->update_kind = NULL;
    judgement->remedy = NULL;
    judgement->content_type = NULL;
    judgement->wait = false;
    judgement->query = (struct message_query){.what = 0};
    judgement->text[0] = '\0';
    buf_clear(&judgement->body);
    buf_clear(&judgement->command);
}

void judgement_refuse(struct judgement *judgement, unsigned status, const char *reason,
                      const char *detail)
{
    judgement_clear(judgement);
    judgement->status = status;
    judgement->reason = reason;
    judgement->content_type = "application/problem+json";
    problem_json(&judgement->body, status, reason, detail);
}

bool judgement_command(struct judgement *judgement, const struct message *command,
                       const char *reason)
{
    if (message_fits(command, NULL))
        wire_encode(&judgement->command, command);
    else
        judgement->command.failed = true;
    if (judgement->command.failed || judgement->body.failed ||
        judgement->body.len > ACK_BYTES_MAX) {
        judgement_refuse(judgement, 500, "internal", "the command does not fit its bounds");
        return false;
    }
    judgement->kind = JUDGEMENT_COMMAND;
    judgement->reason = reason;
    return true;
}
