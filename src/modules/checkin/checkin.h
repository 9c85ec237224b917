/* Checking in: once for each local date of the community's time zone, with a reward that grows with
 * the days in a row. What counts is dates, not hours, so that a quarter past midnight is another
 * day; when the zone is changed there is none again within 20 hours. Missed days can be bought
 * back with points. */
#ifndef USHER_MODULES_CHECKIN_CHECKIN_H
#define USHER_MODULES_CHECKIN_CHECKIN_H

enum checkin_outcome {
    CHECKIN_DONE,
    CHECKIN_ALREADY,
    CHECKIN_OFF,
    CHECKIN_REPAIRED,
    CHECKIN_NOTHING_MISSING,
    CHECKIN_LIMIT,
    CHECKIN_TOO_FEW
};
extern const char *const checkin_outcomes[];

#define MODULE_DEF  "modules/checkin/checkin.def"
#define MODULE_SELF MODULE_checkin
#include "ledger/declare.h"

/* The days in a row of now: 0 when yesterday is missing, too. */
uint64_t checkin_streak(struct ledger *ledger, int64_t telegram_id);

extern const struct config_module checkin_config; /* settings.c */
extern const struct say_row checkin_says[];       /* say.c */

#endif
