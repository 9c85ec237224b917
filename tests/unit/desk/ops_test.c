/* Requests for a module's operations and questions. */
#include "tests/unit/ledger/sample.h"

#include "desk/api.h"
#include "desk/openapi.h"
#include "desk/ops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/unit/desk/asked.h"

static const char yaml[] =
    "admin: {token: \"the-admin-token-1\"}\n"
    "community: {name: Club, timezone: UTC, language: en}\n"
    "bots: [{name: main, token: \"1:x\", updates: polling}]\n"
    "groups: [{name: room, bot: main, chat_id: -1001, invite: join_request}]\n"
    "plans:\n"
    "  - {name: core, groups: [room], prices: [{amount: \"29.00\", currency: USD, period: 1 "
    "month}]}\n"
    "gateways: [{name: stripe, kind: stripe, secrets: [\"whsec_x\"]}]\n";

static struct config *config;
static struct judgement judgement;
static const char *key = "";

static int set_up(void **state)
{
    (void)state;
    return asked_begin(yaml, &config, &judgement);
}

static int tear_down(void **state)
{
    (void)state;
    return asked_end(&config, &judgement);
}

static void judge(const char *method, const char *path, const char *query, const char *body)
{
    char full[512];
    snprintf(full, sizeof full, "/api/v1/%s", path);
    const struct api_request request = {.method = slice_from(method),
                                        .path = slice_from(full),
                                        .query = slice_from(query),
                                        .authorization = SLICE("Bearer the-admin-token-1"),
                                        .idempotency_key = slice_from(key),
                                        .body = slice_from(body)};
    judgement_clear(&judgement);
    api_judge(config, &request, &judgement);
}

/* A problem whose detail holds these words. */
static void assert_refused(unsigned status, const char *words, const char *method, const char *path,
                           const char *query, const char *body)
{
    judge(method, path, query, body);
    buf_append_u8(&judgement.body, 0);
    if (judgement.kind != JUDGEMENT_ANSWER || judgement.status != status ||
        strstr(judgement.body.data, words) == NULL)
        fail_msg("%s %s?%s %s: kind %d status %u %s", method, path, query, body,
                 (int)judgement.kind, judgement.status, judgement.body.data);
}

static struct message message;

