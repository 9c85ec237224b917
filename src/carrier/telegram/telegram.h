/* Telegram's Bot API as a carrier: POST of JSON params to /botTOKEN/METHOD, and the error table's
 * word on the answer. Pure. */
#ifndef USHER_CARRIER_TELEGRAM_TELEGRAM_H
#define USHER_CARRIER_TELEGRAM_TELEGRAM_H

#include "courier/carrier.h"

/* The Bot API server may hold a call for 8 s and repeat it inside. */
enum { TELEGRAM_TRANSIT_MS = 10000, TELEGRAM_TIMEOUT_MS = 15000 };

extern const struct carrier carrier_telegram;

#endif
