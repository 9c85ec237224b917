#include "gateway/proof.h"

#include "base/assert.h"
#include "base/encoding.h"
#include "gateway/signature.h"
#include "gateway/template.h"
#include "http/server.h"

#include <stdlib.h>
#include <strings.h>

enum {
    DIGEST_MAX = 64,
    KEY_BYTES_MAX = 1024,
    TIMESTAMP_DIGITS_MAX = 15, /* ms of the year 33658; seconds times 1000 still fit 64 bits */
    TIMESTAMP_TEXT_MAX = 64    /* of one that is only signed and not looked at */
};

struct proof {
    const struct config_hmac *profile;
    uint64_t tolerance_ms;
    struct template template;
    struct hmac *keys[CONFIG_SECRETS_MAX];
    size_t key_count;
    struct buf body_base64; /* of the request being judged; keeps its memory */
};

static enum error check_profile(const struct proof *proof, struct why *why);
static enum error add_key(struct proof *proof, const char *secret, struct why *why);
static enum gateway_verdict find_timestamp(const struct proof *proof,
                                           const struct gateway_request *request,
                                           struct slice in_signature, struct slice *timestamp,
                                           uint64_t *ms);
static enum gateway_verdict fill(struct proof *proof, const struct gateway_request *request,
                                 struct slice timestamp, struct slice *pieces);
static enum gateway_verdict compare(struct proof *proof, const struct signatures *signatures,
                                    const struct slice *pieces);
static enum gateway_verdict check_age(const struct proof *proof, uint64_t now_ms, uint64_t ms);

enum error proof_new(const struct config_hmac *profile, uint64_t tolerance_ms, char *const *secrets,
                     size_t secret_count, struct proof **out, struct why *why)
{
    *out = NULL;
    if (secret_count == 0 || secret_count > CONFIG_SECRETS_MAX)
        return why_set(why, ERROR_INVALID, "secrets: expected 1 to %d of them", CONFIG_SECRETS_MAX);
    struct proof *proof = calloc(1, sizeof(*proof));
    if (!proof)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    proof->profile = profile;
    proof->tolerance_ms = tolerance_ms;
    buf_init(&proof->body_base64, 4 * (GATEWAY_BODY_MAX / 3 + 1) + 1);

    enum error error = template_compile(profile->signed_template, &proof->template, why);
    if (!error)
        error = check_profile(proof, why);
    for (size_t i = 0; i < secret_count && !error; i++)
        error = add_key(proof, secrets[i], why);
    if (error) {
        proof_destroy(&proof);
        return error;
    }
    *out = proof;
    return ERROR_NONE;
}

void proof_destroy(struct proof **proof)
{
    if (!*proof)
        return;
    for (size_t i = 0; i < (*proof)->key_count; i++)
        hmac_destroy(&(*proof)->keys[i]);
    buf_deinit(&(*proof)->body_base64);
    free(*proof);
    *proof = NULL;
}

enum gateway_verdict proof_judge(struct proof *proof, const struct gateway_request *request)
{
    struct signatures signatures;
    struct slice pieces[TEMPLATE_PIECES_MAX];
    struct slice timestamp = {NULL, 0};
    uint64_t stamped_ms = 0;
    bool repeated = false;
    enum gateway_verdict verdict;

    struct slice header = http_header_find(request->headers, request->header_count,
                                           proof->profile->signature_header, &repeated);
    if (repeated)
        return GATEWAY_signature_malformed;
    verdict = signatures_read(proof->profile, header, &signatures);
    if (verdict == GATEWAY_accepted)
        verdict = find_timestamp(proof, request, signatures.timestamp, &timestamp, &stamped_ms);
    if (verdict == GATEWAY_accepted)
        verdict = fill(proof, request, timestamp, pieces);
    if (verdict == GATEWAY_accepted)
        verdict = compare(proof, &signatures, pieces);
    if (verdict == GATEWAY_accepted)
        verdict = check_age(proof, request->now_ms, stamped_ms);
    return verdict;
}

enum error proof_sign(struct proof *proof, const struct gateway_request *request,
                      struct slice timestamp, size_t index, char out[PROOF_SIGNATURE_SIZE])
{
    struct slice pieces[TEMPLATE_PIECES_MAX];
    uint8_t digest[DIGEST_MAX];

    if (index >= proof->key_count)
        return ERROR_INVALID;
    enum gateway_verdict verdict = fill(proof, request, timestamp, pieces);
    if (verdict != GATEWAY_accepted)
        return verdict == GATEWAY_busy ? ERROR_MEMORY : ERROR_INVALID;
    size_t len = hmac_compute(proof->keys[index], pieces, proof->template.count, digest);
    if (len == 0)
        return ERROR_MEMORY;
    if (proof->profile->encoding == ENCODING_HEX)
        hex_encode(digest, len, out, PROOF_SIGNATURE_SIZE);
    else
        base64_encode(digest, len, out, PROOF_SIGNATURE_SIZE);
    return ERROR_NONE;
}

