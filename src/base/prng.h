/* A small seeded generator (SplitMix64) for jitter, tests and simulations; not for secrets. Secrets
 * come from random_bytes(), the operating system's generator through OpenSSL. */
#ifndef USHER_BASE_PRNG_H
#define USHER_BASE_PRNG_H

#include <stddef.h>
#include <stdint.h>

struct prng {
    uint64_t state;
};

uint64_t prng_next(struct prng *prng);
uint64_t prng_below(struct prng *prng, uint64_t bound); /* 0 <= result < bound; bound > 0 */

/* Aborts when the operating system has no randomness to give. */
void random_bytes(void *out, size_t len);

#endif
