#include "http/peer.h"

#include "base/assert.h"
#include "base/prng.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SETS = 4096, /* a power of two */
    WAYS = 4,
    LOCKS = 64,
    WINDOW_US = 1000000
};

struct peer {
    struct peer_key key;
    uint64_t paid_until_us; /* all requests so far, spread at the rate, end here; 0: never used */
};

struct peer_table {
    uint64_t seed[2]; /* so that nobody can aim at one set */
    uint64_t cost_us; /* of one request */
    pthread_mutex_t locks[LOCKS];
    struct peer sets[SETS][WAYS];
};

static void key_from_ipv4(struct in_addr address, struct peer_key *out);
static void key_from_ipv6(const struct in6_addr *address, struct peer_key *out);
static struct slice last_element(struct slice list);
static bool forwarded_text(struct slice value, char text[INET6_ADDRSTRLEN]);
static struct peer *find_or_replace(struct peer *set, const struct peer_key *key);

bool peer_from_sockaddr(const struct sockaddr *address, struct peer_key *out, bool *loopback)
{
    *loopback = false;
    memset(out, 0, sizeof(*out));
    if (address->sa_family == AF_INET) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, address, sizeof(ipv4));
        *loopback = (ntohl(ipv4.sin_addr.s_addr) >> 24) == 127;
        key_from_ipv4(ipv4.sin_addr, out);
        return true;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 ipv6;
        memcpy(&ipv6, address, sizeof(ipv6));
        *loopback = IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr) ||
                    (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr) && ipv6.sin6_addr.s6_addr[12] == 127);
        key_from_ipv6(&ipv6.sin6_addr, out);
        return true;
    }
    return false;
}

void peer_text(const struct peer_key *key, char out[PEER_TEXT_BYTES])
{
    struct in6_addr address;
    char text[INET6_ADDRSTRLEN] = "";
    memcpy(&address, key->bytes, sizeof(address));
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        (void)inet_ntop(AF_INET, &key->bytes[12], text, sizeof(text));
        snprintf(out, PEER_TEXT_BYTES, "%s", text);
    } else {
        (void)inet_ntop(AF_INET6, &address, text, sizeof(text));
        snprintf(out, PEER_TEXT_BYTES, "%s/64", text);
    }
}

void peer_address(const struct sockaddr *address, char out[PEER_ADDRESS_BYTES])
{
    out[0] = '\0';
    if (address->sa_family == AF_INET) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, address, sizeof(ipv4));
        (void)inet_ntop(AF_INET, &ipv4.sin_addr, out, PEER_ADDRESS_BYTES);
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 ipv6;
        memcpy(&ipv6, address, sizeof(ipv6));
        if (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr))
            (void)inet_ntop(AF_INET, &ipv6.sin6_addr.s6_addr[12], out, PEER_ADDRESS_BYTES);
        else
            (void)inet_ntop(AF_INET6, &ipv6.sin6_addr, out, PEER_ADDRESS_BYTES);
    }
}

void peer_address_forwarded(struct slice value, char out[PEER_ADDRESS_BYTES])
{
    struct in6_addr address;
    char text[INET6_ADDRSTRLEN];
    out[0] = '\0';
    if (forwarded_text(value, text) &&
        (inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1))
        (void)slice_copy(slice_from(text), out, PEER_ADDRESS_BYTES);
}

/* The last element without its port. */
static bool forwarded_text(struct slice value, char text[INET6_ADDRSTRLEN])
{
    struct slice last = last_element(value);
    if (last.len > 0 && last.data[0] == '[') {
        const char *end = memchr(last.data, ']', last.len);
        if (end == NULL)
            return false;
        last = slice_of(last.data + 1, (size_t)(end - last.data) - 1);
    } else {
        /* One colon only: what follows it is a port. */
        const char *colon = last.len > 0 ? memchr(last.data, ':', last.len) : NULL;
        if (colon != NULL &&
            memchr(colon + 1, ':', last.len - (size_t)(colon - last.data) - 1) == NULL)
            last.len = (size_t)(colon - last.data);
    }
    return slice_copy(last, text, INET6_ADDRSTRLEN);
}

