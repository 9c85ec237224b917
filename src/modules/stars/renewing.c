/* A subscription in Stars as its member ends it, in the bot: they are asked once more, Telegram is
 * told, and its word is what counts. What the bot has ended only the member can let go on, in
 * Telegram, once the bot allows it; then the next charge says so. */
#include "ledger/delivery.h"
#include "ledger/said.h"
#include "modules/stars/till.h"

static bool find(struct ledger *ledger, const struct message_cmd_said *said, uint64_t *n,
                 struct subscription *out);
static void edit(struct ledger *ledger, const struct message_cmd_said *said, bool canceled);
static bool edit_of(struct ledger *ledger, uint64_t id, bool *canceled);
static void tell(struct ledger *ledger, const struct record_delivery *delivery,
                 enum star_renewal_what what);
static struct message part_of(enum star_renewal_what what, uint64_t n,
                              const struct record_subscription *record, struct star_renewal *part);

const char *const star_renewal_names[] = {"may_stop", "may_go_on", "asked", "stopped",
                                          "goes_on",  "failed",    NULL};

bool stars_manages(struct ledger *ledger, const struct subscription *subscription)
{
    struct record_star_charge charge;
    struct star_gateway gateway;
    return stars_gateway_named(ledger, slice_from(subscription->gateway), &gateway) &&
           stars_charge_load(ledger, gateway.name, slice_from(subscription->id), &charge);
}

void stars_manage(struct ledger *ledger, const struct message_cmd_said *said, uint64_t n,
                  const struct subscription *subscription)
{
    struct star_renewal words;
    bool ends = subscription->record.state == SUBSCRIPTION_CANCELLING;
    const struct message part =
        part_of(ends ? STAR_MAY_GO_ON : STAR_MAY_STOP, n, &subscription->record, &words);
    said_reply(ledger, said, &part, 1);
}

void stars_stop_said(struct ledger *ledger, const struct message_cmd_said *said)
{
    edit(ledger, said, true);
}

void stars_again_said(struct ledger *ledger, const struct message_cmd_said *said)
{
    edit(ledger, said, false);
}

enum result stars_edited(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                         const struct message_cmd_outcome *command)
{
    struct star_gateway gateway;
    bool canceled;
    bool known = edit_of(ledger, id, &canceled);
    (void)command;
    outbox_move(ledger, id, delivery, STAGE_DONE);
    if (!known)
        return RESULT_ok;
    if (canceled && stars_gateway_of(ledger, slice_from(delivery->bot), &gateway))
        subscription_stands(ledger, gateway.name, slice_from(delivery->link),
                            SUBSCRIPTION_CANCELLING);
    tell(ledger, delivery, canceled ? STAR_STOPPED : STAR_GOES_ON);
    return RESULT_ok;
}

enum result stars_edit_failed(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                              const struct message_cmd_outcome *command)
{
    (void)command;
    outbox_move(ledger, id, delivery, STAGE_DEAD);
    tell(ledger, delivery, STAR_EDIT_FAILED);
    return RESULT_ok;
}

static bool find(struct ledger *ledger, const struct message_cmd_said *said, uint64_t *n,
                 struct subscription *out)
{
    long long number;
    if (!slice_to_i64(said->arg, &number) || number <= 0)
        return false;
    *n = (uint64_t)number;
    return subscription_at(ledger, said->telegram_id, *n, out) && stars_manages(ledger, out);
}

static void edit(struct ledger *ledger, const struct message_cmd_said *said, bool canceled)
{
    struct subscription subscription;
    struct record_star_charge charge;
    struct star_renewal words;
    uint64_t n;
    bool found = find(ledger, said, &n, &subscription) &&
                 canceled == (subscription.record.state != SUBSCRIPTION_CANCELLING) &&
                 subscription.record.state != SUBSCRIPTION_ENDED;
    struct slice charge_id = slice_from(subscription.id);
    if (!found ||
        !stars_charge_load(ledger, slice_from(subscription.gateway), charge_id, &charge)) {
        said_stale(ledger, said);
        return;
    }
    const struct reply_to to = {.bot = slice_from(charge.bot),
                                .telegram_id = said->telegram_id,
                                .chat_id = charge.telegram_id};
    const struct message part = {.kind = MESSAGE_part_star_edit, .part_star_edit = {canceled}};
    bool asked = reply_of_kind(ledger, DELIVERY_star_edit, &to, charge_id, &part, 1) != 0;
    const struct message answer =
        part_of(asked ? STAR_ASKED : STAR_EDIT_FAILED, n, &subscription.record, &words);
    said_reply(ledger, said, &answer, 1);
}

static bool edit_of(struct ledger *ledger, uint64_t id, bool *canceled)
{
    struct message part;
    struct slice encoded, rest = delivery_parts(ledger, id);
    if (!part_next(&rest, &encoded) || wire_decode_one(encoded, &part, NULL) != ERROR_NONE ||
        part.kind != MESSAGE_part_star_edit)
        return false;
    *canceled = part.part_star_edit.canceled != 0;
    return true;
}

static void tell(struct ledger *ledger, const struct record_delivery *delivery,
                 enum star_renewal_what what)
{
    struct record_subscription record;
    struct star_gateway gateway;
    struct star_renewal words;
    if (!stars_gateway_of(ledger, slice_from(delivery->bot), &gateway) ||
        !subscription_load(ledger, gateway.name, slice_from(delivery->link), &record))
        return;
    const struct message part = part_of(what, 0, &record, &words);
    const struct reply_to to = {
        .bot = gateway.bot, .telegram_id = delivery->telegram_id, .chat_id = delivery->telegram_id};
    reply_say(ledger, &to, &part, 1);
}

static struct message part_of(enum star_renewal_what what, uint64_t n,
                              const struct record_subscription *record, struct star_renewal *part)
{
    *part = (struct star_renewal){.what = what,
                                  .plan = slice_from(record->plan),
                                  .amount = record->amount,
                                  .currency = slice_from(record->currency),
                                  .until = record->until,
                                  .number = n};
    return part_make(shape_star_renewal(), part);
}
