#include "base/encoding.h"

#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void hex(void **state)
{
    (void)state;
    uint8_t out[4];
    size_t len = 9;
    assert_true(hex_decode(SLICE("00fFA5b1"), out, sizeof(out), &len));
    assert_int_equal(len, 4);
    assert_memory_equal(out, "\x00\xff\xa5\xb1", 4);
    assert_true(hex_decode(slice_of(NULL, 0), out, 0, &len));
    assert_int_equal(len, 0);
    char text[9];
    hex_encode(out, 4, text, sizeof(text));
    assert_string_equal(text, "00ffa5b1");
    hex_encode(NULL, 0, text, 1);
    assert_string_equal(text, "");
}

static void hex_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"0",   "000",  "0g", "g0", "0x00", " 00",
                                        "00 ", "0 0f", "@@", "``", "//",   "::"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t out[8];
        size_t len = 7;
        assert_false(hex_decode(slice_from(cases[i]), out, sizeof(out), &len));
        assert_int_equal(len, 7);
    }
    uint8_t out[2];
    size_t len;
    assert_false(hex_decode(SLICE("000000"), out, sizeof(out), &len));
    assert_false(hex_decode(SLICE("\0\0"), out, sizeof(out), &len));
}

static void base64_vectors_of_rfc_4648(void **state)
{
    (void)state;
    static const struct {
        const char *plain;
        const char *padded;
    } cases[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xef\xff", "++//"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[16];
        base64_encode(cases[i].plain, strlen(cases[i].plain), text, sizeof(text));
        assert_string_equal(text, cases[i].padded);
        struct slice padded = slice_from(cases[i].padded);
        struct slice bare = padded;
        while (bare.len > 0 && bare.data[bare.len - 1] == '=')
            bare.len--;
        struct slice both[] = {padded, bare};
        for (size_t k = 0; k < 2; k++) {
            uint8_t out[16];
            size_t len = 99;
            assert_true(base64_decode(both[k], out, sizeof(out), &len));
            assert_int_equal(len, strlen(cases[i].plain));
            assert_memory_equal(out, cases[i].plain, len);
        }
    }
    uint8_t out[3];
    size_t len;
    assert_true(base64_decode(SLICE("--__"), out, sizeof(out), &len));
    assert_memory_equal(out, "\xfb\xef\xff", 3);
}

static void base64_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "Z",            /* six bits are no byte */
        "Zm9vY",        /* the same behind a whole group */
        "Zh==",         /* bits that are lost */
        "Zm9=",         /* the same in the two-byte form */
        "Zh",    "Zm9", /* unpadded */
        "Zg=",          /* half a padding */
        "Zg===", "Zg====", "=",      "==",       "===",     "====",      "Zg==Zg==",
        "Zm=v",  "Zm9v=",  "Zm9v==", "Zm9v====", "Z===",    "Zm9v Zm9v", "Zm9v\n",
        " Zm9v", "Zm9v!",  "+-+-",   "+_//",     "Zm9\xC3",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t out[32];
        size_t len = 7;
        assert_false(base64_decode(slice_from(cases[i]), out, sizeof(out), &len));
        assert_int_equal(len, 7);
    }
    uint8_t out[2];
    size_t len;
    assert_false(base64_decode(SLICE("Zm9v"), out, sizeof(out), &len));
    assert_true(base64_decode(SLICE("Zm8"), out, sizeof(out), &len));
}

static void random_bytes_come_back(void **state)
{
    (void)state;
    struct prng prng = {3};
    for (size_t n = 0; n < 200; n++) {
        uint8_t bytes[200];
        uint8_t back[200];
        char text[420];
        size_t len;
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)prng_next(&prng);
        base64_encode(bytes, n, text, (n + 2) / 3 * 4 + 1);
        assert_int_equal(strlen(text), (n + 2) / 3 * 4);
        assert_true(base64_decode(slice_from(text), back, n, &len));
        assert_int_equal(len, n);
        assert_memory_equal(bytes, back, n);
        hex_encode(bytes, n, text, 2 * n + 1);
        assert_true(hex_decode(slice_from(text), back, n, &len));
        assert_int_equal(len, n);
        assert_memory_equal(bytes, back, n);
    }
}

static void assert_hex(const uint8_t *data, size_t len, const char *expected)
{
    char text[129];
    hex_encode(data, len, text, sizeof(text));
    assert_string_equal(text, expected);
}

