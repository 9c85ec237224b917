/* A data directory with a history, for tests of what reads it: an upgrade or none, a configuration,
 * then one new member a command. */
#ifndef USHER_TESTS_UNIT_CLI_HISTORY_H
#define USHER_TESTS_UNIT_CLI_HISTORY_H

#include "base/assert.h"
#include "base/encoding.h"
#include "cli/builder.h"
#include "cli/data_dir.h"
#include "journal/journal.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char history_folder[64];

static inline const char *history_path(const char *name)
{
    static char paths[4][DIRECTORY_PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    ASSERT(data_dir_path(history_folder, name, path, NULL) == ERROR_NONE);
    return path;
}

static inline void history_begin(void)
{
    snprintf(history_folder, sizeof(history_folder), "/tmp/history-test-XXXXXX");
    ASSERT(mkdtemp(history_folder) != NULL);
}

/* Two levels are all there are. */
static inline void history_end(void)
{
    static const char *const folders[] = {"epochs", "."};
    for (size_t i = 0; i < 2; i++) {
        const char *folder = history_path(folders[i]);
        DIR *dir = opendir(folder);
        struct dirent *entry;
        char path[DIRECTORY_PATH_MAX];
        while (dir != NULL && (entry = readdir(dir)) != NULL)
            if (entry->d_name[0] != '.' &&
                data_dir_path(folder, entry->d_name, path, NULL) == ERROR_NONE)
                (void)data_dir_remove(path, NULL);
        if (dir != NULL)
            closedir(dir);
        ASSERT(data_dir_remove(folder, NULL) == ERROR_NONE || i > 0);
    }
    ASSERT(rmdir(history_folder) == 0 || access(history_folder, F_OK) != 0);
}

static inline void history_command(uint64_t sequence, uint64_t upgrade_at, uint64_t rules,
                                   struct buf *out)
{
    const struct message rows[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {.name = SLICE("Club"), .timezone = SLICE("UTC")}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {.name = SLICE("main")}},
    };
    uint8_t hash[32];
    char bytes[512];
    struct buf catalog = {.data = bytes, .cap = sizeof(bytes), .max = sizeof(bytes)};
    for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
        wire_encode(&catalog, &rows[row]);
    sha256(buf_slice(&catalog), hash);
    const struct message upgrade = {.kind = MESSAGE_cmd_upgrade,
                                    .cmd_upgrade = {.rules = rules, .from = sequence}};
    const struct message configure = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {.hash = slice_of(hash, 32), .catalog = buf_slice(&catalog)}};
    const struct message said = {.kind = MESSAGE_cmd_said,
                                 .cmd_said = {.bot = SLICE("main"),
                                              .update_id = sequence,
                                              .chat_id = 100 + (int64_t)sequence,
                                              .telegram_id = 100 + (int64_t)sequence,
                                              .name = SLICE("Ann"),
                                              .language = SLICE("en"),
                                              .text = SLICE("hello")}};
    buf_clear(out);
    wire_encode(out, sequence == upgrade_at ? &upgrade : sequence == 2 ? &configure : &said);
    ASSERT(!out->failed);
}

/* Commands first to last into the journal; number upgrade_at says that the rules are these. */
static inline void history_append(uint64_t first, uint64_t last, uint64_t upgrade_at,
                                  uint64_t rules)
{
    const struct journal_options options = {.map_bytes = 16 * 1024 * 1024};
    struct journal *journal;
    struct buf command;
    buf_init(&command, 4096);
    ASSERT(journal_open(history_path("journal"), &options, &journal, NULL) == ERROR_NONE);
    for (uint64_t sequence = first; sequence <= last; sequence++) {
        uint64_t appended;
        history_command(sequence, upgrade_at, rules, &command);
        struct slice bytes = buf_slice(&command);
        ASSERT(journal_append(journal, &bytes, 1, sequence * 1000, &appended) == ERROR_NONE);
        ASSERT(appended == sequence);
    }
    journal_close(&journal);
    buf_deinit(&command);
}

/* Brings the state up to the journal's command `last`. */
static inline void history_apply(uint64_t last)
{
    struct why why = {""};
    struct builder builder;
    const struct checkpoint empty = {.name = ""};
    enum error error = builder_open(&builder, history_folder, history_path("state"), &empty, &why);
    if (error == ERROR_NONE)
        error = builder_run(&builder, last);
    builder_close(&builder);
    if (error != ERROR_NONE)
        fprintf(stderr, "%s\n", why.text);
    ASSERT(error == ERROR_NONE);
}

static inline void history_trim(uint64_t last)
{
    const struct journal_options options = {.map_bytes = 16 * 1024 * 1024};
    struct journal *journal;
    ASSERT(journal_open(history_path("journal"), &options, &journal, NULL) == ERROR_NONE);
    ASSERT(journal_trim(journal, last, history_path("archive"), NULL) == ERROR_NONE);
    journal_close(&journal);
}

static inline struct epoch history_keep(uint64_t at_ms)
{
    const struct store_options options = {.read_only = true};
    struct store *store;
    struct epoch kept;
    ASSERT(store_open(history_path("state"), &options, &store, NULL) == ERROR_NONE);
    ASSERT(checkpoint_keep(history_folder, store, at_ms, false, &kept, NULL) == ERROR_NONE);
    store_close(&store);
    return kept;
}

static inline void history_hash(const char *name, uint8_t out[32])
{
    const struct store_options options = {.read_only = true};
    struct store *store;
    ASSERT(store_open(history_path(name), &options, &store, NULL) == ERROR_NONE);
    ASSERT(builder_store_hash(store, out, NULL) == ERROR_NONE);
    store_close(&store);
}

#endif
