#include "gateway/key.h"

#include "base/encoding.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <strings.h>

enum { ID_SIZE = 132, RSA_BITS_MIN = 2048, MD5_BYTES = 16, DER_BYTES_MAX = 12288 };

struct key {
    struct hmac *hmac;   /* or */
    char *secret;        /* of MD5; or */
    EVP_PKEY *public;    /* RSA */
    EVP_MD_CTX *context; /* of MD5 and RSA */
    char id[ID_SIZE];    /* "" when nobody names it */
    size_t signature_len;
};

static bool decode_key(enum hmac_key_form form, struct slice secret, uint8_t bytes[KEY_BYTES_MAX],
                       struct slice *key);
static EVP_PKEY *read_public(const char *text, char id[ID_SIZE]);

enum error key_new_secret(const struct config_hmac *profile, const char *secret, size_t number,
                          struct key **out, struct why *why)
{
    static const char *const forms[] = {
        [KEY_UTF8] = "text",     [KEY_HEX] = "hex",
        [KEY_BASE64] = "base64", [KEY_WHSEC] = "whsec_ and base64",
        [KEY_SHA256] = "text",
    };
    uint8_t bytes[KEY_BYTES_MAX];
    struct slice material;
    enum error error = ERROR_NONE;

    *out = NULL;
    struct key *key = calloc(1, sizeof(*key));
    if (!key)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    if (!decode_key(profile->key, slice_from(secret), bytes, &material)) {
        error = why_set(why, ERROR_INVALID,
                        "secrets: number %zu is empty or not well-formed; "
                        "expected %s of at most %d bytes",
                        number, forms[profile->key], KEY_BYTES_MAX);
    } else if (profile->algorithm == SIGNING_MD5) {
        key->secret = strdup(secret);
        key->context = EVP_MD_CTX_new();
        key->signature_len = MD5_BYTES;
    } else {
        bool longer = profile->algorithm == SIGNING_HMAC_SHA512;
        key->hmac = hmac_new(longer ? HMAC_SHA512 : HMAC_SHA256, material.data, material.len);
        key->signature_len = longer ? 64 : 32;
    }
    if (!error && !key->hmac && !(key->secret && key->context))
        error = why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    explicit_bzero(bytes, sizeof(bytes));
    if (error)
        key_destroy(&key);
    *out = key;
    return error;
}

enum error key_new_public(const struct config_public_key *config, bool needs_id, size_t number,
                          struct key **out, struct why *why)
{
    enum error error = ERROR_NONE;

    *out = NULL;
    struct key *key = calloc(1, sizeof(*key));
    if (!key)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    key->context = EVP_MD_CTX_new();
    key->public = read_public(config->key, key->id);
    if (config->id && !slice_copy(slice_from(config->id), key->id, sizeof(key->id)))
        key->id[0] = '\0';
    if (!key->context)
        error = why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    else if (!key->public || EVP_PKEY_get_base_id(key->public) != EVP_PKEY_RSA)
        error = why_set(why, ERROR_INVALID,
                        "public_keys: number %zu is no RSA key; expected a public key or a "
                        "certificate as PEM, or its base64 alone",
                        number);
    else if (EVP_PKEY_get_bits(key->public) < RSA_BITS_MIN ||
             EVP_PKEY_get_size(key->public) > KEY_SIGNATURE_MAX)
        error =
            why_set(why, ERROR_INVALID, "public_keys: number %zu has %d bits; expected %d to %d",
                    number, EVP_PKEY_get_bits(key->public), RSA_BITS_MIN, 8 * KEY_SIGNATURE_MAX);
    else if (needs_id && key->id[0] == '\0')
        error = why_set(why, ERROR_INVALID,
                        "public_keys: number %zu has no id; expected the one under which the "
                        "gateway shows this key, such as PUB_KEY_ID_...",
                        number);
    else
        key->signature_len = (size_t)EVP_PKEY_get_size(key->public);
    if (error)
        key_destroy(&key);
    *out = key;
    return error;
}

void key_destroy(struct key **key)
{
    if (!*key)
        return;
    hmac_destroy(&(*key)->hmac);
    if ((*key)->secret)
        OPENSSL_cleanse((*key)->secret, strlen((*key)->secret));
    free((*key)->secret);
    EVP_PKEY_free((*key)->public);
    EVP_MD_CTX_free((*key)->context);
    free(*key);
    *key = NULL;
}

bool key_is(const struct key *key, struct slice id)
{
    const char *own = key->id;

    while (*own == '0')
        own++;
    while (id.len > 0 && id.data[0] == '0')
        id = slice_of(id.data + 1, id.len - 1);
    return id.len > 0 && id.len == strlen(own) && strncasecmp(id.data, own, id.len) == 0;
}

