/* The book of orders. An order is lines, each with a kind, what it refers to and a signed
 * amount, priced once, here; a payment is compared with their total and with nothing else. The
 * first line is the plan's; the others are the modules' (struct line_row of module.h), which alone
 * know what a coupon or a credit is.
 *
 *   open ──▶ paid ──▶ refunded, partly_refunded, disputed ──▶ (won) paid
 *     │         ▲
 *     │         └── late, while late_ms has not passed
 *     ├──▶ expired
 *     ├──▶ cancelled
 *     └──▶ fulfilled: there was nothing to pay
 *
 * An open order holds what it needs: a seat of its plan, and what its lines hold. Its end gives
 * that back. At most ORDERS_OPEN_MAX a member, so that no person grows without bound. */
#ifndef USHER_MODULES_ORDER_BOOK_H
#define USHER_MODULES_ORDER_BOOK_H

#include "base/json.h"
#include "ledger/facts.h"
#include "ledger/module.h"
#include "modules/order/list.h"

enum {
    ORDER_LINES_MAX = 8,
    ORDER_ID_MAX = 31, /* a timer's subject */
    ORDER_GIVEN_MAX = 8
};

/* What whoever orders gave for a line of this kind: a code, a number. */
struct order_given {
    const char *kind;
    struct slice ref;
};

/* An order with its lines, or a quote, which has no id. */
struct order {
    char id[ORDER_ID_MAX + 1];
    struct record_order record; /* its amount is the total of the lines */
    size_t count;
    struct record_order_line lines[ORDER_LINES_MAX];
    struct order_given given[ORDER_GIVEN_MAX]; /* only while it is priced */
    size_t given_count;
};

/* Begins a quote with the line of the plan. */
void order_begin(struct order *order, int64_t telegram_id, const struct catalog_plan *plan,
                 const struct catalog_price *price);
/* What was given for lines of this kind; kind must outlive order, ref the pricing. */
void order_give(struct order *order, const char *kind, struct slice ref);
/* "" when nothing was given. */
struct slice order_given(const struct order *order, const char *kind);
/* Adds a line. A discount takes no more than there is, so that the total is never below 0. False
 * when there is no room for another line. */
bool order_add(struct order *order, const char *kind, struct slice ref, int64_t amount);
/* Lets each module add its lines; a result other than RESULT_ok refuses the whole. Only reads. */
unsigned order_price(struct ledger *ledger, struct order *order);
/* Somebody asked for it and was refused so: for the modules to remember. */
void order_refused(struct ledger *ledger, const struct order *order, unsigned result);
/* NULL when no module has lines of this kind. */
const struct line_row *line_row_of(const char *kind);

/* Makes a priced order: holds, begins its time (until record.expires_ms), tells it. With nothing to
 * pay it is fulfilled at once. RESULT_sold_out, RESULT_too_many_open, RESULT_exists, or what a
 * grant refuses; a refusal changes nothing. */
unsigned order_place(struct ledger *ledger, struct order *order);
/* Is there a seat for an order of this member's? *wanted: it has to keep one, for they have none
 * yet, nor another open order that keeps one. */
bool order_seat(struct ledger *ledger, int64_t telegram_id, const struct catalog_plan *plan,
                bool *wanted);
/* Nobody may guess them: "ord_" and 16 letters, and 128 bits in hex for pages, both of the
 * command's seed. Of a command without one no page is made: its token could be guessed. */
void order_make_id(const struct ledger *ledger, char out[ORDER_ID_MAX + 1]);
void order_make_token(const struct ledger *ledger, char out[33]);
/* An open order ends unpaid: state is ORDER_EXPIRED or ORDER_CANCELLED. False: it is not open. */
bool order_end(struct ledger *ledger, struct slice id, enum order_state state);
/* Somebody is paying it at this moment: it does not end before until_ms, nor can it be too late
 * before then. */
void order_linger(struct ledger *ledger, struct slice id, uint64_t until_ms);
/* It was paid at paid_ms, and we hear of it only now: what could be paid then can be now. */
void order_excuse(struct ledger *ledger, struct slice id, uint64_t paid_ms);
/* TIMER_ORDER: the order's time may be over. */
unsigned order_due(struct ledger *ledger, int64_t unused, const char *id);

bool order_load(struct ledger *ledger, struct slice id, struct record_order *out);
void order_store(struct ledger *ledger, struct slice id, const struct record_order *order);
/* The same with its lines. */
bool order_read(struct ledger *ledger, struct slice id, struct order *out);
/* The one with this number: orders are counted from 1 on. */
bool order_by_serial(struct ledger *ledger, uint64_t serial, struct order *out);
/* The one whose page has this token; a placed order gets its page by order_page_open. */
bool order_by_token(struct ledger *ledger, struct slice token, struct order *out);
void order_page_open(struct ledger *ledger, const struct order *order);
/* Walks a member's listed orders, the oldest first; *n is 0 to begin. */
bool order_next(struct ledger *ledger, int64_t telegram_id, uint64_t *n, struct order *out);
unsigned orders_open(struct ledger *ledger, int64_t telegram_id);

/* What a payment may do to this order; RESULT_ok: it is for it. amount < 0: in full, as the
 * gateway says. A late one also needs what the order had held. */
enum result order_takes(struct ledger *ledger, struct slice id, const struct record_order *order,
                        int64_t amount, struct slice currency);
/* This payment, which names the order, was granted. */
void order_paid(struct ledger *ledger, const struct record_payment *payment);
/* It was refunded, charged back or refunded in part: kind. Nothing when another paid the order. */
void order_given_back(struct ledger *ledger, const struct record_payment *payment,
                      enum payment_kind kind);
/* A dispute about it was won, or its refund failed: it counts again. */
void order_reinstated(struct ledger *ledger, const struct record_payment *payment);
/* The payment that may have paid its order goes by another id from now on. */
void order_renamed(struct ledger *ledger, const struct record_payment *payment,
                   struct slice before);

/* An order, or the lines of a quote, as the API answers it. */
void order_to_json(const struct order *order, cJSON *out);
void order_lines_to_json(const struct order *order, cJSON *out);
/* Lines as one text, "plan core 29.00, coupon LIVE48 -5.80", cut to size. */
void order_lines_text(const struct order *order, char *out, size_t size);

#endif
