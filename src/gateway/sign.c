#include "gateway/sign.h"

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

static void add(struct headers *headers, const char *name, struct slice value);
static void append_signature(struct buf *out, const struct config_hmac *profile,
                             struct slice timestamp, const char *signature);

enum error gateway_sign(struct gateway *gateway, struct slice method, struct slice path,
                        struct slice body, struct slice event_id, uint64_t now_ms,
                        size_t secret_index, struct buf *out)
{
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

    const struct gateway_request request = {method,        path, headers.items,
                                            headers.count, body, now_ms};
    enum error error = proof_sign(gateway->proof, &request, timestamp, secret_index, signature);
    if (error)
        return error;
    for (size_t i = 0; i < headers.count; i++)
        buf_printf(out, "%.*s: %.*s\r\n", SLICE_ARG(headers.items[i].name),
                   SLICE_ARG(headers.items[i].value));
    append_signature(out, profile, timestamp, signature);
    return out->failed ? ERROR_TOO_LARGE : ERROR_NONE;
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
