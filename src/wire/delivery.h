/* The kinds of outward work, from the rows of deliveries.def. */
#ifndef USHER_WIRE_DELIVERY_H
#define USHER_WIRE_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

/* Of a letter that holds nothing but greetings: behind whatever somebody paid for or waits for. */
enum { DELIVERY_GREETING_PRIORITY = 4 };

enum delivery_kind {
    DELIVERY_none,
#define KIND(name, id, semantics, priority, expiry_ms, one_open, budget) DELIVERY_##name = id,
#include "wire/deliveries.def"
#undef KIND
    DELIVERY_COUNT
};
enum delivery_semantics { SEMANTICS_GRANT = 1, SEMANTICS_NOTICE, SEMANTICS_PURCHASE };
enum delivery_budget { BUDGET_COUNTED, BUDGET_FREE };

/* "letter"; NULL for a number that is no kind. */
const char *delivery_name(enum delivery_kind kind);
enum delivery_semantics delivery_semantics(enum delivery_kind kind);
unsigned delivery_priority(enum delivery_kind kind);
uint64_t delivery_expiry_ms(enum delivery_kind kind); /* 0: never */
bool delivery_one_open(enum delivery_kind kind);
enum delivery_budget delivery_budget(enum delivery_kind kind);
/* Notices, and letters that only greet, come in thousands and yield: a sender that holds many of
 * them takes in no more, and so has room for what goes before them. */
bool delivery_yields(enum delivery_kind kind, uint64_t priority);

#endif
