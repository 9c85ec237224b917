#include "modules/points/book.h"

#include "base/assert.h"
#include "ledger/news.h"
#include "ledger/person.h"
#include "modules/points/audit.h"
#include "modules/points/lot.h"

static void expire(struct ledger *ledger, struct book *book);
static bool side(struct ledger *ledger, struct book *book, const char *name, int64_t delta);
static void house(struct ledger *ledger, enum points_currency currency, const char *name,
                  int64_t delta);
static void total(struct ledger *ledger, enum points_currency currency, int64_t delta);
static uint64_t version_of(const struct ledger *ledger);

void book_open(struct ledger *ledger, int64_t telegram_id, enum points_currency currency,
               struct book *book)
{
    struct record_member member;
    *book = (struct book){.telegram_id = telegram_id, .currency = currency};
    book_rules(ledger, &book->rules);
    if (!aspect_load(ledger, telegram_id, shape_record_points_account(), (uint64_t)currency,
                     &book->account) &&
        !member_load(ledger, telegram_id, &member)) {
        member_load_or_new(ledger, telegram_id, &member);
        member_store(ledger, telegram_id, &member);
    }
    expire(ledger, book);
}

void book_close(struct ledger *ledger, const struct book *book)
{
    ASSERT(ledger->error != ERROR_NONE ||
           (book->account.available >= 0 && book->account.held >= 0 && book->account.owed >= 0));
    aspect_store(ledger, book->telegram_id, shape_record_points_account(), (uint64_t)book->currency,
                 &book->account);
}

void book_rules(struct ledger *ledger, struct points_rules *rules)
{
    size_t at = 0;
    if (!catalog_row(ledger->catalog, shape_points_rules(), &at, rules))
        memset(rules, 0, sizeof *rules);
}

uint64_t book_number(struct ledger *ledger)
{
    uint64_t number = row_number(ledger, shape_record_points_posting());
    if (number == 1)
        audit_nightly(ledger);
    return number;
}

void book_post(struct ledger *ledger, struct book *book, uint64_t id,
               struct record_points_posting *posting)
{
    int64_t amount = (int64_t)posting->amount;
    int64_t before = book->account.available - book->account.owed;
    ASSERT(amount > 0);
    posting->at_ms = ledger->at_ms;
    posting->currency = (uint8_t)book->currency;
    posting->version = version_of(ledger);
    (void)slice_copy(ledger->actor, posting->actor, sizeof posting->actor);
    bool from_member = side(ledger, book, posting->from, -amount);
    bool to_member = side(ledger, book, posting->to, amount);
    total(ledger, book->currency, (to_member ? amount : 0) - (from_member ? amount : 0));
    posting->balance = book->account.available;
    aspect_store(ledger, book->telegram_id, shape_record_points_posting(), id, posting);
    const struct fact_points_posted posted = {.telegram_id = book->telegram_id,
                                              .posting = id,
                                              .currency = (uint64_t)book->currency,
                                              .amount = book->account.available -
                                                        book->account.owed - before,
                                              .balance = book->account.available,
                                              .rule = slice_from(posting->rule),
                                              .ref = slice_from(posting->ref)};
    /* Whoever hears it may post to these accounts, too. */
    book_close(ledger, book);
    fact_tell(ledger, shape_fact_points_posted(), &posted);
    (void)aspect_load(ledger, book->telegram_id, shape_record_points_account(),
                      (uint64_t)book->currency, &book->account);
}

void book_repay(struct ledger *ledger, struct book *book)
{
    struct record_points_posting posting = {
        .from = ACCOUNT_AVAILABLE, .to = ACCOUNT_DEBT, .rule = "repay"};
    int64_t amount =
        book->account.owed < book->account.available ? book->account.owed : book->account.available;
    if (amount == 0)
        return;
    uint64_t id = book_number(ledger);
    posting.amount = (uint64_t)amount;
    lots_take(ledger, book, amount, id, &posting);
    book_post(ledger, book, id, &posting);
}

void book_key(struct key *key, uint64_t number, struct slice first, struct slice second)
{
    key_clear(key);
    key_u64(key, number);
    key_text(key, first);
    key_text(key, second);
}

/* Only what is left of a lot goes. */
static void expire(struct ledger *ledger, struct book *book)
{
    uint64_t lot;
    struct record_points_lot row;
    while (lot_first(ledger, book->telegram_id, book->currency, &lot, &row)) {
        uint64_t expires_ms = lot_expires_ms(lot);
        if (expires_ms == 0 || expires_ms > ledger->at_ms)
            return;
        struct record_points_posting posting = {.from = ACCOUNT_AVAILABLE,
                                                .to = "expired",
                                                .amount = (uint64_t)row.rest,
                                                .rule = "expiry",
                                                .lot = lot,
                                                .expires_ms = expires_ms};
        uint64_t id = book_number(ledger);
        (void)lot_take(ledger, book, lot, row.rest);
        book_post(ledger, book, id, &posting);
        const struct fact_points_expired expired = {.telegram_id = book->telegram_id,
                                                    .posting = id,
                                                    .currency = (uint64_t)book->currency,
                                                    .amount = (uint64_t)row.rest};
        fact_tell(ledger, shape_fact_points_expired(), &expired);
    }
}

/* Is it one of the member's? */
static bool side(struct ledger *ledger, struct book *book, const char *name, int64_t delta)
{
    if (strcmp(name, ACCOUNT_AVAILABLE) == 0) {
        book->account.available += delta;
    } else if (strcmp(name, ACCOUNT_HELD) == 0) {
        book->account.held += delta;
    } else if (strcmp(name, ACCOUNT_DEBT) == 0) {
        book->account.owed -= delta;
    } else {
        house(ledger, book->currency, name, delta);
        return false;
    }
    return true;
}

static void house(struct ledger *ledger, enum points_currency currency, const char *name,
                  int64_t delta)
{
    struct key key;
    struct record_points_house row = {.balance = 0};
    book_key(&key, (uint64_t)currency, slice_from(name), SLICE(""));
    (void)row_load(ledger, shape_record_points_house(), &key, &row);
    row.balance += delta;
    row_store(ledger, shape_record_points_house(), &key, &row);
}

static void total(struct ledger *ledger, enum points_currency currency, int64_t delta)
{
    struct key key;
    struct record_points_total row = {.members = 0};
    key_clear(&key);
    key_u64(&key, (uint64_t)currency);
    (void)row_load(ledger, shape_record_points_total(), &key, &row);
    row.members += delta;
    row.postings++;
    row_store(ledger, shape_record_points_total(), &key, &row);
}

/* The beginning of the catalog's hash. */
static uint64_t version_of(const struct ledger *ledger)
{
    uint64_t version = 0;
    for (size_t i = 0; i < sizeof version; i++)
        version = version << 8 | ledger->catalog_hash[i];
    return version;
}
