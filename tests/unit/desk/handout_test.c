#include "desk/handout.h"

#include "base/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct handouts handouts;

static int empty(void **state)
{
    (void)state;
    memset(&handouts, 0, sizeof handouts);
    return 0;
}

static void kinds(void **state)
{
    (void)state;
    assert_int_equal(handout_of(SLICE("POST"), SLICE("/api/v1/session")), HANDOUT_COOKIE);
    assert_int_equal(handout_of(SLICE("DELETE"), SLICE("/api/v1/session")), HANDOUT_FAREWELL);
    assert_int_equal(handout_of(SLICE("POST"), SLICE("/api/v1/staff/logins")), HANDOUT_CODE);
    assert_int_equal(handout_of(SLICE("POST"), SLICE("/api/v1/staff/keys")), HANDOUT_KEY);
    assert_int_equal(handout_of(SLICE("GET"), SLICE("/api/v1/session")), HANDOUT_NONE);
    assert_int_equal(handout_of(SLICE("POST"), SLICE("/api/v1/sessions")), HANDOUT_NONE);
}

static void a_secret_is_known_by_its_hash_and_then_forgotten(void **state)
{
    uint8_t hash[HANDOUT_HASH_BYTES];
    uint8_t own[HANDOUT_HASH_BYTES];
    (void)state;
    uint32_t one = handout_begin(&handouts, HANDOUT_KEY, false, hash);
    uint32_t two = handout_begin(&handouts, HANDOUT_CODE, false, own);
    assert_int_not_equal(one, 0);
    assert_int_not_equal(one, two);
    assert_memory_not_equal(hash, own, sizeof hash);
    const struct handout *key = handout_find(&handouts, one);
    assert_int_equal(strncmp(key->secret, "uk_", 3), 0);
    assert_int_equal(strlen(key->secret), 3 + 64);
    sha256(slice_from(key->secret), own);
    assert_memory_equal(hash, own, sizeof hash);
    handout_end(&handouts, one);
    assert_int_equal(handouts.items[one - 1].secret[0], 0);
    handout_end(&handouts, 0);
}

static void places_are_bounded(void **state)
{
    uint8_t hash[HANDOUT_HASH_BYTES];
    (void)state;
    for (uint32_t i = 1; i <= HANDOUTS_MAX; i++)
        assert_int_equal(handout_begin(&handouts, HANDOUT_FAREWELL, true, hash), i);
    assert_int_equal(handout_begin(&handouts, HANDOUT_FAREWELL, true, hash), 0);
    handout_end(&handouts, 3);
    assert_int_equal(handout_begin(&handouts, HANDOUT_FAREWELL, true, hash), 3);
}

static void what_a_cookie_is_like(void **state)
{
    char text[HANDOUT_COOKIE_SIZE];
    (void)state;
    handout_cookie(&(struct handout){.kind = HANDOUT_COOKIE, .secret = "abc"}, text);
    assert_string_equal(text, "__Host-usher=abc; Path=/; Max-Age=604800; HttpOnly; "
                              "SameSite=Strict; Secure");
    handout_cookie(&(struct handout){.kind = HANDOUT_COOKIE, .plain = true, .secret = "abc"}, text);
    assert_string_equal(text, "usher=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict");
    handout_cookie(&(struct handout){.kind = HANDOUT_FAREWELL, .plain = true}, text);
    assert_string_equal(text, "usher=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    handout_cookie(&(struct handout){.kind = HANDOUT_KEY, .secret = "uk_abc"}, text);
    assert_string_equal(text, "");
}

static void assert_body(enum handout_kind kind, const char *body, const char *shown)
{
    struct buf out;
    const struct handout handout = {.kind = kind, .secret = "abc"};
    buf_init(&out, 256);
    handout_body(&handout, slice_from(body), &out);
    assert_true(slice_is(buf_slice(&out), shown));
    buf_deinit(&out);
}

static void what_is_shown_once_stands_in_front(void **state)
{
    (void)state;
    assert_body(HANDOUT_CODE, "{\"role\":\"owner\"}", "{\"code\":\"abc\",\"role\":\"owner\"}");
    assert_body(HANDOUT_KEY, "{}", "{\"key\":\"abc\"}");
    assert_body(HANDOUT_COOKIE, "{\"role\":\"owner\"}", "{\"role\":\"owner\"}");
    assert_body(HANDOUT_KEY, "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(kinds, empty),
        cmocka_unit_test_setup(a_secret_is_known_by_its_hash_and_then_forgotten, empty),
        cmocka_unit_test_setup(places_are_bounded, empty),
        cmocka_unit_test_setup(what_a_cookie_is_like, empty),
        cmocka_unit_test_setup(what_is_shown_once_stands_in_front, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
