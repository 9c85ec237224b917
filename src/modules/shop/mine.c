/* What one has: memberships, orders, payments, a language; and what the operator publishes. */
#include "ledger/group.h"
#include "ledger/person.h"
#include "ledger/rows.h"
#include "modules/access/access.h"
#include "modules/access/entitled.h"
#include "modules/payment/payments.h"
#include "modules/payment/subscription.h"
#include "modules/shop/page.h"
#include "modules/ticket/support.h"

#include <inttypes.h>
#include <stdio.h>

enum { LISTED = 5, MINE_MAX = 20 };

static void mine_plans(struct ledger *ledger, int64_t telegram_id, struct page *page);
static void mine_renewal(struct ledger *ledger, int64_t telegram_id, const char *plan,
                         struct page *page, struct shop_have *have);
static bool mine_manage(struct ledger *ledger, int64_t telegram_id, const char *plan,
                        struct page *page);
static void mine_orders(struct ledger *ledger, int64_t telegram_id, struct page *page);
static void mine_credit(struct ledger *ledger, int64_t telegram_id, struct page *page);
static void mine_renew(struct ledger *ledger, int64_t telegram_id, struct page *page);
static void order_line(const struct order *order, struct page *page);
static bool find_order(struct ledger *ledger, const struct message_cmd_said *said,
                       struct order *out);
static void list_orders(struct ledger *ledger, const struct message_cmd_said *said);
static access_visit_fn count_door;
static void say_legal(struct ledger *ledger, const struct message_cmd_said *said,
                      enum shop_legal_what what);

void shop_mine(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct page page;
    size_t doors = 0;
    page_begin(&page);
    mine_plans(ledger, said->telegram_id, &page);
    mine_credit(ledger, said->telegram_id, &page);
    mine_orders(ledger, said->telegram_id, &page);
    mine_renew(ledger, said->telegram_id, &page);
    page_key(&page, (struct shop_key){.what = SHOP_KEY_PLANS}, "plans", SLICE(""));
    page_say(ledger, said, &page);
    access_each(ledger, said->telegram_id, count_door, &doors);
    if (doors > 0)
        access_greet(ledger, said->telegram_id, SLICE(""));
}

void shop_orders(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct order order;
    struct page page;
    if (said->arg.len == 0) {
        list_orders(ledger, said);
        return;
    }
    if (find_order(ledger, said, &order)) {
        shop_show_order(ledger, said, &order);
        return;
    }
    page_begin(&page);
    page_head(&page, SHOP_NO_ORDER, SLICE(""), RESULT_ok);
    page_say(ledger, said, &page);
}

void shop_language(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct record_member member;
    enum language language;
    struct page page;
    page_begin(&page);
    if (language_parse(said->arg, &language)) {
        member_load_or_new(ledger, said->telegram_id, &member);
        member.language_known = member.language_chosen = 1;
        member.language = (uint8_t)language;
        member_store(ledger, said->telegram_id, &member);
        page_head(&page, SHOP_LANGUAGE_SET, SLICE(""), RESULT_ok);
    } else {
        page_head(&page, SHOP_LANGUAGES, SLICE(""), RESULT_ok);
        for (int n = 0; n < LANGUAGE_COUNT; n++)
            page_key(&page, (struct shop_key){.what = (uint64_t)(SHOP_KEY_EN + n)}, "language",
                     slice_from(language_tag((enum language)n)));
    }
    page_say(ledger, said, &page);
}

void shop_paysupport(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct record_member member;
    struct record_payment payment;
    struct support support;
    struct page page;
    char data[SAID_DATA_SIZE];
    page_begin(&page);
    uint64_t count = member_load(ledger, said->telegram_id, &member) ? member.payments : 0;
    page_head(&page, count > 0 ? SHOP_PAYMENTS : SHOP_NO_PAYMENTS, SLICE(""), RESULT_ok);
    for (uint64_t n = 0; n < count && n < LISTED; n++) {
        uint64_t at = person_payment_at(ledger, said->telegram_id, count - 1 - n, count);
        if (!payment_load(ledger, at, &payment))
            continue;
        const struct shop_payment part = {
            .gateway = page_keep(&page, slice_from(payment.gateway)),
            .payment_id = page_keep(&page, slice_from(payment.payment_id)),
            .plan = page_keep(&page, slice_from(payment.plan)),
            .amount = payment.amount,
            .currency = page_keep(&page, slice_from(payment.currency)),
            .kind = payment.kind,
            .state = payment.state,
            .at = payment.at_ms};
        page_add(&page, shape_shop_payment(), &part);
    }
    bool staffed = support_load(ledger, &support);
    page_head(&page, staffed ? SHOP_ASK_SUPPORT : SHOP_ASK_TEAM, SLICE(""), RESULT_ok);
    if (staffed &&
        said_data(MODULE_ticket, "open", slice_from(ticket_categories[TICKET_PAYMENT]), data)) {
        const struct shop_key key = {.what = SHOP_KEY_SUPPORT,
                                     .data = page_keep(&page, slice_from(data))};
        page_add(&page, shape_shop_key(), &key);
    }
    page_say(ledger, said, &page);
}

