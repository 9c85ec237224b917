#include "base/clock.h"

#include <time.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void formats(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {999, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {-1000, "1969-12-31T23:59:59Z"},
        {1769860800000, "2026-01-31T12:00:00Z"},
        {951782400000, "2000-02-29T00:00:00Z"},
        {4107542399999, "2100-02-28T23:59:59Z"},
        {4107542400000, "2100-03-01T00:00:00Z"},
        {253402300799999, "9999-12-31T23:59:59Z"},
        {253402300800000, "9999-12-31T23:59:59Z"},
        {INT64_MAX, "9999-12-31T23:59:59Z"},
        {-62167219200000, "0000-01-01T00:00:00Z"},
        {INT64_MIN, "0000-01-01T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[21];
        clock_format_utc(cases[i].ms, out, sizeof(out));
        assert_string_equal(out, cases[i].text);
    }
}

/* Every day for 800 years, held against the C library. */
static void agrees_with_gmtime(void **state)
{
    (void)state;
    for (int64_t day = -150000; day < 150000; day++) {
        time_t seconds = (time_t)(day * 86400 + 86399 - (day & 0xFFFF));
        struct tm tm;
        char expected[32];
        assert_non_null(gmtime_r(&seconds, &tm));
        assert_true(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &tm) == 20);
        char out[32];
        clock_format_utc((int64_t)seconds * 1000, out, sizeof(out));
        assert_string_equal(out, expected);
        int64_t back;
        assert_true(clock_parse_utc(slice_from(out), &back));
        assert_true(back == (int64_t)seconds * 1000);
    }
}

static void parses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"2026-01-31T12:00:00Z", 1769860800000},
        {"2026-01-31t12:00:00z", 1769860800000},
        {"2026-01-31T20:00:00+08:00", 1769860800000},
        {"2026-01-31T06:30:00-05:30", 1769860800000},
        {"2026-01-31T12:00:00-00:00", 1769860800000},
        {"2026-01-31T12:00:00.1Z", 1769860800100},
        {"2026-01-31T12:00:00.123Z", 1769860800123},
        {"2026-01-31T12:00:00.123999999Z", 1769860800123},
        {"2026-02-01T00:00:00.5+12:00", 1769860800500},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2000-02-29T00:00:00Z", 951782400000},
        {"1969-12-31T23:59:59.5Z", -500},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"2017-01-01T07:59:60+08:00", 1483228800000},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t ms = 0;
        assert_true(clock_parse_utc(slice_from(cases[i].text), &ms));
        assert_true(ms == cases[i].ms);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "2026",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-01-31 12:00:00Z",
        "2026-01-31T12:00Z",
        "2026-1-31T12:00:00Z",
        "2026-01-31T12:00:00ZZ",
        "2026-01-31T12:00:00Z ",
        " 2026-01-31T12:00:00Z",
        "2026-00-31T12:00:00Z",
        "2026-13-31T12:00:00Z",
        "2026-01-00T12:00:00Z",
        "2026-01-32T12:00:00Z",
        "2026-02-29T12:00:00Z",
        "2100-02-29T12:00:00Z",
        "2026-04-31T12:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T12:60:00Z",
        "2026-01-31T12:00:61Z",
        "2026-01-31T12:00:60Z",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00,5Z",
        "2026-01-31T12:00:00.1234567890123456789Z",
        "2026-01-31T12:00:00+8:00",
        "2026-01-31T12:00:00+0800",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+08:60",
        "2026-01-31T12:00:00+08:00Z",
        "-026-01-31T12:00:00Z",
        "+2026-01-31T12:00:00Z",
        "2026-01-31T12:00:0\xEF\xBC\x90Z",
        "1769860800",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t ms = 7;
        assert_false(clock_parse_utc(slice_from(cases[i]), &ms));
        assert_true(ms == 7);
    }
    int64_t ms;
    assert_false(clock_parse_utc(slice_of(NULL, 0), &ms));
}

static void clocks_run(void **state)
{
    (void)state;
    assert_true(clock_wall_ms() > 1600000000000U);
    uint64_t before = clock_mono_us();
    uint64_t middle = clock_mono_ms();
    uint64_t after = clock_mono_us();
    assert_true(before <= after);
    assert_true(before / 1000 <= middle && middle <= after / 1000);
}

static void goes_ahead(void **state)
{
    (void)state;
    const uint64_t week_ms = 7ull * 24 * 3600 * 1000;
    assert_true(clock_ahead_ms() == 0);
    uint64_t wall_ms = clock_wall_ms();
    uint64_t mono_ms = clock_mono_ms();

    clock_set_ahead(week_ms);
    assert_true(clock_ahead_ms() == week_ms);
    assert_true(clock_wall_ms() >= wall_ms + week_ms);
    assert_true(clock_real_ms() >= wall_ms && clock_real_ms() < wall_ms + week_ms);
    assert_true(clock_mono_ms() >= mono_ms && clock_mono_ms() < mono_ms + week_ms);
    clock_set_ahead(week_ms + 1);
    assert_true(clock_ahead_ms() == week_ms + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),    cmocka_unit_test(agrees_with_gmtime),
        cmocka_unit_test(parses),     cmocka_unit_test(refuses),
        cmocka_unit_test(clocks_run), cmocka_unit_test(goes_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
