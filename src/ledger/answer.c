/* What an asker is told of a command that was applied. */
#include "ledger/batch.h"
#include "ledger/ledger.h"
#include "ledger/registry.h"
#include "ledger/state.h"

static enum error decode(struct slice command, struct message *message);

enum error ledger_answer(struct ledger *ledger, struct slice command, unsigned result,
                         uint64_t subject, struct buf *json, unsigned *status)
{
    struct message message;
    enum error error = decode(command, &message);
    if (error == ERROR_NONE)
        error = batch_begin(ledger, false);
    if (error != ERROR_NONE)
        return error;
    const struct op_row *op = registry_op(message.kind);
    cJSON *out = cJSON_CreateObject();
    *status = op != NULL ? op->status : result_status(result);
    if (out == NULL)
        state_fail(ledger, ERROR_MEMORY);
    else if (op != NULL && op->answer != NULL)
        op->answer(ledger, subject, message.module, out);
    else
        cJSON_AddStringToObject(out, "result", result_name(result));
    char *text = out == NULL ? NULL : cJSON_PrintUnformatted(out);
    if (text == NULL)
        state_fail(ledger, ERROR_MEMORY);
    else
        buf_append_text(json, text);
    cJSON_free(text);
    cJSON_Delete(out);
    return batch_end(ledger);
}

enum error ledger_ready(struct ledger *ledger, struct slice command, uint64_t subject, bool *ready)
{
    struct message message;
    enum error error = decode(command, &message);
    const struct wait_row *row = error == ERROR_NONE ? registry_wait(message.kind) : NULL;
    *ready = true;
    if (error != ERROR_NONE || row == NULL)
        return error;
    error = batch_begin(ledger, false);
    if (error != ERROR_NONE)
        return error;
    *ready = row->ready(ledger, subject, message.module);
    return batch_end(ledger);
}

/* Of an act, what was asked for. */
static enum error decode(struct slice command, struct message *message)
{
    enum error error = wire_decode_one(command, message, NULL);
    if (error == ERROR_NONE && message->kind == MESSAGE_cmd_act)
        error = wire_decode_one(message->cmd_act.body, message, NULL);
    return error;
}
