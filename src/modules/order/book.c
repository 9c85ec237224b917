#include "modules/order/book.h"

#include "base/assert.h"
#include "base/encoding.h"
#include "ledger/person.h"
#include "ledger/registry.h"
#include "ledger/rows.h"
#include "modules/access/grant.h"
#include "modules/access/seat.h"
#include "modules/order/list.h"

static void order_key(struct key *key, struct slice id);
static void line_key(struct key *key, struct slice id, uint8_t n);
static void serial_key(struct key *key, uint64_t serial);
static void digest_of(const struct ledger *ledger, const char *what, uint8_t n, uint8_t out[32]);
static unsigned grant_free(struct ledger *ledger, struct order *order,
                           const struct catalog_plan *plan);
static void put(struct ledger *ledger, const struct order *order);
static bool paid_by(struct ledger *ledger, const struct record_payment *payment, struct order *out);
static void stop_timer(struct ledger *ledger, const struct order *order);
static void tell_paid(struct ledger *ledger, const struct order *order);
static bool again(struct ledger *ledger, const struct order *order);

/* What a line does at a turn of its order's life. */
enum turn { TURN_HOLD, TURN_UNHOLD, TURN_SOLD, TURN_UNSOLD };
static void run_lines(struct ledger *ledger, const struct order *order, enum turn turn);

unsigned order_place(struct ledger *ledger, struct order *order)
{
    struct record_order *record = &order->record;
    const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(record->plan));
    struct record_order before;
    bool seat = false;
    if (plan == NULL)
        return RESULT_invalid;
    if (order_load(ledger, slice_from(order->id), &before))
        return RESULT_exists;
    bool to_pay = record->amount > 0;
    ASSERT(to_pay || !order_unclaimed(record));
    if (to_pay && orders_open(ledger, record->telegram_id) >= ORDERS_OPEN_MAX)
        return RESULT_too_many_open;
    if (to_pay && !order_seat(ledger, record->telegram_id, plan, &seat))
        return RESULT_sold_out;
    unsigned result = to_pay ? (unsigned)RESULT_ok : grant_free(ledger, order, plan);
    if (result != RESULT_ok)
        return result;
    record->state = to_pay ? ORDER_OPEN : ORDER_FULFILLED;
    record->created_ms = ledger->at_ms;
    record->paid_ms = to_pay ? 0 : ledger->at_ms;
    record->sold = !to_pay;
    if (ledger->seed.len > 0)
        order_make_token(ledger, record->token);
    record->serial = row_number(ledger, shape_record_order_serial());
    order_list_add(ledger, slice_from(order->id), record, seat);
    put(ledger, order);
    run_lines(ledger, order, TURN_HOLD);
    if (to_pay)
        timer_set(ledger, record->expires_ms + 1, TIMER_ORDER, 0, order->id);
    char lines[512];
    order_lines_text(order, lines, sizeof lines);
    FACT_TELL(ledger, order_placed, .telegram_id = record->telegram_id,
              .order_id = slice_from(order->id), .plan = slice_from(record->plan),
              .period = period_pack((struct period){record->months, record->days}),
              .amount = record->amount, .currency = slice_from(record->currency),
              .lines = slice_from(lines), .expires = record->expires_ms);
    if (!to_pay) {
        run_lines(ledger, order, TURN_SOLD);
        tell_paid(ledger, order);
    }
    return RESULT_ok;
}

bool order_seat(struct ledger *ledger, int64_t telegram_id, const struct catalog_plan *plan,
                bool *wanted)
{
    struct record_entitlement entitlement;
    bool open =
        entitlement_load(ledger, telegram_id, plan->name, &entitlement) &&
        (entitlement.status == ENTITLEMENT_ACTIVE || entitlement.status == ENTITLEMENT_GRACE);
    *wanted = !open && !seat_kept(ledger, telegram_id, plan->name);
    return !*wanted || plan->seats == 0 ||
           seats_taken(ledger, plan->name) + seats_held(ledger, plan->name) < plan->seats;
}

