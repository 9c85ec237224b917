#include "ledger/rows.h"

#include "base/assert.h"
#include "ledger/news.h"

static void row_key(struct ledger *ledger, struct key *full, const struct shape *shape,
                    struct slice key);
static void aspect_key(struct ledger *ledger, struct key *key, int64_t telegram_id,
                       const struct shape *shape, uint64_t n);
static bool aspect_back(struct ledger *ledger, const struct key *before, const struct shape *shape,
                        uint64_t *n, void *out);
static void put(struct ledger *ledger, enum table table, const struct key *key,
                const struct shape *shape, const void *record);
static bool take(struct ledger *ledger, const struct shape *shape, struct slice value, void *out);
static bool key_less(const struct key *a, const struct key *b);

enum { ROW_PREFIX = 2 /* bytes of the shape's id */, ASPECT_PREFIX = 8 + 2 };

bool row_load(struct ledger *ledger, const struct shape *shape, const struct key *key, void *out)
{
    struct key full;
    row_key(ledger, &full, shape, key_slice(key));
    return state_get(ledger, TABLE_records, &full, shape, out);
}

void row_store(struct ledger *ledger, const struct shape *shape, const struct key *key,
               const void *row)
{
    struct key full;
    row_key(ledger, &full, shape, key_slice(key));
    put(ledger, TABLE_records, &full, shape, row);
    news_row(ledger, shape, key_slice(key));
}

void row_delete(struct ledger *ledger, const struct shape *shape, const struct key *key)
{
    struct key full;
    row_key(ledger, &full, shape, key_slice(key));
    state_delete(ledger, TABLE_records, &full);
    news_row(ledger, shape, key_slice(key));
}

bool row_next(struct ledger *ledger, const struct shape *shape, struct slice prefix, bool after,
              struct key *key, void *out)
{
    struct key from;
    struct key begin;
    struct key found;
    struct slice value;
    row_key(ledger, &from, shape, key_slice(key));
    row_key(ledger, &begin, shape, prefix);
    if (key_less(&from, &begin)) {
        from = begin;
        after = false;
    }
    if (!state_seek(ledger, TABLE_records, key_slice(&begin), key_slice(&from), after, &found,
                    &value) ||
        !take(ledger, shape, value, out))
        return false;
    key->len = found.len - ROW_PREFIX;
    memcpy(key->data, found.data + ROW_PREFIX, key->len);
    return true;
}

bool row_before(struct ledger *ledger, const struct shape *shape, struct slice prefix,
                struct key *key, void *out)
{
    struct key from;
    struct key begin;
    struct key found;
    struct slice value;
    row_key(ledger, &from, shape, key_slice(key));
    row_key(ledger, &begin, shape, prefix);
    struct key end = begin; /* behind all that begin with prefix; the shape's id is not all FF */
    while (end.data[end.len - 1] == UINT8_MAX)
        end.len--;
    end.data[end.len - 1]++;
    if (key_less(&end, &from))
        from = end;
    if (!state_seek_back(ledger, TABLE_records, key_slice(&begin), key_slice(&from), &found,
                         &value) ||
        !take(ledger, shape, value, out))
        return false;
    key->len = found.len - ROW_PREFIX;
    memcpy(key->data, found.data + ROW_PREFIX, key->len);
    return true;
}

bool aspect_load(struct ledger *ledger, int64_t telegram_id, const struct shape *shape, uint64_t n,
                 void *out)
{
    struct key key;
    aspect_key(ledger, &key, telegram_id, shape, n);
    return state_get(ledger, TABLE_people, &key, shape, out);
}

void aspect_store(struct ledger *ledger, int64_t telegram_id, const struct shape *shape, uint64_t n,
                  const void *aspect)
{
    struct key key;
    aspect_key(ledger, &key, telegram_id, shape, n);
    put(ledger, TABLE_people, &key, shape, aspect);
    news_row(ledger, shape, key_slice(&key));
}

void aspect_delete(struct ledger *ledger, int64_t telegram_id, const struct shape *shape,
                   uint64_t n)
{
    struct key key;
    aspect_key(ledger, &key, telegram_id, shape, n);
    state_delete(ledger, TABLE_people, &key);
    news_row(ledger, shape, key_slice(&key));
}

