/* Inside the ledger: requests of modules to services, each of which comes to something exactly
 * once. All attempts of one have the same key (its delivery's number, in the header
 * Idempotency-Key), so that while it is in doubt (no answer, an error of the service's, a
 * connection lost, a restart) it is asked again and the service does it once. A service that goes
 * by no keys gets one attempt whose start is journaled; what is in doubt then is the operator's to
 * look up: a dead letter that says so.
 *
 *   request_send ──▶ asked, again and again ──▶ done │ refused │ unknown ──▶ answered (module.h)
 *                          └── request_withdraw ──▶ withdrawn ── done all the same ──▶ answered
 *
 * Refused and unknown are dead letters: let go by the operator they are asked again by the same
 * key, and end again. */
#ifndef USHER_LEDGER_REQUEST_H
#define USHER_LEDGER_REQUEST_H

#include "ledger/state.h"

enum request_how {
    REQUEST_DONE,
    REQUEST_REFUSED,
    REQUEST_UNKNOWN, /* it may have been done */
    REQUEST_LATE     /* done, after it was withdrawn */
};

struct request_end {
    uint64_t delivery;
    enum request_how how;
    unsigned status; /* of HTTP, 0: there was no answer */
    int64_t telegram_id;
    struct slice ref;    /* the module's word for it */
    struct slice answer; /* answer_field rows: request_field */
    struct slice error;
};

/* lane: "http:acme". module: its number; ref: at most 255 bytes. telegram_id: whom it is about, 0:
 * nobody. part: part_request, or what becomes one at the edge. Returns the delivery; 0: there is no
 * lane, or it does not fit. */
enum request_keys {
    REQUEST_KEYED,
    REQUEST_ONCE /* the service goes by no keys */
};
uint64_t request_send(struct ledger *ledger, unsigned module, enum request_keys keys,
                      struct slice lane, struct slice ref, int64_t telegram_id,
                      const struct message *part);
/* It has become pointless. What it had done by then is told as late, if it is about a member. */
void request_withdraw(struct ledger *ledger, uint64_t delivery);
/* What was read of the answer under this name; "" when it is not there. */
struct slice request_field(const struct request_end *end, const char *name);

/* Is this enum delivery_kind one of those made here? */
bool request_is(unsigned kind);

/* How an attempt of one ended (kinds.h). */
enum result request_done(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                         const struct message_cmd_outcome *command);
enum result request_retry(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                          const struct message_cmd_outcome *command);
enum result request_refused(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                            const struct message_cmd_outcome *command);
enum result request_unknown(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                            const struct message_cmd_outcome *command);
void request_too_late(struct ledger *ledger, const struct record_delivery *delivery,
                      const struct message_cmd_outcome *command);
void request_moved(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery);

#endif
