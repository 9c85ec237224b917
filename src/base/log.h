/* One line an event on standard error: time, level, event, key=value ... Event names stand in
 * log.def. Never bodies, keys, tokens. Core code (ledger, gateway, telegram) does not log.
 * Thread-safe. */
#ifndef USHER_BASE_LOG_H
#define USHER_BASE_LOG_H

#include "base/slice.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

enum log_event {
#define LOG(name, level) LOG_##name,
#include "base/log.def"
#undef LOG
};

/* format makes "key=value key=value"; use log_quote for values from outside. Lines are cut at 1
 * KiB. */
void log_event(enum log_event event, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *log_event_name(enum log_event event);
void log_set_level(enum log_level least);
void log_set_json(bool json); /* each line a JSON object: log_json.h */
/* Value in double quotes with everything that is not printable ASCII or well-formed UTF-8 escaped;
 * returns out. */
const char *log_quote(struct slice value, char *out, size_t out_size);

#endif
