/* What one attempt came to: from the answer, or from how the transfer failed, to the delivery's
 * outcome and the time of the next try. Pure. */
#ifndef USHER_TELEGRAM_VERDICT_H
#define USHER_TELEGRAM_VERDICT_H

#include "base/prng.h"
#include "telegram/error.h"

enum {
    VERDICT_RETRY_FIRST_MS = 1000,
    VERDICT_RETRY_CAP_MS = 5 * 60 * 1000,
    VERDICT_NETWORK_CAP_MS =
        30 * 1000,                   /* without an answer: once it is back, all must go quickly */
    VERDICT_OPERATOR_MS = 60 * 1000, /* between tries of a token that Telegram refuses */
    VERDICT_NAMELESS_S = 5           /* for a 429 that does not say how long */
};

/* What became of the transfer; the numbers of enum http_failure. */
enum sender_failure { SENDER_ANSWERED, SENDER_NOT_SENT, SENDER_IN_DOUBT };

struct verdict {
    enum outcome outcome;
    uint64_t retry_ms; /* from now, for OUTCOME_RETRY */
    uint64_t flood_ms; /* a 429: so long must whom it names be left alone, without the margin */
    bool bot_refused;  /* Telegram does not know the bot: no other call would fare better */
    bool accepted;     /* Telegram dealt with the call, so it is not holding the bot off */
    char error[256];   /* "" for OUTCOME_DONE; well-formed UTF-8 */
};

/* attempts: how many failed before. */
struct verdict verdict_of_answer(enum delivery_kind kind, uint64_t attempts,
                                 const struct telegram_answer *answer, struct prng *prng);
/* failure: SENDER_NOT_SENT or SENDER_IN_DOUBT. error: of the transfer, may be "" or NULL. */
struct verdict verdict_of_failure(enum delivery_kind kind, uint64_t attempts, int failure,
                                  const char *error, struct prng *prng);

#endif