bool peer_from_forwarded(struct slice value, struct peer_key *out)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr ipv4;
    struct in6_addr ipv6;
    memset(out, 0, sizeof(*out));
    if (!forwarded_text(value, text))
        return false;
    if (inet_pton(AF_INET, text, &ipv4) == 1) {
        key_from_ipv4(ipv4, out);
        return true;
    }
    if (inet_pton(AF_INET6, text, &ipv6) == 1) {
        key_from_ipv6(&ipv6, out);
        return true;
    }
    return false;
}

struct peer_table *peer_table_new(uint32_t per_second)
{
    ASSERT(per_second > 0);
    struct peer_table *table = calloc(1, sizeof(*table));
    if (table == NULL)
        return NULL;
    random_bytes(table->seed, sizeof(table->seed));
    table->cost_us = WINDOW_US / per_second;
    if (table->cost_us == 0)
        table->cost_us = 1;
    for (size_t i = 0; i < LOCKS; i++)
        ASSERT(pthread_mutex_init(&table->locks[i], NULL) == 0);
    return table;
}

void peer_table_destroy(struct peer_table **table)
{
    if (*table == NULL)
        return;
    for (size_t i = 0; i < LOCKS; i++)
        ASSERT(pthread_mutex_destroy(&(*table)->locks[i]) == 0);
    free(*table);
    *table = NULL;
}

bool peer_allow(struct peer_table *table, const struct peer_key *key, uint64_t now_us)
{
    size_t set = (size_t)(peer_hash(table->seed, key) & (SETS - 1));
    pthread_mutex_t *lock = &table->locks[set % LOCKS];
    ASSERT(pthread_mutex_lock(lock) == 0);
    struct peer *peer = find_or_replace(table->sets[set], key);
    uint64_t start_us = peer->paid_until_us > now_us ? peer->paid_until_us : now_us;
    bool allowed = start_us + table->cost_us <= now_us + WINDOW_US;
    if (allowed)
        peer->paid_until_us = start_us + table->cost_us;
    ASSERT(pthread_mutex_unlock(lock) == 0);
    return allowed;
}

static void key_from_ipv4(struct in_addr address, struct peer_key *out)
{
    memset(out, 0, sizeof(*out));
    out->bytes[10] = 0xff;
    out->bytes[11] = 0xff;
    memcpy(out->bytes + 12, &address, 4);
}

static void key_from_ipv6(const struct in6_addr *address, struct peer_key *out)
{
    memset(out, 0, sizeof(*out));
    if (IN6_IS_ADDR_V4MAPPED(address) || IN6_IS_ADDR_LOOPBACK(address))
        memcpy(out->bytes, address, 16);
    else
        memcpy(out->bytes, address, 8);
}

/* Of a comma-separated list, without white space around it. */
static struct slice last_element(struct slice list)
{
    size_t end = list.len;
    while (end > 0 && (list.data[end - 1] == ' ' || list.data[end - 1] == '\t'))
        end--;
    size_t start = end;
    while (start > 0 && list.data[start - 1] != ',')
        start--;
    while (start < end && (list.data[start] == ' ' || list.data[start] == '\t'))
        start++;
    return slice_of(list.data == NULL ? NULL : list.data + start, end - start);
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t peer_hash(const uint64_t seed[2], const struct peer_key *key)
{
    uint64_t words[2];
    memcpy(words, key->bytes, sizeof(words));
    return mix(mix(words[0] ^ seed[0]) ^ words[1] ^ seed[1]);
}

static struct peer *find_or_replace(struct peer *set, const struct peer_key *key)
{
    struct peer *least = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].paid_until_us != 0 && memcmp(&set[i].key, key, sizeof(*key)) == 0)
            return &set[i];
        if (set[i].paid_until_us < least->paid_until_us)
            least = &set[i];
    }
    least->key = *key;
    least->paid_until_us = 0;
    return least;
}