bool aspect_next(struct ledger *ledger, int64_t telegram_id, const struct shape *shape, bool after,
                 uint64_t *n, void *out)
{
    struct key from;
    struct key found;
    struct slice value;
    aspect_key(ledger, &from, telegram_id, shape, *n);
    if (!state_seek(ledger, TABLE_people, slice_of(from.data, ASPECT_PREFIX), key_slice(&from),
                    after, &found, &value))
        return false;
    struct slice rest = slice_of(found.data + ASPECT_PREFIX, found.len - ASPECT_PREFIX);
    if (!key_take_u64(&rest, n)) {
        state_fail(ledger, ERROR_CORRUPT);
        return false;
    }
    return take(ledger, shape, value, out);
}

bool aspect_before(struct ledger *ledger, int64_t telegram_id, const struct shape *shape,
                   uint64_t *n, void *out)
{
    struct key before;
    aspect_key(ledger, &before, telegram_id, shape, *n);
    return aspect_back(ledger, &before, shape, n, out);
}

bool aspect_last(struct ledger *ledger, int64_t telegram_id, const struct shape *shape, uint64_t *n,
                 void *out)
{
    struct key before;
    aspect_key(ledger, &before, telegram_id, shape, UINT64_MAX);
    key_u8(&before, 0); /* behind it */
    return aspect_back(ledger, &before, shape, n, out);
}

uint64_t row_number(struct ledger *ledger, const struct shape *shape)
{
    struct key key;
    struct key value;
    struct slice before;
    uint64_t number = 0;
    key_clear(&key);
    key_text(&key, SLICE("number"));
    key_u16(&key, shape->id);
    if (state_get_bytes(ledger, TABLE_meta, &key, &before) && !key_take_u64(&before, &number))
        state_fail(ledger, ERROR_CORRUPT);
    key_clear(&value);
    key_u64(&value, ++number);
    state_put_bytes(ledger, TABLE_meta, &key, key_slice(&value));
    return number;
}

/* Whoever touches a row makes its key, so here they are counted. */
static void row_key(struct ledger *ledger, struct key *full, const struct shape *shape,
                    struct slice key)
{
    ledger->rows++;
    key_clear(full);
    key_u16(full, shape->id);
    ASSERT(key.len + ROW_PREFIX <= KEY_BYTES_MAX);
    if (key.len > 0)
        memcpy(full->data + full->len, key.data, key.len);
    full->len += key.len;
}

static void aspect_key(struct ledger *ledger, struct key *key, int64_t telegram_id,
                       const struct shape *shape, uint64_t n)
{
    ledger->rows++;
    key_clear(key);
    key_i64(key, telegram_id);
    key_u16(key, shape->id);
    key_u64(key, n);
}

static bool aspect_back(struct ledger *ledger, const struct key *before, const struct shape *shape,
                        uint64_t *n, void *out)
{
    struct key found;
    struct slice value;
    if (!state_seek_back(ledger, TABLE_people, slice_of(before->data, ASPECT_PREFIX),
                         key_slice(before), &found, &value))
        return false;
    struct slice rest = slice_of(found.data + ASPECT_PREFIX, found.len - ASPECT_PREFIX);
    if (!key_take_u64(&rest, n)) {
        state_fail(ledger, ERROR_CORRUPT);
        return false;
    }
    return take(ledger, shape, value, out);
}

static void put(struct ledger *ledger, enum table table, const struct key *key,
                const struct shape *shape, const void *record)
{
    ASSERT(shape->role == (table == TABLE_people ? ROLE_ASPECT : ROLE_RECORD));
    state_put(ledger, table, key, shape, record);
}

static bool take(struct ledger *ledger, const struct shape *shape, struct slice value, void *out)
{
    enum error error = record_decode(shape, value, out);
    if (error != ERROR_NONE)
        state_fail(ledger, error);
    return error == ERROR_NONE;
}

static bool key_less(const struct key *a, const struct key *b)
{
    size_t shared = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->data, b->data, shared);
    return order != 0 ? order < 0 : a->len < b->len;
}
