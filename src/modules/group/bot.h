/* How the bot itself stands in a group: out of it, or without a right, it can let nobody in and
 * show nobody out. What failed for that is tried again as soon as it is mended. */
#ifndef USHER_MODULES_GROUP_BOT_H
#define USHER_MODULES_GROUP_BOT_H

#include "base/json.h"
#include "ledger/state.h"

/* An update about the bot's own membership. */
enum result bot_stands(struct ledger *ledger, const struct catalog_group *group,
                       const struct message_cmd_membership *command);
/* As far as is known it is there, and may do what is needed. */
bool bot_can(const struct record_group *record);
/* Members bot_status ("unknown" when nothing was told) and missing_rights. */
void bot_to_json(const struct record_group *record, cJSON *out);
/* TIMER_MENDED: goes on behind this delivery. */
unsigned bot_mended_due(struct ledger *ledger, int64_t delivery, const char *group);

#endif
