/* What a bot was paid, looked through: an update may be lost (Telegram keeps it for a day), the
 * list of transactions is not. Each hour the ledger goes on where it stood, page by page, so that
 * each transaction is read once; what is known changes nothing. A command makes one payment at
 * most: with one that was not known a page ends, and the next one begins behind it.
 *
 *   timer ──▶ star_list: a page from the last one that was seen on ──▶ that one, and then news
 *                 └── the last one is not there: another bot's list, from the beginning */
#include "ledger/delivery.h"
#include "ledger/reply.h"
#include "ledger/rows.h"
#include "modules/order/book.h"
#include "modules/stars/till.h"

enum { PAGE = 25, PAGES_MAX = 200 /* a look */ };
#define LOOK_MS    (UINT64_C(60) * 60 * 1000)
#define SETTLED_MS (UINT64_C(10) * 60 * 1000) /* the update may still be on its way */

static bool load(struct ledger *ledger, struct slice bot, struct record_star_list *out);
static void store(struct ledger *ledger, struct slice bot, const struct record_star_list *list);
static void look_at(struct ledger *ledger, struct slice bot, struct record_star_list *list,
                    uint64_t due_ms);
static void ask(struct ledger *ledger, const struct star_gateway *gateway,
                struct record_star_list *list);
static bool read_page(struct ledger *ledger, const struct star_gateway *gateway, struct slice rows,
                      struct record_star_list *list);
static bool take(struct ledger *ledger, const struct star_gateway *gateway,
                 const struct message_star_entry *entry, const struct record_star_list *list);

void stars_configured(struct ledger *ledger)
{
    struct star_gateway gateway;
    for (size_t at = 0; catalog_row(ledger->catalog, shape_star_gateway(), &at, &gateway);) {
        struct record_star_list list;
        if (!load(ledger, gateway.bot, &list))
            list = (struct record_star_list){.since = ledger->at_ms};
        if (list.due == 0)
            look_at(ledger, gateway.bot, &list, ledger->at_ms + LOOK_MS);
    }
}

void stars_timer(struct ledger *ledger, int64_t unused, const char *bot)
{
    struct record_star_list list;
    struct record_delivery delivery;
    struct star_gateway gateway;
    (void)unused;
    if (!load(ledger, slice_from(bot), &list) || list.due > ledger->at_ms)
        return;
    list.due = 0;
    list.pages = 0;
    if (!stars_gateway_of(ledger, slice_from(bot), &gateway)) {
        store(ledger, slice_from(bot), &list);
        return;
    }
    bool there = delivery_load(ledger, list.delivery, &delivery) &&
                 delivery.kind == DELIVERY_star_list && delivery.stage != STAGE_DONE;
    if (!there)
        ask(ledger, &gateway, &list);
    else
        outbox_revive(ledger, list.delivery); /* a dead letter is tried again, not doubled */
    look_at(ledger, gateway.bot, &list, ledger->at_ms + LOOK_MS);
}

enum result stars_listed(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                         const struct message_cmd_outcome *command)
{
    struct slice bot = slice_from(delivery->bot);
    struct record_star_list list;
    struct star_gateway gateway;
    bool known = load(ledger, bot, &list) && stars_gateway_of(ledger, bot, &gateway);
    outbox_move(ledger, id, delivery, STAGE_DONE);
    if (!known)
        return RESULT_ok;
    if (read_page(ledger, &gateway, command->answer, &list) && list.pages < PAGES_MAX)
        ask(ledger, &gateway, &list);
    store(ledger, gateway.bot, &list);
    return RESULT_ok;
}

void stars_list_moved(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery)
{
    if (delivery->stage == STAGE_DONE)
        outbox_forget(ledger, id); /* it is about nobody */
}

static bool load(struct ledger *ledger, struct slice bot, struct record_star_list *out)
{
    struct key key;
    key_clear(&key);
    key_text(&key, bot);
    return row_load(ledger, shape_record_star_list(), &key, out);
}

