#include "base/money.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

enum { DIGITS_MAX = 18 };

/* Eighteen digits of minor units, so that what is accepted can be written and read again. */
static const int64_t amount_max = 999999999999999999;

struct currency {
    char code[CURRENCY_CODE_MAX];
    int decimals;
};

static const struct currency currencies[] = {
#define CURRENCY(code, decimals) {#code, decimals},
#include "base/currency.def"
#undef CURRENCY
};

static const struct currency *find(struct slice code);
static int currency_compare(const void *key, const void *row);

const char *currency_find(struct slice code)
{
    const struct currency *currency = find(code);
    return currency ? currency->code : NULL;
}

int currency_decimals(const char *code)
{
    const struct currency *currency = find(slice_from(code));
    return currency ? currency->decimals : -1;
}

bool money_parse(struct slice text, const char *currency, int64_t *minor)
{
    int decimals = currency_decimals(currency);
    if (decimals < 0)
        return false;

    int64_t value = 0;
    size_t digits = 0;
    int fraction = -1; /* digits behind the point, -1 before it */
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '.' && fraction < 0 && i > 0) {
            fraction = 0;
            continue;
        }
        if (c < '0' || c > '9' || ++digits > DIGITS_MAX)
            return false;
        if (fraction >= 0 && ++fraction > decimals) {
            if (c != '0')
                return false;
            continue;
        }
        value = value * 10 + (c - '0'); /* at most 18 digits: below 2^63 */
    }
    if (digits == 0 || fraction == 0)
        return false;
    for (int i = fraction < 0 ? 0 : fraction; i < decimals; i++) {
        if (value > amount_max / 10)
            return false;
        value *= 10;
    }
    *minor = value;
    return true;
}

void money_format(int64_t minor, const char *currency, char *out, size_t out_size)
{
    ASSERT(out_size >= 32);
    int decimals = currency_decimals(currency);
    uint64_t value = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    uint64_t scale = 1;
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    const char *sign = minor < 0 ? "-" : "";
    int n;
    if (decimals > 0)
        n = snprintf(out, out_size, "%s%llu.%0*llu", sign, (unsigned long long)(value / scale),
                     decimals, (unsigned long long)(value % scale));
    else
        n = snprintf(out, out_size, "%s%llu", sign, (unsigned long long)value);
    ASSERT(n > 0 && (size_t)n < out_size);
}

static const struct currency *find(struct slice code)
{
    char upper[CURRENCY_CODE_MAX];
    if (!slice_copy(code, upper, sizeof(upper)))
        return NULL;
    for (char *c = upper; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    return bsearch(upper, currencies, sizeof(currencies) / sizeof(currencies[0]),
                   sizeof(currencies[0]), currency_compare);
}

static int currency_compare(const void *key, const void *row)
{
    return strcmp(key, ((const struct currency *)row)->code);
}
