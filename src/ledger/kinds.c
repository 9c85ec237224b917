#include "ledger/kinds.h"

#include "ledger/attempt.h"
#include "ledger/letter.h"
#include "ledger/notice.h"
#include "ledger/registry.h"
#include "ledger/reply.h"
#include "ledger/request.h"

/* What is said in a conversation, to the staff, to a service. */
#define SAID                                                                                       \
    {                                                                                              \
        .ended = {[OUTCOME_DONE] = reply_sent,         [OUTCOME_RETRY] = reply_retry,              \
                  [OUTCOME_FAILED] = reply_failed,     [OUTCOME_UNREACHABLE] = attempt_done,       \
                  [OUTCOME_MIGRATED] = reply_migrated, [OUTCOME_MOOT] = attempt_done},             \
        .moved = reply_moved                                                                       \
    }

static const struct kind frame_kinds[DELIVERY_COUNT] = {
    [DELIVERY_letter] = {.ended = {[OUTCOME_DONE] = letter_arrived,
                                   [OUTCOME_RETRY] = attempt_retry,
                                   [OUTCOME_FAILED] = letter_failed,
                                   [OUTCOME_UNREACHABLE] = letter_unreachable,
                                   [OUTCOME_MIGRATED] = attempt_give_up,
                                   [OUTCOME_MOOT] = letter_arrived},
                         .moved = letter_moved},
    [DELIVERY_notice] = {.ended = {[OUTCOME_DONE] = notice_sent,
                                   [OUTCOME_RETRY] = notice_retry,
                                   [OUTCOME_FAILED] = notice_failed,
                                   [OUTCOME_UNREACHABLE] = notice_unreachable,
                                   [OUTCOME_MIGRATED] = notice_failed, /* a private chat does not */
                                   [OUTCOME_MOOT] = notice_moot,
                                   [OUTCOME_IN_DOUBT] = notice_unknown}},
    [DELIVERY_reply] = SAID,
    [DELIVERY_answer] = SAID,
    [DELIVERY_staff] = SAID,
    [DELIVERY_topic] = SAID,
    [DELIVERY_post] = SAID,
    [DELIVERY_mail] = SAID,
    [DELIVERY_request_once] = {.ended = {[OUTCOME_DONE] = request_done,
                                         [OUTCOME_RETRY] = request_retry,
                                         [OUTCOME_FAILED] = request_refused,
                                         [OUTCOME_IN_DOUBT] = request_unknown},
                               .too_late = request_too_late,
                               .moved = request_moved},
    [DELIVERY_request] = {.ended = {[OUTCOME_DONE] = request_done,
                                    [OUTCOME_RETRY] = request_retry,
                                    [OUTCOME_FAILED] = request_refused},
                          .too_late = request_too_late,
                          .moved = request_moved},
};

void kinds_find(const struct kind *out[DELIVERY_COUNT])
{
    for (int kind = 0; kind < DELIVERY_COUNT; kind++)
        out[kind] = &frame_kinds[kind];
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        for (const struct kind_row *row = (*module)->kinds; row != NULL && row->kind != 0; row++)
            out[row->kind] = &row->does;
}