const struct config_hmac *proof_profile(const struct proof *proof)
{
    return proof->profile;
}

const struct template *proof_template(const struct proof *proof)
{
    return &proof->template;
}

static enum error check_timestamp(const struct proof *proof, struct why *why)
{
    const struct config_hmac *profile = proof->profile;
    bool given = profile->timestamp_header || profile->timestamp_field;
    bool is_signed = template_has(&proof->template, HOLE_TIMESTAMP);

    if (profile->timestamp_header && profile->timestamp_field)
        return why_set(why, ERROR_INVALID, "timestamp: expected header or field, not both");
    if (profile->timestamp_field && profile->format != SIGNATURE_KV)
        return why_set(why, ERROR_INVALID,
                       "timestamp.field: only a signature of format kv has fields");
    if (profile->timestamp_field && strcmp(profile->timestamp_field, profile->field) == 0)
        return why_set(why, ERROR_INVALID, "timestamp.field: it is the signature's field too");
    if (is_signed && !given)
        return why_set(why, ERROR_INVALID, "signed: {timestamp} needs timestamp.header or .field");
    if (proof->tolerance_ms > 0 && !given)
        return why_set(why, ERROR_INVALID,
                       "timestamp.tolerance: it needs timestamp.header or .field");
    if (proof->tolerance_ms > 0 && !is_signed)
        return why_set(why, ERROR_INVALID,
                       "signed: {timestamp} is not in it, and a time that is not signed proves "
                       "nothing; add it or leave timestamp out");
    return ERROR_NONE;
}

static enum error check_profile(const struct proof *proof, struct why *why)
{
    const struct config_hmac *profile = proof->profile;

    if (!profile->signature_header || !*profile->signature_header)
        return why_set(why, ERROR_INVALID, "signature.header: expected the header's name");
    if (profile->format == SIGNATURE_PREFIX && (!profile->prefix || !*profile->prefix))
        return why_set(why, ERROR_INVALID, "signature.prefix: format prefix needs it");
    if (profile->format == SIGNATURE_KV && (!profile->field || !*profile->field))
        return why_set(why, ERROR_INVALID, "signature.field: format kv needs it");
    if (!template_has(&proof->template, HOLE_BODY) &&
        !template_has(&proof->template, HOLE_BODY_BASE64))
        return why_set(why, ERROR_INVALID,
                       "signed: neither {body} nor {body_base64} is in it, so it would prove "
                       "nothing about the body");
    for (size_t i = 0; i < proof->template.count; i++)
        if (strcasecmp(proof->template.pieces[i].header, profile->signature_header) == 0)
            return why_set(why, ERROR_INVALID, "signed: a signature cannot cover its own header");
    if (template_has(&proof->template, HOLE_ID) && !profile->event_id_header)
        return why_set(why, ERROR_INVALID, "signed: {id} needs event_id.header");
    return check_timestamp(proof, why);
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

static enum error add_key(struct proof *proof, const char *secret, struct why *why)
{
    static const char *const forms[] = {
        [KEY_UTF8] = "text",     [KEY_HEX] = "hex",
        [KEY_BASE64] = "base64", [KEY_WHSEC] = "whsec_ and base64",
        [KEY_SHA256] = "text",
    };
    uint8_t bytes[KEY_BYTES_MAX];
    struct slice key;
    enum error error = ERROR_NONE;

    if (!decode_key(proof->profile->key, slice_from(secret), bytes, &key)) {
        error = why_set(why, ERROR_INVALID,
                        "secrets: number %zu is empty or not well-formed; "
                        "expected %s of at most %d bytes",
                        proof->key_count + 1, forms[proof->profile->key], KEY_BYTES_MAX);
    } else {
        struct hmac *hmac = hmac_new(proof->profile->algorithm, key.data, key.len);
        if (hmac)
            proof->keys[proof->key_count++] = hmac;
        else
            error = why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    }
    explicit_bzero(bytes, sizeof(bytes));
    return error;
}

/* Strictly decimal, no sign, no leading zero. */
static bool parse_timestamp(struct slice text, enum time_unit unit, uint64_t *ms)
{
    uint64_t value = 0;

    if (text.len == 0 || text.len > TIMESTAMP_DIGITS_MAX || text.data[0] == '0')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    *ms = unit == TIME_UNIT_S ? value * 1000 : value;
    return true;
}

static enum gateway_verdict find_timestamp(const struct proof *proof,
                                           const struct gateway_request *request,
                                           struct slice in_signature, struct slice *timestamp,
                                           uint64_t *ms)
{
    const struct config_hmac *profile = proof->profile;
    bool repeated = false;

    if (!profile->timestamp_header && !profile->timestamp_field)
        return GATEWAY_accepted;
    *timestamp = profile->timestamp_header
                     ? http_header_find(request->headers, request->header_count,
                                        profile->timestamp_header, &repeated)
                     : in_signature;
    if (repeated)
        return GATEWAY_timestamp_malformed;
    if (timestamp->len == 0)
        return GATEWAY_timestamp_missing;
    if (proof->tolerance_ms == 0) /* signed over as text, of whatever form */
        return timestamp->len <= TIMESTAMP_TEXT_MAX ? GATEWAY_accepted
                                                    : GATEWAY_timestamp_malformed;
    return parse_timestamp(*timestamp, profile->timestamp_unit, ms) ? GATEWAY_accepted
                                                                    : GATEWAY_timestamp_malformed;
}

static enum gateway_verdict fill_header(const struct gateway_request *request, const char *name,
                                        struct slice *piece)
{
    bool repeated = false;

