#include "wire/event_name.h"

#include "ledger/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static bool has(const char *wanted)
{
    char name[EVENT_NAME_MAX + 1];
    for (size_t at = 0; event_next(&at, name);)
        if (strcmp(name, wanted) == 0)
            return true;
    return false;
}

/* They are promised: this list only grows. */
static void promised(void **state)
{
    static const char *const names[] = {
        "member.known",    "member.reachable",   "member.granted",   "member.renewed",
        "member.grace",    "member.ended",       "member.entered",   "member.left",
        "payment.paid",    "payment.given_back", "order.placed",     "order.expired",
        "order.cancelled", "order.paid",         "order.given_back", "order.reinstated",
        "order.overpaid",  "coupon.redeemed",    "points.posted",    "points.expired",
        "points.reversed", "checkin.done",       "checkin.repaired", "renewal.reminded",
        "renewal.offered", "renewal.offer_used", "renewal.wooed",    "ticket.opened",
        "ticket.answered", "ticket.closed",      "ticket.rated",     "ticket.warned",
        "ticket.breached", "order.claimed",      "order.unclaimed",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!has(names[i]))
            fail_msg("%s is no event any more", names[i]);
}

/* Each fact has a name of its own, and those of the ledger's own are all in the table. */
static void all_differ(void **state)
{
    char names[512][EVENT_NAME_MAX + 1];
    size_t count = 0;
    (void)state;
    for (size_t at = 0; event_next(&at, names[count]); count++) {
        assert_true(count + 1 < sizeof names / sizeof names[0]);
        assert_non_null(strchr(names[count], '.'));
        assert_true(strncmp(names[count], "core.", 5) != 0);
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(names[i], names[count]);
    }
}

static void by_what_it_says(void **state)
{
    struct fact_granted granted = {.telegram_id = 7, .first = 1};
    struct fact_told told = {.delivery = 1};
    char name[EVENT_NAME_MAX + 1];
    (void)state;
    assert_true(event_name(shape_fact_granted(), &granted, name));
    assert_string_equal(name, "member.granted");
    granted.renewed = 1;
    assert_true(event_name(shape_fact_granted(), &granted, name));
    assert_string_equal(name, "member.renewed");
    assert_false(event_name(shape_fact_told(), &told, name));
}

static void patterns(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool matches;
    } rows[] = {
        {"*", "payment.paid", true},
        {"payment.*", "payment.paid", true},
        {"payment.paid", "payment.paid", true},
        {"payment.pai", "payment.paid", false},
        {"payment*", "payment.paid", false},
        {"pay.*", "payment.paid", false},
        {".*", "payment.paid", false},
        {"", "payment.paid", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(event_matches(rows[i].pattern, rows[i].name), rows[i].matches);
    assert_true(event_pattern_known("*"));
    assert_true(event_pattern_known("ticket.*"));
    assert_false(event_pattern_known("payment.payed"));
    assert_false(event_pattern_known("nobody.*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(promised),
        cmocka_unit_test(all_differ),
        cmocka_unit_test(by_what_it_says),
        cmocka_unit_test(patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
