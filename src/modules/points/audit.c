#include "modules/points/audit.h"

#include "ledger/person.h"
#include "modules/points/lot.h"

enum { ROWS_PER_STEP = 900, MISMATCHES_MAX = 100, HOUR_MS = 3600 * 1000, NIGHT_HOUR = 4 };

/* What the timers are about. */
static const char night[] = "night";
static const char step[] = "step";

static void walk_key(struct key *key);
static void walk_on(struct ledger *ledger);
static void set_timer(struct ledger *ledger, uint64_t due_ms, const char *subject);
static uint64_t next_night_ms(struct ledger *ledger);
static unsigned check_member(struct ledger *ledger, int64_t telegram_id,
                             struct record_points_walk *walk);
static unsigned check_account(struct ledger *ledger, int64_t telegram_id,
                              enum points_currency currency, struct record_points_walk *walk);
static void found(struct ledger *ledger, int64_t telegram_id, enum points_currency currency,
                  const char *what, int64_t is, int64_t should, struct record_points_walk *walk);
static int64_t sum_of(struct ledger *ledger, enum points_currency currency);
static void add_mismatches(struct ledger *ledger, cJSON *out);

void audit_nightly(struct ledger *ledger)
{
    set_timer(ledger, next_night_ms(ledger), night);
}

unsigned audit_begin(struct ledger *ledger)
{
    struct key key;
    struct record_points_walk walk = {.runs = 0};
    struct record_points_mismatch old;
    walk_key(&key);
    if (row_load(ledger, shape_record_points_walk(), &key, &walk) && walk.runs != 0)
        return RESULT_audit_runs;
    walk = (struct record_points_walk){.runs = 1, .began_ms = ledger->at_ms};
    row_store(ledger, shape_record_points_walk(), &key, &walk);
    key_clear(&key);
    key_u64(&key, 0);
    while (row_next(ledger, shape_record_points_mismatch(), SLICE(""), false, &key, &old))
        row_delete(ledger, shape_record_points_mismatch(), &key);
    set_timer(ledger, TIMER_AT_ONCE_MS, step);
    return RESULT_ok;
}

void audit_timer(struct ledger *ledger, const char *subject)
{
    if (strcmp(subject, night) != 0) {
        walk_on(ledger);
        return;
    }
    audit_nightly(ledger);
    (void)audit_begin(ledger);
}

static void walk_on(struct ledger *ledger)
{
    struct key key;
    struct record_points_walk walk;
    struct record_member member;
    walk_key(&key);
    if (!row_load(ledger, shape_record_points_walk(), &key, &walk) || walk.runs == 0)
        return;
    for (unsigned rows = 0; rows < ROWS_PER_STEP && walk.runs != 0;) {
        if (member_next(ledger, &walk.at, &member)) {
            walk.members++;
            rows += 1 + check_member(ledger, walk.at, &walk);
        } else {
            walk.runs = 0;
            walk.ended_ms = ledger->at_ms;
        }
    }
    row_store(ledger, shape_record_points_walk(), &key, &walk);
    if (walk.runs != 0)
        set_timer(ledger, TIMER_AT_ONCE_MS, step);
}

void audit_answer(struct ledger *ledger, cJSON *out)
{
    struct key key;
    struct record_points_walk walk = {.runs = 0};
    cJSON *sums = cJSON_AddObjectToObject(out, "sum");
    for (unsigned i = 0; i < POINTS_CURRENCY_COUNT; i++)
        cJSON_AddNumberToObject(sums, points_currency_names[i],
                                (double)sum_of(ledger, (enum points_currency)i));
    add_mismatches(ledger, out);
    walk_key(&key);
    (void)row_load(ledger, shape_record_points_walk(), &key, &walk);
    cJSON *walked = cJSON_AddObjectToObject(out, "walk");
    cJSON_AddBoolToObject(walked, "runs", walk.runs != 0);
    cJSON_AddNumberToObject(walked, "members", (double)walk.members);
    cJSON_AddNumberToObject(walked, "mismatches", (double)walk.mismatches);
    json_add_time_or_null(walked, "began", walk.began_ms);
    json_add_time_or_null(walked, "ended", walk.ended_ms);
}

static void walk_key(struct key *key)
{
    key_clear(key);
    key_u8(key, 1);
}

