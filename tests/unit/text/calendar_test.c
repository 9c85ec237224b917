#include "text/calendar.h"

#include "base/clock.h"
#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

static struct calendar *open_zone(const char *zone)
{
    struct calendar *calendar;
    assert_int_equal(calendar_new(zone, &calendar), ERROR_NONE);
    assert_non_null(calendar);
    return calendar;
}

static int64_t ms_of(const char *text)
{
    int64_t ms;
    if (!clock_parse_utc(slice_from(text), &ms))
        fail_msg("not a time: %s", text);
    return ms;
}

static const struct {
    const char *zone;
    const char *anchor;
    struct period length;
    const char *expected;
} additions[] = {
    /* the anchor's day of the month, not the day that a shorter month left */
    {"Asia/Shanghai", "2026-01-31T20:00:00+08:00", {1, 0}, "2026-02-28T20:00:00+08:00"},
    {"Asia/Shanghai", "2026-01-31T20:00:00+08:00", {2, 0}, "2026-03-31T20:00:00+08:00"},
    {"Asia/Shanghai", "2026-01-31T20:00:00+08:00", {3, 0}, "2026-04-30T20:00:00+08:00"},
    {"Asia/Shanghai", "2026-12-31T20:00:00+08:00", {2, 0}, "2027-02-28T20:00:00+08:00"},
    {"Asia/Shanghai", "2026-08-15T00:00:00+08:00", {12, 0}, "2027-08-15T00:00:00+08:00"},
    {"Asia/Shanghai", "2026-12-01T00:00:00+08:00", {1, 0}, "2027-01-01T00:00:00+08:00"},
    {"Asia/Shanghai", "2026-01-31T20:00:00.123+08:00", {1, 0}, "2026-02-28T20:00:00.123+08:00"},
    /* leap years */
    {"Asia/Shanghai", "2024-01-31T20:00:00+08:00", {1, 0}, "2024-02-29T20:00:00+08:00"},
    {"Asia/Shanghai", "2024-02-29T20:00:00+08:00", {12, 0}, "2025-02-28T20:00:00+08:00"},
    {"Asia/Shanghai", "2024-02-29T20:00:00+08:00", {48, 0}, "2028-02-29T20:00:00+08:00"},
    {"Asia/Shanghai", "2096-02-29T20:00:00+08:00", {48, 0}, "2100-02-28T20:00:00+08:00"},
    /* it is the local date that counts: still the 30th in UTC */
    {"Asia/Shanghai", "2026-01-31T02:00:00+08:00", {1, 0}, "2026-02-28T02:00:00+08:00"},
    {"America/New_York", "2026-01-31T22:00:00-05:00", {1, 0}, "2026-02-28T22:00:00-05:00"},
    /* days, and months before days */
    {"Asia/Shanghai", "2026-02-20T20:00:00+08:00", {0, 14}, "2026-03-06T20:00:00+08:00"},
    {"Asia/Shanghai", "2026-01-31T20:00:00+08:00", {1, 3}, "2026-03-03T20:00:00+08:00"},
    {"Asia/Shanghai", "2026-01-31T20:00:00+08:00", {0, 0}, "2026-01-31T20:00:00+08:00"},
    /* New York: the wall time is kept over both changes */
    {"America/New_York", "2026-02-20T09:00:00-05:00", {1, 0}, "2026-03-20T09:00:00-04:00"},
    {"America/New_York", "2026-10-20T09:00:00-04:00", {1, 0}, "2026-11-20T09:00:00-05:00"},
    {"America/New_York", "2026-03-07T09:00:00-05:00", {0, 1}, "2026-03-08T09:00:00-04:00"},
    /* 02:30 on 8 March does not exist */
    {"America/New_York", "2026-02-08T02:30:00-05:00", {1, 0}, "2026-03-08T03:30:00-04:00"},
    {"America/New_York", "2026-03-07T02:30:00-05:00", {0, 1}, "2026-03-08T03:30:00-04:00"},
    {"America/New_York", "2026-02-08T02:30:00-05:00", {2, 0}, "2026-04-08T02:30:00-04:00"},
    {"America/New_York", "2026-02-08T02:30:00-05:00", {1, 1}, "2026-03-09T02:30:00-04:00"},
    /* 01:30 on 1 November comes twice */
    {"America/New_York", "2026-10-01T01:30:00-04:00", {1, 0}, "2026-11-01T01:30:00-05:00"},
    {"America/New_York", "2026-11-01T01:30:00-04:00", {0, 0}, "2026-11-01T01:30:00-04:00"},
    {"America/New_York", "2026-11-01T01:30:00-04:00", {0, 1}, "2026-11-02T01:30:00-05:00"},
    /* Lord Howe changes by half an hour: 02:15 on 4 October does not exist */
    {"Australia/Lord_Howe", "2026-09-04T02:15:00+10:30", {1, 0}, "2026-10-04T02:45:00+11:00"},
    {"Australia/Lord_Howe", "2026-09-04T12:00:00+10:30", {1, 0}, "2026-10-04T12:00:00+11:00"},
    {"Australia/Lord_Howe", "2026-03-05T01:45:00+11:00", {1, 0}, "2026-04-05T01:45:00+10:30"},
    /* Samoa had no 30 December 2011 */
    {"Pacific/Apia", "2011-11-30T12:00:00-10:00", {1, 0}, "2011-12-31T12:00:00+14:00"},
    {"Pacific/Apia", "2011-12-29T12:00:00-10:00", {0, 1}, "2011-12-31T12:00:00+14:00"},
    {"Pacific/Apia", "2011-12-29T12:00:00-10:00", {0, 2}, "2011-12-31T12:00:00+14:00"},
    {"Pacific/Apia", "2011-11-29T12:00:00-10:00", {2, 0}, "2012-01-29T12:00:00+14:00"},
    /* a zone that begins its day after midnight */
    {"America/Sao_Paulo", "2018-10-04T00:00:00-03:00", {1, 0}, "2018-11-04T01:00:00-02:00"},
    /* far away */
    {"UTC", "1969-12-31T23:59:59Z", {1, 0}, "1970-01-31T23:59:59Z"},
    {"UTC", "1600-02-29T00:00:00Z", {12, 0}, "1601-02-28T00:00:00Z"},
    {"UTC", "2026-01-01T00:00:00Z", {14400, 0}, "3226-01-01T00:00:00Z"},
    {"UTC", "2026-01-01T00:00:00Z", {95677, 0}, "9999-02-01T00:00:00Z"},
    {"UTC", "2026-01-01T00:00:00Z", {120000, 0}, "9999-12-31T23:59:59Z"},
    {"UTC", "2026-01-01T00:00:00Z", {UINT32_MAX, UINT32_MAX}, "9999-12-31T23:59:59Z"},
};

