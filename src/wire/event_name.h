/* What the outside calls a fact: "payment.paid". Promised, so it may never change. Most of the
 * ledger's own facts have a row in one table; every other is MODULE.NAME, without a MODULE_ in
 * front of the name, so that a new module's facts are events without another line. Pure. */
#ifndef USHER_WIRE_EVENT_NAME_H
#define USHER_WIRE_EVENT_NAME_H

#include "wire/shape.h"

enum { EVENT_NAME_MAX = 95 };

/* object: the fact's struct. False for what is told among modules only, and is no event. */
bool event_name(const struct shape *fact, const void *object, char out[EVENT_NAME_MAX + 1]);

/* All names one after another, in a fixed order; *at begins with 0. False at the end. */
bool event_next(size_t *at, char out[EVENT_NAME_MAX + 1]);

/* Does a pattern mean this event: its name, "payment.*", or "*". */
bool event_matches(const char *pattern, const char *name);

/* Is it such a pattern, and is there an event that it means. */
bool event_pattern_known(const char *pattern);

/* The name of the module of this number. The registry (ledger/registry.c) knows them; NULL: there
 * is none. */
const char *event_module(unsigned module);

#endif
