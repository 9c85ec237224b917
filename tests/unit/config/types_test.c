#include "config/types.h"

#include "example.h"

static void tokens(void **state)
{
    (void)state;
    assert_true(type_is_token(SLICE("X-Signature_1.2~")));
    assert_false(type_is_token(SLICE("")));
    assert_false(type_is_token(SLICE("a b")));
    assert_false(type_is_token(SLICE("a:b")));
    assert_false(type_is_token(SLICE("a\0b")));
    assert_false(type_is_token(SLICE("\xc3\xa4")));
}

static void secrets(void **state)
{
    (void)state;
    static const struct {
        struct slice text;
        const char *wrong; /* "" for good ones */
    } cases[] = {
        {{"s", 1}, ""},
        {{"with a blank inside", 19}, ""},
        {{"", 0}, "the secret is empty"},
        {{" s", 2}, "the secret begins or ends with a blank"},
        {{"s ", 2}, "the secret begins or ends with a blank"},
        {{"s\n", 2}, "the secret holds a control character"},
        {{"a\tb", 3}, "the secret holds a control character"},
        {{"a\0b", 3}, "the secret holds a control character"},
        {{"\xff", 1}, "the secret holds a control character"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fault fault = {{0}, {0}};
        assert_int_equal(type_is_secret(cases[i].text, &fault), cases[i].wrong[0] == '\0');
        assert_string_equal(fault.wrong, cases[i].wrong);
    }
    char text[513];
    struct fault fault = {{0}, {0}};
    memset(text, 'x', sizeof(text));
    assert_true(type_is_secret(slice_of(text, 512), &fault));
    assert_false(type_is_secret(slice_of(text, 513), &fault));
    assert_string_equal(fault.wrong, "the secret is too long");
}

static void sentences(void **state)
{
    (void)state;
    static const struct choice colours[] = {{"red", 1}, {"green", 2}, {"blue", 3}, {NULL, 0}};
    static const struct {
        struct key key;
        const char *text;
    } cases[] = {
        {{.type = TYPE_NUMBER, .least = 1, .most = 64}, "a whole number from 1 to 64"},
        {{.type = TYPE_LINE, .least = 1, .most = 9}, "one line of text, 1 to 9 bytes"},
        {{.type = TYPE_SIZE, .least = 1024, .most = 8388608},
         "a size such as \"1 MiB\", from 1 KiB to 8 MiB"},
        {{.type = TYPE_DURATION, .least = 60000, .most = 86400000},
         "a duration such as \"5 minutes\", from 1 minute to 1 day"},
        {{.type = TYPE_CHOICE, .choices = colours}, "red, green or blue"},
        {{.type = TYPE_SWITCH}, "true or false"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[256];
        type_expected(&cases[i].key, text, sizeof(text));
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens),
        cmocka_unit_test(secrets),
        cmocka_unit_test(sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
