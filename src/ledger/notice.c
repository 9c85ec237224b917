#include "ledger/notice.h"

#include "base/assert.h"
#include "ledger/delivery.h"
#include "ledger/freeze.h"
#include "ledger/letter.h"
#include "ledger/notice_rules.h"
#include "ledger/person.h"
#include "ledger/reach.h"
#include "ledger/registry.h"
#include "wire/lane.h"

enum {
    GIVE_UP_MS = 24 * 3600 * 1000, /* old news, however often Telegram said "later" */
    SWEEP_MS = 10 * 60 * 1000,     /* longer than any attempt */
    /* An attempt that began so long ago and has no outcome has lost it: longer than a start is
     * waited for, a call may take, and its outcome is under way. */
    LOST_MS = 5 * 60 * 1000,
    STEP = 200,       /* notices that one command ends */
    ROWS = 5,         /* that each touches */
    LOOKS_MAX = 1000, /* and those that it looks at */
    /* Calls of the process that ended may be counted so much later: the transit, and the longest
     * window of a bot's (courier/carrier.h). Pending deliveries tell by themselves that there may
     * be such calls, also to the process after the next; these do not any more. */
    DOUBT_MS = 10000 + 1000
};

static const char cancelled[] = "not sent: the broadcast was cancelled";

static void end(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                enum notice_ending ending);
static void again(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                  uint64_t not_before_ms);
static void later(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                  uint64_t not_before_ms);
static bool is_of_an_earlier_attempt(struct ledger *ledger, uint64_t id,
                                     const struct record_delivery *delivery, uint64_t retry_at_ms);
static void cannot_be_reached(struct ledger *ledger, const struct record_delivery *delivery);
static bool next_open(struct ledger *ledger, uint64_t number, uint64_t *id, uint64_t *started_ms);
static void open_key(struct key *key, uint64_t number, uint64_t id);
static void open_store(struct ledger *ledger, uint64_t number, uint64_t id, uint64_t started_ms);
static void note(struct record_delivery *delivery, const char *text);
static void in_doubt(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                     const char *text);
static bool is_cancelled(struct ledger *ledger, uint64_t number);
static bool still_true(struct ledger *ledger, uint64_t id, struct record_delivery *delivery);

bool notice_add(struct ledger *ledger, uint64_t number, int64_t telegram_id, uint64_t turn_ms,
                const struct record_member *member)
{
    struct record_delivery delivery = {.kind = DELIVERY_notice,
                                       .stage = STAGE_PENDING,
                                       .telegram_id = telegram_id,
                                       .turn_ms = turn_ms,
                                       .broadcast = number};
    reach_bot(ledger, telegram_id, member, delivery.bot, sizeof delivery.bot);
    if (delivery.bot[0] == 0)
        return false;
    open_store(ledger, number, outbox_add(ledger, &delivery), 0);
    return true;
}

void notice_make(struct ledger *ledger, struct record_delivery *delivery,
                 const struct message *part)
{
    struct buf bytes, encoded;
    buf_init(&bytes, DELIVERY_PART_BYTES_MAX + 2);
    buf_init(&encoded, DELIVERY_PART_BYTES_MAX);
    wire_encode(&encoded, part);
    if (!encoded.failed)
        part_frame(&bytes, buf_slice(&encoded));
    uint64_t id = outbox_add(ledger, delivery);
    if (encoded.failed || bytes.failed || !delivery_parts_add(ledger, id, buf_slice(&bytes)))
        state_fail(ledger, ERROR_MEMORY);
    buf_deinit(&bytes);
    buf_deinit(&encoded);
}

void notice_part(struct ledger *ledger, const struct record_delivery *delivery,
                 enum language language, struct buf *parts)
{
    const struct campaign *campaign = registry_campaign();
    if (campaign == NULL)
        state_fail(ledger, ERROR_CORRUPT);
    else
        campaign->part(ledger, delivery->broadcast, language, parts);
}

