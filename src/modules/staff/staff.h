/* The staff: people of the configuration, each with a role; their sessions of the console; and API
 * keys. Of a code, a cookie and a key only hashes are here. A session ends when it was not used for
 * eight hours, after seven days, when its person is not in the configuration any more, or when
 * somebody ends it. Bounds: STAFF_*_MAX. Times are the journal's, so a test clock moves them. */
#ifndef USHER_MODULES_STAFF_STAFF_H
#define USHER_MODULES_STAFF_STAFF_H

#include "ledger/access_list.h"
#include "ledger/state.h"

enum session_why { SESSION_LEFT, SESSION_REVOKED, SESSION_OVER, SESSION_GONE, SESSION_CROWDED };
extern const char *const session_ends[];

#define MODULE_DEF  "modules/staff/staff.def"
#define MODULE_SELF MODULE_staff
#include "ledger/declare.h"

enum {
    STAFF_LOGINS_MAX = 16,
    STAFF_SESSIONS_MAX = 256,     /* then the one that was silent longest ends */
    STAFF_SESSIONS_EACH_MAX = 16, /* the same of one person */
    STAFF_KEYS_MAX = 64,
    STAFF_PER_MINUTE = 600, /* of a key that says nothing else */
    STAFF_PER_MINUTE_MAX = 60000,
    STAFF_NAME_SIZE = 65
};
#define STAFF_LOGIN_MS   UINT64_C(60000)
#define STAFF_IDLE_MS    (UINT64_C(8) * 3600 * 1000)
#define STAFF_SESSION_MS (UINT64_C(7) * 24 * 3600 * 1000)

/* people.c: one of the configuration; of the id 0 the holder of its token, who is an owner. */
struct staff_person {
    int64_t telegram_id;
    unsigned role; /* an index into access_roles */
    char name[STAFF_NAME_SIZE];
};
bool staff_person(struct ledger *ledger, int64_t telegram_id, struct staff_person *out);
/* Adds telegram_id (null for 0), name and role. */
void staff_person_json(const struct staff_person *person, cJSON *out);
/* Appends the credentials of those who have a token of their own. */
void staff_people_admit(struct ledger *ledger, struct buf *rows);

/* login.c: codes that wait to be used. */
unsigned login_take(struct ledger *ledger, struct slice code, int64_t *staff_id);
void login_admit(struct ledger *ledger, struct buf *rows);
void login_sweep(struct ledger *ledger); /* those that are over, and of people who are gone */

/* session.c */
void session_admit(struct ledger *ledger, struct buf *rows);
void session_sweep(struct ledger *ledger); /* of people who are gone */
void session_due(struct ledger *ledger, uint64_t id);

/* key.c */
void key_admit(struct ledger *ledger, struct buf *rows);

/* What OP tables name. */
void answer_staff_login(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out);
void answer_session_begin(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out);
void answer_session_end(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out);
void answer_staff_revoke(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out);
void answer_staff_key_create(struct ledger *ledger, uint64_t subject, const void *command,
                             cJSON *out);
void answer_staff_key_delete(struct ledger *ledger, uint64_t subject, const void *command,
                             cJSON *out);

/* The hash in hex of what the ingress minted; false when it is none. */
bool staff_minted(struct slice minted, char out[ACCESS_HASH_TEXT + 1]);
/* Appends one credential; hash is in hex. */
void staff_admit(struct buf *rows, struct message_access_row *row, const char *hash);

#endif
