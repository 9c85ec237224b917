#include "ledger/letter.h"

#include "base/assert.h"
#include "ledger/attempt.h"
#include "ledger/delivery.h"
#include "ledger/doors.h"
#include "ledger/facts.h"
#include "ledger/person.h"
#include "ledger/reach.h"
#include "wire/lane.h"

enum { CROSSED_RETRY_MS = 5000 };

static uint64_t begin(struct ledger *ledger, const struct record_delivery *like);
static void miss(void *context, const struct catalog_group *group, const char *link);
static bool are_greetings(struct slice parts);
static void tell_admitted(struct ledger *ledger, int64_t telegram_id, struct slice part,
                          const struct message_cmd_outcome *command);
static void join(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                 uint64_t other);

void letter_add(struct ledger *ledger, int64_t telegram_id, const struct message *parts,
                size_t count, uint64_t turn_ms)
{
    struct record_member member;
    struct record_delivery letter;
    struct buf bytes;
    struct buf part;
    buf_init(&bytes, DELIVERY_PARTS_BYTES_MAX);
    buf_init(&part, DELIVERY_PART_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_clear(&part);
        wire_encode(&part, &parts[i]);
        part_frame(&bytes, buf_slice(&part));
    }
    if (bytes.failed || part.failed)
        state_fail(ledger, ERROR_MEMORY);
    member_load_or_new(ledger, telegram_id, &member);
    uint64_t id = letter_open(ledger, &member);
    bool open = id != 0 && delivery_load(ledger, id, &letter);
    bool greeting = are_greetings(buf_slice(&bytes));
    bool takes = open && letter.parts_count + count <= LETTER_PARTS_MAX &&
                 delivery_parts_add(ledger, id, buf_slice(&bytes));
    bool sure = false; /* that it may go */
    if (!takes) {
        member_store(ledger, telegram_id, &member);
        if (open && letter.stage == STAGE_WAITING) /* a second one would wait for ever */
            outbox_cancel(ledger, id, "full: the next letter says what is true then");
        letter = (struct record_delivery){
            .telegram_id = telegram_id, .turn_ms = turn_ms, .greeting = greeting};
        id = begin(ledger, &letter);
        takes =
            delivery_load(ledger, id, &letter) && delivery_parts_add(ledger, id, buf_slice(&bytes));
        ASSERT(takes || ledger->error != ERROR_NONE);
        sure = takes && letter.stage == STAGE_PENDING;
        member.letter = id;
        member_store(ledger, telegram_id, &member);
    }
    buf_deinit(&bytes);
    buf_deinit(&part);
    /* Neither its lease nor its place changes: the outcome says how many parts went out. */
    letter.parts_count += (uint32_t)count;
    bool rises = letter.greeting != 0 && !greeting;
    if (rises) {
        letter.greeting = 0;
        letter.turn_ms = turn_ms;
    }
    if (rises && letter.stage == STAGE_PENDING)
        outbox_turned(ledger, id, &letter);
    else
        delivery_store(ledger, id, &letter);
    if (!sure)
        letter_settle(ledger, telegram_id);
}

void letter_access(struct ledger *ledger, int64_t telegram_id, uint64_t turn_ms)
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

uint64_t letter_open(struct ledger *ledger, const struct record_member *member)
{
    struct record_delivery letter;
    bool open = member->letter != 0 && delivery_load(ledger, member->letter, &letter) &&
                (letter.stage == STAGE_PENDING || letter.stage == STAGE_WAITING);
    return open ? member->letter : 0;
}

uint64_t letter_wait_ms(struct ledger *ledger, int64_t telegram_id)
{
    struct record_member member;
    struct record_delivery letter;
    char lane[LANE_NAME_MAX + 1];
    if (ledger->wait == NULL || !member_load(ledger, telegram_id, &member) ||
        member.unreachable != 0 || letter_open(ledger, &member) == 0 ||
        !delivery_load(ledger, member.letter, &letter))
        return 0;
    delivery_lane(&letter, lane, sizeof lane);
    uint64_t wait_ms = ledger->wait(ledger->wait_context, slice_from(lane),
                                    outbox_priority(&letter), letter.turn_ms, member.letter);
    return wait_ms < LETTER_WAIT_SAID_MS ? 0 : wait_ms;
}

void letter_settle(struct ledger *ledger, int64_t telegram_id)
{
    struct record_member member;
    struct record_delivery delivery;
    uint64_t id = member_load(ledger, telegram_id, &member) ? letter_open(ledger, &member) : 0;
    if (id == 0 || !delivery_load(ledger, id, &delivery))
        return;
    bool ready = doors_ready(ledger, telegram_id) && !member.unreachable;
    if (ready && delivery.stage == STAGE_WAITING) {
        /* Meanwhile they may have spoken to another bot, and that one can reach them. */
        reach_bot(ledger, telegram_id, &member, delivery.bot, sizeof delivery.bot);
        outbox_move(ledger, id, &delivery, STAGE_PENDING);
    } else if (!ready && delivery.stage == STAGE_PENDING) {
        outbox_move(ledger, id, &delivery, STAGE_WAITING);
    }
}

