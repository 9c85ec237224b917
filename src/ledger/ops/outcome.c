/* cmd_outcome: how an attempt of a delivery ended. */
#include "ledger/access.h"
#include "ledger/delivery.h"
#include "ledger/freeze.h"
#include "ledger/notice.h"
#include "ledger/ops/ops.h"
#include "ledger/outbox.h"
#include "ledger/person.h"
#include "ledger/reply.h"

#include "base/assert.h"

enum {
    GIVE_UP_MS = 3 * 24 * 3600 * 1000, /* trying for longer is the operator's to decide */
    ATTEMPT_MS_MAX = 90 * 1000,        /* a lease, and the longest call that ends it */
    CROSSED_RETRY_MS = 5000
};

static void too_late(struct ledger *ledger, const struct record_delivery *delivery,
                     const struct message_cmd_outcome *command);
static void done(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                 const struct message_cmd_outcome *command);
static void retry(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                  const struct message_cmd_outcome *command);
static void failed(struct ledger *ledger, uint64_t id, struct record_delivery *delivery);
static void unreachable(struct ledger *ledger, uint64_t id, struct record_delivery *delivery);
static void migrated(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                     int64_t new_chat_id);
static void member_out(struct ledger *ledger, const struct record_delivery *delivery);
static void join_settled(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                         bool approved);

enum result op_outcome(struct ledger *ledger, const struct message_cmd_outcome *command)
{
    freeze_remember(ledger, command->lane, command->freeze_chat_id, command->freeze_until_ms);
    uint64_t id = command->delivery;
    struct record_delivery delivery;
    outbox_ended(ledger, id);
    if (!delivery_load(ledger, id, &delivery))
        return RESULT_not_found;
    if (delivery.stage == STAGE_DONE || delivery.stage == STAGE_DEAD ||
        delivery.stage == STAGE_HELD) {
        too_late(ledger, &delivery, command);
        return RESULT_not_pending;
    }
    delivery.attempts++;
    if (!slice_copy(command->error, delivery.error, sizeof delivery.error))
        delivery.error[0] = 0;
    if (delivery.kind == DELIVERY_notice)
        return notice_outcome(ledger, id, &delivery, command);
    if (reply_is(delivery.kind))
        return reply_outcome(ledger, id, &delivery, command);
    switch ((enum outcome)command->result) {
    case OUTCOME_DONE:
        done(ledger, id, &delivery, command);
        return RESULT_ok;
    case OUTCOME_RETRY:
        retry(ledger, id, &delivery, command);
        return RESULT_ok;
    case OUTCOME_FAILED:
        failed(ledger, id, &delivery);
        return RESULT_ok;
    case OUTCOME_UNREACHABLE:
        unreachable(ledger, id, &delivery);
        return RESULT_ok;
    case OUTCOME_MIGRATED:
        migrated(ledger, id, &delivery, command->new_chat_id);
        return RESULT_ok;
    case OUTCOME_MOOT:
        if (delivery.kind == DELIVERY_approve || delivery.kind == DELIVERY_decline)
            join_settled(ledger, id, &delivery, false);
        if (delivery.kind == DELIVERY_letter)
            letter_sent(ledger, id, &delivery, (uint32_t)command->parts_count);
        else
            outbox_move(ledger, id, &delivery, STAGE_DONE);
        return RESULT_ok;
    case OUTCOME_IN_DOUBT: /* of notices only */
        break;
    }
    return RESULT_invalid;
}

/* The delivery was cancelled while its attempt was under way: what happened all the same is set
 * right. */
static void too_late(struct ledger *ledger, const struct record_delivery *delivery,
                     const struct message_cmd_outcome *command)
{
    const struct catalog_group *group =
        catalog_group_find(ledger->catalog, slice_from(delivery->group));
    if (command->result != OUTCOME_DONE || group == NULL)
        return;
    if (delivery->kind == DELIVERY_remove) {
        member_out(ledger, delivery);
    } else if (delivery->kind == DELIVERY_create_link && delivery->telegram_id != 0 &&
               command->link.len > 0) {
        char link[256];
        struct record_place place;
        place_load(ledger, group->name, delivery->telegram_id, &place);
        bool fits = slice_copy(command->link, link, sizeof link);
        if (fits && !slice_is(command->link, place.link))
            access_deliver(ledger, DELIVERY_revoke_link, group, delivery->telegram_id, link,
                           STAGE_PENDING);
    } else if (delivery->kind == DELIVERY_approve) {
        struct record_place place;
        place_load(ledger, group->name, delivery->telegram_id, &place);
        place.approved = 1;
        place_store(ledger, group->name, delivery->telegram_id, &place);
        if (!access_entitled(ledger, delivery->telegram_id, group))
            access_remove(ledger, group, delivery->telegram_id);
    }
}

