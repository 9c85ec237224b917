#include "http/peer.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

static struct peer_key key_of(unsigned number)
{
    struct peer_key key;
    char text[32];
    snprintf(text, sizeof(text), "203.%u.%u.%u", number >> 16, number >> 8 & 255, number & 255);
    if (!peer_from_forwarded(slice_from(text), &key))
        fail_msg("no address: %s", text);
    return key;
}

static void each_holds_so_many(void **state)
{
    (void)state;
    struct peer_crowd *crowd = peer_crowd_new(100, 3);
    struct peer_key one = key_of(1);
    struct peer_key two = key_of(2);
    assert_non_null(crowd);
    for (int i = 0; i < 3; i++)
        assert_true(peer_enter(crowd, &one));
    assert_false(peer_enter(crowd, &one));
    assert_true(peer_enter(crowd, &two));
    peer_leave(crowd, &one);
    assert_true(peer_enter(crowd, &one));
    assert_false(peer_enter(crowd, &one));
    peer_crowd_destroy(&crowd);
    assert_null(crowd);
    peer_crowd_destroy(&crowd);
}

static void as_many_peers_as_connections(void **state)
{
    (void)state;
    struct peer_crowd *crowd = peer_crowd_new(5, 2);
    for (unsigned i = 0; i < 5; i++) {
        struct peer_key key = key_of(i);
        assert_true(peer_enter(crowd, &key));
    }
    struct peer_key sixth = key_of(6);
    struct peer_key first = key_of(0);
    assert_false(peer_enter(crowd, &sixth));
    assert_true(peer_enter(crowd, &first)); /* who is in needs no room */
    peer_leave(crowd, &first);
    peer_leave(crowd, &first);
    assert_true(peer_enter(crowd, &sixth));
    peer_crowd_destroy(&crowd);
}

/* Against plain counters, in a table so full that entries stand far from home. */
static void as_counted_by_hand(void **state)
{
    (void)state;
    enum { PEERS = 40, EACH = 3, MOST = 32, STEPS = 200000 };
    struct peer_crowd *crowd = peer_crowd_new(MOST, EACH);
    unsigned counts[PEERS] = {0};
    unsigned present = 0;
    uint32_t random = 1;
    for (int step = 0; step < STEPS; step++) {
        random = random * 1664525 + 1013904223;
        unsigned peer = (random >> 16) % PEERS;
        struct peer_key key = key_of(peer);
        if ((random >> 8) % 2 == 0) {
            bool may = counts[peer] > 0 ? counts[peer] < EACH : present < MOST;
            assert_int_equal(peer_enter(crowd, &key), may);
            present += may && counts[peer] == 0;
            counts[peer] += may;
        } else if (counts[peer] > 0) {
            peer_leave(crowd, &key);
            present -= --counts[peer] == 0;
        }
    }
    peer_crowd_destroy(&crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_holds_so_many),
        cmocka_unit_test(as_many_peers_as_connections),
        cmocka_unit_test(as_counted_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
