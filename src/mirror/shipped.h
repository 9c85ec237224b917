/* The files of reports/, which the program carries (tools/pack-reports): each report and each view
 * of the mirror by its name. A row without a name ends them. */
#ifndef USHER_MIRROR_SHIPPED_H
#define USHER_MIRROR_SHIPPED_H

#include <stddef.h>

struct shipped {
    const char *name;
    const char *sql;
};

extern const struct shipped shipped_reports[];
extern const struct shipped shipped_views[];

/* The report's text; NULL: there is none of this name. */
const char *shipped_report(const char *name);

#endif
