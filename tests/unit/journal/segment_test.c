#include "journal/segment.h"

#include "journal/entry.h"
#include "tests/unit/store/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { ENTRIES = 3 };

static const struct journal_entry entries[ENTRIES] = {
    {5, 100, {"first", 5}}, {6, 100, {NULL, 0}}, {7, 250, {"third entry", 11}}};

struct visits {
    size_t count;
    size_t stop_at; /* 0: never */
};

static enum error visit(void *context, const struct journal_entry *entry)
{
    struct visits *visits = context;
    const struct journal_entry *expected = &entries[visits->count % ENTRIES];
    assert_int_equal(entry->sequence, expected->sequence);
    assert_int_equal(entry->at_ms, expected->at_ms);
    assert_true(slice_equal(entry->command, expected->command));
    visits->count++;
    return visits->count == visits->stop_at ? ERROR_CLOSED : ERROR_NONE;
}

/* A sample segment in memory; free it. */
static char *make_segment(size_t *len, struct segment_summary *summary)
{
    char *bytes;
    FILE *file = open_memstream(&bytes, len);
    assert_non_null(file);
    struct segment_writer *writer = segment_writer_new(file, SEGMENT_COMMANDS, 5);
    assert_non_null(writer);
    for (size_t i = 0; i < ENTRIES; i++)
        segment_writer_add(writer, &entries[i]);
    assert_int_equal(segment_writer_finish(writer, summary), ERROR_NONE);
    segment_writer_destroy(&writer);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

static enum error scan(const char *bytes, size_t len, struct segment_summary *summary,
                       struct why *why)
{
    FILE *file = fmemopen((void *)(uintptr_t)bytes, len, "r");
    assert_non_null(file);
    struct buf storage;
    buf_init(&storage, JOURNAL_COMMAND_MAX);
    enum error error = segment_scan(file, SEGMENT_COMMANDS, &storage, NULL, NULL, summary, why);
    buf_deinit(&storage);
    assert_int_equal(fclose(file), 0);
    return error;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct segment_summary written, found;
    struct why why;
    size_t len;
    char *bytes = make_segment(&len, &written);
    assert_int_equal(len, 17 + 3 * 24 + 16 + 12 + 32);
    assert_memory_equal(bytes, "USHERSEG\x01\0\0\0\0\0\0\0\x05\0\0\0\x05", 21);
    assert_int_equal(scan(bytes, len, &found, &why), ERROR_NONE);
    assert_int_equal(found.first, 5);
    assert_int_equal(found.count, 3);
    assert_memory_equal(found.hash, written.hash, sizeof found.hash);
    assert_memory_equal(bytes + len - 32, written.hash, 32);
    free(bytes);
}

static void every_flipped_bit_and_every_cut_is_found(void **state)
{
    (void)state;
    struct segment_summary summary;
    size_t len;
    char *bytes = make_segment(&len, &summary);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        struct why why = {{0}};
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        enum error error = scan(bytes, len, &summary, &why);
        assert_int_equal(error, bit / 8 == 8 ? ERROR_VERSION : ERROR_CORRUPT);
        assert_true(why.text[0] != 0);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (size_t cut = 1; cut < len; cut++)
        assert_int_equal(scan(bytes, cut, &summary, NULL), ERROR_CORRUPT);
    char *longer = malloc(len + 1);
    assert_non_null(longer);
    memcpy(longer, bytes, len);
    longer[len] = 0;
    assert_int_equal(scan(longer, len + 1, &summary, NULL), ERROR_CORRUPT);
    free(longer);
    free(bytes);
}

/* Right checksums, wrong story. */
static char *forge(size_t *len, uint64_t first, const struct journal_entry *run, size_t count,
                   uint64_t said)
{
    char *bytes, head[24];
    FILE *file = open_memstream(&bytes, len);
    assert_non_null(file);
    assert_int_equal(fwrite("USHERSEG\x01", 9, 1, file), 1);
    entry_put_u64(head, first);
    assert_int_equal(fwrite(head, 8, 1, file), 1);
    for (size_t i = 0; i < count; i++) {
        entry_put_u32(head, (uint32_t)run[i].command.len);
        entry_put_u64(head + 4, run[i].sequence);
        entry_put_u64(head + 12, run[i].at_ms);
        entry_put_u32(head + 20, entry_crc(&run[i]));
        assert_int_equal(fwrite(head, 24, 1, file), 1);
        if (run[i].command.len > 0)
            assert_int_equal(fwrite(run[i].command.data, run[i].command.len, 1, file), 1);
    }
    entry_put_u32(head, UINT32_MAX);
    entry_put_u64(head + 4, said);
    assert_int_equal(fwrite(head, 12, 1, file), 1);
    assert_int_equal(fflush(file), 0);
    uint8_t hash[DIGEST_SIZE];
    struct digest *digest = digest_new();
    digest_add(digest, slice_of(bytes, *len));
    digest_finish(digest, hash);
    digest_destroy(&digest);
    assert_int_equal(fwrite(hash, sizeof hash, 1, file), 1);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

static void forged_runs_are_refused(void **state)
{
    (void)state;
    static char large[JOURNAL_COMMAND_MAX + 1];
    static const struct journal_entry gap[] = {{5, 1, {"a", 1}}, {7, 1, {"b", 1}}};
    static const struct journal_entry back[] = {{5, 2, {"a", 1}}, {6, 1, {"b", 1}}};
    static const struct journal_entry twice[] = {{5, 2, {"a", 1}}, {5, 2, {"a", 1}}};
    static const struct journal_entry fine[] = {{5, 2, {"a", 1}}, {6, 2, {"a", 1}}};
    static const struct journal_entry zero[] = {{0, 2, {"a", 1}}};
    static const struct journal_entry end[] = {{UINT64_MAX, 2, {"a", 1}}};
    static const struct journal_entry too_large[] = {{5, 2, {large, sizeof large}}};
    static const struct {
        uint64_t first;
        const struct journal_entry *run;
        size_t count;
        uint64_t said;
        enum error error;
    } cases[] = {
        {5, fine, 2, 2, ERROR_NONE},
        {5, gap, 2, 2, ERROR_CORRUPT},
        {5, back, 2, 2, ERROR_CORRUPT},
        {5, twice, 2, 2, ERROR_CORRUPT},
        {5, fine, 2, 1, ERROR_CORRUPT},
        {5, fine, 2, 3, ERROR_CORRUPT},
        {4, fine, 2, 2, ERROR_CORRUPT},
        {0, zero, 1, 1, ERROR_CORRUPT},
        {UINT64_MAX, end, 1, 1, ERROR_CORRUPT},
        {5, too_large, 1, 1, ERROR_CORRUPT},
        {5, fine, 0, 0, ERROR_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct segment_summary summary;
        size_t len;
        char *bytes = forge(&len, cases[i].first, cases[i].run, cases[i].count, cases[i].said);
        if (scan(bytes, len, &summary, NULL) != cases[i].error)
            fail_msg("case %zu", i);
        free(bytes);
    }
}

static void write_file(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, len, 1, file), 1);
    assert_int_equal(fclose(file), 0);
}

static void a_damaged_file_is_not_visited_at_all(void **state)
{
    (void)state;
    struct scratch scratch;
    scratch_init(&scratch);
    const char *path = scratch_path(&scratch, "segment");
    struct segment_summary summary;
    size_t len;
    char *bytes = make_segment(&len, &summary);
    struct visits visits = {0};
    struct why why = {{0}};
    assert_int_equal(journal_segment_read(path, visit, &visits, &why), ERROR_NOT_FOUND);
    assert_non_null(strstr(why.text, path));
    write_file(path, bytes, len);
    assert_int_equal(journal_segment_read(path, visit, &visits, &why), ERROR_NONE);
    assert_int_equal(visits.count, ENTRIES);
    visits = (struct visits){.stop_at = 2};
    assert_int_equal(journal_segment_read(path, visit, &visits, &why), ERROR_CLOSED);
    assert_int_equal(visits.count, 2);
    visits = (struct visits){0};
    bytes[len - 1] ^= 1;
    write_file(path, bytes, len);
    assert_int_equal(journal_segment_read(path, visit, &visits, &why), ERROR_CORRUPT);
    assert_int_equal(visits.count, 0);
    assert_non_null(strstr(why.text, path));
    free(bytes);
    scratch_deinit(&scratch);
}

/* A file that cannot be read behind this many bytes. */
struct bad_disk {
    const char *bytes;
    size_t len;
    size_t at;
    size_t good;
};

static ssize_t bad_disk_read(void *context, char *out, size_t size)
{
    struct bad_disk *disk = context;
    size_t left = disk->len - disk->at;
    if (disk->at == disk->good && disk->good < disk->len) {
        errno = EIO;
        return -1;
    }
    size = size < left ? size : left;
    size = size < disk->good - disk->at ? size : disk->good - disk->at;
    memcpy(out, disk->bytes + disk->at, size);
    disk->at += size;
    return (ssize_t)size;
}

static void a_disk_that_cannot_be_read_is_no_damage(void **state)
{
    (void)state;
    struct segment_summary summary;
    size_t len;
    char *bytes = make_segment(&len, &summary);
    for (size_t good = 0; good <= len; good++) {
        struct bad_disk disk = {bytes, len, 0, good};
        struct why why = {{0}};
        FILE *file = fopencookie(&disk, "r", (cookie_io_functions_t){.read = bad_disk_read});
        assert_non_null(file);
        assert_int_equal(setvbuf(file, NULL, _IONBF, 0), 0);
        struct buf storage;
        buf_init(&storage, JOURNAL_COMMAND_MAX);
        assert_int_equal(segment_scan(file, SEGMENT_COMMANDS, &storage, NULL, NULL, &summary, &why),
                         good < len ? ERROR_IO : ERROR_NONE);
        assert_true((why.text[0] != 0) == (good < len));
        buf_deinit(&storage);
        assert_int_equal(fclose(file), 0);
    }
    free(bytes);
}

static void a_full_disk_is_said_at_the_end(void **state)
{
    (void)state;
    FILE *file = fopen("/dev/full", "w");
    assert_non_null(file);
    struct segment_writer *writer = segment_writer_new(file, SEGMENT_COMMANDS, 5);
    assert_non_null(writer);
    struct segment_summary summary;
    for (size_t i = 0; i < ENTRIES; i++)
        segment_writer_add(writer, &entries[i]);
    assert_int_equal(segment_writer_finish(writer, &summary), ERROR_FULL);
    segment_writer_destroy(&writer);
    assert_null(writer);
    (void)fclose(file); /* some libraries say the error again, some do not */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(every_flipped_bit_and_every_cut_is_found),
        cmocka_unit_test(forged_runs_are_refused),
        cmocka_unit_test(a_damaged_file_is_not_visited_at_all),
        cmocka_unit_test(a_disk_that_cannot_be_read_is_no_damage),
        cmocka_unit_test(a_full_disk_is_said_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
