/* EVP allocates a context for each digest; a hash without a key must not be able to fail, since the
 * ledger takes one of each event. SHA256_* works on the stack. OpenSSL 3 calls it deprecated and
 * keeps it. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/encoding.h"

#include "base/assert.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <stdlib.h>

struct hmac {
    EVP_MAC_CTX *context; /* keyed; every computation restarts it with the same key */
};

struct hmac_kind {
    const char *digest;
    size_t length;
};

static const struct hmac_kind hmac_kinds[] = {
    [HMAC_SHA256] = {"SHA2-256", 32},
    [HMAC_SHA512] = {"SHA2-512", 64},
};

/* One more than what a hexadecimal digit is worth, 0 for what is none: a proof is read in each
 * request. */
static const uint8_t hex_worth[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static int base64_value(char c, bool *standard, bool *url);

bool hex_decode(struct slice text, uint8_t *out, size_t out_size, size_t *out_len)
{
    if (text.len % 2 != 0 || text.len / 2 > out_size)
        return false;
    for (size_t i = 0; i < text.len / 2; i++) {
        unsigned high = hex_worth[(uint8_t)text.data[2 * i]];
        unsigned low = hex_worth[(uint8_t)text.data[2 * i + 1]];
        if (high == 0 || low == 0)
            return false;
        out[i] = (uint8_t)((high - 1) << 4 | (low - 1));
    }
    *out_len = text.len / 2;
    return true;
}

bool base64_decode(struct slice text, uint8_t *out, size_t out_size, size_t *out_len)
{
    size_t len = text.len;
    if (len > 0 && len % 4 == 0 && text.data[len - 1] == '=')
        len -= text.data[len - 2] == '=' ? 2 : 1;
    size_t bytes = len / 4 * 3 + (len % 4 == 0 ? 0 : len % 4 - 1);
    if (len % 4 == 1 || bytes > out_size)
        return false;

    uint32_t bits = 0;
    unsigned held = 0; /* bits gathered and not yet written */
    size_t at = 0;
    bool standard = false;
    bool url = false;
    for (size_t i = 0; i < len; i++) {
        int value = base64_value(text.data[i], &standard, &url);
        if (value < 0 || (standard && url))
            return false;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[at++] = (uint8_t)(bits >> held);
            bits &= (1U << held) - 1;
        }
    }
    if (bits != 0)
        return false;
    ASSERT(at == bytes);
    *out_len = at;
    return true;
}

void hex_encode(const void *data, size_t len, char *out, size_t out_size)
{
    static const char digits[] = "0123456789abcdef";
    ASSERT(out_size > 0 && len <= (out_size - 1) / 2);
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

void base64_encode(const void *data, size_t len, char *out, size_t out_size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    ASSERT(out_size > 0 && len / 3 + (len % 3 != 0 ? 1 : 0) <= (out_size - 1) / 4);
    const uint8_t *bytes = data;
    size_t at = 0;
    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t bits = (uint32_t)bytes[i] << 16;
        if (n > 1)
            bits |= (uint32_t)bytes[i + 1] << 8;
        if (n > 2)
            bits |= bytes[i + 2];
        out[at++] = digits[bits >> 18 & 63];
        out[at++] = digits[bits >> 12 & 63];
        out[at++] = n > 1 ? digits[bits >> 6 & 63] : '=';
        out[at++] = n > 2 ? digits[bits & 63] : '=';
    }
    out[at] = '\0';
}

