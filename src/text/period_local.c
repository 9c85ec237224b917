#include "text/calendar.h"

#include "base/assert.h"

#include <stdio.h>

/* In Chinese a number and its unit; years, months, weeks and days as people say them. */
void period_format_local(enum language language, struct period period, char *out, size_t out_size)
{
    static const struct {
        const char *one[LANGUAGE_COUNT], *many[LANGUAGE_COUNT];
    } units[] = {
        {{"1 year", "1 年", "1 年"}, {"years", "年", "年"}},
        {{"1 month", "1 个月", "1 個月"}, {"months", "个月", "個月"}},
        {{"1 day", "1 天", "1 天"}, {"days", "天", "天"}},
    };
    ASSERT(out_size >= CALENDAR_TEXT_SIZE && (unsigned)language < LANGUAGE_COUNT);
    bool years = period.months > 0 && period.months % 12 == 0;
    const unsigned counts[] = {years ? period.months / 12 : 0, years ? 0 : period.months,
                               period.days};
    size_t len = 0;
    out[0] = 0;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const char *gap = len > 0 ? " " : "";
        if (counts[i] == 1)
            len += (size_t)snprintf(out + len, out_size - len, "%s%s", gap, units[i].one[language]);
        else if (counts[i] > 1)
            len += (size_t)snprintf(out + len, out_size - len, "%s%u %s", gap, counts[i],
                                    units[i].many[language]);
        ASSERT(len < out_size);
    }
}
