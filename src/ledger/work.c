/* A pending delivery with everything that rendering it needs, as the granter gets it. */
#include "ledger/access.h"
#include "ledger/ledger.h"
#include "ledger/outbox.h"

#include "base/assert.h"

static void add_parts(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                      struct buf *parts);
static bool names_plan(struct slice parts, struct slice plan, bool *first);
static void add_button(void *context, const struct catalog_group *group, const char *link);

enum error ledger_work(struct ledger *ledger, uint64_t id, uint64_t lease_until_ms,
                       uint64_t expected_wait_ms, struct buf *out)
{
    ASSERT(ledger->txn == NULL);
    enum error error = store_begin(ledger->store, false, &ledger->txn);
    if (error != ERROR_NONE)
        return error;
    ledger->error = ERROR_NONE;
    struct record_delivery delivery;
    struct record_member member;
    struct buf parts;
    buf_init(&parts, 65536);
    bool found = delivery_load(ledger, id, &delivery) && delivery.state == STATE_PENDING;
    if (found) {
        bool known =
            delivery.telegram_id != 0 && member_load(ledger, delivery.telegram_id, &member);
        if (!known)
            memset(&member, 0, sizeof member);
        if (delivery.kind == DELIVERY_letter || delivery.kind == DELIVERY_notice)
            add_parts(ledger, id, &delivery, &parts);
        struct message message = {.kind = MESSAGE_work,
                                  .work = {.delivery = id,
                                           .kind = delivery.kind,
                                           .bot = slice_from(delivery.bot),
                                           .telegram_id = delivery.telegram_id,
                                           .name = slice_from(member.name),
                                           .language = member.language_known
                                                           ? member.language
                                                           : (uint64_t)ledger->catalog->language,
                                           .group = slice_from(delivery.group),
                                           .chat_id = delivery.chat_id,
                                           .link = slice_from(delivery.link),
                                           .order_ms = delivery.order_ms,
                                           .lease_until_ms = lease_until_ms,
                                           .attempts = delivery.attempts,
                                           .expected_wait_ms = expected_wait_ms,
                                           .parts_count = delivery.parts_count,
                                           .parts = buf_slice(&parts)}};
        if (ledger->error == ERROR_NONE && !parts.failed)
            wire_encode(out, &message);
    }
    if (parts.failed || out->failed)
        state_fail(ledger, ERROR_MEMORY);
    buf_deinit(&parts);
    store_abort(&ledger->txn);
    ledger->txn = NULL;
    if (ledger->error != ERROR_NONE)
        return ledger->error;
    return found ? ERROR_NONE : ERROR_NOT_FOUND;
}

/* The letter's parts as they are true now: of several about one plan the last; none about a plan
 * that has ended meanwhile; then a button for each group that the member may enter and is not in.
 */
static void add_parts(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                      struct buf *parts)
{
    struct slice bytes;
    if (!letter_parts(ledger, id, &bytes))
        return;
    struct slice all = bytes;
    while (bytes.len > 0) {
        struct message part;
        if (wire_decode(&bytes, &part, NULL) != ERROR_NONE) {
            state_fail(ledger, ERROR_CORRUPT);
            return;
        }
        if (part.kind == MESSAGE_part_access) {
            char plan[CATALOG_NAME_MAX + 1];
            struct record_entitlement entitlement;
            bool open = slice_copy(part.part_access.plan, plan, sizeof plan) &&
                        entitlement_load(ledger, delivery->telegram_id, plan, &entitlement) &&
                        (entitlement.status == ENTITLEMENT_ACTIVE ||
                         entitlement.status == ENTITLEMENT_GRACE);
            bool first = false;
            if (!open || names_plan(bytes, part.part_access.plan, &first))
                continue;
            (void)names_plan(all, part.part_access.plan, &first);
            part.part_access.first = first;
            part.part_access.until_ms = entitlement.until_ms;
        }
        wire_encode(parts, &part);
    }
    access_doors(ledger, delivery->telegram_id, add_button, parts);
}

/* Whether one of these parts is about access to the plan; *first is set when one is a welcome. */
static bool names_plan(struct slice parts, struct slice plan, bool *first)
{
    bool named = false;
    while (parts.len > 0) {
        struct message part;
        if (wire_decode(&parts, &part, NULL) != ERROR_NONE)
            return named;
        if (part.kind != MESSAGE_part_access || !slice_equal(part.part_access.plan, plan))
            continue;
        named = true;
        *first = *first || part.part_access.first != 0;
    }
    return named;
}

static void add_button(void *context, const struct catalog_group *group, const char *link)
{
    if (link[0] == 0)
        return;
    struct message button = {
        .kind = MESSAGE_part_button,
        .part_button = {.group = slice_from(group->name), .link = slice_from(link)}};
    wire_encode(context, &button);
}
