#include "desk/ops.h"

#include "base/assert.h"
#include "base/encoding.h"
#include "base/prng.h"
#include "http/query.h"
#include "ledger/registry.h"
#include "wire/shape_json.h"

#include <stdio.h>

enum { SEED_BYTES = 16, REASON_BYTES_MAX = 512, KEY_BYTES = 128, DIGEST_BYTES = 32 };

/* A request on its way into one shape's struct. */
struct draft {
    struct api_call *call;
    struct route_view route;
    uint64_t object[SHAPE_BYTES_MAX / 8];
    struct buf storage;
    char given[SHAPE_FIELDS_MAX];      /* fields that the request named */
    char hashed[2 * DIGEST_BYTES + 1]; /* in place of a secret */
    struct why why;
};

static bool path_fits(const char *pattern, struct slice path, const char **name,
                      struct slice *value, size_t *count);
static bool find(struct api_call *call, struct route_view *out);
static bool take_path(struct draft *draft);
static bool take_query(struct draft *draft);
static void query_names(const struct draft *draft, char *out, size_t out_size);
static bool take_body(struct draft *draft);
static bool take_text(struct draft *draft, const char *name, struct slice encoded, bool query);
static bool has_needed(struct draft *draft);
static void fill_own(struct draft *draft);
static void put_op(struct draft *draft);
static void put_ask(struct draft *draft);
static void refuse(struct draft *draft, unsigned status);
static bool reason_asked(const struct draft *draft);
static bool take_reason(const struct api_call *call, char text[REASON_BYTES_MAX + 1],
                        struct slice *out);
static unsigned method_bit(const char *method);

enum { SEGMENTS_MAX = 8, NAMES_BYTES_MAX = 2048 };
static const char body_extra[] = " reason ";

unsigned ops_methods(struct slice path)
{
    unsigned methods = 0;
    size_t at = 0;
    struct route_view route;
    const char *names[SEGMENTS_MAX];
    struct slice values[SEGMENTS_MAX];
    size_t count;
    while (ops_next(&at, &route))
        if (path_fits(route.path, path, names, values, &count))
            methods |= method_bit(route.method);
    return methods;
}

unsigned ops_who(struct api_call *call)
{
    struct route_view route;
    if (!find(call, &route))
        return 0;
    return route.op != NULL ? route.op->who : route.ask->who;
}

bool ops_next(size_t *at, struct route_view *out)
{
    size_t n = 0;
    for (const struct module *const *module = registry_modules(); *module != NULL; module++) {
        for (const struct op_row *op = (*module)->ops; op != NULL && op->shape != NULL; op++) {
            if (op->method == NULL || n++ < *at)
                continue;
            *out = (struct route_view){*module, op, NULL, op->method, op->path, op->shape()};
            *at = n;
            return true;
        }
        for (const struct ask_row *ask = (*module)->asks; ask != NULL && ask->shape != NULL;
             ask++) {
            if (n++ < *at)
                continue;
            *out = (struct route_view){*module, NULL, ask, "GET", ask->path, ask->shape()};
            *at = n;
            return true;
        }
    }
    return false;
}

bool ops_judge(struct api_call *call)
{
    struct draft draft = {.call = call};
    if (!find(call, &draft.route))
        return false;
    if (call->request->who == WHO_ANYONE &&
        (draft.route.ask == NULL || (draft.route.ask->who & WHO_ANYONE) == 0))
        return false;
    buf_init(&draft.storage, shape_storage(draft.route.shape));
    if (buf_reserve(&draft.storage, shape_storage(draft.route.shape)) == NULL) {
        api_refuse(call, 503, "out of memory, try again");
        return true;
    }
    bool good = take_path(&draft) && take_query(&draft) && take_body(&draft) && has_needed(&draft);
    const char *field;
    if (good && draft.route.op != NULL)
        fill_own(&draft);
    if (good && !shape_fits(draft.route.shape, draft.object, &field)) {
        (void)why_set(&draft.why, ERROR_INVALID, "%s does not fit", field);
        refuse(&draft, 400);
    } else if (good) {
        (draft.route.op != NULL ? put_op : put_ask)(&draft);
    }
    buf_deinit(&draft.storage);
    return true;
}

/* Of several that fit, the one whose path says the most in words: sample/nothing before
 * sample/{name}. */
static bool find(struct api_call *call, struct route_view *out)
{
    const char *names[SEGMENTS_MAX];
    struct slice values[SEGMENTS_MAX];
    size_t count;
    size_t least = SEGMENTS_MAX + 1;
    struct route_view route;
    struct slice path = api_path(call->request->path);
    for (size_t at = 0; ops_next(&at, &route);) {
        if (!slice_is(call->request->method, route.method) ||
            !path_fits(route.path, path, names, values, &count) || count >= least)
            continue;
        *out = route;
        least = count;
    }
    return least <= SEGMENTS_MAX;
}

