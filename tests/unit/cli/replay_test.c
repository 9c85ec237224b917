#include "cli/replay.h"

#include "base/encoding.h"
#include "cli/data_dir.h"
#include "journal/journal.h"
#include "ledger/ledger.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { COMMANDS = 40 };

static char folder[64];

static const char *inside(const char *name)
{
    static char path[DIRECTORY_PATH_MAX];
    assert_int_equal(data_dir_path(folder, name, path, NULL), ERROR_NONE);
    return path;
}

static void remove_files(const char *name)
{
    char path[DIRECTORY_PATH_MAX];
    char file[DIRECTORY_PATH_MAX];
    struct dirent *entry;

    snprintf(path, sizeof(path), "%s", inside(name));
    DIR *dir = opendir(path);
    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.' && data_dir_path(path, entry->d_name, file, NULL) == ERROR_NONE)
            assert_int_equal(unlink(file), 0);
    closedir(dir);
    assert_int_equal(rmdir(path), 0);
}

/* Command number i of a history: a configuration, then one new member each, telegram ids from first
 * on. */
static void encode_command(int64_t first, int i, struct buf *out)
{
    const struct message rows[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {.name = SLICE("Club"), .timezone = SLICE("UTC")}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {.name = SLICE("main")}},
    };
    uint8_t hash[32];
    struct buf catalog;

    buf_init(&catalog, 4096);
    for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
        wire_encode(&catalog, &rows[row]);
    sha256(buf_slice(&catalog), hash);
    const struct message configure = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {.hash = slice_of(hash, 32), .catalog = buf_slice(&catalog)}};
    const struct message contact = {.kind = MESSAGE_cmd_said,
                                    .cmd_said = {.bot = SLICE("main"),
                                                 .update_id = (uint64_t)i + 1,
                                                 .chat_id = first + i,
                                                 .telegram_id = first + i,
                                                 .name = SLICE("Ann"),
                                                 .language = SLICE("en"),
                                                 .text = SLICE("hello")}};
    buf_init(out, 8192);
    wire_encode(out, i == 0 ? &configure : &contact);
    buf_deinit(&catalog);
}

static void write_journal_at(const char *name, int64_t first, bool trim)
{
    const struct journal_options options = {.map_bytes = 16 * 1024 * 1024};
    struct journal *journal;
    struct buf bytes[COMMANDS];
    struct slice commands[COMMANDS];
    uint64_t sequence;

    assert_int_equal(journal_open(inside(name), &options, &journal, NULL), ERROR_NONE);
    for (int i = 0; i < COMMANDS; i++) {
        encode_command(first, i, &bytes[i]);
        commands[i] = buf_slice(&bytes[i]);
    }
    assert_int_equal(journal_append(journal, commands, COMMANDS, 1000, &sequence), ERROR_NONE);
    for (int i = 0; i < COMMANDS; i++)
        buf_deinit(&bytes[i]);
    if (trim) {
        char archive[DIRECTORY_PATH_MAX];
        snprintf(archive, sizeof(archive), "%s", inside("archive"));
        assert_int_equal(journal_trim(journal, COMMANDS / 4, archive, NULL), ERROR_NONE);
        assert_int_equal(journal_trim(journal, COMMANDS / 2, archive, NULL), ERROR_NONE);
    }
    journal_close(&journal);
}

static void write_journal(int64_t first, bool trim)
{
    write_journal_at("journal", first, trim);
}

/* The state after the first applied commands of such a history. */
static void write_state(int64_t first, int applied)
{
    const struct store_options options = {.map_bytes = 64 * 1024 * 1024};
    struct effects effects = {NULL, 0, 0};
    struct store *store;
    struct ledger *ledger;
    unsigned result;

    assert_int_equal(store_open(inside("state"), &options, &store, NULL), ERROR_NONE);
    assert_int_equal(ledger_open(store, &ledger, NULL), ERROR_NONE);
    if (applied > 0)
        assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    for (int i = 0; i < applied; i++) {
        struct buf bytes;
        encode_command(first, i, &bytes);
        assert_int_equal(
            ledger_apply(ledger, (uint64_t)i + 1, 1000, buf_slice(&bytes), &result, &effects),
            ERROR_NONE);
        assert_int_equal(result, RESULT_ok);
        buf_deinit(&bytes);
    }
    if (applied > 0)
        assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    ledger_close(&ledger);
    store_close(&store);
    free(effects.items);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/replay-test-XXXXXX");
    return mkdtemp(folder) == NULL;
}

