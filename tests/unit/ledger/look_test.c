#include "ledger/look.h"
#include "ledger/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ledger ledger;

static bool ask(int64_t telegram_id)
{
    return look_ask(&ledger, SLICE("stripe"), SLICE("ord_1"), SLICE("cs_1"), telegram_id);
}

static void test_order_and_room(void **state)
{
    struct message message;
    (void)state;
    assert_false(look_take(&ledger, &message));
    for (unsigned round = 0; round < 3; round++) {
        for (int64_t i = 1; i <= LOOK_ROOM; i++)
            assert_true(ask(i));
        assert_false(ask(99)); /* left out */
        for (int64_t i = 1; i <= LOOK_ROOM; i++) {
            assert_true(look_take(&ledger, &message));
            assert_int_equal(message.kind, MESSAGE_look);
            assert_int_equal(message.look.telegram_id, i);
            assert_true(slice_is(message.look.gateway, "stripe"));
            assert_true(slice_is(message.look.order_id, "ord_1"));
            assert_true(slice_is(message.look.id, "cs_1"));
        }
        assert_true(ask(1)); /* so that the next round begins elsewhere */
        assert_true(look_take(&ledger, &message));
    }
}

/* What nobody waits for leaves room for who does. */
static void test_half_of_the_room(void **state)
{
    struct message message;
    (void)state;
    for (int64_t i = 0; i < LOOK_ROOM / 2; i++)
        assert_true(ask(0));
    assert_false(ask(0));
    assert_true(ask(7));
    for (int64_t i = 0; i <= LOOK_ROOM / 2; i++)
        assert_true(look_take(&ledger, &message));
    assert_false(look_take(&ledger, &message));
}

static void test_what_does_not_fit(void **state)
{
    char longest[256];
    struct message message;
    (void)state;
    memset(longest, 'x', sizeof longest);
    assert_true(look_ask(&ledger, SLICE("g"), SLICE("o"), slice_of(longest, 255), 1));
    assert_true(look_take(&ledger, &message));
    assert_true(message_fits(&message, NULL));
    assert_false(look_ask(&ledger, SLICE("g"), SLICE("o"), slice_of(longest, 256), 1));
    assert_false(look_ask(&ledger, slice_of(longest, 32), SLICE("o"), SLICE("i"), 1));
    assert_false(look_take(&ledger, &message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order_and_room),
                                       cmocka_unit_test(test_half_of_the_room),
                                       cmocka_unit_test(test_what_does_not_fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