static void sha256_vectors_of_fips_180(void **state)
{
    (void)state;
    uint8_t out[32];
    sha256(SLICE("abc"), out);
    assert_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256(slice_of(NULL, 0), out);
    assert_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void md5_vectors_of_rfc_1321(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b, *digest;
    } cases[] = {
        {"", "", "d41d8cd98f00b204e9800998ecf8427e"},
        {"abc", "", "900150983cd24fb0d6963f7d28e17f72"},
        {"message", " digest", "f96b697d7cb7938d525a2f31aaf161d0"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t digest[16];
        char text[33];
        assert_true(md5(slice_from(cases[i].a), slice_from(cases[i].b), digest));
        hex_encode(digest, sizeof(digest), text, sizeof(text));
        assert_string_equal(text, cases[i].digest);
    }
}

static void pem_frames(void **state)
{
    (void)state;
    uint8_t out[8];
    size_t len = 0;
    static const char *const good[] = {
        "Zm9v\nYmFy", "-----BEGIN X-----\r\nZm9v\r\nYmFy\r\n-----END X-----\r\n",
        "a comment\n-----BEGIN SOME KEY-----\nZm9v YmFy\n-----END SOME KEY-----\nand more"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(pem_decode(slice_from(good[i]), out, sizeof(out), &len));
        assert_int_equal(len, 6);
        assert_memory_equal(out, "foobar", 6);
    }
    static const char *const bad[] = {"",
                                      "\n",
                                      "Zm9v!",
                                      "-----BEGIN X-----\nZm9v\n",
                                      "-----BEGIN X",
                                      "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nZm9v\n"
                                      "-----END X-----\n"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(pem_decode(slice_from(bad[i]), out, sizeof(out), &len));
    assert_false(pem_decode(SLICE("Zm9vYmFyYmF6"), out, sizeof(out), &len)); /* no room */
    static char long_text[PEM_TEXT_MAX + 2];
    memset(long_text, 'A', sizeof(long_text) - 1);
    static uint8_t room[PEM_TEXT_MAX];
    assert_false(pem_decode(slice_from(long_text), room, sizeof(room), &len));
}

/* RFC 4231, test cases 1, 2, 6 (a key longer than a block). */
static void hmac_vectors(void **state)
{
    (void)state;
    char key1[20];
    char key6[131];
    memset(key1, 0x0b, sizeof(key1));
    memset(key6, 0xaa, sizeof(key6));
    const struct {
        struct slice key;
        struct slice data;
        const char *sha256;
        const char *sha512;
    } cases[] = {
        {slice_of(key1, 20), SLICE("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
         "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274ea"
         "ea3f"
         "4e4be9d914eeb61f1702e696c203a126854"},
        {SLICE("Jefe"), SLICE("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f"
         "8f0e"
         "6fdcaeab1a34d4a6b4b636e070a38bce737"},
        {slice_of(key6, 131), SLICE("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
         "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215"
         "d6a1"
         "e5295e64f73f63f0aec8b915a985d786598"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int algorithm = HMAC_SHA256; algorithm <= HMAC_SHA512; algorithm++) {
            struct hmac *hmac =
                hmac_new((enum hmac_algorithm)algorithm, cases[i].key.data, cases[i].key.len);
            assert_non_null(hmac);
            size_t expected_len = algorithm == HMAC_SHA256 ? 32 : 64;
            /* Three times with one key, whole and in pieces: nothing is left over between them. */
            for (size_t cut = 0; cut < 3; cut++) {
                struct slice data = cases[i].data;
                struct slice pieces[] = {slice_of(data.data, cut), slice_of(NULL, 0),
                                         slice_of(data.data + cut, data.len - cut)};
                uint8_t out[64];
                assert_int_equal(hmac_compute(hmac, pieces, 3, out), expected_len);
                assert_hex(out, expected_len,
                           algorithm == HMAC_SHA256 ? cases[i].sha256 : cases[i].sha512);
            }
            hmac_destroy(&hmac);
            assert_null(hmac);
        }
    }
}

static void hmac_of_nothing_with_an_empty_key(void **state)
{
    (void)state;
    struct hmac *hmac = hmac_new(HMAC_SHA256, NULL, 0);
    assert_non_null(hmac);
    uint8_t out[64];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(hmac_compute(hmac, NULL, 0, out), 32);
        assert_hex(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    }
    hmac_destroy(&hmac);
    hmac_destroy(&hmac);
}

static void secrets_compare(void **state)
{
    (void)state;
    assert_true(secret_equal(SLICE("abc"), SLICE("abc")));
    assert_false(secret_equal(SLICE("abc"), SLICE("abd")));
    assert_false(secret_equal(SLICE("abc"), SLICE("ab")));
    assert_false(secret_equal(SLICE("abc"), SLICE("")));
    assert_false(secret_equal(SLICE(""), SLICE("")));
    assert_false(secret_equal(slice_of(NULL, 0), slice_of(NULL, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex),
        cmocka_unit_test(hex_refused),
        cmocka_unit_test(base64_vectors_of_rfc_4648),
        cmocka_unit_test(base64_refused),
        cmocka_unit_test(random_bytes_come_back),
        cmocka_unit_test(sha256_vectors_of_fips_180),
        cmocka_unit_test(md5_vectors_of_rfc_1321),
        cmocka_unit_test(pem_frames),
        cmocka_unit_test(hmac_vectors),
        cmocka_unit_test(hmac_of_nothing_with_an_empty_key),
        cmocka_unit_test(secrets_compare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
