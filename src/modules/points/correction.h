/* Inside the module: what an operator posts by hand. Above a limit of the configuration somebody
 * else approves it. */
#ifndef USHER_MODULES_POINTS_CORRECTION_H
#define USHER_MODULES_POINTS_CORRECTION_H

#include "modules/points/book.h"

/* Posts amount (negative takes) by rule. */
unsigned correction_post(struct ledger *ledger, const struct record_points_correction *correction,
                         struct points_done *done);
/* Keeps it until it is approved or dropped; returns its number, one of the postings'. */
uint64_t correction_keep(struct ledger *ledger, const struct record_points_correction *correction);
bool correction_load(struct ledger *ledger, uint64_t id, struct record_points_correction *out);
void correction_delete(struct ledger *ledger, uint64_t id);
/* Those that wait. */
void correction_list(struct ledger *ledger, cJSON *out);
void correction_add(uint64_t id, const struct record_points_correction *correction, cJSON *out);

#endif
