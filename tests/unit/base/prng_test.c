#include "base/prng.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void known_sequence(void **state)
{
    (void)state;
    /* The first values of SplitMix64 seeded with 1234567, as published with Vigna's code. */
    struct prng prng = {1234567};
    assert_true(prng_next(&prng) == 6457827717110365317U);
    assert_true(prng_next(&prng) == 3203168211198807973U);
    assert_true(prng_next(&prng) == 9817491932198370423U);
    assert_true(prng_next(&prng) == 4593380528125082431U);
    assert_true(prng_next(&prng) == 16408922859458223821U);
}

static void below_is_below_and_even(void **state)
{
    (void)state;
    struct prng prng = {7};
    unsigned counts[10] = {0};
    for (int i = 0; i < 100000; i++) {
        uint64_t draw = prng_below(&prng, 10);
        assert_true(draw < 10);
        counts[draw]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(counts[i], 9500, 10500);
    for (int i = 0; i < 100; i++)
        assert_true(prng_below(&prng, 1) == 0);
}

/* With a bound of three quarters of the range a plain remainder would give the lowest quarter twice
 * as often as it should. */
static void below_has_no_bias(void **state)
{
    (void)state;
    struct prng prng = {11};
    uint64_t bound = 3U * (UINT64_C(1) << 62);
    unsigned low = 0;
    for (int i = 0; i < 30000; i++)
        low += prng_below(&prng, bound) < bound / 3 ? 1 : 0;
    assert_in_range(low, 9500, 10500);
}

static void secrets_differ(void **state)
{
    (void)state;
    unsigned char a[32] = {0};
    unsigned char b[32] = {0};
    random_bytes(a, sizeof(a));
    random_bytes(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    unsigned char guard = 0xA5;
    random_bytes(&guard, 0);
    assert_int_equal(guard, 0xA5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_sequence),
        cmocka_unit_test(below_is_below_and_even),
        cmocka_unit_test(below_has_no_bias),
        cmocka_unit_test(secrets_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
