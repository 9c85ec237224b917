/* Which report stands behind which figure (docs/FIGURES.md), what is asked of it, and its rows.
 *
 * A report of a figure is one SELECT whose rows are what the figure counts; each has an id, whom it
 * is about, plan, source and created_ms. */
#ifndef USHER_MIRROR_KPI_H
#define USHER_MIRROR_KPI_H

#include "base/buf.h"
#include "http/query.h"
#include "mirror/database.h"
#include "text/calendar.h"

enum { KPI_NAME_MAX = 64, KPI_TIME_BYTES = 24, KPI_ROWS_MAX = 1000 };

/* Of what time, plan and source. */
struct kpi_ask {
    char from[KPI_TIME_BYTES];                             /* RFC 3339, included */
    char to[KPI_TIME_BYTES];                               /* not included */
    char plan[KPI_NAME_MAX + 1], source[KPI_NAME_MAX + 1]; /* "": all */
    int64_t from_ms, to_ms, now_ms;
};

struct kpi {
    const char *name;
    const char *report; /* reports/NAME.sql */
    int day, give;      /* of retention */
};

/* NULL: there is no such figure. */
const struct kpi *kpi_find(struct slice name);
/* Walks them; NULL at the end. */
const struct kpi *kpi_at(size_t index);

/* From the query's from, to, plan and source; without them the 30 days before now_ms. False: fault
 * says which is wrong. */
bool kpi_ask_read(struct slice query, int64_t now_ms, struct kpi_ask *out,
                  struct query_fault *fault);
void kpi_ask_set(struct kpi_ask *ask, int64_t from_ms, int64_t to_ms);

/* Prepares "WITH it AS (the report) " and the rest of the statement, with what is asked bound. */
enum error kpi_prepare(struct database *database, const struct kpi *kpi, const struct kpi_ask *ask,
                       const char *rest, sqlite3_stmt **out, struct why *why);

/* GET kpis/NAME/rows with from, to, plan, source, limit and cursor: a page of the rows as JSON.
 * *status 200, 400 or 404; errors are those of database.h. */
enum error kpi_rows(struct database *database, struct slice name, struct slice query,
                    int64_t now_ms, struct buf *json, unsigned *status, struct why *why);

#endif
