/* How fast one person may talk: one word or button a second, five at once. What comes faster is
 * dropped before the journal, so that nobody fills it alone. One for all verifiers of a process,
 * which may call it from several threads; bounded: of very many people those who were silent
 * longest are forgotten first. */
#ifndef USHER_DESK_PACE_H
#define USHER_DESK_PACE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { PACE_EVERY_MS = 1000, PACE_BURST = 5 };

struct pace;

enum error pace_new(struct pace **out);
void pace_destroy(struct pace **pace);
/* May this person be heard now? Then it counts. */
bool pace_take(struct pace *pace, int64_t telegram_id, uint64_t now_ms);

#endif