bool order_end(struct ledger *ledger, struct slice id, enum order_state state)
{
    struct order order;
    if (!order_read(ledger, id, &order) || order.record.state != ORDER_OPEN)
        return false;
    ASSERT(state == ORDER_EXPIRED || state == ORDER_CANCELLED);
    stop_timer(ledger, &order);
    order.record.state = (uint8_t)state;
    order.record.ended_ms = ledger->at_ms;
    order_list_close(ledger, &order.record);
    order_store(ledger, id, &order.record);
    run_lines(ledger, &order, TURN_UNHOLD);
    const struct record_order *record = &order.record;
    if (state == ORDER_EXPIRED)
        FACT_TELL(ledger, order_expired, .telegram_id = record->telegram_id, .order_id = id,
                  .plan = slice_from(record->plan), .amount = record->amount,
                  .currency = slice_from(record->currency));
    else
        FACT_TELL(ledger, order_cancelled, .telegram_id = record->telegram_id, .order_id = id,
                  .plan = slice_from(record->plan), .amount = record->amount,
                  .currency = slice_from(record->currency));
    return true;
}

void order_linger(struct ledger *ledger, struct slice id, uint64_t until_ms)
{
    struct order order;
    struct record_order *record = &order.record;
    if (!order_read(ledger, id, &order))
        return;
    if (record->state == ORDER_OPEN && record->expires_ms < until_ms) {
        stop_timer(ledger, &order);
        record->expires_ms = until_ms;
        timer_set(ledger, until_ms + 1, TIMER_ORDER, 0, order.id);
    }
    if (record->late_ms != 0 && record->late_ms < until_ms)
        record->late_ms = until_ms;
    order_store(ledger, id, record);
}

void order_excuse(struct ledger *ledger, struct slice id, uint64_t paid_ms)
{
    struct record_order record;
    if (!order_load(ledger, id, &record) || record.expires_ms == 0 ||
        paid_ms > (record.late_ms > record.expires_ms ? record.late_ms : record.expires_ms) ||
        record.late_ms >= ledger->at_ms)
        return;
    record.late_ms = ledger->at_ms;
    order_store(ledger, id, &record);
}

/* Whoever pays in the very last millisecond is in time. */
unsigned order_due(struct ledger *ledger, int64_t unused, const char *id)
{
    struct record_order record;
    (void)unused;
    if (order_load(ledger, slice_from(id), &record) && record.state == ORDER_OPEN &&
        record.expires_ms < ledger->at_ms)
        (void)order_end(ledger, slice_from(id), ORDER_EXPIRED);
    return 2;
}

enum result order_takes(struct ledger *ledger, struct slice id, const struct record_order *order,
                        int64_t amount, struct slice currency)
{
    struct order whole;
    bool over = order->state == ORDER_EXPIRED || order->expires_ms < ledger->at_ms;
    if (order->state == ORDER_CANCELLED)
        return RESULT_unsettled_order_cancelled;
    if (order->state != ORDER_OPEN && order->state != ORDER_EXPIRED)
        return RESULT_unsettled_order_used;
    if (over && order->late_ms < ledger->at_ms)
        return RESULT_unsettled_order_expired;
    if (amount >= 0 && (amount < order->amount || !slice_is(currency, order->currency)))
        return RESULT_unsettled_amount;
    if (amount < 0 && currency.len > 0 && !slice_is(currency, order->currency))
        return RESULT_unsettled_amount;
    if (order->state == ORDER_EXPIRED && order_read(ledger, id, &whole) && !again(ledger, &whole))
        return RESULT_unsettled_order_expired;
    if (!order_seat_left(ledger, order))
        return RESULT_unsettled_seats;
    return RESULT_ok;
}

