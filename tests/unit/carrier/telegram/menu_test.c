#include "carrier/telegram/menu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static struct menu menu;

static int set_up(void **state)
{
    (void)state;
    menu_init(&menu);
    menu_command(menu_add(&menu, ""), "help", "Help");
    struct buf *chinese = menu_add(&menu, "zh");
    menu_command(chinese, "help", "帮助");
    menu_command(chinese, "status", "状态");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    menu_deinit(&menu);
    return 0;
}

/* params NULL: no call is due. */
static void assert_next(uint64_t now_ms, const char *method, const char *params)
{
    struct buf out;
    const char *got = NULL;
    buf_init(&out, 65536);
    assert_int_equal(menu_next(&menu, now_ms, &got, &out), params != NULL);
    buf_append_u8(&out, 0);
    if (params != NULL) {
        assert_string_equal(got, method);
        assert_string_equal(out.data, params);
        assert_false(menu_next(&menu, now_ms, &got, &out)); /* one at a time */
    }
    buf_deinit(&out);
}

static void only_what_differs_is_set(void **state)
{
    (void)state;
    assert_next(0, "getMyCommands", "{\"language_code\":\"\"}");
    menu_answered(
        &menu, 0, true, false,
        SLICE("{\"ok\":true,\"result\":[{\"command\":\"help\",\"description\":\"Help\"}]}"));
    assert_next(0, "getMyCommands", "{\"language_code\":\"zh\"}");
    menu_answered(&menu, 0, true, false, SLICE("{\"ok\":true,\"result\":[]}"));
    assert_next(0, "setMyCommands",
                "{\"language_code\":\"zh\",\"commands\":[{\"command\":\"help\",\"description\":"
                "\"帮助\"},{\"command\":\"status\",\"description\":\"状态\"}]}");
    menu_answered(&menu, 0, true, false, SLICE("{\"ok\":true,\"result\":true}"));
    assert_next(0, NULL, NULL);
    menu_restart(&menu);
    assert_next(0, "getMyCommands", "{\"language_code\":\"\"}");
}

static void what_fails_is_tried_again_or_left(void **state)
{
    (void)state;
    assert_next(1000, "getMyCommands", "{\"language_code\":\"\"}");
    menu_answered(&menu, 1000, false, true, SLICE(""));
    assert_next(60999, NULL, NULL);
    assert_next(61000, "getMyCommands", "{\"language_code\":\"\"}");
    menu_answered(&menu, 61000, true, false, SLICE("nonsense")); /* another list: set it */
    assert_next(61000, "setMyCommands",
                "{\"language_code\":\"\",\"commands\":[{\"command\":\"help\",\"description\":"
                "\"Help\"}]}");
    menu_answered(&menu, 61000, false, false, SLICE("")); /* refused for good */
    assert_next(1000000, NULL, NULL);
}

static void other_orders_and_shapes_are_other_lists(void **state)
{
    static const char *const others[] = {
        "{\"ok\":true,\"result\":[{\"command\":\"help\"}]}",
        "{\"ok\":true,\"result\":[{\"command\":\"help\",\"description\":\"Help\"},{}]}",
        "{\"ok\":true,\"result\":[7]}",
        "{\"ok\":true}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        menu_restart(&menu);
        assert_next(0, "getMyCommands", "{\"language_code\":\"\"}");
        menu_answered(&menu, 0, true, false, slice_from(others[i]));
        assert_true(menu.set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_what_differs_is_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_fails_is_tried_again_or_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_orders_and_shapes_are_other_lists, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
