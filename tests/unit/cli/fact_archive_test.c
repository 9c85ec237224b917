#include "cli/fact_archive.h"

#include "cli/data_dir.h"
#include "cli/fact_cursor.h"
#include "ledger/facts.h"
#include "ledger/records.h"
#include "tests/unit/store/scratch.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { DAY_MS = 24 * 60 * 60 * 1000, START_MS = 1000000000 };

/* A state whose news a test writes by hand, and a data_dir for the segments. */
static struct scratch scratch;
static struct store *store;
static struct buf items;
static struct fact_cursor cursor;

static int set_up(void **state)
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

static int tear_down(void **state)
{
    (void)state;
    fact_cursor_deinit(&cursor);
    buf_deinit(&items);
    store_close(&store);
    scratch_deinit(&scratch);
    return 0;
}

static void put(enum table table, const struct key *key, struct slice value)
{
    struct store_txn *txn;
    assert_int_equal(store_begin(store, true, &txn), ERROR_NONE);
    assert_int_equal(store_put(txn, table, key_slice(key), value), ERROR_NONE);
    assert_int_equal(store_commit(&txn), ERROR_NONE);
}

static void applied(uint64_t sequence)
{
    const struct record_meta meta = {.applied = sequence};
    uint8_t bytes[RECORD_BYTES_MAX];
    struct key key;
    key_clear(&key);
    key_text(&key, SLICE("meta"));
    size_t len = record_encode(shape_record_meta(), &meta, bytes);
    put(TABLE_meta, &key, slice_of((const char *)bytes, len));
}

static void reader(const char *name, uint64_t upto)
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

static void entry(uint64_t sequence, uint64_t n, uint16_t id, struct slice bytes)
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

static void fact(uint64_t sequence, uint64_t n)
{
    const struct fact_entered entered = {.telegram_id = (int64_t)(sequence * 100 + n),
                                         .group = SLICE("room")};
    struct buf bytes;
    buf_init(&bytes, 256);
    shape_encode(&bytes, shape_fact_entered(), &entered);
    entry(sequence, n, shape_fact_entered()->id, buf_slice(&bytes));
    buf_deinit(&bytes);
}

static void row(uint64_t sequence)
{
    entry(sequence, 0, shape_record_member()->id, SLICE("12345678"));
}

static void put_chunk(uint64_t batch, uint64_t part)
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
static void let_go(uint64_t upto)
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

