#include "ledger/outbox.h"

#include "base/assert.h"
#include "ledger/delivery.h"
#include "ledger/group.h"
#include "ledger/notice_rules.h"
#include "ledger/person.h"
#include "wire/lane.h"

#include <stdlib.h>

/* allowed[from][to]; the picture stands in records.h. */
static const bool allowed[STAGE_COUNT][STAGE_COUNT] = {
    [STAGE_PENDING] = {[STAGE_PENDING] = true,
                       [STAGE_STARTED] = true,
                       [STAGE_DONE] = true,
                       [STAGE_DEAD] = true,
                       [STAGE_WAITING] = true},
    [STAGE_STARTED] =
        {[STAGE_PENDING] = true, [STAGE_DONE] = true, [STAGE_DEAD] = true, [STAGE_WAITING] = true},
    [STAGE_HELD] = {[STAGE_PENDING] = true, [STAGE_DONE] = true},
    [STAGE_WAITING] = {[STAGE_WAITING] = true, [STAGE_PENDING] = true, [STAGE_DONE] = true},
    [STAGE_DEAD] = {[STAGE_PENDING] = true, [STAGE_DONE] = true},
};

static uint64_t *count_of(struct ledger *ledger, uint8_t state);
static struct effect *effect_new(struct ledger *ledger, uint64_t id, struct effects *effects);
static void index_member(struct ledger *ledger, int64_t telegram_id, uint64_t id);
static void forget_oldest(struct ledger *ledger, int64_t telegram_id);
static void stage_key(struct key *key, uint8_t stage, uint64_t id);
static void unfinished(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery);
static void finished(struct ledger *ledger, uint8_t stage, uint64_t id);
static void place_of(struct key *place, const struct record_delivery *delivery);
static bool take_place(struct slice place, struct effect *effect);

uint64_t outbox_add(struct ledger *ledger, struct record_delivery *delivery)
{
    ASSERT(delivery->stage == STAGE_PENDING || delivery->stage == STAGE_WAITING ||
           delivery->stage == STAGE_HELD);
    uint64_t id = ledger->meta.next_delivery++;
    delivery->created_ms = ledger->at_ms;
    delivery->since_ms = ledger->at_ms;
    uint64_t expiry_ms = delivery_expiry_ms((enum delivery_kind)delivery->kind);
    if (delivery->expires_ms == 0 && expiry_ms != 0)
        delivery->expires_ms = ledger->at_ms + expiry_ms;
    ++*count_of(ledger, delivery->stage);
    delivery_store(ledger, id, delivery);
    unfinished(ledger, id, delivery);
    if (delivery->telegram_id != 0 && expiry_ms == 0)
        index_member(ledger, delivery->telegram_id, id);
    if (delivery->stage == STAGE_PENDING)
        outbox_tell(ledger, id, delivery, ledger->effects);
    return id;
}

uint64_t outbox_add_group(struct ledger *ledger, enum delivery_kind kind,
                          const struct catalog_group *group, int64_t telegram_id, const char *link,
                          enum delivery_stage stage)
{
    struct record_group record;
    group_load(ledger, group, &record);
    struct record_delivery delivery = {.kind = (uint8_t)kind,
                                       .stage = (uint8_t)stage,
                                       .telegram_id = telegram_id,
                                       .chat_id = record.chat_id,
                                       .turn_ms = ledger->at_ms};
    bool fits = slice_copy(slice_from(group->bot), delivery.bot, sizeof delivery.bot) &&
                slice_copy(slice_from(group->name), delivery.group, sizeof delivery.group) &&
                slice_copy(slice_from(link), delivery.link, sizeof delivery.link);
    ASSERT(fits);
    return outbox_add(ledger, &delivery);
}

void outbox_move(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                 enum delivery_stage stage)
{
    uint64_t *count = count_of(ledger, delivery->stage);
    /* No way of ours leads here: what is stored is damaged, and the batch must not be kept. */
    if (!allowed[delivery->stage][stage] || *count == 0) {
        state_fail(ledger, ERROR_CORRUPT);
        return;
    }
    --*count;
    ++*count_of(ledger, (uint8_t)stage);
    if (stage != delivery->stage)
        finished(ledger, delivery->stage, id); /* a finished one never moves again */
    if (stage == STAGE_PENDING && delivery->stage != STAGE_PENDING)
        delivery->since_ms = ledger->at_ms;
    bool same = stage == delivery->stage && stage != STAGE_PENDING;
    delivery->stage = (uint8_t)stage;
    if (stage != STAGE_DONE && !same)
        unfinished(ledger, id, delivery);
    if (stage == STAGE_DONE || stage == STAGE_DEAD)
        delivery->finished_ms = ledger->at_ms;
    delivery_store(ledger, id, delivery);
    outbox_tell(ledger, id, delivery, ledger->effects);
    const struct kind *kind = ledger->kinds[delivery->kind];
    if (kind->moved != NULL)
        kind->moved(ledger, id, delivery);
}

