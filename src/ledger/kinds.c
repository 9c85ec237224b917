#include "ledger/kinds.h"

#include "ledger/attempt.h"
#include "ledger/invite.h"
#include "ledger/join.h"
#include "ledger/letter.h"
#include "ledger/notice.h"
#include "ledger/removal.h"
#include "ledger/reply.h"

/* What is said in a conversation, to the staff, to a service. */
#define SAID                                                                                       \
    {                                                                                              \
        .ended = {[OUTCOME_DONE] = reply_sent,         [OUTCOME_RETRY] = reply_retry,              \
                  [OUTCOME_FAILED] = reply_failed,     [OUTCOME_UNREACHABLE] = attempt_done,       \
                  [OUTCOME_MIGRATED] = reply_migrated, [OUTCOME_MOOT] = attempt_done},             \
        .moved = reply_moved                                                                       \
    }

const struct kind kinds[DELIVERY_COUNT] = {
    [DELIVERY_letter] = {.ended = {[OUTCOME_DONE] = letter_arrived,
                                   [OUTCOME_RETRY] = attempt_retry,
                                   [OUTCOME_FAILED] = letter_failed,
                                   [OUTCOME_UNREACHABLE] = letter_unreachable,
                                   [OUTCOME_MIGRATED] = attempt_give_up,
                                   [OUTCOME_MOOT] = letter_arrived},
                         .moved = letter_moved},
    [DELIVERY_approve] = {.ended = {[OUTCOME_DONE] = join_answered,
                                    [OUTCOME_RETRY] = attempt_retry,
                                    [OUTCOME_FAILED] = attempt_failed,
                                    [OUTCOME_UNREACHABLE] = attempt_done,
                                    [OUTCOME_MIGRATED] = attempt_migrated,
                                    [OUTCOME_MOOT] = join_answered},
                          .too_late = join_approved_too_late},
    [DELIVERY_decline] = {.ended = {[OUTCOME_DONE] = join_answered,
                                    [OUTCOME_RETRY] = attempt_retry,
                                    [OUTCOME_FAILED] = attempt_failed,
                                    [OUTCOME_UNREACHABLE] = attempt_done,
                                    [OUTCOME_MIGRATED] = attempt_migrated,
                                    [OUTCOME_MOOT] = join_answered},
                          .too_late = join_declined_too_late,
                          .moved = join_declined},
    [DELIVERY_remove] = {.ended = {[OUTCOME_DONE] = removal_done,
                                   [OUTCOME_RETRY] = attempt_retry,
                                   [OUTCOME_FAILED] = attempt_failed,
                                   [OUTCOME_UNREACHABLE] = attempt_done,
                                   [OUTCOME_MIGRATED] = attempt_migrated,
                                   [OUTCOME_MOOT] = attempt_done},
                         .too_late = removal_too_late,
                         .wanted = removal_wanted},
    [DELIVERY_create_link] = {.ended = {[OUTCOME_DONE] = invite_made,
                                        [OUTCOME_RETRY] = attempt_retry,
                                        [OUTCOME_FAILED] = invite_failed,
                                        [OUTCOME_UNREACHABLE] = attempt_done,
                                        [OUTCOME_MIGRATED] = attempt_migrated,
                                        [OUTCOME_MOOT] = attempt_done},
                              .too_late = invite_too_late},
    [DELIVERY_revoke_link] = {.ended = {[OUTCOME_DONE] = invite_revoked,
                                        [OUTCOME_RETRY] = attempt_retry,
                                        [OUTCOME_FAILED] = attempt_failed,
                                        [OUTCOME_UNREACHABLE] = attempt_done,
                                        [OUTCOME_MIGRATED] = attempt_migrated,
                                        [OUTCOME_MOOT] = invite_revoked}},
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
};
