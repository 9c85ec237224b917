#include "ledger/reminder.h"

#include "base/assert.h"
#include "ledger/delivery.h"
#include "ledger/notice.h"
#include "ledger/outbox.h"
#include "ledger/person.h"
#include "ledger/reach.h"

/* A key is remembered for longer than a year, so that yearly occasions do not repeat by mistake. */
static const uint64_t kept_ms = UINT64_C(400) * 24 * 3600 * 1000;

static bool known(struct ledger *ledger, int64_t telegram_id, struct notice_key key);
static void remember(struct ledger *ledger, int64_t telegram_id, struct notice_key key);
static void noticed_key(struct key *out, int64_t telegram_id, struct notice_key key);
static bool count_of_day(struct ledger *ledger, struct record_member *member, bool capped);

bool notice_send(struct ledger *ledger, int64_t telegram_id, enum notice_class class,
                 struct notice_key key, const struct message *part, uint64_t expires_ms)
{
    ASSERT(class > NOTICE_of_a_broadcast && class < NOTICE_CLASS_COUNT);
    ASSERT(key.subject.len > 0 && key.subject.len <= NOTICE_SUBJECT_MAX);
    struct record_member member;
    uint64_t latest_ms = ledger->at_ms + notice_class_life_ms(class);
    uint64_t from_ms = notice_after_quiet(ledger, ledger->at_ms);
    if (expires_ms == 0 || expires_ms > latest_ms)
        expires_ms = latest_ms;
    if (from_ms >= expires_ms || !member_load(ledger, telegram_id, &member) || member.unreachable ||
        known(ledger, telegram_id, key))
        return false;
    struct record_delivery delivery = {.kind = DELIVERY_notice,
                                       .stage = STAGE_PENDING,
                                       .telegram_id = telegram_id,
                                       .chat_id = telegram_id,
                                       .turn_ms = ledger->at_ms,
                                       .parts_count = 1,
                                       .notice_class = (uint8_t) class,
                                       .not_before_ms = from_ms > ledger->at_ms ? from_ms : 0,
                                       .expires_ms = expires_ms};
    reach_bot(ledger, telegram_id, &member, delivery.bot, sizeof delivery.bot);
    if (delivery.bot[0] == 0 || !count_of_day(ledger, &member, notice_class_capped(class)))
        return false;
    member_store(ledger, telegram_id, &member);
    remember(ledger, telegram_id, key);
    notice_make(ledger, &delivery, part);
    return true;
}

static bool known(struct ledger *ledger, int64_t telegram_id, struct notice_key key)
{
    struct key row;
    struct slice value;
    noticed_key(&row, telegram_id, key);
    return state_get_bytes(ledger, TABLE_noticed, &row, &value);
}

/* And forgets one of this member's that is long over. */
static void remember(struct ledger *ledger, int64_t telegram_id, struct notice_key key)
{
    struct key row, until, prefix, found;
    struct slice value;
    uint64_t over_ms;
    noticed_key(&row, telegram_id, key);
    key_clear(&until);
    key_u64(&until, ledger->at_ms + kept_ms);
    state_put_bytes(ledger, TABLE_noticed, &row, key_slice(&until));
    key_clear(&prefix);
    key_i64(&prefix, telegram_id);
    struct key from = prefix;
    for (bool after = false; state_seek(ledger, TABLE_noticed, key_slice(&prefix), key_slice(&from),
                                        after, &found, &value);
         after = true) {
        if (!key_take_u64(&value, &over_ms)) {
            state_fail(ledger, ERROR_CORRUPT);
            return;
        }
        if (over_ms <= ledger->at_ms) {
            state_delete(ledger, TABLE_noticed, &found);
            return;
        }
        from = found;
    }
}

static void noticed_key(struct key *out, int64_t telegram_id, struct notice_key key)
{
    key_clear(out);
    key_i64(out, telegram_id);
    key_u64(out, key.module);
    key_text(out, key.subject);
}

/* By the community's calendar. False when the day's number is reached. */
static bool count_of_day(struct ledger *ledger, struct record_member *member, bool capped)
{
    uint32_t day = (uint32_t)calendar_day(ledger->calendar, (int64_t)ledger->at_ms);
    uint64_t most = ledger->catalog->notices_per_day;
    if (member->notice_day != day) {
        member->notice_day = day;
        member->notices_today = 0;
    }
    if (capped && most > 0 && member->notices_today >= most)
        return false;
    member->notices_today += capped;
    return true;
}
