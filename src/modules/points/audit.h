/* Inside the module: are the books right? The sums by currency come from running totals and are
 * there at once. That each member's accounts agree with their lots and holds is walked, a bounded
 * number of rows a command, every night and when asked for; what is found is told, never mended. */
#ifndef USHER_MODULES_POINTS_AUDIT_H
#define USHER_MODULES_POINTS_AUDIT_H

#include "modules/points/account.h"

/* The first posting is being made: from now on there is an audit each night. */
void audit_nightly(struct ledger *ledger);
/* RESULT_ok, RESULT_audit_runs. */
unsigned audit_begin(struct ledger *ledger);
/* A timer has come: the night's, or that of a walk's next step. */
void audit_timer(struct ledger *ledger, const char *subject);
/* Sums, and what the last walk found. */
void audit_answer(struct ledger *ledger, cJSON *out);

#endif