bool pem_decode(struct slice text, uint8_t *out, size_t out_size, size_t *out_len)
{
    static const char begin[] = "-----BEGIN ", dashes[] = "-----";
    char joined[PEM_TEXT_MAX];
    size_t n = 0;
    const char *frame = memmem(text.data, text.len, begin, sizeof begin - 1);
    if (frame != NULL) {
        struct slice rest = slice_of(frame + sizeof begin - 1,
                                     text.len - (size_t)(frame - text.data) - (sizeof begin - 1));
        const char *label_end = memmem(rest.data, rest.len, dashes, sizeof dashes - 1);
        size_t label = label_end == NULL ? rest.len : (size_t)(label_end - rest.data) + 5;
        rest = slice_of(rest.data + label, rest.len - label);
        const char *end = memmem(rest.data, rest.len, dashes, sizeof dashes - 1);
        if (end == NULL)
            return false;
        text = slice_of(rest.data, (size_t)(end - rest.data));
    }
    bool ok = true;
    for (size_t i = 0; i < text.len && ok; i++) {
        if (strchr("\n\r\t ", text.data[i]) != NULL && text.data[i] != '\0')
            continue;
        ok = n < sizeof joined;
        if (ok)
            joined[n++] = text.data[i];
    }
    ok = ok && n > 0 && base64_decode(slice_of(joined, n), out, out_size, out_len);
    OPENSSL_cleanse(joined, n);
    return ok;
}

void sha256(struct slice data, uint8_t out[32])
{
    SHA256_CTX context;
    ASSERT(SHA256_Init(&context) == 1);
    ASSERT(SHA256_Update(&context, data.data ? data.data : "", data.len) == 1);
    ASSERT(SHA256_Final(out, &context) == 1);
}

bool md5(struct slice a, struct slice b, uint8_t out[16])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestInit_ex(context, EVP_md5(), NULL) == 1 &&
              EVP_DigestUpdate(context, a.len > 0 ? a.data : "", a.len) == 1 &&
              EVP_DigestUpdate(context, b.len > 0 ? b.data : "", b.len) == 1 &&
              EVP_DigestFinal_ex(context, out, NULL) == 1;
    EVP_MD_CTX_free(context);
    return ok;
}

struct hmac *hmac_new(enum hmac_algorithm algorithm, const void *key, size_t key_len)
{
    struct hmac *hmac = calloc(1, sizeof(*hmac));
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (hmac == NULL || mac == NULL)
        goto fail;
    hmac->context = EVP_MAC_CTX_new(mac);
    if (hmac->context == NULL)
        goto fail;

    /* The parameter's type is char *, although nothing is written through it. */
    char digest[16];
    ASSERT(slice_copy(slice_from(hmac_kinds[algorithm].digest), digest, sizeof(digest)));
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    /* A NULL key would mean "no key given" and not "the empty key". */
    if (EVP_MAC_init(hmac->context, key_len > 0 ? key : (const void *)"", key_len, params) != 1)
        goto fail;
    ASSERT(EVP_MAC_CTX_get_mac_size(hmac->context) == hmac_kinds[algorithm].length);
    EVP_MAC_free(mac);
    return hmac;

fail:
    EVP_MAC_free(mac);
    hmac_destroy(&hmac);
    return NULL;
}

void hmac_destroy(struct hmac **hmac)
{
    if (*hmac == NULL)
        return;
    EVP_MAC_CTX_free((*hmac)->context); /* wipes the key */
    free(*hmac);
    *hmac = NULL;
}

size_t hmac_compute(struct hmac *hmac, const struct slice *pieces, size_t count, uint8_t out[64])
{
    size_t len = 0;
    if (EVP_MAC_init(hmac->context, NULL, 0, NULL) != 1)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].len > 0 &&
            EVP_MAC_update(hmac->context, (const unsigned char *)pieces[i].data, pieces[i].len) !=
                1)
            return 0;
    }
    return EVP_MAC_final(hmac->context, out, &len, 64) == 1 ? len : 0;
}

bool secret_equal(struct slice a, struct slice b)
{
    return a.len == b.len && a.len > 0 && CRYPTO_memcmp(a.data, b.data, a.len) == 0;
}

/* Notes which alphabet the character belongs to, so that a mixture can be refused. */
static int base64_value(char c, bool *standard, bool *url)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    *standard |= c == '+' || c == '/';
    *url |= c == '-' || c == '_';
    if (c == '+' || c == '-')
        return 62;
    if (c == '/' || c == '_')
        return 63;
    return -1;
}
