/* Inside the ledger: who may ask of the API from outside. Modules name the credentials (`admits` of
 * struct module); the list of them is told to every ingress, which proves an asker by it without a
 * question. It holds hashes and no secret, and is no part of the state. */
#ifndef USHER_LEDGER_ACCESS_LIST_H
#define USHER_LEDGER_ACCESS_LIST_H

#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

struct ledger;

enum {
    ACCESS_ROLES = 5, /* enum who, its lowest bits: owner, finance, support, moderator, viewer */
    ACCESS_HASH_BYTES = 32,
    ACCESS_HASH_TEXT = 64, /* the same in hex */
    ACCESS_WHO_SIZE = 96
};

/* "owner", "finance" ... by their bits in enum who; NULL ends them. */
extern const char *const access_roles[ACCESS_ROLES + 1];
/* The roles of a set in words: "owner or finance"; "nobody" when it holds none. */
void access_who_text(unsigned who, char out[ACCESS_WHO_SIZE]);
/* The role of this one bit; "" for what is no role. */
const char *access_role(unsigned who);

/* What a page must show beside its session's cookie when it changes something: of the hash that
 * the session is known by, so that it can be told, and of no use without the cookie. */
void access_page_token(const uint8_t hash[ACCESS_HASH_BYTES], char out[ACCESS_HASH_TEXT + 1]);

/* The list is another from here on. */
void access_list_changed(struct ledger *ledger);

#endif