static void done(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                 const struct message_cmd_outcome *command)
{
    char link[256];
    switch ((enum delivery_kind)delivery->kind) {
    case DELIVERY_letter:
        letter_sent(ledger, id, delivery, (uint32_t)command->parts_count);
        return;
    case DELIVERY_create_link:
        if (command->link.len == 0 || !slice_copy(command->link, link, sizeof link)) {
            (void)slice_copy(SLICE("Telegram answered without a link"), delivery->error,
                             sizeof delivery->error);
            failed(ledger, id, delivery);
            return;
        }
        outbox_move(ledger, id, delivery, STAGE_DONE);
        access_link_made(ledger, id, delivery, link);
        return;
    case DELIVERY_approve:
    case DELIVERY_decline:
        join_settled(ledger, id, delivery, delivery->kind == DELIVERY_approve);
        break;
    case DELIVERY_remove:
        outbox_move(ledger, id, delivery, STAGE_DONE);
        member_out(ledger, delivery);
        return;
    case DELIVERY_none:
    case DELIVERY_revoke_link:
    case DELIVERY_notice:
    case DELIVERY_reply:
    case DELIVERY_answer:
    case DELIVERY_staff:
    case DELIVERY_topic:
    case DELIVERY_post:
    case DELIVERY_COUNT:
        break;
    }
    outbox_move(ledger, id, delivery, STAGE_DONE);
}

static void retry(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                  const struct message_cmd_outcome *command)
{
    /* A record of version 1 does not know since when. */
    uint64_t since_ms = delivery->since_ms != 0 ? delivery->since_ms : delivery->created_ms;
    if (ledger->at_ms - since_ms > GIVE_UP_MS) {
        failed(ledger, id, delivery);
        return;
    }
    delivery->not_before_ms = command->retry_at_ms;
    outbox_move(ledger, id, delivery,
                delivery->stage == STAGE_WAITING ? STAGE_WAITING : STAGE_PENDING);
}

static void failed(struct ledger *ledger, uint64_t id, struct record_delivery *delivery)
{
    if (delivery->stage == STAGE_WAITING) /* its letter came to nothing, but it may be sent later */
        return delivery_store(ledger, id, delivery);
    outbox_move(ledger, id, delivery, STAGE_DEAD);
    if (delivery->kind == DELIVERY_create_link)
        access_link_made(ledger, id, delivery, "");
}

static void unreachable(struct ledger *ledger, uint64_t id, struct record_delivery *delivery)
{
    struct record_member member;
    if (delivery->kind != DELIVERY_letter || !member_load(ledger, delivery->telegram_id, &member)) {
        outbox_move(ledger, id, delivery, STAGE_DONE);
        return;
    }
    /* Who wrote to the bot while the attempt was under way is reachable since: the refusal is older
     * than the message that was applied before it, and waiting would be waiting for another one. */
    if (member.unreachable == 0 && member.seen_ms != 0 &&
        ledger->at_ms - member.seen_ms < ATTEMPT_MS_MAX) {
        delivery->not_before_ms = ledger->at_ms + CROSSED_RETRY_MS;
        outbox_move(ledger, id, delivery,
                    delivery->stage == STAGE_WAITING ? STAGE_WAITING : STAGE_PENDING);
        return;
    }
    member.unreachable = 1;
    /* A released dead letter waits like any other; only one can wait for a member. */
    bool another = member.letter != 0 && member.letter != id;
    if (!another)
        member.letter = id;
    member_store(ledger, delivery->telegram_id, &member);
    if (another)
        letter_join(ledger, id, delivery, member.letter);
    else
        outbox_move(ledger, id, delivery, STAGE_WAITING);
}

static void migrated(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                     int64_t new_chat_id)
{
    const struct catalog_group *group =
        catalog_group_find(ledger->catalog, slice_from(delivery->group));
    if (group == NULL || new_chat_id >= 0) {
        failed(ledger, id, delivery);
        return;
    }
    struct record_group record;
    group_load(ledger, group, &record);
    record.chat_id = new_chat_id;
    group_store(ledger, group, &record);
    delivery->chat_id = new_chat_id;
    outbox_move(ledger, id, delivery, STAGE_PENDING);
}

/* A removal has taken effect. If the member paid while it was under way, they are asked in again.
 */
static void member_out(struct ledger *ledger, const struct record_delivery *delivery)
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
        access_letter(ledger, delivery->telegram_id, ledger->at_ms);
}

static void join_settled(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                         bool approved)
{
    const struct catalog_group *group =
        catalog_group_find(ledger->catalog, slice_from(delivery->group));
    struct record_place place;
    if (group == NULL)
        return;
    place_load(ledger, group->name, delivery->telegram_id, &place);
    if (place.join_delivery != id)
        return; /* a stranger's, or an older one */
    place.join_delivery = 0;
    place.approved = approved;
    place_store(ledger, group->name, delivery->telegram_id, &place);
}