static void adds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(additions) / sizeof(additions[0]); i++) {
        struct calendar *calendar = open_zone(additions[i].zone);
        int64_t got = calendar_add(calendar, ms_of(additions[i].anchor), additions[i].length);
        if (got != ms_of(additions[i].expected)) {
            char text[32];
            clock_format_utc(got, text, sizeof(text));
            fail_msg("%s in %s + %u months %u days is %s, not %s", additions[i].anchor,
                     additions[i].zone, additions[i].length.months, additions[i].length.days, text,
                     additions[i].expected);
        }
        calendar_destroy(&calendar);
    }
}

static const struct {
    const char *zone;
    const char *at;
    uint32_t days;
    const char *expected;
} before[] = {
    {"Asia/Shanghai", "2026-03-03T20:00:00+08:00", 14, "2026-02-17T20:00:00+08:00"},
    {"Asia/Shanghai", "2026-03-03T20:00:00+08:00", 0, "2026-03-03T20:00:00+08:00"},
    /* over both changes, where 24 hours would be another date */
    {"Europe/Berlin", "2026-03-30T00:30:00+02:00", 3, "2026-03-27T00:30:00+01:00"},
    {"Europe/Berlin", "2026-10-26T23:30:00+01:00", 3, "2026-10-23T23:30:00+02:00"},
    /* does not exist; comes twice */
    {"America/New_York", "2026-03-09T02:30:00-04:00", 1, "2026-03-08T03:30:00-04:00"},
    {"America/New_York", "2026-11-02T01:30:00-05:00", 1, "2026-11-01T01:30:00-05:00"},
    {"UTC", "0000-01-02T00:00:00Z", 7, "0000-01-01T00:00:00Z"},
};

