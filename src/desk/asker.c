#include "desk/asker.h"

#include "base/encoding.h"
#include "base/utf8.h"
#include "ledger/access_list.h"
#include "ledger/module.h"

#include <inttypes.h>
#include <stdio.h>

void asker_name(const struct message_access_row *asker, char out[ASKER_SIZE])
{
    char text[2 * ASKER_SIZE];
    if (asker == NULL || (asker->kind != ACCESS_KEY && asker->telegram_id == 0))
        (void)snprintf(text, sizeof text, "token");
    else if (asker->kind == ACCESS_KEY)
        (void)snprintf(text, sizeof text, "key:%.*s", SLICE_ARG(asker->name));
    else
        (void)snprintf(text, sizeof text, "staff:%" PRId64 "%s%.*s", asker->telegram_id,
                       asker->name.len > 0 ? " " : "", SLICE_ARG(asker->name));
    struct slice rest = slice_from(text);
    size_t len = 0;
    uint32_t code_point;
    for (size_t n; (n = utf8_decode(rest, &code_point)) > 0 && len + n < ASKER_SIZE;) {
        len += n;
        rest = slice_of(rest.data + n, rest.len - n);
    }
    memcpy(out, text, len);
    out[len] = '\0';
}

/* The first word of a path, and "members:read" for GET. */
bool asker_in_scope(const struct message_access_row *asker, struct slice method, struct slice path)
{
    static const char read_only[] = ":read";
    struct slice rest = asker == NULL ? SLICE("") : asker->scopes;
    path = api_path(path);
    const char *slash = path.len == 0 ? NULL : memchr(path.data, '/', path.len);
    struct slice first = slash == NULL ? path : slice_of(path.data, (size_t)(slash - path.data));
    if (rest.len == 0 || slice_is(path, "session") || slice_is(path, "openapi.json"))
        return true;
    while (rest.len > 0) {
        const char *comma = memchr(rest.data, ',', rest.len);
        size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.data);
        struct slice scope = slice_of(rest.data, len);
        bool reads = scope.len > sizeof read_only - 1 &&
                     slice_is(slice_of(scope.data + scope.len - (sizeof read_only - 1),
                                       sizeof read_only - 1),
                              read_only);
        if (reads)
            scope.len -= sizeof read_only - 1;
        if (slice_equal(scope, first) && (!reads || slice_is(method, "GET")))
            return true;
        len += comma != NULL;
        rest = slice_of(rest.data + len, rest.len - len);
    }
    return false;
}

/* The owner may whatever anybody of the staff may. */
bool asker_admit(struct api_call *call, unsigned allowed)
{
    const struct api_request *request = call->request;
    if ((allowed & WHO_STAFF) != 0)
        allowed |= WHO_OWNER;
    char needed[ACCESS_WHO_SIZE];
    char own[ACCESS_WHO_SIZE];
    char detail[400];
    if ((request->who & allowed) == 0) {
        access_who_text(allowed, needed);
        access_who_text(request->who, own);
        (void)snprintf(detail, sizeof detail, "this needs the role %s; yours is %s", needed, own);
    } else if (!asker_in_scope(request->asker, request->method, request->path)) {
        (void)snprintf(detail, sizeof detail,
                       "the key's scopes are %.*s, which do not let it %s this",
                       SLICE_ARG(request->asker->scopes),
                       slice_is(request->method, "GET") ? "read" : "change");
    } else {
        return true;
    }
    judgement_refuse(call->judgement, 403, "forbidden", detail);
    return false;
}

/* Who am I? */
void api_get_session(struct api_call *call)
{
    const struct message_access_row *asker = call->request->asker;
    struct judgement *judgement = call->judgement;
    bool session =
        asker != NULL && asker->kind == ACCESS_SESSION && asker->hash.len == ACCESS_HASH_BYTES;
    char token[ACCESS_HASH_TEXT + 1];
    json_build();
    cJSON *out = cJSON_CreateObject();
    if (asker == NULL || asker->telegram_id == 0)
        cJSON_AddNullToObject(out, "telegram_id");
    else
        cJSON_AddNumberToObject(out, "telegram_id", (double)asker->telegram_id);
    json_add_text(out, "name", asker == NULL ? SLICE("token") : asker->name);
    cJSON_AddStringToObject(out, "role", access_role(call->request->who));
    json_add_time_or_null(out, "until", asker == NULL ? 0 : asker->until_ms);
    if (session) {
        access_page_token((const uint8_t *)asker->hash.data, token);
        cJSON_AddStringToObject(out, "token", token);
    } else {
        cJSON_AddNullToObject(out, "token");
    }
    char *text = json_complete() ? cJSON_PrintUnformatted(out) : NULL;
    if (text != NULL)
        buf_append_text(&judgement->body, text);
    if (text == NULL || judgement->body.failed) {
        api_refuse(call, 503, "out of memory, try again");
    } else {
        judgement->status = 200;
        judgement->reason = "session";
        judgement->content_type = "application/json";
    }
    cJSON_free(text);
    json_free(&out);
}
