#include "carrier/http/signing.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/signing_key.h"
#include "carrier/http/who.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIGNED_BYTES_MAX = 65536, PAIRS_MAX = 16, NONCE_BYTES = 16 };
enum { BEIJING_MS = 8 * 60 * 60 * 1000 }; /* ahead of UTC, without a summer time */

static bool say_who(struct buf *out, size_t n, const struct signed_request *it);
static bool sign_wechat_pay(struct buf *out, size_t n, const struct signed_request *it);
static bool sign_cryptomus(struct buf *out, size_t n, const struct signed_request *it);
static void sign_alipay(struct buf *out, const struct signed_request *it);
static struct slice path_of(const char *url);
static void make_nonce(const struct signed_request *it, char out[2 * NONCE_BYTES + 1]);
static size_t split_pairs(struct slice text, struct slice *pairs, size_t count);
static int compare_pairs(const void *a, const void *b);
static bool append_plain(struct buf *out, struct slice text);
static void cannot(struct buf *out);

void http_sign_address(struct buf *out, const struct signed_request *signing)
{
    if (signing->endpoint->sign == LANE_SIGN_ALIPAY)
        sign_alipay(out, signing);
}

bool http_sign_header(struct buf *out, size_t n, const struct signed_request *signing)
{
    switch (signing->endpoint->sign) {
    case LANE_SIGN_NOTHING:
        return say_who(out, n, signing);
    case LANE_SIGN_WECHAT_PAY:
        return sign_wechat_pay(out, n, signing);
    case LANE_SIGN_CRYPTOMUS:
        return sign_cryptomus(out, n, signing);
    case LANE_SIGN_ALIPAY:
        break;
    }
    return false;
}

static bool say_who(struct buf *out, size_t n, const struct signed_request *it)
{
    const struct endpoint *endpoint = it->endpoint;
    if (n > 0 || endpoint->secret == NULL || endpoint->secret[0] == '\0')
        return false;
    http_who(out, endpoint->scheme, endpoint->user, endpoint->secret);
    return true;
}

/* pay.weixin.qq.com/doc/v3, "signature of requests": method, path with query, seconds, nonce and
 * body, a line each. It answers 406 to who does not accept JSON by name. */
static bool sign_wechat_pay(struct buf *out, size_t n, const struct signed_request *it)
{
    const struct endpoint *endpoint = it->endpoint;
    char nonce[2 * NONCE_BYTES + 1], signature[SIGNATURE_BASE64_SIZE];
    struct buf text;
    if (n == 1)
        buf_append_text(out, "Accept: application/json");
    if (n != 0)
        return n == 1;
    make_nonce(it, nonce);
    buf_init(&text, SIGNED_BYTES_MAX);
    buf_printf(&text, "%s\n%.*s%.*s\n%" PRIu64 "\n%s\n", it->method,
               SLICE_ARG(path_of(endpoint->url)), SLICE_ARG(it->path), it->at_ms / 1000, nonce);
    buf_append_slice(&text, it->body);
    buf_append_text(&text, "\n");
    if (text.failed || !signing_key_sign(slice_from(endpoint->secret), buf_slice(&text), signature))
        cannot(out);
    else
        buf_printf(out,
                   "Authorization: WECHATPAY2-SHA256-RSA2048 mchid=\"%s\",nonce_str=\"%s\","
                   "timestamp=\"%" PRIu64 "\",serial_no=\"%s\",signature=\"%s\"",
                   endpoint->user, nonce, it->at_ms / 1000, endpoint->serial, signature);
    buf_deinit(&text);
    return true;
}

/* doc.cryptomus.com, "request format": the MD5 of the body's base64 with the key behind it. */
static bool sign_cryptomus(struct buf *out, size_t n, const struct signed_request *it)
{
    const struct endpoint *endpoint = it->endpoint;
    uint8_t digest[16];
    char hex[2 * sizeof digest + 1];
    if (n == 0)
        buf_printf(out, "merchant: %s", endpoint->user);
    if (n != 1)
        return n == 0;
    size_t size = 4 * ((it->body.len + 2) / 3) + 1;
    char *base64 = malloc(size);
    if (base64 != NULL)
        base64_encode(it->body.data, it->body.len, base64, size);
    if (base64 == NULL || !md5(slice_from(base64), slice_from(endpoint->secret), digest)) {
        cannot(out);
    } else {
        hex_encode(digest, sizeof digest, hex, sizeof hex);
        buf_printf(out, "sign: %s", hex);
    }
    free(base64);
    return true;
}

