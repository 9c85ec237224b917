/* What a signature is made and checked with: a secret that both sides hold (an HMAC, or an MD5 with
 * the secret behind what is signed), or the public half of a gateway's RSA key. Several pieces are
 * signed as if joined. */
#ifndef USHER_GATEWAY_KEY_H
#define USHER_GATEWAY_KEY_H

#include "config/config.h"

enum {
    KEY_BYTES_MAX = 1024,
    KEY_DIGEST_MAX = 64,    /* of what we can make ourselves */
    KEY_SIGNATURE_MAX = 512 /* RSA with 4096 bits */
};

struct key;

/* number: of the secret, from 1, for the sentence in why, which never holds a secret. */
enum error key_new_secret(const struct config_hmac *profile, const char *secret, size_t number,
                          struct key **out, struct why *why);
/* A public key or a certificate as PEM, or the base64 of one without its frame. config must outlive
 * the key. needs_id: one that the gateway chooses among; a certificate has its serial number. */
enum error key_new_public(const struct config_public_key *config, bool needs_id, size_t number,
                          struct key **out, struct why *why);
void key_destroy(struct key **key);

/* Is id, of a request's header, this key's: case and zeros at the front do not matter. */
bool key_is(const struct key *key, struct slice id);
/* Bytes that a signature has. */
size_t key_signature_len(const struct key *key);
/* Makes a signature and returns its length; 0 when only the gateway can (RSA), or without memory.
 */
size_t key_sign(struct key *key, const struct slice *pieces, size_t count,
                uint8_t out[KEY_DIGEST_MAX]);
enum key_verdict { KEY_WRONG, KEY_RIGHT, KEY_BUSY };
enum key_verdict key_check(struct key *key, const struct slice *pieces, size_t count,
                           struct slice signature);

#endif
