#include "modules/group/link.h"

#include "base/assert.h"
#include "ledger/delivery.h"
#include "ledger/group.h"
#include "ledger/outbox.h"
#include "ledger/person.h"

enum {
    MARGIN_MS = 10 * 60000,         /* one about to expire is not handed out */
    KEPT_MS = 2 * 24 * 3600 * 1000, /* Telegram keeps an update that is not fetched for a day */
    FORGOTTEN_MAX = 200,            /* in one command */
    REPLACED_MAX = 3,               /* a day, of links that guests came in by */
    DAY_MS = 24 * 3600 * 1000
};
/* The longest that a configuration may ask for. */
#define TTL_MS_MAX (UINT64_C(366) * 24 * 3600 * 1000)

static bool group_link_ready(struct ledger *ledger, const struct catalog_group *group,
                             int64_t telegram_id);
static void owe(struct ledger *ledger, const char *group, int64_t telegram_id);
static uint64_t ttl_of(struct ledger *ledger, const struct catalog_group *group);
static void learn(struct ledger *ledger, const char *group, int64_t owner, const char *link,
                  uint64_t expires_ms);
static void revoke(struct ledger *ledger, const struct catalog_group *group, const char *link);
static void keep_until(struct ledger *ledger, const char *link, struct record_link *record,
                       uint64_t forget_ms);
static bool first_end(struct ledger *ledger, uint64_t *forget_ms, struct key *found);
static void key_link(struct key *key, const char *link);
static void key_end(struct key *key, uint64_t forget_ms, const char *link);
static void key_owed(struct key *key, const char *group, int64_t telegram_id);

bool link_usable(const struct ledger *ledger, const struct record_place *place)
{
    return place->link[0] != 0 && place->link_expires_ms > ledger->at_ms + MARGIN_MS;
}

bool link_ready(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    struct record_delivery delivery;
    if (group->invite == INVITE_JOIN_REQUEST)
        return group_link_ready(ledger, group, telegram_id);
    place_load(ledger, group->name, telegram_id, &place);
    if (link_usable(ledger, &place) || link_misused_up(ledger, &place))
        return true;
    bool asked = place.link_delivery != 0 &&
                 delivery_load(ledger, place.link_delivery, &delivery) &&
                 delivery.stage != STAGE_DONE;
    if (!asked) {
        link_revoke(ledger, group, telegram_id);
        place_load(ledger, group->name, telegram_id, &place);
        place.link_delivery =
            outbox_add_group(ledger, DELIVERY_create_link, group, telegram_id, "", STAGE_PENDING);
        place_store(ledger, group->name, telegram_id, &place);
    }
    owe(ledger, group->name, telegram_id);
    return asked && delivery.stage == STAGE_DEAD;
}

void link_misused(const struct ledger *ledger, struct record_place *place)
{
    uint32_t day = (uint32_t)(ledger->at_ms / DAY_MS);
    place->misuses = place->misused_day == day && place->misuses < UINT8_MAX
                         ? (uint8_t)(place->misuses + 1)
                     : place->misused_day == day ? place->misuses
                                                 : 1;
    place->misused_day = day;
}

bool link_misused_up(const struct ledger *ledger, const struct record_place *place)
{
    return place->misuses > REPLACED_MAX && place->misused_day == ledger->at_ms / DAY_MS;
}

void link_ask(struct ledger *ledger, const struct catalog_group *group)
{
    struct record_group record;
    group_load(ledger, group, &record);
    if (group->invite != INVITE_JOIN_REQUEST || record.link[0] != 0 || record.link_delivery != 0)
        return;
    record.link_delivery =
        outbox_add_group(ledger, DELIVERY_create_link, group, 0, "", STAGE_PENDING);
    group_store(ledger, group, &record);
}

void link_made(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id,
               const char *link)
{
    struct record_place place;
    learn(ledger, group->name, telegram_id, link, ledger->at_ms + ttl_of(ledger, group));
    place_load(ledger, group->name, telegram_id, &place);
    bool fits = slice_copy(slice_from(link), place.link, sizeof place.link);
    ASSERT(fits);
    place.link_expires_ms = ledger->at_ms + group->link_ttl_ms;
    place.link_delivery = 0;
    place_store(ledger, group->name, telegram_id, &place);
    owed_done(ledger, group->name, telegram_id);
}

