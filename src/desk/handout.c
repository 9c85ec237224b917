#include "desk/handout.h"

#include "base/assert.h"
#include "base/encoding.h"
#include "base/prng.h"
#include "desk/entry.h"

#include <openssl/crypto.h>
#include <stdio.h>

enum { SECRET_BYTES = 32, WEEK_S = 7 * 24 * 3600 };

static const struct {
    const char *method, *path;
    enum handout_kind kind;
} rows[] = {
    {"POST", "/api/v1/session", HANDOUT_COOKIE},
    {"DELETE", "/api/v1/session", HANDOUT_FAREWELL},
    {"POST", "/api/v1/staff/logins", HANDOUT_CODE},
    {"POST", "/api/v1/staff/keys", HANDOUT_KEY},
};

enum handout_kind handout_of(struct slice method, struct slice path)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (slice_is(method, rows[i].method) && slice_is(path, rows[i].path))
            return rows[i].kind;
    return HANDOUT_NONE;
}

uint32_t handout_begin(struct handouts *handouts, enum handout_kind kind, bool plain,
                       uint8_t hash[HANDOUT_HASH_BYTES])
{
    uint8_t bytes[SECRET_BYTES];
    char text[2 * SECRET_BYTES + 1];
    uint32_t n = 0;
    ASSERT(kind != HANDOUT_NONE);
    while (n < HANDOUTS_MAX && handouts->items[n].kind != HANDOUT_NONE)
        n++;
    if (n == HANDOUTS_MAX)
        return 0;
    struct handout *handout = &handouts->items[n];
    *handout = (struct handout){.kind = kind, .plain = plain};
    if (kind == HANDOUT_FAREWELL)
        return n + 1;
    random_bytes(bytes, sizeof bytes);
    hex_encode(bytes, sizeof bytes, text, sizeof text);
    (void)snprintf(handout->secret, sizeof handout->secret, "%s%s",
                   kind == HANDOUT_KEY ? ENTRY_KEY_PREFIX : "", text);
    OPENSSL_cleanse(text, sizeof text);
    OPENSSL_cleanse(bytes, sizeof bytes);
    sha256(slice_from(handout->secret), hash);
    return n + 1;
}

const struct handout *handout_find(const struct handouts *handouts, uint32_t id)
{
    ASSERT(id >= 1 && id <= HANDOUTS_MAX && handouts->items[id - 1].kind != HANDOUT_NONE);
    return &handouts->items[id - 1];
}

void handout_end(struct handouts *handouts, uint32_t id)
{
    if (id != 0)
        OPENSSL_cleanse(&handouts->items[id - 1], sizeof handouts->items[id - 1]);
}

void handout_cookie(const struct handout *handout, char out[HANDOUT_COOKIE_SIZE])
{
    bool farewell = handout->kind == HANDOUT_FAREWELL;
    out[0] = '\0';
    if (!farewell && handout->kind != HANDOUT_COOKIE)
        return;
    int len =
        snprintf(out, HANDOUT_COOKIE_SIZE, "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s",
                 handout->plain ? ENTRY_COOKIE_PLAIN : ENTRY_COOKIE, handout->secret,
                 farewell ? 0 : WEEK_S, handout->plain ? "" : "; Secure");
    ASSERT(len > 0 && len < HANDOUT_COOKIE_SIZE);
}

void handout_body(const struct handout *handout, struct slice body, struct buf *out)
{
    const char *name = handout->kind == HANDOUT_CODE  ? "code"
                       : handout->kind == HANDOUT_KEY ? "key"
                                                      : NULL;
    buf_clear(out);
    if (name == NULL || body.len < 2 || body.data[0] != '{') {
        buf_append_slice(out, body);
        return;
    }
    buf_printf(out, "{\"%s\":\"%s\"%s", name, handout->secret, body.len > 2 ? "," : "");
    buf_append(out, body.data + 1, body.len - 1);
}
