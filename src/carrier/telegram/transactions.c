#include "carrier/telegram/transactions.h"

#include "base/clean.h"
#include "base/json.h"
#include "carrier/telegram/error.h"
#include "wire/wire.h"

enum { DEPTH_MAX = 32, ID_SIZE = 256, PAYLOAD_SIZE = 129 };

/* An entry, and the texts that it points to. */
struct draft {
    struct message_star_entry entry;
    char id[ID_SIZE];
    char payload[PAYLOAD_SIZE];
};

static void read_entry(const cJSON *transaction, struct draft *out);
static bool read_user(const cJSON *partner, struct draft *out);

size_t telegram_transactions(struct slice body, char *out, size_t size)
{
    cJSON *root = NULL;
    const cJSON *transaction;
    struct buf rows;
    if (json_parse(body, TELEGRAM_ANSWER_BYTES_MAX, DEPTH_MAX, &root, NULL) != ERROR_NONE)
        return 0;
    buf_init(&rows, size);
    cJSON_ArrayForEach(transaction, json_pointer(root, "/result/transactions"))
    {
        struct draft draft;
        size_t before = rows.len;
        read_entry(transaction, &draft);
        const struct message row = {.kind = MESSAGE_star_entry, .star_entry = draft.entry};
        wire_encode(&rows, &row);
        if (rows.failed) {
            rows.len = before;
            break;
        }
    }
    size_t len = rows.len;
    if (len > 0)
        memcpy(out, rows.data, len);
    buf_deinit(&rows);
    json_free(&root);
    return len;
}

static void read_entry(const cJSON *transaction, struct draft *out)
{
    const cJSON *source = json_member(transaction, "source");
    const cJSON *receiver = json_member(transaction, "receiver");
    struct slice id = json_string(json_member(transaction, "id"));
    int64_t at_s = 0;
    memset(out, 0, sizeof *out);
    bool named = id.len > 0 && slice_is_text(id) && slice_copy(id, out->id, sizeof out->id);
    bool whole = json_i64(json_member(transaction, "amount"), &out->entry.amount) &&
                 out->entry.amount >= 0 && json_i64(json_member(transaction, "date"), &at_s) &&
                 at_s > 0;
    out->entry.id = slice_from(out->id);
    out->entry.payload = slice_from(out->payload);
    out->entry.at_ms = whole ? (uint64_t)at_s * 1000 : 0;
    if (!named || !whole)
        return;
    if (cJSON_IsObject(source) != cJSON_IsObject(receiver) &&
        read_user(cJSON_IsObject(source) ? source : receiver, out))
        out->entry.refunded = cJSON_IsObject(receiver) ? 1 : 0;
}

static bool read_user(const cJSON *partner, struct draft *out)
{
    struct slice kind = json_string(json_member(partner, "transaction_type"));
    int64_t user_id, period_s;
    if (!slice_is(json_string(json_member(partner, "type")), "user") ||
        (kind.len > 0 && !slice_is(kind, "invoice_payment")) ||
        !json_i64(json_pointer(partner, "/user/id"), &user_id) || user_id <= 0)
        return false;
    clean_copy(out->payload, sizeof out->payload,
               json_string(json_member(partner, "invoice_payload")));
    out->entry.payload = slice_from(out->payload);
    if (json_i64(json_member(partner, "subscription_period"), &period_s) && period_s > 0)
        out->entry.period_s = (uint64_t)period_s;
    out->entry.telegram_id = user_id;
    return true;
}
