/* What reports have in common, as views of the mirror: reports/views. */
#ifndef USHER_MIRROR_VIEWS_H
#define USHER_MIRROR_VIEWS_H

#include "mirror/database.h"

/* Makes each anew, so that they are those of this program. */
enum error views_make(struct database *database, struct why *why);

#endif
