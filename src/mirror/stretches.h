/* The view paid_stretch, worked out once for all questions of a connection that ask for it: a
 * temporary table of the same name, which stands before the view. It is made member by member, so
 * that no step takes long however many there are; the mirror's file is left as it is. */
#ifndef USHER_MIRROR_STRETCHES_H
#define USHER_MIRROR_STRETCHES_H

#include "mirror/database.h"

/* Does the next step, of so many members; *more: another follows, before which nothing may be
 * asked. Within the transaction that the questions will be in. After an error the connection is to
 * be closed. Errors are the database's. */
enum error stretches_step(struct database *database, int members, bool *more, struct why *why);

/* The last of the next `members` behind the id `above`; INT64_MAX when no more follow. */
enum error stretches_upto(struct database *database, int members, int64_t above, int64_t *upto,
                          struct why *why);

#endif
