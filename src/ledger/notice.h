/* Inside the ledger: notices, each one member's: of a module to one (reminder.h), or of a campaign
 * to many. A notice is a delivery that is
 * at most once: the start of its attempt is journaled, and an attempt whose outcome is not known is
 * not repeated. It does not wait for who cannot be reached, and it is never a dead letter, which an
 * operator could send again: whatever ends it, it is done, and its campaign is told how.
 *
 *     pending ──started──▶ started ──▶ done: sent, failed, skipped, unknown
 *        │  ▲                 │
 *        │  └── not sent ─────┘
 *        └──cancelled, or not true any more──▶ done: withdrawn */
#ifndef USHER_LEDGER_NOTICE_H
#define USHER_LEDGER_NOTICE_H

#include "ledger/outbox.h"

enum notice_ending {
    NOTICE_SENT,
    NOTICE_FAILED,
    NOTICE_SKIPPED,
    NOTICE_UNKNOWN,
    NOTICE_WITHDRAWN,
    NOTICE_ENDINGS
};

/* What a module says to many by notices: they have its number, 1 or more. Of one module. */
struct campaign {
    /* Nothing more of it is to be sent. */
    bool (*cancelled)(struct ledger *ledger, uint64_t number);
    /* One of its notices has come to its end. */
    void (*ended)(struct ledger *ledger, uint64_t number, enum notice_ending ending);
    /* Appends what it says in this language, as a part_notice. */
    void (*part)(struct ledger *ledger, uint64_t number, enum language language, struct buf *parts);
};

/* Makes the campaign's notice for this member; turn_ms: when it began. False when there is no bot
 * to send it. */
bool notice_add(struct ledger *ledger, uint64_t number, int64_t telegram_id, uint64_t turn_ms,
                const struct record_member *member);
/* Makes a notice that is of no campaign (broadcast 0) and says part. */
void notice_make(struct ledger *ledger, struct record_delivery *delivery,
                 const struct message *part);
/* Appends what the notice's campaign says, in the member's language. */
void notice_part(struct ledger *ledger, const struct record_delivery *delivery,
                 enum language language, struct buf *parts);

/* The attempt of a pending notice begins; false when it may not. */
bool notice_started(struct ledger *ledger, uint64_t id, struct record_delivery *delivery);
/* How the attempt ends (kinds.h). */
ended_fn notice_sent, notice_retry, notice_failed, notice_unreachable, notice_moot, notice_unknown;

/* TIMER_DOUBT, and the process has started: those whose attempt had begun are in doubt. A bounded
 * number in one command; no attempt begins before the last one is settled. Returns about
 * how many rows it has touched. */
unsigned notices_doubt_due(struct ledger *ledger, int64_t zero, const char *subject);

/* Those of a campaign that wait, behind *id, are done without having been sent. False when there
 * are more than one command may touch, behind *id. */
bool notices_withdraw(struct ledger *ledger, uint64_t number, uint64_t *id);
/* The same: those whose attempt began so long ago that its outcome is lost are in doubt. */
bool notices_sweep(struct ledger *ledger, uint64_t number, uint64_t *id);
/* TIMER_NOTICES: the same of those that are of no campaign. */
unsigned notices_due(struct ledger *ledger, int64_t zero, const char *subject);

/* An attempt of a delivery that notice_started began is not under way any more. */
void notice_settled(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery);

#endif
