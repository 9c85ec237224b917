/* Bot API errors as a table: what a failed call means for its delivery. Source of the strings: the
 * Telegram Bot API server's sources, as carried over in docs/TELEGRAM.md. Pure. */
#ifndef USHER_CARRIER_TELEGRAM_ERROR_H
#define USHER_CARRIER_TELEGRAM_ERROR_H

#include "base/slice.h"
#include "courier/carrier.h"

enum {
    TELEGRAM_ANSWER_BYTES_MAX = 1 << 20,
    TELEGRAM_RETRY_AFTER_S_MAX = VERDICT_WAIT_S_MAX /* what the server itself clamps a wait to */
};

/* What an answer of the Bot API says. */
struct telegram_answer {
    bool ok;
    unsigned code;              /* error_code, or the HTTP status when the body is not JSON */
    char description[256];      /* "" when ok; well-formed UTF-8 without control characters */
    uint32_t retry_after_s;     /* parameters.retry_after, else the header's, else 0 */
    int64_t migrate_to_chat_id; /* 0 when absent */
    char invite_link[256];      /* result.invite_link, or the result when it is a link itself */
    int64_t message_id;         /* result.message_id when there is one */
    int64_t thread_id;          /* result.message_thread_id when there is one */
};

/* Reads the body of an answer (bounded; anything that is not a Bot API answer gives ok = false with
 * the HTTP status as code and a description of ours). */
void telegram_answer_parse(unsigned http_status, uint32_t retry_after_s, struct slice body,
                           struct telegram_answer *out);

/* The outcome for a delivery of this kind. OUTCOME_RETRY for 429, 5xx, network; the caller decides
 * when. A notice that the server may have sent already (5xx, no Bot API answer) is
 * OUTCOME_IN_DOUBT: it is not repeated. */
enum outcome telegram_classify(enum delivery_kind kind, const struct telegram_answer *answer);

/* The call may have been done although the answer does not say so. */
bool telegram_in_doubt(const struct telegram_answer *answer);

#endif
