#include "desk/asker.h"

#include "ledger/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void names(void **state)
{
    char name[ASKER_SIZE];
    (void)state;
    asker_name(NULL, name);
    assert_string_equal(name, "token");
    asker_name(&(struct message_access_row){.kind = ACCESS_KEY, .name = SLICE("crm")}, name);
    assert_string_equal(name, "key:crm");
    asker_name(&(struct message_access_row){.kind = ACCESS_SESSION, .name = SLICE("token")}, name);
    assert_string_equal(name, "token");
    struct message_access_row ann = {
        .kind = ACCESS_SESSION, .telegram_id = 1001, .name = SLICE("Ann")};
    asker_name(&ann, name);
    assert_string_equal(name, "staff:1001 Ann");
    ann.name = SLICE("");
    asker_name(&ann, name);
    assert_string_equal(name, "staff:1001");
    /* 64 bytes, and no half letter: 20 letters of three bytes, of which 17 find room behind 11. */
    ann.name = SLICE("客客客客客客客客客客客客客客客客客客客客");
    asker_name(&ann, name);
    assert_int_equal(strlen(name), 11 + 17 * 3);
    assert_true(slice_is_text(slice_from(name)));
}

static bool in_scope(const char *scopes, const char *method, const char *path)
{
    const struct message_access_row key = {.kind = ACCESS_KEY, .scopes = slice_from(scopes)};
    return asker_in_scope(&key, slice_from(method), slice_from(path));
}

static void scopes(void **state)
{
    (void)state;
    assert_true(asker_in_scope(NULL, SLICE("POST"), SLICE("/api/v1/coupons")));
    assert_true(in_scope("", "POST", "/api/v1/coupons"));
    assert_true(in_scope("payments,coupons", "POST", "/api/v1/coupons"));
    assert_true(in_scope("members:read", "GET", "/api/v1/members/7/why"));
    assert_false(in_scope("members:read", "POST", "/api/v1/members/7/ban"));
    assert_false(in_scope("member", "GET", "/api/v1/members"));
    assert_false(in_scope("members", "GET", "/api/v1/member"));
    assert_false(in_scope(":read", "GET", "/api/v1/members"));
    assert_true(in_scope("payments", "GET", "/api/v1/session"));
    assert_false(in_scope("payments", "POST", "/api/v1/session/seen"));
    assert_true(in_scope("payments", "GET", "/api/v1/openapi.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(scopes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
