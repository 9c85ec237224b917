#include "gateway/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static const struct config_gateway kassa = {
    .name = "kassa", .kind = GATEWAY_YOOKASSA, .shop_id = (char *)"1", .secret_key = (char *)"k"};
static const struct config_gateway stripe = {
    .name = "stripe", .kind = GATEWAY_STRIPE, .secrets = {"whsec_1"}, .secret_count = 1};

static void test_ids(void **state)
{
    char longest[CHECK_ID_MAX + 2], id[CHECK_ID_MAX + 1];
    (void)state;
    memset(longest, 'a', sizeof longest);
    assert_true(check_take_id(SLICE("2d1f-A_0"), id));
    assert_string_equal(id, "2d1f-A_0");
    assert_true(check_take_id(slice_of(longest, CHECK_ID_MAX), id));
    assert_false(check_take_id(slice_of(longest, CHECK_ID_MAX + 1), id));
    static const char *const strange[] = {"",  "a/b", "..", "a?b", "a#b", "a b",
                                          "%", "a.b", "\n", "é",   "a:b", "a\\b"};
    for (size_t i = 0; i < COUNT(strange); i++)
        assert_false(check_take_id(slice_from(strange[i]), id));
    assert_false(check_take_id(slice_of("a\0b", 3), id));
    assert_string_equal(id, "");
}

static void test_wanted(void **state)
{
    (void)state;
    assert_true(check_wanted(&kassa));
    assert_false(check_wanted(&stripe));
    assert_null(check_token_of(&kassa));
    assert_null(check_token_of(&stripe));
}

/* What a status means before the kind is heard: of an unsigned callback, and of a signed one. */
static void test_statuses(void **state)
{
    static const struct {
        unsigned status;
        const char *verdict;
    } rows[] = {
        {400, "payment_unknown"}, {401, "keys_refused"}, {403, "keys_refused"},
        {404, "payment_unknown"}, {408, "not_answered"}, {410, "payment_unknown"},
        {429, "not_answered"},    {302, "not_answered"}, {500, "not_answered"},
        {503, "not_answered"},
    };
    struct check check = {.id = "a", .event = {.amount = -1}};
    struct payment_event event;
    struct check_ask ask;
    (void)state;
    check_ask_init(&ask);
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum gateway_verdict verdict =
            check_judge(&kassa, &check, rows[i].status, SLICE("{}"), &ask, &event);
        assert_string_equal(gateway_verdict_name(verdict), rows[i].verdict);
        assert_string_equal(event.payment_id, "");
    }
    assert_verdict(check_judge(&kassa, &check, 200, SLICE("<html>"), &ask, &event), not_answered);
    assert_verdict(check_judge(&stripe, &check, 200, SLICE("{}"), &ask, &event), busy);
    check_ask_deinit(&ask);
}

static void test_tokens(void **state)
{
    static const struct {
        const char *body;
        const char *token; /* NULL: none */
        uint64_t lives_ms;
    } rows[] = {
        {"{\"access_token\":\"A21AA.x-y_z~\",\"token_type\":\"Bearer\",\"expires_in\":32400}",
         "A21AA.x-y_z~", 32340000},
        {"{\"access_token\":\"a\",\"expires_in\":60}", "a", 0},
        {"{\"access_token\":\"a\",\"expires_in\":-1}", "a", 0},
        {"{\"access_token\":\"a\",\"expires_in\":9007199254740991}", "a", 2592000000},
        {"{\"access_token\":\"a\"}", NULL, 0},
        {"{\"access_token\":\"\",\"expires_in\":60}", NULL, 0},
        {"{\"access_token\":\"a\\r\\nX: 1\",\"expires_in\":60}", NULL, 0},
        {"{\"access_token\":\"a b\",\"expires_in\":60}", NULL, 0},
        {"{\"access_token\":7,\"expires_in\":60}", NULL, 0},
        {"[]", NULL, 0},
        {"", NULL, 0},
    };
    char token[CHECK_TOKEN_MAX + 1];
    uint64_t lives_ms;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool good = check_read_token(slice_from(rows[i].body), token, &lives_ms);
        assert_int_equal(good, rows[i].token != NULL);
        assert_string_equal(token, rows[i].token != NULL ? rows[i].token : "");
        assert_int_equal(lives_ms, rows[i].lives_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_wanted),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
