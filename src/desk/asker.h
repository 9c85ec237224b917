/* Who asks of the API, for the desk: their name for the audit, and what their role and the scopes
 * of their key let them do. */
#ifndef USHER_DESK_ASKER_H
#define USHER_DESK_ASKER_H

#include "desk/api_call.h"

enum { ASKER_SIZE = 65 };

/* "staff:1001 Ann", "key:NAME", "token": whoever holds the configuration's; cut to fit. */
void asker_name(const struct message_access_row *asker, char out[ASKER_SIZE]);

/* May this path be asked for by this method; true for whoever has no scopes. Who one is and what
 * the API is like may be asked with any. */
bool asker_in_scope(const struct message_access_row *asker, struct slice method, struct slice path);

/* Lets through who has one of the roles `allowed`, and the scope; false after a 403 that names what
 * is needed. */
bool asker_admit(struct api_call *call, unsigned allowed);

#endif
