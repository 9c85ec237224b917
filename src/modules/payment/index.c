#include "modules/payment/index.h"

#include "base/assert.h"
#include "base/encoding.h"

size_t index_text(struct slice gateway, struct slice id, char text[INDEXED_BYTES_MAX])
{
    size_t len = gateway.len + 1 + id.len;
    ASSERT(len <= INDEXED_BYTES_MAX);
    if (gateway.len > 0)
        memcpy(text, gateway.data, gateway.len);
    text[gateway.len] = 0;
    if (id.len > 0)
        memcpy(text + gateway.len + 1, id.data, id.len);
    return len;
}

void index_hash(struct ledger *ledger, struct slice gateway, struct slice id,
                uint8_t hash[HASH_BYTES])
{
    struct last_hash *last = &ledger->last_hash;
    char text[INDEXED_BYTES_MAX];
    uint8_t digest[32];
    size_t len = index_text(gateway, id, text);
    if (last->len != len || memcmp(last->text, text, len) != 0) {
        sha256(slice_of(text, len), digest);
        memcpy(last->hash, digest, HASH_BYTES);
        memcpy(last->text, text, len);
        last->len = len;
    }
    memcpy(hash, last->hash, HASH_BYTES);
}

bool index_next(struct ledger *ledger, enum table table, const uint8_t hash[HASH_BYTES],
                uint64_t *sequence)
{
    struct key from;
    struct key found;
    struct slice value;
    index_key(&from, hash, *sequence);
    if (!state_seek(ledger, table, slice_of(from.data, HASH_BYTES), key_slice(&from), true, &found,
                    &value))
        return false;
    struct slice rest = slice_of(found.data + HASH_BYTES, found.len - HASH_BYTES);
    if (key_take_u64(&rest, sequence))
        return true;
    state_fail(ledger, ERROR_CORRUPT);
    return false;
}

void index_add(struct ledger *ledger, enum table table, const uint8_t hash[HASH_BYTES],
               uint64_t sequence)
{
    struct key key;
    index_key(&key, hash, sequence);
    state_put_bytes(ledger, table, &key, SLICE(""));
}

void index_key(struct key *key, const uint8_t hash[HASH_BYTES], uint64_t sequence)
{
    key_clear(key);
    memcpy(key->data, hash, HASH_BYTES);
    key->len = HASH_BYTES;
    key_u64(key, sequence);
}