/* opendocs.alipay.com, "signing by yourself": the pairs of query and form, decoded, sorted by their
 * names and joined. Its clock is Beijing's. */
static void sign_alipay(struct buf *out, const struct signed_request *it)
{
    struct slice pairs[PAIRS_MAX];
    char time[32], stamp[48], signature[SIGNATURE_BASE64_SIZE];
    struct slice query =
        it->path.len > 0 ? slice_of(it->path.data + 1, it->path.len - 1) : it->path;
    struct buf text;
    clock_format_utc((int64_t)it->at_ms + BEIJING_MS, time, sizeof time);
    (void)snprintf(stamp, sizeof stamp, "timestamp=%.10s+%.8s", time, time + 11);
    size_t count = split_pairs(query, pairs, 0);
    count = split_pairs(it->body, pairs, count);
    count = split_pairs(slice_from(stamp), pairs, count);
    qsort(pairs, count, sizeof *pairs, compare_pairs);
    buf_init(&text, SIGNED_BYTES_MAX);
    bool ok = count < PAIRS_MAX;
    for (size_t i = 0; i < count && ok; i++) {
        if (i > 0)
            buf_append_text(&text, "&");
        ok = append_plain(&text, pairs[i]);
    }
    if (!ok || text.failed ||
        !signing_key_sign(slice_from(it->endpoint->secret), buf_slice(&text), signature)) {
        cannot(out);
    } else {
        buf_printf(out, "&%s&sign=", stamp);
        for (const char *at = signature; *at != '\0'; at++)
            buf_printf(out, strchr("+/=", *at) != NULL ? "%%%02X" : "%c", (unsigned char)*at);
    }
    buf_deinit(&text);
}

/* Of "https://host:1/path" the part behind the host. */
static struct slice path_of(const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = strchr(host != NULL ? host + 3 : url, '/');
    return path != NULL ? slice_from(path) : SLICE("");
}

/* It need not be a secret: another one for each attempt is what keeps a signature from being played
 * twice. */
static void make_nonce(const struct signed_request *it, char out[2 * NONCE_BYTES + 1])
{
    char text[64];
    uint8_t digest[32];
    int len = snprintf(text, sizeof text, "usher %" PRIu64 " %" PRIu64, it->delivery, it->at_ms);
    sha256(slice_of(text, (size_t)len), digest);
    hex_encode(digest, NONCE_BYTES, out, 2 * NONCE_BYTES + 1);
}

/* Behind count others; returns how many there are then, PAIRS_MAX: too many. */
static size_t split_pairs(struct slice text, struct slice *pairs, size_t count)
{
    while (text.len > 0 && count < PAIRS_MAX) {
        const char *end = memchr(text.data, '&', text.len);
        size_t len = end != NULL ? (size_t)(end - text.data) : text.len;
        size_t skip = len + (end != NULL);
        pairs[count++] = slice_of(text.data, len);
        text = slice_of(text.data + skip, text.len - skip);
    }
    return count;
}

/* By their names: these are of letters and '_', which all come behind '='. */
static int compare_pairs(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;
    size_t shorter = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->data, y->data, shorter);
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* Decoded. */
static bool append_plain(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        size_t len;
        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%') {
            if (text.len - i < 3 || !hex_decode(slice_of(text.data + i + 1, 2), &byte, 1, &len))
                return false;
            i += 2;
        }
        buf_append_u8(out, byte);
    }
    return true;
}

/* Keys were looked at when the configuration was read: what is wanting is memory. */
static void cannot(struct buf *out)
{
    out->failed = true;
    out->starved = true;
}
