/* A carrier knows one way of the world: how a call becomes a request, and what its answer means.
 * Everything else about going out (budgets, order, retries, breaker) is the courier's and the same
 * for all. Each carrier is one constant under src/carrier/. Pure. */
#ifndef USHER_COURIER_CARRIER_H
#define USHER_COURIER_CARRIER_H

#include "base/prng.h"
#include "wire/lane.h"
#include "wire/wire.h"

enum {
    VERDICT_RETRY_FIRST_MS = 1000,
    VERDICT_RETRY_CAP_MS = 5 * 60 * 1000,
    VERDICT_NETWORK_CAP_MS =
        30 * 1000,                   /* without an answer: once it is back, all must go quickly */
    VERDICT_OPERATOR_MS = 60 * 1000, /* between tries of a secret that the other side refuses */
    VERDICT_NAMELESS_S = 5,          /* for a 429 that does not say how long */
    VERDICT_WAIT_S_MAX = 14 * 24 * 3600, /* the longest wait that is believed */
    VERDICT_ANSWER_MAX = 4096            /* bytes of what is read of an answer, wire/messages.def */
};

/* What became of the transfer; the first three are the numbers of enum http_failure. */
enum transfer {
    TRANSFER_ANSWERED,
    TRANSFER_NOT_SENT,
    TRANSFER_IN_DOUBT,
    TRANSFER_UNTRIED /* it did not leave us, for a reason of ours */
};

/* A complete answer. */
struct carrier_answer {
    unsigned status;
    uint32_t retry_after_s; /* of its header, 0: none */
    struct slice body;
    struct slice params; /* of the call that is answered */
};

struct verdict {
    enum outcome outcome;
    uint64_t retry_ms; /* from now, for OUTCOME_RETRY */
    uint64_t flood_ms; /* a 429: so long must whom it names be left alone, without the margin */
    bool refused;      /* the lane itself is refused (a wrong secret): no other call fares better */
    bool accepted;     /* the call was dealt with, so the lane is not being held off */
    int64_t migrate_to_chat_id; /* for OUTCOME_MIGRATED */
    int64_t message_id;         /* what was made, 0: nothing of the kind */
    int64_t thread_id;
    char link[256];
    char error[256]; /* "" for OUTCOME_DONE; well-formed UTF-8 */
    unsigned status; /* of a request: what the service said, 0: nothing, and answer_field rows */
    size_t answer_len;
    char answer[VERDICT_ANSWER_MAX];
};

/* A call that goes out. */
struct outgoing {
    uint64_t delivery;
    const char *method;
    struct slice params;
    uint64_t at_ms;   /* now, for what carries a date */
    uint64_t made_ms; /* when the delivery was, the same at each attempt */
};

/* What SMTP is told besides the message. */
struct envelope {
    const char *from; /* addresses, without a name */
    const char *to;   /* NULL: the request is none of SMTP */
    const char *user; /* NULL: nobody is asked who we are */
    const char *password;
    bool tls; /* STARTTLS or nothing; an smtps:// address begins with it anyway */
};

/* A request, ready for the client (http/client.h): HTTP, or a mail. What it points to lives as
 * long as the scratch that it was made with, the endpoint and the call. */
struct request {
    const char *method; /* NULL: POST */
    const char *url;
    const char *content_type;
    const char *headers[4]; /* "Name: value", ended by NULL */
    struct slice body;
    struct envelope mail;
};

/* Where a lane leads. Strings belong to the configuration. */
struct endpoint {
    const char *url;
    const char *secret;  /* of telegram the token, of http a header "Name: value", of smtp the
                            password; "" for none */
    const char *scheme;  /* of http: what stands before the secret in that header; NULL: nothing */
    const char *key;     /* of http: the header of what must be done once; NULL: Idempotency-Key */
    const char *user;    /* of smtp, of http's Basic, or whose the signature is; NULL: none */
    enum lane_sign sign; /* of http: then secret is the key that signs */
    const char *serial;  /* of our certificate, where a signature names it */
    const char *from;    /* of smtp only: "Club <club@example.org>" */
    bool tls;            /* not in the clear */
};

struct carrier {
    const char *name;
    /* The longest from our sending to the other side's counting. */
    uint32_t transit_ms;
    uint32_t timeout_ms; /* of a transfer */
    /* scratch: empty, for what the request points into. ERROR_TOO_LARGE, ERROR_MEMORY,
     * ERROR_INVALID. */
    enum error (*request)(const struct endpoint *endpoint, const struct outgoing *call,
                          struct buf *scratch, struct request *out);
    /* attempts: how many failed before. */
    void (*verdict)(enum delivery_kind kind, uint64_t attempts, const struct carrier_answer *answer,
                    struct prng *prng, struct verdict *out);
};

/* The verdict when there is no answer. transfer: any but TRANSFER_ANSWERED. error: of the
 * transfer, may be "" or NULL. */
struct verdict verdict_of_failure(enum delivery_kind kind, uint64_t attempts, int transfer,
                                  const char *error, struct prng *prng);
/* Doubles with each attempt, plus up to as much again, so that what failed together does not come
 * back together. Always below cap_ms. */
uint64_t verdict_retry_ms(struct prng *prng, uint64_t attempts, uint64_t cap_ms);

#endif