static void set_timer(struct ledger *ledger, uint64_t due_ms, const char *subject)
{
    timer_set(ledger, due_ms, (enum timer_kind)MODULE_points, 0, subject);
}

static uint64_t next_night_ms(struct ledger *ledger)
{
    int64_t tomorrow_ms = calendar_add(ledger->calendar, (int64_t)ledger->at_ms,
                                       (struct period){.months = 0, .days = 1});
    return (uint64_t)tomorrow_ms - calendar_time_of_day(ledger->calendar, tomorrow_ms) +
           NIGHT_HOUR * (uint64_t)HOUR_MS;
}

/* Returns how many rows it has looked at. */
static unsigned check_member(struct ledger *ledger, int64_t telegram_id,
                             struct record_points_walk *walk)
{
    unsigned rows = 0;
    for (unsigned i = 0; i < POINTS_CURRENCY_COUNT; i++)
        rows += check_account(ledger, telegram_id, (enum points_currency)i, walk);
    return rows;
}

static unsigned check_account(struct ledger *ledger, int64_t telegram_id,
                              enum points_currency currency, struct record_points_walk *walk)
{
    struct record_points_account account = {.available = 0};
    struct record_points_lot lot;
    struct record_points_hold hold;
    int64_t lots = 0;
    int64_t held = 0;
    uint64_t n;
    unsigned rows = 1;
    if (!aspect_load(ledger, telegram_id, shape_record_points_account(), (uint64_t)currency,
                     &account))
        return rows;
    for (bool any = lot_first(ledger, telegram_id, currency, &n, &lot); any;
         any = lot_next(ledger, telegram_id, &n, &lot), rows++)
        lots += lot.rest;
    n = 0;
    for (; aspect_next(ledger, telegram_id, shape_record_points_hold(), true, &n, &hold); rows++)
        held += hold.currency == (uint8_t)currency ? (int64_t)hold.amount : 0;
    if (account.available != lots)
        found(ledger, telegram_id, currency, "available", account.available, lots, walk);
    if (account.held != held)
        found(ledger, telegram_id, currency, "held", account.held, held, walk);
    if (account.owed != 0 && account.available != 0)
        found(ledger, telegram_id, currency, "owed", account.owed, 0, walk);
    return rows;
}

static void found(struct ledger *ledger, int64_t telegram_id, enum points_currency currency,
                  const char *what, int64_t is, int64_t should, struct record_points_walk *walk)
{
    struct key key;
    struct record_points_mismatch row = {
        .telegram_id = telegram_id, .currency = (uint8_t)currency, .is = is, .should = should};
    if (walk->mismatches++ >= MISMATCHES_MAX)
        return;
    (void)slice_copy(slice_from(what), row.what, sizeof row.what);
    key_clear(&key);
    key_u64(&key, walk->mismatches);
    row_store(ledger, shape_record_points_mismatch(), &key, &row);
}

/* The house has an account for each source, sink and operator. */
static int64_t sum_of(struct ledger *ledger, enum points_currency currency)
{
    struct key key;
    struct record_points_total total = {.members = 0};
    struct record_points_house house;
    key_clear(&key);
    key_u64(&key, (uint64_t)currency);
    struct key at = key;
    (void)row_load(ledger, shape_record_points_total(), &key, &total);
    int64_t sum = total.members;
    while (row_next(ledger, shape_record_points_house(), key_slice(&key), true, &at, &house))
        sum += house.balance;
    return sum;
}

static void add_mismatches(struct ledger *ledger, cJSON *out)
{
    struct key key;
    struct record_points_mismatch row;
    cJSON *list = cJSON_AddArrayToObject(out, "mismatches");
    key_clear(&key);
    key_u64(&key, 0);
    while (row_next(ledger, shape_record_points_mismatch(), SLICE(""), true, &key, &row)) {
        cJSON *item = json_add_item(list);
        cJSON_AddNumberToObject(item, "telegram_id", (double)row.telegram_id);
        cJSON_AddStringToObject(item, "currency", points_currency_names[row.currency]);
        cJSON_AddStringToObject(item, "account", row.what);
        cJSON_AddNumberToObject(item, "is", (double)row.is);
        cJSON_AddNumberToObject(item, "should", (double)row.should);
    }
}
