/* Lists of the API, answered by the mirror: members, payments, orders, deliveries, a page at a
 * time, with filters. A cursor names the last item of a page, so that what comes meanwhile neither
 * repeats nor hides one. An answer is {"THINGS":[...],"next_cursor":"..."|null,"as_of":"...Z"}. */
#ifndef USHER_MIRROR_LISTS_H
#define USHER_MIRROR_LISTS_H

#include "base/buf.h"
#include "base/language.h"
#include "mirror/database.h"

enum { LIST_LIMIT_DEFAULT = 100, LIST_LIMIT_MAX = 1000 };

bool list_known(struct slice thing);

/* What the query of a request asks for: "state=granted&limit=10". as_of_ms: the mirror is known to
 * hold all up to then; 0: as its table says. Puts the answer, or a problem document, into json.
 * Errors are the database's. */
enum error mirror_list(struct database *database, enum language language, struct slice thing,
                       struct slice query, uint64_t as_of_ms, struct buf *json, unsigned *status,
                       struct why *why);

#endif
