/* What there is: the list of plans, the card of one, the choice of a gateway. */
#include "ledger/person.h"
#include "modules/access/access.h"
#include "modules/shop/offer.h"
#include "modules/shop/page.h"
#include "modules/shop/visit.h"

#include <inttypes.h>
#include <stdio.h>

enum { PLANS_MAX = 40, KEYS_MAX = 90, OVERVIEW_PRICES_MAX = 6, PERIOD_SIZE = 24 };

static void list(struct ledger *ledger, const struct message_cmd_said *said, struct page *page);
static void list_plan(const struct shop_offer *offer, struct page *page);
static void write_card(struct ledger *ledger, const struct shop_offer *offer, struct period period,
                       enum shop_step step, struct page *page);
static void period_keys(struct ledger *ledger, const struct shop_offer *offer, struct page *page);
static void way_keys(const struct ledger *ledger, const struct shop_offer *offer,
                     struct period period, struct page *page);
static void way_key(const struct shop_offer *offer, const struct shop_way *way,
                    enum shop_key_what what, bool priced, struct page *page);
static struct slice tags_of(const struct shop_offer *offer, const struct period *period, size_t max,
                            struct page *page);
static bool first_of_period(const struct shop_offer *offer, size_t n);
static size_t periods(const struct shop_offer *offer, struct period *first);
static bool chosen(struct period period);
static void period_text(struct period period, char out[PERIOD_SIZE]);

void shop_plans(struct ledger *ledger, const struct message_cmd_said *said)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, said->arg);
    struct page page;
    visit_stop_asking(ledger, said->telegram_id);
    if (plan != NULL) {
        shop_show_plan(ledger, said, plan, (struct period){0, 0});
        return;
    }
    page_begin(&page);
    list(ledger, said, &page);
    page_say(ledger, said, &page);
}

void shop_plan_said(struct ledger *ledger, const struct message_cmd_said *said)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, said->arg);
    visit_stop_asking(ledger, said->telegram_id);
    if (plan != NULL) {
        shop_show_plan(ledger, said, plan, (struct period){0, 0});
        return;
    }
    struct page page;
    if (said->callback.len > 0)
        said_stale(ledger, said);
    page_begin(&page);
    if (said->callback.len == 0)
        page_head(&page, SHOP_REFUSED, SLICE(""), RESULT_plan_unknown);
    list(ledger, said, &page);
    page_say(ledger, said, &page);
}

/* A period of the card was pressed: "core:MONTHS.DAYS". */
void shop_for(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct slice rest;
    const struct catalog_plan *plan = offer_plan_of(ledger, said->arg, &rest);
    visit_stop_asking(ledger, said->telegram_id);
    for (size_t i = 0; plan != NULL && i < plan->price_count; i++) {
        char text[PERIOD_SIZE];
        period_text(plan->prices[i].period, text);
        if (slice_is(rest, text)) {
            shop_show_plan(ledger, said, plan, plan->prices[i].period);
            return;
        }
    }
    said_stale(ledger, said);
}

void shop_show_plan(struct ledger *ledger, const struct message_cmd_said *said,
                    const struct catalog_plan *plan, struct period period)
{
    struct record_shop_visit visit;
    struct shop_offer offer;
    struct page page;
    struct period only = {0, 0};
    page_begin(&page);
    offer_make_of(ledger, said->telegram_id, plan, visit_code(ledger, said->telegram_id, &visit),
                  &offer);
    bool sold = offer.seat && offer.payable;
    size_t count = periods(&offer, &only);
    bool alone = !chosen(period) && count == 1;
    struct period of = alone ? only : period;
    size_t ways = chosen(of) ? offer_ways(ledger, &offer, of) : 0;
    enum shop_step step = !sold         ? SHOP_STEP_NONE
                          : !chosen(of) ? SHOP_STEP_PERIOD
                          : ways > 1    ? SHOP_STEP_GATEWAY
                                        : SHOP_STEP_NONE;
    write_card(ledger, &offer, period, step, &page);
    if (sold && chosen(of))
        way_keys(ledger, &offer, of, &page);
    else if (sold)
        period_keys(ledger, &offer, &page);
    if (sold)
        page_key(&page, (struct shop_key){.what = SHOP_KEY_PROMO}, "promo", slice_from(plan->name));
    if (chosen(period))
        page_key(&page, (struct shop_key){.what = SHOP_KEY_BACK, .beside = 1}, "plan",
                 slice_from(plan->name));
    else
        page_key(&page, (struct shop_key){.what = SHOP_KEY_BACK, .beside = sold}, "plans",
                 SLICE(""));
    page_say(ledger, said, &page);
}

/* Plans without a price are not sold by usher. */
static void list(struct ledger *ledger, const struct message_cmd_said *said, struct page *page)
{
    struct record_shop_visit visit;
    struct slice code = visit_code(ledger, said->telegram_id, &visit);
    size_t listed = 0;
    size_t head = page->count;
    page_head(page, SHOP_PLANS, SLICE(""), RESULT_ok);
    for (size_t i = 0; i < ledger->catalog->plan_count && listed < PLANS_MAX; i++) {
        struct shop_offer offer;
        if (ledger->catalog->plans[i].price_count == 0)
            continue;
        offer_make_of(ledger, said->telegram_id, &ledger->catalog->plans[i], code, &offer);
        if (!offer.payable && offer.count > 0)
            continue;
        list_plan(&offer, page);
        listed++;
    }
    if (listed == 0) {
        page->count = head;
        page_head(page, SHOP_NOTHING, SLICE(""), RESULT_ok);
    }
    page_key(page, (struct shop_key){.what = SHOP_KEY_MINE}, "my", SLICE(""));
}