void order_paid(struct ledger *ledger, const struct record_payment *payment)
{
    struct order order;
    struct record_order *record = &order.record;
    if (!order_read(ledger, slice_from(payment->order_id), &order) || record->sold ||
        record->gateway[0] != 0)
        return;
    if (order_unclaimed(record) && payment->telegram_id > 0)
        return; /* an operator gave its payment to somebody by hand, and the order is nobody's */
    bool late = record->state != ORDER_OPEN; /* what it held was given back */
    if (late && !again(ledger, &order))
        return; /* an operator granted the payment by hand: the order stays as it ended */
    if (!late)
        stop_timer(ledger, &order);
    if (order_unclaimed(record))
        order_seat_hold(ledger, record);
    else if (!late)
        order_list_close(ledger, record);
    record->state = ORDER_PAID;
    record->sold = 1;
    record->paid_ms = ledger->at_ms;
    memcpy(record->gateway, payment->gateway, sizeof record->gateway);
    memcpy(record->payment_id, payment->payment_id, sizeof record->payment_id);
    if (payment->amount > record->amount && strcmp(payment->currency, record->currency) == 0)
        record->surplus = payment->amount - record->amount;
    order_store(ledger, slice_from(order.id), record);
    if (late)
        run_lines(ledger, &order, TURN_HOLD);
    run_lines(ledger, &order, TURN_SOLD);
    tell_paid(ledger, &order);
    if (record->surplus > 0)
        FACT_TELL(ledger, overpaid, .telegram_id = record->telegram_id,
                  .order_id = slice_from(order.id), .amount = record->surplus,
                  .currency = slice_from(record->currency), .gateway = slice_from(record->gateway),
                  .payment_id = slice_from(record->payment_id));
}

void order_given_back(struct ledger *ledger, const struct record_payment *payment,
                      enum payment_kind kind)
{
    struct order order;
    struct record_order *record = &order.record;
    if (!paid_by(ledger, payment, &order) || record->state == ORDER_REFUNDED)
        return;
    bool partly = kind == PAYMENT_PARTLY_REFUNDED;
    bool was_sold = record->sold != 0;
    if (partly && !was_sold)
        return;
    record->state = partly                     ? ORDER_PARTLY_REFUNDED
                    : kind == PAYMENT_REFUNDED ? ORDER_REFUNDED
                                               : ORDER_DISPUTED;
    record->sold = partly;
    if (!partly)
        order_seat_unhold(ledger, record);
    order_store(ledger, slice_from(order.id), record);
    if (was_sold && !partly) {
        run_lines(ledger, &order, TURN_UNSOLD);
        run_lines(ledger, &order, TURN_UNHOLD);
    }
    FACT_TELL(ledger, order_given_back, .telegram_id = record->telegram_id,
              .order_id = slice_from(order.id), .plan = slice_from(record->plan),
              .amount = record->amount, .currency = slice_from(record->currency),
              .kind = (uint64_t)kind, .surplus = was_sold && !partly ? record->surplus : 0);
}

void order_reinstated(struct ledger *ledger, const struct record_payment *payment)
{
    struct order order;
    struct record_order *record = &order.record;
    if (!paid_by(ledger, payment, &order) || record->sold)
        return;
    record->state = ORDER_PAID;
    record->sold = 1;
    if (payment->telegram_id <=
        0) /* else an operator gave it to somebody by hand, who has a seat */
        order_seat_hold(ledger, record);
    order_store(ledger, slice_from(order.id), record);
    run_lines(ledger, &order, TURN_HOLD);
    run_lines(ledger, &order, TURN_SOLD);
    FACT_TELL(ledger, order_reinstated, .telegram_id = record->telegram_id,
              .order_id = slice_from(order.id), .plan = slice_from(record->plan),
              .amount = record->amount, .currency = slice_from(record->currency),
              .surplus = record->surplus);
}

void order_renamed(struct ledger *ledger, const struct record_payment *payment, struct slice before)
{
    struct record_order record;
    struct slice id = slice_from(payment->order_id);
    if (!order_load(ledger, id, &record) || strcmp(record.gateway, payment->gateway) != 0 ||
        !slice_is(before, record.payment_id))
        return;
    memcpy(record.payment_id, payment->payment_id, sizeof record.payment_id);
    order_store(ledger, id, &record);
}

