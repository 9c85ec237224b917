/* Money: integers in minor units with a currency code. The table of currencies (ISO 4217 and the
 * coins and tokens that gateways use) gives the number of decimals. */
#ifndef USHER_BASE_MONEY_H
#define USHER_BASE_MONEY_H

#include "base/slice.h"

#include <stdint.h>

enum { CURRENCY_CODE_MAX = 8 }; /* bytes with the NUL */

/* Canonical upper-case code of a known currency, or NULL. Accepts any case. */
const char *currency_find(struct slice code);
/* Decimals of a known currency: 2 for USD, 0 for JPY, 8 for BTC, never more than 9. -1 when
 * unknown. */
int currency_decimals(const char *code);

/* "29.00", "29", "29.5" -> 2900. More decimals than the currency has are accepted only when they
 * are zeros. Refuses signs, exponents, blanks, and more than 18 digits, as written or in minor
 * units. */
bool money_parse(struct slice text, const char *currency, int64_t *minor);
/* 2900 -> "29.00". out_size >= 32. Negative amounts get a leading '-'. An unknown currency shows
 * its minor units as they are. */
void money_format(int64_t minor, const char *currency, char *out, size_t out_size);

#endif
