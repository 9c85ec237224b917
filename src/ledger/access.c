#include "ledger/access.h"

#include "base/assert.h"
#include "ledger/delivery.h"
#include "ledger/outbox.h"
#include "ledger/person.h"

enum {
    PLANS_MAX = 64,              /* plans of one member that are looked at */
    MONTHS_MAX = 12000,          /* of one unbroken stretch */
    LINK_MARGIN_MS = 10 * 60000, /* a one-time link about to expire is not handed out */
    BREAKER_WINDOW_MS = 3600000
};

static size_t open_plans(struct ledger *ledger, int64_t telegram_id,
                         const struct catalog_plan **plans, size_t max);
static bool opened_before(const struct ledger *ledger, const struct catalog_plan **plans, size_t n,
                          const struct catalog_group *group);
static void set_until(struct ledger *ledger, int64_t telegram_id, const char *plan,
                      struct record_entitlement *entitlement, uint64_t timer_ms);
static uint64_t until_of(struct ledger *ledger, const struct record_entitlement *entitlement);
static void end_now(struct ledger *ledger, int64_t telegram_id, const char *plan,
                    struct record_entitlement *entitlement, enum end_reason reason);
static bool way_in(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id);
static void leave_group(struct ledger *ledger, const struct catalog_group *group,
                        int64_t telegram_id);
static bool place_inside(const struct record_place *place);
static bool place_removable(const struct record_place *place);
static bool link_usable(const struct ledger *ledger, const struct record_place *place);
static bool group_link_ready(struct ledger *ledger, const struct catalog_group *group,
                             int64_t telegram_id);
static bool place_link_ready(struct ledger *ledger, const struct catalog_group *group,
                             int64_t telegram_id, struct record_place *place);
static void owe(struct ledger *ledger, const char *group, int64_t telegram_id);
static void group_link_made(struct ledger *ledger, const struct catalog_group *group,
                            const char *link);
static void place_link_made(struct ledger *ledger, const struct catalog_group *group, uint64_t id,
                            int64_t telegram_id, const char *link);
static void key_link(struct key *key, const char *link);

bool access_entitled(struct ledger *ledger, int64_t telegram_id, const struct catalog_group *group)
{
    const struct catalog_plan *plans[PLANS_MAX];
    size_t count = open_plans(ledger, telegram_id, plans, PLANS_MAX);
    return opened_before(ledger, plans, count, group);
}

const struct catalog_group *access_group_of(struct ledger *ledger, struct slice bot,
                                            int64_t chat_id)
{
    const struct catalog_group *group = group_of_chat(ledger, bot, chat_id);
    for (size_t i = 0; i < ledger->catalog->group_count && group == NULL; i++) {
        const struct catalog_group *configured = &ledger->catalog->groups[i];
        if (configured->chat_id == chat_id && slice_is(bot, configured->bot))
            group = configured;
    }
    return group;
}

enum result access_grant(struct ledger *ledger, const struct catalog_plan *plan,
                         struct slice payment_id, struct record_payment *payment)
{
    int64_t telegram_id = payment->telegram_id;
    struct record_entitlement entitlement;
    bool known = entitlement_load(ledger, telegram_id, plan->name, &entitlement);
    bool open = entitlement.status == ENTITLEMENT_ACTIVE || entitlement.status == ENTITLEMENT_GRACE;
    bool unbroken = open && entitlement.until_ms >= ledger->at_ms;
    if (!open && plan->seats != 0 && seats_taken(ledger, plan->name) >= plan->seats)
        return RESULT_unsettled_seats;
    if (unbroken &&
        entitlement.months + entitlement.days / 28 + payment->months + payment->days / 28 >
            MONTHS_MAX)
        return RESULT_unsettled_too_long;
    if (unbroken) {
        entitlement.months += payment->months;
        entitlement.days += payment->days;
    } else {
        entitlement.span++;
        entitlement.anchor_ms = ledger->at_ms;
        entitlement.months = payment->months;
        entitlement.days = payment->days;
    }
    if (!open) {
        entitlement.since_ms = ledger->at_ms;
        seats_change(ledger, plan->name, 1);
    }
    entitlement.status = ENTITLEMENT_ACTIVE;
    entitlement.until_ms = until_of(ledger, &entitlement);
    set_until(ledger, telegram_id, plan->name, &entitlement, entitlement.until_ms);
    payment->span = entitlement.span;
    payment->state = PAYMENT_STATE_GRANTED;