bool notice_started(struct ledger *ledger, uint64_t id, struct record_delivery *delivery)
{
    /* Until the last boot's doubts are settled, one that is started now would be taken for one of
     * before; it comes again when its lease is over. */
    bool notice = delivery->kind == DELIVERY_notice;
    if (ledger->meta.doubting ||
        (notice && (is_cancelled(ledger, delivery->broadcast) ||
                    (delivery->broadcast == 0 && !still_true(ledger, id, delivery)))))
        return false;
    outbox_move(ledger, id, delivery, STAGE_STARTED);
    open_store(ledger, delivery->broadcast, id, ledger->at_ms);
    /* One timer for all that begin in the same while. */
    if (delivery->broadcast == 0)
        timer_set(ledger, (ledger->at_ms / SWEEP_MS + 2) * SWEEP_MS, TIMER_NOTICES, 0, "");
    return true;
}

enum result notice_sent(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                        const struct message_cmd_outcome *command)
{
    (void)command;
    end(ledger, id, delivery, NOTICE_SENT);
    return RESULT_ok;
}

/* It was not sent. */
enum result notice_retry(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                         const struct message_cmd_outcome *command)
{
    if (is_of_an_earlier_attempt(ledger, id, delivery, command->retry_at_ms))
        return RESULT_stale;
    again(ledger, id, delivery, command->retry_at_ms);
    return RESULT_ok;
}

enum result notice_unreachable(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                               const struct message_cmd_outcome *command)
{
    (void)command;
    cannot_be_reached(ledger, delivery);
    end(ledger, id, delivery, NOTICE_SKIPPED);
    return RESULT_ok;
}

enum result notice_moot(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                        const struct message_cmd_outcome *command)
{
    (void)command;
    end(ledger, id, delivery, NOTICE_SKIPPED);
    return RESULT_ok;
}

enum result notice_failed(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                          const struct message_cmd_outcome *command)
{
    (void)command;
    end(ledger, id, delivery, NOTICE_FAILED);
    return RESULT_ok;
}

enum result notice_unknown(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                           const struct message_cmd_outcome *command)
{
    (void)command;
    end(ledger, id, delivery, NOTICE_UNKNOWN);
    return RESULT_ok;
}

unsigned notices_doubt_due(struct ledger *ledger, int64_t zero, const char *subject)
{
    struct record_delivery delivery;
    unsigned count = 0;
    (void)zero;
    (void)subject;
    ledger->meta.doubting = 0;
    for (uint64_t id; (id = outbox_next(ledger, 0, STAGE_STARTED, &delivery)) != 0; count++) {
        if (count == STEP) {
            ledger->meta.doubting = 1;
            timer_set(ledger, TIMER_AT_ONCE_MS, TIMER_DOUBT, 0, "");
            break;
        }
        char lane[LANE_NAME_MAX + 1];
        delivery_lane(&delivery, lane, sizeof lane);
        if (delivery.kind == DELIVERY_notice) /* a service counts no calls as Telegram does */
            freeze_remember(ledger, slice_from(lane), 0, ledger->at_ms + DOUBT_MS);
        in_doubt(ledger, id, &delivery, "in doubt after a restart; not repeated");
    }
    return count * ROWS;
}

bool notices_withdraw(struct ledger *ledger, uint64_t number, uint64_t *id)
{
    struct record_delivery delivery;
    uint64_t started_ms;
    unsigned looks = 0;
    unsigned count = 0;
    while (count < STEP && looks++ < LOOKS_MAX) {
        if (!next_open(ledger, number, id, &started_ms))
            return true;
        if (started_ms != 0 || !delivery_load(ledger, *id, &delivery) ||
            delivery.stage != STAGE_PENDING)
            continue;
        note(&delivery, cancelled);
        end(ledger, *id, &delivery, NOTICE_WITHDRAWN);
        count++;
    }
    return false;
}

