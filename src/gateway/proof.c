#include "gateway/proof.h"

#include "base/assert.h"
#include "base/encoding.h"
#include "gateway/body.h"
#include "gateway/key.h"
#include "gateway/signature.h"
#include "gateway/template.h"
#include "http/server.h"

#include <assert.h>
#include <stdlib.h>
#include <strings.h>

enum {
    TIMESTAMP_DIGITS_MAX = 15, /* ms of the year 33658; seconds times 1000 still fit 64 bits */
    TIMESTAMP_TEXT_MAX = 64,   /* of one that is only signed and not looked at */
    KEYS_MAX = CONFIG_SECRETS_MAX,
    VARIANTS_MAX = 2,
    BASE64_MAX = 4 * (GATEWAY_BODY_MAX / 3 + 1) + 1
};

struct proof {
    const struct config_hmac *profile;
    uint64_t tolerance_ms;
    struct template template;
    struct key *keys[KEYS_MAX];
    size_t key_count;
    struct buf made[HOLE_COUNT]; /* of the request being judged; keep their memory */
};

/* What is asked about while one request is judged. */
struct question {
    struct proof *proof;
    const struct gateway_request *request;
    const cJSON *root;
    struct slice timestamp;
    int variant; /* which of the readings of a sender's rule */
};

static enum error check_profile(const struct proof *proof, struct why *why);
static enum error add_keys(struct proof *proof, const struct config_gateway *config,
                           struct why *why);
static enum gateway_verdict find_signatures(const struct proof *proof,
                                            const struct gateway_request *request,
                                            const cJSON *root, struct signatures *out);
static enum gateway_verdict find_timestamp(const struct proof *proof,
                                           const struct gateway_request *request,
                                           struct slice in_signature, struct slice *timestamp,
                                           uint64_t *ms);
static enum gateway_verdict fill(const struct question *question, struct slice *pieces);
static enum gateway_verdict compare(struct question *question, const struct signatures *signatures,
                                    struct gateway_trace *trace);
static enum gateway_verdict check_age(const struct proof *proof, uint64_t now_ms, uint64_t ms);

static_assert((int)CONFIG_PUBLIC_KEYS_MAX <= (int)KEYS_MAX, "room for either kind of key");

enum error proof_new(const struct config_hmac *profile, uint64_t tolerance_ms,
                     const struct config_gateway *config, struct proof **out, struct why *why)
{
    *out = NULL;
    struct proof *proof = calloc(1, sizeof(*proof));
    if (!proof)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    proof->profile = profile;
    proof->tolerance_ms = tolerance_ms;
    for (size_t i = 0; i < HOLE_COUNT; i++)
        buf_init(&proof->made[i], (i == HOLE_BODY_BASE64 ? 1U : 8U) * BASE64_MAX);

    enum error error = template_compile(profile->signed_template, &proof->template, why);
    if (!error)
        error = check_profile(proof, why);
    if (!error)
        error = add_keys(proof, config, why);
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
        key_destroy(&(*proof)->keys[i]);
    for (size_t i = 0; i < HOLE_COUNT; i++)
        buf_deinit(&(*proof)->made[i]);
    free(*proof);
    *proof = NULL;
}

bool proof_reads_body(const struct proof *proof)
{
    return proof->profile->signature_member || template_has(&proof->template, HOLE_PAIRS) ||
           template_has(&proof->template, HOLE_JSON_SORTED) ||
           template_has(&proof->template, HOLE_JSON_PHP_BASE64);
}

