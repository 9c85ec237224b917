/* Coupons. A use is reserved with its order, used when the order is paid, and released when the
 * order ends unpaid. A refund does not give it back: a campaign's count would shrink behind its
 * operator, and who buys and returns could use one code for ever. */
#ifndef USHER_MODULES_COUPON_H
#define USHER_MODULES_COUPON_H

#include "modules/order/order.h"

enum coupon_use_state { COUPON_RESERVED, COUPON_USED, COUPON_RELEASED };
extern const char *const coupon_use_states[]; /* by the enum, NULL ends them */

enum coupon_saying {
    COUPON_SAID_RESERVED, /* as enum coupon_use_state */
    COUPON_SAID_USED,
    COUPON_SAID_RELEASED,
    COUPON_SAID_REFUSED,
    COUPON_SAID_CODES,
    COUPON_SAID_NONE,
    COUPON_SAID_COUNT
};
extern const char *const coupon_said_names[];

enum {
    COUPON_TRIES_LISTED = 20,
    COUPON_WRONG_MAX = 10, /* codes a member and hour, then an hour's silence */
    COUPON_LIST_MAX = 1000
};

#define MODULE_DEF  "modules/coupon/coupon.def"
#define MODULE_SELF MODULE_coupon
#include "ledger/declare.h"

bool coupon_load(struct ledger *ledger, struct slice code, struct record_coupon *out);
void coupon_store(struct ledger *ledger, const struct record_coupon *coupon);
/* May this code be used for the order as it stands? Only reads. */
unsigned coupon_check(struct ledger *ledger, const struct order *order,
                      const struct record_coupon *coupon);
/* What the code takes off, as a positive amount. */
int64_t coupon_discount(const struct record_coupon *coupon, int64_t amount);

extern const struct line_row coupon_line[];

/* Remembers a code that was refused; of a member's own tries the wrong ones are counted. */
void coupon_tried(struct ledger *ledger, const struct order *order, unsigned result);
bool coupon_silent(struct ledger *ledger, int64_t telegram_id);
void coupon_document(struct ledger *ledger, int64_t telegram_id, cJSON *out);

bool coupon_use_load(struct ledger *ledger, const struct order *order,
                     struct record_coupon_use *out);
/* /codes: the newest that the member's orders used, and the newest that were refused. */
void coupon_codes(struct ledger *ledger, const struct message_cmd_said *said);
extern const struct say_row coupon_says[];
extern const struct refusal_row coupon_refusals[];

void coupon_to_json(const struct ledger *ledger, const struct record_coupon *coupon, cJSON *out);

#endif
