/* Price tags: what is added comes back, and what is no tag ends the walk. */
#include "modules/shop/tag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void added_ones_come_back(void **state)
{
    (void)state;
    char text[TAGS_BYTES_MAX] = "";
    struct tag tag;
    tag_add(text, &(const struct tag){{1, 0}, 2900, 2320, "USD", false});
    tag_add(text, &(const struct tag){{0, 30}, 500, 500, "XTR", true});
    assert_string_equal(text, "1.0.2900.2320.USD,0.30.500.500.XTR.r");
    struct slice rest = slice_from(text);
    assert_true(tag_next(&rest, &tag));
    assert_int_equal(tag.period.months, 1);
    assert_int_equal(tag.list, 2900);
    assert_int_equal(tag.amount, 2320);
    assert_string_equal(tag.currency, "USD");
    assert_false(tag.renews);
    assert_true(tag_next(&rest, &tag));
    assert_int_equal(tag.period.days, 30);
    assert_string_equal(tag.currency, "XTR");
    assert_true(tag.renews);
    assert_false(tag_next(&rest, &tag));
}

static void what_does_not_fit_is_left_out(void **state)
{
    (void)state;
    char text[TAGS_BYTES_MAX] = "";
    const struct tag tag = {{1200, 36600}, INT64_MAX, INT64_MAX, "USDTTRC", false};
    struct tag out;
    size_t count = 0;
    for (int i = 0; i < 100; i++)
        tag_add(text, &tag);
    assert_true(strlen(text) < TAGS_BYTES_MAX);
    for (struct slice rest = slice_from(text); tag_next(&rest, &out); count++)
        assert_int_equal(out.amount, INT64_MAX);
    assert_true(count > 30 && count < 100);
}

static void no_tags(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "1",
                                        "1.0.29.29",
                                        "1.0.a.29.USD",
                                        "1.0.29.29.USD.X",
                                        "1.0.29.29.USD.r.r",
                                        "1.0.29.29.USD.",
                                        "1.0.29.29.TOOLONGACODE",
                                        ".,."};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct slice rest = slice_from(texts[i]);
        struct tag tag;
        assert_false(tag_next(&rest, &tag));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(added_ones_come_back),
        cmocka_unit_test(what_does_not_fit_is_left_out),
        cmocka_unit_test(no_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
