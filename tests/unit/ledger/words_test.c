#include "tests/unit/ledger/talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static void assert_word(const char *text, const char *verb, const char *arg)
{
    struct word word;
    if (!module_words.say(slice_from(text), false, &word))
        fail_msg("no word: %s", text);
    assert_int_equal(word.module, MODULE_talk);
    assert_string_equal(word.verb, verb);
    assert_true(slice_is(word.arg, arg));
}

static void words_begin_a_text(void **state)
{
    struct word word;
    (void)state;
    assert_word("/ask", "ask", "");
    assert_word("/ASK 7", "ask", "7");
    assert_word("/ask@usher_bot", "ask", "");
    assert_word("/ask@usher_bot  a b ", "ask", "a b");
    assert_word("  Ask Me\xE3\x80\x80now or never", "ask", "now or never");
    assert_word("ask me now", "longer", "");
    assert_word("/start", "start", "");
    assert_word("/start x_1", "start", "x_1");
    assert_word("/start c_SUMMER", "linked", "SUMMER");
    assert_word("\xE3\x80\x80问\xE3\x80\x80", "ask", "");
    assert_word("問 什麼", "ask", "什麼");
    static const char *const none[] = {"",     "ask", "/asked", "/as",      "问题",
                                       "x 问", "/",   "@",      "\xE3\x80", "ask me!"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (module_words.say(slice_from(none[i]), false, &word))
            fail_msg("a word: %s", none[i]);
    assert_false(module_words.say((struct slice){NULL, 0}, false, &word));
    assert_true(module_words.say(SLICE("问"), true, &word));
    assert_true(module_words.say(SLICE("ask me now"), true, &word));
    assert_string_equal(word.verb, "ask"); /* the longer one is for private chats */
}

static void data_names_module_and_verb(void **state)
{
    char data[SAID_DATA_SIZE];
    char longest[64];
    struct word word;
    (void)state;
    assert_true(said_data(MODULE_talk, "answer", SLICE("a:b"), data));
    assert_string_equal(data, "talk:answer:a:b");
    assert_true(module_words.press(slice_from(data), &word));
    assert_int_equal(word.module, MODULE_talk);
    assert_string_equal(word.verb, "answer");
    assert_true(slice_is(word.arg, "a:b"));
    assert_true(module_words.press(SLICE("talk:ask:"), &word));
    memset(longest, 'x', sizeof longest);
    assert_true(said_data(MODULE_talk, "ask", slice_of(longest, 55), data));
    assert_int_equal(strlen(data), 64);
    assert_false(said_data(MODULE_talk, "ask", slice_of(longest, 56), data));
    assert_string_equal(data, "");
    static const char *const none[] = {"", "talk", "talk:ask", "walk:ask:", "talk:nothing:", "::"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(module_words.press(slice_from(none[i]), &word));
    assert_false(module_words.press((struct slice){NULL, 0}, &word));
}

static void the_menu_has_commands_with_a_text(void **state)
{
    const char *name, *text;
    size_t at = 0;
    (void)state;
    assert_true(menu_command_next(&at, 1, &name, &text));
    assert_string_equal(name, "start");
    assert_string_equal(text, "开始");
    assert_false(menu_command_next(&at, 1, &name, &text));
}

static void blanks_around_do_not_count(void **state)
{
    (void)state;
    assert_true(slice_is(words_trim(SLICE(" \u3000LIVE 48\n\u3000")), "LIVE 48"));
    assert_int_equal(words_trim(SLICE(" \u3000 ")).len, 0);
}

/* What no module has words for is said by its name. */
static void a_refusal_without_words(void **state)
{
    (void)state;
    assert_true(slice_is(refusal_text(SLICE("sold_out"), 0), "sold_out"));
    assert_true(slice_is(refusal_text(SLICE(""), 1), ""));
}

static void intents_are_found(void **state)
{
    (void)state;
    assert_ptr_equal(intent_find(MODULE_talk, SLICE("ask")), &talk_intents[0]);
    assert_null(intent_find(MODULE_talk, SLICE("")));
    assert_null(intent_find(99, SLICE("ask")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_begin_a_text),
        cmocka_unit_test(data_names_module_and_verb),
        cmocka_unit_test(intents_are_found),
        cmocka_unit_test(blanks_around_do_not_count),
        cmocka_unit_test(a_refusal_without_words),
        cmocka_unit_test(the_menu_has_commands_with_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