static void store(struct ledger *ledger, struct slice bot, const struct record_star_list *list)
{
    struct key key;
    key_clear(&key);
    key_text(&key, bot);
    row_store(ledger, shape_record_star_list(), &key, list);
}

static void look_at(struct ledger *ledger, struct slice bot, struct record_star_list *list,
                    uint64_t due_ms)
{
    char subject[CATALOG_NAME_MAX + 1];
    if (!slice_copy(bot, subject, sizeof subject))
        return;
    list->due = due_ms;
    timer_set(ledger, due_ms, (enum timer_kind)MODULE_stars, 0, subject);
    store(ledger, bot, list);
}

/* From the last one that was seen on: that it is still there says that it is the same list. */
static void ask(struct ledger *ledger, const struct star_gateway *gateway,
                struct record_star_list *list)
{
    const struct message part = {
        .kind = MESSAGE_part_star_list,
        .part_star_list = {.offset = list->offset > 0 ? list->offset - 1 : 0, .limit = PAGE}};
    const struct reply_to to = {.bot = gateway->bot};
    list->delivery = reply_of_kind(ledger, DELIVERY_star_list, &to, SLICE(""), &part, 1);
    list->pages++;
}

/* True: there may be more. */
static bool read_page(struct ledger *ledger, const struct star_gateway *gateway, struct slice rows,
                      struct record_star_list *list)
{
    struct message row;
    bool first = list->offset > 0;
    bool more = false;
    while (rows.len > 0 && wire_decode(&rows, &row, NULL) == ERROR_NONE &&
           row.kind == MESSAGE_star_entry) {
        const struct message_star_entry *entry = &row.star_entry;
        if (first && !slice_is(entry->id, list->last))
            break;
        if (first) {
            first = false;
            continue;
        }
        if (entry->at_ms + SETTLED_MS > ledger->at_ms)
            return false;
        list->offset++;
        (void)slice_copy(entry->id, list->last, sizeof list->last);
        more = true;
        if (take(ledger, gateway, entry, list))
            break;
    }
    if (!first)
        return more;
    list->offset = 0;
    list->last[0] = 0;
    return true;
}

/* True: it was not known. */
static bool take(struct ledger *ledger, const struct star_gateway *gateway,
                 const struct message_star_entry *entry, const struct record_star_list *list)
{
    struct record_star_charge charge;
    struct record_order order;
    bool ours = order_load(ledger, entry->payload, &order);
    bool paid = entry->refunded == 0;
    bool known = stars_charge_load(ledger, gateway->name, entry->id, &charge);
    if (entry->telegram_id <= 0 || entry->id.len == 0 || (paid && known) ||
        (!known && !ours && entry->at_ms < list->since))
        return false;
    /* Of a subscription the order's own payment is the first one. */
    bool later = ours && order.payment_id[0] != 0;
    const struct message_cmd_star_payment command = {
        .bot = gateway->bot,
        .kind = paid ? PAYMENT_PAID : PAYMENT_REFUNDED,
        .telegram_id = entry->telegram_id,
        .charge_id = entry->id,
        .order_id = entry->payload,
        .amount = entry->amount,
        .occurred_ms = entry->at_ms,
        .recurring = entry->period_s == 0 ? STAR_ONCE
                     : later              ? STAR_LATER
                                          : STAR_FIRST,
        .until_ms = entry->period_s == 0 ? 0 : entry->at_ms + entry->period_s * 1000};
    if (paid && ours)
        order_excuse(ledger, entry->payload, entry->at_ms);
    if (stars_take(ledger, &command) == RESULT_duplicate)
        return false;
    FACT_TELL(ledger, star_found, .telegram_id = entry->telegram_id, .gateway = gateway->name,
              .payment_id = entry->id, .refunded = !paid);
    return true;
}
