/* What SQLite does not know and reports ask for, as functions of a connection, by the community's
 * calendar:
 *
 *     local_day(ms)     the number of the local day, counted from 1970-01-01
 *     local_month(ms)   "2026-01"
 */
#ifndef USHER_MIRROR_FUNCTIONS_H
#define USHER_MIRROR_FUNCTIONS_H

#include "mirror/database.h"
#include "text/calendar.h"

/* The calendar must outlive the connection, and is used by its thread alone. */
enum error functions_add(struct database *database, struct calendar *calendar, struct why *why);

#endif
