/* Troubles of a bot that an operator must mend: a gauge each, and an alert (base/alert.h) with the
 * remedy. Whoever hears of one says it, intake and notifier; /readyz tells by the gauges. */
#ifndef USHER_ACTORS_TROUBLE_H
#define USHER_ACTORS_TROUBLE_H

#include "base/buf.h"
#include "config/config.h"

/* said: Telegram's words, "" when it takes the token. */
void trouble_token(const char *bot, bool refused, const char *said);
/* Another program fetches the updates of this bot, or gives it a webhook. */
void trouble_conflict(const char *bot, bool conflict, const char *said);
/* A line for each bot that has one, "" for none. */
void trouble_list(const struct config *config, struct buf *out);

#endif
