#include "ledger/outbox.h"

#include "base/assert.h"
#include "ledger/access.h"
#include "ledger/delivery.h"
#include "ledger/person.h"
#include "ledger/reminder.h"
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
static void forget_stranger(struct ledger *ledger, uint64_t id, int64_t telegram_id);
static void forget_done(struct ledger *ledger, uint64_t id);
static void id_key(struct key *key, uint64_t id);
static uint64_t letter_begin(struct ledger *ledger, const struct record_delivery *like);
static bool letter_open(struct ledger *ledger, uint64_t id, struct record_delivery *letter);
static void letter_closed(struct ledger *ledger, uint64_t id, int64_t telegram_id);
static bool are_greetings(struct slice parts);

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
    struct key key;
    id_key(&key, id);
    state_append_bytes(ledger, TABLE_unfinished, &key, SLICE(""));
    if (delivery->telegram_id != 0 && expiry_ms == 0)
        index_member(ledger, delivery->telegram_id, id);
    if (delivery->stage == STAGE_PENDING)
        outbox_tell(ledger, id, delivery, ledger->effects);
    return id;
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
    if (stage == STAGE_DONE) {
        struct key key;
        id_key(&key, id);
        state_delete(ledger, TABLE_unfinished, &key);
    }
    if (stage == STAGE_PENDING && delivery->stage != STAGE_PENDING)
        delivery->since_ms = ledger->at_ms;
    delivery->stage = (uint8_t)stage;
    if (stage == STAGE_DONE || stage == STAGE_DEAD)
        delivery->finished_ms = ledger->at_ms;
    delivery_store(ledger, id, delivery);
    if (delivery->kind == DELIVERY_letter && (stage == STAGE_DONE || stage == STAGE_DEAD))
        letter_closed(ledger, id, delivery->telegram_id);
    if (delivery->kind == DELIVERY_letter && stage == STAGE_DONE)
        delivery_parts_drop(ledger, id);
    outbox_tell(ledger, id, delivery, ledger->effects);
    if (delivery->kind == DELIVERY_decline && stage == STAGE_DONE)
        forget_stranger(ledger, id, delivery->telegram_id);
    else if (stage == STAGE_DONE && delivery_expiry_ms((enum delivery_kind)delivery->kind) != 0)
        forget_done(ledger, id); /* a word of the moment */
}

void outbox_again(struct ledger *ledger, uint64_t id, struct record_delivery *delivery)
{
    delivery->not_before_ms = 0;
    delivery->finished_ms = 0;
    delivery->error[0] = 0;
    outbox_move(ledger, id, delivery, STAGE_PENDING);
}

uint64_t outbox_next(struct ledger *ledger, uint64_t id, enum delivery_stage stage,
                     struct record_delivery *delivery)
{
    struct key from;
    struct key found;
    struct slice value;
    id_key(&from, id);
    while (
        state_seek(ledger, TABLE_unfinished, SLICE(""), key_slice(&from), true, &found, &value)) {
        struct slice rest = key_slice(&found);
        if (!key_take_u64(&rest, &id) || !delivery_load(ledger, id, delivery)) {
            state_fail(ledger, ERROR_CORRUPT);
            return 0;
        }
        if (delivery->stage == stage)
            return id;
        from = found;
    }
    return 0;
}

void outbox_cancel(struct ledger *ledger, uint64_t id, const char *note)
{
    struct record_delivery delivery;
    if (id == 0 || !delivery_load(ledger, id, &delivery) || delivery.stage == STAGE_DONE)
        return;
    (void)slice_copy(slice_from(note), delivery.error, sizeof delivery.error);
    outbox_move(ledger, id, &delivery, STAGE_DONE);
}

void outbox_choose_bot(struct ledger *ledger, int64_t telegram_id,
                       const struct record_member *member, char *bot, size_t size)
{
    struct slice chosen = {0};
    if (member->bot[0] != 0 && catalog_bot_known(ledger->catalog, slice_from(member->bot)))
        chosen = slice_from(member->bot);
    char plan_name[CATALOG_NAME_MAX + 1] = "";
    struct record_entitlement entitlement;
    while (chosen.data == NULL && entitlement_next(ledger, telegram_id, plan_name, &entitlement)) {
        const struct catalog_plan *plan = catalog_plan_find(ledger->catalog, slice_from(plan_name));
        if (plan != NULL && plan->group_count > 0)
            chosen = slice_from(ledger->catalog->groups[plan->groups[0]].bot);
    }
    if (chosen.data == NULL && ledger->catalog->bot_count > 0)
        chosen = slice_from(ledger->catalog->bots[0]);
    if (chosen.data == NULL || !slice_copy(chosen, bot, size))
        bot[0] = 0;
}

