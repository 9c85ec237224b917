#include "http/peer.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

static const uint64_t start_us = 5000000;

static struct peer_key key_of(const char *text)
{
    struct peer_key key;
    if (!peer_from_forwarded(slice_from(text), &key))
        fail_msg("no address: %s", text);
    return key;
}

static unsigned allowed(struct peer_table *table, const char *peer, unsigned tries, uint64_t now_us)
{
    unsigned count = 0;
    struct peer_key key = key_of(peer);
    for (unsigned i = 0; i < tries; i++)
        count += peer_allow(table, &key, now_us);
    return count;
}

static void a_seconds_worth_at_once_then_the_rate(void **state)
{
    (void)state;
    struct peer_table *table = peer_table_new(10);
    assert_non_null(table);
    assert_int_equal(allowed(table, "203.0.113.1", 100, start_us), 10);
    assert_int_equal(allowed(table, "203.0.113.1", 100, start_us + 99999), 0);
    assert_int_equal(allowed(table, "203.0.113.1", 100, start_us + 100000), 1);
    assert_int_equal(allowed(table, "203.0.113.2", 100, start_us + 100000), 10);
    assert_int_equal(allowed(table, "203.0.113.1", 100, start_us + 600000), 5);
    assert_int_equal(allowed(table, "203.0.113.1", 100, start_us + 90000000), 10);
    assert_int_equal(allowed(table, "203.0.113.1", 1, start_us), 0); /* a clock that went back */
    peer_table_destroy(&table);
    assert_null(table);
    peer_table_destroy(&table);
}

static void over_any_second_never_more_than_twice_the_rate(void **state)
{
    (void)state;
    struct peer_table *table = peer_table_new(7);
    unsigned total = 0;
    for (uint64_t t = 0; t < 10000000; t += 1000)
        total += allowed(table, "203.0.113.1", 1, start_us + t);
    assert_in_range(total, 70, 78);
    peer_table_destroy(&table);
}

static void huge_rates_do_not_divide_by_zero(void **state)
{
    (void)state;
    struct peer_table *table = peer_table_new(UINT32_MAX);
    assert_int_equal(allowed(table, "203.0.113.1", 1000, start_us), 1000);
    peer_table_destroy(&table);
}

static void a_flood_of_addresses_does_not_free_the_flooder(void **state)
{
    (void)state;
    struct peer_table *table = peer_table_new(100);
    assert_int_equal(allowed(table, "203.0.113.1", 1000, start_us), 100);
    for (unsigned i = 0; i < 200000; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "10.%u.%u.%u", i >> 16, (i >> 8) & 255, i & 255);
        assert_int_equal(allowed(table, text, 1, start_us), 1);
    }
    assert_int_equal(allowed(table, "203.0.113.1", 1000, start_us), 0);
    peer_table_destroy(&table);
}

static void forwarded_addresses_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *same_as; /* NULL: refused */
    } rows[] = {
        {"203.0.113.1", "203.0.113.1"},
        {"10.0.0.1, 203.0.113.1", "203.0.113.1"},
        {"nonsense,203.0.113.1 ", "203.0.113.1"},
        {"203.0.113.1:8080", "203.0.113.1"},
        {"::ffff:203.0.113.1", "203.0.113.1"},
        {"[::ffff:203.0.113.1]:80", "203.0.113.1"},
        {"2001:db8::1", "2001:db8::1"},
        {"[2001:db8::1]:443", "2001:db8::1"},
        {"2001:db8::2", "2001:db8::1"}, /* one /64 is one peer */
        {"", NULL},
        {",", NULL},
        {"203.0.113.1,", NULL},
        {"203.0.113.1, unknown", NULL},
        {"203.0.113", NULL},
        {"203.0.113.1.5", NULL},
        {"[2001:db8::1", NULL},
        {"[", NULL},
        {":", NULL},
        {"1:2:3:4:5:6:7:8:9", NULL},
        {"203.0.113.1 203.0.113.2", NULL},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct peer_key key;
        bool read = peer_from_forwarded(slice_from(rows[i].value), &key);
        if (read != (rows[i].same_as != NULL))
            fail_msg("\"%s\" is %s", rows[i].value, read ? "read" : "refused");
        if (read) {
            struct peer_key same = key_of(rows[i].same_as);
            assert_memory_equal(&key, &same, sizeof(key));
        }
    }
    struct peer_key key;
    assert_false(peer_from_forwarded((struct slice){NULL, 0}, &key));
    assert_false(peer_from_forwarded(slice_of("1.2.3.4\0.5", 10), &key));
    struct peer_key other = key_of("2001:db8:0:1::1");
    struct peer_key one = key_of("2001:db8::1");
    assert_memory_not_equal(&other, &one, sizeof(one));
}

