#include "ledger/access_list.h"

#include "base/encoding.h"
#include "ledger/batch.h"
#include "ledger/registry.h"
#include "ledger/state.h"

#include <stdio.h>

const char *const access_roles[ACCESS_ROLES + 1] = {"owner",     "finance", "support",
                                                    "moderator", "viewer",  NULL};

_Static_assert(WHO_VIEWER == 1 << (ACCESS_ROLES - 1), "a role is a bit");

bool ledger_access(struct ledger *ledger, struct buf *rows)
{
    if (!ledger->access_changed || batch_begin(ledger, false) != ERROR_NONE)
        return false;
    buf_clear(rows);
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        if ((*module)->admits != NULL)
            (*module)->admits(ledger, rows);
    /* What could not be read is asked for again. */
    ledger->access_changed = batch_end(ledger) != ERROR_NONE || rows->failed;
    return !ledger->access_changed;
}

void access_list_changed(struct ledger *ledger)
{
    ledger->access_changed = true;
}

void access_who_text(unsigned who, char out[ACCESS_WHO_SIZE])
{
    size_t len = 0;
    unsigned left = who & WHO_STAFF;
    (void)snprintf(out, ACCESS_WHO_SIZE, "nobody");
    for (unsigned i = 0; i < ACCESS_ROLES && left != 0; i++) {
        if ((left & 1u << i) == 0)
            continue;
        left &= ~(1u << i);
        const char *between = len == 0 ? "" : left == 0 ? " or " : ", ";
        len += (size_t)snprintf(out + len, ACCESS_WHO_SIZE - len, "%s%s", between, access_roles[i]);
    }
}

const char *access_role(unsigned who)
{
    for (unsigned i = 0; i < ACCESS_ROLES; i++)
        if (who == 1u << i)
            return access_roles[i];
    return "";
}

void access_page_token(const uint8_t hash[ACCESS_HASH_BYTES], char out[ACCESS_HASH_TEXT + 1])
{
    static const char word[] = "usher page";
    uint8_t both[ACCESS_HASH_BYTES + sizeof word - 1];
    uint8_t digest[ACCESS_HASH_BYTES];
    memcpy(both, hash, ACCESS_HASH_BYTES);
    memcpy(both + ACCESS_HASH_BYTES, word, sizeof word - 1);
    sha256(slice_of(both, sizeof both), digest);
    hex_encode(digest, sizeof digest, out, ACCESS_HASH_TEXT + 1);
}
