/* Inside the ledger: the kinds of deliveries, by enum delivery_kind: the frame's own, whose
 * functions stand beside what they know, and those of modules (kind rows of struct module). */
#ifndef USHER_LEDGER_KINDS_H
#define USHER_LEDGER_KINDS_H

#include "ledger/outbox.h"

/* What becomes of each kind; no attempt of one that nobody has ends in any way. */
void kinds_find(const struct kind *out[DELIVERY_COUNT]);

#endif
