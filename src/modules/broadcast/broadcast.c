#include "modules/broadcast/broadcast.h"

#include "ledger/notice.h"
#include "modules/broadcast/walk.h"

static bool is_cancelled(struct ledger *ledger, uint64_t number)
{
    struct record_broadcast record;
    return broadcast_load(ledger, number, &record) && record.state == BROADCAST_CANCELLED;
}

static void notice_ended(struct ledger *ledger, uint64_t number, enum notice_ending ending)
{
    struct record_broadcast record;
    struct record_meta *meta = &ledger->meta;
    if (!broadcast_load(ledger, number, &record) || record.open == 0) {
        state_fail(ledger, ERROR_CORRUPT);
        return;
    }
    uint64_t *const counts[NOTICE_ENDINGS][2] = {
        [NOTICE_SENT] = {&record.sent, &meta->notices_sent},
        [NOTICE_FAILED] = {&record.failed, &meta->notices_failed},
        [NOTICE_SKIPPED] = {&record.skipped, &meta->notices_skipped},
        [NOTICE_UNKNOWN] = {&record.unknown, &meta->notices_unknown},
        [NOTICE_WITHDRAWN] = {&record.withdrawn, &meta->notices_withdrawn},
    };
    record.open--;
    ++*counts[ending][0];
    ++*counts[ending][1];
    broadcast_settle(ledger, &record);
    broadcast_store(ledger, number, &record);
}

static void add_part(struct ledger *ledger, uint64_t number, enum language language,
                     struct buf *parts)
{
    struct record_broadcast record;
    struct slice rows;
    struct message row;
    struct message part = {.kind = MESSAGE_part_notice};
    if (!broadcast_load(ledger, number, &record) || !broadcast_texts(ledger, number, &rows)) {
        state_fail(ledger, ERROR_CORRUPT);
        return;
    }
    for (bool first = true; rows.len > 0; first = false) {
        if (wire_decode(&rows, &row, NULL) != ERROR_NONE || row.kind != MESSAGE_broadcast_text) {
            state_fail(ledger, ERROR_CORRUPT);
            return;
        }
        if (first || row.broadcast_text.language == (uint64_t)language)
            part.part_notice = (struct message_part_notice){.plan = slice_from(record.plan),
                                                            .language = row.broadcast_text.language,
                                                            .text = row.broadcast_text.text};
    }
    wire_encode(parts, &part);
}

static const struct campaign campaign = {is_cancelled, notice_ended, add_part};

COMMAND_APPLIES(broadcast)
COMMAND_APPLIES(broadcast_cancel)

static const struct command_row commands[] = {
    {MESSAGE_cmd_broadcast, apply_cmd_broadcast},
    {MESSAGE_cmd_broadcast_cancel, apply_cmd_broadcast_cancel},
    {0, NULL}};

static const struct query_row queries[] = {{QUERY_BROADCAST, answer_broadcast, "no such broadcast"},
                                           {QUERY_BROADCASTS, answer_broadcasts, "no broadcasts"},
                                           {0, NULL, NULL}};

static const struct timer_row timers[] = {
    {TIMER_BROADCAST, broadcast_due}, {TIMER_WITHDRAW, broadcast_withdraw_due}, {0, NULL}};

#define MODULE_DEF    "modules/broadcast/broadcast.def"
#define MODULE_SELF   MODULE_broadcast
#define MODULE_SHAPES shapes_of_broadcast
#include "ledger/define.h"

const struct module module_broadcast = {.name = "broadcast",
                                        .number = MODULE_broadcast,
                                        .shapes = shapes_of_broadcast,
                                        .results = module_results,
                                        .ops = module_ops,
                                        .asks = module_asks,
                                        .commands = commands,
                                        .queries = queries,
                                        .timers = timers,
                                        .campaign = &campaign};
