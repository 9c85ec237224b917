#include "modules/points/correction.h"

#include <stdio.h>

enum { LISTED_MAX = 1000 };

static void correction_key(struct key *key, uint64_t id);

unsigned correction_post(struct ledger *ledger, const struct record_points_correction *correction,
                         struct points_done *done)
{
    char account[80];
    (void)snprintf(account, sizeof account, "adjust/%s", correction->actor);
    const struct points_move move = {.telegram_id = correction->telegram_id,
                                     .currency = (enum points_currency)correction->currency,
                                     .amount = correction->amount < 0 ? -correction->amount
                                                                      : correction->amount,
                                     .account = slice_from(account),
                                     .rule = SLICE("correction"),
                                     .reason = slice_from(correction->reason),
                                     .key = slice_from(correction->key)};
    return correction->amount < 0 ? points_take(ledger, &move, done)
                                  : points_give(ledger, &move, done);
}

uint64_t correction_keep(struct ledger *ledger, const struct record_points_correction *correction)
{
    struct key key;
    uint64_t id = book_number(ledger);
    correction_key(&key, id);
    row_store(ledger, shape_record_points_correction(), &key, correction);
    return id;
}

bool correction_load(struct ledger *ledger, uint64_t id, struct record_points_correction *out)
{
    struct key key;
    correction_key(&key, id);
    return row_load(ledger, shape_record_points_correction(), &key, out);
}

void correction_delete(struct ledger *ledger, uint64_t id)
{
    struct key key;
    correction_key(&key, id);
    row_delete(ledger, shape_record_points_correction(), &key);
}

void correction_list(struct ledger *ledger, cJSON *out)
{
    struct key key;
    struct record_points_correction row;
    cJSON *list = cJSON_AddArrayToObject(out, "corrections");
    correction_key(&key, 0);
    for (unsigned n = 0; n < LISTED_MAX && row_next(ledger, shape_record_points_correction(),
                                                    SLICE(""), true, &key, &row);
         n++) {
        struct slice rest = key_slice(&key);
        uint64_t id = 0;
        (void)key_take_u64(&rest, &id);
        correction_add(id, &row, json_add_item(list));
    }
}

void correction_add(uint64_t id, const struct record_points_correction *correction, cJSON *out)
{
    cJSON_AddNumberToObject(out, "correction_id", (double)id);
    cJSON_AddNumberToObject(out, "telegram_id", (double)correction->telegram_id);
    cJSON_AddNumberToObject(out, "amount", (double)correction->amount);
    cJSON_AddStringToObject(out, "currency", points_currency_names[correction->currency]);
    cJSON_AddStringToObject(out, "reason", correction->reason);
    cJSON_AddStringToObject(out, "asked_by", correction->actor);
    json_add_time(out, "at", correction->at_ms);
}

static void correction_key(struct key *key, uint64_t id)
{
    key_clear(key);
    key_u64(key, id);
}