static void days_before(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        struct calendar *calendar = open_zone(before[i].zone);
        assert_int_equal(calendar_before(calendar, ms_of(before[i].at), before[i].days),
                         ms_of(before[i].expected));
        calendar_destroy(&calendar);
    }
}

static const struct {
    const char *zone;
    unsigned from, to; /* hours */
    const char *at;
    const char *expected;
} hours[] = {
    {"Asia/Shanghai", 22, 9, "2026-03-03T21:59:59+08:00", "2026-03-03T21:59:59+08:00"},
    {"Asia/Shanghai", 22, 9, "2026-03-03T22:00:00+08:00", "2026-03-04T09:00:00+08:00"},
    {"Asia/Shanghai", 22, 9, "2026-03-04T00:00:00+08:00", "2026-03-04T09:00:00+08:00"},
    {"Asia/Shanghai", 22, 9, "2026-03-04T09:00:00+08:00", "2026-03-04T09:00:00+08:00"},
    {"Asia/Shanghai", 1, 5, "2026-03-04T00:59:00+08:00", "2026-03-04T00:59:00+08:00"},
    {"Asia/Shanghai", 1, 5, "2026-03-04T01:00:00+08:00", "2026-03-04T05:00:00+08:00"},
    {"Asia/Shanghai", 5, 5, "2026-03-04T05:00:00+08:00", "2026-03-04T05:00:00+08:00"},
    /* nights of ten and of twelve hours */
    {"Europe/Berlin", 22, 9, "2026-03-28T22:30:00+01:00", "2026-03-29T09:00:00+02:00"},
    {"Europe/Berlin", 22, 9, "2026-10-24T22:30:00+02:00", "2026-10-25T09:00:00+01:00"},
    {"Europe/Berlin", 22, 9, "2026-10-25T02:30:00+02:00", "2026-10-25T09:00:00+01:00"},
};

static void ends_of_hours(void **state)
{
    (void)state;
    const uint64_t hour_ms = 3600 * 1000;
    for (size_t i = 0; i < sizeof(hours) / sizeof(hours[0]); i++) {
        struct calendar *calendar = open_zone(hours[i].zone);
        assert_int_equal(calendar_after_hours(calendar, hours[i].from * hour_ms,
                                              hours[i].to * hour_ms, ms_of(hours[i].at)),
                         ms_of(hours[i].expected));
        calendar_destroy(&calendar);
    }
}

static void extreme_anchors_are_bounded(void **state)
{
    (void)state;
    struct calendar *calendar = open_zone("Asia/Shanghai");
    int64_t last = ms_of("9999-12-31T23:59:59Z");
    assert_true(calendar_add(calendar, INT64_MAX, (struct period){1, 0}) == last);
    assert_true(calendar_add(calendar, last, (struct period){0, 1}) == last);
    assert_true(calendar_add(calendar, INT64_MIN, (struct period){1, 0}) ==
                ms_of("0000-01-01T00:00:00Z"));
    calendar_destroy(&calendar);
}

/* Of an hour that comes twice we take the later; ICU, adding days, takes the anchor's. */
static bool same_local_time(UCalendar *icu, int64_t later, int64_t earlier)
{
    static const UCalendarDateFields fields[] = {UCAL_DAY_OF_YEAR, UCAL_MILLISECONDS_IN_DAY};
    if (later < earlier || later - earlier > 3600000)
        return false;
    for (size_t i = 0; i < 2; i++) {
        UErrorCode status = U_ZERO_ERROR;
        ucal_setMillis(icu, (UDate)later, &status);
        int32_t value = ucal_get(icu, fields[i], &status);
        ucal_setMillis(icu, (UDate)earlier, &status);
        if (ucal_get(icu, fields[i], &status) != value || U_FAILURE(status))
            return false;
    }
    return true;
}

