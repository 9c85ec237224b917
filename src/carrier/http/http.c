#include "carrier/http/http.h"

#include "base/clean.h"
#include "base/json.h"
#include "carrier/http/signing.h"

#include <inttypes.h>
#include <stdio.h>

enum { ANSWER_BYTES_MAX = 1024 * 1024, ANSWER_DEPTH_MAX = 32, POINTER_BYTES_MAX = 255 };

static enum error request(const struct endpoint *endpoint, const struct outgoing *call,
                          struct buf *scratch, struct request *out);
static void verdict(enum delivery_kind kind, uint64_t attempts, const struct carrier_answer *answer,
                    struct prng *prng, struct verdict *out);
static bool read_request(struct slice params, struct message_part_request *out);
static void read_answer(const struct carrier_answer *answer, struct verdict *out);
static const cJSON *look(const cJSON *root, char *pointer);
static struct slice field_of(struct slice fields, struct slice name);

const struct carrier carrier_http = {.name = "http",
                                     .transit_ms = HTTP_TRANSIT_MS,
                                     .timeout_ms = HTTP_TIMEOUT_MS,
                                     .request = request,
                                     .verdict = verdict};

static enum error request(const struct endpoint *endpoint, const struct outgoing *call,
                          struct buf *scratch, struct request *out)
{
    static const char *const methods[] = {"POST", "GET", "PUT", "DELETE"};
    struct message_part_request asked = {.path = SLICE("")};
    bool own = strcmp(call->method, delivery_name(DELIVERY_request)) == 0;
    if (own && !read_request(call->params, &asked))
        return ERROR_INVALID;
    *out = (struct request){.content_type = "application/json", .body = call->params};
    for (size_t i = 0; own && i < sizeof methods / sizeof *methods; i++)
        if (slice_is(asked.method, methods[i]))
            out->method = methods[i];
    if (own && out->method == NULL)
        return ERROR_INVALID;
    /* The scratch grows, so that places in it are known only when all of it is there. */
    const struct signed_request signing = {.endpoint = endpoint,
                                           .method = own ? out->method : "POST",
                                           .path = asked.path,
                                           .body = own ? asked.body : call->params,
                                           .delivery = call->delivery,
                                           .at_ms = call->at_ms};
    size_t headers[HTTP_SIGNING_HEADERS_MAX], count = 0;
    size_t url = scratch->len;
    buf_append_text(scratch, endpoint->url);
    buf_append_slice(scratch, asked.path);
    http_sign_address(scratch, &signing);
    buf_append_u8(scratch, 0);
    size_t type = scratch->len;
    buf_append_slice(scratch, asked.type);
    buf_append_u8(scratch, 0);
    for (size_t at = scratch->len; count < HTTP_SIGNING_HEADERS_MAX; at = scratch->len) {
        if (!http_sign_header(scratch, count, &signing))
            break;
        headers[count++] = at;
        buf_append_u8(scratch, 0);
    }
    size_t key = scratch->len;
    /* An account that two ushers use, or one whose data_dir began anew, has other numbers made at
     * other times. */
    buf_printf(scratch, "%s: usher-%" PRIu64 "-%" PRIx64,
               endpoint->key != NULL ? endpoint->key : "Idempotency-Key", call->delivery,
               call->made_ms);
    buf_append_u8(scratch, 0);
    if (scratch->failed)
        return scratch->starved ? ERROR_MEMORY : ERROR_TOO_LARGE;
    out->url = scratch->data + url;
    if (own) {
        out->content_type = scratch->data + type;
        out->body = asked.body;
    }
    out->headers[0] = scratch->data + key;
    for (size_t n = 0; n < count; n++)
        out->headers[1 + n] = scratch->data + headers[n];
    return ERROR_NONE;
}

static bool read_request(struct slice params, struct message_part_request *out)
{
    struct message message;
    if (wire_decode_one(params, &message, NULL) != ERROR_NONE ||
        message.kind != MESSAGE_part_request)
        return false;
    *out = message.part_request;
    return true;
}