    for (size_t i = 0; i < plan->group_count; i++) {
        const struct catalog_group *group = &ledger->catalog->groups[plan->groups[i]];
        struct record_place place;
        place_load(ledger, group->name, telegram_id, &place);
        outbox_cancel(ledger, place.remove_delivery, "the member paid again");
    }
    struct message parts[] = {
        {.kind = MESSAGE_part_receipt,
         .part_receipt = {.plan = slice_from(plan->name),
                          .payment_id =
                              slice_of(payment_id.data, payment_id.len <= 128 ? payment_id.len : 0),
                          .amount = payment->amount,
                          .currency = slice_from(payment->currency),
                          .at_ms = ledger->at_ms}},
        {.kind = MESSAGE_part_access,
         .part_access = {.plan = slice_from(plan->name),
                         .until_ms = entitlement.until_ms,
                         .first = !known}},
    };
    letter_add(ledger, telegram_id, parts, 2, ledger->at_ms);
    return RESULT_granted;
}

bool access_take_back(struct ledger *ledger, const struct record_payment *payment,
                      enum end_reason reason)
{
    struct record_entitlement entitlement;
    if (!entitlement_load(ledger, payment->telegram_id, payment->plan, &entitlement) ||
        (entitlement.status != ENTITLEMENT_ACTIVE && entitlement.status != ENTITLEMENT_GRACE) ||
        entitlement.span != payment->span)
        return false; /* in an earlier stretch, or this one is over */
    bool running = entitlement.until_ms > ledger->at_ms;
    if (entitlement.months < payment->months || entitlement.days < payment->days) {
        state_fail(ledger, ERROR_CORRUPT);
        return false;
    }
    entitlement.months -= payment->months;
    entitlement.days -= payment->days;
    entitlement.until_ms = until_of(ledger, &entitlement);
    if (entitlement.until_ms <= ledger->at_ms || (entitlement.months == 0 && entitlement.days == 0))
        end_now(ledger, payment->telegram_id, payment->plan, &entitlement, reason);
    else
        set_until(ledger, payment->telegram_id, payment->plan, &entitlement, entitlement.until_ms);
    return running;
}

void access_due(struct ledger *ledger, int64_t telegram_id, const char *plan_name)
{
    struct record_entitlement entitlement;
    if (!entitlement_load(ledger, telegram_id, plan_name, &entitlement))
        return;
    entitlement.timer_ms = 0; /* the tick has taken it out of the timers */
    if (entitlement.status != ENTITLEMENT_ACTIVE && entitlement.status != ENTITLEMENT_GRACE) {
        entitlement_store(ledger, telegram_id, plan_name, &entitlement);
        return;
    }
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(plan_name));
    uint64_t grace_end_ms = entitlement.until_ms + (plan != NULL ? plan->grace_ms : 0);
    if (entitlement.until_ms > ledger->at_ms) {
        set_until(ledger, telegram_id, plan_name, &entitlement, entitlement.until_ms);
    } else if (grace_end_ms > ledger->at_ms) {
        entitlement.status = ENTITLEMENT_GRACE;
        set_until(ledger, telegram_id, plan_name, &entitlement, grace_end_ms);
    } else {
        end_now(ledger, telegram_id, plan_name, &entitlement, END_EXPIRED);
    }
}

