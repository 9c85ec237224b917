/* Why something was taken away: a DELETE has no body, so its reason stands in the query. */
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

enum { REASON_BYTES = 512, UNBAN_REASON_BYTES = 256 };

static const char yaml[] =
    "admin: {token: \"the-admin-token-1\"}\n"
    "community: {name: Club, timezone: UTC, language: en}\n"
    "bots: [{name: main, token: \"1:x\", updates: polling}]\n"
    "groups: [{name: room, bot: main, chat_id: -1001, invite: join_request}]\n"
    "plans:\n"
    "  - {name: core, groups: [room], prices: [{amount: \"29.00\", currency: USD, period: 1 "
    "month}]}\n"
    "gateways: [{name: stripe, kind: stripe, secrets: [\"whsec_x\"]}]\n";

/* One of a module without a reason of its own, one with, and one of api.c's resources. */
static const char *const takings[] = {"coupons/MAY10", "members/7/ban", "broadcasts/spring"};

static struct config *config;
static struct judgement judgement;

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

static void take_away(const char *path, const char *query)
{
    char full[128];
    snprintf(full, sizeof full, "/api/v1/%s", path);
    const struct api_request request = {.method = SLICE("DELETE"),
                                        .path = slice_from(full),
                                        .query = slice_from(query),
                                        .authorization = SLICE("Bearer the-admin-token-1")};
    judgement_clear(&judgement);
    api_judge(config, &request, &judgement);
}

static void assert_reason(const char *path, const char *query, struct slice reason)
{
    static struct message message;
    take_away(path, query);
    if (judgement.kind != JUDGEMENT_COMMAND)
        fail_msg("%s?%s: status %u", path, query, judgement.status);
    assert_int_equal(wire_decode_one(buf_slice(&judgement.command), &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, MESSAGE_cmd_act);
    assert_true(slice_equal(message.cmd_act.reason, reason));
}

static void assert_refused(const char *path, const char *query)
{
    take_away(path, query);
    buf_append_u8(&judgement.body, 0);
    if (judgement.kind != JUDGEMENT_ANSWER || judgement.status != 400 ||
        strstr(judgement.body.data, "reason") == NULL)
        fail_msg("%s?%s: kind %d status %u %s", path, query, (int)judgement.kind, judgement.status,
                 judgement.body.data);
}

static void the_query_says_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof takings / sizeof *takings; i++) {
        assert_reason(takings[i], "reason=sold%20out%2C+%E5%94%AE%E7%BD%84",
                      SLICE("sold out, \xE5\x94\xAE\xE7\xBD\x84"));
        assert_reason(takings[i], "reason=", SLICE(""));
        assert_reason(takings[i], "", SLICE(""));
    }
}

static void what_is_no_text_or_twice_is_refused(void **state)
{
    static const char *const wrong[] = {"reason=%ff",   "reason=%E5%94",     "reason=a%0",
                                        "reason=a%00b", "reason=a&reason=b", "why=a"};
    (void)state;
    for (size_t i = 0; i < sizeof takings / sizeof *takings; i++)
        for (size_t n = 0; n < sizeof wrong / sizeof *wrong; n++)
            assert_refused(takings[i], wrong[n]);
}

/* Bytes count as they are decoded: each of these is three in the query. */
static void it_has_a_bound(void **state)
{
    static const size_t most[] = {REASON_BYTES, UNBAN_REASON_BYTES, REASON_BYTES};
    (void)state;
    for (size_t i = 0; i < sizeof takings / sizeof *takings; i++) {
        char query[3 * REASON_BYTES + 16] = "reason=";
        char reason[REASON_BYTES];
        memset(reason, '&', sizeof reason);
        for (size_t n = 0; n < most[i]; n++)
            memcpy(query + 7 + 3 * n, "%26", 4);
        assert_reason(takings[i], query, slice_of(reason, most[i]));
        memcpy(query + 7 + 3 * most[i], "a", 2);
        assert_refused(takings[i], query);
    }
}

static void the_document_shows_it_once_for_each(void **state)
{
    struct route_view route;
    size_t found = 0;
    (void)state;
    cJSON *root = openapi_make();
    assert_non_null(root);
    const cJSON *paths = cJSON_GetObjectItem(root, "paths");
    for (const cJSON *item = paths->child; item != NULL; item = item->next) {
        const cJSON *operation = cJSON_GetObjectItem(item, "delete");
        size_t reasons = 0;
        const cJSON *parameter;
        if (operation == NULL)
            continue;
        cJSON_ArrayForEach(parameter, cJSON_GetObjectItem(operation, "parameters"))
        {
            const cJSON *name = cJSON_GetObjectItem(parameter, "name");
            const cJSON *in = cJSON_GetObjectItem(parameter, "in");
            reasons += name != NULL && strcmp(name->valuestring, "reason") == 0 &&
                       strcmp(in->valuestring, "query") == 0;
        }
        if (reasons != 1)
            fail_msg("%s shows the reason %zu times", item->string, reasons);
        found++;
    }
    for (size_t at = 0; ops_next(&at, &route);)
        found -= strcmp(route.method, "DELETE") == 0;
    assert_int_equal(found, 1); /* api.c's own: that of a broadcast */
    json_free(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_query_says_why),
        cmocka_unit_test(what_is_no_text_or_twice_is_refused),
        cmocka_unit_test(it_has_a_bound),
        cmocka_unit_test(the_document_shows_it_once_for_each),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