static struct fact_step step(uint64_t wall_ms)
{
    struct fact_step out;
    struct why why = {""};
    if (fact_archive_step(scratch.path, store, wall_ms, &out, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    return out;
}

static void expect_segment(const struct fact_step *found, uint64_t first, uint64_t last,
                           uint64_t tell)
{
    assert_int_equal(found->first, first);
    assert_int_equal(found->last, last);
    assert_int_equal(found->tell, tell);
}

/* Reads all from `after` on, in pieces; "sequence.n ..." of what comes. */
static const char *read_all(uint64_t after, size_t bytes_max, uint64_t *end)
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

static void nothing_is_written_that_nobody_wants(void **state)
{
    (void)state;
    uint64_t since;
    uint64_t end;
    step(0);
    fact(5, 1);
    put_chunk(5, 0);
    applied(5);
    reader("mirror", 2);
    struct fact_step found = step(START_MS + 10 * (uint64_t)DAY_MS);
    expect_segment(&found, 0, 0, 0);
    assert_int_equal(fact_archive_since(scratch.path, &since, NULL), ERROR_NONE);
    assert_true(since == UINT64_MAX);
    assert_string_equal(read_all(0, 1, &end), "");
}

static void a_day_or_many_commands_are_worth_a_segment(void **state)
{
    (void)state;
    reader("facts", 2);
    reader("mirror", 2);
    fact(4, 1);
    row(4);
    fact(5, 1);
    put_chunk(5, 0);
    applied(6);
    struct fact_step found = step(START_MS + 4000 + DAY_MS - 1);
    expect_segment(&found, 0, 0, 0);
    found = step(START_MS + 4000 + DAY_MS);
    expect_segment(&found, 3, 6, 6);
    /* Until the ledger has heard so it is told, and nothing is written twice. */
    found = step(START_MS + 2 * (uint64_t)DAY_MS);
    expect_segment(&found, 0, 0, 6);
    reader("facts", 6);
    found = step(START_MS + 2 * (uint64_t)DAY_MS);
    expect_segment(&found, 0, 0, 0); /* the mirror holds its news */
    reader("mirror", 6);
    found = step(START_MS);
    expect_segment(&found, 0, 0, 6); /* every reader has them, and they are there */
    let_go(6);
    found = step(START_MS);
    expect_segment(&found, 0, 0, 0);

    fact(7, 1);
    put_chunk(7, 0);
    applied(10005);
    found = step(START_MS);
    expect_segment(&found, 0, 0, 0);
    applied(60000);
    found = step(START_MS);
    expect_segment(&found, 7, 50006, 50006);
    assert_false(found.more);
}

static void facts_are_read_as_they_were_told(void **state)
{
    (void)state;
    uint64_t end;
    reader("facts", 2);
    row(3);
    fact(3, 1);
    fact(3, 2);
    fact(4, 1);
    put_chunk(5, 0); /* a batch in three pieces, cut within command 4 */
    fact(4, 2);
    put_chunk(5, 1);
    fact(4, 3);
    fact(5, 1);
    put_chunk(5, 2);
    fact(2500, 1);
    put_chunk(2500, 0);
    applied(2501);
    struct fact_step found = step(START_MS + 2 * (uint64_t)DAY_MS);
    expect_segment(&found, 3, 2501, 2501);
    fact(2503, 1);
    put_chunk(2504, 0);
    applied(2504);
    found = step(START_MS + 4 * (uint64_t)DAY_MS);
    expect_segment(&found, 2502, 2504, 2504);
    const char *all = "3.1 3.2 4.1 4.2 4.3 5.1 2500.1 2503.1";
    assert_string_equal(read_all(0, 1, &end), all);
    assert_int_equal(end, 2504);
    assert_string_equal(read_all(0, 1000000, &end), all);
    assert_string_equal(read_all(3, 100, &end), "4.1 4.2 4.3 5.1 2500.1 2503.1");
    assert_string_equal(read_all(2500, 1, &end), "2503.1");
    assert_string_equal(read_all(2504, 1, &end), "");
}

static void a_large_backlog_is_cut_between_batches(void **state)
{
    (void)state;
    static char big[60000];
    struct fact_step found;
    uint64_t from = 3;
    int count = 0;
    reader("facts", 2);
    for (uint64_t batch = 3; batch <= 1002; batch++) {
        entry(batch, 0, shape_record_member()->id, slice_of(big, sizeof big));
        fact(batch, 1);
        put_chunk(batch, 0);
    }
    applied(1002);
    while ((found = step(START_MS + 2 * (uint64_t)DAY_MS)).last != 0) {
        assert_int_equal(found.first, from);
        assert_true(found.last - found.first < 600);
        from = found.last + 1;
        count++;
    }
    assert_int_equal(from, 1003);
    assert_int_equal(count, 2);
    uint64_t end;
    assert_non_null(strstr(read_all(900, 1, &end), "901.1 902.1"));
}

static void what_the_catalog_does_not_protect_is_written_at_once(void **state)
{
    (void)state;
    reader("mirror", 4); /* it was there before segments were */
    fact(5, 1);
    put_chunk(5, 0);
    reader("facts", 9);
    fact(10, 1);
    put_chunk(10, 0);
    applied(10);
    struct fact_step found = step(START_MS);
    expect_segment(&found, 5, 10, 10);
    assert_int_equal(found.lost_to, 0);
}

static void segments_that_were_lost_are_missed(void **state)
{
    (void)state;
    uint64_t end;
    uint64_t since;
    struct why why = {""};
    reader("facts", 2);
    for (uint64_t at = 5; at <= 15; at += 5) {
        fact(at, 1);
        put_chunk(at, 0);
        applied(at);
        step(START_MS + 2 * (uint64_t)DAY_MS);
        if (at == 5)
            continue;
        reader("facts", at);
        let_go(at);
    }
    char name[80];
    (void)snprintf(name, sizeof name, "facts/segment-%020d-%020d.seg", 11, 15);
    assert_int_equal(unlink(scratch_path(&scratch, name)), 0);
    fact(20, 1);
    put_chunk(20, 0);
    applied(20);
    struct fact_step found = step(START_MS + 2 * (uint64_t)DAY_MS);
    expect_segment(&found, 16, 20, 20);
    assert_int_equal(found.lost_from, 11);
    assert_int_equal(found.lost_to, 15);
    assert_int_equal(fact_archive_since(scratch.path, &since, NULL), ERROR_NONE);
    assert_int_equal(since, 15);
    assert_string_equal(read_all(0, 1, &end), "5.1 10.1 20.1");
    assert_int_equal(fact_cursor_read(&cursor, scratch.path, 10, 1, &items, &end, &since, &why),
                     ERROR_NONE);
    assert_int_equal(since, 15);
    assert_int_equal(end, 20);
}

static void a_damaged_segment_is_named_and_can_be_passed_by(void **state)
{
    (void)state;
    struct why why = {""};
    uint64_t end;
    uint64_t since;
    char name[80];
    reader("facts", 2);
    for (uint64_t at = 5; at <= 10; at += 5) {
        fact(at, 1);
        put_chunk(at, 0);
        applied(at);
        step(START_MS + 2 * (uint64_t)DAY_MS);
        reader("facts", at);
    }
    (void)snprintf(name, sizeof name, "facts/segment-%020d-%020d.seg", 3, 5);
    const char *path = scratch_path(&scratch, name);
    static const struct {
        long at;
        enum error error;
    } damages[] = {{8, ERROR_VERSION}, {40, ERROR_CORRUPT}, {-1, ERROR_CORRUPT}};
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        FILE *file = fopen(path, "r+");
        assert_non_null(file);
        for (int turn = 0; turn < 2; turn++) { /* to and fro */
            assert_int_equal(fseek(file, damages[i].at, damages[i].at < 0 ? SEEK_END : SEEK_SET),
                             0);
            int byte = fgetc(file);
            assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
            assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
            assert_int_equal(fflush(file), 0);
            assert_int_equal(
                fact_cursor_read(&cursor, scratch.path, 0, 1, &items, &end, &since, &why),
                turn == 0 ? damages[i].error : ERROR_NONE);
            assert_int_equal(end, 5);
            if (turn == 0)
                assert_non_null(strstr(why.text, path));
            buf_clear(&items);
        }
        assert_int_equal(fclose(file), 0);
    }
    assert_int_equal(truncate(path, 60), 0);
    assert_int_equal(fact_cursor_read(&cursor, scratch.path, 0, 1, &items, &end, &since, &why),
                     ERROR_CORRUPT);
    assert_non_null(strstr(why.text, "cut off"));
    assert_int_equal(end, 5);
    assert_string_equal(read_all(end, 1, &end), "10.1");
}

static void a_start_clears_up(void **state)
{
    (void)state;
    static const char *const names[] = {
        "facts/segment-00000000000000000003-00000000000000000005.seg",
        "facts/segment-00000000000000000006-00000000000000000010.seg",
        "facts/segment-00000000000000000011-00000000000000000020.seg.part"};
    uint64_t aside;
    assert_int_equal(fact_archive_open(scratch.path, 7, &aside, NULL), ERROR_NONE);
    assert_int_equal(directory_make(scratch_path(&scratch, "facts"), NULL), ERROR_NONE);
    for (size_t i = 0; i < 3; i++) {
        FILE *file = fopen(scratch_path(&scratch, names[i]), "w");
        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
    }
    assert_int_equal(fact_archive_open(scratch.path, 10, &aside, NULL), ERROR_NONE);
    assert_int_equal(aside, 0);
    assert_int_not_equal(access(scratch_path(&scratch, names[2]), F_OK), 0);
    assert_int_equal(fact_archive_open(scratch.path, 7, &aside, NULL), ERROR_NONE);
    assert_int_equal(aside, 1);
    assert_int_equal(access(scratch_path(&scratch, names[0]), F_OK), 0);
    assert_int_not_equal(access(scratch_path(&scratch, names[1]), F_OK), 0);
    char ahead[128];
    (void)snprintf(ahead, sizeof ahead, "%s.ahead", names[1]);
    assert_int_equal(access(scratch_path(&scratch, ahead), F_OK), 0);
}

static void what_is_old_goes(void **state)
{
    (void)state;
    uint64_t removed;
    uint64_t end;
    reader("facts", 2);
    for (uint64_t at = 5; at <= 15; at += 5) {
        fact(at, 1);
        put_chunk(at, 0);
        applied(at);
        step(START_MS + 2 * (uint64_t)DAY_MS);
        reader("facts", at);
    }
    assert_int_equal(fact_archive_retire(scratch.path, START_MS + 5000, &removed, NULL),
                     ERROR_NONE);
    assert_int_equal(removed, 0);
    assert_int_equal(fact_archive_retire(scratch.path, START_MS + 10001, &removed, NULL),
                     ERROR_NONE);
    assert_int_equal(removed, 2);
    assert_string_equal(read_all(0, 1, &end), "15.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_written_that_nobody_wants, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_day_or_many_commands_are_worth_a_segment, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(facts_are_read_as_they_were_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_backlog_is_cut_between_batches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_catalog_does_not_protect_is_written_at_once,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(segments_that_were_lost_are_missed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_segment_is_named_and_can_be_passed_by, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_start_clears_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_old_goes, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("fact_archive", tests, NULL, NULL);
}