void access_letter(struct ledger *ledger, int64_t telegram_id, uint64_t turn_ms)
{
    char plan[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    while (entitlement_next(ledger, telegram_id, plan, &entitlement)) {
        if (entitlement.status != ENTITLEMENT_ACTIVE && entitlement.status != ENTITLEMENT_GRACE)
            continue;
        struct message part = {
            .kind = MESSAGE_part_access,
            .part_access = {.plan = slice_from(plan), .until_ms = entitlement.until_ms}};
        letter_add(ledger, telegram_id, &part, 1, turn_ms);
    }
}

bool access_links_ready(struct ledger *ledger, int64_t telegram_id)
{
    const struct catalog_plan *plans[PLANS_MAX];
    size_t count = open_plans(ledger, telegram_id, plans, PLANS_MAX);
    bool ready = true;
    for (size_t p = 0; p < count; p++) {
        for (size_t g = 0; g < plans[p]->group_count; g++) {
            const struct catalog_group *group = &ledger->catalog->groups[plans[p]->groups[g]];
            struct record_place place;
            if (opened_before(ledger, plans, p, group))
                continue;
            place_load(ledger, group->name, telegram_id, &place);
            if (place_inside(&place) || place.status == PLACE_BANNED)
                continue;
            bool here = group->invite == INVITE_JOIN_REQUEST
                            ? group_link_ready(ledger, group, telegram_id)
                            : place_link_ready(ledger, group, telegram_id, &place);
            ready = ready && here;
        }
    }
    return ready;
}

void access_doors(struct ledger *ledger, int64_t telegram_id,
                  void (*visit)(void *context, const struct catalog_group *group, const char *link),
                  void *context)
{
    const struct catalog_plan *plans[PLANS_MAX];
    size_t count = open_plans(ledger, telegram_id, plans, PLANS_MAX);
    for (size_t p = 0; p < count; p++) {
        for (size_t g = 0; g < plans[p]->group_count; g++) {
            const struct catalog_group *group = &ledger->catalog->groups[plans[p]->groups[g]];
            struct record_place place;
            if (opened_before(ledger, plans, p, group))
                continue;
            place_load(ledger, group->name, telegram_id, &place);
            if (place_inside(&place) || place.status == PLACE_BANNED)
                continue;
            struct record_group record;
            group_load(ledger, group, &record);
            if (group->invite == INVITE_JOIN_REQUEST)
                visit(context, group, record.link);
            else
                visit(context, group, link_usable(ledger, &place) ? place.link : "");
        }
    }
}

void access_group_link(struct ledger *ledger, const struct catalog_group *group)
{
    struct record_group record;
    group_load(ledger, group, &record);
    if (group->invite != INVITE_JOIN_REQUEST || record.link[0] != 0 || record.link_delivery != 0)
        return;
    record.link_delivery =
        access_deliver(ledger, DELIVERY_create_link, group, 0, "", STAGE_PENDING);
    group_store(ledger, group, &record);
}

void access_link_made(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                      const char *link)
{
    const struct catalog_group *group =
        catalog_group_find(ledger->catalog, slice_from(delivery->group));
    if (group == NULL)
        return; /* the group is configured no more: nobody needs its link */
    if (delivery->telegram_id == 0)
        group_link_made(ledger, group, link);
    else
        place_link_made(ledger, group, id, delivery->telegram_id, link);
}

void access_group_retry(struct ledger *ledger, const struct catalog_group *group)
{
    struct record_group record;
    struct record_delivery delivery;
    group_load(ledger, group, &record);
    if (record.link_delivery != 0 && delivery_load(ledger, record.link_delivery, &delivery) &&
        delivery.stage == STAGE_DEAD)
        outbox_again(ledger, record.link_delivery, &delivery);
    struct key prefix;
    key_clear(&prefix);
    key_text(&prefix, slice_from(group->name));
    struct key from = prefix;
    struct key found;
    struct slice value;
    for (bool after = false; state_seek(ledger, TABLE_owed, key_slice(&prefix), key_slice(&from),
                                        after, &found, &value);
         after = true) {
        struct slice rest = slice_of(found.data + prefix.len, found.len - prefix.len);
        int64_t telegram_id;
        struct record_place place;
        if (!key_take_i64(&rest, &telegram_id)) {
            state_fail(ledger, ERROR_CORRUPT);
            return;
        }
        from = found;
        place_load(ledger, group->name, telegram_id, &place);
        if (place.link_delivery != 0 && delivery_load(ledger, place.link_delivery, &delivery) &&
            delivery.stage == STAGE_DEAD)
            outbox_again(ledger, place.link_delivery, &delivery);
    }
}

void access_remove(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    struct record_delivery before;
    bool asked = place.remove_delivery != 0 &&
                 delivery_load(ledger, place.remove_delivery, &before) && delivery_open(&before);
    if (asked || !place_removable(&place))
        return;
    struct record_meta *meta = &ledger->meta;
    if (ledger->at_ms - meta->removal_window_ms >= BREAKER_WINDOW_MS) {
        meta->removal_window_ms = ledger->at_ms;
        meta->removal_count = 0;
    }
    meta->removal_count++;
    if (meta->removal_count > ledger->catalog->removals_per_hour)
        meta->removals_held = 1;
    place.remove_delivery = access_deliver(ledger, DELIVERY_remove, group, telegram_id, "",
                                           meta->removals_held ? STAGE_HELD : STAGE_PENDING);
    place_store(ledger, group->name, telegram_id, &place);
}

bool access_to_remove(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    return place_removable(&place) && !access_entitled(ledger, telegram_id, group);
}

void access_revoke(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    if (place.link[0] == 0)
        return;
    /* Somebody may come in by it until Telegram has revoked it, and we hear of that later still: so
     * it stays known until the next one takes its place. */
    if (place.old_link[0] != 0) {
        struct key key;
        key_link(&key, place.old_link);
        state_delete(ledger, TABLE_links, &key);
    }
    memcpy(place.old_link, place.link, sizeof place.old_link);
    if (place.link_expires_ms > ledger->at_ms)
        access_deliver(ledger, DELIVERY_revoke_link, group, telegram_id, place.link, STAGE_PENDING);
    place.link[0] = 0;
    place.link_expires_ms = 0;
    place_store(ledger, group->name, telegram_id, &place);
}

uint64_t access_deliver(struct ledger *ledger, enum delivery_kind kind,
                        const struct catalog_group *group, int64_t telegram_id, const char *link,
                        enum delivery_stage stage)
{
    struct record_group record;
    group_load(ledger, group, &record);
    struct record_delivery delivery = {.kind = (uint8_t)kind,
                                       .stage = (uint8_t)stage,
                                       .telegram_id = telegram_id,
                                       .chat_id = record.chat_id,
                                       .turn_ms = ledger->at_ms};
    bool fits = slice_copy(slice_from(group->bot), delivery.bot, sizeof delivery.bot) &&
                slice_copy(slice_from(group->name), delivery.group, sizeof delivery.group) &&
                slice_copy(slice_from(link), delivery.link, sizeof delivery.link);
    ASSERT(fits);
    return outbox_add(ledger, &delivery);
}

/* The plans that this member's active and grace entitlements name and that are configured. */
static size_t open_plans(struct ledger *ledger, int64_t telegram_id,
                         const struct catalog_plan **plans, size_t max)
{
    size_t count = 0;
    char name[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    while (count < max && entitlement_next(ledger, telegram_id, name, &entitlement)) {
        if (entitlement.status != ENTITLEMENT_ACTIVE && entitlement.status != ENTITLEMENT_GRACE)
            continue;
        const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(name));
        if (plan != NULL)
            plans[count++] = plan;
    }
    return count;
}

static bool opened_before(const struct ledger *ledger, const struct catalog_plan **plans, size_t n,
                          const struct catalog_group *group)
{
    for (size_t i = 0; i < n; i++) {
        if (catalog_plan_opens(ledger->catalog, plans[i], group))
            return true;
    }
    return false;
}

/* Stores the entitlement, with its one timer at timer_ms (0: none) or earlier: one that is due too
 * early sets the next (access_due), so that a renewal need not touch the timers. */
static void set_until(struct ledger *ledger, int64_t telegram_id, const char *plan,
                      struct record_entitlement *entitlement, uint64_t timer_ms)
{
    bool early = entitlement->timer_ms != 0 && entitlement->timer_ms < timer_ms;
    if (entitlement->timer_ms != timer_ms && !early) {
        if (entitlement->timer_ms != 0)
            timer_clear(ledger, entitlement->timer_ms, TIMER_ENTITLEMENT, telegram_id, plan);
        if (timer_ms != 0)
            timer_set(ledger, timer_ms, TIMER_ENTITLEMENT, telegram_id, plan);
        entitlement->timer_ms = timer_ms;
    }
    entitlement_store(ledger, telegram_id, plan, entitlement);
}

static uint64_t until_of(struct ledger *ledger, const struct record_entitlement *entitlement)
{
    struct period length = {entitlement->months, entitlement->days};
    return (uint64_t)calendar_add(ledger->calendar, (int64_t)entitlement->anchor_ms, length);
}

static void end_now(struct ledger *ledger, int64_t telegram_id, const char *plan_name,
                    struct record_entitlement *entitlement, enum end_reason reason)
{
    entitlement->status = ENTITLEMENT_ENDED;
    entitlement->end_reason = (uint8_t)reason;
    set_until(ledger, telegram_id, plan_name, entitlement, 0);
    seats_change(ledger, plan_name, -1);
    struct message part = {
        .kind = MESSAGE_part_ended,
        .part_ended = {.plan = slice_from(plan_name), .reason = (uint64_t)reason}};
    letter_add(ledger, telegram_id, &part, 1, ledger->at_ms);
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(plan_name));
    for (size_t i = 0; i < ledger->catalog->group_count; i++) {
        const struct catalog_group *group = &ledger->catalog->groups[i];
        bool opened = (plan != NULL && catalog_plan_opens(ledger->catalog, plan, group)) ||
                      way_in(ledger, group, telegram_id);
        if (opened && !access_entitled(ledger, telegram_id, group))
            leave_group(ledger, group, telegram_id);
    }
}