/* ICU's own arithmetic as the oracle, where it is the same question: months only, or days only, and
 * not days over Samoa's lost date, of which ICU counts the hours. */
static void agrees_with_icu(void **state)
{
    (void)state;
    static const char *const zones[] = {"Asia/Shanghai", "America/New_York", "Australia/Lord_Howe",
                                        "Pacific/Apia",  "Europe/Berlin",    "Africa/Casablanca",
                                        "Asia/Tehran",   "America/St_Johns"};
    struct prng prng = {2026};
    for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
        struct calendar *calendar = open_zone(zones[z]);
        UChar zone[64];
        u_uastrcpy(zone, zones[z]);
        UErrorCode status = U_ZERO_ERROR;
        UCalendar *icu = ucal_open(zone, -1, "en", UCAL_GREGORIAN, &status);
        assert_true(U_SUCCESS(status));
        for (int i = 0; i < 20000; i++) {
            int64_t anchor = ms_of("2012-01-01T00:00:00Z") +
                             (int64_t)prng_below(&prng, UINT64_C(60) * 366 * 24 * 60) * 60000;
            bool months = prng_below(&prng, 2) == 0;
            uint32_t n = 1 + (uint32_t)prng_below(&prng, 36);
            ucal_setMillis(icu, (UDate)anchor, &status);
            ucal_add(icu, months ? UCAL_MONTH : UCAL_DATE, (int32_t)n, &status);
            int64_t expected = (int64_t)ucal_getMillis(icu, &status);
            assert_true(U_SUCCESS(status));
            struct period length = {months ? n : 0, months ? 0 : n};
            int64_t got = calendar_add(calendar, anchor, length);
            if (got != expected && !same_local_time(icu, got, expected)) {
                char text[3][32];
                clock_format_utc(anchor, text[0], 32);
                clock_format_utc(got, text[1], 32);
                clock_format_utc(expected, text[2], 32);
                fail_msg("%s: %s + %u %s is %s, ICU says %s", zones[z], text[0], n,
                         months ? "months" : "days", text[1], text[2]);
            }
        }
        ucal_close(icu);
        calendar_destroy(&calendar);
    }
}

static void time_zones(void **state)
{
    (void)state;
    static const char *const known[] = {"Asia/Shanghai",
                                        "UTC",
                                        "GMT",
                                        "Etc/GMT-8",
                                        "Asia/Calcutta",
                                        "US/Eastern",
                                        "PRC",
                                        "Pacific/Apia",
                                        "Asia/Taipei",
                                        "EST5EDT",
                                        "America/Argentina/Buenos_Aires"};
    static const char *const refused[] = {
        "",
        "asia/shanghai",
        "Asia/Shanghai ",
        " UTC",
        "Asia/Beijing",
        "Beijing",
        "GMT+8",
        "GMT+08:00",
        "UTC+8",
        "+08:00",
        "8",
        "CST",
        "IST",
        "PST",
        "utc",
        "Etc/Unknown",
        "Asia",
        "../etc/passwd",
        "Asia/Shang\xC3\xA4i",
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        assert_true(timezone_known(known[i]));
        struct calendar *calendar = open_zone(known[i]);
        calendar_destroy(&calendar);
        assert_null(calendar);
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (timezone_known(refused[i]))
            fail_msg("known: %s", refused[i]);
        struct calendar *calendar = (struct calendar *)&calendar;
        assert_int_equal(calendar_new(refused[i], &calendar), ERROR_INVALID);
        assert_null(calendar);
        calendar_destroy(&calendar);
    }
    char longer[1000];
    memset(longer, 'A', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_false(timezone_known(longer));
}

static void formats(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        enum language language;
        const char *at;
        const char *text;
    } cases[] = {
        {"Asia/Shanghai", LANGUAGE_EN, "2026-01-31T12:00:00Z", "31 Jan 2026, 20:00"},
        {"Asia/Shanghai", LANGUAGE_ZH_HANS, "2026-01-31T12:00:00Z", "2026年1月31日 20:00"},
        {"Asia/Taipei", LANGUAGE_ZH_HANT, "2026-01-31T12:00:00Z", "2026年1月31日 晚上8:00"},
        {"America/New_York", LANGUAGE_EN, "2026-07-01T03:59:59Z", "30 Jun 2026, 23:59"},
        {"America/New_York", LANGUAGE_EN, "2026-01-01T05:00:00Z", "1 Jan 2026, 00:00"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct calendar *calendar = open_zone(cases[i].zone);
        char text[CALENDAR_TEXT_SIZE];
        calendar_format(calendar, cases[i].language, ms_of(cases[i].at), text, sizeof(text));
        assert_string_equal(text, cases[i].text);
        calendar_destroy(&calendar);
    }
}

static void any_time_has_a_text(void **state)
{
    (void)state;
    static const int64_t times[] = {INT64_MIN, -1, 0, INT64_MAX};
    struct calendar *calendar = open_zone("Asia/Shanghai");
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        for (int language = 0; language < LANGUAGE_COUNT; language++) {
            char text[CALENDAR_TEXT_SIZE] = "";
            calendar_format(calendar, (enum language)language, times[i], text, sizeof(text));
            assert_true(strlen(text) > 5 && slice_is_text(slice_from(text)));
        }
    }
    calendar_destroy(&calendar);
}

