#include "text/calendar.h"

#include "base/assert.h"
#include "base/money.h"

#include <pthread.h>
#include <stdio.h>
#include <unicode/ucurr.h>
#include <unicode/unum.h>
#include <unicode/ustring.h>

enum { ISO_CODE_LENGTH = 3, UNITS_SIZE = CALENDAR_TEXT_SIZE };

static const char *const locales[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "en",
    [LANGUAGE_ZH_HANS] = "zh_Hans_CN",
    [LANGUAGE_ZH_HANT] = "zh_Hant_TW",
};

/* Opening a number format costs a thousand times as much as using it; one is kept for each
 * language, and changed to the currency at hand under the lock. They live as long as the process.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static UNumberFormat *formats[LANGUAGE_COUNT];

static bool format_with_symbol(enum language language, const char *currency, int decimals,
                               const char *number, char *out, size_t out_size);
static bool cldr_knows(const char *locale, const UChar *code);

void money_format_local(enum language language, int64_t minor, const char *currency, char *out,
                        size_t out_size)
{
    ASSERT(out_size >= CALENDAR_TEXT_SIZE && (unsigned)language < LANGUAGE_COUNT);
    char number[32];
    money_format(minor, currency, number, sizeof(number));
    const char *known = currency_find(slice_from(currency));

    ASSERT(pthread_mutex_lock(&lock) == 0);
    bool done = known != NULL && format_with_symbol(language, known, currency_decimals(known),
                                                    number, out, out_size);
    ASSERT(pthread_mutex_unlock(&lock) == 0);
    if (!done) {
        int n = snprintf(out, out_size, "%s%s%.32s", number, currency[0] != '\0' ? " " : "",
                         known != NULL ? known : currency);
        ASSERT(n > 0 && (size_t)n < out_size);
    }
}

/* Called with the lock held. False when CLDR has no such currency, or out of memory. */
static bool format_with_symbol(enum language language, const char *currency, int decimals,
                               const char *number, char *out, size_t out_size)
{
    if (strlen(currency) != ISO_CODE_LENGTH)
        return false;
    UChar code[ISO_CODE_LENGTH + 1];
    u_charsToUChars(currency, code, ISO_CODE_LENGTH + 1);
    if (!cldr_knows(locales[language], code))
        return false;

    UErrorCode status = U_ZERO_ERROR;
    if (formats[language] == NULL)
        formats[language] = unum_open(UNUM_CURRENCY, NULL, 0, locales[language], NULL, &status);
    if (U_FAILURE(status))
        return false;
    unum_setTextAttribute(formats[language], UNUM_CURRENCY_CODE, code, ISO_CODE_LENGTH, &status);
    /* CLDR rounds some currencies as cash is; what was paid is shown to the last minor unit. */
    unum_setAttribute(formats[language], UNUM_FRACTION_DIGITS, decimals);
    UChar units[UNITS_SIZE];
    /* From the decimal text: a double would blur long amounts. */
    int32_t len = unum_formatDecimal(formats[language], number, (int32_t)strlen(number), units,
                                     UNITS_SIZE, NULL, &status);
    u_strToUTF8(out, (int32_t)out_size, NULL, units, len, &status);
    /* Out of memory ICU may say by an empty text only. */
    return U_SUCCESS(status) && status != U_STRING_NOT_TERMINATED_WARNING && len > 0;
}

static bool cldr_knows(const char *locale, const UChar *code)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t len = 0;
    ucurr_getName(code, locale, UCURR_LONG_NAME, NULL, &len, &status);
    /* The code itself comes back, with this warning, for what has no name. */
    return U_SUCCESS(status) && status != U_USING_DEFAULT_WARNING;
}
