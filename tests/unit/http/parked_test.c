#include "http/parked.h"

#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TIMEOUT_MS = 30000 };

static void an_entry_comes_back_once(void **state)
{
    struct parked *parked = parked_new(4, TIMEOUT_MS, 7);
    struct parked_entry entry = {.tag = 11, .received_us = 12, .label = "/hooks", .name = "stripe"};
    struct parked_entry out = {0};
    (void)state;

    uint64_t id = parked_add(parked, &entry, 1000);
    assert_int_not_equal(id, 0);
    assert_int_equal(parked_count(parked), 1);
    assert_true(parked_take(parked, id, &out));
    assert_int_equal(out.tag, 11);
    assert_int_equal(out.received_us, 12);
    assert_string_equal(out.label, "/hooks");
    assert_string_equal(out.name, "stripe");
    assert_false(parked_take(parked, id, &out));
    assert_int_equal(parked_count(parked), 0);
    parked_destroy(&parked);
    assert_null(parked);
}

static void a_full_table_says_so(void **state)
{
    struct parked *parked = parked_new(2, TIMEOUT_MS, 7);
    struct parked_entry entry = {.tag = 1};
    struct parked_entry out;
    (void)state;

    uint64_t first = parked_add(parked, &entry, 0);
    assert_int_not_equal(parked_add(parked, &entry, 0), 0);
    assert_int_equal(parked_add(parked, &entry, 0), 0);
    assert_int_equal(parked_count(parked), 2);
    assert_true(parked_take(parked, first, &out));
    assert_int_not_equal(parked_add(parked, &entry, 0), 0);
    parked_destroy(&parked);
}

static void an_id_is_never_used_again(void **state)
{
    struct parked *parked = parked_new(1, TIMEOUT_MS, 7);
    struct parked_entry entry = {.tag = 1};
    struct parked_entry out;
    uint64_t last = 0;
    (void)state;

    for (int i = 0; i < 100000; i++) {
        uint64_t id = parked_add(parked, &entry, 0);
        assert_int_not_equal(id, 0);
        assert_int_not_equal(id, last);
        assert_false(parked_take(parked, last, &out));
        assert_true(parked_take(parked, id, &out));
        last = id;
    }
    parked_destroy(&parked);
}

static void ids_of_another_epoch_are_strangers(void **state)
{
    struct parked *a = parked_new(4, TIMEOUT_MS, 2);
    struct parked *b = parked_new(4, TIMEOUT_MS, 4);
    struct parked_entry entry = {.tag = 1};
    struct parked_entry out;
    (void)state;

    uint64_t id = parked_add(a, &entry, 0);
    assert_int_not_equal(parked_add(b, &entry, 0), id);
    assert_false(parked_take(b, id, &out));
    assert_true(parked_take(a, id, &out));
    assert_false(parked_take(a, 0, &out));
    assert_false(parked_take(a, UINT64_MAX, &out));
    parked_destroy(&a);
    parked_destroy(&b);
}

static void the_oldest_runs_out_first(void **state)
{
    struct parked *parked = parked_new(8, TIMEOUT_MS, 7);
    struct parked_entry out;
    uint64_t ids[4];
    (void)state;

    assert_true(parked_deadline_ms(parked) == UINT64_MAX);
    for (uint64_t i = 0; i < 4; i++) {
        struct parked_entry entry = {.tag = i};
        ids[i] = parked_add(parked, &entry, 1000 * i);
    }
    assert_true(parked_take(parked, ids[1], &out)); /* from the middle of the list */
    assert_int_equal(parked_deadline_ms(parked), TIMEOUT_MS);
    assert_false(parked_expire(parked, TIMEOUT_MS - 1, &out));
    assert_true(parked_expire(parked, TIMEOUT_MS, &out));
    assert_int_equal(out.tag, 0);
    assert_false(parked_take(parked, ids[0], &out)); /* its verdict is too late */
    assert_false(parked_expire(parked, TIMEOUT_MS + 1999, &out));
    assert_true(parked_expire(parked, TIMEOUT_MS + 2000, &out));
    assert_int_equal(out.tag, 2);
    assert_true(parked_take(parked, ids[3], &out)); /* the last of the list */
    assert_true(parked_deadline_ms(parked) == UINT64_MAX);
    assert_false(parked_expire(parked, UINT64_MAX - 1, &out));
    parked_destroy(&parked);
}

/* Against a plain array. */
static void behaves_like_a_list(void **state)
{
    enum { MAX = 32, STEPS = 200000 };
    struct prng prng = {42};
    struct parked *parked = parked_new(MAX, 100, 7);
    uint64_t ids[MAX];
    uint64_t tags[MAX];
    uint64_t deadlines[MAX];
    size_t count = 0;
    uint64_t now_ms = 0;
    (void)state;

    for (uint64_t step = 1; step <= STEPS; step++) {
        struct parked_entry entry = {.tag = step};
        now_ms += prng_below(&prng, 4);
        uint64_t what = prng_below(&prng, 3);
        size_t at = MAX;
        if (what == 0) {
            uint64_t id = parked_add(parked, &entry, now_ms);
            assert_int_equal(id == 0, count == MAX);
            if (id != 0) {
                ids[count] = id;
                tags[count] = step;
                deadlines[count++] = now_ms + 100;
            }
        } else if (what == 1 && count > 0) {
            at = (size_t)prng_below(&prng, count);
            assert_true(parked_take(parked, ids[at], &entry));
        } else if (what == 2) {
            bool due = count > 0 && deadlines[0] <= now_ms;
            assert_int_equal(parked_expire(parked, now_ms, &entry), due);
            at = due ? 0 : MAX;
        }
        if (at < MAX) {
            assert_int_equal(entry.tag, tags[at]);
            for (size_t i = at; i + 1 < count; i++) {
                ids[i] = ids[i + 1];
                tags[i] = tags[i + 1];
                deadlines[i] = deadlines[i + 1];
            }
            count--;
        }
        assert_int_equal(parked_count(parked), count);
        assert_true(parked_deadline_ms(parked) == (count > 0 ? deadlines[0] : UINT64_MAX));
    }
    parked_destroy(&parked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_comes_back_once),
        cmocka_unit_test(a_full_table_says_so),
        cmocka_unit_test(an_id_is_never_used_again),
        cmocka_unit_test(ids_of_another_epoch_are_strangers),
        cmocka_unit_test(the_oldest_runs_out_first),
        cmocka_unit_test(behaves_like_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
