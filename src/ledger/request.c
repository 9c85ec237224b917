#include "ledger/request.h"

#include "base/clean.h"
#include "ledger/delivery.h"
#include "ledger/notice.h"
#include "ledger/outbox.h"
#include "ledger/person.h"
#include "ledger/registry.h"

enum { GIVE_UP_MS = 3 * 24 * 3600 * 1000 };

static void tell(struct ledger *ledger, const struct record_delivery *delivery,
                 const struct message_cmd_outcome *command, enum request_how how);

uint64_t request_send(struct ledger *ledger, unsigned module, enum request_keys keys,
                      struct slice lane, struct slice ref, int64_t telegram_id,
                      const struct message *part)
{
    struct record_delivery delivery = {.kind = keys == REQUEST_KEYED ? DELIVERY_request
                                                                     : DELIVERY_request_once,
                                       .stage = STAGE_PENDING,
                                       .telegram_id = telegram_id,
                                       .turn_ms = ledger->at_ms,
                                       .parts_count = 1,
                                       .module = (uint8_t)module};
    struct buf bytes, encoded;
    uint64_t id = 0;
    if (lane.len == 0 || !slice_copy(lane, delivery.lane, sizeof delivery.lane) ||
        !slice_copy(ref, delivery.link, sizeof delivery.link) || !message_fits(part, NULL))
        return 0;
    buf_init(&bytes, DELIVERY_PART_BYTES_MAX + 2);
    buf_init(&encoded, DELIVERY_PART_BYTES_MAX);
    wire_encode(&encoded, part);
    if (!encoded.failed)
        part_frame(&bytes, buf_slice(&encoded));
    if (encoded.starved || bytes.starved)
        state_fail(ledger, ERROR_MEMORY);
    if (!encoded.failed && !bytes.failed) {
        id = outbox_add(ledger, &delivery);
        if (!delivery_parts_add(ledger, id, buf_slice(&bytes)))
            state_fail(ledger, ERROR_CORRUPT);
    }
    buf_deinit(&bytes);
    buf_deinit(&encoded);
    return id;
}

void request_withdraw(struct ledger *ledger, uint64_t delivery)
{
    outbox_cancel(ledger, delivery, "nobody needs it any more");
}

struct slice request_field(const struct request_end *end, const char *name)
{
    struct message field;
    for (struct slice rest = end->answer; rest.len > 0;) {
        if (wire_decode(&rest, &field, NULL) != ERROR_NONE || field.kind != MESSAGE_answer_field)
            break;
        if (slice_is(field.answer_field.name, name))
            return field.answer_field.value;
    }
    return SLICE("");
}

bool request_is(unsigned kind)
{
    return kind == DELIVERY_request || kind == DELIVERY_request_once;
}

enum result request_done(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                         const struct message_cmd_outcome *command)
{
    outbox_move(ledger, id, delivery, STAGE_DONE);
    tell(ledger, delivery, command, REQUEST_DONE);
    return RESULT_ok;
}

/* Trying for longer is the operator's to decide. */
enum result request_retry(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                          const struct message_cmd_outcome *command)
{
    if (ledger->at_ms - delivery->since_ms > GIVE_UP_MS) {
        outbox_move(ledger, id, delivery, STAGE_DEAD);
        tell(ledger, delivery, command, REQUEST_UNKNOWN);
        return RESULT_ok;
    }
    delivery->not_before_ms = command->retry_at_ms;
    outbox_move(ledger, id, delivery, STAGE_PENDING);
    return RESULT_ok;
}

enum result request_refused(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                            const struct message_cmd_outcome *command)
{
    outbox_move(ledger, id, delivery, STAGE_DEAD);
    tell(ledger, delivery, command, REQUEST_REFUSED);
    return RESULT_ok;
}

/* The service would do it a second time. */
enum result request_unknown(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                            const struct message_cmd_outcome *command)
{
    static const char advice[] = "it may have been done, look there before you let it go: ";
    char error[sizeof delivery->error];
    clean_copy(error, sizeof error, SLICE(""));
    clean_append(error, sizeof error, slice_from(advice));
    clean_append(error, sizeof error, slice_from(delivery->error));
    memcpy(delivery->error, error, sizeof error);
    outbox_move(ledger, id, delivery, STAGE_DEAD);
    tell(ledger, delivery, command, REQUEST_UNKNOWN);
    return RESULT_ok;
}

void request_too_late(struct ledger *ledger, const struct record_delivery *delivery,
                      const struct message_cmd_outcome *command)
{
    tell(ledger, delivery, command, REQUEST_LATE);
}

/* What was asked is of no use any more, but for what can be let go again. Of nobody's, or of one
 * who never spoke to a bot, no list would let it go. */
void request_moved(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery)
{
    struct record_member member;
    if (delivery->kind == DELIVERY_request_once && delivery->stage != STAGE_STARTED)
        notice_settled(ledger, id, delivery);
    if (delivery->stage != STAGE_DONE)
        return;
    delivery_parts_drop(ledger, id);
    if (delivery->telegram_id == 0 || !member_load(ledger, delivery->telegram_id, &member))
        outbox_forget(ledger, id);
}

static void tell(struct ledger *ledger, const struct record_delivery *delivery,
                 const struct message_cmd_outcome *command, enum request_how how)
{
    const struct module *module = registry_module(delivery->module);
    const struct request_end end = {.delivery = command->delivery,
                                    .how = how,
                                    .status = (unsigned)command->status,
                                    .telegram_id = delivery->telegram_id,
                                    .ref = slice_from(delivery->link),
                                    .answer = command->answer,
                                    .error = slice_from(delivery->error)};
    if (module != NULL && module->answered != NULL)
        module->answered(ledger, &end);
}
