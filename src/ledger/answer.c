/* What an asker is told of a command that was applied. */
#include "ledger/batch.h"
#include "ledger/ledger.h"
#include "ledger/registry.h"
#include "ledger/state.h"

enum error ledger_answer(struct ledger *ledger, struct slice command, unsigned result,
                         uint64_t subject, struct buf *json, unsigned *status)
{
    struct message message;
    enum error error = wire_decode_one(command, &message, NULL);
    if (error == ERROR_NONE && message.kind == MESSAGE_cmd_act)
        error = wire_decode_one(message.cmd_act.body, &message, NULL);
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
