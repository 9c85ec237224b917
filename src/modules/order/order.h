/* The module of orders: an order is asked for by plan and period, quoted, placed with the terms of
 * the configuration, cancelled. What was paid beyond an order is the member's credit, if the
 * configuration wants it so, and a line of their next one. */
#ifndef USHER_MODULES_ORDER_H
#define USHER_MODULES_ORDER_H

#include "modules/order/book.h"
#include "modules/order/settings.h"

extern const char *const order_overpay_names[]; /* by enum order_overpay, NULL ends them */

#define MODULE_DEF  "modules/order/order.def"
#define MODULE_SELF MODULE_order
#include "ledger/declare.h"

/* Prices and places what is asked for; out is the order. A result other than RESULT_ok refuses it.
 */
unsigned order_ask(struct ledger *ledger, const struct order_create *ask, struct order *out);
/* The open order of the member's for the same (by plan, period, currency, price and gateway, and
 * with no code but that of the order), to be shown again in place of a second one: if the terms say
 * so, and in any case when it was made a moment ago, for a button may be pressed twice. */
bool order_again(struct ledger *ledger, const struct order_create *ask, struct order *out);
/* Prices what is asked for without placing it. */
unsigned order_quoted(struct ledger *ledger, const struct order_quote *ask, struct order *out);

enum { ORDER_URL_SIZE = 1025 };
/* Where an order can be looked at; false: the configuration does not say where usher is reached. */
bool order_page_url(const struct ledger *ledger, const struct order *order,
                    char out[ORDER_URL_SIZE]);
/* Where a button leads to pay it: what its gateway gave for it, unless that is only scanned, else
 * its page. False: neither is there. */
bool order_pay_url(struct ledger *ledger, const struct order *order, char out[ORDER_URL_SIZE]);
/* What the gateway gave, at most ORDER_URL_SIZE - 1 bytes. */
void order_pay_url_store(struct ledger *ledger, struct slice order_id, struct slice url);
/* The gateway is asked for it, or will not give one. */
void order_pay_url_expect(struct ledger *ledger, struct slice order_id, bool pending);
bool order_pay_url_pending(struct ledger *ledger, struct slice order_id);
/* Both, for an answer of the API. */
void order_urls_to_json(struct ledger *ledger, const struct order *order, cJSON *out);

/* Minor units of this currency. */
int64_t credit_of(struct ledger *ledger, int64_t telegram_id, struct slice currency);
void credit_add(struct ledger *ledger, int64_t telegram_id, struct slice currency, int64_t amount);

extern const struct line_row order_credit_line[];
extern const struct refusal_row order_refusals[];
void hear_overpaid(struct ledger *ledger, const void *fact);
void hear_order_given_back(struct ledger *ledger, const void *fact);
void hear_order_reinstated(struct ledger *ledger, const void *fact);
bool answer_order_stored(struct ledger *ledger, const struct message_query *query, cJSON *out);
bool answer_orders(struct ledger *ledger, const struct message_query *query, cJSON *out);
void answer_url(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out);
void orders_document(struct ledger *ledger, int64_t telegram_id, cJSON *out);
void credit_document(struct ledger *ledger, int64_t telegram_id, cJSON *out);

/* In force; the defaults when the configuration says nothing. */
struct order_terms order_terms_of(const struct ledger *ledger);
/* Walks the gateways in the order of the configuration; *at is 0 to begin. What they hold points
 * into the catalog. */
bool order_gateway_next(const struct ledger *ledger, size_t *at, struct order_gateway *out);
bool order_gateway_find(const struct ledger *ledger, struct slice name, struct order_gateway *out);
/* Its currency, and to charge it again where it renews. */
bool order_gateway_takes(const struct order_gateway *gateway, const struct catalog_price *price);

#endif
