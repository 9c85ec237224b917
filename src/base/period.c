#include "base/period.h"

#include "base/assert.h"

#include <inttypes.h>
#include <stdio.h>

enum { NUMBER_MAX = 1200, DURATION_DIGITS_MAX = 9 };

struct period_unit {
    const char *singular;
    const char *plural;
    uint32_t months;
    uint32_t days;
};

static const struct period_unit period_units[] = {
    {"day", "days", 0, 1},
    {"week", "weeks", 0, 7},
    {"month", "months", 1, 0},
    {"year", "years", 12, 0},
};

struct duration_unit {
    const char *singular;
    const char *plural;
    char letter; /* "3d"; 0: none */
    uint64_t ms;
};

static const struct duration_unit duration_units[] = {
    {"ms", "ms", 0, 1},
    {"second", "seconds", 's', 1000},
    {"minute", "minutes", 'm', 60 * 1000},
    {"hour", "hours", 'h', 60 * 60 * 1000},
    {"day", "days", 'd', 24 * 60 * 60 * 1000},
    {"week", "weeks", 'w', 7 * 24 * 60 * 60 * 1000},
};

static bool split(struct slice text, uint64_t *number, struct slice *unit);
static void format_one(char *out, size_t out_size, uint32_t number, const char *unit);

bool period_parse(struct slice text, struct period *out)
{
    uint64_t number;
    struct slice unit;
    if (!split(text, &number, &unit) || number < 1 || number > NUMBER_MAX)
        return false;
    for (size_t i = 0; i < sizeof(period_units) / sizeof(period_units[0]); i++) {
        const struct period_unit *row = &period_units[i];
        if (slice_is(unit, row->singular) || slice_is(unit, row->plural)) {
            out->months = (uint32_t)number * row->months;
            out->days = (uint32_t)number * row->days;
            return true;
        }
    }
    return false;
}

void period_format(struct period period, char *out, size_t out_size)
{
    char months[32] = "";
    char days[32] = "";
    if (period.months % 12 == 0 && period.months > 0)
        format_one(months, sizeof(months), period.months / 12, "year");
    else if (period.months > 0)
        format_one(months, sizeof(months), period.months, "month");
    if (period.days > 0 || period.months == 0)
        format_one(days, sizeof(days), period.days, "day");
    int n = snprintf(out, out_size, "%s%s%s", months, months[0] && days[0] ? " " : "", days);
    ASSERT(n > 0 && (size_t)n < out_size);
}

bool duration_parse(struct slice text, uint64_t *ms)
{
    if (slice_is(text, "0")) {
        *ms = 0;
        return true;
    }
    uint64_t number;
    struct slice unit;
    char spaced[DURATION_DIGITS_MAX + 3];
    bool brief = text.len > 1 && text.len < sizeof spaced && text.data[text.len - 2] >= '0' &&
                 text.data[text.len - 2] <= '9';
    if (brief) { /* "3d" is read as "3 d" */
        memcpy(spaced, text.data, text.len);
        spaced[text.len] = text.data[text.len - 1];
        spaced[text.len - 1] = ' ';
        text = slice_of(spaced, text.len + 1);
    }
    if (!split(text, &number, &unit))
        return false;
    for (size_t i = 0; i < sizeof(duration_units) / sizeof(duration_units[0]); i++) {
        const struct duration_unit *row = &duration_units[i];
        bool known = brief ? unit.data[0] == row->letter
                           : slice_is(unit, row->singular) || slice_is(unit, row->plural);
        if (known) {
            *ms = number * row->ms; /* nine digits of weeks are 6 * 10^17 */
            return true;
        }
    }
    return false;
}

void duration_format(uint64_t ms, char *out, size_t out_size)
{
    static const struct {
        uint64_t ms;
        const char *unit;
    } units[] = {{86400000, "day"}, {3600000, "hour"}, {60000, "minute"}, {1000, "second"}};
    size_t i = 0;
    while (i < sizeof(units) / sizeof(units[0]) && ms % units[i].ms != 0)
        i++;
    if (ms == 0 || i == sizeof(units) / sizeof(units[0])) {
        int n = snprintf(out, out_size, ms == 0 ? "0" : "%" PRIu64 " ms", ms);
        ASSERT(n > 0 && (size_t)n < out_size);
        return;
    }
    int n = snprintf(out, out_size, "%" PRIu64 " %s%s", ms / units[i].ms, units[i].unit,
                     ms == units[i].ms ? "" : "s");
    ASSERT(n > 0 && (size_t)n < out_size);
}

/* "<number> <unit>": digits without leading zeros, one space, the rest. */
static bool split(struct slice text, uint64_t *number, struct slice *unit)
{
    size_t at = 0;
    *number = 0;
    while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9') {
        if (at == DURATION_DIGITS_MAX)
            return false;
        *number = *number * 10 + (uint64_t)(text.data[at++] - '0');
    }
    if (at == 0 || (at > 1 && text.data[0] == '0') || at == text.len || text.data[at] != ' ')
        return false;
    *unit = slice_of(text.data + at + 1, text.len - at - 1);
    return true;
}

static void format_one(char *out, size_t out_size, uint32_t number, const char *unit)
{
    int n = snprintf(out, out_size, "%" PRIu32 " %s%s", number, unit, number == 1 ? "" : "s");
    ASSERT(n > 0 && (size_t)n < out_size);
}
