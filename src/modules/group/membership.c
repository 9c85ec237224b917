/* cmd_membership: somebody's place in a group changed. Nobody is removed whom usher did not let in:
 * only a guest of another member's one-time link, and who came by our approval or our link and is
 * a member when their membership has ended. */
#include "ledger/facts.h"
#include "ledger/group.h"
#include "ledger/letter.h"
#include "ledger/outbox.h"
#include "ledger/person.h"
#include "modules/access/entitled.h"
#include "modules/group/bot.h"
#include "modules/group/group.h"
#include "modules/group/invite.h"
#include "modules/group/link.h"
#include "modules/group/removal.h"

static const enum place_status place_of_member[] = {
    [MEMBER_LEFT] = PLACE_OUT,
    [MEMBER_IN] = PLACE_IN,
    [MEMBER_ADMIN] = PLACE_ADMIN,
    [MEMBER_KICKED] = PLACE_BANNED,
};

static void came_by_link(struct ledger *ledger, const struct catalog_group *group,
                         const struct message_cmd_membership *command,
                         const struct record_link *link);
static enum result came_before(struct ledger *ledger, const struct catalog_group *group,
                               const struct message_cmd_membership *command,
                               const struct record_link *link, struct record_place *place);
static void replace(struct ledger *ledger, const struct catalog_group *group, int64_t owner,
                    int64_t guest);
static void show_out(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id,
                     const struct record_link *link);
static void await_first_word(struct ledger *ledger, int64_t telegram_id);
static void count_inside(struct ledger *ledger, const struct catalog_group *group,
                         int64_t telegram_id, uint8_t before, uint8_t after);

unsigned op_membership(struct ledger *ledger, const struct message_cmd_membership *command)
{
    const struct catalog_group *group = group_of_update(ledger, command->bot, command->chat_id);
    if (group == NULL || command->status > MEMBER_KICKED)
        return RESULT_stranger;
    if (update_seen(ledger, command->bot, command->update_id))
        return RESULT_duplicate;
    if (command->self)
        return bot_stands(ledger, group, command);
    if (command->status == MEMBER_ADMIN)
        invite_redo(ledger, group);

    struct record_link link;
    bool by_link = command->status == MEMBER_IN && link_known(ledger, command->link, &link);
    struct record_member member;
    if (!member_load(ledger, command->telegram_id, &member) && !by_link)
        return RESULT_stranger;

    struct record_place place;
    place_load(ledger, group->name, command->telegram_id, &place);
    if (command->date_ms < place.date_ms)
        return by_link ? came_before(ledger, group, command, &link, &place) : RESULT_stale;
    uint8_t before = place.status;
    place.status = (uint8_t)place_of_member[command->status];
    place.date_ms = command->date_ms;
    bool came_by_us = place.approved != 0 || by_link;
    if (place.status == PLACE_OUT || place.status == PLACE_BANNED)
        place.approved = 0;
    else if (by_link)
        place.approved = 1; /* also when they are asked about later, without the link */
    place_store(ledger, group->name, command->telegram_id, &place);
    count_inside(ledger, group, command->telegram_id, before, place.status);
    /* Who is out needs no removal, and one that is late would lift a ban. */
    if (place.status == PLACE_OUT || place.status == PLACE_BANNED)
        outbox_cancel(ledger, place.remove_delivery, "not in the group any more");

    if (by_link)
        came_by_link(ledger, group, command, &link);
    if (command->status == MEMBER_IN && came_by_us &&
        !access_entitled(ledger, command->telegram_id, group))
        show_out(ledger, group, command->telegram_id, by_link ? &link : NULL);
    return RESULT_ok;
}

static void show_out(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id,
                     const struct record_link *link)
{
    if (link != NULL && link->owner != telegram_id)
        removal_ask_guest(ledger, group, telegram_id);
    else
        removal_ask(ledger, group, telegram_id);
}

/* The link has done its work, and so has the owner's own when they are inside now. Who lost theirs
 * to a guest gets another. */
static void came_by_link(struct ledger *ledger, const struct catalog_group *group,
                         const struct message_cmd_membership *command,
                         const struct record_link *link)
{
    struct record_place place;
    if (strcmp(link->group, group->name) != 0)
        return; /* of the time when this chat had another name */
    place_load(ledger, group->name, link->owner, &place);
    bool by_owner = link->owner == command->telegram_id;
    bool current = slice_is(command->link, place.link);
    link_used(ledger, group, command->link, link);
    if (by_owner)
        link_revoke(ledger, group, link->owner);
    else if (current && access_entitled(ledger, link->owner, group))
        replace(ledger, group, link->owner, command->telegram_id);
}

/* Who gives one link after another away gets no more of them today, and the operator is told. */
static void replace(struct ledger *ledger, const struct catalog_group *group, int64_t owner,
                    int64_t guest)
{
    struct record_place place;
    place_load(ledger, group->name, owner, &place);
    link_misused(ledger, &place);
    place_store(ledger, group->name, owner, &place);
    if (!link_misused_up(ledger, &place)) {
        letter_access(ledger, owner, ledger->at_ms);
        return;
    }
    const struct fact_link_misused fact = {.telegram_id = owner,
                                           .group = slice_from(group->name),
                                           .guest = guest,
                                           .times = place.misuses};
    fact_tell(ledger, shape_fact_link_misused(), &fact);
}

/* What changed since was told first. Where they are stands, and how they came is new. */
static enum result came_before(struct ledger *ledger, const struct catalog_group *group,
                               const struct message_cmd_membership *command,
                               const struct record_link *link, struct record_place *place)
{
    bool inside = place->status == PLACE_IN || place->status == PLACE_ADMIN;
    if (inside) {
        place->approved = 1;
        place_store(ledger, group->name, command->telegram_id, place);
    }
    came_by_link(ledger, group, command, link);
    if (place->status == PLACE_IN && !access_entitled(ledger, command->telegram_id, group))
        show_out(ledger, group, command->telegram_id, link);
    return inside ? RESULT_ok : RESULT_stale;
}

static void count_inside(struct ledger *ledger, const struct catalog_group *group,
                         int64_t telegram_id, uint8_t before, uint8_t after)
{
    bool was = before == PLACE_IN || before == PLACE_ADMIN;
    bool is = after == PLACE_IN || after == PLACE_ADMIN;
    if (was == is)
        return;
    struct record_group record;
    group_load(ledger, group, &record);
    if (is)
        record.members++;
    else if (record.members > 0) /* a group that was configured anew counts from nothing */
        record.members--;
    group_store(ledger, group, &record);
    if (is) {
        FACT_TELL(ledger, entered, .telegram_id = telegram_id, .group = slice_from(group->name));
        await_first_word(ledger, telegram_id);
    } else {
        FACT_TELL(ledger, left, .telegram_id = telegram_id, .group = slice_from(group->name));
    }
}

/* What they say next is told, though they were seen today. */
static void await_first_word(struct ledger *ledger, int64_t telegram_id)
{
    struct record_member member;
    if (!member_load(ledger, telegram_id, &member) || member.seen_day == 0)
        return;
    member.seen_day = 0;
    member_store(ledger, telegram_id, &member);
}
