#include "desk/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static void each_reader_has_a_menu(void **state)
{
    struct config config = {.language = LANGUAGE_ZH_HANT};
    struct menu menu;
    (void)state;
    menu_init(&menu);
    commands_menu(&config, &menu);
    commands_menu(&config, &menu); /* anew */
    assert_int_equal(menu.count, 3);
    assert_string_equal(menu.lists[0].language_code, "");
    assert_string_equal(menu.lists[1].language_code, "en");
    assert_string_equal(menu.lists[2].language_code, "zh");
    for (size_t i = 0; i < menu.count; i++)
        buf_append_u8(&menu.lists[i].commands, 0);
    assert_non_null(
        strstr(menu.lists[0].commands.data, "{\"command\":\"help\",\"description\":\"幫助\"}"));
    assert_non_null(
        strstr(menu.lists[1].commands.data, "{\"command\":\"help\",\"description\":\"Help\"}"));
    assert_non_null(strstr(menu.lists[2].commands.data, "幫助"));
    config.language = LANGUAGE_EN;
    commands_menu(&config, &menu);
    buf_append_u8(&menu.lists[2].commands, 0);
    assert_non_null(strstr(menu.lists[2].commands.data, "帮助"));
    menu_deinit(&menu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_reader_has_a_menu)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
