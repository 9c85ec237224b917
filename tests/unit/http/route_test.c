#include "http/route.h"

#include "base/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static struct route_match match(const char *method, const char *path, const char *type)
{
    return route_match(slice_from(method), slice_from(path), slice_from(type));
}

static void paths_lead_to_routes(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum route route;
        const char *name;
        const char *label;
    } rows[] = {
        {"/hooks/stripe", ROUTE_HOOK, "stripe", "/hooks"},
        {"/hooks/a-b_9", ROUTE_HOOK, "a-b_9", "/hooks"},
        {"/hooks/abcdefghijklmnopqrstuvwxyz01234", ROUTE_HOOK, "abcdefghijklmnopqrstuvwxyz01234",
         "/hooks"},
        {"/telegram/main", ROUTE_TELEGRAM, "main", "/telegram"},
        {"/healthz", ROUTE_HEALTHZ, "", "/healthz"},
        {"/readyz", ROUTE_READYZ, "", "/readyz"},
        {"/metrics", ROUTE_METRICS, "", "/metrics"},
        {"/api/v1/members/1", ROUTE_API, "", "/api/v1"},
        {"/api/v1/%2e%2e/x", ROUTE_API, "", "/api/v1"},
        {"/p/core", ROUTE_PLAN_PAGE, "core", "/p"},
        {"/p/", ROUTE_PLAN_PAGE, "", "/p"},
        {"/p/%3Cx%3E/..", ROUTE_PLAN_PAGE, "%3Cx%3E/..", "/p"},
        {"/o/abc/state", ROUTE_ORDER_PAGE, "abc/state", "/o"},
        {"/style/usher-0.css", ROUTE_STYLE, "usher-0.css", "/style"},
        {"/p", ROUTE_NONE, "", "other"},
        {"/o", ROUTE_NONE, "", "other"},
        {"/hooks/abcdefghijklmnopqrstuvwxyz012345", ROUTE_NONE, "", "other"},
        {"/hooks/", ROUTE_NONE, "", "other"},
        {"/hooks", ROUTE_NONE, "", "other"},
        {"/hooks/stripe/", ROUTE_NONE, "", "other"},
        {"/hooks//stripe", ROUTE_NONE, "", "other"},
        {"/hooks/Stripe", ROUTE_NONE, "", "other"},
        {"/hooks/str%69pe", ROUTE_NONE, "", "other"},
        {"/hooks/a.b", ROUTE_NONE, "", "other"},
        {"/hooks/..", ROUTE_NONE, "", "other"},
        {"/hooks/caf\xc3\xa9", ROUTE_NONE, "", "other"},
        {"/telegram/", ROUTE_NONE, "", "other"},
        {"/healthz/", ROUTE_NONE, "", "other"},
        {"/healthz2", ROUTE_NONE, "", "other"},
        {"/health", ROUTE_NONE, "", "other"},
        {"/api/v1/", ROUTE_NONE, "", "other"},
        {"/api/v1", ROUTE_NONE, "", "other"},
        {"/api/v2/members", ROUTE_NONE, "", "other"},
        {"/", ROUTE_NONE, "", "other"},
        {"", ROUTE_NONE, "", "other"},
        {"*", ROUTE_NONE, "", "other"},
        {"http://host/healthz", ROUTE_NONE, "", "other"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool get = (rows[i].route >= ROUTE_HEALTHZ && rows[i].route <= ROUTE_METRICS) ||
                   rows[i].route >= ROUTE_PLAN_PAGE;
        struct route_match found = match(get ? "GET" : "POST", rows[i].path, NULL);
        if (found.route != rows[i].route)
            fail_msg("%s leads to %d", rows[i].path, (int)found.route);
        assert_true(slice_is(found.name, rows[i].name));
        assert_string_equal(found.label, rows[i].label);
        assert_int_equal(found.refusal, 0);
        assert_null(found.allow);
    }
    assert_int_equal(route_match(SLICE("GET"), slice_of("/healthz\0", 9), slice_from(NULL)).route,
                     ROUTE_NONE);
    assert_int_equal(
        route_match(SLICE("POST"), slice_of("/hooks/a\0b", 10), slice_from(NULL)).route,
        ROUTE_NONE);
}

