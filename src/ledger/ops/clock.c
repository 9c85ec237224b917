/* cmd_clock: the test clock was moved. How far it is ahead is kept, so that the next start goes on
 * from there, and what has become due is done as by a tick. */
#include "ledger/clock.h"
#include "ledger/ops/ops.h"

enum result op_clock(struct ledger *ledger, const struct message_cmd_clock *command)
{
    const struct message_cmd_tick tick = {.due_ms = ledger->at_ms};
    clock_store(ledger, command->ahead_ms);
    return op_tick(ledger, &tick);
}
