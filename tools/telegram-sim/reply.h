/* The answer to one call of a bot: counted, recorded, and sent as the faults allow. A method that
 * answers later (a long poll) keeps a copy of the call's reply and answers it once. */
#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include "base/slice.h"

#include <cjson/cJSON.h>
#include <stdint.h>

struct sim;

enum reply_mode {
    REPLY_NOW,
    REPLY_SLOW,   /* after delay_ms */
    REPLY_NEVER,  /* the connection is held for delay_ms and then closed without an answer */
    REPLY_DROP,   /* the connection is closed without an answer */
    REPLY_DISCARD /* nobody waits: a call that came as the answer to a webhook */
};

struct reply {
    uint64_t request_id;
    enum reply_mode mode;
    uint32_t delay_ms;
    uint32_t bot;
    int32_t method; /* index in api.def; -1: unknown */
    int64_t chat_id;
    uint64_t at_ms;      /* arrival, Unix time */
    uint64_t arrived_us; /* the same, monotonic */
    char digest[17];     /* of the parameters, for the record */
};

/* retry_after_s 0: no header. body is JSON; description is what the errors are counted by, NULL:
 * ok. */
void reply_send(struct sim *sim, const struct reply *reply, unsigned status, uint32_t retry_after_s,
                struct slice body, const char *description);
/* {"ok":false,...} as the Bot API server words it. */
void reply_error(struct sim *sim, const struct reply *reply, unsigned status,
                 const char *description);
void reply_flood(struct sim *sim, const struct reply *reply, uint32_t retry_after_s);

#endif
