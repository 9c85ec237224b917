#include "modules/payment/alias.h"

#include "modules/payment/index.h"

enum { STEPS_MAX = 16 }; /* payments that turned out to be one, again and again */

static bool look(struct ledger *ledger, struct slice gateway, struct slice id, char out[256]);

bool alias_find(struct ledger *ledger, struct slice gateway, struct slice id, char out[256])
{
    char next[256];
    if (!look(ledger, gateway, id, out))
        return false;
    for (int steps = 0; steps < STEPS_MAX && look(ledger, gateway, slice_from(out), next); steps++)
        memcpy(out, next, sizeof next);
    return true;
}

void alias_store(struct ledger *ledger, struct slice gateway, struct slice id,
                 const char *payment_id)
{
    char text[INDEXED_BYTES_MAX + 1 + 255];
    uint8_t hash[HASH_BYTES];
    struct key key;
    if (id.len == 0 || id.len > 255)
        return;
    size_t len = index_text(gateway, id, text);
    text[len++] = 0;
    size_t id_len = strlen(payment_id);
    memcpy(text + len, payment_id, id_len);
    index_hash(ledger, gateway, id, hash);
    index_key(&key, hash, 0);
    state_put_bytes(ledger, TABLE_aliases, &key, slice_of(text, len + id_len));
}

/* The value is the alias as it was indexed, behind a NUL the payment's id. */
static bool look(struct ledger *ledger, struct slice gateway, struct slice id, char out[256])
{
    char text[INDEXED_BYTES_MAX];
    uint8_t hash[HASH_BYTES];
    struct key key;
    struct slice value;
    if (gateway.len > CATALOG_NAME_MAX + 1 || id.len > 255)
        return false;
    size_t len = index_text(gateway, id, text);
    index_hash(ledger, gateway, id, hash);
    index_key(&key, hash, 0);
    if (!state_get_bytes(ledger, TABLE_aliases, &key, &value) || value.len <= len ||
        memcmp(value.data, text, len) != 0 || value.data[len] != 0)
        return false; /* of another that shares the hash */
    return slice_copy(slice_of(value.data + len + 1, value.len - len - 1), out, 256);
}
