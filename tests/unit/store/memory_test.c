#include "store/store.h"

#include "base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void it_cannot_be_copied_and_takes_no_disk(void **state)
{
    (void)state;
    struct store *store;
    struct why why = {{0}};
    uint64_t used = 1, map = 1;
    assert_int_equal(store_open_memory(&store), ERROR_NONE);
    assert_int_equal(store_copy(store, "/nowhere", &why), ERROR_INVALID);
    assert_non_null(strstr(why.text, "/nowhere"));
    store_sizes(store, &used, &map);
    assert_int_equal(used, 0);
    assert_int_equal(map, 0);
    store_close(&store);
}

/* Enough keys for every level of the list, put in an order that is neither rising nor falling. */
static void a_hundred_thousand_keys_in_order(void **state)
{
    (void)state;
    enum { KEYS = 100003 }; /* a prime, so that steps of any size meet every key */
    struct store *store;
    struct store_txn *txn;
    assert_int_equal(store_open_memory(&store), ERROR_NONE);
    assert_int_equal(store_begin(store, true, &txn), ERROR_NONE);
    for (uint32_t i = 0, at = 0; i < KEYS; i++, at = (at + 31337) % KEYS) {
        uint8_t key[3] = {(uint8_t)(at >> 16), (uint8_t)(at >> 8), (uint8_t)at};
        assert_int_equal(store_put(txn, TABLE_people, slice_of(key, 3), slice_of(&at, 4)),
                         ERROR_NONE);
    }
    assert_int_equal(store_commit(&txn), ERROR_NONE);
    assert_int_equal(store_begin(store, false, &txn), ERROR_NONE);
    struct slice key = {NULL, 0}, value;
    for (uint32_t i = 0; i < KEYS; i++) {
        assert_int_equal(store_seek(txn, TABLE_people, key, true, &key, &value), ERROR_NONE);
        assert_memory_equal(value.data, &i, 4);
    }
    assert_int_equal(store_seek(txn, TABLE_people, key, true, &key, &value), ERROR_NOT_FOUND);
    assert_int_equal(store_count(txn, TABLE_people), KEYS);
    store_abort(&txn);
    store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_cannot_be_copied_and_takes_no_disk),
        cmocka_unit_test(a_hundred_thousand_keys_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
