/* Rounds: the reads thread looks into the mirror whether figures are due to be told
 * (modules/figures/figures.h), makes the report as anybody's, one question a turn, and hands its
 * text to the ledger as a command. The ledger tells it once, so a repeat does no harm. */
#ifndef USHER_ACTORS_ROUNDS_H
#define USHER_ACTORS_ROUNDS_H

#include "actors/mirror.h"
#include "mirror/periodic.h"

struct rounds {
    struct mirror_host *host;
    struct calendar *calendar; /* the thread's */
    struct outlet commands;
    struct buf command;
    struct database *database;
    struct periodic *periodic;
    cJSON *goals;
    char from[KPI_TIME_BYTES], to[KPI_TIME_BYTES], kind[16], address[512];
    char done[KPI_TIME_BYTES]; /* the last one, which the ledger may not have heard of yet */
    uint64_t again_ms;         /* mono: not made again before */
    uint64_t position;         /* of the mirror, when it was last looked at */
    uint64_t look_ms;          /* mono: not before */
};

enum error rounds_open(struct rounds *rounds, struct mirror_host *host, struct calendar *calendar,
                       const struct site *site, struct why *why);
void rounds_close(struct rounds *rounds);
void rounds_turn(struct rounds *rounds, uint64_t now_ms);
/* Until it wants a turn. */
long rounds_timeout_ms(const struct rounds *rounds, uint64_t now_ms);

#endif
