/* An alert (base/alert.h) as the command that says it in the operators' chat. */
#ifndef USHER_DESK_ALERTS_H
#define USHER_DESK_ALERTS_H

#include "base/buf.h"

/* Appends one encoded cmd_act; false when it does not fit. */
bool alerts_command(struct slice text, struct buf *out);

#endif
