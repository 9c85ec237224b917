#include "modules/group/join.h"

#include "ledger/delivery.h"
#include "ledger/letter.h"
#include "ledger/person.h"
#include "modules/access/entitled.h"
#include "modules/group/removal.h"

static bool approval_open(struct ledger *ledger, const struct record_place *place);
static bool refused(struct ledger *ledger, const struct record_place *place);
static void ask_in(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);

void join_approve(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    if (approval_open(ledger, &place))
        return;
    place.join_delivery =
        outbox_add_group(ledger, DELIVERY_approve, group, telegram_id, "", STAGE_PENDING);
    place_store(ledger, group->name, telegram_id, &place);
}

void join_decline(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    outbox_cancel(ledger, place.join_delivery, "knocked again");
    place.join_delivery =
        outbox_add_group(ledger, DELIVERY_decline, group, telegram_id, "", STAGE_PENDING);
    place_store(ledger, group->name, telegram_id, &place);
}

void join_admit(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    if (!refused(ledger, &place))
        return;
    outbox_cancel(ledger, place.join_delivery, "the member paid");
    join_approve(ledger, group, telegram_id);
}

void join_withdraw(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    if (!approval_open(ledger, &place))
        return;
    outbox_cancel(ledger, place.join_delivery, "the membership ended");
    join_decline(ledger, group, telegram_id);
}

/* Answered, or the request is gone. */
enum result join_answered(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                          const struct message_cmd_outcome *command)
{
    const struct catalog_group *group =
        catalog_group_find(ledger->catalog, slice_from(delivery->group));
    struct record_place place = {0};
    if (group != NULL)
        place_load(ledger, group->name, delivery->telegram_id, &place);
    if (place.join_delivery == id) { /* else an older one */
        place.join_delivery = 0;
        place.approved = delivery->kind == DELIVERY_approve && command->result == OUTCOME_DONE;
        place_store(ledger, group->name, delivery->telegram_id, &place);
    }
    outbox_move(ledger, id, delivery, STAGE_DONE);
    if (group != NULL && delivery->kind == DELIVERY_decline)
        ask_in(ledger, group, delivery->telegram_id);
    return RESULT_ok;
}

void join_approved_too_late(struct ledger *ledger, const struct record_delivery *delivery,
                            const struct message_cmd_outcome *command)
{
    const struct catalog_group *group =
        catalog_group_find(ledger->catalog, slice_from(delivery->group));
    struct record_place place;
    (void)command;
    if (group == NULL)
        return;
    place_load(ledger, group->name, delivery->telegram_id, &place);
    place.approved = 1;
    place_store(ledger, group->name, delivery->telegram_id, &place);
    if (!access_entitled(ledger, delivery->telegram_id, group))
        removal_ask(ledger, group, delivery->telegram_id);
}

void join_declined_too_late(struct ledger *ledger, const struct record_delivery *delivery,
                            const struct message_cmd_outcome *command)
{
    const struct catalog_group *group =
        catalog_group_find(ledger->catalog, slice_from(delivery->group));
    (void)command;
    if (group != NULL)
        ask_in(ledger, group, delivery->telegram_id);
}

/* Nobody may fill the disk by knocking: what was done for one who is no member is not kept. */
void join_declined(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery)
{
    struct record_member member;
    if (delivery->stage == STAGE_DONE && !member_load(ledger, delivery->telegram_id, &member))
        outbox_forget(ledger, id);
}

static bool approval_open(struct ledger *ledger, const struct record_place *place)
{
    struct record_delivery delivery;
    return place->join_delivery != 0 && delivery_load(ledger, place->join_delivery, &delivery) &&
           delivery_open(&delivery) && delivery.kind == DELIVERY_approve;
}

/* Their request is to be refused, and is not yet as far as is known; also when Telegram would not
 * take the refusal. */
static bool refused(struct ledger *ledger, const struct record_place *place)
{
    struct record_delivery delivery;
    return place->join_delivery != 0 && delivery_load(ledger, place->join_delivery, &delivery) &&
           delivery.stage != STAGE_DONE && delivery.kind == DELIVERY_decline;
}

/* Their request is gone. If they have become entitled since, they are told how to get in. */
static void ask_in(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    if (place.status != PLACE_IN && place.status != PLACE_ADMIN &&
        access_entitled(ledger, telegram_id, group))
        letter_access(ledger, telegram_id, ledger->at_ms);
}