/* The first parts of it, as many as the attempt had: what was added since becomes a new letter. */
enum result letter_arrived(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                           const struct message_cmd_outcome *command)
{
    uint32_t sent = (uint32_t)command->parts_count;
    struct slice parts = delivery_parts(ledger, id);
    struct slice part;
    for (uint32_t n = 0; n < sent && part_next(&parts, &part); n++)
        tell_admitted(ledger, delivery->telegram_id, part, command);
    struct record_delivery rest = *delivery;
    rest.parts_count = sent < delivery->parts_count ? delivery->parts_count - sent : 0;
    struct buf left;
    buf_init(&left, DELIVERY_PARTS_BYTES_MAX);
    buf_append_slice(&left, parts);
    if (left.failed)
        state_fail(ledger, ERROR_MEMORY);
    outbox_move(ledger, id, delivery, STAGE_DONE);
    if (rest.parts_count > 0) {
        rest.greeting = are_greetings(buf_slice(&left));
        uint64_t next = begin(ledger, &rest);
        (void)delivery_parts_add(ledger, next, buf_slice(&left)); /* what fitted there fits here */
        struct record_member member;
        if (member_load(ledger, delivery->telegram_id, &member)) {
            member.letter = next;
            member_store(ledger, delivery->telegram_id, &member);
        }
        letter_settle(ledger, delivery->telegram_id);
    }
    buf_deinit(&left);
    return RESULT_ok;
}

/* A receipt goes out together with the way in. */
static void tell_admitted(struct ledger *ledger, int64_t telegram_id, struct slice part,
                          const struct message_cmd_outcome *command)
{
    struct message message;
    if (command->result == OUTCOME_DONE && wire_decode_one(part, &message, NULL) == ERROR_NONE &&
        message.kind == MESSAGE_part_receipt && message.part_receipt.payment_id.len > 0)
        FACT_TELL(ledger, admitted, .telegram_id = telegram_id, .plan = message.part_receipt.plan,
                  .received = message.part_receipt.at_ms, .took = command->took_ms);
}

enum result letter_failed(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                          const struct message_cmd_outcome *command)
{
    if (delivery->stage != STAGE_WAITING)
        return attempt_failed(ledger, id, delivery, command);
    delivery_store(ledger, id, delivery); /* it came to nothing, but it may be sent later */
    return RESULT_ok;
}

enum result letter_unreachable(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                               const struct message_cmd_outcome *command)
{
    struct record_member member;
    if (!member_load(ledger, delivery->telegram_id, &member))
        return attempt_done(ledger, id, delivery, command);
    if (member.unreachable == 0 && reach_crossed(ledger, &member)) {
        delivery->not_before_ms = ledger->at_ms + CROSSED_RETRY_MS;
        reach_bot(ledger, delivery->telegram_id, &member, delivery->bot, sizeof delivery->bot);
        outbox_move(ledger, id, delivery,
                    delivery->stage == STAGE_WAITING ? STAGE_WAITING : STAGE_PENDING);
        return RESULT_ok;
    }
    member.unreachable = 1;
    /* A released dead letter waits like any other; only one can wait for a member. */
    uint64_t other = letter_open(ledger, &member);
    bool another = other != 0 && other != id;
    if (!another)
        member.letter = id;
    member_store(ledger, delivery->telegram_id, &member);
    if (another)
        join(ledger, id, delivery, other);
    else
        outbox_move(ledger, id, delivery, STAGE_WAITING);
    return RESULT_ok;
}

/* The member is left alone: most have no other business in a command that says how a letter went.
 */
void letter_moved(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery)
{
    if (delivery->stage == STAGE_DONE)
        delivery_parts_drop(ledger, id);
}

/* What this letter says is said by the member's other open letter: done. */
static void join(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                 uint64_t other)
{
    struct record_delivery letter;
    struct buf parts;
    buf_init(&parts, DELIVERY_PARTS_BYTES_MAX);
    buf_append_slice(&parts, delivery_parts(ledger, id));
    if (parts.failed)
        state_fail(ledger, ERROR_MEMORY);
    /* When there is no room, the other says what is true now all the same, without old receipts. */
    if (delivery_load(ledger, other, &letter) &&
        delivery_parts_add(ledger, other, buf_slice(&parts))) {
        letter.parts_count += delivery->parts_count;
        letter.greeting = letter.greeting != 0 && delivery->greeting != 0;
        if (letter.stage == STAGE_PENDING)
            outbox_turned(ledger, other, &letter);
        else
            delivery_store(ledger, other, &letter);
    }
    buf_deinit(&parts);
    outbox_move(ledger, id, delivery, STAGE_DONE);
    letter_settle(ledger, delivery->telegram_id);
}

/* Begins a letter without its parts: it may go when all that it shows is there; else it waits, and
 * letter_settle asks for what is missing. */
static uint64_t begin(struct ledger *ledger, const struct record_delivery *like)
{
    struct record_member member;
    bool complete = true;
    member_load_or_new(ledger, like->telegram_id, &member);
    doors_each(ledger, like->telegram_id, miss, &complete);
    struct record_delivery delivery = {.kind = DELIVERY_letter,
                                       .stage = complete && !member.unreachable ? STAGE_PENDING
                                                                                : STAGE_WAITING,
                                       .telegram_id = like->telegram_id,
                                       .turn_ms = like->turn_ms,
                                       .parts_count = like->parts_count,
                                       .greeting = like->greeting};
    reach_bot(ledger, like->telegram_id, &member, delivery.bot, sizeof delivery.bot);
    return outbox_add(ledger, &delivery);
}

static void miss(void *context, const struct catalog_group *group, const char *link)
{
    bool *complete = context;
    (void)group;
    *complete = *complete && link[0] != 0;
}

/* Whoever writes to the bot is greeted, and that can wait for what somebody paid for. */
static bool are_greetings(struct slice parts)
{
    struct slice bytes;
    struct message part;
    while (part_next(&parts, &bytes)) {
        if (wire_decode_one(bytes, &part, NULL) != ERROR_NONE || part.kind != MESSAGE_part_greeting)
            return false;
    }
    return true;
}
