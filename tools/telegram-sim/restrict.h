/* Whom a method may act upon. */
#ifndef SIM_RESTRICT_H
#define SIM_RESTRICT_H

#include "call.h"

extern const char no_restrict_right[]; /* the whole description */

/* Whom user_id means, and their place in the chat, NULL when they never were there; false when it
 * has answered with the error: administrators and bots cannot be acted upon. */
bool member_target(struct call *call, struct user **user, struct member **member);

#endif
