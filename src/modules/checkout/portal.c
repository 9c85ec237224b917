/* Where a member manages a subscription: the gateway makes an address for the moment, by a request
 * like that for a checkout, and the member is told it. */
#include "config/web.h"
#include "ledger/request.h"
#include "ledger/rows.h"
#include "ledger/said.h"
#include "modules/checkout/checkout.h"
#include "wire/lane.h"

/* Who pressed the button so long ago does not wait any more, and the address lives for minutes. */
#define WAITED_MS (UINT64_C(10) * 60 * 1000)

static struct message part_of(enum checkout_portal_what what, struct slice url,
                              struct checkout_portal_said *part);
static void portal_key(struct key *key, uint64_t delivery);

const char *const checkout_portal_names[] = {"asked", "ready", "failed", NULL};

bool checkout_manages(struct ledger *ledger, const struct subscription *subscription)
{
    struct checkout_gateway gateway;
    return subscription->record.customer[0] != 0 &&
           checkout_maker(ledger, subscription->gateway, &gateway) && gateway.portal != 0;
}

void checkout_manage(struct ledger *ledger, const struct message_cmd_said *said, uint64_t n,
                     const struct subscription *subscription)
{
    struct checkout_gateway gateway;
    struct checkout_portal_said words;
    struct record_checkout_portal row = {.telegram_id = said->telegram_id, .at = ledger->at_ms};
    const struct message part = {.kind = MESSAGE_part_errand,
                                 .part_errand = {.gateway = slice_from(subscription->gateway),
                                                 .what = ERRAND_PORTAL,
                                                 .id = slice_from(subscription->record.customer)}};
    const struct lane_name lane = lane_of("gateway", slice_from(subscription->gateway));
    struct key key;
    (void)n;
    bool once = checkout_maker(ledger, subscription->gateway, &gateway) && gateway.once != 0;
    uint64_t delivery =
        slice_copy(said->bot, row.bot, sizeof row.bot)
            ? request_send(ledger, MODULE_checkout, once ? REQUEST_ONCE : REQUEST_KEYED,
                           slice_from(lane.text), SLICE(""), said->telegram_id, &part)
            : 0;
    if (delivery != 0) {
        portal_key(&key, delivery);
        row_store(ledger, shape_record_checkout_portal(), &key, &row);
    }
    const struct message answer =
        part_of(delivery != 0 ? PORTAL_ASKED : PORTAL_FAILED, SLICE(""), &words);
    said_answer(ledger, said, &answer);
}

bool checkout_portal_answered(struct ledger *ledger, const struct request_end *end)
{
    struct record_checkout_portal row;
    struct checkout_portal_said words;
    struct slice url = request_field(end, "url");
    struct key key;
    portal_key(&key, end->delivery);
    if (!row_load(ledger, shape_record_checkout_portal(), &key, &row))
        return false;
    bool ready = end->how == REQUEST_DONE && web_is_link(url) && url.len <= 1024;
    row_delete(ledger, shape_record_checkout_portal(), &key);
    if (ledger->at_ms > row.at + WAITED_MS)
        return true;
    const struct message part =
        part_of(ready ? PORTAL_READY : PORTAL_FAILED, ready ? url : SLICE(""), &words);
    const struct reply_to to = {
        .bot = slice_from(row.bot), .telegram_id = row.telegram_id, .chat_id = row.telegram_id};
    reply_say(ledger, &to, &part, 1);
    return true;
}

static struct message part_of(enum checkout_portal_what what, struct slice url,
                              struct checkout_portal_said *part)
{
    *part = (struct checkout_portal_said){.what = what, .url = url};
    return part_make(shape_checkout_portal_said(), part);
}

static void portal_key(struct key *key, uint64_t delivery)
{
    key_clear(key);
    key_u64(key, delivery);
}
