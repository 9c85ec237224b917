#include "ledger/delivery.h"

#include "base/assert.h"
#include "ledger/news.h"

/* The value of TABLE_deliveries: length of the record (2 bytes, big-endian), the record, then the
 * parts, each behind its length (2 bytes). */
enum { LENGTH_BYTES = 2 };

static bool delivery_use(struct ledger *ledger, uint64_t id);
static bool delivery_read(struct open_delivery *open, struct slice value, enum error *error);
static bool take_sized(struct slice *rest, struct slice *out);
static void id_key(struct key *key, uint64_t id);

bool delivery_record(struct slice value, struct slice *record)
{
    return take_sized(&value, record);
}

bool delivery_load(struct ledger *ledger, uint64_t id, struct record_delivery *out)
{
    if (!delivery_use(ledger, id) || !ledger->delivery.known)
        return false;
    *out = ledger->delivery.record;
    return true;
}

void delivery_store(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery)
{
    if (!delivery_use(ledger, id))
        return;
    ledger->delivery.record = *delivery;
    ledger->delivery.known = true;
    ledger->delivery.dirty = true;
}

void delivery_remove(struct ledger *ledger, uint64_t id)
{
    struct key key;
    if (ledger->delivery.loaded && ledger->delivery.id == id)
        delivery_forget(ledger);
    id_key(&key, id);
    state_delete(ledger, TABLE_deliveries, &key);
    news_row(ledger, shape_record_delivery(), key_slice(&key));
}

struct slice delivery_parts(struct ledger *ledger, uint64_t id)
{
    return delivery_use(ledger, id) ? buf_slice(&ledger->delivery.parts) : SLICE("");
}

bool part_next(struct slice *parts, struct slice *part)
{
    return take_sized(parts, part);
}

bool delivery_parts_add(struct ledger *ledger, uint64_t id, struct slice parts)
{
    struct open_delivery *open = &ledger->delivery;
    if (!delivery_use(ledger, id))
        return true; /* the store has failed, and that is said elsewhere */
    ASSERT(open->known);
    if (parts.len > DELIVERY_PARTS_BYTES_MAX - open->parts.len)
        return false;
    buf_append_slice(&open->parts, parts);
    if (open->parts.failed)
        state_fail(ledger, ERROR_MEMORY);
    open->dirty = true;
    return true;
}

void delivery_parts_drop(struct ledger *ledger, uint64_t id)
{
    if (!delivery_use(ledger, id) || ledger->delivery.parts.len == 0)
        return;
    buf_clear(&ledger->delivery.parts);
    ledger->delivery.dirty = true;
}

void part_frame(struct buf *parts, struct slice part)
{
    ASSERT(part.len <= DELIVERY_PART_BYTES_MAX);
    buf_append_u16_be(parts, (uint16_t)part.len);
    buf_append_slice(parts, part);
}

void delivery_flush(struct ledger *ledger)
{
    struct open_delivery *open = &ledger->delivery;
    if (!open->loaded || !open->dirty || ledger->error != ERROR_NONE)
        return;
    uint8_t small[LENGTH_BYTES + RECORD_BYTES_MAX];
    size_t record_len = record_encode(shape_record_delivery(), &open->record, small + LENGTH_BYTES);
    small[0] = (uint8_t)(record_len >> 8);
    small[1] = (uint8_t)record_len;
    struct buf *value = &ledger->delivery_value;
    buf_clear(value);
    buf_append(value, small, LENGTH_BYTES + record_len);
    buf_append_slice(value, buf_slice(&open->parts));
    struct key key;
    id_key(&key, open->id);
    if (value->failed)
        state_fail(ledger, ERROR_MEMORY);
    else if (open->fresh)
        state_append_bytes(ledger, TABLE_deliveries, &key, buf_slice(value));
    else
        state_put_bytes(ledger, TABLE_deliveries, &key, buf_slice(value));
    news_row(ledger, shape_record_delivery(), key_slice(&key));
    open->dirty = ledger->error != ERROR_NONE;
    open->fresh = open->fresh && open->dirty;
}

void delivery_forget(struct ledger *ledger)
{
    ledger->delivery.loaded = false;
    ledger->delivery.dirty = false;
}

/* Takes this delivery at hand; the one before is written if it was changed. False when the store
 * has failed. */
static bool delivery_use(struct ledger *ledger, uint64_t id)
{
    struct open_delivery *open = &ledger->delivery;
    if (ledger->error != ERROR_NONE)
        return false;
    if (open->loaded && open->id == id)
        return true;
    delivery_flush(ledger);
    if (ledger->error != ERROR_NONE)
        return false;
    struct key key;
    struct slice value;
    enum error error = ERROR_NONE;
    id_key(&key, id);
    delivery_forget(ledger);
    buf_clear(&open->parts);
    /* An id that was never given out needs no search. */
    open->known = id < ledger->meta.next_delivery &&
                  state_get_bytes(ledger, TABLE_deliveries, &key, &value) &&
                  delivery_read(open, value, &error);
    if (error != ERROR_NONE)
        state_fail(ledger, error);
    open->fresh = !open->known;
    open->id = id;
    open->loaded = ledger->error == ERROR_NONE;
    return open->loaded;
}

static bool delivery_read(struct open_delivery *open, struct slice value, enum error *error)
{
    struct slice record;
    *error = take_sized(&value, &record)
                 ? record_decode(shape_record_delivery(), record, &open->record)
                 : ERROR_CORRUPT;
    if (*error == ERROR_NONE && (open->record.stage >= STAGE_COUNT ||
                                 delivery_name((enum delivery_kind)open->record.kind) == NULL))
        *error = ERROR_CORRUPT;
    if (*error != ERROR_NONE)
        return false;
    struct slice part;
    struct slice parts = value;
    while (take_sized(&parts, &part))
        continue;
    buf_append_slice(&open->parts, value);
    if (parts.len > 0 || value.len > DELIVERY_PARTS_BYTES_MAX)
        *error = ERROR_CORRUPT;
    else if (open->parts.failed)
        *error = ERROR_MEMORY;
    return *error == ERROR_NONE;
}

static bool take_sized(struct slice *rest, struct slice *out)
{
    if (rest->len < LENGTH_BYTES)
        return false;
    size_t len = (size_t)(uint8_t)rest->data[0] << 8 | (uint8_t)rest->data[1];
    if (rest->len - LENGTH_BYTES < len)
        return false;
    *out = slice_of(rest->data + LENGTH_BYTES, len);
    *rest = slice_of(rest->data + LENGTH_BYTES + len, rest->len - LENGTH_BYTES - len);
    return true;
}

static void id_key(struct key *key, uint64_t id)
{
    key_clear(key);
    key_u64(key, id);
}
