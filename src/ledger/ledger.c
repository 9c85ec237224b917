#include "ledger/ledger.h"

#include "base/assert.h"
#include "ledger/batch.h"
#include "ledger/delivery.h"
#include "ledger/kinds.h"
#include "ledger/news.h"
#include "ledger/ops/ops.h"
#include "ledger/outbox.h"
#include "ledger/person.h"
#include "ledger/registry.h"

#include <stdlib.h>

/* Told by one batch. */
enum { NEWS_BYTES_MAX = 256 * 1024 * 1024 };

static void put_meta(struct ledger *ledger);
static uint64_t first_timer(struct ledger *ledger);

enum error ledger_open(struct store *store, struct ledger **out, struct why *why)
{
    *out = NULL;
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL)
        return why_set(why, ERROR_MEMORY, "out of memory");
    ledger->store = store;
    kinds_find(ledger->kinds);
    news_hearers(&ledger->hearers);
    buf_init(&ledger->person.rows, PERSON_BYTES_MAX);
    buf_init(&ledger->delivery.parts, DELIVERY_PARTS_BYTES_MAX);
    buf_init(&ledger->delivery_value, DELIVERY_PARTS_BYTES_MAX + 2 + RECORD_BYTES_MAX);
    buf_init(&ledger->news, NEWS_BYTES_MAX);
    ledger->access_changed = true;
    enum error error = batch_reload(ledger, why);
    if (error != ERROR_NONE)
        ledger_close(&ledger);
    *out = ledger;
    return error;
}

void ledger_close(struct ledger **ledger)
{
    struct ledger *self = *ledger;
    if (self == NULL)
        return;
    if (self->txn != NULL)
        store_abort(&self->txn);
    catalog_destroy(&self->catalog);
    calendar_destroy(&self->calendar);
    buf_deinit(&self->person.rows);
    buf_deinit(&self->delivery.parts);
    buf_deinit(&self->delivery_value);
    buf_deinit(&self->news);
    free(self);
    *ledger = NULL;
}

uint64_t ledger_applied(const struct ledger *ledger)
{
    return ledger->meta.applied;
}

const uint8_t *ledger_catalog_hash(const struct ledger *ledger)
{
    return ledger->catalog_hash;
}

uint64_t ledger_subject(const struct ledger *ledger)
{
    return ledger->subject;
}

uint64_t ledger_next_due(struct ledger *ledger)
{
    if (ledger->writing && ledger->error == ERROR_NONE)
        ledger->next_due_ms = first_timer(ledger);
    return ledger->next_due_ms;
}

enum error ledger_begin(struct ledger *ledger)
{
    return batch_begin(ledger, true);
}

enum error ledger_apply(struct ledger *ledger, uint64_t sequence, uint64_t at_ms,
                        struct slice command, unsigned *result, struct effects *effects)
{
    ASSERT(ledger->txn != NULL);
    ASSERT(sequence == ledger->meta.applied + 1);
    struct message message;
    enum error error = wire_decode_one(command, &message, NULL);
    if (error != ERROR_NONE || !message_is_command(message.kind))
        return ERROR_CORRUPT;
    ledger->sequence = sequence;
    ledger->at_ms = at_ms;
    ledger->effects = effects;
    ledger->subject = 0;
    ledger->actor = SLICE("");
    ledger->seed = SLICE("");
    ledger->who = 0;
    ledger->facts = 0;
    *result = ledger_do(ledger, &message);
    ledger->meta.applied = sequence;
    ledger->effects = NULL;
    return ledger->error;
}

enum error ledger_commit(struct ledger *ledger)
{
    ASSERT(ledger->txn != NULL);
    batch_flush(ledger);
    news_flush(ledger);
    put_meta(ledger);
    uint64_t next_due_ms = first_timer(ledger);
    enum error error = ledger->error;
    if (error == ERROR_NONE)
        error = store_commit(&ledger->txn);
    if (error != ERROR_NONE) {
        ledger_abort(ledger);
        return error;
    }
    ledger->txn = NULL;
    ledger->writing = false;
    ledger->committed = ledger->meta;
    ledger->next_due_ms = next_due_ms;
    return ERROR_NONE;
}

