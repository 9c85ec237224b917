/* What both kinds of store must do; each test runs on disk and in memory. */
#include "store/store.h"

#include "tests/unit/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct fixture {
    struct scratch scratch;
    struct store *store;
};

static const struct store_options small = {.map_bytes = 64 << 20};

static int setup_disk(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    ASSERT(fixture != NULL);
    scratch_init(&fixture->scratch);
    struct why why;
    ASSERT(store_open(fixture->scratch.path, &small, &fixture->store, &why) == ERROR_NONE);
    *state = fixture;
    return 0;
}

static int setup_memory(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    ASSERT(fixture != NULL);
    scratch_init(&fixture->scratch);
    ASSERT(store_open_memory(&fixture->store) == ERROR_NONE);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    store_close(&fixture->store);
    assert_null(fixture->store);
    store_close(&fixture->store);
    scratch_deinit(&fixture->scratch);
    free(fixture);
    return 0;
}

static struct store_txn *begin(void **state, bool write)
{
    struct fixture *fixture = *state;
    struct store_txn *txn;
    assert_int_equal(store_begin(fixture->store, write, &txn), ERROR_NONE);
    return txn;
}

static void put(struct store_txn *txn, const char *key, const char *value)
{
    assert_int_equal(store_put(txn, TABLE_orders, slice_from(key), slice_from(value)), ERROR_NONE);
}

static void commit(struct store_txn *txn)
{
    assert_int_equal(store_commit(&txn), ERROR_NONE);
    assert_null(txn);
}

static void assert_holds(struct store_txn *txn, const char *key, const char *expected)
{
    struct slice value;
    enum error error = store_get(txn, TABLE_orders, slice_from(key), &value);
    if (expected == NULL) {
        assert_int_equal(error, ERROR_NOT_FOUND);
        assert_null(value.data);
    } else {
        assert_int_equal(error, ERROR_NONE);
        assert_true(slice_is(value, expected));
    }
}

static void assert_seeks(struct store_txn *txn, const char *from, bool after, const char *expected)
{
    struct slice key, value;
    enum error error = store_seek(txn, TABLE_orders, slice_from(from), after, &key, &value);
    assert_int_equal(error, expected == NULL ? ERROR_NOT_FOUND : ERROR_NONE);
    assert_true(slice_equal(key, slice_from(expected)));
}

static void assert_seeks_back(struct store_txn *txn, const char *before, const char *expected)
{
    struct slice key, value;
    enum error error = store_seek_back(txn, TABLE_orders, slice_from(before), &key, &value);
    assert_int_equal(error, expected == NULL ? ERROR_NOT_FOUND : ERROR_NONE);
    assert_true(slice_equal(key, slice_from(expected)));
}

static void put_get_delete(void **state)
{
    struct store_txn *txn = begin(state, true);
    assert_holds(txn, "a", NULL);
    put(txn, "a", "1");
    put(txn, "b", "");
    put(txn, "a", "longer than before");
    assert_holds(txn, "a", "longer than before");
    assert_holds(txn, "b", "");
    assert_int_equal(store_count(txn, TABLE_orders), 2);
    assert_int_equal(store_count(txn, TABLE_people), 0);
    struct slice value;
    assert_int_equal(store_get(txn, TABLE_people, SLICE("a"), &value), ERROR_NOT_FOUND);
    commit(txn);
    txn = begin(state, true);
    assert_int_equal(store_delete(txn, TABLE_orders, SLICE("a")), ERROR_NONE);
    assert_int_equal(store_delete(txn, TABLE_orders, SLICE("a")), ERROR_NOT_FOUND);
    assert_holds(txn, "a", NULL);
    assert_int_equal(store_count(txn, TABLE_orders), 1);
    commit(txn);
    txn = begin(state, false);
    assert_holds(txn, "a", NULL);
    assert_holds(txn, "b", "");
    store_abort(&txn);
    assert_null(txn);
    store_abort(&txn);
}