void outbox_again(struct ledger *ledger, uint64_t id, struct record_delivery *delivery)
{
    delivery->not_before_ms = 0;
    delivery->finished_ms = 0;
    delivery->error[0] = 0;
    outbox_move(ledger, id, delivery, STAGE_PENDING);
}

void outbox_revive(struct ledger *ledger, uint64_t id)
{
    struct record_delivery delivery;
    if (id != 0 && delivery_load(ledger, id, &delivery) && delivery.stage == STAGE_DEAD)
        outbox_again(ledger, id, &delivery);
}

uint64_t outbox_next(struct ledger *ledger, uint64_t id, enum delivery_stage stage,
                     struct record_delivery *delivery)
{
    struct key prefix;
    struct key from;
    struct key found;
    struct slice value;
    key_clear(&prefix);
    key_u8(&prefix, (uint8_t)(STAGE_COUNT - stage));
    stage_key(&from, (uint8_t)stage, id);
    if (!state_seek(ledger, TABLE_unfinished, key_slice(&prefix), key_slice(&from), true, &found,
                    &value))
        return 0;
    struct slice rest = slice_of(found.data + prefix.len, found.len - prefix.len);
    if (key_take_u64(&rest, &id) && delivery_load(ledger, id, delivery) && delivery->stage == stage)
        return id;
    state_fail(ledger, ERROR_CORRUPT);
    return 0;
}

bool outbox_is(struct ledger *ledger, enum delivery_stage stage, uint64_t id)
{
    struct key key;
    struct slice value;
    const struct open_delivery *at_hand = &ledger->delivery;
    if (at_hand->loaded && at_hand->id == id)
        return at_hand->known && at_hand->record.stage == stage;
    stage_key(&key, (uint8_t)stage, id);
    return state_get_bytes(ledger, TABLE_unfinished, &key, &value);
}

void outbox_cancel(struct ledger *ledger, uint64_t id, const char *note)
{
    struct record_delivery delivery;
    if (id == 0 || !delivery_load(ledger, id, &delivery) || delivery.stage == STAGE_DONE)
        return;
    (void)slice_copy(slice_from(note), delivery.error, sizeof delivery.error);
    outbox_move(ledger, id, &delivery, STAGE_DONE);
}

void outbox_forget(struct ledger *ledger, uint64_t id)
{
    struct record_delivery delivery;
    if (!delivery_load(ledger, id, &delivery) || delivery.stage != STAGE_DONE)
        return;
    delivery_remove(ledger, id);
    --*count_of(ledger, STAGE_DONE);
}

void delivery_lane(const struct record_delivery *delivery, char *out, size_t size)
{
    struct slice name = slice_from(delivery->lane);
    struct lane_name lane;
    if (name.len == 0) {
        lane = lane_of_bot(slice_from(delivery->bot));
        name = slice_from(lane.text);
    }
    bool fits = slice_copy(name, out, size);
    ASSERT(fits);
}

unsigned outbox_priority(const struct record_delivery *delivery)
{
    if (delivery->greeting != 0)
        return DELIVERY_GREETING_PRIORITY;
    if (delivery->notice_class != NOTICE_of_a_broadcast)
        return notice_class_priority(delivery->notice_class);
    return delivery_priority((enum delivery_kind)delivery->kind);
}

bool delivery_open(const struct record_delivery *delivery)
{
    return delivery->stage != STAGE_DONE && delivery->stage != STAGE_DEAD;
}

static uint64_t *count_of(struct ledger *ledger, uint8_t stage)
{
    uint64_t *counts[STAGE_COUNT] = {
        [STAGE_PENDING] = &ledger->meta.pending, [STAGE_STARTED] = &ledger->meta.started,
        [STAGE_DONE] = &ledger->meta.done,       [STAGE_DEAD] = &ledger->meta.dead,
        [STAGE_HELD] = &ledger->meta.held,       [STAGE_WAITING] = &ledger->meta.waiting,
    };
    ASSERT(stage < STAGE_COUNT);
    return counts[stage];
}

void outbox_turned(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery)
{
    ASSERT(delivery->stage == STAGE_PENDING);
    delivery_store(ledger, id, delivery);
    unfinished(ledger, id, delivery);
    outbox_tell(ledger, id, delivery, ledger->effects);
}

void outbox_pending(struct ledger *ledger, uint64_t *after, size_t max, struct effects *effects)
{
    struct key prefix;
    struct key from;
    struct key found;
    struct slice place;
    key_clear(&prefix);
    key_u8(&prefix, (uint8_t)(STAGE_COUNT - STAGE_PENDING));
    stage_key(&from, STAGE_PENDING, *after);
    for (; max > 0 && state_seek(ledger, TABLE_unfinished, key_slice(&prefix), key_slice(&from),
                                 true, &found, &place);
         max--) {
        struct slice rest = slice_of(found.data + prefix.len, found.len - prefix.len);
        struct effect *effect =
            key_take_u64(&rest, after) ? effect_new(ledger, *after, effects) : NULL;
        if (effect == NULL || !take_place(place, effect)) {
            state_fail(ledger, ERROR_CORRUPT);
            return;
        }
        memcpy(from.data, found.data, found.len);
    }
    if (max > 0)
        *after = 0;
}

