#include "carrier/telegram/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void walks_an_array(void **state)
{
    (void)state;
    static const char *const wanted[] = {"1", "\"a,]\\\"b\"", "{\"x\":[1,2]}", "[]", "null"};
    struct scan scan;
    struct slice value;
    assert_true(scan_open(&scan, SLICE(" [1 , \"a,]\\\"b\",{\"x\":[1,2]} ,[], null ] ")));
    for (size_t i = 0; i < 5; i++) {
        assert_true(scan_next(&scan, NULL, &value));
        assert_true(slice_is(value, wanted[i]));
    }
    assert_false(scan_next(&scan, NULL, &value));
    assert_false(scan.bad);
    assert_false(scan_next(&scan, NULL, &value));
}

static void walks_an_object(void **state)
{
    (void)state;
    struct scan scan;
    struct slice name, value;
    assert_true(scan_open(&scan, SLICE("{\"ok\" : true,\"result\":[{\"a\":\"}\"}]}")));
    assert_true(scan_next(&scan, &name, &value));
    assert_true(slice_is(name, "ok") && slice_is(value, "true"));
    assert_true(scan_next(&scan, &name, &value));
    assert_true(slice_is(name, "result") && slice_is(value, "[{\"a\":\"}\"}]"));
    assert_false(scan_next(&scan, &name, &value));
    assert_false(scan.bad);

    assert_true(scan_open(&scan, SLICE("{}")));
    assert_false(scan_next(&scan, &name, &value));
    assert_false(scan.bad);
}

static void refuses_what_does_not_pair_up(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[",     "[1",         "[1,",    "[,]",        "[1,]",      "[1]]",
        "[1] x", "[\"a]",      "[\"a\\", "[[1]",       "{\"a\"}",   "{\"a\":}",
        "{a:1}", "{\"a\":1,}", "{1:2}",  "[{\"a\":1]", "{\"a\":1]", "[1}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct scan scan;
        struct slice name, value;
        /* In memory of its own size, so that a sanitizer sees a step too far. */
        size_t len = strlen(texts[i]);
        char *copy = malloc(len);
        assert_non_null(copy);
        memcpy(copy, texts[i], len);
        if (scan_open(&scan, slice_of(copy, len))) {
            while (scan_next(&scan, &name, &value)) {
            }
            if (!scan.bad)
                fail_msg("taken: %s", texts[i]);
        }
        free(copy);
    }
}

static void opens_nothing_else(void **state)
{
    (void)state;
    struct scan scan;
    assert_false(scan_open(&scan, SLICE("")));
    assert_false(scan_open(&scan, slice_of(NULL, 0)));
    assert_false(scan_open(&scan, SLICE("  ")));
    assert_false(scan_open(&scan, SLICE("1")));
    assert_false(scan_open(&scan, SLICE("\"[]\"")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_an_array),
        cmocka_unit_test(walks_an_object),
        cmocka_unit_test(refuses_what_does_not_pair_up),
        cmocka_unit_test(opens_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
