/* Points in every order: what random members earn, spend, hold, capture, release, lose by time and
 * have reversed must keep, after every step, each currency's accounts at a sum of 0, nothing below
 * 0, what is available equal to what the open lots hold, what is held equal to the holds, and debt
 * only where nothing is available. One seed makes a whole run; it is printed, and a failing run is
 * repeated with it.
 *
 *     points_property [SEED [STEPS]] */
#include "base/prng.h"
#include "ledger/ledger.h"
#include "modules/points/hold.h"
#include "modules/points/lot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MEMBERS = 5, REFS = 4, KEYS = 6, HOUR_MS = 3600 * 1000 };

struct run {
    struct prng prng;
    struct store *store;
    struct ledger *ledger;
    uint64_t seed, steps, now_ms, sequence, postings;
    uint64_t done[16]; /* steps of each kind that were not refused */
};

static void check(const struct run *run, bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "points_property: seed %" PRIu64 ", step %" PRIu64 ": %s\n", run->seed,
            run->steps, what);
    abort();
}

static void apply(struct run *run, const struct message *message)
{
    struct buf bytes;
    unsigned result;
    buf_init(&bytes, 1 << 16);
    wire_encode(&bytes, message);
    check(run, ledger_begin(run->ledger) == ERROR_NONE, "begin");
    check(run,
          ledger_apply(run->ledger, ++run->sequence, run->now_ms, buf_slice(&bytes), &result,
                       NULL) == ERROR_NONE,
          "apply");
    check(run, ledger_commit(run->ledger) == ERROR_NONE, "commit");
    buf_deinit(&bytes);
}

/* Another configuration now and then: with expiry, or without; with caps; with debt, or not. */
static void configure(struct run *run)
{
    struct buf rows;
    char hash[32] = "";
    const struct message community = {
        .kind = MESSAGE_catalog_community,
        .catalog_community = {.name = SLICE("Club"),
                              .timezone = prng_below(&run->prng, 2) == 0
                                              ? SLICE("Asia/Shanghai")
                                              : SLICE("America/Santiago"),
                              .removals_per_hour = 1}};
    const struct points_rules rules = {
        .expiry = period_pack((struct period){(uint32_t)prng_below(&run->prng, 3),
                                              (uint32_t)prng_below(&run->prng, 20)}),
        .end_of_month = prng_below(&run->prng, 2),
        .cap_day = prng_below(&run->prng, 2) * 100,
        .cap_week = prng_below(&run->prng, 2) * 300,
        .no_debt = prng_below(&run->prng, 4) == 0};
    buf_init(&rows, 65536);
    wire_encode(&rows, &community);
    shape_encode(&rows, shape_points_rules(), &rules);
    hash[0] = (char)run->steps;
    const struct message message = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {slice_of(hash, sizeof hash), buf_slice(&rows)}};
    apply(run, &message);
    buf_deinit(&rows);
}

static void tick(struct run *run)
{
    const struct message message = {.kind = MESSAGE_cmd_tick, .cmd_tick = {run->now_ms}};
    apply(run, &message);
}

/* The rows of one member's currency against each other; returns what it has in all. */
static int64_t audit_account(struct run *run, int64_t member, enum points_currency currency)
{
    struct record_points_account account = {.available = 0};
    struct record_points_lot lot;
    struct record_points_hold hold;
    int64_t lots = 0;
    int64_t held = 0;
    uint64_t n;
    (void)aspect_load(run->ledger, member, shape_record_points_account(), (uint64_t)currency,
                      &account);
    for (bool any = lot_first(run->ledger, member, currency, &n, &lot); any;
         any = lot_next(run->ledger, member, &n, &lot)) {
        check(run, lot.rest > 0, "an open lot holds something");
        lots += lot.rest;
    }
    n = 0;
    while (aspect_next(run->ledger, member, shape_record_points_hold(), true, &n, &hold)) {
        uint64_t id = 0;
        held += hold.currency == (uint8_t)currency ? (int64_t)hold.amount : 0;
        check(run, hold_of(run->ledger, member, slice_from(hold.ref), &id) && id == n,
              "each hold has its ref");
    }
    check(run, account.available >= 0 && account.held >= 0 && account.owed >= 0,
          "no account is below 0");
    check(run, account.available == lots, "what is available is what the open lots hold");
    check(run, account.held == held, "what is held is what the holds say");
    check(run, account.owed == 0 || account.available == 0,
          "debt is paid while there is something");
    return account.available + account.held - account.owed;
}

