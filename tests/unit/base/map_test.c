#include "base/map.h"
#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { KEYS = 512 };

static void agrees_with_an_array(void **state)
{
    (void)state;
    static char values[KEYS];
    static void *model[KEYS];
    struct prng prng = {.state = 42};
    struct map map;
    map_init(&map);
    assert_null(map_get(&map, 1));
    assert_null(map_remove(&map, 1));
    for (int step = 0; step < 100000; step++) {
        size_t n = (size_t)prng_below(&prng, KEYS);
        uint64_t key = (uint64_t)n * 4096; /* alike in their low bits */
        if (prng_below(&prng, 2) == 0) {
            void *value = &values[prng_below(&prng, KEYS)];
            assert_true(map_put(&map, key, value));
            model[n] = value;
        } else {
            assert_ptr_equal(map_remove(&map, key), model[n]);
            model[n] = NULL;
        }
        assert_ptr_equal(map_get(&map, key), model[n]);
    }
    size_t count = 0;
    for (size_t n = 0; n < KEYS; n++) {
        assert_ptr_equal(map_get(&map, (uint64_t)n * 4096), model[n]);
        count += model[n] != NULL;
    }
    assert_int_equal(map.count, count);
    size_t at = 0;
    size_t seen = 0;
    while (map_each(&map, &at) != NULL)
        seen++;
    assert_int_equal(seen, count);
    map_deinit(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_an_array)};
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
