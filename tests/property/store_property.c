/* The store in memory against the store on disk: the same random operations must give the same
 * answers, and after every commit, abort and reopening the same hash. One seed makes a whole run;
 * it is printed, and a failing run is repeated with it.
 *
 *     store_property [SEED [TRANSACTIONS]] */
#include "store/store.h"

#include "base/prng.h"
#include "tests/unit/store/scratch.h"

#include <inttypes.h>

enum { OPERATIONS_MAX = 200, KEY_ROOM = 64, VALUE_ROOM = 20000 };

struct run {
    struct prng prng;
    struct scratch scratch;
    struct store *stores[2]; /* memory, disk */
    struct store_txn *txns[2];
    uint64_t transactions, operations;
};

static const struct store_options options = {.map_bytes = 256 << 20};

/* Keys from a small alphabet, so that they meet again, are prefixes of each other and neighbours.
 */
static struct slice draw_key(struct run *run, char room[KEY_ROOM])
{
    static const char alphabet[] = {0, 'a', 'b', '\x7F', '\x80', '\xFF'};
    size_t len = 1 + prng_below(&run->prng, 1 + prng_below(&run->prng, KEY_ROOM - 1));
    size_t varied = prng_below(&run->prng, 5);
    for (size_t i = 0; i < len; i++)
        room[i] = i + varied >= len ? alphabet[prng_below(&run->prng, sizeof alphabet)] : 'k';
    return slice_of(room, len);
}

/* Mostly small; now and then over a page, where LMDB stores differently. */
static struct slice draw_value(struct run *run, char *room)
{
    size_t len = prng_below(&run->prng, prng_below(&run->prng, 20) == 0 ? VALUE_ROOM : 120);
    memset(room, (int)prng_below(&run->prng, 256), len);
    return slice_of(room, len);
}

static void check(const struct run *run, bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "store_property: %s differ in transaction %" PRIu64 ", operation %" PRIu64 "\n",
            what, run->transactions, run->operations);
    abort();
}

static void begin(struct run *run, bool write)
{
    for (int i = 0; i < 2; i++)
        check(run, store_begin(run->stores[i], write, &run->txns[i]) == ERROR_NONE, "beginnings");
}

static void compare_hashes(struct run *run)
{
    uint8_t hashes[2][32];
    for (int i = 0; i < 2; i++)
        check(run, store_hash(run->txns[i], hashes[i]) == ERROR_NONE, "hashes");
    check(run, memcmp(hashes[0], hashes[1], sizeof hashes[0]) == 0, "hashes");
}

static void read_something(struct run *run, enum table table, struct slice at, bool walk)
{
    struct slice key[2], value[2];
    enum error error[2];
    uint64_t kind = prng_below(&run->prng, 4);
    char former[KEY_ROOM];
    for (uint64_t steps = walk ? 1 + prng_below(&run->prng, 20) : 1; steps > 0; steps--) {
        for (int i = 0; i < 2; i++) {
            key[i] = at;
            if (kind == 0)
                error[i] = store_get(run->txns[i], table, at, &value[i]);
            else if (kind == 1)
                error[i] = store_seek_back(run->txns[i], table, at, &key[i], &value[i]);
            else
                error[i] = store_seek(run->txns[i], table, at, kind == 2, &key[i], &value[i]);
        }
        check(run, error[0] == error[1], "errors of reading");
        check(run, slice_equal(key[0], key[1]), "keys");
        check(run, slice_equal(value[0], value[1]), "values");
        if (error[0] != ERROR_NONE || kind == 0)
            return;
        ASSERT(key[0].len <= sizeof former);
        memcpy(former, key[0].data, key[0].len);
        at = slice_of(former, key[0].len);
    }
}

static void operate(struct run *run)
{
    static char value_room[VALUE_ROOM];
    char key_room[KEY_ROOM];
    /* Few tables, so that they fill; two neighbours and the last. */
    static const enum table tables[] = {TABLE_meta, TABLE_people, TABLE_COUNT - 1};
    enum table table = tables[prng_below(&run->prng, 3)];
    struct slice key = draw_key(run, key_room), value = draw_value(run, value_room);
    enum error error[2];
    uint64_t choice = prng_below(&run->prng, 10);
    run->operations++;
    if (choice < 4) {
        for (int i = 0; i < 2; i++)
            error[i] = store_put(run->txns[i], table, key, value);
        check(run, error[0] == ERROR_NONE && error[1] == ERROR_NONE, "puts");
    } else if (choice < 7) {
        for (int i = 0; i < 2; i++)
            error[i] = store_delete(run->txns[i], table, key);
        check(run, error[0] == error[1], "deletions");
    } else {
        read_something(run, table, key, choice == 9);
    }
    check(run, store_count(run->txns[0], table) == store_count(run->txns[1], table), "counts");
}

static void transact(struct run *run)
{
    begin(run, true);
    for (uint64_t n = prng_below(&run->prng, OPERATIONS_MAX); n > 0; n--)
        operate(run);
    bool abort_it = prng_below(&run->prng, 4) == 0;
    for (int i = 0; i < 2; i++)
        if (abort_it)
            store_abort(&run->txns[i]);
        else
            check(run, store_commit(&run->txns[i]) == ERROR_NONE, "commits");
    if (prng_below(&run->prng, 50) == 0) {
        struct why why;
        store_close(&run->stores[1]);
        check(run,
              store_open(scratch_path(&run->scratch, "state"), &options, &run->stores[1], &why) ==
                  ERROR_NONE,
              "openings");
    }
    begin(run, false);
    compare_hashes(run);
    read_something(run, TABLE_people, slice_of(NULL, 0), true);
    for (int i = 0; i < 2; i++)
        store_abort(&run->txns[i]);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    uint64_t transactions = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000;
    if (seed == 0)
        random_bytes(&seed, sizeof seed);
    printf("store_property: seed %" PRIu64 ", %" PRIu64 " transactions\n", seed, transactions);
    fflush(stdout);
    struct run run = {.prng = {seed}};
    struct why why;
    scratch_init(&run.scratch);
    ASSERT(store_open_memory(&run.stores[0]) == ERROR_NONE);
    ASSERT(store_open(scratch_path(&run.scratch, "state"), &options, &run.stores[1], &why) ==
           ERROR_NONE);
    while (run.transactions < transactions) {
        run.transactions++;
        transact(&run);
    }
    printf("store_property: %" PRIu64 " operations, all the same\n", run.operations);
    for (int i = 0; i < 2; i++)
        store_close(&run.stores[i]);
    scratch_deinit(&run.scratch);
    return 0;
}