static void audit(struct run *run)
{
    for (unsigned currency = 0; currency < POINTS_CURRENCY_COUNT; currency++) {
        struct key key;
        struct record_points_house house;
        struct record_points_total total = {.members = 0};
        int64_t members = 0;
        for (int64_t member = 1; member <= MEMBERS; member++)
            members += audit_account(run, member, (enum points_currency)currency);
        key_clear(&key);
        key_u64(&key, currency);
        struct key at = key;
        (void)row_load(run->ledger, shape_record_points_total(), &key, &total);
        check(run, members == total.members, "the running total is what members have");
        while (
            row_next(run->ledger, shape_record_points_house(), key_slice(&key), true, &at, &house))
            members += house.balance;
        check(run, members == 0, "all accounts add up to 0");
    }
    check(run, run->ledger->error == ERROR_NONE, "the ledger is sound");
}

static unsigned one_step(struct run *run, unsigned kind)
{
    static const char *const refs[REFS] = {"draw/1", "draw/2", "auction/1", "shop/9"};
    static const char *const keys[KEYS] = {"", "", "", "a", "b", "c"};
    struct points_move move = {
        .telegram_id = 1 + (int64_t)prng_below(&run->prng, MEMBERS),
        .currency = (enum points_currency)(prng_below(&run->prng, 8) % POINTS_CURRENCY_COUNT),
        .amount = 1 + (int64_t)prng_below(&run->prng, 120),
        .account = kind == 0 ? SLICE("issue/test") : SLICE("burn/test"),
        .rule = SLICE("test"),
        .key = slice_from(keys[prng_below(&run->prng, KEYS)]),
        .ref = slice_from(refs[prng_below(&run->prng, REFS)]),
        .capped = prng_below(&run->prng, 2) == 0};
    struct points_done done = {.posting = 0};
    move.expires_ms =
        prng_below(&run->prng, 2) * (run->now_ms + prng_below(&run->prng, 200) * HOUR_MS + 1);
    unsigned result = RESULT_ok;
    if (kind == 0)
        result = points_give(run->ledger, &move, &done);
    else if (kind == 1)
        result = points_take(run->ledger, &move, &done);
    else if (kind == 2)
        result = points_hold(run->ledger, &move, &done);
    else if (kind == 3)
        result = points_capture(run->ledger, &move, &done);
    else if (kind == 4)
        result = points_release(run->ledger, &move, &done);
    else
        result = points_reverse(run->ledger, move.telegram_id,
                                1 + prng_below(&run->prng, run->postings + 1), SLICE(""), &done);
    run->postings = done.posting > run->postings ? done.posting : run->postings;
    if (result == RESULT_ok && !done.duplicate)
        check(run,
              done.balance == points_available(run->ledger, move.telegram_id, move.currency) ||
                  kind > 2,
              "the balance told is what is there");
    return result;
}

static void step(struct run *run)
{
    static const unsigned weights[] = {0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 5, 5, 6, 6, 7};
    unsigned kind = weights[prng_below(&run->prng, sizeof weights / sizeof *weights)];
    run->steps++;
    if (kind == 7 && prng_below(&run->prng, 10) == 0) {
        configure(run);
    } else if (kind >= 6) {
        run->now_ms += prng_below(&run->prng, 72) * (uint64_t)HOUR_MS;
        if (prng_below(&run->prng, 2) == 0) /* time passes, and what is due is not looked at yet */
            tick(run);
        run->done[kind]++;
    }
    check(run, ledger_begin(run->ledger) == ERROR_NONE, "begin");
    run->ledger->at_ms = run->now_ms;
    if (kind < 6)
        run->done[kind] += one_step(run, kind) == RESULT_ok;
    audit(run);
    check(run, ledger_commit(run->ledger) == ERROR_NONE, "commit");
}

int main(int argc, char **argv)
{
    struct run run = {.now_ms = UINT64_C(1767225600000)};
    uint64_t steps = argc > 2 ? strtoull(argv[2], NULL, 10) : 20000;
    run.seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    if (run.seed == 0)
        random_bytes(&run.seed, sizeof run.seed);
    run.prng.state = run.seed;
    printf("points_property: seed %" PRIu64 "\n", run.seed);
    check(&run, store_open_memory(&run.store) == ERROR_NONE, "a store");
    check(&run, ledger_open(run.store, &run.ledger, NULL) == ERROR_NONE, "a ledger");
    configure(&run);
    while (run.steps < steps)
        step(&run);
    for (unsigned kind = 0; kind < 6; kind++)
        check(&run, run.done[kind] > 0 || steps < 5000, "each kind of step happens");
    printf("points_property: %" PRIu64 " steps, %" PRIu64 " postings: given %" PRIu64
           ", taken %" PRIu64 ", held %" PRIu64 ", captured %" PRIu64 ", released %" PRIu64
           ", reversed %" PRIu64 "\n",
           run.steps, run.postings, run.done[0], run.done[1], run.done[2], run.done[3], run.done[4],
           run.done[5]);
    ledger_close(&run.ledger);
    store_close(&run.store);
    return 0;
}