enum gateway_verdict proof_judge(struct proof *proof, const struct gateway_request *request,
                                 const cJSON *root, struct gateway_trace *trace)
{
    struct question question = {.proof = proof, .request = request, .root = root};
    struct gateway_trace unseen;
    struct signatures signatures;
    uint64_t stamped_ms = 0;

    if (!trace)
        trace = &unseen;
    const struct config_hmac *profile = proof->profile;
    *trace = (struct gateway_trace){
        .wanted = trace != &unseen,
        .signature_in_body = profile->signature_member != NULL,
        .signature_place =
            profile->signature_member ? profile->signature_member : profile->signature_header,
        .key_id_place = profile->key_id_header,
        .timestamp_place =
            profile->timestamp_header ? profile->timestamp_header : profile->timestamp_field,
        .tolerance_ms = proof->tolerance_ms};
    enum gateway_verdict verdict = find_signatures(proof, request, root, &signatures);
    trace->signature_count = signatures.count;
    if (verdict == GATEWAY_accepted)
        verdict =
            find_timestamp(proof, request, signatures.timestamp, &question.timestamp, &stamped_ms);
    trace->timestamp = question.timestamp;
    trace->stamped_ms = stamped_ms;
    if (verdict == GATEWAY_accepted)
        verdict = compare(&question, &signatures, trace);
    if (verdict == GATEWAY_accepted)
        verdict = check_age(proof, request->now_ms, stamped_ms);
    return verdict;
}

enum error proof_sign(struct proof *proof, const struct gateway_request *request, const cJSON *root,
                      struct slice timestamp, size_t index, char out[PROOF_SIGNATURE_SIZE])
{
    const struct question question = {
        .proof = proof, .request = request, .root = root, .timestamp = timestamp};
    struct slice pieces[TEMPLATE_PIECES_MAX];
    uint8_t digest[KEY_DIGEST_MAX];

    if (index >= proof->key_count)
        return ERROR_INVALID;
    if (proof->profile->algorithm == SIGNING_RSA_SHA256)
        return ERROR_PERMISSION;
    enum gateway_verdict verdict = fill(&question, pieces);
    if (verdict != GATEWAY_accepted)
        return verdict == GATEWAY_busy ? ERROR_MEMORY : ERROR_INVALID;
    size_t len = key_sign(proof->keys[index], pieces, proof->template.count, digest);
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
    static const enum template_hole of_body[] = {HOLE_BODY, HOLE_BODY_BASE64, HOLE_PAIRS,
                                                 HOLE_JSON_SORTED, HOLE_JSON_PHP_BASE64};
    const struct config_hmac *profile = proof->profile;

    bool header = profile->signature_header && *profile->signature_header;
    if (header == (profile->signature_member != NULL))
        return why_set(why, ERROR_INVALID,
                       "signature.header: expected the header's name, or signature.member");
    if (profile->format == SIGNATURE_PREFIX && (!profile->prefix || !*profile->prefix))
        return why_set(why, ERROR_INVALID, "signature.prefix: format prefix needs it");
    if (profile->format == SIGNATURE_KV && (!profile->field || !*profile->field))
        return why_set(why, ERROR_INVALID, "signature.field: format kv needs it");
    bool body = false;
    for (size_t i = 0; i < sizeof(of_body) / sizeof(of_body[0]); i++)
        body = body || template_has(&proof->template, of_body[i]);
    if (!body)
        return why_set(why, ERROR_INVALID,
                       "signed: neither {body} nor {body_base64} is in it, so it would prove "
                       "nothing about the body");
    if (profile->signature_member && (template_has(&proof->template, HOLE_BODY) ||
                                      template_has(&proof->template, HOLE_BODY_BASE64)))
        return why_set(why, ERROR_INVALID,
                       "signed: the body holds the signature, which cannot cover itself; expected "
                       "{pairs}, {json_sorted} or {json_php_base64}, which leave it out");
    if (template_has(&proof->template, HOLE_PAIRS) && profile->body != BODY_FORM)
        return why_set(why, ERROR_INVALID, "signed: {pairs} needs body: form");
    for (size_t i = 0; i < proof->template.count && header; i++)
        if (strcasecmp(proof->template.pieces[i].header, profile->signature_header) == 0)
            return why_set(why, ERROR_INVALID, "signed: a signature cannot cover its own header");
    if (template_has(&proof->template, HOLE_ID) && !profile->event_id_header)
        return why_set(why, ERROR_INVALID, "signed: {id} needs event_id.header");
    return check_timestamp(proof, why);
}