static void abort_undoes_everything(void **state)
{
    struct store_txn *txn = begin(state, true);
    put(txn, "kept", "1");
    put(txn, "gone", "2");
    commit(txn);
    txn = begin(state, true);
    put(txn, "kept", "changed");
    put(txn, "kept", "changed twice");
    put(txn, "new", "3");
    assert_int_equal(store_delete(txn, TABLE_orders, SLICE("gone")), ERROR_NONE);
    put(txn, "gone", "again");
    assert_int_equal(store_delete(txn, TABLE_orders, SLICE("gone")), ERROR_NONE);
    put(txn, "brief", "4");
    assert_int_equal(store_delete(txn, TABLE_orders, SLICE("brief")), ERROR_NONE);
    store_abort(&txn);
    txn = begin(state, false);
    assert_holds(txn, "kept", "1");
    assert_holds(txn, "gone", "2");
    assert_holds(txn, "new", NULL);
    assert_holds(txn, "brief", NULL);
    assert_int_equal(store_count(txn, TABLE_orders), 2);
    store_abort(&txn);
}

static void seeking(void **state)
{
    struct store_txn *txn = begin(state, true);
    assert_seeks(txn, NULL, false, NULL);
    assert_seeks_back(txn, "x", NULL);
    put(txn, "b", "1");
    put(txn, "d", "2");
    put(txn, "dd", "3");
    assert_seeks(txn, NULL, false, "b");
    assert_seeks(txn, NULL, true, "b");
    assert_seeks(txn, "b", false, "b");
    assert_seeks(txn, "b", true, "d");
    assert_seeks(txn, "c", true, "d");
    assert_seeks(txn, "d", true, "dd");
    assert_seeks(txn, "dd", false, "dd");
    assert_seeks(txn, "dd", true, NULL);
    assert_seeks(txn, "\xFF", false, NULL);
    assert_seeks_back(txn, NULL, NULL);
    assert_seeks_back(txn, "a", NULL);
    assert_seeks_back(txn, "b", NULL);
    assert_seeks_back(txn, "c", "b");
    assert_seeks_back(txn, "dd", "d");
    assert_seeks_back(txn, "ddd", "dd");
    assert_seeks_back(txn, "\xFF", "dd");
    commit(txn);
}

/* What a scan that deletes as it goes does. */
static void seeking_behind_a_deleted_key(void **state)
{
    struct store_txn *txn = begin(state, true);
    for (unsigned i = 0; i < 1000; i++) {
        char text[16];
        ASSERT(snprintf(text, sizeof text, "%06u", i) == 6);
        put(txn, text, text);
    }
    char at[16] = "";
    struct slice key, value;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(store_seek(txn, TABLE_orders, slice_from(at), true, &key, &value),
                         ERROR_NONE);
        assert_true(slice_equal(key, value));
        assert_true(slice_copy(key, at, sizeof at));
        assert_int_equal((unsigned)atol(at), i);
        if (i % 3 != 0)
            assert_int_equal(store_delete(txn, TABLE_orders, key), ERROR_NONE);
    }
    assert_int_equal(store_count(txn, TABLE_orders), 334);
    commit(txn);
}

