/* The figures of a time (docs/FIGURES.md), made of the reports in reports/ one question at a time,
 * so that whoever runs them can do something else in between. */
#ifndef USHER_MIRROR_FIGURES_H
#define USHER_MIRROR_FIGURES_H

#include "mirror/tally.h"

enum { FIGURES_GROUPS_MAX = 64 }; /* further ones are left out, and that is said */

enum figures_by { FIGURES_BY_ALL, FIGURES_BY_PLAN, FIGURES_BY_SOURCE, FIGURES_BY_COHORT };

struct figures;

/* Opens the mirror for figures, each question bounded by ms, all of them seeing the moment of now.
 * ERROR_LOCKED: it is being built. margin: what the configuration says of it, as the mirror knows
 * it; 0 to 1. Ends with database_close. */
enum error figures_open(const char *path, struct calendar *calendar, uint64_t ms,
                        struct database **out, double *margin, struct why *why);

/* names: which figures, with blanks before each; NULL: all. Both texts must live as long. margin:
 * of what is paid, 0 to 1. NULL: out of memory. */
struct figures *figures_new(const struct kpi_ask *ask, enum figures_by by, const char *names,
                            double margin);
void figures_destroy(struct figures **figures);

/* Puts the next question; *more says whether another follows. After an error, which names the
 * figure, nothing follows. The connection has the functions of functions.h. */
enum error figures_step(struct figures *figures, struct database *database, bool *more,
                        struct why *why);

/* What has come of it, to be freed by the caller; of all the group's, in the order of their names.
 * {"mrr":{...},...} or {"by":"plan","groups":[{"plan":"core","mrr":...},...]}. */
cJSON *figures_json(const struct figures *figures);

/* GET kpis: reads " from to plan source by" of a query; NULL with fault, or out of memory without
 * a detail. */
struct figures *figures_asked(struct slice query, int64_t now_ms, double margin,
                              struct query_fault *fault);

#endif
