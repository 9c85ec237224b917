#include "modules/ticket/hours.h"

#include <strings.h>

enum { DAY_MINUTES = 1440, WEEK = 7, ALL_DAYS = (1 << WEEK) - 1 };

static const char *const day_names[WEEK] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

static bool take_word(struct slice *rest, struct slice *word);
static bool read_days(struct slice word, uint8_t *days);
static bool read_day(struct slice word, unsigned *day);
static bool read_times(struct slice word, struct hours_span *span);
static bool read_minutes(struct slice word, uint16_t *minutes);
static bool split(struct slice word, struct slice *left, struct slice *right);
static bool is_open(const struct hours *hours, struct calendar *calendar, uint64_t at_ms,
                    uint64_t *until_ms);
static uint64_t next_open(const struct hours *hours, struct calendar *calendar, uint64_t at_ms);
static bool holds(const struct hours_span *span, int64_t day);
static uint64_t moment(struct calendar *calendar, int64_t day, uint16_t minutes);

bool hours_parse(struct slice text, struct hours *out)
{
    struct slice word;
    uint8_t days = ALL_DAYS;
    bool waits = false; /* days without a time yet */
    bool fresh = true;  /* the next day begins a new set of them */
    *out = (struct hours){.count = 0};
    while (take_word(&text, &word)) {
        uint8_t more;
        struct hours_span span = {.days = days};
        if (read_days(word, &more)) {
            days = fresh ? more : (uint8_t)(days | more);
            fresh = false;
            waits = true;
        } else if (read_times(word, &span) && out->count < HOURS_SPANS_MAX) {
            out->spans[out->count++] = span;
            fresh = true;
            waits = false;
        } else {
            return false;
        }
    }
    return out->count > 0 && !waits;
}

uint64_t hours_between(const struct hours *hours, struct calendar *calendar, uint64_t from_ms,
                       uint64_t to_ms)
{
    uint64_t sum = 0;
    for (unsigned step = 0; from_ms < to_ms && step < HOURS_STEPS_MAX; step++) {
        uint64_t until_ms;
        if (!is_open(hours, calendar, from_ms, &until_ms)) {
            from_ms = next_open(hours, calendar, from_ms);
            continue;
        }
        until_ms = until_ms < to_ms ? until_ms : to_ms;
        sum += until_ms - from_ms;
        from_ms = until_ms;
    }
    return sum;
}

uint64_t hours_after(const struct hours *hours, struct calendar *calendar, uint64_t from_ms,
                     uint64_t work_ms)
{
    for (unsigned step = 0; work_ms > 0 && step < HOURS_STEPS_MAX; step++) {
        uint64_t until_ms;
        if (!is_open(hours, calendar, from_ms, &until_ms)) {
            from_ms = next_open(hours, calendar, from_ms);
            continue;
        }
        uint64_t open_ms = until_ms - from_ms;
        uint64_t used_ms = open_ms < work_ms ? open_ms : work_ms;
        from_ms += used_ms;
        work_ms -= used_ms;
    }
    return from_ms;
}

/* Blanks and commas stand between words. */
static bool take_word(struct slice *rest, struct slice *word)
{
    while (rest->len > 0 && strchr(" ,", rest->data[0]) != NULL)
        *rest = slice_of(rest->data + 1, rest->len - 1);
    size_t len = 0;
    while (len < rest->len && rest->data[len] != ' ' && rest->data[len] != ',')
        len++;
    *word = slice_of(rest->data, len);
    *rest = slice_of(rest->data + len, rest->len - len);
    return len > 0;
}

/* "Mon" or "Mon-Fri", also "Fri-Mon". */
static bool read_days(struct slice word, uint8_t *days)
{
    struct slice left = word, right = word;
    unsigned first, last;
    if (word.len > 3 && !split(word, &left, &right))
        return false;
    if (!read_day(left, &first) || !read_day(right, &last))
        return false;
    *days = 0;
    for (unsigned day = first;; day = (day + 1) % WEEK) {
        *days = (uint8_t)(*days | 1U << day);
        if (day == last)
            return true;
    }
}

static bool read_day(struct slice word, unsigned *day)
{
    for (*day = 0; *day < WEEK; ++*day)
        if (word.len == 3 && strncasecmp(word.data, day_names[*day], 3) == 0)
            return true;
    return false;
}

static bool read_times(struct slice word, struct hours_span *span)
{
    struct slice left, right;
    if (!split(word, &left, &right) || !read_minutes(left, &span->from) ||
        !read_minutes(right, &span->to) || span->from == span->to || span->from == DAY_MINUTES)
        return false;
    if (span->to < span->from)
        span->to = (uint16_t)(span->to + DAY_MINUTES);
    return true;
}

static bool read_minutes(struct slice word, uint16_t *minutes)
{
    if (word.len != 5 || word.data[2] != ':')
        return false;
    for (size_t i = 0; i < 5; i++)
        if (i != 2 && (word.data[i] < '0' || word.data[i] > '9'))
            return false;
    int hour = (word.data[0] - '0') * 10 + word.data[1] - '0';
    int minute = (word.data[3] - '0') * 10 + word.data[4] - '0';
    *minutes = (uint16_t)(hour * 60 + minute);
    return minute < 60 && *minutes <= DAY_MINUTES;
}

static bool split(struct slice word, struct slice *left, struct slice *right)
{
    const char *dash = memchr(word.data, '-', word.len);
    if (dash == NULL)
        return false;
    *left = slice_of(word.data, (size_t)(dash - word.data));
    *right = slice_of(dash + 1, word.len - left->len - 1);
    return true;
}

/* What begins today, or began yesterday and goes on. */
static bool is_open(const struct hours *hours, struct calendar *calendar, uint64_t at_ms,
                    uint64_t *until_ms)
{
    int64_t today = calendar_day(calendar, (int64_t)at_ms);
    *until_ms = 0;
    for (int64_t day = today - 1; day <= today; day++) {
        for (size_t i = 0; i < hours->count; i++) {
            const struct hours_span *span = &hours->spans[i];
            if (!holds(span, day) || moment(calendar, day, span->from) > at_ms)
                continue;
            uint64_t end_ms = moment(calendar, day, span->to);
            if (end_ms > at_ms && end_ms > *until_ms)
                *until_ms = end_ms;
        }
    }
    return *until_ms > 0;
}

/* Every time comes within a week, and a day more for one that the clock leaps over today. */
static uint64_t next_open(const struct hours *hours, struct calendar *calendar, uint64_t at_ms)
{
    int64_t today = calendar_day(calendar, (int64_t)at_ms);
    uint64_t next_ms = 0;
    for (int64_t day = today; day <= today + WEEK + 1 && next_ms == 0; day++) {
        for (size_t i = 0; i < hours->count; i++) {
            const struct hours_span *span = &hours->spans[i];
            uint64_t start_ms = holds(span, day) ? moment(calendar, day, span->from) : 0;
            if (start_ms > at_ms && (next_ms == 0 || start_ms < next_ms))
                next_ms = start_ms;
        }
    }
    return next_ms != 0 ? next_ms : at_ms + 1;
}

static bool holds(const struct hours_span *span, int64_t day)
{
    int64_t weekday = (day + 3) % WEEK; /* 1970-01-01 was a Thursday */
    return (span->days >> (weekday < 0 ? weekday + WEEK : weekday) & 1) != 0;
}

static uint64_t moment(struct calendar *calendar, int64_t day, uint16_t minutes)
{
    int64_t ms = calendar_moment(calendar, day, minutes * UINT64_C(60000));
    return ms < 0 ? 0 : (uint64_t)ms;
}
