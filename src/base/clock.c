#include "base/clock.h"

#include "base/assert.h"

#include <stdio.h>
#include <time.h>

enum { SECONDS_PER_DAY = 86400, FRACTION_DIGITS_MAX = 18 };

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what four digits of year can say. */
static const int64_t seconds_min = -62167219200;
static const int64_t seconds_max = 253402300799;

static int64_t days_from_civil(int year, int month, int day);
static void civil_from_days(int64_t days, int *year, int *month, int *day);
static bool take_digits(struct slice *text, size_t count, int *out);
static bool take_char(struct slice *text, char a, char b);
static bool take_fraction(struct slice *text, int *ms);
static bool take_offset(struct slice *text, int *seconds);

uint64_t clock_wall_ms(void)
{
    struct timespec now;
    ASSERT(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

uint64_t clock_mono_us(void)
{
    struct timespec now;
    ASSERT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void clock_format_utc(int64_t ms, char *out, size_t out_size)
{
    ASSERT(out_size >= sizeof("0000-00-00T00:00:00Z"));
    int64_t seconds = ms / 1000 - (ms % 1000 < 0 ? 1 : 0);
    seconds = seconds < seconds_min ? seconds_min : seconds;
    seconds = seconds > seconds_max ? seconds_max : seconds;

    int64_t days = seconds / SECONDS_PER_DAY - (seconds % SECONDS_PER_DAY < 0 ? 1 : 0);
    int second = (int)(seconds - days * SECONDS_PER_DAY);
    int year;
    int month;
    int day;
    civil_from_days(days, &year, &month, &day);
    int n = snprintf(out, out_size, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day,
                     second / 3600, second / 60 % 60, second % 60);
    ASSERT(n == 20);
}

bool clock_parse_utc(struct slice text, int64_t *ms)
{
    static const int days_of_month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year;
    int month;
    int day;
    int hour;
    int minute;
    int second;
    if (!take_digits(&text, 4, &year) || !take_char(&text, '-', '-') ||
        !take_digits(&text, 2, &month) || !take_char(&text, '-', '-') ||
        !take_digits(&text, 2, &day) || !take_char(&text, 'T', 't') ||
        !take_digits(&text, 2, &hour) || !take_char(&text, ':', ':') ||
        !take_digits(&text, 2, &minute) || !take_char(&text, ':', ':') ||
        !take_digits(&text, 2, &second))
        return false;
    int fraction_ms;
    int offset;
    if (!take_fraction(&text, &fraction_ms) || !take_offset(&text, &offset) || text.len > 0)
        return false;

    if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60)
        return false;
    bool leap_year = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day < 1 || day > days_of_month[month - 1] + (month == 2 && leap_year ? 1 : 0))
        return false;

    int64_t at = days_from_civil(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 +
                 second - offset;
    /* A leap second is the last of a UTC day; Unix time has no number for it but the next one's. */
    if (second == 60 && at % SECONDS_PER_DAY != 0)
        return false;
    *ms = at * 1000 + fraction_ms;
    return true;
}

/* Both by Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years run from March, so
 * that the leap day is the last of its year; an era is 400 years. */
static int64_t days_from_civil(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int day_of_era = (int)(days - era * 146097);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = year_of_era + (int)era * 400 + (*month <= 2 ? 1 : 0);
}

static bool take_digits(struct slice *text, size_t count, int *out)
{
    if (text->len < count)
        return false;
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        char c = text->data[i];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *text = slice_of(text->data + count, text->len - count);
    *out = value;
    return true;
}

static bool take_char(struct slice *text, char a, char b)
{
    if (text->len == 0 || (text->data[0] != a && text->data[0] != b))
        return false;
    *text = slice_of(text->data + 1, text->len - 1);
    return true;
}

static bool take_fraction(struct slice *text, int *ms)
{
    *ms = 0;
    if (!take_char(text, '.', '.'))
        return true;
    int digit;
    int weight = 100;
    size_t digits = 0;
    while (take_digits(text, 1, &digit)) {
        *ms += digit * weight;
        weight /= 10;
        digits++;
    }
    return digits > 0 && digits <= FRACTION_DIGITS_MAX;
}

static bool take_offset(struct slice *text, int *seconds)
{
    *seconds = 0;
    if (take_char(text, 'Z', 'z'))
        return true;
    int sign = take_char(text, '+', '+') ? 1 : -1;
    int hours;
    int minutes;
    if ((sign < 0 && !take_char(text, '-', '-')) || !take_digits(text, 2, &hours) ||
        !take_char(text, ':', ':') || !take_digits(text, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}
