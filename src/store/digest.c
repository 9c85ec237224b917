#include "store/digest.h"

#include "base/assert.h"

#include <openssl/evp.h>

/* struct digest is OpenSSL's context under a name of ours, so that its header is seen only here. */
static EVP_MD_CTX *context(struct digest *digest)
{
    return (EVP_MD_CTX *)(void *)digest;
}

struct digest *digest_new(void)
{
    EVP_MD_CTX *made = EVP_MD_CTX_new();
    if (made != NULL && EVP_DigestInit_ex(made, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(made);
        made = NULL;
    }
    return (struct digest *)(void *)made;
}

void digest_add(struct digest *digest, struct slice data)
{
    /* Once begun, SHA-256 cannot fail. */
    if (data.len > 0)
        ASSERT(EVP_DigestUpdate(context(digest), data.data, data.len) == 1);
}

void digest_add_u32(struct digest *digest, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value};
    digest_add(digest, slice_of(bytes, sizeof bytes));
}

void digest_finish(struct digest *digest, uint8_t out[DIGEST_SIZE])
{
    unsigned len = 0;
    ASSERT(EVP_DigestFinal_ex(context(digest), out, &len) == 1 && len == DIGEST_SIZE);
}

void digest_destroy(struct digest **digest)
{
    EVP_MD_CTX_free(context(*digest));
    *digest = NULL;
}
