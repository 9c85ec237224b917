#include "modules/group/invite.h"

#include "base/assert.h"
#include "ledger/attempt.h"
#include "ledger/delivery.h"
#include "ledger/group.h"
#include "ledger/letter.h"
#include "ledger/person.h"
#include "modules/access/entitled.h"
#include "modules/group/link.h"

enum { STEP = 200, ROWS = 5 }; /* letters that one command looks at, and what each touches */

static void group_made(struct ledger *ledger, const struct catalog_group *group, const char *link);
static void member_made(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                        const struct catalog_group *group, const char *link);
static void tell(struct ledger *ledger, int64_t telegram_id, bool made);

enum result invite_made(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                        const struct message_cmd_outcome *command)
{
    char link[sizeof delivery->link];
    if (command->link.len == 0 || !slice_copy(command->link, link, sizeof link)) {
        (void)slice_copy(SLICE("Telegram answered without a link"), delivery->error,
                         sizeof delivery->error);
        return invite_failed(ledger, id, delivery, command);
    }
    const struct catalog_group *group =
        catalog_group_find(ledger->catalog, slice_from(delivery->group));
    outbox_move(ledger, id, delivery, STAGE_DONE);
    if (delivery->telegram_id != 0)
        member_made(ledger, id, delivery, group, link);
    else if (group != NULL)
        group_made(ledger, group, link);
    return RESULT_ok;
}

/* Letters go without it: the operator may take long. */
enum result invite_failed(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                          const struct message_cmd_outcome *command)
{
    const struct catalog_group *group =
        catalog_group_find(ledger->catalog, slice_from(delivery->group));
    enum result result = attempt_failed(ledger, id, delivery, command);
    if (group == NULL)
        return result; /* it is configured no more: nobody needs its link */
    if (delivery->telegram_id == 0)
        (void)invite_owed_due(ledger, 0, group->name);
    else
        tell(ledger, delivery->telegram_id, false);
    return result;
}

enum result invite_revoked(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                           const struct message_cmd_outcome *command)
{
    link_dead(ledger, delivery->link);
    return attempt_done(ledger, id, delivery, command);
}

bool invite_wanted(struct ledger *ledger, const struct record_delivery *delivery)
{
    return catalog_group_find(ledger->catalog, slice_from(delivery->group)) != NULL;
}

void invite_too_late(struct ledger *ledger, const struct record_delivery *delivery,
                     const struct message_cmd_outcome *command)
{
    char link[sizeof delivery->link];
    if (delivery->telegram_id != 0 && command->link.len > 0 &&
        slice_copy(command->link, link, sizeof link))
        link_unwanted(ledger, catalog_group_find(ledger->catalog, slice_from(delivery->group)),
                      delivery->group, delivery->telegram_id, link);
}

void invite_redo(struct ledger *ledger, const struct catalog_group *group)
{
    struct record_group record;
    group_load(ledger, group, &record);
    outbox_revive(ledger, record.link_delivery);
    (void)invite_redo_due(ledger, 0, group->name);
}

unsigned invite_owed_due(struct ledger *ledger, int64_t telegram_id, const char *name)
{
    const struct catalog_group *group = catalog_group_find(ledger->catalog, slice_from(name));
    struct record_group record;
    unsigned count = 0;
    if (group == NULL)
        return 0;
    group_load(ledger, group, &record);
    bool made = group->invite == INVITE_JOIN_REQUEST && record.link[0] != 0;
    for (; owed_next(ledger, name, &telegram_id); count++) {
        if (made)
            owed_done(ledger, name, telegram_id);
        tell(ledger, telegram_id, made);
        if (count + 1 < STEP)
            continue;
        timer_set(ledger, TIMER_AT_ONCE_MS, TIMER_OWED, telegram_id, name);
        return (count + 1) * ROWS;
    }
    return count * ROWS;
}

unsigned invite_redo_due(struct ledger *ledger, int64_t telegram_id, const char *name)
{
    struct record_place place;
    unsigned count = 0;
    for (; owed_next(ledger, name, &telegram_id); count++) {
        place_load(ledger, name, telegram_id, &place);
        outbox_revive(ledger, place.link_delivery);
        if (count + 1 < STEP)
            continue;
        timer_set(ledger, TIMER_AT_ONCE_MS, TIMER_REDO, telegram_id, name);
        return (count + 1) * ROWS;
    }
    return count * ROWS;
}

static void group_made(struct ledger *ledger, const struct catalog_group *group, const char *link)
{
    struct record_group record;
    group_load(ledger, group, &record);
    record.link_delivery = 0;
    bool fits = slice_copy(slice_from(link), record.link, sizeof record.link);
    ASSERT(fits);
    group_store(ledger, group, &record);
    (void)invite_owed_due(ledger, 0, group->name);
}

static void member_made(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                        const struct catalog_group *group, const char *link)
{
    int64_t telegram_id = delivery->telegram_id;
    struct record_place place;
    place_load(ledger, delivery->group, telegram_id, &place);
    if (group == NULL || place.link_delivery != id ||
        !access_entitled(ledger, telegram_id, group)) {
        link_unwanted(ledger, group, delivery->group, telegram_id, link);
        return;
    }
    link_made(ledger, group, telegram_id, link);
    tell(ledger, telegram_id, true);
}

/* Their letter may go now; who has had it without the link gets another. */
static void tell(struct ledger *ledger, int64_t telegram_id, bool made)
{
    struct record_member member;
    if (member_load(ledger, telegram_id, &member) && letter_open(ledger, &member) != 0)
        letter_settle(ledger, telegram_id);
    else if (made)
        letter_access(ledger, telegram_id, ledger->at_ms);
}
