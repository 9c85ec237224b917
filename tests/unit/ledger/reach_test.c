#include "ledger/reach.h"

#include "ledger/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* An attempt that failed may have begun before they came back. */
static void who_wrote_a_moment_ago_may_have_crossed_it(void **state)
{
    static struct ledger ledger = {.at_ms = 1000000};
    struct record_member member = {.seen_ms = 0};
    (void)state;
    assert_false(reach_crossed(&ledger, &member));
    member.seen_ms = 999000;
    assert_true(reach_crossed(&ledger, &member));
    member.seen_ms = 1000000 - 89999;
    assert_true(reach_crossed(&ledger, &member));
    member.seen_ms = 1000000 - 90000;
    assert_false(reach_crossed(&ledger, &member));
}

static void the_bot_that_was_written_to_answers(void **state)
{
    static char bots[2][CATALOG_NAME_MAX + 1] = {"main", "second"};
    static struct catalog catalog = {.bots = bots, .bot_count = 2};
    static struct ledger ledger = {.catalog = &catalog};
    const struct record_member member = {.bot = "second"};
    char bot[CATALOG_NAME_MAX + 1];
    char small[3];
    (void)state;
    reach_bot(&ledger, 42, &member, bot, sizeof bot);
    assert_string_equal(bot, "second");
    reach_bot(&ledger, 42, &member, small, sizeof small);
    assert_string_equal(small, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_wrote_a_moment_ago_may_have_crossed_it),
        cmocka_unit_test(the_bot_that_was_written_to_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
