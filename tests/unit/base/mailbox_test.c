#include "base/mailbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void an_address_can_carry_nothing_else(void **state)
{
    (void)state;
    static const char *const right[] = {"a@b", "ann@example.org", "ann.b+tag@mail.example.org",
                                        "o'neil@x-y.example"};
    static const char *const wrong[] = {
        "",        "a",           "@b",    "a@",      "a b@c", "a@b c",  "a@b\r\nX: y",
        "a\r@b",   "a\n@b",       "a@b>",  "<a@b>",   "a@@b",  ".a@b",   "a.@b",
        "a..b@c",  "a@.b",        "a@b.",  "a@b..c",  "a@-b",  "a@b-",   "a@b-.c",
        "\"a\"@b", "a@[1.2.3.4]", "a,b@c", "a@b,c@d", "a@b;",  "\xE5@b", "a@\xE4\xBD\xA0",
        "a@b\x01"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_true(mailbox_is_address(slice_from(right[i])));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(mailbox_is_address(slice_from(wrong[i])));
    assert_false(mailbox_is_address(SLICE("a@b\0c")));
    assert_false(mailbox_is_address(SLICE("a\0c@b")));
}

static void a_mailbox_has_a_name_or_none(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *address;
    } rows[] = {{"a@b", "", "a@b"},
                {"<a@b>", "", "a@b"},
                {"Club <club@example.org>", "Club", "club@example.org"},
                {" \"Club, the\"  <a@b> ", "Club, the", "a@b"},
                {"\xE4\xBD\xA0\xE5\xA5\xBD <a@b>", "\xE4\xBD\xA0\xE5\xA5\xBD", "a@b"}};
    static const char *const wrong[] = {"",
                                        "Club",
                                        "Club a@b",
                                        "Club <a>",
                                        "a@b <c@d",
                                        "a@b>",
                                        "Club <a@b>, <c@d>",
                                        "Cl\nub <a@b>",
                                        "Club <a@b>\r\n",
                                        "Club\xE2\x80\xA8<a@b>"};
    struct slice name, address;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(mailbox_split(slice_from(rows[i].text), &name, &address));
        assert_true(slice_is(name, rows[i].name));
        assert_true(slice_is(address, rows[i].address));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(mailbox_split(slice_from(wrong[i]), &name, &address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_can_carry_nothing_else),
        cmocka_unit_test(a_mailbox_has_a_name_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