/* What the request wants to know of the answer, as far as it is there and has room. */
static void read_answer(const struct carrier_answer *answer, struct verdict *out)
{
    struct message_part_request asked;
    struct message field;
    cJSON *root = NULL;
    struct buf fields;
    if (!read_request(answer->params, &asked) ||
        json_parse(answer->body, ANSWER_BYTES_MAX, ANSWER_DEPTH_MAX, &root, NULL) != ERROR_NONE)
        return;
    buf_init(&fields, sizeof out->answer);
    for (struct slice rest = asked.reads; rest.len > 0;) {
        char scratch[JSON_NUMBER_TEXT_SIZE];
        char pointer[POINTER_BYTES_MAX + 1];
        if (wire_decode(&rest, &field, NULL) != ERROR_NONE || field.kind != MESSAGE_answer_field)
            break;
        if (!slice_copy(field.answer_field.value, pointer, sizeof pointer) ||
            field_of(buf_slice(&fields), field.answer_field.name).len > 0)
            continue;
        const cJSON *item = look(root, pointer);
        field.answer_field.value = json_string(item);
        if (field.answer_field.value.len == 0 && json_number_text(item, scratch, sizeof scratch))
            field.answer_field.value = slice_from(scratch);
        size_t before = fields.len;
        if (field.answer_field.value.len > 0 && message_fits(&field, NULL))
            wire_encode(&fields, &field);
        if (fields.failed) {
            fields.len = before;
            break;
        }
    }
    out->answer_len = fields.len;
    if (fields.len > 0)
        memcpy(out->answer, fields.data, fields.len);
    buf_deinit(&fields);
    json_free(&root);
}

/* A pointer, one step of which may be of an array the item with a member that is this text:
 * "/links/{rel=approve}/href". */
static const cJSON *look(const cJSON *root, char *pointer)
{
    char *choice = strstr(pointer, "/{");
    char *equals = choice != NULL ? strchr(choice, '=') : NULL;
    char *end = equals != NULL ? strchr(equals, '}') : NULL;
    if (end == NULL)
        return json_pointer(root, pointer);
    *choice = *equals = *end = '\0';
    const cJSON *item;
    cJSON_ArrayForEach(item, json_pointer(root, pointer))
    {
        if (slice_is(json_string(json_member(item, choice + 2)), equals + 1))
            return json_pointer(item, end + 1);
    }
    return NULL;
}

/* "" when it is not there. */
static struct slice field_of(struct slice fields, struct slice name)
{
    struct message field;
    while (fields.len > 0 && wire_decode(&fields, &field, NULL) == ERROR_NONE)
        if (slice_equal(field.answer_field.name, name))
            return field.answer_field.value;
    return SLICE("");
}

static void verdict(enum delivery_kind kind, uint64_t attempts, const struct carrier_answer *answer,
                    struct prng *prng, struct verdict *out)
{
    unsigned status = answer->status;
    bool flood = status == 429 || (status == 503 && answer->retry_after_s > 0);
    bool keyed = kind == DELIVERY_request;
    bool asked = keyed || kind == DELIVERY_request_once;
    bool notice = delivery_semantics(kind) == SEMANTICS_NOTICE;
    *out = (struct verdict){.outcome = OUTCOME_FAILED};
    if (asked) {
        out->status = status;
        read_answer(answer, out);
    }
    struct slice told = slice_of(out->answer, out->answer_len);
    bool again = field_of(told, SLICE("again")).len > 0;
    bool refused = again || field_of(told, SLICE("refused")).len > 0;
    bool later = again || flood || status == 408 || (keyed && status == 409) || status == 425 ||
                 status >= 500;
    out->accepted = !later;
    if (status >= 200 && status <= 299 && !refused) {
        out->outcome = OUTCOME_DONE;
        return;
    }
    char text[64];
    snprintf(text, sizeof text, "status %u", status);
    clean_copy(out->error, sizeof out->error, slice_from(text));
    struct slice words = field_of(told, SLICE("error"));
    if (words.len > 0) {
        clean_append(out->error, sizeof out->error, SLICE(": "));
        clean_append(out->error, sizeof out->error, words);
    }
    if (!later)
        return;
    if (notice && !flood && status != 425) {
        out->outcome = OUTCOME_IN_DOUBT;
        return;
    }
    out->outcome = OUTCOME_RETRY;
    if (!flood) {
        out->retry_ms = verdict_retry_ms(prng, attempts, VERDICT_RETRY_CAP_MS);
        return;
    }
    uint64_t wait_s = answer->retry_after_s > 0 ? answer->retry_after_s : VERDICT_NAMELESS_S;
    if (wait_s > VERDICT_WAIT_S_MAX)
        wait_s = VERDICT_WAIT_S_MAX;
    out->flood_ms = wait_s * 1000;
    out->retry_ms = out->flood_ms;
}