static void list_plan(const struct shop_offer *offer, struct page *page)
{
    char data[SAID_DATA_SIZE];
    struct shop_plan part = {.plan = slice_from(offer->plan->name),
                             .prices = tags_of(offer, NULL, OVERVIEW_PRICES_MAX, page),
                             .limited = offer->plan->seats != 0,
                             .left = offer->left,
                             .sold_out = !offer->seat};
    if (offer->seat && said_data(MODULE_shop, "plan", part.plan, data))
        part.data = page_keep(page, slice_from(data));
    page_add(page, shape_shop_plan(), &part);
}

static void write_card(struct ledger *ledger, const struct shop_offer *offer, struct period period,
                       enum shop_step step, struct page *page)
{
    struct record_entitlement entitlement;
    struct shop_card card = {
        .plan = slice_from(offer->plan->name),
        .step = step,
        .prices = tags_of(offer, chosen(period) ? &period : NULL, CONFIG_PRICES_MAX, page),
        .limited = offer->plan->seats != 0,
        .left = offer->left,
        .sold_out = !offer->seat,
        .code = page_keep(page, offer->code)};
    if (offer->refused != RESULT_ok)
        card.why = slice_from(result_name(offer->refused));
    else if (!offer->coded)
        card.code = SLICE(""); /* something better takes its place */
    if (entitlement_load(ledger, offer->telegram_id, offer->plan->name, &entitlement) &&
        (entitlement.status == ENTITLEMENT_ACTIVE || entitlement.status == ENTITLEMENT_GRACE))
        card.until = entitlement.until_ms;
    page_add(page, shape_shop_card(), &card);
}

/* One for each period; where there is one way to pay for it, it is ordered at once. */
static void period_keys(struct ledger *ledger, const struct shop_offer *offer, struct page *page)
{
    for (size_t i = 0; i < offer->count && page->count < KEYS_MAX; i++) {
        struct period period = offer->quotes[i].price->period;
        struct shop_way way;
        size_t at = 0;
        if (!first_of_period(offer, i))
            continue;
        if (offer_ways(ledger, offer, period) == 1) {
            (void)offer_way_next(ledger, offer, period, &at, &way);
            way_key(offer, &way, SHOP_KEY_PERIOD, true, page);
            continue;
        }
        char text[PERIOD_SIZE], arg[SAID_DATA_SIZE];
        period_text(period, text);
        (void)snprintf(arg, sizeof arg, "%s:%s", offer->plan->name, text);
        page_key(page,
                 (struct shop_key){.what = SHOP_KEY_PERIOD,
                                   .period = period_pack(period),
                                   .prices = tags_of(offer, &period, OVERVIEW_PRICES_MAX, page)},
                 "for", slice_from(arg));
    }
}

/* The ways of one period; with prices when they differ. */
static void way_keys(const struct ledger *ledger, const struct shop_offer *offer,
                     struct period period, struct page *page)
{
    size_t count = offer_ways(ledger, offer, period);
    struct shop_way way, first = {.quote = 0};
    bool differ = false;
    for (size_t at = 0, n = 0; offer_way_next(ledger, offer, period, &at, &way); n++) {
        if (n == 0)
            first = way;
        differ = differ || way.quote != first.quote;
    }
    for (size_t at = 0; page->count < KEYS_MAX && offer_way_next(ledger, offer, period, &at, &way);)
        way_key(offer, &way,
                offer->quotes[way.quote].amount == 0 ? SHOP_KEY_FREE
                : count == 1                         ? SHOP_KEY_BUY
                                                     : SHOP_KEY_GATEWAY,
                differ || count == 1, page);
}

static void way_key(const struct shop_offer *offer, const struct shop_way *way,
                    enum shop_key_what what, bool priced, struct page *page)
{
    const struct shop_quote *quote = &offer->quotes[way->quote];
    char tags[TAGS_BYTES_MAX] = "", data[SAID_DATA_SIZE];
    const struct tag tag = offer_tag(offer, way->quote);
    if (!offer_way_data(offer, way, quote->amount, data))
        return;
    if (priced)
        tag_add(tags, &tag);
    const struct shop_key key = {.what = what,
                                 .data = page_keep(page, slice_from(data)),
                                 .name = page_keep(page, slice_from(way->name)),
                                 .period = period_pack(quote->price->period),
                                 .prices = page_keep(page, slice_from(tags))};
    page_add(page, shape_shop_key(), &key);
}

/* Of what can be paid, of one period or of all. */
static struct slice tags_of(const struct shop_offer *offer, const struct period *period, size_t max,
                            struct page *page)
{
    char tags[TAGS_BYTES_MAX] = "";
    for (size_t i = 0; i < offer->count && max > 0; i++) {
        const struct tag tag = offer_tag(offer, i);
        if (!offer->quotes[i].payable || (period != NULL && !offer_same(tag.period, *period)))
            continue;
        tag_add(tags, &tag);
        max--;
    }
    return page_keep(page, slice_from(tags));
}

static bool first_of_period(const struct shop_offer *offer, size_t n)
{
    if (!offer->quotes[n].payable)
        return false;
    for (size_t i = 0; i < n; i++)
        if (offer->quotes[i].payable &&
            offer_same(offer->quotes[i].price->period, offer->quotes[n].price->period))
            return false;
    return true;
}

static size_t periods(const struct shop_offer *offer, struct period *first)
{
    size_t count = 0;
    for (size_t i = 0; i < offer->count; i++)
        if (first_of_period(offer, i) && count++ == 0)
            *first = offer->quotes[i].price->period;
    return count;
}

static bool chosen(struct period period)
{
    return period.months != 0 || period.days != 0;
}

static void period_text(struct period period, char out[PERIOD_SIZE])
{
    (void)snprintf(out, PERIOD_SIZE, "%" PRIu32 ".%" PRIu32, period.months, period.days);
}