void link_unwanted(struct ledger *ledger, const struct catalog_group *group, const char *name,
                   int64_t telegram_id, const char *link)
{
    uint64_t ttl_ms = group != NULL ? ttl_of(ledger, group) : TTL_MS_MAX;
    struct record_link record;
    if (link_known(ledger, slice_from(link), &record))
        return; /* told twice */
    learn(ledger, name, telegram_id, link, ledger->at_ms + ttl_ms);
    if (group != NULL)
        revoke(ledger, group, link);
}

bool link_known(struct ledger *ledger, struct slice link, struct record_link *out)
{
    struct key key;
    if (link.len == 0)
        return false;
    key_clear(&key);
    key_text(&key, link);
    return state_get(ledger, TABLE_links, &key, shape_record_link(), out);
}

/* It is revoked, and so is the one that its owner, who is inside now, needs no more. */
void link_used(struct ledger *ledger, const struct catalog_group *group, struct slice link,
               const struct record_link *record)
{
    struct record_place place;
    char text[sizeof place.link];
    bool fits = slice_copy(link, text, sizeof text);
    ASSERT(fits); /* a known link came from one */
    place_load(ledger, group->name, record->owner, &place);
    if (strcmp(text, place.link) == 0)
        link_revoke(ledger, group, record->owner);
    else
        revoke(ledger, group, text);
}

void link_revoke(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    if (place.link[0] == 0)
        return;
    revoke(ledger, group, place.link);
    place.link[0] = 0;
    place.link_expires_ms = 0;
    place_store(ledger, group->name, telegram_id, &place);
}

void link_withdraw(struct ledger *ledger, const struct catalog_group *group, int64_t telegram_id)
{
    struct record_place place;
    place_load(ledger, group->name, telegram_id, &place);
    if (place.link_delivery != 0) {
        outbox_cancel(ledger, place.link_delivery, "the membership ended");
        place.link_delivery = 0;
        place_store(ledger, group->name, telegram_id, &place);
    }
    owed_done(ledger, group->name, telegram_id);
    link_revoke(ledger, group, telegram_id);
}

void link_dead(struct ledger *ledger, const char *link)
{
    struct record_link record;
    if (!link_known(ledger, slice_from(link), &record) || record.dead)
        return;
    uint64_t forget_ms = ledger->at_ms + KEPT_MS;
    record.dead = 1;
    keep_until(ledger, link, &record, forget_ms < record.forget_ms ? forget_ms : record.forget_ms);
}

unsigned link_due(struct ledger *ledger, int64_t id, const char *subject)
{
    struct key found;
    uint64_t forget_ms;
    unsigned count = 0;
    (void)id;
    (void)subject;
    for (; first_end(ledger, &forget_ms, &found); count++) {
        if (forget_ms > ledger->at_ms || count == FORGOTTEN_MAX) {
            timer_set(ledger, forget_ms > ledger->at_ms ? forget_ms : TIMER_AT_ONCE_MS, TIMER_LINKS,
                      0, "");
            break;
        }
        state_delete(ledger, TABLE_link_ends, &found);
        found.len -= sizeof forget_ms;
        memmove(found.data, found.data + sizeof forget_ms, found.len);
        state_delete(ledger, TABLE_links, &found);
    }
    return 2 * count;
}

bool owed_next(struct ledger *ledger, const char *group, int64_t *telegram_id)
{
    struct key prefix;
    struct key from;
    struct key found;
    struct slice value;
    key_clear(&prefix);
    key_text(&prefix, slice_from(group));
    key_owed(&from, group, *telegram_id);
    if (!state_seek(ledger, TABLE_owed, key_slice(&prefix), key_slice(&from), true, &found, &value))
        return false;
    struct slice rest = slice_of(found.data + prefix.len, found.len - prefix.len);
    if (key_take_i64(&rest, telegram_id))
        return true;
    state_fail(ledger, ERROR_CORRUPT);
    return false;
}

