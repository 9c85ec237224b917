#include "text/calendar.h"

#include "base/assert.h"
#include "base/civil.h"
#include "base/clock.h"

#include <stdlib.h>
#include <unicode/ucal.h>
#include <unicode/udat.h>
#include <unicode/ustring.h>

enum { ZONE_SIZE = 128, UNITS_SIZE = CALENDAR_TEXT_SIZE };

static const int64_t day_ms = 86400000;
static const int64_t ms_min = -62167219200000; /* 0000-01-01T00:00:00Z */
static const int64_t ms_max = 253402300799000; /* 9999-12-31T23:59:59Z */

struct calendar {
    UCalendar *zone;
    UDateFormat *formats[LANGUAGE_COUNT];
};

/* British English, because a day before a month's name and 24 hours cannot be misread anywhere. */
static const char *const date_locales[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "en_GB",
    [LANGUAGE_ZH_HANS] = "zh_Hans_CN",
    [LANGUAGE_ZH_HANT] = "zh_Hant_TW",
};

/* What ICU takes and we do not: its name for "not set", and names of JDK 1.1. CST is
 * America/Chicago there, and China's time to whoever is likely to write it here; none of those is
 * an IANA name. */
static const char *const refused_names[] = {
    "Etc/Unknown", "ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT",
    "CNT",         "CST", "CTT", "EAT", "ECT", "IET", "IST", "JST", "MIT",
    "NET",         "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST",
};

static bool zone_to_units(const char *timezone, UChar *units, int32_t size);
static int64_t offset_ms(struct calendar *calendar, int64_t at_ms);
static int64_t local_to_utc(struct calendar *calendar, int64_t local_ms);
static int64_t floor_div(int64_t a, int64_t b);

enum error calendar_new(const char *timezone, struct calendar **out)
{
    *out = NULL;
    UChar zone[ZONE_SIZE];
    if (!timezone_known(timezone) || !zone_to_units(timezone, zone, ZONE_SIZE))
        return ERROR_INVALID;
    struct calendar *calendar = calloc(1, sizeof(*calendar));
    if (calendar == NULL)
        return ERROR_MEMORY;

    UErrorCode status = U_ZERO_ERROR;
    calendar->zone = ucal_open(zone, -1, "en_GB", UCAL_GREGORIAN, &status);
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        calendar->formats[i] =
            udat_open(UDAT_SHORT, UDAT_MEDIUM, date_locales[i], zone, -1, NULL, 0, &status);
    if (U_FAILURE(status)) {
        calendar_destroy(&calendar);
        return status == U_MEMORY_ALLOCATION_ERROR ? ERROR_MEMORY : ERROR_IO;
    }
    *out = calendar;
    return ERROR_NONE;
}

void calendar_destroy(struct calendar **calendar)
{
    if (*calendar == NULL)
        return;
    if ((*calendar)->zone != NULL)
        ucal_close((*calendar)->zone);
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        if ((*calendar)->formats[i] != NULL)
            udat_close((*calendar)->formats[i]);
    }
    free(*calendar);
    *calendar = NULL;
}

int64_t calendar_add(struct calendar *calendar, int64_t anchor_ms, struct period length)
{
    if (anchor_ms > ms_max || anchor_ms < ms_min)
        return anchor_ms > ms_max ? ms_max : ms_min;
    if (length.months == 0 && length.days == 0)
        return anchor_ms; /* also when its local time comes twice */

    /* Dates are counted here and ICU is asked for offsets only: ucal_add would resolve the local
     * time after the months and again after the days, and a gap hit in between would move the
     * result. */
    int64_t local_ms = anchor_ms + offset_ms(calendar, anchor_ms);
    int64_t days = floor_div(local_ms, day_ms);
    int64_t time_of_day_ms = local_ms - days * day_ms;

    struct civil date = civil_from_days(days);
    int64_t month = date.year * 12 + date.month - 1 + length.months;
    date.year = floor_div(month, 12);
    date.month = (int)(month - date.year * 12) + 1;
    int last_day = civil_month_length(date.year, date.month);
    date.day = date.day < last_day ? date.day : last_day;

    days = civil_to_days(date) + length.days;
    if (days > ms_max / day_ms)
        return ms_max;
    int64_t result = local_to_utc(calendar, days * day_ms + time_of_day_ms);
    return result > ms_max ? ms_max : result;
}

int64_t calendar_before(struct calendar *calendar, int64_t at_ms, uint32_t days)
{
    if (at_ms > ms_max || at_ms < ms_min)
        return at_ms > ms_max ? ms_max : ms_min;
    if (days == 0)
        return at_ms;
    int64_t local_ms = at_ms + offset_ms(calendar, at_ms);
    int64_t result = local_to_utc(calendar, local_ms - (int64_t)days * day_ms);
    return result < ms_min ? ms_min : result;
}

