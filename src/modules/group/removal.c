#include "modules/group/removal.h"

#include "ledger/delivery.h"
#include "ledger/group.h"
#include "ledger/letter.h"
#include "ledger/person.h"
#include "modules/access/entitled.h"

enum { WINDOW_MS = 3600000 };

static bool to_be_asked(struct ledger *ledger, const struct catalog_group *group,
                        int64_t telegram_id, struct record_place *place);
static bool removable(const struct record_place *place);
static void out(struct ledger *ledger, const struct record_delivery *delivery);

void removal_ask(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    if (!to_be_asked(ledger, group, telegram_id, &place))
        return;
    struct record_meta *meta = &ledger->meta;
    if (ledger->at_ms - meta->removal_window_ms >= WINDOW_MS) {
        meta->removal_window_ms = ledger->at_ms;
        meta->removal_count = 0;
    }
    meta->removal_count++;
    if (meta->removal_count > ledger->catalog->removals_per_hour)
        meta->removals_held = 1;
    place.remove_delivery = outbox_add_group(ledger, DELIVERY_remove, group, telegram_id, "",
                                             meta->removals_held ? STAGE_HELD : STAGE_PENDING);
    place_store(ledger, group->name, telegram_id, &place);
}

void removal_ask_guest(struct ledger *ledger, const struct catalog_group *group,
                       int64_t telegram_id)
{
    struct record_place place;
    if (!to_be_asked(ledger, group, telegram_id, &place))
        return;
    place.remove_delivery =
        outbox_add_group(ledger, DELIVERY_remove, group, telegram_id, "", STAGE_PENDING);
    place_store(ledger, group->name, telegram_id, &place);
}

static bool to_be_asked(struct ledger *ledger, const struct catalog_group *group,
                        int64_t telegram_id, struct record_place *place)
{
    struct record_delivery before;
    place_load(ledger, group->name, telegram_id, place);
    bool asked = place->remove_delivery != 0 &&
                 delivery_load(ledger, place->remove_delivery, &before) && delivery_open(&before);
    return !asked && removable(place);
}

void removal_resume(struct ledger *ledger)
{
    ledger->meta.removals_held = 0;
    ledger->meta.removal_count = 0;
    ledger->meta.removal_window_ms = ledger->at_ms;
}

enum result removal_done(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                         const struct message_cmd_outcome *command)
{
    (void)command;
    outbox_move(ledger, id, delivery, STAGE_DONE);
    out(ledger, delivery);
    return RESULT_ok;
}

void removal_too_late(struct ledger *ledger, const struct record_delivery *delivery,
                      const struct message_cmd_outcome *command)
{
    (void)command;
    out(ledger, delivery);
}

bool removal_wanted(struct ledger *ledger, const struct record_delivery *delivery)
{
    const struct catalog_group *group =
        catalog_group_find(ledger->catalog, slice_from(delivery->group));
    struct record_place place;
    if (group == NULL)
        return true; /* the operator knows better */
    place_load(ledger, group->name, delivery->telegram_id, &place);
    return removable(&place) && !access_entitled(ledger, delivery->telegram_id, group);
}

static bool removable(const struct record_place *place)
{
    return place->status == PLACE_UNKNOWN || place->status == PLACE_IN;
}

/* A removal has taken effect. If the member paid while it was under way, they are asked in again.
 */
static void out(struct ledger *ledger, const struct record_delivery *delivery)
{
    const struct catalog_group *group =
        catalog_group_find(ledger->catalog, slice_from(delivery->group));
    if (group == NULL)
        return;
    struct record_place place;
    place_load(ledger, group->name, delivery->telegram_id, &place);
    if (place.status == PLACE_IN) {
        struct record_group record;
        group_load(ledger, group, &record);
        record.members--;
        group_store(ledger, group, &record);
    }
    place.status = PLACE_OUT;
    place.approved = 0;
    place.remove_delivery = 0;
    place_store(ledger, group->name, delivery->telegram_id, &place);
    if (access_entitled(ledger, delivery->telegram_id, group))
        letter_access(ledger, delivery->telegram_id, ledger->at_ms);
}
