/* Codes: kept for the next order of a member, brought by a link or typed on a plan's card. What a
 * code does, and why one is refused, the order's pricing knows. */
#include "modules/shop/offer.h"
#include "modules/shop/page.h"
#include "modules/shop/visit.h"

static unsigned try_code(struct ledger *ledger, int64_t telegram_id,
                         const struct catalog_plan *plan, struct slice code);
static void remember(struct ledger *ledger, int64_t telegram_id, const struct catalog_plan *plan,
                     struct slice code);
static void keep(struct ledger *ledger, int64_t telegram_id, struct slice code);
static struct slice shown(struct slice code);

/* A link with a code. */
void shop_code_said(struct ledger *ledger, const struct message_cmd_said *said)
{
    const struct catalog *catalog = ledger->catalog;
    unsigned refused = RESULT_ok;
    const struct catalog_plan *first = NULL, *of = NULL; /* that was asked first, that refused so */
    bool good = false;
    struct page page;
    for (size_t i = 0; i < catalog->plan_count && !good; i++) {
        const struct catalog_plan *plan = &catalog->plans[i];
        if (plan->price_count == 0)
            continue;
        unsigned result = try_code(ledger, said->telegram_id, plan, said->arg);
        good = result == RESULT_ok;
        /* Of several reasons the first that not all plans have says most. */
        first = first == NULL ? plan : first;
        if (of == NULL || (result != refused && of == first)) {
            refused = result;
            of = plan;
        }
    }
    page_begin(&page);
    if (good) {
        keep(ledger, said->telegram_id, said->arg);
        page_head(&page, SHOP_CODE_KEPT, shown(said->arg), RESULT_ok);
    } else if (of == NULL) {
        page_head(&page, SHOP_NOTHING, SLICE(""), RESULT_ok);
    } else {
        remember(ledger, said->telegram_id, of, said->arg);
        page_head(&page, SHOP_CODE_REFUSED, shown(said->arg), refused);
    }
    page_key(&page, (struct shop_key){.what = SHOP_KEY_PLANS}, "plans", SLICE(""));
    page_say(ledger, said, &page);
}

/* The button of a card. */
void shop_promo(struct ledger *ledger, const struct message_cmd_said *said)
{
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, said->arg);
    struct page page;
    if (plan == NULL) {
        said_stale(ledger, said);
        return;
    }
    visit_ask_code(ledger, said->telegram_id, plan->name);
    page_begin(&page);
    page_head(&page, SHOP_CODE_ASKED, SLICE(""), RESULT_ok);
    page_key(&page, (struct shop_key){.what = SHOP_KEY_BACK}, "plan", slice_from(plan->name));
    page_say(ledger, said, &page);
}

/* What is typed then. A wrong code may be followed by another. */
void shop_typed(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct record_shop_visit visit;
    struct slice code = words_trim(said->text);
    (void)visit_code(ledger, said->telegram_id, &visit);
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(visit.plan));
    struct page page;
    if (plan == NULL || code.len == 0)
        return;
    unsigned result = try_code(ledger, said->telegram_id, plan, code);
    if (result == RESULT_ok) {
        keep(ledger, said->telegram_id, code);
        visit_stop_asking(ledger, said->telegram_id);
        shop_show_plan(ledger, said, plan, (struct period){0, 0});
        return;
    }
    remember(ledger, said->telegram_id, plan, code);
    page_begin(&page);
    page_head(&page, SHOP_CODE_REFUSED, shown(code), result);
    page_head(&page, SHOP_CODE_ASKED, SLICE(""), RESULT_ok);
    page_key(&page, (struct shop_key){.what = SHOP_KEY_BACK}, "plan", slice_from(plan->name));
    page_say(ledger, said, &page);
}

/* RESULT_ok when some price of the plan takes it. Only reads. */
static unsigned try_code(struct ledger *ledger, int64_t telegram_id,
                         const struct catalog_plan *plan, struct slice code)
{
    struct shop_offer offer;
    unsigned refused = RESULT_ok;
    offer_make_of(ledger, telegram_id, plan, code, &offer);
    for (size_t i = 0; i < offer.count; i++) {
        if (offer.quotes[i].refused == RESULT_ok)
            return RESULT_ok;
        if (refused == RESULT_ok)
            refused = offer.quotes[i].refused;
    }
    return refused == RESULT_ok ? (unsigned)RESULT_price_unknown : refused;
}

/* Asks for a quote in earnest, so that the modules remember the refusal. */
static void remember(struct ledger *ledger, int64_t telegram_id, const struct catalog_plan *plan,
                     struct slice code)
{
    struct order order;
    const struct order_quote ask = {
        .telegram_id = telegram_id, .plan = slice_from(plan->name), .coupon = code};
    (void)order_quoted(ledger, &ask, &order);
}

/* As it is written in the book of codes: in capitals. */
static void keep(struct ledger *ledger, int64_t telegram_id, struct slice code)
{
    char text[33];
    visit_keep_code(ledger, telegram_id, code);
    if (!slice_copy(code, text, sizeof text))
        return;
    for (char *at = text; *at != 0; at++)
        *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
    const struct fact_code_shown fact = {.telegram_id = telegram_id, .code = slice_from(text)};
    fact_tell(ledger, shape_fact_code_shown(), &fact);
}

/* Somebody may type anything. */
static struct slice shown(struct slice code)
{
    enum { BYTES_MAX = 64 };
    return code.len <= BYTES_MAX ? code : SLICE("…");
}
