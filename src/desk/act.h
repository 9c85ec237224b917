/* What usher itself asks for, as the command of a module's operation. */
#ifndef USHER_DESK_ACT_H
#define USHER_DESK_ACT_H

#include "base/buf.h"

/* A field of the operation, as its text stands on a command line. */
struct act_field {
    const char *name;
    struct slice text;
};

/* Appends one encoded cmd_act of the operation of this name, which there is, like its fields; false
 * when a text does not fit its field. */
bool act_command(const char *operation, const struct act_field *fields, size_t count,
                 struct buf *out);

#endif
