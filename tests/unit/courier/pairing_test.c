#include "courier/pairing.h"

#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

struct item {
    uint64_t key;
    bool in;
    struct pairing_node node;
};

static bool before(const struct pairing_node *a, const struct pairing_node *b)
{
    return PAIRING_ITEM_CONST(a, struct item, node)->key <
           PAIRING_ITEM_CONST(b, struct item, node)->key;
}

static void sorts(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct item *items = calloc(COUNT, sizeof *items);
    assert_non_null(items);
    struct pairing heap;
    pairing_init(&heap, before);
    assert_null(pairing_first(&heap));
    struct prng prng = {1};
    for (size_t i = 0; i < COUNT; i++) {
        items[i].key = prng_below(&prng, 50000);
        pairing_push(&heap, &items[i].node);
    }
    uint64_t last = 0;
    for (size_t i = 0; i < COUNT; i++) {
        struct item *item = PAIRING_ITEM(pairing_first(&heap), struct item, node);
        assert_true(item->key >= last);
        last = item->key;
        pairing_remove(&heap, &item->node);
    }
    assert_null(pairing_first(&heap));
    free(items);
}

/* Against the plainest model: an array that is searched. */
static void any_node_can_be_taken_out(void **state)
{
    (void)state;
    enum { COUNT = 64 };
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct prng prng = {seed};
        struct item items[COUNT] = {0};
        struct pairing heap;
        pairing_init(&heap, before);
        for (int step = 0; step < 2000; step++) {
            struct item *item = &items[prng_below(&prng, COUNT)];
            if (item->in) {
                pairing_remove(&heap, &item->node);
            } else {
                item->key = prng_below(&prng, 100);
                pairing_push(&heap, &item->node);
            }
            item->in = !item->in;
            uint64_t least = UINT64_MAX;
            for (size_t i = 0; i < COUNT; i++) {
                if (items[i].in && items[i].key < least)
                    least = items[i].key;
            }
            struct pairing_node *first = pairing_first(&heap);
            if (least == UINT64_MAX)
                assert_null(first);
            else
                assert_int_equal(PAIRING_ITEM(first, struct item, node)->key, least);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts),
        cmocka_unit_test(any_node_can_be_taken_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
