/* A pending delivery with everything that rendering it needs, as the granter gets it. */
#include "ledger/letter.h"
#include "ledger/batch.h"
#include "ledger/delivery.h"
#include "ledger/doors.h"
#include "ledger/ledger.h"
#include "ledger/notice.h"
#include "ledger/outbox.h"
#include "ledger/person.h"
#include "ledger/reply.h"
#include "ledger/request.h"
#include "wire/lane.h"

#include "base/assert.h"

enum {
    RECEIPTS_MAX = 64, /* more do not fit into one message of Telegram's */
    BUTTONS_MAX = 100, /* Telegram's own limit */
    PARTS_BYTES_MAX = 32768
};

struct doors {
    struct buf *parts;
    int count;
};

static void add_parts(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                      struct buf *parts);
static void add_access(struct ledger *ledger, uint64_t id, int64_t telegram_id, struct slice plan,
                       struct buf *parts);
static void add_button(void *context, const struct catalog_group *group, const char *link);

void ledger_waits(struct ledger *ledger, ledger_wait_fn *wait, void *context)
{
    ledger->wait = wait;
    ledger->wait_context = context;
}

enum error ledger_work(struct ledger *ledger, uint64_t id, uint64_t lease_until_ms, struct buf *out)
{
    enum error error = batch_begin(ledger, false);
    if (error != ERROR_NONE)
        return error;
    struct record_delivery delivery;
    struct record_member member;
    struct buf parts;
    buf_init(&parts, 65536);
    bool found = delivery_load(ledger, id, &delivery) && delivery.stage == STAGE_PENDING;
    if (found) {
        bool known =
            delivery.telegram_id != 0 && member_load(ledger, delivery.telegram_id, &member);
        if (!known)
            memset(&member, 0, sizeof member);
        enum language language =
            member.language_known ? (enum language)member.language : ledger->catalog->language;
        if (delivery.kind == DELIVERY_letter)
            add_parts(ledger, id, &delivery, &parts);
        else if (delivery.kind == DELIVERY_notice && delivery.broadcast != 0)
            notice_part(ledger, &delivery, language, &parts);
        else if (delivery.kind == DELIVERY_notice || request_is(delivery.kind) ||
                 reply_is(delivery.kind))
            reply_parts(ledger, id, &parts);
        /* Of what is lent only an answer to a button leaves before the letters that wait. */
        uint64_t wait_ms =
            delivery.kind == DELIVERY_answer ? letter_wait_ms(ledger, delivery.telegram_id) : 0;
        char lane[LANE_NAME_MAX + 1];
        delivery_lane(&delivery, lane, sizeof lane);
        struct message message = {.kind = MESSAGE_work,
                                  .work = {.delivery = id,
                                           .kind = delivery.kind,
                                           .lane = slice_from(lane),
                                           .telegram_id = delivery.telegram_id,
                                           .name = slice_from(member.name),
                                           .language = (uint64_t)language,
                                           .group = slice_from(delivery.group),
                                           .chat_id = delivery.chat_id,
                                           .link = slice_from(delivery.link),
                                           .turn_ms = delivery.turn_ms,
                                           .lease_until_ms = lease_until_ms,
                                           .attempts = delivery.attempts,
                                           .expected_wait_ms = wait_ms,
                                           .parts_count = delivery.parts_count,
                                           .parts = buf_slice(&parts),
                                           .priority = outbox_priority(&delivery),
                                           .message_id = delivery.message_id,
                                           .thread_id = delivery.thread_id,
                                           .expires_ms = delivery.expires_ms}};
        if (ledger->error == ERROR_NONE && !parts.failed)
            wire_encode(out, &message);
    }
    if (parts.failed || out->failed)
        state_fail(ledger, ERROR_MEMORY);
    buf_deinit(&parts);
    error = batch_end(ledger);
    if (error != ERROR_NONE)
        return error;
    return found ? ERROR_NONE : ERROR_NOT_FOUND;
}

/* The letter's parts as they are true now: one about access to each plan that is open, a bounded
 * number of receipts, then a button for each group that the member may enter and is not in. */
static void add_parts(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                      struct buf *parts)
{
    struct slice bytes;
    int receipts = 0;
    int greetings = 0; /* who writes /start ten times is greeted once */
    for (struct slice rest = delivery_parts(ledger, id); part_next(&rest, &bytes);) {
        struct message part;
        if (wire_decode_one(bytes, &part, NULL) != ERROR_NONE) {
            state_fail(ledger, ERROR_CORRUPT);
            return;
        }
        if (parts->len > PARTS_BYTES_MAX)
            break;
        if (part.kind == MESSAGE_part_access)
            add_access(ledger, id, delivery->telegram_id, part.part_access.plan, parts);
        else if ((part.kind != MESSAGE_part_receipt || receipts++ < RECEIPTS_MAX) &&
                 (part.kind != MESSAGE_part_greeting || greetings++ == 0))
            wire_encode(parts, &part);
    }
    struct doors doors = {parts, 0};
    doors_each(ledger, delivery->telegram_id, add_button, &doors);
}

/* Once a plan, with its end as it is now; a welcome when one of the letter's parts is one. Says
 * nothing of a plan that has ended meanwhile. */
static void add_access(struct ledger *ledger, uint64_t id, int64_t telegram_id, struct slice plan,
                       struct buf *parts)
{
    char name[CATALOG_NAME_MAX + 1];
    struct record_entitlement entitlement;
    bool open =
        slice_copy(plan, name, sizeof name) &&
        entitlement_load(ledger, telegram_id, name, &entitlement) &&
        (entitlement.status == ENTITLEMENT_ACTIVE || entitlement.status == ENTITLEMENT_GRACE);
    struct message said;
    for (struct slice before = buf_slice(parts); open && before.len > 0;) {
        if (wire_decode(&before, &said, NULL) != ERROR_NONE)
            return;
        if (said.kind == MESSAGE_part_access && slice_is(said.part_access.plan, name))
            return;
    }
    if (!open)
        return;
    struct message access = {
        .kind = MESSAGE_part_access,
        .part_access = {.plan = slice_from(name), .until_ms = entitlement.until_ms}};
    struct slice bytes;
    for (struct slice rest = delivery_parts(ledger, id); part_next(&rest, &bytes);) {
        if (wire_decode_one(bytes, &said, NULL) == ERROR_NONE && said.kind == MESSAGE_part_access &&
            slice_is(said.part_access.plan, name) && said.part_access.first != 0)
            access.part_access.first = 1;
    }
    wire_encode(parts, &access);
}

static void add_button(void *context, const struct catalog_group *group, const char *link)
{
    struct doors *doors = context;
    if (link[0] == 0 || doors->count++ >= BUTTONS_MAX)
        return;
    struct message button = {
        .kind = MESSAGE_part_button,
        .part_button = {.group = slice_from(group->name), .link = slice_from(link)}};
    wire_encode(doors->parts, &button);
}
