#include "ledger/reply.h"

#include "base/assert.h"
#include "base/mailbox.h"
#include "ledger/delivery.h"
#include "ledger/facts.h"
#include "ledger/outbox.h"
#include "ledger/person.h"

enum {
    GIVE_UP_MS = 3 * 24 * 3600 * 1000, /* trying for longer is the operator's to decide */
    PARTS_BYTES_MAX = 60 * 1024        /* they travel in one message, wire/messages.def */
};

static uint64_t say(struct ledger *ledger, enum delivery_kind kind, const struct reply_to *to,
                    struct slice callback_id, const struct message *parts, size_t count);
static uint64_t add(struct ledger *ledger, struct record_delivery *delivery,
                    const struct message *parts, size_t count);
static bool is_part(enum message_kind kind);
static void take_place(struct ledger *ledger, const struct reply_to *to);
static enum result give_up(struct ledger *ledger, uint64_t id, struct record_delivery *delivery);

struct message part_make(const struct shape *shape, const void *part)
{
    struct message message = {.kind = (enum message_kind)shape->id};
    ASSERT(shape->role == ROLE_PART && shape->size <= sizeof message.module);
    memcpy(message.module, part, shape->size);
    return message;
}

void reply_say(struct ledger *ledger, const struct reply_to *to, const struct message *parts,
               size_t count)
{
    bool private = to->chat_id == to->telegram_id;
    struct record_member member;
    if (count == 0)
        return;
    if (private)
        take_place(ledger, to);
    uint64_t id = say(ledger, DELIVERY_reply, to, SLICE(""), parts, count);
    if (private && id != 0 && member_load(ledger, to->telegram_id, &member)) {
        member.reply = id;
        member_store(ledger, to->telegram_id, &member);
    }
}

void reply_answer(struct ledger *ledger, struct slice bot, struct slice callback_id,
                  int64_t telegram_id, const struct message *part)
{
    const struct reply_to to = {.bot = bot, .telegram_id = telegram_id, .chat_id = telegram_id};
    ledger->answered = true;
    (void)say(ledger, DELIVERY_answer, &to, callback_id, part, part != NULL);
}

uint64_t staff_say(struct ledger *ledger, const struct reply_to *to, const struct message *parts,
                   size_t count)
{
    return count == 0 ? 0 : say(ledger, DELIVERY_staff, to, SLICE(""), parts, count);
}

uint64_t staff_topic(struct ledger *ledger, const struct reply_to *to, struct slice title)
{
    const struct message part = {.kind = MESSAGE_part_text, .part_text = {.text = title}};
    return say(ledger, DELIVERY_topic, to, SLICE(""), &part, 1);
}

uint64_t service_post(struct ledger *ledger, struct slice lane, int64_t telegram_id,
                      struct slice json)
{
    struct record_delivery delivery = {.kind = DELIVERY_post, .telegram_id = telegram_id};
    const struct message part = {.kind = MESSAGE_part_text, .part_text = {.text = json}};
    if (!slice_copy(lane, delivery.lane, sizeof delivery.lane) || lane.len == 0)
        return 0;
    return add(ledger, &delivery, &part, 1);
}

uint64_t reply_mail(struct ledger *ledger, struct slice lane, int64_t telegram_id, struct slice to,
                    const struct message *parts, size_t count)
{
    struct record_delivery delivery = {.kind = DELIVERY_mail, .telegram_id = telegram_id};
    if (lane.len == 0 || !slice_copy(lane, delivery.lane, sizeof delivery.lane) ||
        !mailbox_is_address(to) || !slice_copy(to, delivery.link, sizeof delivery.link) ||
        count < 2)
        return 0;
    return add(ledger, &delivery, parts, count);
}

uint64_t reply_of_kind(struct ledger *ledger, enum delivery_kind kind, const struct reply_to *to,
                       struct slice link, const struct message *parts, size_t count)
{
    return say(ledger, kind, to, link, parts, count);
}

bool reply_is(unsigned kind)
{
    return kind == DELIVERY_reply || kind == DELIVERY_answer || kind == DELIVERY_staff ||
           kind == DELIVERY_topic || kind == DELIVERY_post || kind == DELIVERY_mail ||
           kind == DELIVERY_invoice || kind == DELIVERY_pre_checkout ||
           kind == DELIVERY_invoice_link || kind == DELIVERY_star_edit ||
           kind == DELIVERY_star_list;
}

void reply_parts(struct ledger *ledger, uint64_t id, struct buf *parts)
{
    struct slice part;
    for (struct slice rest = delivery_parts(ledger, id); part_next(&rest, &part);)
        buf_append_slice(parts, part);
}

enum result reply_sent(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                       const struct message_cmd_outcome *command)
{
    if (command->message_id != 0)
        delivery->message_id = command->message_id;
    if (command->thread_id != 0)
        delivery->thread_id = command->thread_id;
    outbox_move(ledger, id, delivery, STAGE_DONE);
    return RESULT_ok;
}