/* The member came in by us, or may still. So they leave also what the plan opened before it was
 * configured anew, or not any more; where somebody else let them in they stay. */
static bool way_in(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    return place.approved != 0 || place.join_delivery != 0 || place.link_delivery != 0 ||
           place.link[0] != 0;
}

/* Closes every way in that is still open, and shows the member out. */
static void leave_group(struct ledger *ledger, const struct catalog_group *group,
                        int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    struct record_delivery join;
    if (place.join_delivery != 0 && delivery_load(ledger, place.join_delivery, &join) &&
        delivery_open(&join) && join.kind == DELIVERY_approve) {
        outbox_cancel(ledger, place.join_delivery, "the membership ended");
        place.join_delivery =
            access_deliver(ledger, DELIVERY_decline, group, telegram_id, "", STAGE_PENDING);
        place_store(ledger, group->name, telegram_id, &place);
    }
    if (place.link_delivery != 0) {
        outbox_cancel(ledger, place.link_delivery, "the membership ended");
        place.link_delivery = 0;
        place_store(ledger, group->name, telegram_id, &place);
    }
    struct key key;
    key_clear(&key);
    key_text(&key, slice_from(group->name));
    key_i64(&key, telegram_id);
    state_delete(ledger, TABLE_owed, &key);
    access_revoke(ledger, group, telegram_id);
    access_remove(ledger, group, telegram_id);
}

