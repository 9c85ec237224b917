/* What an operator must mend or decide, each said as an alert (base/alert.h) with its remedy by the
 * actor that hears of it. A bot's troubles have gauges too, by which /readyz tells of them. */
#ifndef USHER_ACTORS_TROUBLE_H
#define USHER_ACTORS_TROUBLE_H

#include "base/buf.h"
#include "carrier/telegram/standing.h"
#include "config/config.h"

/* said: Telegram's words, "" when it takes the token. */
void trouble_token(const char *bot, bool refused, const char *said);
/* Another program fetches the updates of this bot, or gives it a webhook. */
void trouble_conflict(const char *bot, bool conflict, const char *said);
/* A line for each bot that has one, "" for none. */
void trouble_list(const struct config *config, struct buf *out);

/* The bot's own standing in a group has changed. */
void trouble_standing(const struct config *config, struct slice bot, enum standing standing,
                      int64_t chat_id);
/* A call that was given up, and Telegram's words: rights that are missing, a group that is gone. */
void trouble_call(const char *lane, uint64_t delivery, struct slice error);
/* A callback's verdict. Refused signatures are the world's noise until they come in a row where
 * genuine ones came before: then the secret may be another one. One thread. */
void trouble_callback(const char *gateway, unsigned status, const char *reason);
/* What waits for the operator, as it stands now. One thread. */
struct ledger_counts;
void trouble_counts(const struct ledger_counts *counts);
/* How full the disk under data_dir is; looks once a minute. One thread. */
void trouble_disk(const char *data_dir, uint64_t now_ms);

#endif
