/* What is kept of somebody who looks around (the aspect shop_visit). */
#ifndef USHER_MODULES_SHOP_VISIT_H
#define USHER_MODULES_SHOP_VISIT_H

#include "ledger/rows.h"
#include "modules/shop/shop.h"

/* The code for their next order, "" when there is none any more; it lies in visit. */
struct slice visit_code(struct ledger *ledger, int64_t telegram_id,
                        struct record_shop_visit *visit);
/* A day. "" drops it. */
void visit_keep_code(struct ledger *ledger, int64_t telegram_id, struct slice code);
/* They are asked for a code while they look at this plan. */
void visit_ask_code(struct ledger *ledger, int64_t telegram_id, const char *plan);
/* They do something else. */
void visit_stop_asking(struct ledger *ledger, int64_t telegram_id);
/* May they ask now what became of their payment? At most once in 15 s; remembers it. */
bool visit_may_ask(struct ledger *ledger, int64_t telegram_id);

#endif
