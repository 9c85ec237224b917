/* What the ledger knows of the support: a row of the catalog. */
#ifndef USHER_MODULES_TICKET_SUPPORT_H
#define USHER_MODULES_TICKET_SUPPORT_H

#include "modules/ticket/hours.h"
#include "modules/ticket/ticket.h"

struct support {
    struct support_row row;
    struct hours hours;
};

/* False when there is none. What it holds points into the catalog. */
bool support_load(struct ledger *ledger, struct support *out);
bool support_on_roster(const struct support *support, int64_t telegram_id);
uint64_t support_first_ms(const struct support *support, enum ticket_category category);
uint64_t support_resolve_ms(const struct support *support, enum ticket_category category);

#endif
