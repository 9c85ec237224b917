#include "modules/mail/mail.h"

#include "base/mailbox.h"
#include "ledger/person.h"
#include "ledger/reply.h"
#include "wire/lane.h"

static bool find_lane(const struct ledger *ledger, struct slice name, struct lane_name *lane);

static void answer_mail_send(struct ledger *ledger, uint64_t subject, const void *command,
                             cJSON *out)
{
    (void)ledger;
    (void)command;
    cJSON_AddNumberToObject(out, "delivery", (double)subject);
}

unsigned op_mail_send(struct ledger *ledger, const struct mail_send *ask)
{
    struct lane_name lane;
    struct record_member member;
    if (!mailbox_is_address(ask->to) || ask->subject.len == 0 || !mailbox_is_line(ask->subject) ||
        ask->text.len == 0)
        return RESULT_mail_invalid;
    if (!find_lane(ledger, ask->lane, &lane))
        return RESULT_no_mail_lane;
    if (ask->telegram_id != 0 && !member_load(ledger, ask->telegram_id, &member))
        return RESULT_not_found; /* among nobody's deliveries it would stay for ever */
    const struct message parts[] = {
        {.kind = MESSAGE_part_text, .part_text = {.text = ask->subject}},
        {.kind = MESSAGE_part_text, .part_text = {.text = ask->text}}};
    ledger->subject =
        reply_mail(ledger, slice_from(lane.text), ask->telegram_id, ask->to, parts, 2);
    return ledger->subject == 0 ? RESULT_mail_invalid : RESULT_ok;
}

/* The first when none is named. */
static bool find_lane(const struct ledger *ledger, struct slice name, struct lane_name *lane)
{
    struct mail_lane row;
    for (size_t at = 0; catalog_row(ledger->catalog, shape_mail_lane(), &at, &row);) {
        if (name.len == 0 || slice_equal(name, row.name)) {
            *lane = lane_of("smtp", row.name);
            return true;
        }
    }
    return false;
}

#define MODULE_DEF    "modules/mail/mail.def"
#define MODULE_SELF   MODULE_mail
#define MODULE_SHAPES shapes_of_mail
#include "ledger/define.h"

const struct module module_mail = {.name = "mail",
                                   .number = MODULE_mail,
                                   .shapes = shapes_of_mail,
                                   .config = &mail_config,
                                   .results = module_results,
                                   .ops = module_ops,
                                   .asks = module_asks};
