/* What modules offer over HTTP: routes made of their operations and questions (ledger/module.h). A
 * path is that of its row, with {field} for a segment; POST takes the other fields as a JSON
 * object, GET and DELETE as a query. */
#ifndef USHER_DESK_OPS_H
#define USHER_DESK_OPS_H

#include "desk/api_call.h"
#include "ledger/module.h"

/* Adds the methods that this path (behind /api/v1/) has to *methods, a set of enum method bits. */
enum { METHOD_GET = 1, METHOD_POST = 2, METHOD_DELETE = 4, METHOD_PUT = 8 };
unsigned ops_methods(struct slice path);

/* Who may: the set of the row that the request is for; 0 when no module has this method and path.
 */
unsigned ops_who(struct api_call *call);

/* Makes a command or a question of the request; false when no module has this method and path, or
 * it is not for WHO_ANYONE, who asks. */
bool ops_judge(struct api_call *call);

/* One row of either table: what it is called, its address, its shape. */
struct route_view {
    const struct module *module;
    const struct op_row *op;   /* NULL for a question */
    const struct ask_row *ask; /* NULL for an operation */
    const char *method;
    const char *path;
    const struct shape *shape;
};
/* Walks all routes of all modules; *at is 0 to begin. */
bool ops_next(size_t *at, struct route_view *out);

#endif