bool notices_sweep(struct ledger *ledger, uint64_t number, uint64_t *id)
{
    struct record_delivery delivery;
    uint64_t started_ms;
    unsigned looks = 0;
    unsigned count = 0;
    while (count < STEP && looks++ < LOOKS_MAX) {
        if (!next_open(ledger, number, id, &started_ms))
            return true;
        if (started_ms == 0 || started_ms + LOST_MS >= ledger->at_ms ||
            !delivery_load(ledger, *id, &delivery))
            continue;
        in_doubt(ledger, *id, &delivery, "in doubt without an outcome; not repeated");
        count++;
    }
    return false;
}

unsigned notices_due(struct ledger *ledger, int64_t zero, const char *subject)
{
    uint64_t at = 0;
    (void)zero;
    (void)subject;
    if (notices_sweep(ledger, 0, &at))
        return STEP;
    timer_set(ledger, ledger->at_ms + 1, TIMER_NOTICES, 0, "");
    return STEP * ROWS;
}

/* What became of its attempt will not be known any more. */
static void in_doubt(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                     const char *text)
{
    note(delivery, text);
    if (delivery->kind == DELIVERY_notice) {
        end(ledger, id, delivery, NOTICE_UNKNOWN);
        return;
    }
    const struct message_cmd_outcome lost = {.delivery = id, .error = slice_from(text)};
    ended_fn *ended = ledger->kinds[delivery->kind]->ended[OUTCOME_IN_DOUBT];
    ASSERT(ended != NULL);
    (void)ended(ledger, id, delivery, &lost);
}

void notice_settled(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery)
{
    struct key key;
    open_key(&key, delivery->broadcast, id);
    state_delete(ledger, TABLE_notices, &key);
}

static void end(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                enum notice_ending ending)
{
    struct key key;
    outbox_move(ledger, id, delivery, STAGE_DONE);
    open_key(&key, delivery->broadcast, id);
    state_delete(ledger, TABLE_notices, &key);
    if (delivery->broadcast == 0) {
        delivery_parts_drop(ledger, id);
        return;
    }
    const struct campaign *campaign = registry_campaign();
    if (campaign == NULL)
        state_fail(ledger, ERROR_CORRUPT);
    else
        campaign->ended(ledger, delivery->broadcast, ending);
}

static void again(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                  uint64_t not_before_ms)
{
    if (is_cancelled(ledger, delivery->broadcast)) {
        note(delivery, cancelled);
        end(ledger, id, delivery, NOTICE_WITHDRAWN);
    } else if (delivery->broadcast != 0 && ledger->at_ms > delivery->created_ms + GIVE_UP_MS) {
        end(ledger, id, delivery, NOTICE_FAILED);
    } else if (delivery->broadcast != 0) {
        delivery->not_before_ms = not_before_ms;
        outbox_move(ledger, id, delivery, STAGE_PENDING);
        open_store(ledger, delivery->broadcast, id, 0);
    } else {
        later(ledger, id, delivery, not_before_ms);
    }
}

/* Of no campaign: not in quiet hours, and not after its time. */
static void later(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                  uint64_t not_before_ms)
{
    struct key key;
    not_before_ms = notice_after_quiet(ledger, not_before_ms);
    if (not_before_ms >= delivery->expires_ms) {
        end(ledger, id, delivery, NOTICE_FAILED);
        return;
    }
    open_key(&key, 0, id);
    state_delete(ledger, TABLE_notices, &key);
    delivery->not_before_ms = not_before_ms;
    outbox_move(ledger, id, delivery, STAGE_PENDING);
}

/* A later attempt begins when the time to try again has come, so an outcome that names a time
 * before the start is an earlier attempt's, told twice. To take it for this one's would send this
 * one twice. */
static bool is_of_an_earlier_attempt(struct ledger *ledger, uint64_t id,
                                     const struct record_delivery *delivery, uint64_t retry_at_ms)
{
    struct key key;
    struct slice value;
    uint64_t started_ms = 0;
    open_key(&key, delivery->broadcast, id);
    if (delivery->stage == STAGE_STARTED && state_get_bytes(ledger, TABLE_notices, &key, &value) &&
        !key_take_u64(&value, &started_ms))
        state_fail(ledger, ERROR_CORRUPT);
    return started_ms != 0 && retry_at_ms <= started_ms;
}

