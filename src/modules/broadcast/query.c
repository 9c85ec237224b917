#include "base/json.h"
#include "ledger/query.h"
#include "modules/broadcast/broadcast.h"
#include "modules/broadcast/campaign.h"

static void add_broadcast(cJSON *out, const struct record_broadcast *record);
static void add_texts(struct ledger *ledger, uint64_t number, cJSON *out);

bool answer_broadcast(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    struct record_broadcast record;
    uint64_t number = query->text.len == 0 || query->text.len > sizeof record.id - 1
                          ? 0
                          : broadcast_find(ledger, query->text);
    if (number == 0 || !broadcast_load(ledger, number, &record))
        return false;
    add_broadcast(out, &record);
    add_texts(ledger, number, out);
    return true;
}

bool answer_broadcasts(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    cJSON *list = cJSON_AddArrayToObject(out, "broadcasts");
    struct record_broadcast record;
    uint64_t limit = query_limit(query);
    for (uint64_t number = 0; limit > 0 && broadcast_next(ledger, &number, &record); limit--)
        add_broadcast(json_add_item(list), &record);
    return true;
}

static void add_broadcast(cJSON *out, const struct record_broadcast *record)
{
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"audience", record->audience},   {"pending", record->open},
        {"sent", record->sent},           {"failed", record->failed},
        {"skipped", record->skipped},     {"unknown", record->unknown},
        {"withdrawn", record->withdrawn},
    };
    cJSON_AddStringToObject(out, "broadcast_id", record->id);
    cJSON_AddStringToObject(out, "state",
                            broadcast_state_name((enum broadcast_state)record->state));
    if (record->plan[0] != 0)
        cJSON_AddStringToObject(out, "plan", record->plan);
    json_add_time(out, "created", record->created_ms);
    json_add_time(out, "finished", record->finished_ms);
    cJSON_AddBoolToObject(out, "audience_complete", record->walked);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        cJSON_AddNumberToObject(out, counts[i].name, (double)counts[i].count);
}

static void add_texts(struct ledger *ledger, uint64_t number, cJSON *out)
{
    cJSON *texts = cJSON_AddObjectToObject(out, "texts");
    struct message row;
    struct slice rows;
    if (!broadcast_texts(ledger, number, &rows))
        return;
    for (bool first = true; rows.len > 0; first = false) {
        char text[12288 + 1];
        if (wire_decode(&rows, &row, NULL) != ERROR_NONE || row.kind != MESSAGE_broadcast_text ||
            row.broadcast_text.language >= LANGUAGE_COUNT ||
            !slice_copy(row.broadcast_text.text, text, sizeof text)) {
            state_fail(ledger, ERROR_CORRUPT);
            return;
        }
        const char *tag = language_tag((enum language)row.broadcast_text.language);
        if (first)
            cJSON_AddStringToObject(out, "language", tag);
        cJSON_AddStringToObject(texts, tag, text);
    }
}