enum result reply_retry(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                        const struct message_cmd_outcome *command)
{
    bool expires = delivery->expires_ms != 0 && command->retry_at_ms >= delivery->expires_ms;
    if (expires || ledger->at_ms - delivery->since_ms > GIVE_UP_MS)
        return give_up(ledger, id, delivery);
    delivery->not_before_ms = command->retry_at_ms;
    outbox_move(ledger, id, delivery, STAGE_PENDING);
    return RESULT_ok;
}

/* A message that cannot be edited any more is followed by a new one. */
enum result reply_failed(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                         const struct message_cmd_outcome *command)
{
    (void)command;
    if (delivery->kind != DELIVERY_reply || delivery->message_id == 0)
        return give_up(ledger, id, delivery);
    delivery->message_id = 0;
    delivery->not_before_ms = 0;
    outbox_move(ledger, id, delivery, STAGE_PENDING);
    return RESULT_ok;
}

enum result reply_migrated(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                           const struct message_cmd_outcome *command)
{
    if (command->new_chat_id >= 0)
        return give_up(ledger, id, delivery);
    delivery->chat_id = command->new_chat_id;
    outbox_move(ledger, id, delivery, STAGE_PENDING);
    return RESULT_ok;
}

/* A word of the moment leaves nothing behind, nor does one about nobody: no list would let it go.
 */
void reply_moved(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery)
{
    bool moment = delivery_expiry_ms((enum delivery_kind)delivery->kind) != 0;
    bool staff = delivery->kind == DELIVERY_staff || delivery->kind == DELIVERY_topic;
    bool done = delivery->stage == STAGE_DONE;
    struct fact_told told = {.delivery = id, .telegram_id = delivery->telegram_id};
    if (done && delivery->kind == DELIVERY_staff)
        told.message_id = (uint64_t)delivery->message_id;
    if (done && (delivery->kind == DELIVERY_topic || told.message_id != 0))
        told.thread_id = (uint64_t)delivery->thread_id;
    bool ended = done || delivery->stage == STAGE_DEAD;
    if (done && (moment || delivery->telegram_id == 0))
        outbox_forget(ledger, id);
    if (staff && ended)
        fact_tell(ledger, shape_fact_told(), &told);
}

static uint64_t say(struct ledger *ledger, enum delivery_kind kind, const struct reply_to *to,
                    struct slice callback_id, const struct message *parts, size_t count)
{
    struct record_delivery delivery = {.kind = (uint8_t)kind,
                                       .telegram_id = to->telegram_id,
                                       .chat_id = to->chat_id,
                                       .message_id = to->message_id,
                                       .thread_id = to->thread_id};
    if (!catalog_bot_known(ledger->catalog, to->bot) ||
        !slice_copy(to->bot, delivery.bot, sizeof delivery.bot) ||
        !slice_copy(callback_id, delivery.link, sizeof delivery.link))
        return 0;
    return add(ledger, &delivery, parts, count);
}

static uint64_t add(struct ledger *ledger, struct record_delivery *delivery,
                    const struct message *parts, size_t count)
{
    delivery->stage = STAGE_PENDING;
    delivery->turn_ms = ledger->at_ms;
    delivery->parts_count = (uint32_t)count;
    struct buf bytes;
    struct buf part;
    buf_init(&bytes, PARTS_BYTES_MAX);
    buf_init(&part, DELIVERY_PART_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        ASSERT(is_part(parts[i].kind));
        buf_clear(&part);
        wire_encode(&part, &parts[i]);
        part_frame(&bytes, buf_slice(&part));
    }
    uint64_t id = 0;
    if (bytes.starved || part.starved)
        state_fail(ledger, ERROR_MEMORY);
    if (!bytes.failed && !part.failed) {
        id = outbox_add(ledger, delivery);
        bool takes = count == 0 || delivery_parts_add(ledger, id, buf_slice(&bytes));
        ASSERT(takes || ledger->error != ERROR_NONE);
    }
    buf_deinit(&bytes);
    buf_deinit(&part);
    return id;
}

static bool is_part(enum message_kind kind)
{
    const struct shape *shape = shape_find(kind);
    return kind == MESSAGE_part_text || kind == MESSAGE_part_key || kind == MESSAGE_part_invoice ||
           kind == MESSAGE_part_star_edit || kind == MESSAGE_part_star_list ||
           (shape != NULL && shape->role == ROLE_PART);
}

/* What was to be said to them before is old. */
static void take_place(struct ledger *ledger, const struct reply_to *to)
{
    struct record_member member;
    struct record_delivery before;
    if (member_load(ledger, to->telegram_id, &member) && member.reply != 0 &&
        delivery_load(ledger, member.reply, &before) && before.kind == DELIVERY_reply)
        outbox_cancel(ledger, member.reply, "a newer reply took its place");
}

/* Of a word of the moment nobody needs to hear that it was not said. */
static enum result give_up(struct ledger *ledger, uint64_t id, struct record_delivery *delivery)
{
    bool expires = delivery_expiry_ms((enum delivery_kind)delivery->kind) != 0;
    outbox_move(ledger, id, delivery, expires ? STAGE_DONE : STAGE_DEAD);
    return RESULT_ok;
}
