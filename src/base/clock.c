#include "base/clock.h"

#include "base/assert.h"
#include "base/civil.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { SECONDS_PER_DAY = 86400, FRACTION_DIGITS_MAX = 18 };

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what four digits of year can say. */
static const int64_t seconds_min = -62167219200;
static const int64_t seconds_max = 253402300799;

static _Atomic uint64_t ahead;

static bool take_digits(struct slice *text, size_t count, int *out);
static bool take_char(struct slice *text, char a, char b);
static bool take_fraction(struct slice *text, int *ms);
static bool take_offset(struct slice *text, int *seconds);

uint64_t clock_wall_ms(void)
{
    return clock_real_ms() + clock_ahead_ms();
}

uint64_t clock_real_ms(void)
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

uint64_t clock_ahead_ms(void)
{
    return atomic_load(&ahead);
}

void clock_set_ahead(uint64_t ahead_ms)
{
    uint64_t before_ms = atomic_exchange(&ahead, ahead_ms);
    ASSERT(before_ms <= ahead_ms);
}

void clock_format_utc(int64_t ms, char *out, size_t out_size)
{
    ASSERT(out_size >= sizeof("0000-00-00T00:00:00Z"));
    int64_t seconds = ms / 1000 - (ms % 1000 < 0 ? 1 : 0);
    seconds = seconds < seconds_min ? seconds_min : seconds;
    seconds = seconds > seconds_max ? seconds_max : seconds;

    int64_t days = seconds / SECONDS_PER_DAY - (seconds % SECONDS_PER_DAY < 0 ? 1 : 0);
    int second = (int)(seconds - days * SECONDS_PER_DAY);
    struct civil date = civil_from_days(days);
    int n = snprintf(out, out_size, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)date.year, date.month,
                     date.day, second / 3600, second / 60 % 60, second % 60);
    ASSERT(n == 20);
}

bool clock_parse_utc(struct slice text, int64_t *ms)
{
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
    if (day < 1 || day > civil_month_length(year, month))
        return false;

    int64_t at = civil_to_days((struct civil){year, month, day}) * SECONDS_PER_DAY + hour * 3600 +
                 minute * 60 + second - offset;
    /* A leap second is the last of a UTC day; Unix time has no number for it but the next one's. */
    if (second == 60 && at % SECONDS_PER_DAY != 0)
        return false;
    *ms = at * 1000 + fraction_ms;
    return true;
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
