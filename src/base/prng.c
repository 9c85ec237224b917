#include "base/prng.h"

#include "base/assert.h"

#include <limits.h>
#include <openssl/rand.h>

uint64_t prng_next(struct prng *prng)
{
    /* SplitMix64, Steele, Lea and Flood 2014, with the constants of Vigna's public-domain code. */
    uint64_t z = (prng->state += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

uint64_t prng_below(struct prng *prng, uint64_t bound)
{
    ASSERT(bound > 0);
    /* Draws below 2^64 mod bound are thrown away, so that every result is equally likely. */
    uint64_t least = (0 - bound) % bound;
    for (;;) {
        uint64_t draw = prng_next(prng);
        if (draw >= least)
            return draw % bound;
    }
}

void random_bytes(void *out, size_t len)
{
    unsigned char *at = out;
    while (len > 0) {
        int n = len > INT_MAX ? INT_MAX : (int)len;
        ASSERT(RAND_priv_bytes(at, n) == 1);
        at += n;
        len -= (size_t)n;
    }
}
