#include "actors/headers.h"

#include "wire/wire.h"

#include <strings.h>

static bool is_named(struct slice given, const char *name);

bool headers_collect(struct buf *out, const struct http_request *request, bool all)
{
    buf_clear(out);
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        if (!all && !is_named(header->name, "authorization") &&
            !is_named(header->name, "idempotency-key"))
            continue;
        const struct message message = {.kind = MESSAGE_header,
                                        .header = {.name = header->name, .value = header->value}};
        if (message_fits(&message, NULL))
            wire_encode(out, &message);
    }
    return !out->failed;
}

static bool is_named(struct slice given, const char *name)
{
    return given.len == strlen(name) && strncasecmp(given.data, name, given.len) == 0;
}
