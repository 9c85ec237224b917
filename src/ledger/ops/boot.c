/* cmd_boot: the process started. Notices whose attempt had begun are in doubt and are not repeated;
 * freezes that are long over are forgotten. */
#include "ledger/freeze.h"
#include "ledger/notice.h"
#include "ledger/ops/ops.h"

enum result op_boot(struct ledger *ledger, const struct message_cmd_boot *command)
{
    (void)command;
    (void)notices_doubt_due(ledger, 0, "");
    (void)freeze_due(ledger, INT64_MIN, "");
    return RESULT_ok;
}
