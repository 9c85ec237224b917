#include "courier/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct queue_limits limits = {1, 2, 500};

/* Long after the start, so that budgets are whole. */
enum { START = 1000, T = 1000000 };

static struct queue_item item(unsigned priority, uint64_t turn_ms, uint64_t delivery)
{
    return (struct queue_item){.priority = priority, .turn_ms = turn_ms, .delivery = delivery};
}

static struct queue_item *first_at(struct queue *queue, uint64_t now_ms)
{
    queue_advance(queue, now_ms);
    return queue_first(queue);
}

static void goes_by_priority_then_order_then_delivery(void **state)
{
    (void)state;
    struct queue queue;
    queue_init(&queue, &limits, START);
    struct queue_item items[] = {item(1, 50, 9), item(1, 50, 8), item(0, 90, 7), item(1, 40, 99),
                                 item(6, 1, 1)};
    static const uint64_t wanted[] = {7, 99, 8, 9, 1};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(queue_add(&queue, &items[i], i % 2 ? 0 : (int64_t)i + 1, T), ERROR_NONE);
    assert_int_equal(queue_ready_count(&queue), 5);
    for (size_t i = 0; i < 5; i++) {
        struct queue_item *next = first_at(&queue, T);
        assert_non_null(next);
        assert_int_equal(next->delivery, wanted[i]);
        queue_take(&queue, next, T);
    }
    assert_null(first_at(&queue, T));
    assert_int_equal(queue_ready_at(&queue), UINT64_MAX);
    queue_deinit(&queue);
}

static void a_busy_chat_does_not_hold_up_others(void **state)
{
    (void)state;
    struct queue queue;
    queue_init(&queue, &limits, START);
    struct queue_item a = item(0, 1, 1), b = item(0, 2, 2), c = item(5, 3, 3);
    queue_add(&queue, &a, 42, T);
    queue_add(&queue, &b, 42, T);
    queue_add(&queue, &c, 43, T);
    queue_take(&queue, first_at(&queue, T), T);
    assert_ptr_equal(first_at(&queue, T), &c);
    queue_take(&queue, &c, T);
    assert_null(first_at(&queue, T + 1));
    /* Unanswered, the budget comes back after transit and window; answered, after the window. */
    assert_in_range(queue_ready_at(&queue), T + 1501, T + 1505);
    queue_settle(&queue, &a, T, true, T + 10);
    assert_in_range(queue_ready_at(&queue), T + 1011, T + 1015);
    assert_ptr_equal(first_at(&queue, T + 1015), &b);
    queue_take(&queue, &b, T + 1015);
    queue_settle(&queue, &b, T + 1015, false, T + 1020);
    queue_settle(&queue, &c, T, true, T + 1020);
    queue_deinit(&queue);
}

static void a_group_has_so_many_a_minute(void **state)
{
    (void)state;
    struct queue queue;
    queue_init(&queue, &limits, START);
    struct queue_item items[3] = {item(0, 1, 1), item(0, 1, 2), item(0, 1, 3)};
    for (size_t i = 0; i < 3; i++)
        queue_add(&queue, &items[i], -100, T);
    for (size_t i = 0; i < 2; i++) {
        queue_take(&queue, first_at(&queue, T), T);
        queue_settle(&queue, &items[i], T, true, T);
    }
    assert_null(first_at(&queue, T + 60000));
    assert_ptr_equal(first_at(&queue, T + 60100), &items[2]);
    queue_deinit(&queue);
}

static void budgets_start_as_spent(void **state)
{
    (void)state;
    struct queue queue;
    queue_init(&queue, &limits, START);
    struct queue_item person = item(0, 1, 1), group = item(0, 1, 2), bot = item(0, 1, 3);
    queue_add(&queue, &person, 42, START + 5);
    queue_add(&queue, &group, -42, START + 5);
    queue_add(&queue, &bot, 0, START + 5);
    assert_ptr_equal(first_at(&queue, START + 5), &bot);
    queue_take(&queue, &bot, START + 5);
    assert_null(first_at(&queue, START + 1000));
    assert_ptr_equal(first_at(&queue, START + 1005), &person);
    queue_take(&queue, &person, START + 1005);
    assert_null(first_at(&queue, START + 60000));
    assert_ptr_equal(first_at(&queue, START + 60100), &group);
    queue_deinit(&queue);
}

