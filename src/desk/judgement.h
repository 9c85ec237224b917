/* What a verifier makes of one request: an answer at once, a command for the journal, a question to
 * the ledger, a list of the mirror's, something about webhooks, or a callback that its gateway must
 * be asked about. Kept by its owner over many
 * requests, so that its buffers are allocated once. */
#ifndef USHER_DESK_JUDGEMENT_H
#define USHER_DESK_JUDGEMENT_H

#include "wire/wire.h"

enum judgement_kind {
    JUDGEMENT_ANSWER,
    JUDGEMENT_COMMAND,
    JUDGEMENT_QUERY,
    JUDGEMENT_READ,
    JUDGEMENT_WEBHOOK,
    JUDGEMENT_CHECK /* the request as it came goes to the checker */
};

struct judgement {
    enum judgement_kind kind;
    unsigned status;            /* ANSWER */
    const char *reason;         /* for log and metrics; static */
    const char *update_kind;    /* of a Telegram update, for metrics; static; else NULL */
    const char *remedy;         /* of a refused callback: what to do about it; static; else NULL */
    const char *content_type;   /* of body; static; NULL: plain text */
    struct buf body;            /* ANSWER: the answer; COMMAND: of the 200, once it is durable */
    struct buf command;         /* COMMAND: one encoded cmd_* */
    bool wait;                  /* COMMAND: the answer is the result, not that it is durable */
    struct message_query query; /* QUERY: origin and id are the caller's to set */
    char text[257];             /* what query.text points to; READ: which list, of the
                                   request's query; WEBHOOK: what of webhooks */
};

void judgement_init(struct judgement *judgement);
void judgement_deinit(struct judgement *judgement);
/* As after judgement_init, memory kept. */
void judgement_clear(struct judgement *judgement);

/* An answer with a problem document (RFC 9457). */
void judgement_refuse(struct judgement *judgement, unsigned status, const char *reason,
                      const char *detail);
/* Makes it a command. False, and a 500 refusal, when it does not encode within the bounds: then the
 * caller let something through that it should have refused. */
bool judgement_command(struct judgement *judgement, const struct message *command,
                       const char *reason);

#endif