bool order_load(struct ledger *ledger, struct slice id, struct record_order *out)
{
    struct key key;
    if (id.len == 0 || id.len > ORDER_ID_MAX)
        return false;
    order_key(&key, id);
    return state_get(ledger, TABLE_orders, &key, shape_record_order(), out);
}

void order_store(struct ledger *ledger, struct slice id, const struct record_order *order)
{
    struct key key;
    order_key(&key, id);
    state_put(ledger, TABLE_orders, &key, shape_record_order(), order);
    news_row(ledger, shape_record_order(), key_slice(&key));
}

bool order_read(struct ledger *ledger, struct slice id, struct order *out)
{
    memset(out, 0, sizeof *out);
    if (!order_load(ledger, id, &out->record))
        return false;
    bool fits = slice_copy(id, out->id, sizeof out->id);
    ASSERT(fits);
    if (out->record.lines > ORDER_LINES_MAX)
        state_fail(ledger, ERROR_CORRUPT);
    for (uint8_t n = 0; n < out->record.lines && ledger->error == ERROR_NONE; n++) {
        struct key key;
        line_key(&key, id, n);
        if (!row_load(ledger, shape_record_order_line(), &key, &out->lines[n]))
            state_fail(ledger, ERROR_CORRUPT);
        out->count++;
    }
    return ledger->error == ERROR_NONE;
}

bool order_by_serial(struct ledger *ledger, uint64_t serial, struct order *out)
{
    struct key key;
    struct record_order_serial row;
    serial_key(&key, serial);
    return row_load(ledger, shape_record_order_serial(), &key, &row) &&
           order_read(ledger, slice_from(row.order_id), out);
}

bool order_next(struct ledger *ledger, int64_t telegram_id, uint64_t *n, struct order *out)
{
    struct record_order_ref ref;
    return aspect_next(ledger, telegram_id, shape_record_order_ref(), true, n, &ref) &&
           order_read(ledger, slice_from(ref.order_id), out);
}

unsigned orders_open(struct ledger *ledger, int64_t telegram_id)
{
    struct record_order_ref ref;
    unsigned count = 0;
    for (uint64_t n = 0;
         aspect_next(ledger, telegram_id, shape_record_order_ref(), true, &n, &ref);)
        count += ref.open != 0;
    return count;
}

void order_make_id(const struct ledger *ledger, char out[ORDER_ID_MAX + 1])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    enum { LETTERS = 4 + 16, FAIR = 252 }; /* 252 = 7 x 36: below it no letter is favoured */
    size_t len = 4;
    memcpy(out, "ord_", len);
    for (uint8_t n = 0; len < LETTERS; n++) {
        uint8_t digest[32];
        digest_of(ledger, "order", n, digest);
        for (size_t i = 0; i < sizeof digest && len < LETTERS; i++)
            if (digest[i] < FAIR)
                out[len++] = alphabet[digest[i] % 36];
    }
    out[len] = 0;
}

void order_make_token(const struct ledger *ledger, char out[33])
{
    uint8_t digest[32];
    digest_of(ledger, "order page", 0, digest);
    hex_encode(digest, 16, out, 33);
}

static void digest_of(const struct ledger *ledger, const char *what, uint8_t n, uint8_t out[32])
{
    struct key seed;
    key_clear(&seed);
    key_text(&seed, slice_from(what));
    key_u8(&seed, n);
    key_u64(&seed, ledger->sequence);
    ASSERT(ledger->seed.len <= 16);
    for (size_t i = 0; i < ledger->seed.len; i++)
        key_u8(&seed, (uint8_t)ledger->seed.data[i]);
    sha256(key_slice(&seed), out);
}