static const struct message_cmd_act *take_act(void)
{
    assert_int_equal(judgement.kind, JUDGEMENT_COMMAND);
    assert_int_equal(wire_decode_one(buf_slice(&judgement.command), &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, MESSAGE_cmd_act);
    return &message.cmd_act;
}

static void a_body_becomes_a_command(void **state)
{
    (void)state;
    struct sample_keep keep;
    key = "k-1";
    judge("POST", "sample", "",
          "{\"name\":\"box\",\"telegram_id\":77,\"facts\":2,\"full\":true,\"reason\":\"asked\"}");
    const struct message_cmd_act *act = take_act();
    assert_true(judgement.wait);
    assert_string_equal(judgement.reason, "sample_keep");
    assert_true(slice_is(act->actor, "token"));
    assert_int_equal(act->who, WHO_OWNER);
    assert_true(slice_is(act->reason, "asked"));
    assert_true(slice_is(act->key, "k-1"));
    assert_int_equal(act->seed.len, 16);
    assert_int_equal(shape_decode_one(act->body, shape_sample_keep(), &keep, NULL), ERROR_NONE);
    assert_true(slice_is(keep.name, "box"));
    assert_int_equal(keep.telegram_id, 77);
    assert_int_equal(keep.facts, 2);
    assert_int_equal(keep.full, 1);
    key = "";
    judge("POST", "sample", "", "{\"name\":\"box\"}");
    act = take_act();
    assert_int_equal(act->key.len, 0);
    assert_int_equal(act->reason.len, 0);
}

static void the_seed_is_another_each_time(void **state)
{
    (void)state;
    char first[16];
    judge("POST", "sample", "", "{\"name\":\"box\"}");
    memcpy(first, take_act()->seed.data, sizeof first);
    judge("POST", "sample", "", "{\"name\":\"box\"}");
    assert_memory_not_equal(first, take_act()->seed.data, sizeof first);
}

/* printf hush | sha256sum */
static void of_a_secret_only_the_hash_goes_on(void **state)
{
    (void)state;
    struct sample_every every;
    judge("POST", "sample/box", "", "{\"secret\":\"hush\"}");
    assert_int_equal(shape_decode_one(take_act()->body, shape_sample_every(), &every, NULL),
                     ERROR_NONE);
    assert_true(
        slice_is(every.secret, "dc8331bcb2283e89d275a1c2fe66f7bf5ac3163ec1967f149dd7e27906365f0c"));
    judge("POST", "sample/box", "", "{}");
    assert_int_equal(shape_decode_one(take_act()->body, shape_sample_every(), &every, NULL),
                     ERROR_NONE);
    assert_int_equal(every.secret.len, 0);
}

static void what_stands_in_the_address_is_a_field(void **state)
{
    (void)state;
    struct sample_every every;
    judge("POST", "sample/a%20b%2Fc+d", "", "{\"u64\":1}");
    assert_int_equal(shape_decode_one(take_act()->body, shape_sample_every(), &every, NULL),
                     ERROR_NONE);
    assert_true(slice_is(every.name, "a b/c+d")); /* a plus is a blank in a query only */
    assert_refused(400, "name stands in the address already", "POST", "sample/a", "",
                   "{\"name\":\"b\"}");
    assert_refused(404, "not well-formed", "POST", "sample/a%2", "", "{}");
    assert_refused(404, "not well-formed", "POST", "sample/a%00b", "", "{}");
    assert_refused(404, "not well-formed", "POST", "sample/%ff", "", "{}");
    assert_refused(404, "of at most 31 bytes", "POST", "sample/12345678901234567890123456789012",
                   "", "{}");
    assert_refused(404, "no such resource", "POST", "sample/", "", "{}");
    assert_refused(404, "no such resource", "POST", "sample/a/b", "", "{}");
}

static void needs(void **state)
{
    (void)state;
    assert_refused(400, "name is missing", "POST", "sample", "", "{\"facts\":1}");
    assert_refused(400, "name is missing", "POST", "sample", "", "{}");
}

static void a_body_is_an_object_of_known_members(void **state)
{
    (void)state;
    assert_refused(400, "nome is not known here; known: name telegram_id facts full reason", "POST",
                   "sample", "", "{\"nome\":\"box\"}");
    assert_refused(400, "telegram_id must be a Telegram id", "POST", "sample", "",
                   "{\"name\":\"box\",\"telegram_id\":\"77\"}");
    assert_refused(400, "the body must be a JSON object", "POST", "sample", "", "[]");
    assert_refused(400, "name is missing", "POST", "sample", "", "");
    assert_refused(400, "not acceptable JSON", "POST", "sample", "",
                   "{\"name\":\"box\",\"name\":\"box\"}");
    assert_refused(400, "is not known here; none is", "POST", "sample", "name=box", "{}");
}

static void a_question_is_asked_by_its_query(void **state)
{
    (void)state;
    struct sample_box box;
    judge("GET", "sample/my%20box", "", "");
    assert_int_equal(judgement.kind, JUDGEMENT_QUERY);
    assert_int_equal(judgement.query.what, QUERY_ASK);
    assert_int_equal(shape_decode_one(judgement.query.ask, shape_sample_box(), &box, NULL),
                     ERROR_NONE);
    assert_true(slice_is(box.name, "my box"));
    assert_refused(400, "is not known here; none is", "GET", "sample/x", "nome=y", "");
    assert_refused(400, "is not known here; none is", "GET", "sample/x", "name=y", "");
    assert_refused(400, "is not known here; none is", "GET", "sample/x", "name", "");
    assert_refused(400, "parameter_unknown", "GET", "sample/x", "=y", "");
}

static void a_word_goes_before_a_field(void **state)
{
    (void)state;
    judge("POST", "sample/nothing", "", "{}");
    (void)take_act();
    assert_string_equal(judgement.reason, "sample_nothing");
    judge("POST", "sample/nothin", "", "{}");
    (void)take_act();
    assert_string_equal(judgement.reason, "sample_every");
}

static void methods(void **state)
{
    (void)state;
    assert_int_equal(ops_methods(SLICE("sample")), METHOD_POST);
    assert_int_equal(ops_methods(SLICE("sample/x")), METHOD_GET | METHOD_POST);
    assert_int_equal(ops_methods(SLICE("sample/x/y")), 0);
    assert_int_equal(ops_methods(SLICE("")), 0);
    const char *allow;
    assert_int_equal(api_route(SLICE("DELETE"), SLICE("/api/v1/sample/x"), &allow), 405);
    assert_string_equal(allow, "GET, POST");
    assert_int_equal(api_route(SLICE("GET"), SLICE("/api/v1/sample/x"), &allow), 0);
}

static void what_is_too_long_is_refused(void **state)
{
    (void)state;
    char body[700], long_key[200];
    memset(long_key, 'k', sizeof long_key);
    long_key[129] = 0;
    key = long_key;
    assert_refused(400, "Idempotency-Key at most 128", "POST", "sample", "", "{\"name\":\"box\"}");
    long_key[128] = 0;
    judge("POST", "sample", "", "{\"name\":\"box\"}");
    assert_int_equal(take_act()->key.len, 128);
    key = "";
    size_t len = (size_t)snprintf(body, sizeof body, "{\"name\":\"box\",\"reason\":\"");
    memset(body + len, 'r', 513);
    snprintf(body + len + 513, sizeof body - len - 513, "\"}");
    assert_refused(400, "reason has at most 512 bytes", "POST", "sample", "", body);
}

static void the_walk_shows_each_route_once(void **state)
{
    (void)state;
    static const char *const names[] = {"sample_every", "sample_keep", "sample_nothing",
                                        "sample_box"};
    struct route_view route;
    size_t n = 0;
    for (size_t at = 0; ops_next(&at, &route); n++) {
        assert_true(n < 4); /* what has no method is not reached from outside */
        assert_string_equal(route.shape->name, names[n]);
        assert_true((route.op != NULL) == (n < 3) && (route.ask != NULL) == (n == 3));
    }
    assert_int_equal(n, 4);
}

static const cJSON *at(const cJSON *root, const char *pointer)
{
    const cJSON *item = json_pointer(root, pointer);
    if (item == NULL)
        fail_msg("%s leads nowhere", pointer);
    return item;
}

static void the_document_says_what_shapes_say(void **state)
{
    (void)state;
    cJSON *root = openapi_make();
    assert_non_null(root);
    const cJSON *keep = at(root, "/paths/~1api~1v1~1sample/post");
    assert_string_equal(at(keep, "/operationId")->valuestring, "sample_keep");
    assert_string_equal(at(keep, "/description")->valuestring,
                        "For owner, finance, support, moderator, viewer");
    const cJSON *schema = at(keep, "/requestBody/content/application~1json/schema");
    assert_int_equal(cJSON_GetArraySize(at(schema, "/required")), 1);
    assert_string_equal(at(schema, "/required/0")->valuestring, "name");
    assert_int_equal(at(schema, "/properties/name/maxLength")->valuedouble, 31);
    assert_string_equal(at(schema, "/properties/full/type")->valuestring, "boolean");
    assert_non_null(at(schema, "/properties/reason"));
    assert_non_null(at(keep, "/responses/201"));
    assert_non_null(
        strstr(at(keep, "/responses/409/description")->valuestring, "sample_full: the box"));
    assert_string_equal(at(keep, "/parameters/0/$ref")->valuestring,
                        "#/components/parameters/idempotency_key");
    const cJSON *every = at(root, "/paths/~1api~1v1~1sample~1{name}/post");
    assert_string_equal(at(every, "/parameters/0/in")->valuestring, "path");
    const cJSON *properties = at(every, "/requestBody/content/application~1json/schema/properties");
    assert_null(json_member(properties, "name")); /* it stands in the address */
    assert_null(json_member(properties, "bin"));  /* not from outside */
    assert_string_equal(at(properties, "/color/enum/2")->valuestring, "blue");
    assert_string_equal(at(properties, "/time/format")->valuestring, "date-time");
    assert_string_equal(at(properties, "/list/items/type")->valuestring, "string");
    assert_non_null(at(root, "/paths/~1api~1v1~1sample~1{name}/get"));
    json_free(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_becomes_a_command),
        cmocka_unit_test(the_seed_is_another_each_time),
        cmocka_unit_test(of_a_secret_only_the_hash_goes_on),
        cmocka_unit_test(what_stands_in_the_address_is_a_field),
        cmocka_unit_test(needs),
        cmocka_unit_test(a_body_is_an_object_of_known_members),
        cmocka_unit_test(a_question_is_asked_by_its_query),
        cmocka_unit_test(a_word_goes_before_a_field),
        cmocka_unit_test(methods),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(the_walk_shows_each_route_once),
        cmocka_unit_test(the_document_says_what_shapes_say),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
