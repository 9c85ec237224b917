/* Working time: zones, the changes of the clock, hours that pass midnight, closed days. */
#include "modules/ticket/hours.h"

#include "base/clock.h"
#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const uint64_t minute_ms = 60000;

static uint64_t ms_of(const char *text)
{
    int64_t ms;
    if (!clock_parse_utc(slice_from(text), &ms))
        fail_msg("not a time: %s", text);
    return (uint64_t)ms;
}

static void texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count; /* 0: refused */
        struct hours_span last;
    } rows[] = {
        {"Mon-Sun 09:00-21:00", 1, {0x7F, 540, 1260}},
        {"09:00-21:00", 1, {0x7F, 540, 1260}},
        {"00:00-24:00", 1, {0x7F, 0, 1440}},
        {"22:00-06:00", 1, {0x7F, 1320, 1800}},
        {"mon-fri 09:00-12:00 13:00-18:00, sat 10:00-14:00", 3, {0x20, 600, 840}},
        {"Mon,Wed 08:30-09:00", 1, {0x05, 510, 540}},
        {"Fri-Mon 10:00-11:00", 1, {0x71, 600, 660}},
        {"Sun 23:00-00:00", 1, {0x40, 1380, 1440}},
        {"", 0, {0, 0, 0}},
        {"Mon", 0, {0, 0, 0}},
        {"09:00-21:00 Mon", 0, {0, 0, 0}},
        {"Mon 9:00-21:00", 0, {0, 0, 0}},
        {"Mon 09:00", 0, {0, 0, 0}},
        {"Mon 09:00-09:00", 0, {0, 0, 0}},
        {"Mon 24:00-06:00", 0, {0, 0, 0}},
        {"Mon 09:60-10:00", 0, {0, 0, 0}},
        {"Mon 09:00-24:01", 0, {0, 0, 0}},
        {"Monday 09:00-21:00", 0, {0, 0, 0}},
        {"Mon-Xyz 09:00-21:00", 0, {0, 0, 0}},
        {"Mon- 09:00-21:00", 0, {0, 0, 0}},
        {"always", 0, {0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hours hours;
        bool good = hours_parse(slice_from(rows[i].text), &hours);
        if (good != (rows[i].count > 0))
            fail_msg("\"%s\" is %s", rows[i].text, good ? "taken" : "refused");
        if (!good)
            continue;
        assert_int_equal(hours.count, rows[i].count);
        assert_int_equal(hours.spans[hours.count - 1].days, rows[i].last.days);
        assert_int_equal(hours.spans[hours.count - 1].from, rows[i].last.from);
        assert_int_equal(hours.spans[hours.count - 1].to, rows[i].last.to);
    }
    struct hours hours;
    char many[17 * 12 + 1] = "";
    for (size_t i = 0; i < 17; i++)
        memcpy(many + 12 * i, "01:00-02:00 ", 13);
    assert_false(hours_parse(slice_from(many), &hours));
    assert_true(hours_parse(slice_from(many + 12), &hours));
}

static void due_times(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        const char *hours;
        const char *from;
        unsigned minutes;
        const char *due;
    } rows[] = {
        /* in hours, over the evening, before the morning, over a closed weekend */
        {"Asia/Shanghai", "Mon-Sun 09:00-21:00", "2026-03-02T10:00:00+08:00", 30,
         "2026-03-02T10:30:00+08:00"},
        {"Asia/Shanghai", "Mon-Sun 09:00-21:00", "2026-03-02T20:50:00+08:00", 30,
         "2026-03-03T09:20:00+08:00"},
        {"Asia/Shanghai", "Mon-Sun 09:00-21:00", "2026-03-02T20:30:00+08:00", 30,
         "2026-03-02T21:00:00+08:00"},
        {"Asia/Shanghai", "Mon-Sun 09:00-21:00", "2026-03-02T03:00:00+08:00", 30,
         "2026-03-02T09:30:00+08:00"},
        {"Asia/Shanghai", "Mon-Sun 09:00-21:00", "2026-03-02T21:00:00+08:00", 60,
         "2026-03-03T10:00:00+08:00"},
        {"Asia/Shanghai", "Mon-Fri 09:00-18:00", "2026-03-06T17:30:00+08:00", 60,
         "2026-03-09T09:30:00+08:00"},
        {"Asia/Shanghai", "Mon-Fri 09:00-18:00", "2026-03-07T12:00:00+08:00", 60,
         "2026-03-09T10:00:00+08:00"},
        {"Asia/Shanghai", "Mon 09:00-10:00", "2026-03-02T09:00:00+08:00", 150,
         "2026-03-16T09:30:00+08:00"},
        {"Asia/Shanghai", "Mon-Fri 09:00-12:00 13:00-18:00", "2026-03-02T11:50:00+08:00", 30,
         "2026-03-02T13:20:00+08:00"},
        /* 72 hours of 12 a day are six days */
        {"Asia/Shanghai", "Mon-Sun 09:00-21:00", "2026-03-02T09:00:00+08:00", 72 * 60,
         "2026-03-07T21:00:00+08:00"},
        /* what overlaps counts once */
        {"UTC", "09:00-12:00 11:00-13:00", "2026-03-02T10:00:00Z", 240, "2026-03-03T10:00:00Z"},
        /* past midnight, also from the Friday into the closed Saturday */
        {"Asia/Shanghai", "22:00-06:00", "2026-03-02T05:50:00+08:00", 20,
         "2026-03-02T22:10:00+08:00"},
        {"Asia/Shanghai", "22:00-06:00", "2026-03-02T23:00:00+08:00", 120,
         "2026-03-03T01:00:00+08:00"},
        {"Asia/Shanghai", "Mon-Fri 22:00-06:00", "2026-03-06T23:00:00+08:00", 8 * 60,
         "2026-03-09T23:00:00+08:00"},
        {"Asia/Shanghai", "Mon-Fri 22:00-06:00", "2026-03-08T23:00:00+08:00", 1,
         "2026-03-09T22:01:00+08:00"},
        /* always, over a midnight */
        {"Asia/Shanghai", "00:00-24:00", "2026-03-02T23:30:00+08:00", 60,
         "2026-03-03T00:30:00+08:00"},
        /* New York: the night of 8 March has an hour less, that of 1 November one more */
        {"America/New_York", "22:00-06:00", "2026-03-07T22:00:00-05:00", 7 * 60,
         "2026-03-08T06:00:00-04:00"},
        {"America/New_York", "22:00-06:00", "2026-10-31T22:00:00-04:00", 8 * 60,
         "2026-11-01T05:00:00-05:00"},
        {"America/New_York", "09:00-17:00", "2026-03-07T16:00:00-05:00", 120,
         "2026-03-08T10:00:00-04:00"},
        /* hours that the clock leaps over are no hours on that day */
        {"America/New_York", "02:00-03:00", "2026-03-07T12:00:00-05:00", 30,
         "2026-03-09T02:30:00-04:00"},
        {"Asia/Kathmandu", "09:00-10:00", "2026-03-02T03:15:00Z", 60, "2026-03-02T04:15:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct calendar *calendar;
        struct hours hours;
        char text[32];
        assert_int_equal(calendar_new(rows[i].zone, &calendar), ERROR_NONE);
        assert_true(hours_parse(slice_from(rows[i].hours), &hours));
        uint64_t from_ms = ms_of(rows[i].from);
        uint64_t due_ms = hours_after(&hours, calendar, from_ms, rows[i].minutes * minute_ms);
        clock_format_utc((int64_t)due_ms, text, sizeof text);
        if (due_ms != ms_of(rows[i].due))
            fail_msg("%s of %s from %s: %s", rows[i].hours, rows[i].zone, rows[i].from, text);
        assert_int_equal(hours_between(&hours, calendar, from_ms, due_ms),
                         rows[i].minutes * minute_ms);
        assert_int_equal(hours_between(&hours, calendar, from_ms, due_ms - 1),
                         rows[i].minutes * minute_ms - 1);
        calendar_destroy(&calendar);
    }
}

/* Time adds up wherever it is cut, and what is due after so much of it is due then. */
static void adds_up(void **state)
{
    (void)state;
    static const char *const texts[] = {"Mon-Fri 09:00-18:00", "22:00-06:00, Sat 05:00-23:00",
                                        "00:00-24:00", "Mon-Sun 01:30-02:30"};
    static const char *const zones[] = {"America/New_York", "Asia/Shanghai", "Europe/London"};
    struct prng prng = {20};
    for (size_t i = 0; i < 400; i++) {
        struct calendar *calendar;
        struct hours hours;
        assert_int_equal(calendar_new(zones[i % 3], &calendar), ERROR_NONE);
        assert_true(hours_parse(slice_from(texts[i % 4]), &hours));
        uint64_t a = ms_of("2026-01-01T00:00:00Z") + prng_below(&prng, UINT64_C(31536000000));
        uint64_t b = a + prng_below(&prng, UINT64_C(1728000000));
        uint64_t c = b + prng_below(&prng, UINT64_C(1728000000));
        uint64_t whole = hours_between(&hours, calendar, a, c);
        assert_int_equal(
            hours_between(&hours, calendar, a, b) + hours_between(&hours, calendar, b, c), whole);
        uint64_t due_ms = hours_after(&hours, calendar, a, whole);
        assert_true(due_ms <= c);
        assert_int_equal(hours_between(&hours, calendar, a, due_ms), whole);
        calendar_destroy(&calendar);
    }
}

static void years_end_somewhere(void **state)
{
    (void)state;
    struct calendar *calendar;
    struct hours hours;
    assert_int_equal(calendar_new("UTC", &calendar), ERROR_NONE);
    assert_true(hours_parse(SLICE("Mon 00:00-00:01"), &hours));
    uint64_t from_ms = ms_of("2026-01-01T00:00:00Z");
    uint64_t sum = hours_between(&hours, calendar, from_ms, UINT64_C(253402300799000));
    assert_int_equal(sum, HOURS_STEPS_MAX / 2 * minute_ms);
    assert_true(hours_after(&hours, calendar, from_ms, UINT64_MAX) > from_ms);
    assert_int_equal(hours_after(&hours, calendar, from_ms, 0), from_ms);
    assert_int_equal(hours_between(&hours, calendar, from_ms, from_ms), 0);
    calendar_destroy(&calendar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(due_times),
        cmocka_unit_test(adds_up),
        cmocka_unit_test(years_end_somewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
