/* News and records for those who read them (ledger.h): each record with its value of now. */
#include "ledger/batch.h"
#include "ledger/delivery.h"
#include "ledger/ledger.h"
#include "ledger/news.h"
#include "ledger/person.h"

/* What a reader asked for, and how far its answer is. */
struct serving {
    uint64_t after;
    bool facts;
    size_t bytes_max;
    size_t skipped; /* bytes of what was left out */
    struct buf *items;
    uint64_t *upto;
};

static enum error tell(struct ledger *ledger, struct serving *serving);
static bool serve_chunk(struct ledger *ledger, struct slice *entries, struct serving *serving);
static bool serve(struct ledger *ledger, const struct news_entry *entry, struct buf *items);
static void serve_person(struct ledger *ledger, const struct news_entry *entry, int64_t telegram_id,
                         struct buf *items);
static void item_put(struct ledger *ledger, const struct message_news_item *item,
                     struct buf *items);
static bool locate(struct slice key, const struct shape *shape, enum table *table,
                   struct message_news_item *item, struct key *full);

enum error ledger_news(struct ledger *ledger, uint64_t after, size_t bytes_max, struct buf *items,
                       uint64_t *upto)
{
    struct serving serving = {.after = after, .bytes_max = bytes_max, .items = items, .upto = upto};
    return tell(ledger, &serving);
}

enum error ledger_news_facts(struct ledger *ledger, uint64_t after, size_t bytes_max,
                             struct buf *items, uint64_t *upto)
{
    struct serving serving = {
        .after = after, .facts = true, .bytes_max = bytes_max, .items = items, .upto = upto};
    return tell(ledger, &serving);
}

static enum error tell(struct ledger *ledger, struct serving *serving)
{
    struct key from;
    struct key found;
    struct slice value;
    enum error error = batch_begin(ledger, false);
    *serving->upto = serving->after;
    if (error != ERROR_NONE)
        return error;
    if (serving->after < news_least_read(ledger)) {
        (void)batch_end(ledger);
        return ERROR_NOT_FOUND;
    }
    /* What the open batch has told is not there yet, and what it has changed is: that is told with
     * it, once more. */
    key_clear(&from);
    key_u64(&from, serving->after);
    key_u64(&from, UINT64_MAX);
    bool more = false;
    while (!more &&
           state_seek(ledger, TABLE_news, SLICE(""), key_slice(&from), true, &found, &value)) {
        struct buf chunk;
        buf_init(&chunk, STORE_VALUE_MAX); /* serving reads, and what is at hand may be written */
        buf_append_slice(&chunk, value);
        struct slice entries = buf_slice(&chunk);
        more = serve_chunk(ledger, &entries, serving);
        if (!more && (entries.len > 0 || chunk.failed || serving->items->failed))
            state_fail(ledger,
                       serving->items->failed || chunk.failed ? ERROR_MEMORY : ERROR_CORRUPT);
        buf_deinit(&chunk);
        from = found;
    }
    if (!more && *serving->upto < ledger->committed.applied)
        *serving->upto = ledger->committed.applied; /* what the rest told is all there: nothing */
    return batch_end(ledger);
}

enum error ledger_news_since(struct ledger *ledger, uint64_t *since)
{
    enum error error = batch_begin(ledger, false);
    *since = UINT64_MAX;
    if (error != ERROR_NONE)
        return error;
    if (ledger->catalog->reader_count > 0)
        *since = news_least_read(ledger);
    return batch_end(ledger);
}

enum error ledger_news_read(struct ledger *ledger, struct slice reader, uint64_t *upto)
{
    enum error error = batch_begin(ledger, false);
    *upto = UINT64_MAX;
    if (error != ERROR_NONE)
        return error;
    if (ledger->catalog->reader_count > 0 && !news_reader_at(ledger, reader, upto))
        *upto = UINT64_MAX;
    return batch_end(ledger);
}

/* Serves entries behind `after`, and moves *upto along. True when there is more than bytes_max: a
 * batch may be as large as a start's catching up, so it is cut, between two commands. */
static bool serve_chunk(struct ledger *ledger, struct slice *entries, struct serving *serving)
{
    struct slice rest = *entries;
    struct news_entry entry;
    while (ledger->error == ERROR_NONE && news_entry_next(&rest, &entry)) {
        if (entry.sequence > serving->after) {
            if (entry.sequence != *serving->upto && *serving->upto > serving->after &&
                serving->items->len + serving->skipped >= serving->bytes_max)
                return true;
            if (serving->facts && record_find(entry.id) != NULL)
                serving->skipped += entry.bytes.len;
            else if (!serve(ledger, &entry, serving->items))
                break;
            *serving->upto = entry.sequence;
        }
        *entries = rest;
    }
    return false;
}

