/* A state whose news a test writes by hand, and a data_dir for the segments of facts. */
#ifndef USHER_TESTS_UNIT_CLI_NEWS_BY_HAND_H
#define USHER_TESTS_UNIT_CLI_NEWS_BY_HAND_H

#include "cli/data_dir.h"
#include "cli/fact_archive.h"
#include "cli/fact_cursor.h"
#include "ledger/facts.h"
#include "ledger/records.h"
#include "tests/unit/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { DAY_MS = 24 * 60 * 60 * 1000, START_MS = 1000000000 };

static struct scratch scratch;
static struct store *store;
static struct buf items;
static struct fact_cursor cursor;

static inline int set_up(void **state)
{
    struct why why = {""};
    (void)state;
    scratch_init(&scratch);
    assert_int_equal(
        store_open(scratch_path(&scratch, "state"), &(struct store_options){0}, &store, &why),
        ERROR_NONE);
    buf_init(&items, 64 * 1024 * 1024);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    fact_cursor_deinit(&cursor);
    buf_deinit(&items);
    store_close(&store);
    scratch_deinit(&scratch);
    return 0;
}

static inline void put(enum table table, const struct key *key, struct slice value)
{
    struct store_txn *txn;
    assert_int_equal(store_begin(store, true, &txn), ERROR_NONE);
    assert_int_equal(store_put(txn, table, key_slice(key), value), ERROR_NONE);
    assert_int_equal(store_commit(&txn), ERROR_NONE);
}

static inline void applied(uint64_t sequence)
{
    const struct record_meta meta = {.applied = sequence};
    uint8_t bytes[RECORD_BYTES_MAX];
    struct key key;
    key_clear(&key);
    key_text(&key, SLICE("meta"));
    size_t len = record_encode(shape_record_meta(), &meta, bytes);
    put(TABLE_meta, &key, slice_of((const char *)bytes, len));
}

static inline void reader(const char *name, uint64_t upto)
{
    struct key key;
    struct key value;
    key_clear(&key);
    key_text(&key, slice_from(name));
    key_clear(&value);
    key_u64(&value, upto);
    put(TABLE_readers, &key, key_slice(&value));
}

static struct buf chunk;

static inline void entry(uint64_t sequence, uint64_t n, uint16_t id, struct slice bytes)
{
    if (chunk.max == 0)
        buf_init(&chunk, 1024 * 1024);
    buf_append_u64_be(&chunk, sequence);
    buf_append_u64_be(&chunk, START_MS + sequence * 1000);
    buf_append_u64_be(&chunk, n);
    buf_append_u16_be(&chunk, id);
    buf_append_u32_be(&chunk, (uint32_t)bytes.len);
    buf_append_slice(&chunk, bytes);
}

static inline void fact(uint64_t sequence, uint64_t n)
{
    const struct fact_entered entered = {.telegram_id = (int64_t)(sequence * 100 + n),
                                         .group = SLICE("room")};
    struct buf bytes;
    buf_init(&bytes, 256);
    shape_encode(&bytes, shape_fact_entered(), &entered);
    entry(sequence, n, shape_fact_entered()->id, buf_slice(&bytes));
    buf_deinit(&bytes);
}

static inline void row(uint64_t sequence)
{
    entry(sequence, 0, shape_record_member()->id, SLICE("12345678"));
}

static inline void put_chunk(uint64_t batch, uint64_t part)
{
    struct key key;
    key_clear(&key);
    key_u64(&key, batch);
    key_u64(&key, part);
    put(TABLE_news, &key, buf_slice(&chunk));
    buf_deinit(&chunk);
    chunk = (struct buf){.max = 0};
}

/* What every reader has, goes. */
static inline void let_go(uint64_t upto)
{
    struct store_txn *txn;
    struct slice key;
    struct slice value;
    assert_int_equal(store_begin(store, true, &txn), ERROR_NONE);
    while (store_seek(txn, TABLE_news, SLICE("\0"), false, &key, &value) == ERROR_NONE) {
        uint64_t batch;
        struct slice rest = key;
        struct key copy = {.len = key.len};
        memcpy(copy.data, key.data, key.len);
        assert_true(key_take_u64(&rest, &batch));
        if (batch > upto)
            break;
        assert_int_equal(store_delete(txn, TABLE_news, key_slice(&copy)), ERROR_NONE);
    }
    assert_int_equal(store_commit(&txn), ERROR_NONE);
}

static inline struct fact_step step(uint64_t wall_ms)
{
    struct fact_step out;
    struct why why = {""};
    if (fact_archive_step(scratch.path, store, wall_ms, &out, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    return out;
}

static inline void expect_segment(const struct fact_step *found, uint64_t first, uint64_t last,
                                  uint64_t tell)
{
    assert_int_equal(found->first, first);
    assert_int_equal(found->last, last);
    assert_int_equal(found->tell, tell);
}

/* Reads all from `after` on, in pieces; "sequence.n ..." of what comes. */
static inline const char *read_all(uint64_t after, size_t bytes_max, uint64_t *end)
{
    static char text[4096];
    struct message message;
    struct why why = {""};
    uint64_t since;
    enum error error;
    text[0] = '\0';
    *end = after;
    while ((error = fact_cursor_read(&cursor, scratch.path, *end, bytes_max, &items, end, &since,
                                     &why)) == ERROR_NONE) {
        struct slice rest = buf_slice(&items);
        while (wire_decode(&rest, &message, NULL) == ERROR_NONE) {
            const struct message_news_item *item = &message.news_item;
            struct fact_entered entered;
            size_t len = strlen(text);
            assert_int_equal(item->id, shape_fact_entered()->id);
            assert_int_equal(item->at_ms, START_MS + item->sequence * 1000);
            assert_int_equal(shape_decode_one(item->value, shape_fact_entered(), &entered, NULL),
                             ERROR_NONE);
            assert_int_equal(entered.telegram_id, item->sequence * 100 + item->n);
            (void)snprintf(text + len, sizeof text - len, "%s%llu.%llu", len > 0 ? " " : "",
                           (unsigned long long)item->sequence, (unsigned long long)item->n);
        }
        buf_clear(&items);
    }
    assert_int_equal(error, ERROR_NOT_FOUND);
    return text;
}

#endif
