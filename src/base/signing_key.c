#include "base/signing_key.h"

#include "base/encoding.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { DER_BYTES_MAX = 12288, SIGNATURE_BYTES_MAX = SIGNING_KEY_BITS_MAX / 8 };

static EVP_PKEY *read_key(struct slice text);

bool signing_key_is(struct slice text)
{
    EVP_PKEY *key = read_key(text);
    EVP_PKEY_free(key);
    return key != NULL;
}

bool signing_key_sign(struct slice key, struct slice text, char out[SIGNATURE_BASE64_SIZE])
{
    unsigned char signature[SIGNATURE_BYTES_MAX];
    size_t len = sizeof signature;
    EVP_PKEY *own = read_key(key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok =
        own != NULL && context != NULL &&
        EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, own) == 1 &&
        EVP_DigestSign(context, signature, &len, (const unsigned char *)text.data, text.len) == 1;
    if (ok)
        base64_encode(signature, len, out, SIGNATURE_BASE64_SIZE);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(own);
    return ok;
}

/* NULL when it is none that we take. */
static EVP_PKEY *read_key(struct slice text)
{
    uint8_t der[DER_BYTES_MAX];
    size_t len = 0;
    EVP_PKEY *key = NULL;
    if (pem_decode(text, der, sizeof der, &len)) {
        const unsigned char *at = der;
        key = d2i_AutoPrivateKey(NULL, &at, (long)len);
    }
    OPENSSL_cleanse(der, sizeof der);
    if (key != NULL && (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
                        EVP_PKEY_get_bits(key) < SIGNING_KEY_BITS_MIN ||
                        EVP_PKEY_get_bits(key) > SIGNING_KEY_BITS_MAX)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}