static void methods_are_checked(void **state)
{
    (void)state;
    struct route_match found = match("HEAD", "/hooks/stripe", NULL);
    assert_int_equal(found.refusal, 405);
    assert_string_equal(found.allow, "GET, POST");
    assert_int_equal(found.route, ROUTE_HOOK);
    assert_int_equal(match("GET", "/hooks/epay", NULL).refusal, 0);
    found = match("GET", "/telegram/main", NULL);
    assert_int_equal(found.refusal, 405);
    assert_string_equal(found.allow, "POST");
    found = match("POST", "/healthz", "text/plain");
    assert_int_equal(found.refusal, 405);
    assert_string_equal(found.allow, "GET, HEAD");
    assert_int_equal(match("HEAD", "/metrics", NULL).refusal, 0);
    assert_int_equal(match("get", "/metrics", NULL).refusal, 405);
    assert_int_equal(match("HEAD", "/p/core", NULL).refusal, 0);
    assert_int_equal(match("POST", "/p/x", NULL).refusal, 405);
    assert_int_equal(match("POST", "/o/x/pay", NULL).refusal, 0);
    found = match("PUT", "/o/x", NULL);
    assert_int_equal(found.refusal, 405);
    assert_string_equal(found.allow, "GET, HEAD, POST");
    assert_int_equal(match("HEAD", "/hooks/x", NULL).refusal, 405);
    assert_int_equal(match("", "/hooks/x", NULL).refusal, 405);
    assert_int_equal(match("PUT", "/hooks/x", "text/plain").refusal, 405); /* before 415 */
    assert_int_equal(match("DELETE", "/api/v1/x", NULL).refusal, 0);
    assert_int_equal(match("DELETE", "/nowhere", NULL).refusal, 0);
}

static void content_types_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        unsigned refusal;
    } rows[] = {
        {NULL, 0},
        {"application/json", 0},
        {"Application/JSON; charset=utf-8", 0},
        {"application/json ;x", 0},
        {"application/cloudevents+json", 0},
        {"application/problem+JSON;charset=utf-8", 0},
        {"", 415},
        {";", 415},
        {"application", 415},
        {"application/", 415},
        {"application/jsonx", 415},
        {"application/xjson", 415},
        {"application/+json", 415},
        {"application/a b+json", 415},
        {"application/json, text/plain", 415},
        {"application/x-www-form-urlencodedx", 415},
        {"text/json", 415},
        {"json", 415},
        {" application/json", 415},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned refusal = match("POST", "/hooks/x", rows[i].type).refusal;
        if (refusal != rows[i].refusal)
            fail_msg("\"%s\" is answered %u", rows[i].type, refusal);
        assert_int_equal(match("POST", "/telegram/x", rows[i].type).refusal, rows[i].refusal);
        assert_int_equal(match("POST", "/api/v1/x", rows[i].type).refusal, rows[i].refusal);
        assert_int_equal(match("GET", "/healthz", rows[i].type).refusal, 0);
    }
}

/* Some gateways send name=value pairs, by POST or GET; nobody else does. */
static void forms_are_gateways(void **state)
{
    (void)state;
    static const char *const types[] = {"application/x-www-form-urlencoded",
                                        "Application/X-WWW-Form-Urlencoded ; charset=utf-8"};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        assert_int_equal(match("POST", "/hooks/x", types[i]).refusal, 0);
        assert_true(match("POST", "/hooks/x", types[i]).form);
        assert_int_equal(match("POST", "/telegram/x", types[i]).refusal, 415);
        assert_int_equal(match("POST", "/api/v1/x", types[i]).refusal, 415);
    }
    assert_false(match("POST", "/hooks/x", "application/json").form);
    assert_false(match("POST", "/hooks/x", NULL).form);
}

static void a_problem_is_a_document(void **state)
{
    (void)state;
    struct buf out;
    cJSON *root = NULL;
    buf_init(&out, 4096);
    problem_json(&out, 404, NULL, "no \"such\" member\n");
    assert_false(out.failed);
    assert_int_equal(json_parse(buf_slice(&out), 4096, 4, &root, NULL), ERROR_NONE);
    int64_t status = 0;
    assert_true(slice_is(json_string(json_member(root, "type")), "about:blank"));
    assert_true(slice_is(json_string(json_member(root, "title")), "Not Found"));
    assert_true(slice_is(json_string(json_member(root, "detail")), "no \"such\" member\n"));
    assert_true(slice_is(json_string(json_member(root, "code")), "not_found"));
    assert_true(json_i64(json_member(root, "status"), &status));
    assert_int_equal(status, 404);
    json_free(&root);
    buf_deinit(&out);
    buf_init(&out, 10);
    problem_json(&out, 404, "code", "does not fit");
    assert_true(out.failed);
    buf_deinit(&out);
}

static void every_status_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(http_status_text(200), "OK");
    assert_string_equal(http_status_text(503), "Service Unavailable");
    assert_string_equal(http_status_text(0), "Unknown");
    assert_string_equal(http_status_text(999), "Unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_to_routes),      cmocka_unit_test(methods_are_checked),
        cmocka_unit_test(content_types_are_checked), cmocka_unit_test(forms_are_gateways),
        cmocka_unit_test(a_problem_is_a_document),   cmocka_unit_test(every_status_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