void shop_terms(struct ledger *ledger, const struct message_cmd_said *said)
{
    say_legal(ledger, said, SHOP_TERMS);
}

void shop_privacy(struct ledger *ledger, const struct message_cmd_said *said)
{
    say_legal(ledger, said, SHOP_PRIVACY);
}

void shop_help_said(struct ledger *ledger, const struct message_cmd_said *said)
{
    const struct shop_help help = {.nothing = 0};
    struct page page;
    page_begin(&page);
    page_add(&page, shape_shop_help(), &help);
    page_key(&page, (struct shop_key){.what = SHOP_KEY_PLANS}, "plans", SLICE(""));
    page_key(&page, (struct shop_key){.what = SHOP_KEY_MINE, .beside = 1}, "my", SLICE(""));
    page_say(ledger, said, &page);
}

static void say_legal(struct ledger *ledger, const struct message_cmd_said *said,
                      enum shop_legal_what what)
{
    const struct shop_legal legal = {.what = what};
    struct page page;
    page_begin(&page);
    page_add(&page, shape_shop_legal(), &legal);
    page_say(ledger, said, &page);
}

/* Days left are dates of the community's calendar, not hours. */
static void mine_plans(struct ledger *ledger, int64_t telegram_id, struct page *page)
{
    char plan[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    size_t count = 0;
    size_t head = page->count;
    page_head(page, SHOP_MINE, SLICE(""), RESULT_ok);
    for (; count < MINE_MAX && entitlement_next(ledger, telegram_id, plan, &entitlement); count++) {
        int64_t days = calendar_day(ledger->calendar, (int64_t)entitlement.until_ms) -
                       calendar_day(ledger->calendar, (int64_t)ledger->at_ms);
        struct shop_have have = {.plan = page_keep(page, slice_from(plan)),
                                 .status = entitlement.status == ENTITLEMENT_ACTIVE  ? SHOP_ACTIVE
                                           : entitlement.status == ENTITLEMENT_GRACE ? SHOP_GRACE
                                                                                     : SHOP_ENDED,
                                 .until = entitlement.until_ms,
                                 .days = days > 0 ? (uint64_t)days : 0};
        mine_renewal(ledger, telegram_id, plan, page, &have);
        page_add(page, shape_shop_have(), &have);
    }
    if (count == 0) {
        page->count = head;
        page_head(page, SHOP_NONE_MINE, SLICE(""), RESULT_ok);
    }
}

/* By which gateway it renews by itself, and when. */
static void mine_renewal(struct ledger *ledger, int64_t telegram_id, const char *plan,
                         struct page *page, struct shop_have *have)
{
    struct subscription subscription;
    const struct record_subscription *record = &subscription.record;
    uint64_t n;
    if (!subscription_of_plan(ledger, telegram_id, slice_from(plan), &n, &subscription))
        return;
    if (subscription_renews(ledger, record))
        have->renewal = SHOP_RENEWS;
    else if (record->state == SUBSCRIPTION_CANCELLING)
        have->renewal = SHOP_RENEWS_NO_MORE;
    else if (record->state == SUBSCRIPTION_PAST_DUE)
        have->renewal = SHOP_CHARGE_FAILED;
    have->charge = record->until;
    have->gateway = page_keep(page, slice_from(subscription.gateway));
    have->amount = record->amount;
    have->currency = page_keep(page, slice_from(record->currency));
}

/* The open ones, each with the way to pay it. */
static void mine_orders(struct ledger *ledger, int64_t telegram_id, struct page *page)
{
    struct order order;
    char url[ORDER_URL_SIZE];
    size_t count = 0;
    for (uint64_t n = 0; count < MINE_MAX && order_next(ledger, telegram_id, &n, &order);) {
        char number[24];
        if (order.record.state != ORDER_OPEN)
            continue;
        count++;
        order_line(&order, page);
        struct shop_key key = {.what = SHOP_KEY_PAY_ORDER,
                               .number = order.record.serial,
                               .amount = order.record.amount,
                               .currency = page_keep(page, slice_from(order.record.currency))};
        (void)snprintf(number, sizeof number, "%" PRIu64, order.record.serial);
        if (order_pay_url(ledger, &order, url)) {
            key.url = page_keep(page, slice_from(url));
            page_add(page, shape_shop_key(), &key);
        }
        page_key(page,
                 (struct shop_key){.what = SHOP_KEY_ORDER,
                                   .number = order.record.serial,
                                   .beside = key.url.len > 0},
                 "order", slice_from(number));
    }
}

static void mine_credit(struct ledger *ledger, int64_t telegram_id, struct page *page)
{
    struct record_credit credit;
    for (uint64_t n = 0;
         aspect_next(ledger, telegram_id, shape_record_credit(), true, &n, &credit);) {
        const struct shop_credit part = {.amount = credit.amount,
                                         .currency = page_keep(page, slice_from(credit.currency))};
        if (credit.amount != 0)
            page_add(page, shape_shop_credit(), &part);
    }
}

static void mine_renew(struct ledger *ledger, int64_t telegram_id, struct page *page)
{
    char name[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    for (size_t n = 0; n < MINE_MAX && entitlement_next(ledger, telegram_id, name, &entitlement);
         n++) {
        const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(name));
        if (mine_manage(ledger, telegram_id, name, page) || plan == NULL || plan->price_count == 0)
            continue;
        page_key(
            page,
            (struct shop_key){.what = SHOP_KEY_RENEW, .name = page_keep(page, slice_from(name))},
            "plan", slice_from(name));
    }
}

/* A button to manage its subscription. True: it renews by itself, and need not be renewed. */
static bool mine_manage(struct ledger *ledger, int64_t telegram_id, const char *plan,
                        struct page *page)
{
    struct subscription subscription;
    char data[SAID_DATA_SIZE], number[24];
    uint64_t n;
    if (!subscription_of_plan(ledger, telegram_id, slice_from(plan), &n, &subscription))
        return false;
    (void)snprintf(number, sizeof number, "%" PRIu64, n);
    if (subscription_manageable(ledger, &subscription) &&
        said_data(MODULE_payment, "manage", slice_from(number), data)) {
        const struct shop_key key = {.what = SHOP_KEY_MANAGE,
                                     .name = page_keep(page, slice_from(plan)),
                                     .data = page_keep(page, slice_from(data))};
        page_add(page, shape_shop_key(), &key);
    }
    return subscription_renews(ledger, &subscription.record);
}

static void order_line(const struct order *order, struct page *page)
{
    const struct record_order *record = &order->record;
    const struct shop_order part = {.order_id = page_keep(page, slice_from(order->id)),
                                    .number = record->serial,
                                    .state = record->state,
                                    .plan = page_keep(page, slice_from(record->plan)),
                                    .period =
                                        period_pack((struct period){record->months, record->days}),
                                    .list = record->amount,
                                    .amount = record->amount,
                                    .currency = page_keep(page, slice_from(record->currency)),
                                    .expires = record->expires_ms,
                                    .brief = 1};
    page_add(page, shape_shop_order(), &part);
}

/* By its number or its id. Another's is as if there were none. */
static bool find_order(struct ledger *ledger, const struct message_cmd_said *said,
                       struct order *out)
{
    long long number;
    bool found = slice_to_i64(said->arg, &number)
                     ? number > 0 && order_by_serial(ledger, (uint64_t)number, out)
                     : order_read(ledger, said->arg, out);
    return found && out->record.telegram_id == said->telegram_id;
}

/* The newest last. */
static void list_orders(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct order orders[LISTED];
    size_t count = 0;
    struct page page;
    for (uint64_t n = 0; order_next(ledger, said->telegram_id, &n, &orders[count % LISTED]);)
        count++;
    page_begin(&page);
    page_head(&page, count > 0 ? SHOP_ORDERS : SHOP_NO_ORDERS, SLICE(""), RESULT_ok);
    for (size_t i = count > LISTED ? count - LISTED : 0; i < count; i++) {
        const struct order *order = &orders[i % LISTED];
        char number[24];
        (void)snprintf(number, sizeof number, "%" PRIu64, order->record.serial);
        order_line(order, &page);
        page_key(&page, (struct shop_key){.what = SHOP_KEY_ORDER, .number = order->record.serial},
                 "order", slice_from(number));
    }
    if (count == 0)
        page_key(&page, (struct shop_key){.what = SHOP_KEY_PLANS}, "plans", SLICE(""));
    page_say(ledger, said, &page);
}

static void count_door(struct ledger *ledger, int64_t telegram_id,
                       const struct catalog_group *group, void *context)
{
    size_t *count = context;
    (void)ledger;
    (void)telegram_id;
    (void)group;
    ++*count;
}
