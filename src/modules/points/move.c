/* Giving, taking, holding (points.h). */
#include "modules/points/book.h"

#include "base/assert.h"
#include "ledger/agenda.h"
#include "modules/points/hold.h"
#include "modules/points/lot.h"

enum { DAYS_OF_WEEK = 7, MONDAY = 3 /* 1970-01-01 was a Thursday */ };

static bool key_known(struct ledger *ledger, const struct points_move *move, int64_t amount,
                      struct points_done *done, unsigned *result);
static void key_note(struct ledger *ledger, const struct points_move *move, int64_t amount,
                     uint64_t posting);
static unsigned end_hold(struct ledger *ledger, const struct points_move *move, bool back,
                         struct points_done *done);
static void posting_begin(const struct points_move *move, struct record_points_posting *posting);
static int64_t under_cap(struct ledger *ledger, struct book *book, int64_t amount);
static int64_t at_most(int64_t amount, uint64_t cap, int64_t given);
static void say_done(const struct book *book, uint64_t posting, int64_t amount,
                     struct points_done *done);

unsigned points_give(struct ledger *ledger, const struct points_move *move,
                     struct points_done *done)
{
    struct points_done unused;
    struct book book;
    struct record_points_posting posting;
    unsigned result = RESULT_ok;
    done = done == NULL ? &unused : done;
    memset(done, 0, sizeof *done);
    ASSERT(move->amount > 0 && move->amount <= POINTS_AMOUNT_MAX);
    if (key_known(ledger, move, move->amount, done, &result))
        return result;
    book_open(ledger, move->telegram_id, move->currency, &book);
    int64_t amount = move->capped ? under_cap(ledger, &book, move->amount) : move->amount;
    if (book.account.available + book.account.held > BALANCE_MAX - amount)
        return RESULT_too_many_points;
    if (amount == 0) {
        say_done(&book, 0, 0, done);
        return RESULT_ok;
    }
    uint64_t id = book_number(ledger);
    posting_begin(move, &posting);
    posting.amount = (uint64_t)amount;
    (void)slice_copy(move->account, posting.from, sizeof posting.from);
    memcpy(posting.to, ACCOUNT_AVAILABLE, sizeof ACCOUNT_AVAILABLE);
    posting.expires_ms = lot_expiry_ms(ledger, &book);
    posting.lot = lot_add(ledger, &book, posting.expires_ms, amount);
    book.account.earned += amount;
    key_note(ledger, move, move->amount, id);
    book_post(ledger, &book, id, &posting);
    book_repay(ledger, &book);
    say_done(&book, id, amount, done);
    return RESULT_ok;
}

unsigned points_take(struct ledger *ledger, const struct points_move *move,
                     struct points_done *done)
{
    struct points_done unused;
    struct book book;
    struct record_points_posting posting;
    unsigned result = RESULT_ok;
    done = done == NULL ? &unused : done;
    memset(done, 0, sizeof *done);
    ASSERT(move->amount > 0);
    if (key_known(ledger, move, -move->amount, done, &result))
        return result;
    book_open(ledger, move->telegram_id, move->currency, &book);
    if (book.account.available < move->amount)
        return RESULT_too_few;
    uint64_t id = book_number(ledger);
    posting_begin(move, &posting);
    memcpy(posting.from, ACCOUNT_AVAILABLE, sizeof ACCOUNT_AVAILABLE);
    (void)slice_copy(move->account, posting.to, sizeof posting.to);
    lots_take(ledger, &book, move->amount, id, &posting);
    key_note(ledger, move, -move->amount, id);
    book_post(ledger, &book, id, &posting);
    say_done(&book, id, move->amount, done);
    return RESULT_ok;
}

unsigned points_hold(struct ledger *ledger, const struct points_move *move,
                     struct points_done *done)
{
    struct points_done unused;
    struct book book;
    struct record_points_posting posting;
    struct record_points_hold hold = {.currency = (uint8_t)move->currency,
                                      .amount = (uint64_t)move->amount,
                                      .expires_ms = move->expires_ms};
    uint64_t id;
    done = done == NULL ? &unused : done;
    memset(done, 0, sizeof *done);
    ASSERT(move->amount > 0 && move->ref.len > 0 &&
           slice_copy(move->ref, hold.ref, sizeof hold.ref));
    if (hold_of(ledger, move->telegram_id, move->ref, &id))
        return RESULT_hold_exists;
    book_open(ledger, move->telegram_id, move->currency, &book);
    if (book.account.available < move->amount)
        return RESULT_too_few;
    id = book_number(ledger);
    posting_begin(move, &posting);
    memcpy(posting.from, ACCOUNT_AVAILABLE, sizeof ACCOUNT_AVAILABLE);
    memcpy(posting.to, ACCOUNT_HELD, sizeof ACCOUNT_HELD);
    posting.expires_ms = move->expires_ms;
    lots_take(ledger, &book, move->amount, id, &posting);
    hold_store(ledger, move->telegram_id, id, &hold);
    agenda_set(ledger, move->telegram_id, move->expires_ms);
    book_post(ledger, &book, id, &posting);
    say_done(&book, id, move->amount, done);
    return RESULT_ok;
}

