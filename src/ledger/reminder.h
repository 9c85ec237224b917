/* Inside the ledger: notices that a module sends to one member, of a class: reminders, offers. At
 * most once for its key, at most once in attempts, not after its time, not in quiet hours, and of
 * most classes only so many a day. When its attempt would begin the module is asked once more
 * (struct module, notice). What becomes of one that was made is the business of notice.h. */
#ifndef USHER_LEDGER_REMINDER_H
#define USHER_LEDGER_REMINDER_H

#include "ledger/notice_rules.h"
#include "ledger/state.h"

enum { NOTICE_SUBJECT_MAX = 64 };

/* What it is about: a member gets one notice for a key, ever. subject names the occasion too
 * ("core/2026-11-30", not "core"). */
struct notice_key {
    uint64_t module;
    struct slice subject; /* 1..NOTICE_SUBJECT_MAX bytes */
};

/* part: a part_text or part_notice, or a PART of the module's. expires_ms: not sent from then on,
 * 0: as the class says; never later than that. False, and nothing is remembered, when it is not
 * sent: sent before, no member or out of reach, no bot, the day's number is reached, or its time is
 * over before the quiet hours are.
 */
bool notice_send(struct ledger *ledger, int64_t telegram_id, enum notice_class class,
                 struct notice_key key, const struct message *part, uint64_t expires_ms);

#endif
