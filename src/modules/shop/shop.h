/* The shop: from "I want in" to a placed order, by words and buttons, and what a buyer asks for
 * afterwards.
 *
 *   plans ─▶ a plan's card ─▶ period ─▶ gateway ─▶ order ─▶ Pay, I have paid, Cancel
 *
 * A step without a choice is left out; each takes the place of the one before in its message. All
 * figures are of one quote (offer.h), and a button that orders carries a print of it: what was
 * shown is what is ordered, or the button is answered as stale and the figure of now is shown.
 * browse.c shows what there is, buy.c orders, code.c takes codes, mine.c and pay.c say what one has
 * and what became of one's money; say.c, say_order.c and say_mine.c put it into words. */
#ifndef USHER_MODULES_SHOP_SHOP_H
#define USHER_MODULES_SHOP_SHOP_H

#include "modules/order/order.h"

enum shop_head_what {
    SHOP_PLANS,
    SHOP_NOTHING,
    SHOP_CODE_ASKED,
    SHOP_CODE_KEPT,
    SHOP_CODE_REFUSED,
    SHOP_REFUSED,
    SHOP_ORDERS,
    SHOP_NO_ORDERS,
    SHOP_NO_ORDER,
    SHOP_MINE,
    SHOP_NONE_MINE,
    SHOP_LANGUAGES,
    SHOP_LANGUAGE_SET,
    SHOP_PAYMENTS,
    SHOP_NO_PAYMENTS,
    SHOP_ASK_SUPPORT,
    SHOP_ASK_TEAM,
    SHOP_HEADS
};
enum shop_step { SHOP_STEP_NONE, SHOP_STEP_PERIOD, SHOP_STEP_GATEWAY };
enum shop_key_what {
    SHOP_KEY_PERIOD,
    SHOP_KEY_GATEWAY,
    SHOP_KEY_BUY,
    SHOP_KEY_FREE,
    SHOP_KEY_PROMO,
    SHOP_KEY_BACK,
    SHOP_KEY_PLANS,
    SHOP_KEY_MINE,
    SHOP_KEY_RENEW,
    SHOP_KEY_PAY,
    SHOP_KEY_PAY_ORDER,
    SHOP_KEY_ORDER,
    SHOP_KEY_AGAIN,
    SHOP_KEY_HAVE_PAID,
    SHOP_KEY_CANCEL,
    SHOP_KEY_SUPPORT,
    SHOP_KEY_EN,
    SHOP_KEY_ZH_HANS,
    SHOP_KEY_ZH_HANT,
    SHOP_KEYS
};
enum shop_toast_what { SHOP_NOT_SEEN, SHOP_TOO_SOON, SHOP_BEING_CHECKED, SHOP_TOASTS };
enum shop_looked_what { SHOP_NOT_PAID, SHOP_AWAY, SHOP_LOOKED };
enum shop_status { SHOP_ACTIVE, SHOP_GRACE, SHOP_ENDED };
enum shop_legal_what { SHOP_TERMS, SHOP_PRIVACY };
extern const char *const shop_head_names[]; /* these by the enums above; NULL ends them */
extern const char *const shop_step_names[];
extern const char *const shop_key_names[];
extern const char *const shop_toast_names[];
extern const char *const shop_looked_names[];
extern const char *const shop_status_names[];
extern const char *const shop_legal_names[];

#define MODULE_DEF  "modules/shop/shop.def"
#define MODULE_SELF MODULE_shop
#include "ledger/declare.h"

struct message_cmd_said;
struct message_cmd_looked;
typedef void shop_said_fn(struct ledger *ledger, const struct message_cmd_said *said);

/* What a word or a button of each name does (intents of shop.c). */
shop_said_fn shop_plans, shop_plan_said, shop_for, shop_go, shop_promo, shop_typed, shop_code_said,
    shop_cancel, shop_have_paid, shop_mine, shop_orders, shop_language, shop_paysupport, shop_terms,
    shop_privacy, shop_help_said;

/* A gateway was asked about an order, and has not seen its payment: its member is told. */
unsigned op_looked(struct ledger *ledger, const struct message_cmd_looked *command);

/* A plan's card, or the choice of a gateway for one of its periods (period.months and days 0: the
 * card). */
void shop_show_plan(struct ledger *ledger, const struct message_cmd_said *said,
                    const struct catalog_plan *plan, struct period period);
/* An order as it is, with the buttons that are true for it. */
void shop_show_order(struct ledger *ledger, const struct message_cmd_said *said,
                     const struct order *order);

/* The gateway has said where an order is paid, or that it makes nothing of it: the buyer, who has
 * ordered in the bot, is told (hear_row). */
void shop_hear_checkout(struct ledger *ledger, const void *fact);
/* The order is over: nobody waits for that any more. */
void shop_hear_over(struct ledger *ledger, struct slice order_id);

/* Why nothing was ordered, by the result. */
void shop_show_refusal(struct ledger *ledger, const struct message_cmd_said *said, unsigned why);

extern const struct say_row shop_says[];

#endif