void outbox_tell(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                 struct effects *effects)
{
    struct effect *effect = effect_new(ledger, id, effects);
    if (effect == NULL)
        return;
    effect->ready = delivery->stage == STAGE_PENDING;
    effect->kind = (enum delivery_kind)delivery->kind;
    effect->priority = outbox_priority(delivery);
    delivery_lane(delivery, effect->lane, sizeof effect->lane);
    effect->turn_ms = delivery->turn_ms;
    effect->not_before_ms = delivery->not_before_ms;
}

void outbox_ended(struct ledger *ledger, uint64_t id)
{
    struct effect *effect = effect_new(ledger, id, ledger->effects);
    if (effect != NULL)
        effect->ended = true;
}

/* Zeroed but for the id; NULL when out of memory. */
static struct effect *effect_new(struct ledger *ledger, uint64_t id, struct effects *effects)
{
    if (effects->count == effects->cap) {
        size_t cap = effects->cap == 0 ? 64 : effects->cap * 2;
        struct effect *grown = realloc(effects->items, cap * sizeof *grown);
        if (grown == NULL) {
            state_fail(ledger, ERROR_MEMORY);
            return NULL;
        }
        effects->items = grown;
        effects->cap = cap;
    }
    struct effect *effect = &effects->items[effects->count++];
    memset(effect, 0, sizeof *effect);
    effect->delivery = id;
    return effect;
}

/* Strangers, such as those who knock without having paid, have no member record and no index. */
static void index_member(struct ledger *ledger, int64_t telegram_id, uint64_t id)
{
    struct record_member member;
    if (!member_load(ledger, telegram_id, &member))
        return;
    person_delivery_add(ledger, telegram_id, id);
    if (person_delivery_count(ledger, telegram_id) > OUTBOX_KEPT_PER_MEMBER)
        forget_oldest(ledger, telegram_id);
}

static void forget_oldest(struct ledger *ledger, int64_t telegram_id)
{
    size_t count = person_delivery_count(ledger, telegram_id);
    for (size_t n = 0; n < count; n++) {
        uint64_t id = person_delivery_at(ledger, telegram_id, n);
        struct record_delivery delivery;
        if (delivery_load(ledger, id, &delivery) && delivery.stage != STAGE_DONE)
            continue;
        person_delivery_remove(ledger, telegram_id, n);
        if (ledger->delivery.known) {
            delivery_remove(ledger, id);
            --*count_of(ledger, STAGE_DONE);
        }
        return;
    }
}

/* In delivery->stage; of one that is pending with its place among them. */
static void unfinished(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery)
{
    struct key key;
    struct key place;
    stage_key(&key, delivery->stage, id);
    key_clear(&place);
    if (delivery->stage == STAGE_PENDING) {
        place_of(&place, delivery);
        state_append_bytes(ledger, TABLE_unfinished, &key, key_slice(&place));
    } else {
        state_put_bytes(ledger, TABLE_unfinished, &key, key_slice(&place));
    }
}

static void finished(struct ledger *ledger, uint8_t stage, uint64_t id)
{
    struct key key;
    stage_key(&key, stage, id);
    state_delete(ledger, TABLE_unfinished, &key);
}

/* What the dispatcher must know of a pending delivery: as much as it needs to pass over nearly all
 * of them when very many wait, without reading one. */
static void place_of(struct key *place, const struct record_delivery *delivery)
{
    char lane[LANE_NAME_MAX + 1];
    delivery_lane(delivery, lane, sizeof lane);
    key_u8(place, delivery->kind);
    key_u8(place, (uint8_t)outbox_priority(delivery));
    key_u64(place, delivery->turn_ms);
    key_u64(place, delivery->not_before_ms);
    key_text(place, slice_from(lane));
}

static bool take_place(struct slice place, struct effect *effect)
{
    uint8_t kind;
    uint8_t priority;
    struct slice lane;
    if (!key_take_u8(&place, &kind) || !key_take_u8(&place, &priority) ||
        !key_take_u64(&place, &effect->turn_ms) || !key_take_u64(&place, &effect->not_before_ms) ||
        !key_take_text(&place, &lane) || delivery_name((enum delivery_kind)kind) == NULL)
        return false;
    effect->ready = true;
    effect->kind = (enum delivery_kind)kind;
    effect->priority = priority;
    return slice_copy(lane, effect->lane, sizeof effect->lane);
}

/* Stages are counted down, so that a new delivery that is pending is the table's last. */
static void stage_key(struct key *key, uint8_t stage, uint64_t id)
{
    key_clear(key);
    key_u8(key, (uint8_t)(STAGE_COUNT - stage));
    key_u64(key, id);
}