static void keys_and_values_at_their_limits(void **state)
{
    static char big[STORE_VALUE_MAX];
    memset(big, 'x', sizeof big);
    struct store_txn *txn = begin(state, true);
    struct slice longest = slice_of(big, STORE_KEY_MAX), value, key;
    struct slice too_long = slice_of(big, STORE_KEY_MAX + 1);
    assert_int_equal(store_put(txn, TABLE_meta, longest, slice_of(big, sizeof big)), ERROR_NONE);
    assert_int_equal(store_put(txn, TABLE_meta, SLICE("\0"), slice_of(NULL, 0)), ERROR_NONE);
    commit(txn);
    txn = begin(state, true);
    assert_int_equal(store_get(txn, TABLE_meta, longest, &value), ERROR_NONE);
    assert_true(slice_equal(value, slice_of(big, sizeof big)));
    assert_int_equal(store_get(txn, TABLE_meta, SLICE("\0"), &value), ERROR_NONE);
    assert_int_equal(value.len, 0);
    assert_int_equal(store_get(txn, TABLE_meta, too_long, &value), ERROR_NOT_FOUND);
    assert_int_equal(store_get(txn, TABLE_meta, slice_of(NULL, 0), &value), ERROR_NOT_FOUND);
    assert_int_equal(store_delete(txn, TABLE_meta, too_long), ERROR_NOT_FOUND);
    assert_int_equal(store_seek(txn, TABLE_meta, too_long, false, &key, &value), ERROR_NOT_FOUND);
    assert_int_equal(store_seek_back(txn, TABLE_meta, too_long, &key, &value), ERROR_NONE);
    assert_int_equal(key.len, STORE_KEY_MAX);
    store_abort(&txn);
}

static void bytes_are_compared_as_unsigned(void **state)
{
    struct store_txn *txn = begin(state, true);
    put(txn, "\x7F", "1");
    put(txn, "\x80", "2");
    assert_seeks(txn, "\x7F", true, "\x80");
    assert_seeks_back(txn, "\xFF", "\x80");
    commit(txn);
}

static void hash_of(void **state, char out[65])
{
    uint8_t hash[32];
    struct store_txn *txn = begin(state, false);
    assert_int_equal(store_hash(txn, hash), ERROR_NONE);
    store_abort(&txn);
    for (size_t i = 0; i < sizeof hash; i++)
        ASSERT(snprintf(out + 2 * i, 3, "%02x", hash[i]) == 2);
}

static void the_hash_sees_every_difference(void **state)
{
    char hashes[6][65];
    hash_of(state, hashes[0]);
    struct store_txn *txn = begin(state, true);
    put(txn, "ab", "c");
    commit(txn);
    hash_of(state, hashes[1]);
    txn = begin(state, true);
    assert_int_equal(store_delete(txn, TABLE_orders, SLICE("ab")), ERROR_NONE);
    put(txn, "a", "bc");
    commit(txn);
    hash_of(state, hashes[2]);
    txn = begin(state, true);
    put(txn, "b", "");
    commit(txn);
    hash_of(state, hashes[3]);
    txn = begin(state, true);
    assert_int_equal(store_delete(txn, TABLE_orders, SLICE("b")), ERROR_NONE);
    assert_int_equal(store_put(txn, TABLE_people, SLICE("b"), SLICE("")), ERROR_NONE);
    commit(txn);
    hash_of(state, hashes[4]);
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(hashes[i], hashes[k]);
    txn = begin(state, true);
    assert_int_equal(store_delete(txn, TABLE_orders, SLICE("a")), ERROR_NONE);
    assert_int_equal(store_delete(txn, TABLE_people, SLICE("b")), ERROR_NONE);
    commit(txn);
    hash_of(state, hashes[5]);
    assert_string_equal(hashes[5], hashes[0]);
    assert_int_equal(store_sync(((struct fixture *)*state)->store), ERROR_NONE);
}

static void tables_have_names(void **state)
{
    (void)state;
    assert_string_equal(table_name(TABLE_meta), "meta");
    assert_string_equal(table_name(TABLE_unsettled), "unsettled");
}

#define BOTH(test)                                                                                 \
    {#test " on disk", test, setup_disk, teardown, NULL},                                          \
    {                                                                                              \
#test " in memory", test, setup_memory, teardown, NULL                                     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(put_get_delete),
        BOTH(abort_undoes_everything),
        BOTH(seeking),
        BOTH(seeking_behind_a_deleted_key),
        BOTH(keys_and_values_at_their_limits),
        BOTH(bytes_are_compared_as_unsigned),
        BOTH(the_hash_sees_every_difference),
        cmocka_unit_test(tables_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
