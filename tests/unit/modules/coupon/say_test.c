/* What is said of codes: every reason of the table, in each language, with nothing left open. */
#include "config/config.h"
#include "ledger/reply.h"
#include "ledger/words.h"
#include "modules/coupon/coupon.h"
#include "text/say.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct config *config;
static struct calendar *calendar;

static int set_up(void **state)
{
    struct buf errors;
    (void)state;
    buf_init(&errors, 65536);
    return config_load("tests/scenarios/orders.yaml", &config, &errors) == ERROR_NONE &&
                   calendar_new(config->timezone, &calendar) == ERROR_NONE
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    calendar_destroy(&calendar);
    config_destroy(&config);
    return 0;
}

static void say_it(const struct coupon_said *said, enum language language, char *out, size_t size)
{
    struct buf parts, words;
    struct why why = {""};
    struct message message = part_make(shape_coupon_said(), said);
    buf_init(&parts, 65536);
    buf_init(&words, 65536);
    wire_encode(&parts, &message);
    const struct message_work work = {.kind = DELIVERY_reply,
                                      .name = SLICE("Ann"),
                                      .language = (uint64_t)language,
                                      .parts = buf_slice(&parts)};
    if (say_parts(module_say, config, calendar, &work, &words, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    struct slice rest = buf_slice(&words);
    assert_int_equal(wire_decode(&rest, &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, MESSAGE_part_text);
    (void)snprintf(out, size, "%.*s", SLICE_ARG(message.part_text.text));
    assert_null(strstr(out, "{{"));
    buf_deinit(&parts);
    buf_deinit(&words);
}

static struct coupon_said said_of(enum coupon_saying what)
{
    return (struct coupon_said){.what = what,
                                .code = SLICE("LIVE48"),
                                .amount = 580,
                                .currency = SLICE("USD"),
                                .at = UINT64_C(1767225600000)};
}

static void a_use_and_what_it_took_off(void **state)
{
    char text[512];
    struct coupon_said said = said_of(COUPON_SAID_RESERVED);
    (void)state;
    say_it(&said, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text, "LIVE48: $5.80 off, kept for your open order");
    for (int what = 0; what < COUPON_SAID_COUNT; what++) {
        char english[512];
        said = said_of((enum coupon_saying)what);
        say_it(&said, LANGUAGE_EN, english, sizeof english);
        for (int language = LANGUAGE_EN + 1; language < LANGUAGE_COUNT; language++) {
            say_it(&said, (enum language)language, text, sizeof text);
            assert_string_not_equal(text, english);
        }
    }
}

/* The module's refusals of a code are 1 to 9, too_many_tries 10: none is said by its bare name. */
static void every_reason_has_words(void **state)
{
    char text[512];
    (void)state;
    for (unsigned n = RESULT_code_unknown; n < RESULT_too_many_tries; n++) {
        struct coupon_said said = said_of(COUPON_SAID_REFUSED);
        said.why = slice_from(result_name(n));
        for (int language = 0; language < LANGUAGE_COUNT; language++) {
            say_it(&said, (enum language)language, text, sizeof text);
            assert_null(strstr(text, result_name(n)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_use_and_what_it_took_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_reason_has_words, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("say", tests, NULL, NULL);
}
