#include "web/words.h"

#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Each is there, is text without markup, and has the same places in all three languages. */
static void rows_are_whole(void **state)
{
    (void)state;
    for (unsigned word = 0; word < WORD_COUNT; word++) {
        for (unsigned language = 0; language < LANGUAGE_COUNT; language++) {
            const char *text = word_get((enum word)word, (enum language)language);
            const char *first = word_get((enum word)word, LANGUAGE_EN);
            assert_non_null(text);
            assert_true(strlen(text) > 0 && slice_is_text(slice_from(text)));
            assert_null(strpbrk(text, "<>&\"'"));
            for (char n = '1'; n <= '9'; n++) {
                const char place[] = {'$', n, 0};
                if ((strstr(text, place) == NULL) != (strstr(first, place) == NULL))
                    fail_msg("\"%s\" and \"%s\" have not the same places", first, text);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_are_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