void delivery_lane(const struct record_delivery *delivery, char *out, size_t size)
{
    struct lane_name lane = lane_of_bot(slice_from(delivery->bot));
    const char *name = delivery->lane[0] != 0 ? delivery->lane : lane.text;
    bool fits = slice_copy(slice_from(name), out, size);
    ASSERT(fits);
}

bool delivery_open(const struct record_delivery *delivery)
{
    return delivery->stage != STAGE_DONE && delivery->stage != STAGE_DEAD;
}

void letter_add(struct ledger *ledger, int64_t telegram_id, const struct message *parts,
                size_t count, uint64_t turn_ms)
{
    struct record_member member;
    struct record_delivery letter;
    struct buf bytes;
    struct buf part;
    buf_init(&bytes, DELIVERY_PARTS_BYTES_MAX);
    buf_init(&part, DELIVERY_PART_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_clear(&part);
        wire_encode(&part, &parts[i]);
        part_frame(&bytes, buf_slice(&part));
    }
    if (bytes.failed || part.failed)
        state_fail(ledger, ERROR_MEMORY);
    member_load_or_new(ledger, telegram_id, &member);
    uint64_t id = member.letter;
    bool open = letter_open(ledger, id, &letter);
    bool greeting = are_greetings(buf_slice(&bytes));
    bool takes = open && letter.parts_count + count <= OUTBOX_LETTER_PARTS_MAX &&
                 delivery_parts_add(ledger, id, buf_slice(&bytes));
    if (!takes) {
        member_store(ledger, telegram_id, &member);
        if (open && letter.stage == STAGE_WAITING) /* a second one would wait for ever */
            outbox_cancel(ledger, id, "full: the next letter says what is true then");
        letter = (struct record_delivery){
            .telegram_id = telegram_id, .turn_ms = turn_ms, .greeting = greeting};
        id = letter_begin(ledger, &letter);
        takes =
            delivery_load(ledger, id, &letter) && delivery_parts_add(ledger, id, buf_slice(&bytes));
        ASSERT(takes || ledger->error != ERROR_NONE);
        member.letter = id;
        member_store(ledger, telegram_id, &member);
    }
    buf_deinit(&bytes);
    buf_deinit(&part);
    /* Neither its lease nor its place changes: the outcome says how many parts went out. */
    letter.parts_count += (uint32_t)count;
    bool rises = letter.greeting != 0 && !greeting;
    if (rises) {
        letter.greeting = 0;
        letter.turn_ms = turn_ms;
    }
    delivery_store(ledger, id, &letter);
    if (rises && letter.stage == STAGE_PENDING)
        outbox_tell(ledger, id, &letter, ledger->effects);
    letter_settle(ledger, telegram_id);
}

void letter_settle(struct ledger *ledger, int64_t telegram_id)
{
    struct record_member member;
    struct record_delivery delivery;
    if (!member_load(ledger, telegram_id, &member) || member.letter == 0 ||
        !delivery_load(ledger, member.letter, &delivery))
        return;
    bool ready = access_links_ready(ledger, telegram_id) && !member.unreachable;
    if (ready && delivery.stage == STAGE_WAITING) {
        /* Meanwhile they may have spoken to another bot, and that one can reach them. */
        outbox_choose_bot(ledger, telegram_id, &member, delivery.bot, sizeof delivery.bot);
        outbox_move(ledger, member.letter, &delivery, STAGE_PENDING);
    } else if (!ready && delivery.stage == STAGE_PENDING) {
        outbox_move(ledger, member.letter, &delivery, STAGE_WAITING);
    }
}

void letter_sent(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                 uint32_t sent)
{
    struct slice parts = delivery_parts(ledger, id);
    struct slice part;
    for (uint32_t n = 0; n < sent && part_next(&parts, &part); n++)
        continue;
    struct record_delivery rest = *delivery;
    rest.parts_count = sent < delivery->parts_count ? delivery->parts_count - sent : 0;
    struct buf left;
    buf_init(&left, DELIVERY_PARTS_BYTES_MAX);
    buf_append_slice(&left, parts);
    if (left.failed)
        state_fail(ledger, ERROR_MEMORY);
    outbox_move(ledger, id, delivery, STAGE_DONE);
    if (rest.parts_count > 0) {
        rest.greeting = are_greetings(buf_slice(&left));
        uint64_t next = letter_begin(ledger, &rest);
        (void)delivery_parts_add(ledger, next, buf_slice(&left)); /* what fitted there fits here */
        struct record_member member;
        if (member_load(ledger, delivery->telegram_id, &member)) {
            member.letter = next;
            member_store(ledger, delivery->telegram_id, &member);
        }
        letter_settle(ledger, delivery->telegram_id);
    }
    buf_deinit(&left);
}