/* Also proves that nothing but these is left behind. */
static int tear_down(void **state)
{
    (void)state;
    remove_files("journal");
    remove_files("state");
    remove_files("archive");
    return rmdir(folder);
}

static void assert_equal_hashes(int applied, bool equal)
{
    struct why why = {""};
    struct replay replay;
    enum error error = replay_run(folder, false, &replay, &why);
    if (error != ERROR_NONE)
        fail_msg("%s", why.text);
    assert_int_equal(replay.applied, applied);
    assert_int_equal(memcmp(replay.hash, replay.state_hash, sizeof(replay.hash)) == 0, equal);
}

static void the_journal_gives_the_state(void **state)
{
    (void)state;
    write_journal(100, false);
    write_state(100, COMMANDS);
    assert_equal_hashes(COMMANDS, true);
}

static void a_state_that_lags_is_compared_where_it_is(void **state)
{
    (void)state;
    write_journal(100, false);
    write_state(100, 7);
    assert_equal_hashes(7, true);
}

static void an_empty_state_is_equal(void **state)
{
    (void)state;
    write_journal(100, false);
    write_state(100, 0);
    assert_equal_hashes(0, true);
}

static void another_state_shows(void **state)
{
    (void)state;
    write_journal(100, false);
    write_state(101, COMMANDS);
    assert_equal_hashes(COMMANDS, false);
}

static void a_state_without_its_journal_is_said(void **state)
{
    struct why why = {""};
    struct replay replay;
    (void)state;

    write_journal(100, false);
    write_state(100, COMMANDS + 1);
    assert_int_equal(replay_run(folder, false, &replay, &why), ERROR_NOT_FOUND);
    assert_non_null(strstr(why.text, "neither journal nor archive"));
}

static void the_archive_comes_first(void **state)
{
    (void)state;
    write_journal(100, true);
    write_state(100, COMMANDS);
    assert_equal_hashes(COMMANDS, true);
}

/* A trim that was cut off between archiving and removing leaves a segment that the next one holds
 * again. */
static void segments_may_overlap(void **state)
{
    const struct journal_options options = {.map_bytes = 16 * 1024 * 1024};
    struct journal *journal;
    char archive[DIRECTORY_PATH_MAX];
    (void)state;

    write_journal(100, true);
    write_journal_at("other", 100, false);
    assert_int_equal(journal_open(inside("other"), &options, &journal, NULL), ERROR_NONE);
    snprintf(archive, sizeof(archive), "%s", inside("archive"));
    assert_int_equal(journal_trim(journal, COMMANDS / 3, archive, NULL), ERROR_NONE);
    journal_close(&journal);
    remove_files("other");
    write_state(100, COMMANDS);
    assert_equal_hashes(COMMANDS, true);
}

static void a_hole_in_the_archive_is_said(void **state)
{
    struct why why = {""};
    struct replay replay;
    char name[128];
    (void)state;

    write_journal(100, true);
    write_state(100, COMMANDS);
    snprintf(name, sizeof(name), "archive/segment-%020d-%020d.seg", 1, COMMANDS / 4);
    assert_int_equal(unlink(inside(name)), 0);
    assert_int_equal(replay_run(folder, false, &replay, &why), ERROR_NOT_FOUND);
    assert_non_null(strstr(why.text, "command 1 is missing"));
    remove_files("archive");
    assert_int_equal(replay_run(folder, false, &replay, &why), ERROR_NOT_FOUND);
    assert_non_null(strstr(why.text, "the journal begins at command"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_journal_gives_the_state, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_state_that_lags_is_compared_where_it_is, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_empty_state_is_equal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_state_shows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_state_without_its_journal_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_archive_comes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(segments_may_overlap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hole_in_the_archive_is_said, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
