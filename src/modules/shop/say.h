/* What the shop says, in parts: of plans and prices here, of orders in say_order.c, of what one has
 * in say_mine.c. */
#ifndef USHER_MODULES_SHOP_SAY_H
#define USHER_MODULES_SHOP_SAY_H

#include "modules/shop/shop.h"
#include "text/say.h"

typedef void shop_say_fn(struct say *say, const void *part);
shop_say_fn shop_say_head, shop_say_order, shop_say_toast, shop_say_looked, shop_say_have,
    shop_say_credit, shop_say_payment, shop_say_legal, shop_say_help, shop_say_key;

/* What the gateway's button says: its label in this language, else its name. */
struct slice shop_gateway_label(const struct say *say, struct slice name);

#endif