void owed_done(struct ledger *ledger, const char *group, int64_t telegram_id)
{
    struct key key;
    key_owed(&key, group, telegram_id);
    state_delete(ledger, TABLE_owed, &key);
}

static bool group_link_ready(struct ledger *ledger, const struct catalog_group *group,
                             int64_t telegram_id)
{
    struct record_group record;
    struct record_delivery delivery;
    link_ask(ledger, group);
    group_load(ledger, group, &record);
    if (record.link[0] != 0)
        return true;
    owe(ledger, group->name, telegram_id);
    return delivery_load(ledger, record.link_delivery, &delivery) && delivery.stage == STAGE_DEAD;
}

static void owe(struct ledger *ledger, const char *group, int64_t telegram_id)
{
    struct key key;
    key_owed(&key, group, telegram_id);
    state_put_bytes(ledger, TABLE_owed, &key, SLICE(""));
}

/* A call may have left before the configuration said another time: the longest of all counts. */
static uint64_t ttl_of(struct ledger *ledger, const struct catalog_group *group)
{
    struct record_group record;
    group_load(ledger, group, &record);
    return record.link_ttl_ms > group->link_ttl_ms ? record.link_ttl_ms : group->link_ttl_ms;
}

static void learn(struct ledger *ledger, const char *group, int64_t owner, const char *link,
                  uint64_t expires_ms)
{
    struct record_link record = {
        .owner = owner, .made_ms = ledger->at_ms, .expires_ms = expires_ms};
    bool fits = slice_copy(slice_from(group), record.group, sizeof record.group);
    ASSERT(fits);
    keep_until(ledger, link, &record, expires_ms + KEPT_MS);
}

/* Once, unless that came to nothing. */
static void revoke(struct ledger *ledger, const struct catalog_group *group, const char *link)
{
    struct record_link record;
    struct record_delivery before;
    if (!link_known(ledger, slice_from(link), &record) || record.dead ||
        record.expires_ms <= ledger->at_ms)
        return;
    bool asked = record.revoke != 0 && delivery_load(ledger, record.revoke, &before) &&
                 before.stage != STAGE_DONE;
    if (asked)
        return;
    struct key key;
    record.revoke =
        outbox_add_group(ledger, DELIVERY_revoke_link, group, record.owner, link, STAGE_PENDING);
    key_link(&key, link);
    state_put(ledger, TABLE_links, &key, shape_record_link(), &record);
}

/* Stores the record. There is a timer for the end that comes first, and maybe one that is early. */
static void keep_until(struct ledger *ledger, const char *link, struct record_link *record,
                       uint64_t forget_ms)
{
    struct key key;
    struct key found;
    uint64_t first_ms;
    if (record->forget_ms != 0) {
        key_end(&key, record->forget_ms, link);
        state_delete(ledger, TABLE_link_ends, &key);
    }
    record->forget_ms = forget_ms;
    if (!first_end(ledger, &first_ms, &found) || forget_ms < first_ms)
        timer_set(ledger, forget_ms, TIMER_LINKS, 0, "");
    key_end(&key, forget_ms, link);
    state_put_bytes(ledger, TABLE_link_ends, &key, SLICE(""));
    key_link(&key, link);
    state_put(ledger, TABLE_links, &key, shape_record_link(), record);
}

static bool first_end(struct ledger *ledger, uint64_t *forget_ms, struct key *found)
{
    struct key from;
    struct slice value;
    key_clear(&from);
    key_u64(&from, 0);
    if (!state_seek(ledger, TABLE_link_ends, SLICE(""), key_slice(&from), false, found, &value))
        return false;
    struct slice rest = key_slice(found);
    if (key_take_u64(&rest, forget_ms))
        return true;
    state_fail(ledger, ERROR_CORRUPT);
    return false;
}

static void key_link(struct key *key, const char *link)
{
    key_clear(key);
    key_text(key, slice_from(link));
}

static void key_end(struct key *key, uint64_t forget_ms, const char *link)
{
    key_clear(key);
    key_u64(key, forget_ms);
    key_text(key, slice_from(link));
}

static void key_owed(struct key *key, const char *group, int64_t telegram_id)
{
    key_clear(key);
    key_text(key, slice_from(group));
    key_i64(key, telegram_id);
}
