/* A new configuration for the actors of a process that runs (SIGHUP). The main thread reads it and
 * checks it whole; what is wrong with it, or cannot change without a restart, changes nothing. Then
 * it makes all that an actor needs beside it (a maker: what can fail, fails before anybody has
 * changed), and tells the actors one row of the table of roles after the other:
 *
 *     main                                      actor
 *       │ $CONFIG change ──────────────────────▶ between two turns: swap takes the new, leaves the
 *       │ ◀──────────────────────────── $SWAPPED  old in the change
 *       │ frees what the change holds now; the old configuration when all have swapped
 *
 * The granter knows a new plan before the ledger leases letters about it, the ledger before a
 * verifier takes an order for it. So nothing is shared by two threads but what nobody changes, and
 * nothing is counted. */
#ifndef USHER_ACTORS_RELOAD_H
#define USHER_ACTORS_RELOAD_H

#include "actors/runtime.h"
#include "config/config.h"

/* Swapped by the actor: before it holds the new, after it the old. */
struct change {
    const struct config *config;
    void *made; /* by the actor's maker; NULL when it has none */
};

struct maker {
    enum error (*make)(const struct config *config, void **made, struct why *why);
    void (*drop)(void **made);
};

extern const struct maker verifier_maker, granter_maker, journal_maker;

/* When an actor swaps; those of one step do it side by side. */
enum reload_step {
    RELOAD_NEVER,
    RELOAD_OUTWARD,
    RELOAD_LEDGER,
    RELOAD_INWARD,
    RELOAD_DOOR,
    RELOAD_STEPS
};

/* One actor's part of a reload. */
struct reload_part {
    struct actor *actor;
    const struct maker *maker; /* or NULL */
    enum reload_step step;
    struct change change;
};

/* The new configuration in path, or NULL after saying why not in the log. before is in force. */
struct config *reload_read(const char *path, const struct config *before,
                           uint32_t connections_wanted);
/* Makes what the parts need; on an error nothing is left and the log says why. */
enum error reload_make(struct reload_part *parts, size_t count, const struct config *config);
/* Tells the actors of this step. */
void reload_tell(struct reload_part *parts, size_t count, enum reload_step step);
/* Drops what the changes hold. */
void reload_drop(struct reload_part *parts, size_t count);

#endif
