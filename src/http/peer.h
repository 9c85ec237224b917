/* Who is on the other end, how many requests a second they may make, and how many connections they
 * may hold.
 *
 * Requests: A bounded table of 16 384
 * peers in sets of four; a full set forgets the peer that owes least, so that a flood of addresses
 * cannot push out the one that floods. The rule is the generic cell rate algorithm (ITU-T I.371): a
 * peer may use a second's worth at once and then goes on at the rate. Thread-safe; the time is
 * given. */
#ifndef USHER_HTTP_PEER_H
#define USHER_HTTP_PEER_H

#include "base/slice.h"

#include <stdint.h>

struct sockaddr;

/* An address without its port: IPv4 as IPv4-mapped IPv6, and of IPv6 the first 64 bits, because one
 * customer commonly holds a whole /64. */
struct peer_key {
    uint8_t bytes[16];
};

enum { PEER_TEXT_BYTES = 56, PEER_ADDRESS_BYTES = 46 };

struct peer_table;

/* Of a table with this seed, which nobody outside knows. */
uint64_t peer_hash(const uint64_t seed[2], const struct peer_key *key);

/* False when the address is neither IPv4 nor IPv6. loopback: 127.0.0.0/8 or ::1. */
bool peer_from_sockaddr(const struct sockaddr *address, struct peer_key *out, bool *loopback);

/* The last address of an X-Forwarded-For value: "1.2.3.4", "1.2.3.4:80", "2001:db8::1" or
 * "[2001:db8::1]:80". False when it is anything else. */
bool peer_from_forwarded(struct slice value, struct peer_key *out);

/* The whole address of both, as text: "203.0.113.9" or "2001:db8::1"; "" when it is none. For who
 * must say it to somebody else; it is kept nowhere. */
void peer_address(const struct sockaddr *address, char out[PEER_ADDRESS_BYTES]);
void peer_address_forwarded(struct slice value, char out[PEER_ADDRESS_BYTES]);

/* "203.0.113.9", or "2001:db8::/64". */
void peer_text(const struct peer_key *key, char out[PEER_TEXT_BYTES]);

/* per_second > 0. NULL when out of memory. */
struct peer_table *peer_table_new(uint32_t per_second);
void peer_table_destroy(struct peer_table **table);
/* Counts one request of this peer, if it may be made now. */
bool peer_allow(struct peer_table *table, const struct peer_key *key, uint64_t now_us);

/* Connections: a table of those that are open, by peer. It holds as many peers as there may be
 * connections, so none is ever forgotten and no flood of addresses makes room for a flooder.
 * Thread-safe. */
struct peer_crowd;

/* connections_max: of all peers together; each > 0. NULL when out of memory. */
struct peer_crowd *peer_crowd_new(uint32_t connections_max, uint32_t each);
void peer_crowd_destroy(struct peer_crowd **crowd);
/* One connection more of this peer, if it may have one; peer_leave when it ends. */
bool peer_enter(struct peer_crowd *crowd, const struct peer_key *key);
void peer_leave(struct peer_crowd *crowd, const struct peer_key *key);

#endif
