#include "wire/delivery.h"

#include "base/assert.h"

#include <stddef.h>

static const struct {
    const char *name;
    enum delivery_semantics semantics;
    unsigned priority;
    uint64_t expiry_ms;
    bool one_open;
    enum delivery_budget budget;
} kinds[DELIVERY_COUNT] = {
#define KIND(name, id, semantics, priority, expiry_ms, one_open, budget)                           \
    [DELIVERY_##name] = {#name,     SEMANTICS_##semantics, priority,                               \
                         expiry_ms, one_open != 0,         BUDGET_##budget},
#include "wire/deliveries.def"
#undef KIND
};

const char *delivery_name(enum delivery_kind kind)
{
    return (size_t)kind < DELIVERY_COUNT ? kinds[kind].name : NULL;
}

enum delivery_semantics delivery_semantics(enum delivery_kind kind)
{
    ASSERT(delivery_name(kind) != NULL);
    return kinds[kind].semantics;
}

unsigned delivery_priority(enum delivery_kind kind)
{
    ASSERT(delivery_name(kind) != NULL);
    return kinds[kind].priority;
}

uint64_t delivery_expiry_ms(enum delivery_kind kind)
{
    ASSERT(delivery_name(kind) != NULL);
    return kinds[kind].expiry_ms;
}

bool delivery_one_open(enum delivery_kind kind)
{
    ASSERT(delivery_name(kind) != NULL);
    return kinds[kind].one_open;
}

bool delivery_yields(enum delivery_kind kind, uint64_t priority)
{
    return delivery_semantics(kind) == SEMANTICS_NOTICE ||
           (kind == DELIVERY_letter && priority >= DELIVERY_GREETING_PRIORITY);
}

enum delivery_budget delivery_budget(enum delivery_kind kind)
{
    ASSERT(delivery_name(kind) != NULL);
    return kinds[kind].budget;
}
