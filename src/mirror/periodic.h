/* Reports that come with usher: of a week, a month, 90 days. Each is some sections of figures,
 * made one question at a time like the figures themselves. */
#ifndef USHER_MIRROR_PERIODIC_H
#define USHER_MIRROR_PERIODIC_H

#include "mirror/figures.h"
#include "mirror/sheet.h"

struct periodic;

/* kind: "weekly", "monthly" or "quarter"; query: from, to (RFC 3339; without them the last whole
 * week from Monday, the last whole month, the 90 days before today, by the calendar). NULL with
 * fault and *status; without a status: out of memory. */
struct periodic *periodic_asked(struct slice kind, struct slice query, int64_t now_ms,
                                struct calendar *calendar, double margin, unsigned *status,
                                struct query_fault *fault);
void periodic_destroy(struct periodic **periodic);
enum sheet_format periodic_format(const struct periodic *periodic);

/* As figures_step. */
enum error periodic_step(struct periodic *periodic, struct database *database, bool *more,
                         struct why *why);
/* The document of sheet.h, good until the report is destroyed. */
const cJSON *periodic_document(const struct periodic *periodic);

/* What is put into a chat of it: a few lines, and the goals ("renewal_rate 60,...", least
 * percentages) that were missed; *below how many. goals: as of record figures_round. */
void periodic_text(const struct periodic *periodic, const cJSON *goals, struct buf *out,
                   uint64_t *below);

#endif
