#include "gateway/sign.h"

#include "gateway/body.h"
#include "gateway/kind.h"
#include "gateway/proof.h"
#include "gateway/template.h"
#include "http/server.h"

#include <stdio.h>

enum { HEADERS_MAX = TEMPLATE_PIECES_MAX + 2, TIMESTAMP_SIZE = 24 };

struct headers {
    struct http_header items[HEADERS_MAX];
    size_t count;
};

static enum error make(struct gateway *gateway, const struct gateway_request *request,
                       struct slice timestamp, size_t secret_index,
                       char signature[PROOF_SIGNATURE_SIZE]);
static void add(struct headers *headers, const char *name, struct slice value);
static void append_signature(struct buf *out, const struct config_hmac *profile,
                             struct slice timestamp, const char *signature);

enum error gateway_sign(struct gateway *gateway, struct slice method, struct slice path,
                        struct slice body, struct slice event_id, uint64_t now_ms,
                        size_t secret_index, struct buf *out)
{
    if (gateway->kind->unproved)
        return ERROR_PERMISSION;
    const struct config_hmac *profile = proof_profile(gateway->proof);
    const struct template *template = proof_template(gateway->proof);
    struct headers headers = {.count = 0};
    char number[TIMESTAMP_SIZE], signature[PROOF_SIGNATURE_SIZE];

    (void)snprintf(
        number, sizeof(number), "%llu",
        (unsigned long long)(profile->timestamp_unit == TIME_UNIT_S ? now_ms / 1000 : now_ms));
    struct slice timestamp = slice_from(number);
    if (profile->timestamp_header)
        add(&headers, profile->timestamp_header, timestamp);
    if (profile->event_id_header && event_id.len > 0)
        add(&headers, profile->event_id_header, event_id);
    for (size_t i = 0; i < template->count; i++)
        if (template->pieces[i].hole == HOLE_HEADER) /* a nonce: any value will do */
            add(&headers, template->pieces[i].header, timestamp);

    const struct gateway_request request = {.method = method,
                                            .path = path,
                                            .headers = headers.items,
                                            .header_count = headers.count,
                                            .body = body,
                                            .now_ms = now_ms,
                                            .query = body};
    enum error error = make(gateway, &request, timestamp, secret_index, signature);
    if (error)
        return error;
    for (size_t i = 0; i < headers.count; i++)
        buf_printf(out, "%.*s: %.*s\r\n", SLICE_ARG(headers.items[i].name),
                   SLICE_ARG(headers.items[i].value));
    if (!profile->signature_member)
        append_signature(out, profile, timestamp, signature);
    return out->failed ? ERROR_TOO_LARGE : ERROR_NONE;
}

enum error gateway_sign_body(struct gateway *gateway, struct slice body, size_t secret_index,
                             struct buf *out)
{
    if (gateway->kind->unproved)
        return ERROR_PERMISSION;
    const struct config_hmac *profile = proof_profile(gateway->proof);
    const struct gateway_request request = {.method = SLICE("POST"), .body = body};
    char signature[PROOF_SIGNATURE_SIZE];
    size_t len = body.len;

    if (!profile->signature_member) {
        buf_append_slice(out, body);
        return out->failed ? ERROR_TOO_LARGE : ERROR_NONE;
    }
    enum error error = make(gateway, &request, slice_of(NULL, 0), secret_index, signature);
    if (error)
        return error;
    bool form = profile->body == BODY_FORM;
    while (len > 0 && !form && body.data[len - 1] != '}')
        len--;
    if (len < 2) /* an empty object cannot be told from what is none */
        return ERROR_INVALID;
    buf_append(out, body.data, form ? len : len - 1);
    buf_printf(out, form ? "&%s=%s" : ",\"%s\":\"%s\"}", profile->signature_member, signature);
    return out->failed ? ERROR_TOO_LARGE : ERROR_NONE;
}

static enum error make(struct gateway *gateway, const struct gateway_request *request,
                       struct slice timestamp, size_t secret_index,
                       char signature[PROOF_SIGNATURE_SIZE])
{
    enum gateway_verdict verdict = GATEWAY_accepted;
    cJSON *root = NULL;

    if (proof_reads_body(gateway->proof))
        verdict = body_read(proof_profile(gateway->proof)->body, request, &root);
    enum error error =
        verdict == GATEWAY_busy ? ERROR_MEMORY
        : verdict               ? ERROR_INVALID
                  : proof_sign(gateway->proof, request, root, timestamp, secret_index, signature);
    json_free(&root);
    return error;
}

/* A header that is there already keeps its value. */
static void add(struct headers *headers, const char *name, struct slice value)
{
    bool repeated = false;

    if (!http_header_find(headers->items, headers->count, name, &repeated).data)
        headers->items[headers->count++] = (struct http_header){slice_from(name), value};
}

static void append_signature(struct buf *out, const struct config_hmac *profile,
                             struct slice timestamp, const char *signature)
{
    buf_printf(out, "%s: ", profile->signature_header);
    switch (profile->format) {
    case SIGNATURE_RAW:
        break;
    case SIGNATURE_PREFIX:
        buf_append_text(out, profile->prefix);
        break;
    case SIGNATURE_KV:
        if (profile->timestamp_field)
            buf_printf(out, "%s=%.*s%c", profile->timestamp_field, SLICE_ARG(timestamp),
                       profile->separator ? profile->separator : ',');
        buf_printf(out, "%s=", profile->field);
        break;
    case SIGNATURE_LIST:
        if (profile->field)
            buf_printf(out, "%s,", profile->field);
        break;
    }
    buf_printf(out, "%s\r\n", signature);
}
