/* Codes that were refused: the newest of a member, and the silence after too many wrong ones. */
#include "modules/coupon/coupon.h"

#include "ledger/rows.h"

static const uint64_t hour_ms = 3600 * 1000;

static void count_wrong(struct ledger *ledger, int64_t telegram_id);

void coupon_tried(struct ledger *ledger, const struct order *order, unsigned result)
{
    int64_t telegram_id = order->record.telegram_id;
    struct slice given = order_given(order, "coupon");
    struct record_coupon_try try;
    struct record_coupon_try old;
    uint64_t oldest = 0;
    uint64_t last = 0;
    size_t count = 0;
    if (given.len == 0 || result >> 8 != MODULE_coupon || result == RESULT_too_many_tries)
        return;
    for (uint64_t n = 0;
         aspect_next(ledger, telegram_id, shape_record_coupon_try(), true, &n, &old);
         last = n, count++)
        oldest = count == 0 ? n : oldest;
    if (count >= COUPON_TRIES_LISTED)
        aspect_delete(ledger, telegram_id, shape_record_coupon_try(), oldest);
    memset(&try, 0, sizeof try);
    if (!slice_copy(given, try.code, sizeof try.code))
        try.code[0] = 0;
    (void)slice_copy(slice_from(result_name(result)), try.why, sizeof try.why);
    try.at = ledger->at_ms;
    aspect_store(ledger, telegram_id, shape_record_coupon_try(), last + 1, &try);
    if (result == RESULT_code_unknown && (ledger->who & WHO_MEMBER) != 0)
        count_wrong(ledger, telegram_id);
}

bool coupon_silent(struct ledger *ledger, int64_t telegram_id)
{
    struct record_coupon_wrong wrong;
    return aspect_load(ledger, telegram_id, shape_record_coupon_wrong(), 0, &wrong) &&
           wrong.silent_until > ledger->at_ms;
}

void coupon_document(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    cJSON *list = cJSON_AddArrayToObject(out, "codes_refused");
    struct record_coupon_try try;
    for (uint64_t n = 0;
         aspect_next(ledger, telegram_id, shape_record_coupon_try(), true, &n, &try);) {
        cJSON *item = json_add_item(list);
        cJSON_AddStringToObject(item, "code", try.code);
        cJSON_AddStringToObject(item, "why", try.why);
        json_add_time(item, "at", try.at);
    }
}

static void count_wrong(struct ledger *ledger, int64_t telegram_id)
{
    struct record_coupon_wrong wrong;
    if (!aspect_load(ledger, telegram_id, shape_record_coupon_wrong(), 0, &wrong) ||
        wrong.since + hour_ms <= ledger->at_ms) {
        memset(&wrong, 0, sizeof wrong);
        wrong.since = ledger->at_ms;
    }
    wrong.count++;
    if (wrong.count >= COUPON_WRONG_MAX) {
        wrong.silent_until = ledger->at_ms + hour_ms;
        wrong.count = 0;
        wrong.since = wrong.silent_until;
    }
    aspect_store(ledger, telegram_id, shape_record_coupon_wrong(), 0, &wrong);
}
