/* What a gateway's ids are found by: 64 bits of a hash, and what they name behind it. Whoever finds
 * something compares it, so that no collision can make a new payment an old one. */
#ifndef USHER_MODULES_PAYMENT_INDEX_H
#define USHER_MODULES_PAYMENT_INDEX_H

#include "ledger/state.h"

/* gateway, NUL, id; returns the length. */
size_t index_text(struct slice gateway, struct slice id, char text[INDEXED_BYTES_MAX]);
void index_hash(struct ledger *ledger, struct slice gateway, struct slice id,
                uint8_t hash[HASH_BYTES]);
/* The next sequence behind *sequence that lies under this hash. */
bool index_next(struct ledger *ledger, enum table table, const uint8_t hash[HASH_BYTES],
                uint64_t *sequence);
void index_add(struct ledger *ledger, enum table table, const uint8_t hash[HASH_BYTES],
               uint64_t sequence);
void index_key(struct key *key, const uint8_t hash[HASH_BYTES], uint64_t sequence);

#endif