uint64_t calendar_time_of_day(struct calendar *calendar, int64_t at_ms)
{
    int64_t local_ms = at_ms + offset_ms(calendar, at_ms);
    return (uint64_t)(local_ms - floor_div(local_ms, day_ms) * day_ms);
}

int64_t calendar_day(struct calendar *calendar, int64_t at_ms)
{
    return floor_div(at_ms + offset_ms(calendar, at_ms), day_ms);
}

int64_t calendar_after_hours(struct calendar *calendar, uint64_t from_ms, uint64_t to_ms,
                             int64_t at_ms)
{
    uint64_t time_ms = calendar_time_of_day(calendar, at_ms);
    bool within = from_ms < to_ms ? time_ms >= from_ms && time_ms < to_ms
                                  : time_ms >= from_ms || time_ms < to_ms;
    if (from_ms == to_ms || !within)
        return at_ms;
    int64_t day = calendar_day(calendar, at_ms) + (time_ms >= to_ms ? 1 : 0);
    int64_t end_ms = local_to_utc(calendar, day * day_ms + (int64_t)to_ms);
    return end_ms > at_ms ? end_ms : at_ms;
}

int64_t calendar_moment(struct calendar *calendar, int64_t day, uint64_t time_of_day_ms)
{
    return local_to_utc(calendar, day * day_ms + (int64_t)time_of_day_ms);
}

void calendar_format(struct calendar *calendar, enum language language, int64_t ms, char *out,
                     size_t out_size)
{
    ASSERT(out_size >= CALENDAR_TEXT_SIZE && (unsigned)language < LANGUAGE_COUNT);
    ms = ms < ms_min ? ms_min : ms > ms_max ? ms_max : ms;
    UErrorCode status = U_ZERO_ERROR;
    UChar units[UNITS_SIZE];
    /* udat_format would copy its calendar for each call, and ICU 72 does not see when there is no
     * memory for that. */
    ucal_setMillis(calendar->zone, (UDate)ms, &status);
    int32_t len = udat_formatCalendar(calendar->formats[language], calendar->zone, units,
                                      UNITS_SIZE, NULL, &status);
    u_strToUTF8(out, (int32_t)out_size, NULL, units, len, &status);
    /* Out of memory, which ICU may also tell by an empty text: still a time that can be read. */
    if (U_FAILURE(status) || status == U_STRING_NOT_TERMINATED_WARNING || len <= 0)
        clock_format_utc(ms, out, out_size);
}

bool timezone_known(const char *timezone)
{
    for (size_t i = 0; i < sizeof(refused_names) / sizeof(refused_names[0]); i++) {
        if (strcmp(timezone, refused_names[i]) == 0)
            return false;
    }
    UChar zone[ZONE_SIZE];
    if (timezone[0] == '\0' || !zone_to_units(timezone, zone, ZONE_SIZE))
        return false;
    UErrorCode status = U_ZERO_ERROR;
    UChar canonical[ZONE_SIZE];
    UBool is_system_id = false;
    ucal_getCanonicalTimeZoneID(zone, -1, canonical, ZONE_SIZE, &is_system_id, &status);
    return U_SUCCESS(status) && is_system_id;
}

/* ASCII only, which all names are; false for anything else or too long. */
static bool zone_to_units(const char *timezone, UChar *units, int32_t size)
{
    int32_t i = 0;
    for (; timezone[i] != '\0'; i++) {
        if (i + 1 >= size || (unsigned char)timezone[i] > 0x7E)
            return false;
        units[i] = (UChar)timezone[i];
    }
    units[i] = 0;
    return true;
}

/* How far local time is ahead of UTC at this moment. */
static int64_t offset_ms(struct calendar *calendar, int64_t at_ms)
{
    UErrorCode status = U_ZERO_ERROR;
    ucal_setMillis(calendar->zone, (UDate)at_ms, &status);
    int32_t raw = ucal_get(calendar->zone, UCAL_ZONE_OFFSET, &status);
    int32_t dst = ucal_get(calendar->zone, UCAL_DST_OFFSET, &status);
    ASSERT(U_SUCCESS(status));
    return (int64_t)raw + dst;
}

static int64_t local_to_utc(struct calendar *calendar, int64_t local_ms)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t raw = 0;
    int32_t dst = 0;
    /* The function takes the calendar's moment as local time. The offset from before a gap moves a
     * time within the gap forward by the gap's length. */
    ucal_setMillis(calendar->zone, (UDate)local_ms, &status);
    ucal_getTimeZoneOffsetFromLocal(calendar->zone, UCAL_TZ_LOCAL_FORMER, UCAL_TZ_LOCAL_LATTER,
                                    &raw, &dst, &status);
    ASSERT(U_SUCCESS(status));
    return local_ms - raw - dst;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}
