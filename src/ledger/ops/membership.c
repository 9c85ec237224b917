/* cmd_membership: somebody's place in a group changed. Nobody is removed whom usher did not let in:
 * only a guest of another member's one-time link, and who came by our approval or our link and is
 * a member when their membership has ended. */
#include "ledger/access.h"
#include "ledger/ops/ops.h"
#include "ledger/outbox.h"
#include "ledger/person.h"

static const enum place_status place_of_member[] = {
    [MEMBER_LEFT] = PLACE_OUT,
    [MEMBER_IN] = PLACE_IN,
    [MEMBER_ADMIN] = PLACE_ADMIN,
    [MEMBER_KICKED] = PLACE_BANNED,
};

static bool link_owner(struct ledger *ledger, struct slice link, int64_t *owner);
static void link_used(struct ledger *ledger, const struct catalog_group *group,
                      const struct message_cmd_membership *command, int64_t owner);
static void count_inside(struct ledger *ledger, const struct catalog_group *group, uint8_t before,
                         uint8_t after);

enum result op_membership(struct ledger *ledger, const struct message_cmd_membership *command)
{
    const struct catalog_group *group = access_group_of(ledger, command->bot, command->chat_id);
    if (group == NULL || command->status > MEMBER_KICKED)
        return RESULT_stranger;
    if (update_seen(ledger, command->bot, command->update_id))
        return RESULT_duplicate;
    if (command->status == MEMBER_ADMIN)
        access_group_retry(ledger, group);

    int64_t owner = 0;
    bool by_link = command->status == MEMBER_IN && link_owner(ledger, command->link, &owner);
    struct record_member member;
    if (!member_load(ledger, command->telegram_id, &member) && !by_link)
        return RESULT_stranger;

    struct record_place place;
    place_load(ledger, group->name, command->telegram_id, &place);
    if (command->date_ms < place.date_ms)
        return RESULT_stale;
    uint8_t before = place.status;
    place.status = (uint8_t)place_of_member[command->status];
    place.date_ms = command->date_ms;
    bool came_by_us = place.approved != 0 || by_link;
    if (place.status == PLACE_OUT || place.status == PLACE_BANNED)
        place.approved = 0;
    else if (by_link)
        place.approved = 1; /* also when they are asked about later, without the link */
    place_store(ledger, group->name, command->telegram_id, &place);
    count_inside(ledger, group, before, place.status);
    /* Who is out needs no removal, and one that is late would lift a ban. */
    if (place.status == PLACE_OUT || place.status == PLACE_BANNED)
        outbox_cancel(ledger, place.remove_delivery, "not in the group any more");

    if (by_link)
        link_used(ledger, group, command, owner);
    if (command->status == MEMBER_IN && came_by_us &&
        !access_entitled(ledger, command->telegram_id, group))
        access_remove(ledger, group, command->telegram_id);
    return RESULT_ok;
}

static bool link_owner(struct ledger *ledger, struct slice link, int64_t *owner)
{
    struct key key;
    struct slice value;
    struct slice group;
    if (link.len == 0)
        return false;
    key_clear(&key);
    key_text(&key, link);
    if (!state_get_bytes(ledger, TABLE_links, &key, &value))
        return false;
    if (!key_take_text(&value, &group) || !key_take_i64(&value, owner)) {
        state_fail(ledger, ERROR_CORRUPT);
        return false;
    }
    return true;
}

/* A used link is revoked, and so is the one that its owner, who is inside now, needs no more. Who
 * lost theirs to a guest gets another. */
static void link_used(struct ledger *ledger, const struct catalog_group *group,
                      const struct message_cmd_membership *command, int64_t owner)
{
    struct record_place place;
    place_load(ledger, group->name, owner, &place);
    bool by_owner = owner == command->telegram_id;
    bool current = slice_is(command->link, place.link);
    if (current || by_owner)
        access_revoke(ledger, group, owner);
    if (current && !by_owner && access_entitled(ledger, owner, group))
        access_letter(ledger, owner, ledger->at_ms);
}

static void count_inside(struct ledger *ledger, const struct catalog_group *group, uint8_t before,
                         uint8_t after)
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
}
