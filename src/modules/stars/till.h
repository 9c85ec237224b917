/* Inside the module of Stars: who is paid, the invoices, what is asked and told of them. */
#ifndef USHER_MODULES_STARS_TILL_H
#define USHER_MODULES_STARS_TILL_H

#include "ledger/outbox.h"
#include "modules/payment/subscription.h"
#include "modules/stars/stars.h"

/* What they hold points into the catalog. False: there is none. */
bool stars_gateway_named(const struct ledger *ledger, struct slice name, struct star_gateway *out);
bool stars_gateway_of(const struct ledger *ledger, struct slice bot, struct star_gateway *out);

/* An order was placed, or has ended. */
void stars_hear_placed(struct ledger *ledger, const void *fact);
void stars_hear_expired(struct ledger *ledger, const void *fact);
void stars_hear_cancelled(struct ledger *ledger, const void *fact);
void stars_hear_paid(struct ledger *ledger, const void *fact);
/* Invoices that waited for this person go out. */
void stars_hear_reachable(struct ledger *ledger, const void *fact);
void stars_greet(struct ledger *ledger, int64_t telegram_id);
/* How the attempt of an invoice ends (kinds.h). */
ended_fn stars_invoice_waits;
bool stars_invoice_wanted(struct ledger *ledger, const struct record_delivery *delivery);

/* The same of the link to an invoice. */
ended_fn stars_link_made, stars_link_failed;

/* Who paid this charge; false: it is not known. */
bool stars_charge_load(struct ledger *ledger, struct slice gateway, struct slice charge_id,
                       struct record_star_charge *out);
/* A member ends the renewal of a subscription, or lets it go on (struct module, and the intents of
 * its buttons); how the call ends. */
bool stars_manages(struct ledger *ledger, const struct subscription *subscription);
void stars_manage(struct ledger *ledger, const struct message_cmd_said *said, uint64_t n,
                  const struct subscription *subscription);
void stars_stop_said(struct ledger *ledger, const struct message_cmd_said *said);
void stars_again_said(struct ledger *ledger, const struct message_cmd_said *said);
ended_fn stars_edited, stars_edit_failed;

/* What the bots were paid is looked through each hour, for what they were not told of: the timer of
 * a bot (subject), and how the call for a page ends. */
void stars_configured(struct ledger *ledger);
void stars_timer(struct ledger *ledger, int64_t unused, const char *bot);
ended_fn stars_listed;
void stars_list_moved(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery);

unsigned op_pre_checkout(struct ledger *ledger, const struct message_cmd_pre_checkout *command);
unsigned op_star_payment(struct ledger *ledger, const struct message_cmd_star_payment *command);
/* The same, wherever it was heard: by an update or in the list. */
unsigned stars_take(struct ledger *ledger, const struct message_cmd_star_payment *command);
/* struct module, refund. */
bool stars_refund(struct ledger *ledger, const struct record_payment *paid);

#endif
