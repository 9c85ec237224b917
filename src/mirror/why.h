/* One member's story: why they have what they have. All that was told of them, and what became of
 * each of their payments, the oldest first:
 *
 *   {"steps":[{"at":"...Z","what":"granted","result":"...","text":"plan core,
 * ...","ref":17}],"as_of":...}
 *
 * ref is the command's sequence in the journal (usher journal dump shows who asked for it). */
#ifndef USHER_MIRROR_WHY_H
#define USHER_MIRROR_WHY_H

#include "base/buf.h"
#include "mirror/database.h"

enum { WHY_STEPS_MAX = 1000 }; /* the newest of each kind */

/* as_of_ms as for lists. Nobody known has no steps. Errors are the database's. */
enum error mirror_why(struct database *database, int64_t telegram_id, uint64_t as_of_ms,
                      struct buf *json, struct why *why);

#endif
