/* What is signed by a private half is verified by OpenSSL with the public one. */
#include "base/signing_key.h"

#include "base/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

enum { TEXT_MAX = 8192 };

static EVP_PKEY *pair;

static struct slice take(BIO *bio, char out[TEXT_MAX])
{
    int len = BIO_read(bio, out, TEXT_MAX - 1);
    assert_true(len > 0);
    BIO_free(bio);
    out[len] = '\0';
    return slice_of(out, (size_t)len);
}

static struct slice pkcs8(EVP_PKEY *key, char out[TEXT_MAX])
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    return take(bio, out);
}

static void verify(struct slice text, const char *base64)
{
    uint8_t signature[SIGNING_KEY_BITS_MAX / 8];
    size_t len = 0;
    assert_true(base64_decode(slice_from(base64), signature, sizeof signature, &len));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, pair), 1);
    assert_int_equal(
        EVP_DigestVerify(context, signature, len, (const unsigned char *)text.data, text.len), 1);
    EVP_MD_CTX_free(context);
}

static void each_form_signs(void **state)
{
    (void)state;
    char text[TEXT_MAX], signature[SIGNATURE_BASE64_SIZE];
    struct slice forms[3];
    static char framed[TEXT_MAX], old[TEXT_MAX], bare[TEXT_MAX];
    forms[0] = pkcs8(pair, framed);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, pair, NULL, NULL, 0, NULL, NULL), 1);
    forms[1] = take(bio, old);
    assert_non_null(strstr(old, "BEGIN RSA PRIVATE KEY"));
    unsigned char *der = NULL;
    int len = i2d_PrivateKey(pair, &der);
    assert_true(len > 0);
    base64_encode(der, (size_t)len, bare, sizeof bare);
    OPENSSL_free(der);
    forms[2] = slice_from(bare);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        assert_true(signing_key_is(forms[i]));
        (void)snprintf(text, sizeof text, "POST\n/v3/%zu\n", i);
        assert_true(signing_key_sign(forms[i], slice_from(text), signature));
        verify(slice_from(text), signature);
    }
}

static void what_is_none(void **state)
{
    (void)state;
    char text[TEXT_MAX], signature[SIGNATURE_BASE64_SIZE];
    EVP_PKEY *small = EVP_RSA_gen(1024);
    EVP_PKEY *curve = EVP_EC_gen("P-256");
    assert_false(signing_key_is(pkcs8(small, text)));
    assert_false(signing_key_is(pkcs8(curve, text)));
    assert_false(signing_key_sign(slice_from(text), SLICE("x"), signature));
    EVP_PKEY_free(small);
    EVP_PKEY_free(curve);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(bio, pair), 1);
    assert_false(signing_key_is(take(bio, text)));
    bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(bio, pair, EVP_aes_128_cbc(), NULL, 0, NULL, "pass"),
                     1);
    assert_false(signing_key_is(take(bio, text)));
    assert_false(signing_key_is(SLICE("")));
    assert_false(signing_key_is(SLICE("AAAA")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_form_signs),
                                       cmocka_unit_test(what_is_none)};
    pair = EVP_RSA_gen(2048);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(pair);
    return failed;
}