void letter_join(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                 uint64_t other)
{
    struct record_delivery letter;
    struct buf parts;
    buf_init(&parts, DELIVERY_PARTS_BYTES_MAX);
    buf_append_slice(&parts, delivery_parts(ledger, id));
    if (parts.failed)
        state_fail(ledger, ERROR_MEMORY);
    /* When there is no room, the other says what is true now all the same, without old receipts. */
    if (delivery_load(ledger, other, &letter) &&
        delivery_parts_add(ledger, other, buf_slice(&parts))) {
        letter.parts_count += delivery->parts_count;
        letter.greeting = letter.greeting != 0 && delivery->greeting != 0;
        delivery_store(ledger, other, &letter);
    }
    buf_deinit(&parts);
    outbox_move(ledger, id, delivery, STAGE_DONE);
    letter_settle(ledger, delivery->telegram_id);
}

/* Begins a letter in the waiting state, without its parts; letter_settle lets it go. */
static uint64_t letter_begin(struct ledger *ledger, const struct record_delivery *like)
{
    struct record_member member;
    member_load_or_new(ledger, like->telegram_id, &member);
    struct record_delivery delivery = {.kind = DELIVERY_letter,
                                       .stage = STAGE_WAITING,
                                       .telegram_id = like->telegram_id,
                                       .turn_ms = like->turn_ms,
                                       .parts_count = like->parts_count,
                                       .greeting = like->greeting};
    outbox_choose_bot(ledger, like->telegram_id, &member, delivery.bot, sizeof delivery.bot);
    return outbox_add(ledger, &delivery);
}

/* Whether this letter still takes parts. */
static bool letter_open(struct ledger *ledger, uint64_t id, struct record_delivery *letter)
{
    return id != 0 && delivery_load(ledger, id, letter) &&
           (letter->stage == STAGE_PENDING || letter->stage == STAGE_WAITING);
}

/* Whoever writes to the bot is greeted, and that can wait for what somebody paid for. */
static bool are_greetings(struct slice parts)
{
    struct slice bytes;
    struct message part;
    while (part_next(&parts, &bytes)) {
        if (wire_decode_one(bytes, &part, NULL) != ERROR_NONE || part.kind != MESSAGE_part_greeting)
            return false;
    }
    return true;
}

static void letter_closed(struct ledger *ledger, uint64_t id, int64_t telegram_id)
{
    struct record_member member;
    if (member_load(ledger, telegram_id, &member) && member.letter == id) {
        member.letter = 0;
        member_store(ledger, telegram_id, &member);
    }
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

void outbox_tell(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery,
                 struct effects *effects)
{
    struct effect *effect = effect_new(ledger, id, effects);
    if (effect == NULL)
        return;
    effect->ready = delivery->stage == STAGE_PENDING;
    effect->kind = (enum delivery_kind)delivery->kind;
    delivery_lane(delivery, effect->lane, sizeof effect->lane);
    effect->priority = outbox_priority(delivery);
    effect->turn_ms = delivery->turn_ms;
    effect->not_before_ms = delivery->not_before_ms;
}

unsigned outbox_priority(const struct record_delivery *delivery)
{
    if (delivery->greeting != 0)
        return DELIVERY_GREETING_PRIORITY;
    if (delivery->notice_class != NOTICE_of_a_broadcast)
        return notice_class_priority(delivery->notice_class);
    return delivery_priority((enum delivery_kind)delivery->kind);
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
    person_list_add(ledger, telegram_id, PERSON_DELIVERIES, id);
    if (person_list_count(ledger, telegram_id, PERSON_DELIVERIES) > OUTBOX_KEPT_PER_MEMBER)
        forget_oldest(ledger, telegram_id);
}

static void forget_oldest(struct ledger *ledger, int64_t telegram_id)
{
    size_t count = person_list_count(ledger, telegram_id, PERSON_DELIVERIES);
    for (size_t n = 0; n < count; n++) {
        uint64_t id = person_list_at(ledger, telegram_id, PERSON_DELIVERIES, n);
        struct record_delivery delivery;
        if (delivery_load(ledger, id, &delivery) && delivery.stage != STAGE_DONE)
            continue;
        person_list_remove(ledger, telegram_id, PERSON_DELIVERIES, n);
        if (ledger->delivery.known) {
            delivery_remove(ledger, id);
            --*count_of(ledger, STAGE_DONE);
        }
        return;
    }
}

/* Nobody may fill the disk by knocking: what was done for one who is no member is not kept. */
static void forget_stranger(struct ledger *ledger, uint64_t id, int64_t telegram_id)
{
    struct record_member member;
    if (member_load(ledger, telegram_id, &member))
        return;
    forget_done(ledger, id);
}

static void forget_done(struct ledger *ledger, uint64_t id)
{
    delivery_remove(ledger, id);
    --*count_of(ledger, STAGE_DONE);
}

static void id_key(struct key *key, uint64_t id)
{
    key_clear(key);
    key_u64(key, id);
}
