/* The token of a lane: one question at a time, and a call that it spoils goes again. */
#include "gateway/bearer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TOKEN(text) SLICE("{\"access_token\":\"" text "\",\"expires_in\":160}")

static const struct check_token how = {.path = "/token"};
static struct bearer bearer;

static int none(void **state)
{
    (void)state;
    bearer_init(&bearer, &how);
    return 0;
}

static void a_lane_that_goes_by_its_keys(void **state)
{
    (void)state;
    struct config_lane lane = {.scheme = "Basic ", .secret = "key", .user = "me"};
    bearer_init(&bearer, NULL);
    assert_true(bearer_good(&bearer, 0));
    assert_false(bearer_ended(&bearer, 401, 5));
    bearer_apply(&bearer, &lane);
    assert_string_equal(lane.secret, "key");
    assert_string_equal(lane.user, "me");
}

static void it_is_fetched_once_and_kept(void **state)
{
    (void)state;
    struct config_lane lane = {.scheme = "Basic ", .secret = "key", .user = "me"};
    assert_false(bearer_good(&bearer, 1000));
    assert_int_equal(bearer_timeout_ms(&bearer, 1000), 0);
    assert_true(bearer_ask(&bearer, 1000));
    assert_false(bearer_ask(&bearer, 1001));
    assert_int_equal(bearer_timeout_ms(&bearer, 1001), -1);
    assert_true(bearer_took(&bearer, 200, TOKEN("abc"), 2000));
    assert_true(bearer_good(&bearer, 2000));
    assert_true(bearer_good(&bearer, 101999)); /* a minute to spare */
    assert_false(bearer_good(&bearer, 102000));
    bearer_apply(&bearer, &lane);
    assert_string_equal(lane.scheme, "Authorization: Bearer ");
    assert_string_equal(lane.secret, "abc");
    assert_null(lane.user);
    assert_true(bearer_ask(&bearer, 102000));
}

static void one_that_is_refused(void **state)
{
    static const struct {
        unsigned status;
        struct slice body;
    } rows[] = {{401, TOKEN("abc")},
                {500, SLICE("")},
                {0, SLICE("")},
                {200, SLICE("{}")},
                {200, SLICE("{\"access_token\":\"a\\nb\",\"expires_in\":160}")},
                {200, SLICE("{\"access_token\":\"abc\",\"expires_in\":60}")}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bearer_init(&bearer, &how);
        assert_true(bearer_ask(&bearer, 1000));
        assert_false(bearer_took(&bearer, rows[i].status, rows[i].body, 2000));
        assert_false(bearer_good(&bearer, 2000));
        assert_false(bearer_ask(&bearer, 2000 + BEARER_AGAIN_MS - 1));
        assert_int_equal(bearer_timeout_ms(&bearer, 2001), BEARER_AGAIN_MS - 1);
        assert_true(bearer_ask(&bearer, 2000 + BEARER_AGAIN_MS));
    }
}

static void fetched(uint64_t at_ms)
{
    assert_true(bearer_ask(&bearer, at_ms));
    assert_true(bearer_took(&bearer, 200, TOKEN("abc"), at_ms));
}

static void a_401_ends_one_that_worked(void **state)
{
    (void)state;
    fetched(2000);
    assert_false(bearer_ended(&bearer, 201, 2001));
    assert_true(bearer_ended(&bearer, 401, 2002));
    assert_false(bearer_good(&bearer, 2003));
    /* Two more that went by it. */
    assert_true(bearer_ended(&bearer, 401, 2002));
    fetched(2010);
    assert_true(bearer_ended(&bearer, 401, 2003));
    assert_true(bearer_good(&bearer, 2011));
}

/* Else a call that is refused for good would go round for ever. */
static void a_401_of_one_that_never_worked_counts(void **state)
{
    (void)state;
    fetched(2000);
    assert_false(bearer_ended(&bearer, 401, 2000));
    assert_true(bearer_good(&bearer, 2001));
    assert_false(bearer_ended(&bearer, 0, 2000));
    assert_false(bearer_ended(&bearer, 422, 2000));
    assert_true(bearer_ended(&bearer, 401, 2000));
}

static void an_answer_to_other_keys_is_left(void **state)
{
    (void)state;
    assert_true(bearer_ask(&bearer, 1000));
    bearer_init(&bearer, &how);
    assert_true(bearer_took(&bearer, 200, TOKEN("old"), 2000));
    assert_false(bearer_good(&bearer, 2000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_lane_that_goes_by_its_keys, none),
        cmocka_unit_test_setup(it_is_fetched_once_and_kept, none),
        cmocka_unit_test_setup(one_that_is_refused, none),
        cmocka_unit_test_setup(a_401_ends_one_that_worked, none),
        cmocka_unit_test_setup(a_401_of_one_that_never_worked_counts, none),
        cmocka_unit_test_setup(an_answer_to_other_keys_is_left, none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