/* names and values of the {fields}, in order. */
static bool path_fits(const char *pattern, struct slice path, const char **names,
                      struct slice *values, size_t *count)
{
    const char *at = path.data;
    const char *end = path.data + path.len;
    *count = 0;
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (at == end || *at++ != *pattern++)
                return false;
            continue;
        }
        const char *start = at;
        while (at < end && *at != '/')
            at++;
        if (at == start)
            return false;
        ASSERT(*count < SEGMENTS_MAX);
        names[*count] = pattern + 1;
        values[(*count)++] = slice_of(start, (size_t)(at - start));
        pattern = strchr(pattern, '}');
        ASSERT(pattern != NULL);
        pattern++;
    }
    return at == end;
}

static bool take_path(struct draft *draft)
{
    const char *names[SEGMENTS_MAX];
    struct slice values[SEGMENTS_MAX];
    size_t count;
    bool fits =
        path_fits(draft->route.path, api_path(draft->call->request->path), names, values, &count);
    ASSERT(fits);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        size_t len = strcspn(names[i], "}");
        ASSERT(slice_copy(slice_of(names[i], len), name, sizeof name));
        if (!take_text(draft, name, values[i], false))
            return false;
    }
    return true;
}

static bool take_query(struct draft *draft)
{
    struct slice rest = draft->call->request->query;
    char names[NAMES_BYTES_MAX];
    query_names(draft, names, sizeof names);
    if (!api_query_known(draft->call, names))
        return false;
    while (rest.len > 0) {
        const char *amp = memchr(rest.data, '&', rest.len);
        size_t len = amp == NULL ? rest.len : (size_t)(amp - rest.data);
        const char *equals = memchr(rest.data, '=', len);
        size_t name_len = equals == NULL ? len : (size_t)(equals - rest.data);
        char name[64];
        struct slice value = equals == NULL ? SLICE("") : slice_of(equals + 1, len - name_len - 1);
        ASSERT(slice_copy(slice_of(rest.data, name_len), name, sizeof name));
        bool of_act = shape_field(draft->route.shape, name) == NULL; /* the reason */
        if (!of_act && !take_text(draft, name, value, true))
            return false;
        len += amp != NULL;
        rest = slice_of(rest.data + len, rest.len - len);
    }
    return true;
}

/* What the query may hold: the fields that the path does not, and nothing where they are the
 * body's. */
static void query_names(const struct draft *draft, char *out, size_t out_size)
{
    const struct shape *shape = draft->route.shape;
    size_t len = 0;
    bool body = draft->route.op != NULL && slice_is(draft->call->request->method, "POST");
    out[0] = '\0';
    for (uint32_t i = 0; !body && i < shape->count; i++) {
        if (draft->given[i])
            continue;
        int n = snprintf(out + len, out_size - len, " %s", shape->fields[i].name);
        ASSERT(n > 0 && (size_t)n < out_size - len);
        len += (size_t)n;
    }
    if (reason_asked(draft))
        ASSERT((size_t)snprintf(out + len, out_size - len, " reason") < out_size - len);
}

/* Whoever takes something away says why in the query, as a DELETE has no body. */
static bool reason_asked(const struct draft *draft)
{
    return draft->route.op != NULL && slice_is(draft->call->request->method, "DELETE") &&
           shape_field(draft->route.shape, "reason") == NULL;
}

/* One field, percent-encoded. */
static bool take_text(struct draft *draft, const char *name, struct slice encoded, bool query)
{
    char text[512];
    const struct shape *shape = draft->route.shape;
    const struct field *field = shape_field(shape, name);
    enum error error = ERROR_INVALID;
    ASSERT(field != NULL); /* of a path, or known */
    size_t n = (size_t)(field - shape->fields);
    if (draft->given[n]) {
        (void)why_set(&draft->why, error, "%s is there twice", name);
    } else if (!percent_decode(encoded, query, text, sizeof text)) {
        (void)why_set(&draft->why, error, "%s is not well-formed or too long", name);
    } else {
        error = field_from_text(shape, field, slice_from(text), draft->object, &draft->storage,
                                &draft->why);
        draft->given[n] = 1;
    }
    if (error == ERROR_NONE)
        return true;
    /* What cannot be a thing's name is a thing that is not there. */
    refuse(draft, query ? 400 : 404);
    return false;
}

static bool take_body(struct draft *draft)
{
    const cJSON *body = draft->call->body;
    const struct shape *shape = draft->route.shape;
    if (body == NULL)
        return true;
    for (const cJSON *item = body->child; item != NULL; item = item->next) {
        const struct field *field = shape_field(shape, item->string);
        if (field == NULL)
            continue;
        if (draft->given[field - shape->fields]) {
            (void)why_set(&draft->why, ERROR_INVALID, "%s stands in the address already",
                          field->name);
            refuse(draft, 400);
            return false;
        }
        draft->given[field - shape->fields] = 1;
    }
    enum error error =
        shape_from_json(shape, body, body_extra, draft->object, &draft->storage, &draft->why);
    if (error == ERROR_NONE)
        return true;
    refuse(draft, error == ERROR_MEMORY ? 503 : 400);
    return false;
}

