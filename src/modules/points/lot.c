#include "modules/points/lot.h"

#include "base/assert.h"
#include "base/civil.h"
#include "ledger/agenda.h"

enum { CURRENCY_SHIFT = 62, USE_SHIFT = 11, USES_MAX = 1 << USE_SHIFT, RETURNED_DAYS = 30 };

#define NEVER     ((UINT64_C(1) << CURRENCY_SHIFT) - 1)
#define LONG_MS   (UINT64_C(400) * 24 * 3600 * 1000)
#define SECOND_MS UINT64_C(1000)

static uint64_t lot_number(enum points_currency currency, uint64_t expires_ms);
static uint64_t day_end(struct calendar *calendar, int64_t at_ms, bool of_month);
static void restore_one(struct ledger *ledger, const struct book *book, uint64_t lot,
                        int64_t amount);

uint64_t lot_expiry_ms(struct ledger *ledger, const struct book *book)
{
    struct period after = period_unpack(book->rules.expiry);
    if (book->currency != POINTS_POINTS || (after.months == 0 && after.days == 0))
        return 0;
    int64_t until_ms = calendar_add(ledger->calendar, (int64_t)ledger->at_ms, after);
    bool of_month = book->rules.end_of_month != 0 || (uint64_t)until_ms - ledger->at_ms > LONG_MS;
    return day_end(ledger->calendar, until_ms, of_month);
}

uint64_t lot_expires_ms(uint64_t lot)
{
    return (lot & NEVER) == NEVER ? 0 : (lot & NEVER) * SECOND_MS;
}

uint64_t lot_add(struct ledger *ledger, const struct book *book, uint64_t expires_ms,
                 int64_t amount)
{
    struct record_points_lot row = {.rest = 0};
    uint64_t lot = lot_number(book->currency, expires_ms);
    (void)aspect_load(ledger, book->telegram_id, shape_record_points_lot(), lot, &row);
    row.rest += amount;
    aspect_store(ledger, book->telegram_id, shape_record_points_lot(), lot, &row);
    agenda_set(ledger, book->telegram_id, expires_ms);
    return lot;
}

int64_t lot_take(struct ledger *ledger, const struct book *book, uint64_t lot, int64_t amount)
{
    struct record_points_lot row;
    if (!aspect_load(ledger, book->telegram_id, shape_record_points_lot(), lot, &row))
        return 0;
    amount = amount < row.rest ? amount : row.rest;
    row.rest -= amount;
    if (row.rest == 0)
        aspect_delete(ledger, book->telegram_id, shape_record_points_lot(), lot);
    else
        aspect_store(ledger, book->telegram_id, shape_record_points_lot(), lot, &row);
    return amount;
}

void lots_take(struct ledger *ledger, const struct book *book, int64_t amount, uint64_t id,
               struct record_points_posting *posting)
{
    uint64_t lot;
    struct record_points_lot row;
    for (uint64_t n = 0; amount > 0 && ledger->error == ERROR_NONE; n++) {
        if (!lot_first(ledger, book->telegram_id, book->currency, &lot, &row)) {
            state_fail(ledger, ERROR_CORRUPT); /* what is available is what the lots hold */
            return;
        }
        struct record_points_use use = {.lot = lot, .amount = (uint64_t)amount};
        int64_t taken = lot_take(ledger, book, lot, amount);
        amount -= taken;
        if (n == 0 && amount == 0) {
            posting->lot = lot;
            return;
        }
        ASSERT(n < USES_MAX);
        use.amount = (uint64_t)taken;
        aspect_store(ledger, book->telegram_id, shape_record_points_use(), id << USE_SHIFT | n,
                     &use);
    }
}

void lots_restore(struct ledger *ledger, const struct book *book, uint64_t id,
                  const struct record_points_posting *posting)
{
    struct record_points_use use;
    if (posting->lot != 0) {
        restore_one(ledger, book, posting->lot, (int64_t)posting->amount);
        return;
    }
    for (uint64_t n = 0; aspect_load(ledger, book->telegram_id, shape_record_points_use(),
                                     id << USE_SHIFT | n, &use);
         n++)
        restore_one(ledger, book, use.lot, (int64_t)use.amount);
}

void lots_forget(struct ledger *ledger, int64_t telegram_id, uint64_t id)
{
    struct record_points_use use;
    for (uint64_t n = id << USE_SHIFT;
         aspect_next(ledger, telegram_id, shape_record_points_use(), false, &n, &use) &&
         n >> USE_SHIFT == id;
         n++)
        aspect_delete(ledger, telegram_id, shape_record_points_use(), n);
}

bool lot_first(struct ledger *ledger, int64_t telegram_id, enum points_currency currency,
               uint64_t *lot, struct record_points_lot *out)
{
    *lot = (uint64_t)currency << CURRENCY_SHIFT;
    return aspect_next(ledger, telegram_id, shape_record_points_lot(), false, lot, out) &&
           *lot >> CURRENCY_SHIFT == (uint64_t)currency;
}

bool lot_next(struct ledger *ledger, int64_t telegram_id, uint64_t *lot,
              struct record_points_lot *out)
{
    uint64_t currency = *lot >> CURRENCY_SHIFT;
    return aspect_next(ledger, telegram_id, shape_record_points_lot(), true, lot, out) &&
           *lot >> CURRENCY_SHIFT == currency;
}

static uint64_t lot_number(enum points_currency currency, uint64_t expires_ms)
{
    return (uint64_t)currency << CURRENCY_SHIFT |
           (expires_ms == 0 ? NEVER : expires_ms / SECOND_MS);
}

/* The midnight that ends this day, or the month that it lies in. */
static uint64_t day_end(struct calendar *calendar, int64_t at_ms, bool of_month)
{
    struct period days = {.months = 0, .days = 1};
    if (of_month) {
        struct civil date = civil_from_days(calendar_day(calendar, at_ms));
        days.days = (uint32_t)(civil_month_length(date.year, date.month) - date.day + 1);
    }
    int64_t behind_ms = calendar_add(calendar, at_ms, days);
    return (uint64_t)behind_ms - calendar_time_of_day(calendar, behind_ms);
}

/* To where it was; for what has expired meanwhile there are 30 days more. */
static void restore_one(struct ledger *ledger, const struct book *book, uint64_t lot,
                        int64_t amount)
{
    uint64_t expires_ms = lot_expires_ms(lot);
    if (expires_ms != 0 && expires_ms <= ledger->at_ms)
        expires_ms = day_end(ledger->calendar,
                             calendar_add(ledger->calendar, (int64_t)ledger->at_ms,
                                          (struct period){.months = 0, .days = RETURNED_DAYS}),
                             false);
    (void)lot_add(ledger, book, expires_ms, amount);
}
