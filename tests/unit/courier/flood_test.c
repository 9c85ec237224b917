#include "courier/flood.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static int64_t hit(struct flood *flood, int64_t chat_id, uint64_t until_ms, uint64_t now_ms)
{
    return flood_hit(flood, chat_id, &until_ms, now_ms);
}

static void the_first_names_its_chat_and_one_call_at_a_time_goes_on(void **state)
{
    (void)state;
    struct flood flood = {0};
    assert_int_equal(flood_ready_at(&flood), 0);
    flood_sent(&flood, 900);
    assert_int_equal(hit(&flood, 7, 6000, 1000), 7);
    flood_ended(&flood, 900, false);
    assert_true(flood_ready_at(&flood) <= 1000);
    flood_sent(&flood, 1100);
    assert_int_equal(flood_ready_at(&flood), 1100 + FLOOD_PATIENCE_MS);
    flood_ended(&flood, 1100, true); /* it was the chat */
    assert_true(flood_ready_at(&flood) <= 1100);
    flood_sent(&flood, 1200);
    assert_true(flood_ready_at(&flood) <= 1200);
}

static void a_second_chat_makes_it_the_bot(void **state)
{
    (void)state;
    struct flood flood = {0};
    assert_int_equal(hit(&flood, 7, 9000, 1000), 7);
    flood_sent(&flood, 1100);
    uint64_t until_ms = 3000;
    assert_int_equal(flood_hit(&flood, 8, &until_ms, 1200), 0);
    assert_int_equal(until_ms, 9000); /* the longer wait holds */
    assert_int_equal(flood_ready_at(&flood), 9000);
}

static void an_answer_in_between_refutes(void **state)
{
    (void)state;
    struct flood flood = {0};
    assert_int_equal(hit(&flood, 7, 9000, 1000), 7);
    flood_sent(&flood, 1100);
    flood_ended(&flood, 1100, true);
    assert_int_equal(hit(&flood, 8, 9000, 1300), 8);
}

static void an_answer_to_an_earlier_call_proves_nothing(void **state)
{
    (void)state;
    struct flood flood = {0};
    assert_int_equal(hit(&flood, 7, 9000, 1000), 7);
    flood_ended(&flood, 999, true);
    assert_int_equal(hit(&flood, 8, 9000, 1300), 0);
}

static void a_refusal_or_a_failure_refutes_nothing(void **state)
{
    (void)state;
    struct flood flood = {0};
    assert_int_equal(hit(&flood, 7, 9000, 1000), 7);
    flood_sent(&flood, 1100);
    flood_ended(&flood, 1100, false);
    assert_true(flood_ready_at(&flood) <= 1100); /* but the next may try */
    assert_int_equal(hit(&flood, 8, 9000, 1300), 0);
}

static void the_same_chat_again_is_still_the_chat(void **state)
{
    (void)state;
    struct flood flood = {0};
    assert_int_equal(hit(&flood, 7, 9000, 1000), 7);
    assert_int_equal(hit(&flood, 7, 9500, 1010), 7);
    assert_true(flood_ready_at(&flood) <= 1010);
}

static void another_chat_after_the_first_wait_is_a_new_story(void **state)
{
    (void)state;
    struct flood flood = {0};
    assert_int_equal(hit(&flood, 7, 3000, 1000), 7);
    assert_int_equal(hit(&flood, 8, 9000, 3000), 8);
}

static void a_call_without_a_chat_names_the_bot(void **state)
{
    (void)state;
    struct flood flood = {0};
    assert_int_equal(hit(&flood, 0, 4000, 1000), 0);
    assert_int_equal(flood_ready_at(&flood), 4000);
    /* After the wait one call goes first, and if that is refused it is the bot again. */
    flood_sent(&flood, 4001);
    assert_int_equal(flood_ready_at(&flood), 4001 + FLOOD_PATIENCE_MS);
    assert_int_equal(hit(&flood, 9, 8000, 4100), 0);
    assert_int_equal(flood_ready_at(&flood), 8000);
    flood_sent(&flood, 8000);
    flood_ended(&flood, 8000, true);
    assert_int_equal(hit(&flood, 9, 12000, 8100), 9);
}

static void an_answer_does_not_end_a_freeze(void **state)
{
    (void)state;
    struct flood flood = {0};
    flood_freeze(&flood, 60000, 1000);
    flood_ended(&flood, 1000, true);
    assert_int_equal(flood_ready_at(&flood), 60000);
    flood_freeze(&flood, 30000, 1001); /* a shorter one does not either */
    assert_int_equal(flood_ready_at(&flood), 60000);
    flood_freeze(&flood, 900, 1001); /* nor one that is over */
    assert_int_equal(flood_ready_at(&flood), 60000);
    assert_int_equal(hit(&flood, 5, 70000, 60001), 0); /* the watch goes on */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_names_its_chat_and_one_call_at_a_time_goes_on),
        cmocka_unit_test(a_second_chat_makes_it_the_bot),
        cmocka_unit_test(an_answer_in_between_refutes),
        cmocka_unit_test(an_answer_to_an_earlier_call_proves_nothing),
        cmocka_unit_test(a_refusal_or_a_failure_refutes_nothing),
        cmocka_unit_test(the_same_chat_again_is_still_the_chat),
        cmocka_unit_test(another_chat_after_the_first_wait_is_a_new_story),
        cmocka_unit_test(a_call_without_a_chat_names_the_bot),
        cmocka_unit_test(an_answer_does_not_end_a_freeze),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