size_t key_signature_len(const struct key *key)
{
    return key->signature_len;
}

static size_t make_md5(struct key *key, const struct slice *pieces, size_t count, uint8_t *out)
{
    unsigned len = 0;
    bool ok = EVP_DigestInit_ex(key->context, EVP_md5(), NULL) == 1;

    for (size_t i = 0; i < count && ok; i++)
        ok = EVP_DigestUpdate(key->context, pieces[i].data, pieces[i].len) == 1;
    ok = ok && EVP_DigestUpdate(key->context, key->secret, strlen(key->secret)) == 1;
    return ok && EVP_DigestFinal_ex(key->context, out, &len) == 1 ? len : 0;
}

size_t key_sign(struct key *key, const struct slice *pieces, size_t count,
                uint8_t out[KEY_DIGEST_MAX])
{
    if (key->public)
        return 0;
    return key->hmac ? hmac_compute(key->hmac, pieces, count, out)
                     : make_md5(key, pieces, count, out);
}

static enum key_verdict check_public(struct key *key, const struct slice *pieces, size_t count,
                                     struct slice signature)
{
    bool ok = EVP_MD_CTX_reset(key->context) == 1 &&
              EVP_DigestVerifyInit(key->context, NULL, EVP_sha256(), NULL, key->public) == 1;

    for (size_t i = 0; i < count && ok; i++)
        ok = EVP_DigestVerifyUpdate(key->context, pieces[i].data, pieces[i].len) == 1;
    if (!ok)
        return KEY_BUSY;
    return EVP_DigestVerifyFinal(key->context, (const unsigned char *)signature.data,
                                 signature.len) == 1
               ? KEY_RIGHT
               : KEY_WRONG;
}

enum key_verdict key_check(struct key *key, const struct slice *pieces, size_t count,
                           struct slice signature)
{
    uint8_t digest[KEY_DIGEST_MAX];

    if (key->public)
        return check_public(key, pieces, count, signature);
    size_t len = key_sign(key, pieces, count, digest);
    if (len == 0)
        return KEY_BUSY;
    return secret_equal(slice_of(digest, len), signature) ? KEY_RIGHT : KEY_WRONG;
}

/* The key's bytes in bytes, which the caller wipes, or (utf8) the secret itself. */
static bool decode_key(enum hmac_key_form form, struct slice secret, uint8_t bytes[KEY_BYTES_MAX],
                       struct slice *key)
{
    static const char tag[] = "whsec_";
    size_t len = 0;
    bool ok = true;

    *key = secret;
    switch (form) {
    case KEY_UTF8:
        return secret.len > 0;
    case KEY_SHA256:
        sha256(secret, bytes);
        len = 32;
        ok = secret.len > 0;
        break;
    case KEY_HEX:
        ok = hex_decode(secret, bytes, KEY_BYTES_MAX, &len);
        break;
    case KEY_WHSEC:
        if (secret.len >= sizeof(tag) - 1 && memcmp(secret.data, tag, sizeof(tag) - 1) == 0)
            secret = slice_of(secret.data + sizeof(tag) - 1, secret.len - (sizeof(tag) - 1));
        ok = base64_decode(secret, bytes, KEY_BYTES_MAX, &len);
        break;
    case KEY_BASE64:
        ok = base64_decode(secret, bytes, KEY_BYTES_MAX, &len);
        break;
    }
    *key = slice_of(bytes, len);
    return ok && len > 0;
}

/* Without its frame, as Alipay's tool shows it. */
static EVP_PKEY *read_bare(const char *text)
{
    uint8_t der[DER_BYTES_MAX];
    size_t len;

    if (!pem_decode(slice_from(text), der, sizeof(der), &len))
        return NULL;
    const unsigned char *at = der;
    return d2i_PUBKEY(NULL, &at, (long)len);
}

static void read_serial(const X509 *certificate, char id[ID_SIZE])
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *hex = number ? BN_bn2hex(number) : NULL;

    if (!hex || !slice_copy(slice_from(hex), id, ID_SIZE))
        id[0] = '\0';
    OPENSSL_free(hex);
    BN_free(number);
}

/* NULL when it is none. id: of a certificate its serial number, in hex; else as it was. */
static EVP_PKEY *read_public(const char *text, char id[ID_SIZE])
{
    EVP_PKEY *public = NULL;
    X509 *certificate = NULL;

    if (strncmp(text, "-----BEGIN", 10) != 0)
        return read_bare(text);
    BIO *bio = BIO_new_mem_buf(text, -1);
    if (!bio)
        return NULL;
    if (strstr(text, "BEGIN CERTIFICATE") == NULL) {
        public = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    } else if ((certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        public = X509_get_pubkey(certificate);
        read_serial(certificate, id);
    }
    X509_free(certificate);
    BIO_free(bio);
    return public;
}
