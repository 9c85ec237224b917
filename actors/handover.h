/* How who judges requests passes its judgement on: an answer to the ingress that parks the request,
 * a command to the ledger, which answers when it is durable. */
#ifndef USHER_ACTORS_HANDOVER_H
#define USHER_ACTORS_HANDOVER_H

#include "actors/topology.h"
#include "desk/judgement.h"

struct handover {
    const char *actor; /* for the log; a string literal */
    struct outlet commands;
    struct outlet *verdicts; /* one for each ingress */
    size_t ingress_count;
};

enum error handover_open(struct handover *it, struct topology *topology, const char *actor,
                         struct why *why);
void handover_deinit(struct handover *it);

/* judgement must be JUDGEMENT_COMMAND or JUDGEMENT_ANSWER. A command that finds no room becomes
 * busy. origin 0: nobody waits, and false says that there was no room. */
bool handover_command(struct handover *it, uint64_t origin, uint64_t id,
                      struct judgement *judgement);
void handover_answer(struct handover *it, uint64_t origin, uint64_t id,
                     const struct judgement *judgement);
/* Refuses with 503; where: what had no room, for the metric. */
void handover_busy(struct handover *it, uint64_t origin, uint64_t id, const char *where,
                   struct judgement *judgement);

bool handover_empty(const struct handover *it);
void handover_flush(struct handover *it);

#endif
