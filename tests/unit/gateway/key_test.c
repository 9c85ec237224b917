#include "gateway/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/rsa.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct slice pieces[] = {SLICE("one"), SLICE(""), SLICE("two")};

/* Digests by Python's hmac and hashlib of "onetwo" with the secret "k". */
static void test_secrets(void **state)
{
    static const struct {
        enum signing algorithm;
        const char *hex;
    } rows[] = {
        {SIGNING_HMAC_SHA256, "d09ad9e503a724dd5b69e5726a3574df6b05058b3c24d51e4a350bc8320701c0"},
        {SIGNING_MD5, "1e13d0fdf1b5936bb7b528f77d296c70"},
    };
    uint8_t digest[KEY_DIGEST_MAX];
    char hex[2 * KEY_DIGEST_MAX + 1];
    struct key *key;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct config_hmac profile = {.algorithm = rows[i].algorithm};
        assert_int_equal(key_new_secret(&profile, "k", 1, &key, NULL), ERROR_NONE);
        size_t len = key_sign(key, pieces, COUNT(pieces), digest);
        assert_int_equal(len, key_signature_len(key));
        hex_encode(digest, len, hex, sizeof(hex));
        assert_string_equal(hex, rows[i].hex);
        assert_int_equal(key_check(key, pieces, COUNT(pieces), slice_of(digest, len)), KEY_RIGHT);
        assert_int_equal(key_check(key, pieces, 2, slice_of(digest, len)), KEY_WRONG);
        assert_int_equal(key_check(key, pieces, COUNT(pieces), slice_of(digest, len - 1)),
                         KEY_WRONG);
        key_destroy(&key);
        assert_null(key);
    }
}

static void check_one(const char *text, const char *id, bool needs_id, const char *named,
                      EVP_PKEY *pair)
{
    const struct config_public_key config = {.id = (char *)id, .key = (char *)text};
    char base64[RSA_TEXT_MAX];
    uint8_t signature[KEY_SIGNATURE_MAX], digest[KEY_DIGEST_MAX];
    struct why why = {""};
    struct key *key;
    size_t len;

    if (key_new_public(&config, needs_id, 1, &key, &why))
        fail_msg("%s", why.text);
    rsa_sign(pair, SLICE("onetwo"), base64);
    assert_true(base64_decode(slice_from(base64), signature, sizeof(signature), &len));
    assert_int_equal(len, key_signature_len(key));
    for (int again = 0; again < 2; again++) {
        assert_int_equal(key_check(key, pieces, COUNT(pieces), slice_of(signature, len)),
                         KEY_RIGHT);
        assert_int_equal(key_check(key, pieces, 2, slice_of(signature, len)), KEY_WRONG);
    }
    assert_int_equal(key_sign(key, pieces, COUNT(pieces), digest), 0);
    if (named)
        assert_true(key_is(key, slice_from(named)));
    assert_false(key_is(key, SLICE("")));
    assert_false(key_is(key, SLICE("other")));
    key_destroy(&key);
}

static void test_public(void **state)
{
    EVP_PKEY *pair = rsa_make(2048);
    char text[RSA_TEXT_MAX];

    (void)state;
    rsa_public(pair, text);
    check_one(text, NULL, false, NULL, pair);
    check_one(text, "PUB_KEY_ID_01", true, "PUB_KEY_ID_01", pair);
    rsa_bare(pair, text);
    check_one(text, "pub_1", true, "PUB_1", pair);
    rsa_certificate(pair, 0xab12, text);
    check_one(text, NULL, true, "AB12", pair);
    check_one(text, NULL, true, "00ab12", pair);
    check_one(text, "named", true, "named", pair);
    EVP_PKEY_free(pair);
}

static void test_refusals(void **state)
{
    static const char *const no_keys[] = {
        "",
        "AAAA",
        "not base64!",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN",
    };
    char text[RSA_TEXT_MAX];
    struct config_public_key config = {.key = text};
    struct why why;
    struct key *key;

    (void)state;
    for (size_t i = 0; i < COUNT(no_keys); i++) {
        config.key = (char *)no_keys[i];
        assert_int_equal(key_new_public(&config, false, 3, &key, &why), ERROR_INVALID);
        assert_null(key);
        assert_non_null(strstr(why.text, "public_keys: number 3 is no RSA key"));
    }
    config.key = text;
    EVP_PKEY *pair = rsa_make(1024);
    rsa_public(pair, text);
    assert_int_equal(key_new_public(&config, false, 1, &key, &why), ERROR_INVALID);
    assert_non_null(strstr(why.text, "1024 bits"));
    EVP_PKEY_free(pair);
    pair = EVP_EC_gen("P-256");
    rsa_public(pair, text);
    assert_int_equal(key_new_public(&config, false, 1, &key, &why), ERROR_INVALID);
    EVP_PKEY_free(pair);
    pair = rsa_make(2048);
    rsa_public(pair, text);
    assert_int_equal(key_new_public(&config, true, 1, &key, &why), ERROR_INVALID);
    assert_non_null(strstr(why.text, "has no id"));
    EVP_PKEY_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_public),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
