/* Reversal (points.h). */
#include "modules/points/book.h"

#include "ledger/news.h"
#include "modules/points/lot.h"

static unsigned undo_gift(struct ledger *ledger, struct book *book, uint64_t id,
                          const struct record_points_posting *gift,
                          struct record_points_posting *posting, uint64_t *first);
static unsigned undo_spending(struct ledger *ledger, struct book *book, uint64_t id,
                              const struct record_points_posting *spending,
                              struct record_points_posting *posting, uint64_t *first);
static bool is_house(const char *account);

unsigned points_reverse(struct ledger *ledger, int64_t telegram_id, uint64_t id,
                        struct slice reason, struct points_done *done)
{
    struct record_points_posting before;
    struct record_points_posting posting = {.rule = "reversal", .reversal_of = id};
    struct points_done unused;
    struct book book;
    uint64_t first = 0;
    done = done == NULL ? &unused : done;
    memset(done, 0, sizeof *done);
    if (!aspect_load(ledger, telegram_id, shape_record_points_posting(), id, &before))
        return RESULT_not_found;
    if (before.reversed_by != 0)
        return RESULT_reversed_already;
    if (before.reversal_of != 0 || is_house(before.from) == is_house(before.to))
        return RESULT_not_reversible;
    (void)slice_copy(reason, posting.reason, sizeof posting.reason);
    memcpy(posting.ref, before.ref, sizeof posting.ref);
    book_open(ledger, telegram_id, (enum points_currency)before.currency, &book);
    unsigned result = (is_house(before.from) ? undo_gift : undo_spending)(
        ledger, &book, id, &before, &posting, &first);
    if (result != RESULT_ok)
        return result;
    before.reversed_by = first;
    aspect_store(ledger, telegram_id, shape_record_points_posting(), id, &before);
    const struct fact_points_reversed reversed = {.telegram_id = telegram_id,
                                                  .posting = first,
                                                  .reversal_of = id,
                                                  .currency = before.currency,
                                                  .amount = before.amount};
    *done = (struct points_done){
        .posting = first, .amount = (int64_t)before.amount, .balance = book.account.available};
    fact_tell(ledger, shape_fact_points_reversed(), &reversed);
    return RESULT_ok;
}

/* What is left of its lot, then what else there is, then debt. */
static unsigned undo_gift(struct ledger *ledger, struct book *book, uint64_t id,
                          const struct record_points_posting *gift,
                          struct record_points_posting *posting, uint64_t *first)
{
    int64_t amount = (int64_t)gift->amount;
    int64_t there = book->account.available < amount ? book->account.available : amount;
    int64_t owed = amount - there;
    (void)id;
    if (book->rules.no_debt != 0)
        owed = 0;
    if (there + owed == 0)
        return RESULT_too_few;
    if (owed > BALANCE_MAX - book->account.owed)
        return RESULT_too_many_points;
    memcpy(posting->to, gift->from, sizeof posting->to);
    book->account.earned -= there + owed;
    if (there > 0) {
        *first = book_number(ledger);
        memcpy(posting->from, ACCOUNT_AVAILABLE, sizeof ACCOUNT_AVAILABLE);
        posting->amount = (uint64_t)there;
        int64_t rest = there - lot_take(ledger, book, gift->lot, there);
        lots_take(ledger, book, rest, *first, posting);
        lots_forget(ledger, book->telegram_id, *first); /* nothing is put back there again */
        posting->lot = gift->lot;
        book_post(ledger, book, *first, posting);
    }
    if (owed > 0) {
        uint64_t number = book_number(ledger);
        *first = *first == 0 ? number : *first;
        memset(posting->from, 0, sizeof posting->from);
        memcpy(posting->from, ACCOUNT_DEBT, sizeof ACCOUNT_DEBT);
        posting->amount = (uint64_t)owed;
        posting->lot = 0;
        book_post(ledger, book, number, posting);
    }
    return RESULT_ok;
}

/* Back to where it came from. What a capture spent came from the lots of its hold. */
static unsigned undo_spending(struct ledger *ledger, struct book *book, uint64_t id,
                              const struct record_points_posting *spending,
                              struct record_points_posting *posting, uint64_t *first)
{
    struct record_points_posting held;
    const struct record_points_posting *took = spending;
    if (book->account.available + book->account.held > BALANCE_MAX - (int64_t)spending->amount)
        return RESULT_too_many_points;
    if (spending->of != 0) {
        id = spending->of;
        took = &held;
        if (!aspect_load(ledger, book->telegram_id, shape_record_points_posting(), id, &held)) {
            state_fail(ledger, ERROR_CORRUPT);
            return RESULT_not_found;
        }
    }
    *first = book_number(ledger);
    memcpy(posting->from, spending->to, sizeof posting->from);
    memcpy(posting->to, ACCOUNT_AVAILABLE, sizeof ACCOUNT_AVAILABLE);
    posting->amount = spending->amount;
    lots_restore(ledger, book, id, took);
    lots_forget(ledger, book->telegram_id, id);
    book_post(ledger, book, *first, posting);
    book_repay(ledger, book);
    return RESULT_ok;
}

static bool is_house(const char *account)
{
    return strcmp(account, ACCOUNT_AVAILABLE) != 0 && strcmp(account, ACCOUNT_HELD) != 0 &&
           strcmp(account, ACCOUNT_DEBT) != 0;
}
