#include "modules/alerts/alerts.h"

#include "ledger/reply.h"
#include "modules/group/group.h"

#include <inttypes.h>
#include <stdio.h>

static void answer_alert_raise(struct ledger *ledger, uint64_t subject, const void *command,
                               cJSON *out)
{
    (void)ledger;
    (void)command;
    cJSON_AddNumberToObject(out, "delivery", (double)subject);
}

/* Returns the delivery, 0 when there is no chat. */
static uint64_t raise_alert(struct ledger *ledger, struct slice text)
{
    struct alert_chat row;
    size_t at = 0;
    if (!catalog_row(ledger->catalog, shape_alert_chat(), &at, &row))
        return 0;
    const struct reply_to to = {.bot = row.bot, .chat_id = row.chat_id};
    const struct message part = {.kind = MESSAGE_part_text, .part_text = {.text = text}};
    return staff_say(ledger, &to, &part, 1);
}

unsigned op_alert_raise(struct ledger *ledger, const struct alert_raise *ask)
{
    ledger->subject = raise_alert(ledger, ask->text);
    return ledger->subject == 0 ? RESULT_alerts_off : RESULT_ok;
}

static void hear_link_misused(struct ledger *ledger, const void *fact)
{
    const struct fact_link_misused *misused = fact;
    char text[512];
    int len = snprintf(text, sizeof text,
                       "link_misused member=%" PRId64 " group=%.*s guest=%" PRId64 " times=%" PRIu64
                       "\nTheir one-time links have let so many guests in today; they get no other "
                       "one before tomorrow. usher member show %" PRId64
                       "; usher member revoke or ban if it goes on.",
                       misused->telegram_id, SLICE_ARG(misused->group), misused->guest,
                       misused->times, misused->telegram_id);
    if (len > 0 && (size_t)len < sizeof text)
        (void)raise_alert(ledger, slice_of(text, (size_t)len));
}

static const struct hear_row hears[] = {{shape_fact_link_misused, hear_link_misused}, {NULL, NULL}};

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
                                     .asks = module_asks,
                                     .hears = hears};
