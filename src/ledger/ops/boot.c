/* cmd_boot: the process started. Notices whose attempt had begun are in doubt and are not repeated;
 * freezes that are long over are forgotten. */
#include "ledger/freeze.h"
#include "ledger/notice.h"
#include "ledger/ops/ops.h"
#include "ledger/outbox.h"

#include "wire/lane.h"

/* Calls of the process that ended may be counted so much later: the transit, and the longest window
 * of a bot's (courier/carrier.h). Pending deliveries tell by themselves that there may be such
 * calls, also to the process after the next; these do not any more. */
enum { DOUBT_MS = 10000 + 1000 };

enum result op_boot(struct ledger *ledger, const struct message_cmd_boot *command)
{
    (void)command;
    struct record_delivery delivery;
    for (uint64_t id = 0; ledger->meta.started > 0 &&
                          (id = outbox_next(ledger, id, STAGE_STARTED, &delivery)) != 0;) {
        char lane[LANE_NAME_MAX + 1];
        delivery_lane(&delivery, lane, sizeof lane);
        freeze_remember(ledger, slice_from(lane), 0, ledger->at_ms + DOUBT_MS);
        notice_in_doubt(ledger, id, &delivery, "in doubt after a restart; not repeated");
    }
    freezes_forget(ledger);
    return RESULT_ok;
}