static bool place_inside(const struct record_place *place)
{
    return place->status == PLACE_IN || place->status == PLACE_ADMIN;
}

static bool place_removable(const struct record_place *place)
{
    return place->status == PLACE_UNKNOWN || place->status == PLACE_IN;
}

static bool link_usable(const struct ledger *ledger, const struct record_place *place)
{
    return place->link[0] != 0 && place->link_expires_ms > ledger->at_ms + LINK_MARGIN_MS;
}

static bool group_link_ready(struct ledger *ledger, const struct catalog_group *group,
                             int64_t telegram_id)
{
    access_group_link(ledger, group);
    struct record_group record;
    group_load(ledger, group, &record);
    if (record.link[0] != 0)
        return true;
    owe(ledger, group->name, telegram_id);
    struct record_delivery delivery;
    return delivery_load(ledger, record.link_delivery, &delivery) && delivery.stage == STAGE_DEAD;
}

static bool place_link_ready(struct ledger *ledger, const struct catalog_group *group,
                             int64_t telegram_id, struct record_place *place)
{
    if (link_usable(ledger, place))
        return true;
    struct record_delivery delivery;
    bool asked = place->link_delivery != 0 &&
                 delivery_load(ledger, place->link_delivery, &delivery) &&
                 delivery.stage != STAGE_DONE;
    if (!asked) {
        access_revoke(ledger, group, telegram_id);
        place_load(ledger, group->name, telegram_id, place);
        place->link_delivery =
            access_deliver(ledger, DELIVERY_create_link, group, telegram_id, "", STAGE_PENDING);
        place_store(ledger, group->name, telegram_id, place);
    }
    owe(ledger, group->name, telegram_id);
    return asked && delivery.stage == STAGE_DEAD;
}

