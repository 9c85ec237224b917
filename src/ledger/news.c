#include "ledger/news.h"

#include "base/assert.h"
#include "ledger/registry.h"

/* An entry of a chunk: sequence, stamp, n (8 bytes each), the shape's id (2), length (4), and then
 * a record's key or a fact's encoded message. A chunk's key: the last sequence of its batch, and a
 * number (4). */
enum { ENTRY_HEAD = 8 + 8 + 8 + 2 + 4, CHUNK_BYTES = 65536 };

static void add(struct ledger *ledger, uint16_t id, struct slice bytes);
static bool next_name(struct slice *rest, struct slice *name);
static bool reader_at(struct ledger *ledger, struct key *key, struct slice name, uint64_t *upto);

void fact_tell(struct ledger *ledger, const struct shape *fact, const void *object)
{
    ASSERT(fact->role == ROLE_FACT);
    if (ledger->error != ERROR_NONE)
        return;
    if (ledger->telling == FACTS_DEEP_MAX) { /* modules tell each other in a circle */
        state_fail(ledger, ERROR_CORRUPT);
        return;
    }
    ledger->facts++;
    if (ledger->catalog->reader_count > 0) {
        struct buf bytes;
        buf_init(&bytes, CHUNK_BYTES - ENTRY_HEAD);
        shape_encode(&bytes, fact, object);
        if (bytes.failed)
            state_fail(ledger, ERROR_MEMORY);
        else
            add(ledger, fact->id, buf_slice(&bytes));
        buf_deinit(&bytes);
    }
    ledger->telling++;
    for (unsigned i = 0; i < ledger->hearers.count; i++)
        if (ledger->hearers.rows[i].fact == fact)
            ledger->hearers.rows[i].hear(ledger, object);
    ledger->telling--;
}

void news_hearers(struct hearers *out)
{
    out->count = 0;
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        for (const struct hear_row *row = (*module)->hears; row != NULL && row->fact != NULL;
             row++) {
            ASSERT(out->count < HEARERS_MAX);
            out->rows[out->count].fact = row->fact();
            out->rows[out->count++].hear = row->hear;
        }
}

void news_row(struct ledger *ledger, const struct shape *record, struct slice key)
{
    ASSERT(record->role >= ROLE_RECORD);
    if (ledger->catalog->reader_count > 0 && ledger->writing && ledger->error == ERROR_NONE)
        add(ledger, record->id, key);
}

void news_flush(struct ledger *ledger)
{
    struct slice rest = buf_slice(&ledger->news);
    for (uint64_t part = 0; rest.len > 0; part++) {
        struct slice chunk = rest;
        struct news_entry entry;
        struct key key;
        while (rest.len > 0 && (size_t)(rest.data - chunk.data) < CHUNK_BYTES)
            if (!news_entry_next(&rest, &entry))
                return state_fail(ledger, ERROR_CORRUPT);
        key_clear(&key);
        key_u64(&key, ledger->meta.applied);
        key_u64(&key, part);
        state_append_bytes(ledger, TABLE_news, &key,
                           slice_of(chunk.data, (size_t)(rest.data - chunk.data)));
    }
    news_forget(ledger);
}

void news_forget(struct ledger *ledger)
{
    buf_clear(&ledger->news);
}

void news_readers(struct ledger *ledger)
{
    struct slice rest = slice_from(ledger->catalog->readers);
    struct slice name;
    struct slice value;
    struct slice text;
    struct key key;
    struct key found = {.len = 1};
    uint64_t upto;
    while (next_name(&rest, &name))
        if (!reader_at(ledger, &key, name, &upto)) {
            struct key now;
            key_clear(&now);
            key_u64(&now, ledger->sequence);
            state_put_bytes(ledger, TABLE_readers, &key, key_slice(&now));
        }
    while (state_seek(ledger, TABLE_readers, SLICE(""), key_slice(&found), true, &found, &value)) {
        bool named = false;
        struct slice taken = key_slice(&found);
        if (!key_take_text(&taken, &text))
            return state_fail(ledger, ERROR_CORRUPT);
        rest = slice_from(ledger->catalog->readers);
        while (!named && next_name(&rest, &name))
            named = slice_equal(name, text);
        if (!named)
            state_delete(ledger, TABLE_readers, &found);
    }
}

uint64_t news_least_read(struct ledger *ledger)
{
    struct slice rest = slice_from(ledger->catalog->readers);
    struct slice name;
    struct key key;
    uint64_t least = rest.len > 0 ? UINT64_MAX : 0;
    uint64_t upto;
    while (next_name(&rest, &name)) {
        if (!reader_at(ledger, &key, name, &upto))
            upto = 0;
        least = upto < least ? upto : least;
    }
    return least;
}

bool news_reader_at(struct ledger *ledger, struct slice reader, uint64_t *upto)
{
    struct key key;
    return reader_at(ledger, &key, reader, upto);
}

/* Names are joined by commas. */
static bool next_name(struct slice *rest, struct slice *name)
{
    const char *comma = rest->len == 0 ? NULL : memchr(rest->data, ',', rest->len);
    if (rest->len == 0)
        return false;
    *name = slice_of(rest->data, comma == NULL ? rest->len : (size_t)(comma - rest->data));
    size_t taken = name->len + (comma != NULL);
    *rest = slice_of(rest->data + taken, rest->len - taken);
    return true;
}

static bool reader_at(struct ledger *ledger, struct key *key, struct slice name, uint64_t *upto)
{
    struct slice value;
    key_clear(key);
    key_text(key, name);
    if (!state_get_bytes(ledger, TABLE_readers, key, &value))
        return false;
    if (!key_take_u64(&value, upto))
        state_fail(ledger, ERROR_CORRUPT);
    return ledger->error == ERROR_NONE;
}

static void add(struct ledger *ledger, uint16_t id, struct slice bytes)
{
    struct buf *news = &ledger->news;
    buf_append_u64_be(news, ledger->sequence);
    buf_append_u64_be(news, ledger->at_ms);
    buf_append_u64_be(news, ledger->facts);
    buf_append_u16_be(news, id);
    buf_append_u32_be(news, (uint32_t)bytes.len);
    buf_append_slice(news, bytes);
    if (news->failed)
        state_fail(ledger, ERROR_MEMORY);
}

bool news_entry_next(struct slice *chunk, struct news_entry *entry)
{
    struct slice rest = *chunk;
    if (rest.len < ENTRY_HEAD || !key_take_u64(&rest, &entry->sequence) ||
        !key_take_u64(&rest, &entry->at_ms) || !key_take_u64(&rest, &entry->n))
        return false;
    const uint8_t *head = (const uint8_t *)rest.data;
    entry->id = (uint16_t)(head[0] << 8 | head[1]);
    size_t len = (size_t)head[2] << 24 | (size_t)head[3] << 16 | (size_t)head[4] << 8 | head[5];
    if (len > rest.len - 6)
        return false;
    entry->bytes = slice_of(rest.data + 6, len);
    *chunk = slice_of(rest.data + 6 + len, rest.len - 6 - len);
    return true;
}