static enum error add_keys(struct proof *proof, const struct config_gateway *config,
                           struct why *why)
{
    bool rsa = proof->profile->algorithm == SIGNING_RSA_SHA256;
    size_t count = rsa ? config->public_key_count : config->secret_count;
    enum error error = ERROR_NONE;

    if (count == 0 || count > KEYS_MAX)
        return why_set(why, ERROR_INVALID, "%s: expected 1 to %d of them",
                       rsa ? "public_keys" : "secrets", KEYS_MAX);
    for (size_t i = 0; i < count && !error; i++) {
        struct key *key;
        error = rsa ? key_new_public(&config->public_keys[i], proof->profile->key_id_header != NULL,
                                     i + 1, &key, why)
                    : key_new_secret(proof->profile, config->secrets[i], i + 1, &key, why);
        if (!error)
            proof->keys[proof->key_count++] = key;
    }
    return error;
}

static enum gateway_verdict find_signatures(const struct proof *proof,
                                            const struct gateway_request *request,
                                            const cJSON *root, struct signatures *out)
{
    const struct config_hmac *profile = proof->profile;
    bool repeated = false;

    struct slice value = profile->signature_member
                             ? json_string(json_member(root, profile->signature_member))
                             : http_header_find(request->headers, request->header_count,
                                                profile->signature_header, &repeated);
    *out = (struct signatures){.count = 0};
    return repeated ? GATEWAY_signature_malformed : signatures_read(profile, value, out);
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

static enum gateway_verdict encode(struct buf *out, struct slice data)
{
    size_t size = 4 * (data.len / 3 + 1) + 1;

    buf_clear(out);
    char *room = buf_reserve(out, size);
    if (!room)
        return GATEWAY_busy;
    base64_encode(data.data, data.len, room, size);
    out->len = strlen(room);
    return GATEWAY_accepted;
}

/* What is made of the body. Where a sender's rule has been read in two ways by its own libraries,
 * each of them is a variant. */
static enum gateway_verdict fill_made(const struct question *question, enum template_hole hole,
                                      struct slice *piece)
{
    struct buf *out = &question->proof->made[hole];
    struct buf *text = hole == HOLE_JSON_PHP_BASE64 ? &question->proof->made[HOLE_NONE] : out;
    const char *without = question->proof->profile->signature_member;
    enum gateway_verdict verdict = GATEWAY_accepted;

    buf_clear(text);
    if (hole == HOLE_BODY_BASE64)
        verdict = encode(out, question->request->body);
    else if (hole == HOLE_PAIRS)
        body_pairs(question->root, without, question->variant == 1, text);
    else if (hole == HOLE_JSON_SORTED)
        body_json_sorted(question->root, without, question->variant == 0, text);
    else
        body_json_php(question->root, without, text);
    if (text->failed)
        return GATEWAY_busy;
    if (hole == HOLE_JSON_PHP_BASE64)
        verdict = encode(out, buf_slice(text));
    *piece = buf_slice(out);
    return verdict;
}

/* The bytes that are signed, as pieces that are borrowed from all over. */
static enum gateway_verdict fill(const struct question *question, struct slice *pieces)
{
    const struct template *template = &question->proof->template;
    const struct gateway_request *request = question->request;
    enum gateway_verdict verdict = GATEWAY_accepted;

    for (size_t i = 0; i < template->count && verdict == GATEWAY_accepted; i++) {
        const struct template_piece *piece = &template->pieces[i];
        switch (piece->hole) {
        case HOLE_NONE:
            pieces[i] = piece->text;
            break;
        case HOLE_TIMESTAMP:
            pieces[i] = question->timestamp;
            break;
        case HOLE_BODY:
            pieces[i] = request->body;
            break;
        case HOLE_BODY_BASE64:
        case HOLE_PAIRS:
        case HOLE_JSON_SORTED:
        case HOLE_JSON_PHP_BASE64:
            verdict = fill_made(question, piece->hole, &pieces[i]);
            break;
        case HOLE_ID:
            verdict = fill_header(request, question->proof->profile->event_id_header, &pieces[i]);
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

/* Decodes one signature into out; absent when it cannot be one. */
static struct slice decode(const struct proof *proof, struct slice text,
                           uint8_t out[KEY_SIGNATURE_MAX])
{
    size_t len = 0;
    bool ok = proof->profile->encoding == ENCODING_HEX
                  ? hex_decode(text, out, KEY_SIGNATURE_MAX, &len)
                  : base64_decode(text, out, KEY_SIGNATURE_MAX, &len);
    return ok && len > 0 ? slice_of(out, len) : slice_of(NULL, 0);
}

/* The digest of what was to be signed, for eyes. */
static void note_signed(const struct slice *pieces, size_t count, struct gateway_trace *trace)
{
    struct buf joined;

    buf_init(&joined, 16 * (size_t)GATEWAY_BODY_MAX);
    for (size_t i = 0; i < count; i++)
        buf_append_slice(&joined, pieces[i]);
    trace->signed_known = !joined.failed;
    trace->signed_len = joined.len;
    if (!joined.failed)
        sha256(buf_slice(&joined), trace->signed_sha256);
    buf_deinit(&joined);
}

/* Any of these signatures by any key that fits. */
static enum gateway_verdict compare_pieces(const struct question *question,
                                           const struct signatures *signatures,
                                           const struct slice *pieces, struct gateway_trace *trace)
{
    struct proof *proof = question->proof;
    bool named = proof->profile->key_id_header != NULL;
    bool fits = false, known = false;
    uint8_t bytes[KEY_SIGNATURE_MAX];

    for (size_t k = 0; k < proof->key_count; k++) {
        if (named && !key_is(proof->keys[k], trace->key_id))
            continue;
        known = true;
        for (size_t i = 0; i < signatures->count; i++) {
            struct slice given = decode(proof, signatures->items[i], bytes);
            if (given.len != key_signature_len(proof->keys[k]))
                continue;
            fits = true;
            enum key_verdict verdict =
                key_check(proof->keys[k], pieces, proof->template.count, given);
            if (verdict == KEY_BUSY)
                return GATEWAY_busy;
            if (verdict == KEY_RIGHT) {
                trace->key_index = k;
                trace->proved = true;
                return GATEWAY_accepted;
            }
        }
    }
    return !known ? GATEWAY_key_unknown
           : fits ? GATEWAY_signature_wrong
                  : GATEWAY_signature_malformed;
}

/* Any signature of any secret proves the request: during a rotation both sides hold two. */
static enum gateway_verdict compare(struct question *question, const struct signatures *signatures,
                                    struct gateway_trace *trace)
{
    const struct proof *proof = question->proof;
    struct slice pieces[TEMPLATE_PIECES_MAX];
    int variants = template_has(&proof->template, HOLE_PAIRS) ||
                           template_has(&proof->template, HOLE_JSON_SORTED)
                       ? VARIANTS_MAX
                       : 1;
    enum gateway_verdict verdict = GATEWAY_accepted;

    if (trace->key_id_place)
        verdict = fill_header(question->request, trace->key_id_place, &trace->key_id);
    for (; verdict == GATEWAY_accepted && question->variant < variants; question->variant++) {
        verdict = fill(question, pieces);
        if (verdict != GATEWAY_accepted)
            break;
        if (trace->wanted && question->variant == 0)
            note_signed(pieces, proof->template.count, trace);
        verdict = compare_pieces(question, signatures, pieces, trace);
        if (verdict == GATEWAY_accepted)
            break;
        if (verdict == GATEWAY_signature_wrong && question->variant + 1 < variants)
            verdict = GATEWAY_accepted; /* until the next variant says so */
    }
    return verdict;
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