/* Unless they have spoken to another bot since, which can reach them, or to this one while the
 * attempt was under way. */
static void cannot_be_reached(struct ledger *ledger, const struct record_delivery *delivery)
{
    struct record_member member;
    if (!member_load(ledger, delivery->telegram_id, &member) ||
        (member.bot[0] != 0 && strcmp(member.bot, delivery->bot) != 0) ||
        reach_crossed(ledger, &member))
        return;
    member.unreachable = 1;
    member_store(ledger, delivery->telegram_id, &member);
    letter_settle(ledger, delivery->telegram_id);
}

/* The campaign's next notice after *id that is not done. */
static bool next_open(struct ledger *ledger, uint64_t number, uint64_t *id, uint64_t *started_ms)
{
    struct key prefix;
    struct key from;
    struct key found;
    struct slice value;
    key_clear(&prefix);
    key_u64(&prefix, number);
    open_key(&from, number, *id);
    if (!state_seek(ledger, TABLE_notices, key_slice(&prefix), key_slice(&from), true, &found,
                    &value))
        return false;
    struct slice rest = slice_of(found.data + prefix.len, found.len - prefix.len);
    if (key_take_u64(&rest, id) && key_take_u64(&value, started_ms))
        return true;
    state_fail(ledger, ERROR_CORRUPT);
    return false;
}

static void open_key(struct key *key, uint64_t number, uint64_t id)
{
    key_clear(key);
    key_u64(key, number);
    key_u64(key, id);
}

static void open_store(struct ledger *ledger, uint64_t number, uint64_t id, uint64_t started_ms)
{
    struct key key;
    struct key value;
    open_key(&key, number, id);
    key_clear(&value);
    key_u64(&value, started_ms);
    state_put_bytes(ledger, TABLE_notices, &key, key_slice(&value));
}

static void note(struct record_delivery *delivery, const char *text)
{
    (void)slice_copy(slice_from(text), delivery->error, sizeof delivery->error);
}

static bool is_cancelled(struct ledger *ledger, uint64_t number)
{
    const struct campaign *campaign = registry_campaign();
    return number != 0 && campaign != NULL && campaign->cancelled(ledger, number);
}

/* Its time is not over, and what its module says of it, now that it would leave. False when that is
 * not yet, or never. */
static bool still_true(struct ledger *ledger, uint64_t id, struct record_delivery *delivery)
{
    struct message part;
    struct slice bytes;
    if (delivery->expires_ms <= ledger->at_ms) {
        note(delivery, "not sent: its time was over");
        end(ledger, id, delivery, NOTICE_WITHDRAWN);
        return false;
    }
    struct slice parts = delivery_parts(ledger, id);
    if (!part_next(&parts, &bytes) || wire_decode_one(bytes, &part, NULL) != ERROR_NONE) {
        state_fail(ledger, ERROR_CORRUPT);
        return false;
    }
    const struct module *module = registry_module((unsigned)part.kind >> 8);
    if (module == NULL || module->notice == NULL)
        return true;
    uint64_t from_ms = module->notice(ledger, delivery->telegram_id, &part);
    if (from_ms != 0 && from_ms <= ledger->at_ms)
        return true;
    if (from_ms == 0 || from_ms >= delivery->expires_ms) {
        note(delivery,
             from_ms == 0 ? "not sent: it was not true any more" : "not sent: its time was over");
        end(ledger, id, delivery, NOTICE_WITHDRAWN);
        return false;
    }
    delivery->not_before_ms = from_ms;
    outbox_turned(ledger, id, delivery);
    outbox_ended(ledger, id); /* nobody holds it any more: it need not wait for its lease to end */
    return false;
}
