/* SHA-256 of bytes that come piece by piece. Owner: whoever called digest_new. Used by one thread.
 */
#ifndef USHER_STORE_DIGEST_H
#define USHER_STORE_DIGEST_H

#include "base/slice.h"

#include <stdint.h>

enum { DIGEST_SIZE = 32 };

struct digest;

struct digest *digest_new(void); /* NULL: out of memory */
void digest_add(struct digest *digest, struct slice data);
void digest_add_u32(struct digest *digest, uint32_t value); /* big-endian */
void digest_finish(struct digest *digest, uint8_t out[DIGEST_SIZE]);
void digest_destroy(struct digest **digest);

#endif
