/* Wrong tokens of the operators' API, and wrong codes of logins: whoever sends many waits longer
 * for each refusal, 10 ms more for each up to five seconds, and is forgotten after a minute without
 * one. Right tokens never wait. Bounded: of many addresses the one that was silent longest is
 * forgotten, and over LOGINS_HELD_MAX refusals that wait a further one does not. Pure; one thread.
 */
#ifndef USHER_DESK_LOGINS_H
#define USHER_DESK_LOGINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOGINS_PEERS_MAX = 256,
    LOGINS_HELD_MAX = 256,
    LOGINS_PEER_BYTES = 56,
    LOGINS_FREE = 5, /* so many are answered at once */
    LOGINS_STEP_MS = 10,
    LOGINS_DELAY_MS_MAX = 5000,
    LOGINS_FORGET_MS = 60000
};

struct login_peer {
    char peer[LOGINS_PEER_BYTES]; /* "": free */
    uint32_t failures;
    uint64_t last_ms;
};

/* A refusal that waits. */
struct login_held {
    uint64_t id;
    uint64_t received_us;
    uint64_t due_ms;
    const char *detail; /* what it will say; static */
};

struct logins {
    struct login_peer peers[LOGINS_PEERS_MAX];
    struct login_held held[LOGINS_HELD_MAX];
    size_t held_count;
};

/* Counts a wrong token of this address; how long its refusal waits. */
uint32_t logins_refused(struct logins *logins, const char *peer, uint64_t now_ms);
/* False when there is no room. */
bool logins_hold(struct logins *logins, const struct login_held *held);
/* Takes out one that is due. */
bool logins_due(struct logins *logins, uint64_t now_ms, struct login_held *out);
uint64_t logins_due_ms(const struct logins *logins); /* of the next; UINT64_MAX: none */

#endif