/* needs: "a b|c d": b or c. */
static bool has_needed(struct draft *draft)
{
    const struct shape *shape = draft->route.shape;
    const char *at =
        draft->route.op == NULL || draft->route.op->needs == NULL ? "" : draft->route.op->needs;
    while (*at != '\0') {
        size_t len = strcspn(at, " ");
        char words[128];
        bool any = false;
        ASSERT(slice_copy(slice_of(at, len), words, sizeof words));
        for (char *word = words; *word != '\0' && !any;) {
            size_t part = strcspn(word, "|");
            char *next = word + part + (word[part] != '\0');
            word[part] = '\0';
            const struct field *field = shape_field(shape, word);
            ASSERT(field != NULL);
            any = draft->given[field - shape->fields] != 0;
            word = next;
        }
        if (!any) {
            (void)why_set(&draft->why, ERROR_INVALID, "%.*s is missing", (int)len, at);
            refuse(draft, 400);
            return false;
        }
        at += len + (at[len] == ' ');
    }
    return true;
}

/* What the request does not say itself: the hash of a secret that was made for it (`minted`), and
 * that by which the asker's own session is known (`session`). And of a secret that it does say only
 * the hash goes on, as much of it as the field takes. */
static void fill_own(struct draft *draft)
{
    const struct api_request *request = draft->call->request;
    const struct shape *shape = draft->route.shape;
    bool session = request->asker != NULL && request->asker->kind == ACCESS_SESSION;
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        struct slice value = SLICE("");
        if (field->type == FIELD_SECRET && field_slice(draft->object, field).len > 0) {
            uint8_t digest[DIGEST_BYTES];
            ASSERT(draft->hashed[0] == '\0'); /* an operation has one secret at most */
            sha256(field_slice(draft->object, field), digest);
            hex_encode(digest, sizeof digest, draft->hashed, sizeof draft->hashed);
            value = slice_from(draft->hashed);
            value.len = field->max < value.len ? field->max : value.len;
        } else if (field->type != FIELD_BIN) {
            continue;
        } else if (strcmp(field->name, "minted") == 0) {
            value = request->minted;
        } else if (strcmp(field->name, "session") == 0 && session) {
            value = request->asker->hash;
        }
        ASSERT(field_set_slice(draft->object, field, value));
    }
}

static void put_op(struct draft *draft)
{
    struct message command = {.kind = (enum message_kind)draft->route.shape->id};
    memcpy(command.module, draft->object, sizeof draft->object);
    api_act(draft->call, &command, draft->route.shape->name);
}

void api_act(struct api_call *call, const struct message *command, const char *name)
{
    char text[REASON_BYTES_MAX + 1];
    struct slice reason;
    uint8_t seed[SEED_BYTES];
    struct buf body;
    if (!take_reason(call, text, &reason) || call->request->idempotency_key.len > KEY_BYTES) {
        api_refuse(call, 400,
                   "reason has at most 512 bytes of text, the header Idempotency-Key at most 128");
        return;
    }
    random_bytes(seed, sizeof seed);
    buf_init(&body, API_BODY_BYTES_MAX);
    wire_encode(&body, command);
    const struct message act = {.kind = MESSAGE_cmd_act,
                                .cmd_act = {.actor = call->request->actor,
                                            .who = call->request->who,
                                            .reason = reason,
                                            .key = call->request->idempotency_key,
                                            .seed = slice_of(seed, sizeof seed),
                                            .body = buf_slice(&body)}};
    call->judgement->wait = true;
    if (body.failed)
        api_refuse(call, 503, "out of memory, try again");
    else
        judgement_command(call->judgement, &act, name);
    buf_deinit(&body);
}

/* Of the body, or of the query where there is none; empty when nobody said why. */
static bool take_reason(const struct api_call *call, char text[REASON_BYTES_MAX + 1],
                        struct slice *out)
{
    *out = json_string(json_member(call->body, "reason"));
    if (out->data != NULL)
        return out->len <= REASON_BYTES_MAX;
    *out = SLICE("");
    if (call->body != NULL)
        return true;
    if (!query_get(call->request->query, "reason", text, REASON_BYTES_MAX + 1))
        return false;
    *out = slice_from(text);
    return true;
}

static void put_ask(struct draft *draft)
{
    struct judgement *judgement = draft->call->judgement;
    shape_encode(&judgement->command, draft->route.shape, draft->object);
    if (judgement->command.failed) {
        api_refuse(draft->call, 400, "the question is too long");
        return;
    }
    judgement->kind = JUDGEMENT_QUERY;
    judgement->reason = draft->route.shape->name;
    judgement->query =
        (struct message_query){.what = QUERY_ASK, .ask = buf_slice(&judgement->command)};
}

static void refuse(struct draft *draft, unsigned status)
{
    judgement_refuse(draft->call->judgement, status, status == 404 ? "not_found" : "invalid",
                     draft->why.text);
}

static unsigned method_bit(const char *method)
{
    return strcmp(method, "GET") == 0      ? METHOD_GET
           : strcmp(method, "POST") == 0   ? METHOD_POST
           : strcmp(method, "DELETE") == 0 ? METHOD_DELETE
                                           : METHOD_PUT;
}