static void the_clock_on_the_wall(void **state)
{
    (void)state;
    struct calendar *calendar;
    assert_int_equal(calendar_new("Asia/Kathmandu", &calendar), ERROR_NONE);    /* 5:45 ahead */
    assert_int_equal(calendar_time_of_day(calendar, 0), (5 * 60 + 30) * 60000); /* until 1985 */
    assert_int_equal(calendar_day(calendar, 0), 0);
    int64_t midnight_ms = INT64_C(20000) * 86400000 - (5 * 60 + 45) * 60000;
    assert_int_equal(calendar_time_of_day(calendar, midnight_ms - 1), 86399999);
    assert_int_equal(calendar_day(calendar, midnight_ms - 1), 19999);
    assert_int_equal(calendar_time_of_day(calendar, midnight_ms), 0);
    assert_int_equal(calendar_day(calendar, midnight_ms), 20000);
    assert_int_equal(calendar_moment(calendar, 20000, 0), midnight_ms);
    assert_int_equal(calendar_moment(calendar, 19999, 86400000 + 60000), midnight_ms + 60000);
    calendar_destroy(&calendar);

    static const struct {
        const char *day; /* its noon */
        unsigned minutes;
        const char *moment;
    } rows[] = {{"2026-03-08T16:00:00Z", 60, "2026-03-08T06:00:00Z"},
                {"2026-03-08T16:00:00Z", 150, "2026-03-08T07:30:00Z"}, /* does not exist */
                {"2026-03-08T16:00:00Z", 240, "2026-03-08T08:00:00Z"},
                {"2026-11-01T17:00:00Z", 90, "2026-11-01T06:30:00Z"}, /* comes twice */
                {"2026-11-01T17:00:00Z", 1440, "2026-11-02T05:00:00Z"}};
    assert_int_equal(calendar_new("America/New_York", &calendar), ERROR_NONE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(calendar_moment(calendar, calendar_day(calendar, ms_of(rows[i].day)),
                                         rows[i].minutes * UINT64_C(60000)),
                         ms_of(rows[i].moment));
    calendar_destroy(&calendar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_on_the_wall),
        cmocka_unit_test(adds),
        cmocka_unit_test(days_before),
        cmocka_unit_test(ends_of_hours),
        cmocka_unit_test(extreme_anchors_are_bounded),
        cmocka_unit_test(agrees_with_icu),
        cmocka_unit_test(time_zones),
        cmocka_unit_test(formats),
        cmocka_unit_test(any_time_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