enum error ledger_walk(struct ledger *ledger, struct buf *at, size_t bytes_max, struct buf *items)
{
    /* Each table, with the record that its values are; a place is the table's number here, then the
     * key of the last one seen. */
    static const struct {
        enum table table;
        shape_fn *shape;
    } tables[] = {
        {TABLE_people, shape_record_member},
        {TABLE_payments, shape_record_payment},
        {TABLE_orders, shape_record_order},
        {TABLE_groups, shape_record_group},
        {TABLE_deliveries, shape_record_delivery},
        {TABLE_broadcasts, shape_record_broadcast},
        {TABLE_records, NULL},
    };
    enum { TABLES = sizeof tables / sizeof *tables };
    size_t table = at->len == 0 ? 0 : (uint8_t)at->data[0];
    struct key from = {.len = 0};
    struct key found;
    struct slice value;
    enum error error = batch_begin(ledger, false);
    if (error != ERROR_NONE)
        return error;
    if (at->len > 1) {
        from.len = at->len - 1 < sizeof from.data ? at->len - 1 : sizeof from.data;
        memcpy(from.data, at->data + 1, from.len);
    }
    batch_flush(ledger);
    size_t served = 0;
    while (table < TABLES && (served == 0 || items->len < bytes_max) &&
           ledger->error == ERROR_NONE) {
        struct slice start = from.len > 0 ? key_slice(&from) : SLICE("\0");
        if (!state_seek(ledger, tables[table].table, SLICE(""), start, from.len > 0, &found,
                        &value)) {
            table++;
            from.len = 0;
            continue;
        }
        from = found;
        struct news_entry entry = {.sequence = ledger->meta.applied};
        struct slice key = key_slice(&found);
        if (tables[table].table == TABLE_records || (table == 0 && key.len > 8)) {
            size_t front = table == 0 ? 8 : 0;
            entry.id = (uint16_t)((uint8_t)key.data[front] << 8 | (uint8_t)key.data[front + 1]);
            entry.bytes = table == 0 ? key : slice_of(key.data + 2, key.len - 2);
            if (entry.id <= UINT8_MAX) /* a list of the frame's (person.c) */
                continue;
        } else {
            entry.id = tables[table].shape()->id;
            entry.bytes = key;
        }
        if (!serve(ledger, &entry, items))
            break;
        served++;
    }
    if (items->failed)
        state_fail(ledger, ERROR_MEMORY);
    buf_clear(at);
    if (table < TABLES) {
        buf_append_u8(at, (uint8_t)table);
        buf_append_slice(at, key_slice(&from));
    }
    return batch_end(ledger);
}

/* False when the store has failed, or the news are damaged. */
static bool serve(struct ledger *ledger, const struct news_entry *entry, struct buf *items)
{
    struct message_news_item item = {.sequence = entry->sequence,
                                     .n = entry->n,
                                     .at_ms = entry->at_ms,
                                     .id = entry->id,
                                     .key = entry->bytes};
    const struct shape *shape = record_find(entry->id);
    if (shape == NULL) {
        shape = shape_find(entry->id);
        if (shape == NULL) /* a module that is gone */
            return true;
        item.key = SLICE("");
        item.value = entry->bytes;
        item_put(ledger, &item, items);
        return ledger->error == ERROR_NONE;
    }
    enum table table;
    struct key full;
    struct slice value;
    if (!locate(entry->bytes, shape, &table, &item, &full)) {
        state_fail(ledger, ERROR_CORRUPT);
        return false;
    }
    if (shape == shape_record_member()) {
        serve_person(ledger, entry, item.telegram_id, items);
        return ledger->error == ERROR_NONE;
    }
    batch_flush(ledger);
    item.gone = !state_get_bytes(ledger, table, &full, &value);
    if (!item.gone && table == TABLE_deliveries) /* its parts are not told */
        item.gone = !delivery_record(value, &value);
    if (!item.gone)
        item.value = value;
    item_put(ledger, &item, items);
    return ledger->error == ERROR_NONE;
}

/* All of a person's core: the member, then each entitlement and place, as they are now. */
static void serve_person(struct ledger *ledger, const struct news_entry *entry, int64_t telegram_id,
                         struct buf *items)
{
    struct message_news_item item = {.sequence = entry->sequence,
                                     .n = entry->n,
                                     .at_ms = entry->at_ms,
                                     .id = shape_record_member()->id,
                                     .telegram_id = telegram_id,
                                     .key = entry->bytes,
                                     .gone = 1};
    const struct shape *shape;
    struct slice name;
    struct slice value;
    size_t at = 0;
    while (person_row_next(ledger, telegram_id, &at, &shape, &name, &value)) {
        item.id = shape->id;
        item.name = name;
        item.value = value;
        item.gone = 0;
        item_put(ledger, &item, items);
    }
    if (item.gone)
        item_put(ledger, &item, items);
}

static void item_put(struct ledger *ledger, const struct message_news_item *item, struct buf *items)
{
    const struct message message = {.kind = MESSAGE_news_item, .news_item = *item};
    if (!message_fits(&message, NULL)) {
        state_fail(ledger, ERROR_CORRUPT);
        return;
    }
    wire_encode(items, &message);
}

/* Where the record lies, and what its key says. */
static bool locate(struct slice key, const struct shape *shape, enum table *table,
                   struct message_news_item *item, struct key *full)
{
    struct slice rest = key;
    uint64_t down;
    key_clear(full);
    if (shape->id > UINT8_MAX) {
        bool aspect = shape->role == ROLE_ASPECT;
        *table = aspect ? TABLE_people : TABLE_records;
        if (!aspect) {
            key_u16(full, shape->id);
        } else {
            if (!key_take_i64(&rest, &item->telegram_id) || rest.len != 2 + 8)
                return false;
            rest = slice_of(rest.data + 2, 8);
            (void)key_take_u64(&rest, &item->number);
        }
    } else if (shape == shape_record_member()) {
        *table = TABLE_people;
        if (!key_take_i64(&rest, &item->telegram_id))
            return false;
    } else if (shape == shape_record_order() || shape == shape_record_group()) {
        *table = shape == shape_record_order() ? TABLE_orders : TABLE_groups;
        if (!key_take_text(&rest, &item->name))
            return false;
    } else if (shape == shape_record_broadcast()) {
        *table = TABLE_broadcasts;
        if (!key_take_u64(&rest, &down))
            return false;
        item->number = UINT64_MAX - down;
    } else {
        *table = shape == shape_record_payment() ? TABLE_payments : TABLE_deliveries;
        if (!key_take_u64(&rest, &item->number))
            return false;
    }
    if (key.len + full->len > KEY_BYTES_MAX)
        return false;
    memcpy(full->data + full->len, key.data, key.len);
    full->len += key.len;
    return true;
}