static void addresses_are_shown(void **state)
{
    (void)state;
    struct peer_key key;
    char text[PEER_TEXT_BYTES];
    assert_true(peer_from_forwarded(SLICE("203.0.113.9:80"), &key));
    peer_text(&key, text);
    assert_string_equal(text, "203.0.113.9");
    assert_true(peer_from_forwarded(SLICE("2001:db8:1:2:3::4"), &key));
    peer_text(&key, text);
    assert_string_equal(text, "2001:db8:1:2::/64");
}

static void whole_addresses_are_told(void **state)
{
    static const char *const rows[][2] = {{"203.0.113.9:80", "203.0.113.9"},
                                          {"10.0.0.1, 2001:db8:1:2:3::4", "2001:db8:1:2:3::4"},
                                          {"[2001:db8::1]:80", "2001:db8::1"},
                                          {"unknown", ""},
                                          {"", ""}};
    char text[PEER_ADDRESS_BYTES];
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(1)};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    struct sockaddr other = {.sa_family = AF_UNIX};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        peer_address_forwarded(slice_from(rows[i][0]), text);
        assert_string_equal(text, rows[i][1]);
    }
    assert_int_equal(inet_pton(AF_INET, "203.0.113.1", &ipv4.sin_addr), 1);
    peer_address((struct sockaddr *)&ipv4, text);
    assert_string_equal(text, "203.0.113.1");
    assert_int_equal(inet_pton(AF_INET6, "2001:db8:1:2:3::4", &ipv6.sin6_addr), 1);
    peer_address((struct sockaddr *)&ipv6, text);
    assert_string_equal(text, "2001:db8:1:2:3::4");
    assert_int_equal(inet_pton(AF_INET6, "::ffff:203.0.113.1", &ipv6.sin6_addr), 1);
    peer_address((struct sockaddr *)&ipv6, text);
    assert_string_equal(text, "203.0.113.1");
    peer_address(&other, text);
    assert_string_equal(text, "");
}

static void socket_addresses_are_read(void **state)
{
    (void)state;
    struct peer_key key;
    struct peer_key same = key_of("203.0.113.1");
    bool loopback = true;
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(1)};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    struct sockaddr other = {.sa_family = AF_UNIX};
    assert_int_equal(inet_pton(AF_INET, "203.0.113.1", &ipv4.sin_addr), 1);
    assert_true(peer_from_sockaddr((struct sockaddr *)&ipv4, &key, &loopback));
    assert_false(loopback);
    assert_memory_equal(&key, &same, sizeof(key));
    assert_int_equal(inet_pton(AF_INET6, "::ffff:203.0.113.1", &ipv6.sin6_addr), 1);
    assert_true(peer_from_sockaddr((struct sockaddr *)&ipv6, &key, &loopback));
    assert_false(loopback);
    assert_memory_equal(&key, &same, sizeof(key));
    static const char *const local[] = {"::1", "::ffff:127.0.0.1"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(inet_pton(AF_INET6, local[i], &ipv6.sin6_addr), 1);
        assert_true(peer_from_sockaddr((struct sockaddr *)&ipv6, &key, &loopback));
        assert_true(loopback);
    }
    assert_int_equal(inet_pton(AF_INET, "127.3.2.1", &ipv4.sin_addr), 1);
    assert_true(peer_from_sockaddr((struct sockaddr *)&ipv4, &key, &loopback));
    assert_true(loopback);
    assert_false(peer_from_sockaddr(&other, &key, &loopback));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seconds_worth_at_once_then_the_rate),
        cmocka_unit_test(over_any_second_never_more_than_twice_the_rate),
        cmocka_unit_test(huge_rates_do_not_divide_by_zero),
        cmocka_unit_test(a_flood_of_addresses_does_not_free_the_flooder),
        cmocka_unit_test(forwarded_addresses_are_read),
        cmocka_unit_test(whole_addresses_are_told),
        cmocka_unit_test(socket_addresses_are_read),
        cmocka_unit_test(addresses_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
