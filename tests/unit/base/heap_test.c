#include "base/heap.h"
#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct item {
    struct heap_node node;
    uint64_t value;
};

static bool before(const struct heap_node *a, const struct heap_node *b)
{
    return ((const struct item *)(const void *)a)->value <
           ((const struct item *)(const void *)b)->value;
}

static void comes_out_in_order(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    static struct item items[COUNT];
    struct prng prng = {.state = 7};
    struct heap heap;
    heap_init(&heap, before);
    assert_null(heap_first(&heap));
    for (size_t i = 0; i < COUNT; i++) {
        items[i].value = prng_below(&prng, 500);
        assert_true(heap_add(&heap, &items[i].node));
    }
    size_t removed = 0;
    for (size_t i = 0; i < COUNT; i += 3) { /* from anywhere */
        heap_remove(&heap, &items[i].node);
        assert_int_equal(items[i].node.place, 0);
        removed++;
    }
    uint64_t last = 0;
    size_t left = 0;
    for (struct heap_node *node; (node = heap_first(&heap)) != NULL; left++) {
        uint64_t value = ((struct item *)(void *)node)->value;
        assert_true(value >= last);
        last = value;
        heap_remove(&heap, node);
    }
    assert_int_equal(left + removed, COUNT);
    heap_deinit(&heap);
}

static void room_is_made_ahead(void **state)
{
    (void)state;
    struct heap heap;
    heap_init(&heap, NULL);
    assert_true(heap_reserve(&heap, 1000));
    assert_true(heap.cap >= 1000);
    size_t cap = heap.cap;
    assert_true(heap_reserve(&heap, 10));
    assert_int_equal(heap.cap, cap);
    heap_deinit(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(comes_out_in_order),
                                       cmocka_unit_test(room_is_made_ahead)};
    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