/* Remembers that this member's letter shows a door of this group that has no link yet. */
static void owe(struct ledger *ledger, const char *group, int64_t telegram_id)
{
    struct key key;
    key_clear(&key);
    key_text(&key, slice_from(group));
    key_i64(&key, telegram_id);
    state_put_bytes(ledger, TABLE_owed, &key, SLICE(""));
}

static void group_link_made(struct ledger *ledger, const struct catalog_group *group,
                            const char *link)
{
    struct record_group record;
    group_load(ledger, group, &record);
    if (link[0] != 0) {
        record.link_delivery = 0;
        bool fits = slice_copy(slice_from(link), record.link, sizeof record.link);
        ASSERT(fits);
        group_store(ledger, group, &record);
    }
    struct key prefix;
    key_clear(&prefix);
    key_text(&prefix, slice_from(group->name));
    struct key from = prefix;
    struct key found;
    struct slice value;
    for (bool after = false; state_seek(ledger, TABLE_owed, key_slice(&prefix), key_slice(&from),
                                        after, &found, &value);
         after = true) {
        struct slice rest = slice_of(found.data + prefix.len, found.len - prefix.len);
        int64_t telegram_id;
        if (!key_take_i64(&rest, &telegram_id)) {
            state_fail(ledger, ERROR_CORRUPT);
            return;
        }
        from = found;
        if (link[0] != 0)
            state_delete(ledger, TABLE_owed, &found);
        struct record_member member;
        bool has_letter = member_load(ledger, telegram_id, &member) && member.letter != 0;
        if (has_letter)
            letter_settle(ledger, telegram_id);
        else if (link[0] != 0)
            access_letter(ledger, telegram_id, ledger->at_ms);
    }
}

static void place_link_made(struct ledger *ledger, const struct catalog_group *group, uint64_t id,
                            int64_t telegram_id, const char *link)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    struct key key;
    if (link[0] != 0) {
        bool wanted = place.link_delivery == id && access_entitled(ledger, telegram_id, group);
        if (!wanted) {
            access_deliver(ledger, DELIVERY_revoke_link, group, telegram_id, link, STAGE_PENDING);
            return;
        }
        bool fits = slice_copy(slice_from(link), place.link, sizeof place.link);
        ASSERT(fits);
        place.link_expires_ms = ledger->at_ms + group->link_ttl_ms;
        place.link_delivery = 0;
        place_store(ledger, group->name, telegram_id, &place);
        key_link(&key, link);
        struct key owner;
        key_clear(&owner);
        key_text(&owner, slice_from(group->name));
        key_i64(&owner, telegram_id);
        state_put_bytes(ledger, TABLE_links, &key, key_slice(&owner));
        state_delete(ledger, TABLE_owed, &owner);
    }
    struct record_member member;
    if (member_load(ledger, telegram_id, &member) && member.letter != 0)
        letter_settle(ledger, telegram_id);
    else if (link[0] != 0)
        access_letter(ledger, telegram_id, ledger->at_ms);
}

static void key_link(struct key *key, const char *link)
{
    key_clear(key);
    key_text(key, slice_from(link));
}
