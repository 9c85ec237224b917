/* RSA private keys of ours, by which a service knows that a request is ours: PKCS#8 or PKCS#1, as
 * PEM or its base64 alone, without a passphrase, of 2048 to 4096 bits. Nothing of a key stays in
 * memory but the caller's text. */
#ifndef USHER_BASE_SIGNING_KEY_H
#define USHER_BASE_SIGNING_KEY_H

#include "base/slice.h"

enum { SIGNING_KEY_BITS_MIN = 2048, SIGNING_KEY_BITS_MAX = 4096, SIGNATURE_BASE64_SIZE = 685 };

/* Is text such a key? */
bool signing_key_is(struct slice text);
/* RSA (PKCS#1 v1.5) with SHA-256 over text, in base64 with a NUL behind. False when key is none, or
 * without memory. */
bool signing_key_sign(struct slice key, struct slice text, char out[SIGNATURE_BASE64_SIZE]);

#endif
