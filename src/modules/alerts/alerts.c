#include "modules/alerts/alerts.h"

#include "ledger/reply.h"

static void answer_alert_raise(struct ledger *ledger, uint64_t subject, const void *command,
                               cJSON *out)
{
    (void)ledger;
    (void)command;
    cJSON_AddNumberToObject(out, "delivery", (double)subject);
}

unsigned op_alert_raise(struct ledger *ledger, const struct alert_raise *ask)
{
    struct alert_chat row;
    size_t at = 0;
    if (!catalog_row(ledger->catalog, shape_alert_chat(), &at, &row))
        return RESULT_alerts_off;
    const struct reply_to to = {.bot = row.bot, .chat_id = row.chat_id};
    const struct message part = {.kind = MESSAGE_part_text, .part_text = {.text = ask->text}};
    ledger->subject = staff_say(ledger, &to, &part, 1);
    return ledger->subject == 0 ? RESULT_alerts_off : RESULT_ok;
}

#define MODULE_DEF    "modules/alerts/alerts.def"
#define MODULE_SELF   MODULE_alerts
#define MODULE_SHAPES shapes_of_alerts
#include "ledger/define.h"

const struct module module_alerts = {.name = "alerts",
                                     .number = MODULE_alerts,
                                     .shapes = shapes_of_alerts,
                                     .config = &alerts_config,
                                     .results = module_results,
                                     .ops = module_ops,
                                     .asks = module_asks};