unsigned points_capture(struct ledger *ledger, const struct points_move *move,
                        struct points_done *done)
{
    return end_hold(ledger, move, false, done);
}

unsigned points_release(struct ledger *ledger, const struct points_move *move,
                        struct points_done *done)
{
    return end_hold(ledger, move, true, done);
}

/* back: to the lots that it came from; else to the house's account. */
static unsigned end_hold(struct ledger *ledger, const struct points_move *move, bool back,
                         struct points_done *done)
{
    struct points_done unused;
    struct record_points_posting before;
    struct record_points_posting posting;
    struct record_points_hold hold;
    struct book book;
    uint64_t held;
    done = done == NULL ? &unused : done;
    memset(done, 0, sizeof *done);
    if (!hold_of(ledger, move->telegram_id, move->ref, &held) ||
        !hold_load(ledger, move->telegram_id, held, &hold) ||
        (back &&
         !aspect_load(ledger, move->telegram_id, shape_record_points_posting(), held, &before)))
        return RESULT_hold_unknown;
    book_open(ledger, move->telegram_id, (enum points_currency)hold.currency, &book);
    uint64_t id = book_number(ledger);
    posting_begin(move, &posting);
    posting.amount = hold.amount;
    posting.of = held;
    memcpy(posting.from, ACCOUNT_HELD, sizeof ACCOUNT_HELD);
    (void)slice_copy(back ? SLICE(ACCOUNT_AVAILABLE) : move->account, posting.to,
                     sizeof posting.to);
    if (back) {
        lots_restore(ledger, &book, held, &before);
        lots_forget(ledger, move->telegram_id, held);
    }
    hold_delete(ledger, move->telegram_id, held, &hold);
    book_post(ledger, &book, id, &posting);
    if (back)
        book_repay(ledger, &book);
    say_done(&book, id, (int64_t)hold.amount, done);
    return RESULT_ok;
}

static void posting_begin(const struct points_move *move, struct record_points_posting *posting)
{
    *posting = (struct record_points_posting){.amount = (uint64_t)move->amount};
    (void)slice_copy(move->rule, posting->rule, sizeof posting->rule);
    (void)slice_copy(move->reason, posting->reason, sizeof posting->reason);
    (void)slice_copy(move->ref, posting->ref, sizeof posting->ref);
}

/* amount: with its sign. The same key for another amount or currency is another thing. */
static bool key_known(struct ledger *ledger, const struct points_move *move, int64_t amount,
                      struct points_done *done, unsigned *result)
{
    struct key key;
    struct record_points_key row;
    if (move->key.len == 0)
        return false;
    book_key(&key, (uint64_t)move->telegram_id, move->rule, move->key);
    if (!row_load(ledger, shape_record_points_key(), &key, &row))
        return false;
    if (row.amount != amount || row.currency != (uint8_t)move->currency) {
        *result = RESULT_key_reused;
        return true;
    }
    struct record_points_posting posting;
    done->posting = row.posting;
    done->duplicate = true;
    done->balance = points_available(ledger, move->telegram_id, move->currency);
    if (aspect_load(ledger, move->telegram_id, shape_record_points_posting(), row.posting,
                    &posting))
        done->amount = (int64_t)posting.amount;
    return true;
}

static void key_note(struct ledger *ledger, const struct points_move *move, int64_t amount,
                     uint64_t posting)
{
    struct key key;
    const struct record_points_key row = {
        .posting = posting, .amount = amount, .currency = (uint8_t)move->currency};
    if (move->key.len == 0)
        return;
    book_key(&key, (uint64_t)move->telegram_id, move->rule, move->key);
    row_store(ledger, shape_record_points_key(), &key, &row);
}

/* What was given today and this week is looked at when something is given, so that no timer is
 * needed when a day ends. */
static int64_t under_cap(struct ledger *ledger, struct book *book, int64_t amount)
{
    struct record_points_account *account = &book->account;
    int64_t day = calendar_day(ledger->calendar, (int64_t)ledger->at_ms);
    int64_t week = (day + MONDAY) / DAYS_OF_WEEK;
    account->day_given = account->day == day ? account->day_given : 0;
    account->week_given = account->week == week ? account->week_given : 0;
    account->day = day;
    account->week = week;
    amount = at_most(amount, book->rules.cap_day, account->day_given);
    amount = at_most(amount, book->rules.cap_week, account->week_given);
    account->day_given += amount;
    account->week_given += amount;
    return amount;
}

/* What fits under a cap of which so much is used; 0: no cap. */
static int64_t at_most(int64_t amount, uint64_t cap, int64_t given)
{
    if (cap == 0)
        return amount;
    int64_t room = (int64_t)cap > given ? (int64_t)cap - given : 0;
    return amount < room ? amount : room;
}

static void say_done(const struct book *book, uint64_t posting, int64_t amount,
                     struct points_done *done)
{
    *done = (struct points_done){
        .posting = posting, .amount = amount, .balance = book->account.available};
}