    *piece = http_header_find(request->headers, request->header_count, name, &repeated);
    if (repeated)
        return GATEWAY_signature_malformed;
    return piece->data ? GATEWAY_accepted : GATEWAY_signature_missing;
}

static enum gateway_verdict fill_base64(struct proof *proof, struct slice body, struct slice *piece)
{
    struct buf *out = &proof->body_base64;
    size_t size = 4 * (body.len / 3 + 1) + 1;

    buf_clear(out);
    char *room = buf_reserve(out, size);
    if (!room)
        return GATEWAY_busy;
    base64_encode(body.data, body.len, room, size);
    *piece = slice_from(room);
    return GATEWAY_accepted;
}

/* The bytes that are signed, as pieces that are borrowed from all over. */
static enum gateway_verdict fill(struct proof *proof, const struct gateway_request *request,
                                 struct slice timestamp, struct slice *pieces)
{
    enum gateway_verdict verdict = GATEWAY_accepted;

    for (size_t i = 0; i < proof->template.count && verdict == GATEWAY_accepted; i++) {
        const struct template_piece *piece = &proof->template.pieces[i];
        switch (piece->hole) {
        case HOLE_NONE:
            pieces[i] = piece->text;
            break;
        case HOLE_TIMESTAMP:
            pieces[i] = timestamp;
            break;
        case HOLE_BODY:
            pieces[i] = request->body;
            break;
        case HOLE_BODY_BASE64:
            verdict = fill_base64(proof, request->body, &pieces[i]);
            break;
        case HOLE_ID:
            verdict = fill_header(request, proof->profile->event_id_header, &pieces[i]);
            break;
        case HOLE_METHOD:
            pieces[i] = request->method;
            break;
        case HOLE_PATH:
            pieces[i] = request->path;
            break;
        case HOLE_HEADER:
            verdict = fill_header(request, piece->header, &pieces[i]);
            break;
        case HOLE_COUNT:
            ASSERT(piece->hole != HOLE_COUNT); /* no compiled template holds it */
        }
    }
    return verdict;
}

/* Decodes the candidates to the digest's length; those that cannot be one are left out. */
static size_t decode(const struct proof *proof, const struct signatures *signatures,
                     uint8_t digests[SIGNATURES_MAX][DIGEST_MAX])
{
    const size_t expected = proof->profile->algorithm == HMAC_SHA256 ? 32 : 64;
    size_t count = 0;

    for (size_t i = 0; i < signatures->count; i++) {
        size_t len = 0;
        bool ok = proof->profile->encoding == ENCODING_HEX
                      ? hex_decode(signatures->items[i], digests[count], DIGEST_MAX, &len)
                      : base64_decode(signatures->items[i], digests[count], DIGEST_MAX, &len);
        if (ok && len == expected)
            count++;
    }
    return count;
}

/* Any signature of any secret proves the request: during a rotation both sides hold two. */
static enum gateway_verdict compare(struct proof *proof, const struct signatures *signatures,
                                    const struct slice *pieces)
{
    uint8_t given[SIGNATURES_MAX][DIGEST_MAX];
    uint8_t digest[DIGEST_MAX];
    size_t count = decode(proof, signatures, given);

    if (count == 0)
        return GATEWAY_signature_malformed;
    for (size_t k = 0; k < proof->key_count; k++) {
        size_t len = hmac_compute(proof->keys[k], pieces, proof->template.count, digest);
        if (len == 0)
            return GATEWAY_busy;
        for (size_t i = 0; i < count; i++)
            if (secret_equal(slice_of(digest, len), slice_of(given[i], len)))
                return GATEWAY_accepted;
    }
    return GATEWAY_signature_wrong;
}

/* Compared in the unit that the sender counts in, as the gateways' own libraries do: a stamp in
 * whole seconds is up to a second older than its request through rounding alone. */
static enum gateway_verdict check_age(const struct proof *proof, uint64_t now_ms, uint64_t ms)
{
    if (proof->tolerance_ms == 0)
        return GATEWAY_accepted;
    if (proof->profile->timestamp_unit == TIME_UNIT_S)
        now_ms -= now_ms % 1000;
    if (now_ms > ms && now_ms - ms > proof->tolerance_ms)
        return GATEWAY_timestamp_stale;
    if (ms > now_ms && ms - now_ms > proof->tolerance_ms)
        return GATEWAY_timestamp_ahead;
    return GATEWAY_accepted;
}
