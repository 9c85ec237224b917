/* What comes back from a call to Telegram, or from whatever stands in between: the first byte
 * chooses the delivery, the next two the HTTP status, the rest is the body. There is always exactly
 * one outcome, and it decodes. */
#include "carrier/telegram/telegram.h"
#include "courier/sender.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not ASSERT: a fuzzer's findings are to be told from the program's own. */
#define MUST(condition) ((condition) ? (void)0 : abort())

static const uint64_t wall_ms = UINT64_C(1700000000000);

static void deliver(enum delivery_kind kind, unsigned status, struct slice body)
{
    static const struct sender_options options = {.lane = "telegram:main",
                                                  .carrier = &carrier_telegram,
                                                  .per_second = 30,
                                                  .per_chat_per_second = 1,
                                                  .per_group_per_minute = 20,
                                                  .waiting_max = 2,
                                                  .in_flight_max = 2};
    const struct message_call call = {.delivery = 5,
                                      .kind = kind,
                                      .lane = SLICE("telegram:main"),
                                      .method = SLICE("sendMessage"),
                                      .chat_id = kind == DELIVERY_letter ? 42 : 0,
                                      .lease_until_ms = wall_ms + 1000000,
                                      .params = SLICE("{}")};
    struct sender *sender;
    struct sender_call next;
    struct buf out;
    struct message message;
    enum outcome outcome;
    MUST(sender_new(&options, 0, &sender) == ERROR_NONE);
    MUST(sender_add(sender, &call, wall_ms, 5000) == ERROR_NONE);
    MUST(sender_next(sender, wall_ms, 5000, &next));
    buf_init(&out, 1 << 16);
    sender_answered(sender, next.token, TRANSFER_ANSWERED, status, 0, body, "", wall_ms, 5100, &out,
                    &outcome);
    MUST(wire_decode_one(buf_slice(&out), &message, NULL) == ERROR_NONE);
    MUST(message.kind == MESSAGE_cmd_outcome && message.cmd_outcome.result == outcome);
    const struct message_cmd_outcome *told = &message.cmd_outcome;
    MUST((outcome == OUTCOME_RETRY) == (told->retry_at_ms > wall_ms));
    MUST((outcome == OUTCOME_MIGRATED) == (told->new_chat_id != 0));
    MUST((outcome == OUTCOME_DONE) == (told->error.len == 0));
    MUST(told->freeze_until_ms == 0 || told->retry_at_ms == told->freeze_until_ms);
    MUST(sender_in_flight(sender) == 0);
    buf_deinit(&out);
    sender_destroy(&sender);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    enum delivery_kind kind = (enum delivery_kind)(1 + data[0] % (DELIVERY_COUNT - 1));
    deliver(kind, (unsigned)(data[1] << 8 | data[2]) % 700, slice_of(data + 3, size - 3));
    return 0;
}
