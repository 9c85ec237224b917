/* Inside the ledger: the kinds of deliveries, by enum delivery_kind. A new kind is a row here and
 * its functions beside what they know. */
#ifndef USHER_LEDGER_KINDS_H
#define USHER_LEDGER_KINDS_H

#include "ledger/outbox.h"

extern const struct kind kinds[DELIVERY_COUNT];

#endif
