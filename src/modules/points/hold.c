#include "modules/points/hold.h"

enum { RELEASES_MAX = 20 /* in one command; each may touch a year's lots */ };

void hold_store(struct ledger *ledger, int64_t telegram_id, uint64_t id,
                const struct record_points_hold *hold)
{
    struct key key;
    const struct record_points_held_for row = {.hold = id};
    book_key(&key, (uint64_t)telegram_id, slice_from(hold->ref), SLICE(""));
    row_store(ledger, shape_record_points_held_for(), &key, &row);
    aspect_store(ledger, telegram_id, shape_record_points_hold(), id, hold);
}

bool hold_of(struct ledger *ledger, int64_t telegram_id, struct slice ref, uint64_t *id)
{
    struct key key;
    struct record_points_held_for row;
    book_key(&key, (uint64_t)telegram_id, ref, SLICE(""));
    if (!row_load(ledger, shape_record_points_held_for(), &key, &row))
        return false;
    *id = row.hold;
    return true;
}

bool hold_load(struct ledger *ledger, int64_t telegram_id, uint64_t id,
               struct record_points_hold *out)
{
    return aspect_load(ledger, telegram_id, shape_record_points_hold(), id, out);
}

void hold_delete(struct ledger *ledger, int64_t telegram_id, uint64_t id,
                 const struct record_points_hold *hold)
{
    struct key key;
    book_key(&key, (uint64_t)telegram_id, slice_from(hold->ref), SLICE(""));
    row_delete(ledger, shape_record_points_held_for(), &key);
    aspect_delete(ledger, telegram_id, shape_record_points_hold(), id);
}

uint64_t holds_due(struct ledger *ledger, int64_t telegram_id)
{
    struct record_points_hold hold;
    uint64_t least_ms = 0;
    uint64_t id = 0;
    for (unsigned released = 0;
         aspect_next(ledger, telegram_id, shape_record_points_hold(), true, &id, &hold);) {
        if (hold.expires_ms == 0)
            continue;
        if (hold.expires_ms > ledger->at_ms) {
            least_ms = least_ms == 0 || hold.expires_ms < least_ms ? hold.expires_ms : least_ms;
            continue;
        }
        if (released++ == RELEASES_MAX)
            return TIMER_AT_ONCE_MS;
        const struct points_move move = {
            .telegram_id = telegram_id, .rule = SLICE("hold_expiry"), .ref = slice_from(hold.ref)};
        (void)points_release(ledger, &move, NULL);
    }
    return least_ms;
}
