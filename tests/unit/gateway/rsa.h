/* A gateway that signs by RSA, as its own side sees it: a key pair made for the test, the public
 * half as PEM, as base64 alone, or in a certificate. Include after cmocka.h. */
#ifndef USHER_TESTS_GATEWAY_RSA_H
#define USHER_TESTS_GATEWAY_RSA_H

#include "base/encoding.h"
#include "base/slice.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { RSA_TEXT_MAX = 8192 };

static inline EVP_PKEY *rsa_make(unsigned bits)
{
    EVP_PKEY *pair = EVP_RSA_gen(bits);
    assert_non_null(pair);
    return pair;
}

static inline void rsa_take(BIO *bio, char out[RSA_TEXT_MAX])
{
    int len = BIO_read(bio, out, RSA_TEXT_MAX - 1);
    assert_true(len > 0);
    out[len] = '\0';
    BIO_free(bio);
}

static inline void rsa_public(EVP_PKEY *pair, char out[RSA_TEXT_MAX])
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(bio, pair), 1);
    rsa_take(bio, out);
}

static inline void rsa_bare(EVP_PKEY *pair, char out[RSA_TEXT_MAX])
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(pair, &der);
    assert_true(len > 0);
    base64_encode(der, (size_t)len, out, RSA_TEXT_MAX);
    OPENSSL_free(der);
}

/* Its serial number is serial. */
static inline void rsa_certificate(EVP_PKEY *pair, long serial, char out[RSA_TEXT_MAX])
{
    X509 *certificate = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    assert_non_null(certificate);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    assert_int_equal(X509_set_pubkey(certificate, pair), 1);
    assert_true(X509_sign(certificate, pair, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
    rsa_take(bio, out);
    X509_free(certificate);
}

/* RSA with SHA-256 over text, in base64. */
static inline void rsa_sign(EVP_PKEY *pair, struct slice text, char out[RSA_TEXT_MAX])
{
    unsigned char signature[512];
    size_t len = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pair), 1);
    assert_int_equal(
        EVP_DigestSign(context, signature, &len, (const unsigned char *)text.data, text.len), 1);
    EVP_MD_CTX_free(context);
    base64_encode(signature, len, out, RSA_TEXT_MAX);
}

/* The private half as PEM. */
static inline void rsa_private(EVP_PKEY *pair, char out[RSA_TEXT_MAX])
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(bio, pair, NULL, NULL, 0, NULL, NULL), 1);
    rsa_take(bio, out);
}

/* Is this base64, up to a quote or the end, the pair's signature over text? */
static inline bool rsa_is_signed(EVP_PKEY *pair, const char *text, const char *base64)
{
    uint8_t signature[512];
    size_t len = 0;
    struct slice end = slice_of(base64, strcspn(base64, "\""));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_non_null(context);
    bool right =
        base64_decode(end, signature, sizeof signature, &len) &&
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, pair) == 1 &&
        EVP_DigestVerify(context, signature, len, (const uint8_t *)text, strlen(text)) == 1;
    EVP_MD_CTX_free(context);
    return right;
}

#endif
