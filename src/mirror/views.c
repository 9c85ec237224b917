#include "mirror/views.h"

#include "base/buf.h"
#include "mirror/shipped.h"

#include <string.h>

enum { SQL_BYTES_MAX = 65536 };

enum error views_make(struct database *database, struct why *why)
{
    struct buf sql;
    enum error error = ERROR_NONE;
    buf_init(&sql, SQL_BYTES_MAX);
    for (const struct shipped *view = shipped_views; view->name != NULL && error == ERROR_NONE;
         view++) {
        buf_clear(&sql);
        buf_printf(&sql, "DROP VIEW IF EXISTS \"%s\"; CREATE VIEW \"%s\" AS\n", view->name,
                   view->name);
        buf_append_text(&sql, view->sql);
        buf_append_u8(&sql, 0);
        error = sql.failed ? why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY))
                           : database_run(database, sql.data, why);
    }
    buf_deinit(&sql);
    return error;
}

const char *shipped_report(const char *name)
{
    for (const struct shipped *report = shipped_reports; report->name != NULL; report++)
        if (strcmp(report->name, name) == 0)
            return report->sql;
    return NULL;
}
