#include "text/texts.h"

#include "base/utf8.h"
#include "text/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static const char *const placeholders[] = {"name",   "plan", "until",   "community", "id",
                                           "amount", "at",   "payment", "group",     "count"};
enum { PLACEHOLDERS = sizeof(placeholders) / sizeof(placeholders[0]) };

static void every_text_is_there_in_every_language(void **state)
{
    (void)state;
    for (int text = 0; text < TEXT_COUNT; text++) {
        for (int language = 0; language < LANGUAGE_COUNT; language++) {
            struct slice s = text_get((enum text)text, (enum language)language);
            assert_true(s.len > 0 && slice_is_text(s));
            assert_true(utf8_utf16_length(s) < 600);
        }
    }
}

/* Replaces what is known by nothing: what is left must hold no brace, and a language must not lose
 * a fact that the others state. */
static void placeholders_are_known_and_the_same_in_all_languages(void **state)
{
    (void)state;
    struct template_value empty[PLACEHOLDERS];
    for (size_t i = 0; i < PLACEHOLDERS; i++)
        empty[i] = (struct template_value){placeholders[i], SLICE("")};
    for (int text = 0; text < TEXT_COUNT; text++) {
        for (int language = 0; language < LANGUAGE_COUNT; language++) {
            struct slice s = text_get((enum text)text, (enum language)language);
            struct slice english = text_get((enum text)text, LANGUAGE_EN);
            for (size_t i = 0; i < PLACEHOLDERS; i++) {
                if (template_uses(s, placeholders[i]) != template_uses(english, placeholders[i]))
                    fail_msg("text %d, language %d: {{%s}}", text, language, placeholders[i]);
            }
            struct buf out;
            buf_init(&out, 10000);
            template_render(&out, s, empty, PLACEHOLDERS);
            assert_false(out.failed);
            assert_true(out.len == 0 || memchr(out.data, '{', out.len) == NULL);
            assert_true(out.len == 0 || memchr(out.data, '}', out.len) == NULL);
            buf_deinit(&out);
        }
    }
}

/* Characters that exist in one script only give a mixed-up row away. */
static void scripts_are_not_mixed(void **state)
{
    (void)state;
    static const char *const simplified[] = {"员", "链", "连", "请", "应", "进",
                                             "这", "为", "资", "费", "们", "点"};
    static const char *const traditional[] = {"員", "鏈", "連", "請", "進", "這",
                                              "為", "資", "費", "們", "點"};
    for (int text = 0; text < TEXT_COUNT; text++) {
        const char *hans = text_get((enum text)text, LANGUAGE_ZH_HANS).data;
        const char *hant = text_get((enum text)text, LANGUAGE_ZH_HANT).data;
        for (size_t i = 0; i < sizeof(traditional) / sizeof(traditional[0]); i++)
            assert_null(strstr(hans, traditional[i]));
        for (size_t i = 0; i < sizeof(simplified) / sizeof(simplified[0]); i++)
            assert_null(strstr(hant, simplified[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_is_there_in_every_language),
        cmocka_unit_test(placeholders_are_known_and_the_same_in_all_languages),
        cmocka_unit_test(scripts_are_not_mixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