/* With nothing to pay there is no payment either. */
static unsigned grant_free(struct ledger *ledger, struct order *order,
                           const struct catalog_plan *plan)
{
    struct record_payment payment = {.kind = PAYMENT_PAID,
                                     .sequence = ledger->sequence,
                                     .at_ms = ledger->at_ms,
                                     .telegram_id = order->record.telegram_id,
                                     .months = order->record.months,
                                     .days = order->record.days};
    memcpy(payment.currency, order->record.currency, sizeof order->record.currency);
    enum result result = grant_add(ledger, plan, slice_from(order->id), &payment);
    return result == RESULT_granted           ? (unsigned)RESULT_ok
           : result == RESULT_unsettled_seats ? (unsigned)RESULT_sold_out
                                              : (unsigned)result;
}

static void put(struct ledger *ledger, const struct order *order)
{
    order_store(ledger, slice_from(order->id), &order->record);
    for (size_t n = 0; n < order->count; n++) {
        struct key key;
        line_key(&key, slice_from(order->id), (uint8_t)n);
        row_store(ledger, shape_record_order_line(), &key, &order->lines[n]);
    }
    struct key serial;
    struct record_order_serial row;
    serial_key(&serial, order->record.serial);
    memcpy(row.order_id, order->id, sizeof row.order_id);
    row_store(ledger, shape_record_order_serial(), &serial, &row);
    order_page_open(ledger, order);
}

static bool paid_by(struct ledger *ledger, const struct record_payment *payment, struct order *out)
{
    return payment->order_id[0] != 0 && order_read(ledger, slice_from(payment->order_id), out) &&
           strcmp(out->record.gateway, payment->gateway) == 0 &&
           strcmp(out->record.payment_id, payment->payment_id) == 0;
}

static void stop_timer(struct ledger *ledger, const struct order *order)
{
    timer_clear(ledger, order->record.expires_ms + 1, TIMER_ORDER, 0, order->id);
}

static void tell_paid(struct ledger *ledger, const struct order *order)
{
    const struct record_order *record = &order->record;
    char lines[512];
    order_lines_text(order, lines, sizeof lines);
    FACT_TELL(ledger, order_paid, .telegram_id = record->telegram_id,
              .order_id = slice_from(order->id), .plan = slice_from(record->plan),
              .period = period_pack((struct period){record->months, record->days}),
              .amount = record->amount, .currency = slice_from(record->currency),
              .lines = slice_from(lines), .gateway = slice_from(record->gateway),
              .payment_id = slice_from(record->payment_id));
}

/* Can all of its lines hold once more what they gave back? */
static bool again(struct ledger *ledger, const struct order *order)
{
    for (size_t i = 0; i < order->count; i++) {
        const struct line_row *row = line_row_of(order->lines[i].kind);
        if (row != NULL && row->again != NULL && !row->again(ledger, order, i))
            return false;
    }
    return true;
}

/* What is given back goes in the exact reverse. */
static void run_lines(struct ledger *ledger, const struct order *order, enum turn turn)
{
    bool back = turn == TURN_UNHOLD || turn == TURN_UNSOLD;
    for (size_t i = 0; i < order->count; i++) {
        size_t n = back ? order->count - 1 - i : i;
        const struct line_row *row = line_row_of(order->lines[n].kind);
        void (*run)(struct ledger *, const struct order *, size_t) =
            row == NULL           ? NULL
            : turn == TURN_HOLD   ? row->hold
            : turn == TURN_UNHOLD ? row->unhold
            : turn == TURN_SOLD   ? row->sold
                                  : row->unsold;
        if (run != NULL)
            run(ledger, order, n);
    }
}

static void order_key(struct key *key, struct slice id)
{
    key_clear(key);
    key_text(key, id);
}

static void line_key(struct key *key, struct slice id, uint8_t n)
{
    key_clear(key);
    key_text(key, id);
    key_u8(key, n);
}

static void serial_key(struct key *key, uint64_t serial)
{
    key_clear(key);
    key_u64(key, serial);
}