static void a_frozen_chat_waits_and_thaws(void **state)
{
    (void)state;
    struct queue queue;
    queue_init(&queue, &limits, START);
    struct queue_item a = item(0, 1, 1), b = item(1, 1, 2);
    queue_add(&queue, &a, 42, T);
    queue_add(&queue, &b, 43, T);
    assert_int_equal(queue_freeze(&queue, 42, T + 5000, T), ERROR_NONE);
    assert_ptr_equal(first_at(&queue, T), &b);
    assert_int_equal(queue_ready_count(&queue), 1);
    queue_take(&queue, &b, T);
    assert_int_equal(queue_freeze(&queue, 42, T + 3000, T), ERROR_NONE); /* no shorter */
    assert_null(first_at(&queue, T + 4999));
    assert_int_equal(queue_ready_at(&queue), T + 5000);
    assert_ptr_equal(first_at(&queue, T + 5000), &a);
    queue_deinit(&queue);
}

static void a_call_that_starts_later_moves_its_budget(void **state)
{
    (void)state;
    struct queue queue;
    queue_init(&queue, &limits, START);
    struct queue_item a = item(0, 1, 1), b = item(0, 2, 2);
    queue_add(&queue, &a, 42, T);
    queue_add(&queue, &b, 42, T);
    queue_take(&queue, first_at(&queue, T), T);
    assert_true(queue_postpone(&queue, &a, T, T + 400));
    assert_in_range(queue_ready_at(&queue), T + 1901, T + 1905);
    queue_settle(&queue, &a, T + 400, true, T + 450);
    assert_in_range(queue_ready_at(&queue), T + 1451, T + 1455);
    queue_take(&queue, first_at(&queue, T + 1455), T + 1455);
    queue_freeze(&queue, 42, T + 9000, T + 1460);
    assert_false(queue_postpone(&queue, &b, T + 1455, T + 1470));
    queue_deinit(&queue);
}

static void chats_are_forgotten_when_their_budget_is_whole(void **state)
{
    (void)state;
    struct queue queue;
    queue_init(&queue, &limits, START);
    struct queue_item a = item(0, 1, 1), b = item(0, 1, 2);
    queue_add(&queue, &a, 42, T);
    queue_add(&queue, &b, 43, T);
    queue_freeze(&queue, 44, T + 5000, T);
    assert_int_equal(queue.chats.count, 3);
    queue_drop(&queue, &b, T);
    queue_take(&queue, &a, T);
    queue_advance(&queue, T + 1);
    assert_int_equal(queue.chats.count, 2);
    queue_advance(&queue, T + 100000); /* in flight keeps it, the freeze is over */
    assert_int_equal(queue.chats.count, 1);
    queue_settle(&queue, &a, T, true, T + 100000);
    queue_advance(&queue, T + 100000);
    assert_int_equal(queue.chats.count, 0);
    queue_deinit(&queue);
}

static void the_number_of_chats_is_bounded(void **state)
{
    (void)state;
    struct queue queue;
    queue_init(&queue, &limits, START);
    for (int64_t id = 1; id <= QUEUE_CHATS_MAX; id++)
        assert_int_equal(queue_freeze(&queue, id, T + 5000, T), ERROR_NONE);
    assert_int_equal(queue_freeze(&queue, -1, T + 5000, T), ERROR_FULL);
    struct queue_item a = item(0, 1, 1);
    assert_int_equal(queue_add(&queue, &a, -1, T), ERROR_FULL);
    queue_advance(&queue, T + 5000);
    assert_int_equal(queue.chats.count, 0);
    assert_int_equal(queue_add(&queue, &a, -1, T + 5000), ERROR_NONE);
    queue_deinit(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_by_priority_then_order_then_delivery),
        cmocka_unit_test(a_busy_chat_does_not_hold_up_others),
        cmocka_unit_test(a_group_has_so_many_a_minute),
        cmocka_unit_test(budgets_start_as_spent),
        cmocka_unit_test(a_frozen_chat_waits_and_thaws),
        cmocka_unit_test(a_call_that_starts_later_moves_its_budget),
        cmocka_unit_test(chats_are_forgotten_when_their_budget_is_whole),
        cmocka_unit_test(the_number_of_chats_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