void ledger_abort(struct ledger *ledger)
{
    if (ledger->txn != NULL)
        store_abort(&ledger->txn);
    ledger->txn = NULL;
    ledger->writing = false;
    news_forget(ledger);
    ledger->access_changed = true;
    ledger->meta = ledger->committed;
    /* A catalog that the batch brought is void again. If even reading fails, the ledger stays stale
     * and whatever begins next reads first, or reports why it cannot. */
    (void)batch_reload(ledger, NULL);
}

enum error ledger_pending(struct ledger *ledger, uint64_t *after, size_t max,
                          struct effects *effects)
{
    enum error error = batch_begin(ledger, false);
    if (error != ERROR_NONE)
        return error;
    outbox_pending(ledger, after, max, effects);
    return batch_end(ledger);
}

enum error ledger_started(struct ledger *ledger, struct effects *effects)
{
    enum error error = batch_begin(ledger, false);
    if (error != ERROR_NONE)
        return error;
    struct record_delivery delivery;
    for (uint64_t id = 0;
         ledger->meta.started > 0 && (id = outbox_next(ledger, id, STAGE_STARTED, &delivery)) != 0;)
        outbox_tell(ledger, id, &delivery, effects);
    return batch_end(ledger);
}

enum error ledger_freezes(struct ledger *ledger, struct slice lane, uint64_t now_ms,
                          struct buf *out)
{
    enum error error = batch_begin(ledger, false);
    if (error != ERROR_NONE)
        return error;
    struct key prefix;
    key_clear(&prefix);
    key_text(&prefix, lane);
    struct key from = prefix;
    struct key found;
    struct slice value;
    for (bool after = false; state_seek(ledger, TABLE_freezes, key_slice(&prefix), key_slice(&from),
                                        after, &found, &value);
         after = true) {
        struct slice rest = slice_of(found.data + prefix.len, found.len - prefix.len);
        int64_t chat_id;
        uint64_t until_ms;
        if (!key_take_i64(&rest, &chat_id) || !key_take_u64(&value, &until_ms)) {
            state_fail(ledger, ERROR_CORRUPT);
            break;
        }
        struct message freeze = {
            .kind = MESSAGE_freeze,
            .freeze = {.lane = lane, .chat_id = chat_id, .until_ms = until_ms}};
        if (until_ms > now_ms)
            wire_encode(out, &freeze);
        from = found;
    }
    return batch_end(ledger);
}

void ledger_counts(const struct ledger *ledger, struct ledger_counts *out)
{
    const struct record_meta *meta = &ledger->meta;
    *out = (struct ledger_counts){
        .members = meta->members,
        .unsettled = meta->unsettled,
        .deliveries = {[STAGE_PENDING] = meta->pending,
                       [STAGE_STARTED] = meta->started,
                       [STAGE_DONE] = meta->done,
                       [STAGE_DEAD] = meta->dead,
                       [STAGE_HELD] = meta->held,
                       [STAGE_WAITING] = meta->waiting},
        .broadcasts_running = meta->broadcasts_running,
        .notices = {.sent = meta->notices_sent,
                    .failed = meta->notices_failed,
                    .skipped = meta->notices_skipped,
                    .unknown = meta->notices_unknown,
                    .withdrawn = meta->notices_withdrawn},
    };
}

unsigned ledger_do(struct ledger *ledger, const struct message *command)
{
#define OP(name)                                                                                   \
    if (command->kind == MESSAGE_cmd_##name)                                                       \
        return op_##name(ledger, &command->cmd_##name);
#include "ledger/ops/ops.def"
#undef OP
    const struct command_row *row = registry_command(command->kind);
    if (row != NULL)
        return row->apply(ledger, command);
    const struct op_row *op = registry_op(command->kind);
    if (op != NULL)
        return op->apply(ledger, command->module);
    state_fail(ledger, ERROR_CORRUPT);
    return RESULT_invalid;
}

static void put_meta(struct ledger *ledger)
{
    struct key key;
    key_clear(&key);
    key_text(&key, SLICE("meta"));
    state_put(ledger, TABLE_meta, &key, shape_record_meta(), &ledger->meta);
}

static uint64_t first_timer(struct ledger *ledger)
{
    struct key from;
    struct key found;
    struct slice value;
    uint64_t due_ms = 0;
    key_clear(&from);
    key_u64(&from, 0);
    if (state_seek(ledger, TABLE_timers, SLICE(""), key_slice(&from), false, &found, &value)) {
        struct slice rest = key_slice(&found);
        if (!key_take_u64(&rest, &due_ms))
            state_fail(ledger, ERROR_CORRUPT);
    }
    return due_ms;
}
