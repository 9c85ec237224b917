/* What stands behind the figures and is no payment: money spent on channels, rates of currencies;
 * and the rounds: each week or month a time is over that the configuration wants to hear of
 * (figures.schedule, figures.goals).
 *
 *     timer ─▶ figures_round{from, to, told = 0} ─mirror─▶ reads thread: the figures
 *                                 figures_tell ◀───────────┘   told = 1, a message to the alerts
 * chat
 *
 * The record is what both go by, so a round is told once, whatever is killed in between. */
#ifndef USHER_MODULES_FIGURES_H
#define USHER_MODULES_FIGURES_H

#define MODULE_DEF  "modules/figures/figures.def"
#define MODULE_SELF MODULE_figures
#include "ledger/declare.h"

enum figures_schedule { FIGURES_NEVER, FIGURES_WEEKLY, FIGURES_MONTHLY };
enum { FIGURES_LIST_DEFAULT = 100, FIGURES_LIST_MAX = 1000, FIGURES_HOUR = 9 };

extern const struct config_module figures_config;

/* The configuration is in force: the next round's timer stands. */
void rounds_configured(struct ledger *ledger);
/* It has come. */
void rounds_timer(struct ledger *ledger, int64_t id, const char *subject);
void answer_told(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out);

#endif
