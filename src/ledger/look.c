#include "ledger/look.h"

#include "ledger/state.h"

bool look_ask(struct ledger *ledger, struct slice gateway, struct slice order_id, struct slice id,
              int64_t telegram_id)
{
    struct looks *looks = &ledger->looks;
    if (looks->count >= (telegram_id != 0 ? LOOK_ROOM : LOOK_ROOM / 2))
        return false;
    struct look *look = &looks->items[(looks->first + looks->count) % LOOK_ROOM];
    if (!slice_copy(gateway, look->gateway, sizeof look->gateway) ||
        !slice_copy(order_id, look->order_id, sizeof look->order_id) ||
        !slice_copy(id, look->id, sizeof look->id))
        return false;
    look->telegram_id = telegram_id;
    looks->count++;
    return true;
}

bool look_take(struct ledger *ledger, struct message *out)
{
    struct looks *looks = &ledger->looks;
    if (looks->count == 0)
        return false;
    const struct look *look = &looks->items[looks->first];
    *out = (struct message){.kind = MESSAGE_look,
                            .look = {.gateway = slice_from(look->gateway),
                                     .order_id = slice_from(look->order_id),
                                     .id = slice_from(look->id),
                                     .telegram_id = look->telegram_id}};
    looks->first = (looks->first + 1) % LOOK_ROOM;
    looks->count--;
    return true;
}
