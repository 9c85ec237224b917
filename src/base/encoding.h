/* Strict hex and base64 (RFC 4648, standard and URL alphabets, padding optional on input), and
 * SHA-256 / HMAC through OpenSSL's EVP interface. */
#ifndef USHER_BASE_ENCODING_H
#define USHER_BASE_ENCODING_H

#include "base/slice.h"

#include <stdint.h>

/* Decoders write at most out_size bytes and return false on any foreign character, odd length, a
 * mixture of both base64 alphabets, wrong padding, non-zero trailing bits or lack of room. */
bool hex_decode(struct slice text, uint8_t *out, size_t out_size, size_t *out_len);
bool base64_decode(struct slice text, uint8_t *out, size_t out_size, size_t *out_len);
/* What stands between the lines BEGIN and END of a PEM file (RFC 7468), or its base64 alone, of at
 * most PEM_TEXT_MAX characters; blanks and line breaks do not matter. */
enum { PEM_TEXT_MAX = 16384 };
bool pem_decode(struct slice text, uint8_t *out, size_t out_size, size_t *out_len);
/* Encoders NUL-terminate. out_size must be at least 2 n + 1, or 4 ceil(n/3) + 1. Lower-case hex. */
void hex_encode(const void *data, size_t len, char *out, size_t out_size);
void base64_encode(const void *data, size_t len, char *out, size_t out_size);

void sha256(struct slice data, uint8_t out[32]);
/* Of a then b, for services that want nothing better. False without memory. */
bool md5(struct slice a, struct slice b, uint8_t out[16]);

/* One HMAC computation over several pieces, as if joined. A struct hmac holds a prepared key
 * (hashing the key once) and is used by one thread at a time. */
enum hmac_algorithm { HMAC_SHA256, HMAC_SHA512 };
struct hmac;
/* NULL when out of memory. */
struct hmac *hmac_new(enum hmac_algorithm algorithm, const void *key, size_t key_len);
void hmac_destroy(struct hmac **hmac);
/* Returns the digest's length (32 or 64); 0 when out of memory, which secret_equal never accepts.
 */
size_t hmac_compute(struct hmac *hmac, const struct slice *pieces, size_t count, uint8_t out[64]);

/* Constant-time comparison; false when lengths differ, and when both are empty: nothing is no
 * secret. */
bool secret_equal(struct slice a, struct slice b);

#endif
