#include "cli/fact_archive.h"

#include "cli/data_dir.h"
#include "config/config.h"
#include "journal/segment_file.h"
#include "ledger/epoch.h"
#include "ledger/news.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LEAST = 10000, /* commands worth a segment, unless something has waited for a day */
    MOST = 50000,  /* commands in one */
    DAY_MS = 24 * 60 * 60 * 1000,
    FACT_HEAD = 4 + 2 + 4
};

/* What waits to be written. */
struct waiting {
    bool wanted;        /* the catalog names the segments as a reader */
    uint64_t applied;   /* the state's last command */
    uint64_t read;      /* as far as the ledger knows the segments to be */
    uint64_t since;     /* news behind this are all there */
    uint64_t after;     /* what is in segments, or is lost */
    bool told;          /* there are news behind `after` */
    bool over;          /* there are news that every reader has */
    uint64_t oldest_ms; /* when the first behind `after` was told */
    uint64_t last;      /* as far as the next segment goes */
};

/* The news, as a source of entries from the first command on. */
struct news_source {
    struct store *store;
    struct key chunk; /* the one to begin with */
    uint64_t at_ms;   /* stamp of the last entry */
};

/* Entries in the making: commands from `from` on, as many as fit. */
struct reading {
    struct news_source *source;
    struct journal_entry *entries;
    uint64_t from;
    size_t count;
    struct buf *storage; /* what they told, one behind the other */
};

static enum error clean(const char *folder, struct why *why);
static enum error last_of(const char *data_dir, uint64_t *last, struct why *why);
static enum error look(struct store *store, uint64_t kept, struct waiting *out, struct why *why);
static enum error look_at_readers(struct store_txn *txn, struct waiting *out);
static enum error look_at_news(struct store_txn *txn, struct waiting *out);
static enum error measure(struct store_txn *txn, struct waiting *out);
static bool is_worth_it(const struct waiting *waiting, uint64_t wall_ms);
static enum error write_segment(const char *data_dir, struct store *store,
                                const struct waiting *waiting, struct why *why);
static enum error read_news(void *context, uint64_t from, struct journal_entry *entries,
                            size_t count_max, struct buf *storage, size_t *count, struct why *why);
static enum error read_chunks(struct reading *reading, struct store_txn *txn);
static enum error take_chunk(struct reading *reading, struct slice key, struct slice chunk,
                             bool *done);
static void chunk_key(struct key *key, uint64_t sequence);

enum error fact_archive_list(const char *data_dir, struct segments *out, struct why *why)
{
    char path[DIRECTORY_PATH_MAX];
    enum error error = data_dir_path(data_dir, "facts", path, why);
    *out = (struct segments){NULL, 0};
    return error == ERROR_NONE ? segments_list(path, out, why) : error;
}

enum error fact_archive_open(const char *data_dir, uint64_t tail, uint64_t *set_aside,
                             struct why *why)
{
    struct segments segments;
    char folder[DIRECTORY_PATH_MAX];
    *set_aside = 0;
    enum error error = fact_archive_list(data_dir, &segments, why);
    for (size_t i = 0; i < segments.count && error == ERROR_NONE; i++) {
        char name[DIRECTORY_PATH_MAX + 8];
        uint64_t first;
        uint64_t last;
        if (segments_range(segments.paths[i], &first, &last) && last <= tail)
            continue;
        snprintf(name, sizeof name, "%s.ahead", segments.paths[i]);
        if (rename(segments.paths[i], name) != 0)
            error = why_set(why, directory_error(errno), "cannot rename %s: %s", segments.paths[i],
                            strerror(errno));
        ++*set_aside;
    }
    segments_free(&segments);
    if (error == ERROR_NONE)
        error = data_dir_path(data_dir, "facts", folder, why);
    return error == ERROR_NONE ? clean(folder, why) : error;
}

enum error fact_archive_step(const char *data_dir, struct store *store, uint64_t wall_ms,
                             struct fact_step *out, struct why *why)
{
    struct waiting waiting;
    uint64_t kept;
    *out = (struct fact_step){.last = 0};
    enum error error = last_of(data_dir, &kept, why);
    if (error == ERROR_NONE)
        error = look(store, kept, &waiting, why);
    if (error != ERROR_NONE || !waiting.wanted)
        return error;
    if (is_worth_it(&waiting, wall_ms)) {
        error = write_segment(data_dir, store, &waiting, why);
        if (error != ERROR_NONE)
            return error;
        if (kept > 0 && kept < waiting.after) {
            out->lost_from = kept + 1;
            out->lost_to = waiting.after;
        }
        out->first = waiting.after + 1;
        out->last = waiting.last;
        out->more = waiting.applied - waiting.last >= LEAST;
        kept = waiting.last;
    }
    if (kept > waiting.read || (kept > 0 && waiting.over))
        out->tell = kept;
    return ERROR_NONE;
}

enum error fact_archive_retire(const char *data_dir, uint64_t before_ms, uint64_t *removed,
                               struct why *why)
{
    struct segments segments;
    char folder[DIRECTORY_PATH_MAX];
    *removed = 0;
    enum error error = fact_archive_list(data_dir, &segments, why);
    for (size_t i = 0; i < segments.count && error == ERROR_NONE; i++) {
        if (!segments_older(segments.paths[i], before_ms))
            break;
        if (unlink(segments.paths[i]) != 0)
            error = why_set(why, directory_error(errno), "cannot remove %s: %s", segments.paths[i],
                            strerror(errno));
        *removed += error == ERROR_NONE;
    }
    segments_free(&segments);
    if (error == ERROR_NONE && *removed > 0) {
        error = data_dir_path(data_dir, "facts", folder, why);
        if (error == ERROR_NONE)
            error = directory_sync(folder, why);
    }
    return error;
}

enum error fact_archive_since(const char *data_dir, uint64_t *since, struct why *why)
{
    struct segments segments;
    uint64_t end = 0;
    *since = UINT64_MAX;
    enum error error = fact_archive_list(data_dir, &segments, why);
    for (size_t i = 0; i < segments.count; i++) {
        uint64_t first;
        uint64_t last;
        if (!segments_range(segments.paths[i], &first, &last))
            continue;
        if (*since == UINT64_MAX || first > end + 1)
            *since = first - 1;
        end = last > end ? last : end;
    }
    segments_free(&segments);
    return error;
}

bool fact_next(struct slice *entry, struct fact *fact)
{
    struct slice rest = *entry;
    uint32_t n;
    uint16_t id;
    uint32_t len;
    if (!key_take_u32(&rest, &n) || !key_take_u16(&rest, &id) || !key_take_u32(&rest, &len) ||
        len > rest.len)
        return false;
    *fact = (struct fact){n, id, slice_of(rest.data, len)};
    *entry = slice_of(rest.data + len, rest.len - len);
    return true;
}

/* Half a segment is of no use. */
static enum error clean(const char *folder, struct why *why)
{
    static const char tail[] = ".part";
    char path[DIRECTORY_PATH_MAX];
    enum error error = ERROR_NONE;
    struct dirent *entry;
    DIR *dir = opendir(folder);
    if (dir == NULL && errno == ENOENT)
        return ERROR_NONE;
    if (dir == NULL)
        return why_set(why, directory_error(errno), "cannot read %s: %s", folder, strerror(errno));
    while (error == ERROR_NONE && (entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);
        if (len < sizeof tail || strcmp(entry->d_name + len - (sizeof tail - 1), tail) != 0)
            continue;
        error = data_dir_path(folder, entry->d_name, path, why);
        if (error == ERROR_NONE && unlink(path) != 0)
            error =
                why_set(why, directory_error(errno), "cannot remove %s: %s", path, strerror(errno));
    }
    closedir(dir);
    return error;
}

/* The last command in a segment, 0 when there is none. */
static enum error last_of(const char *data_dir, uint64_t *last, struct why *why)
{
    struct segments segments;
    *last = 0;
    enum error error = fact_archive_list(data_dir, &segments, why);
    for (size_t i = 0; i < segments.count; i++) {
        uint64_t first;
        uint64_t end;
        if (segments_range(segments.paths[i], &first, &end) && end > *last)
            *last = end;
    }
    segments_free(&segments);
    return error;
}

static enum error look(struct store *store, uint64_t kept, struct waiting *out, struct why *why)
{
    struct store_txn *txn;
    struct epoch epoch;
    *out = (struct waiting){.wanted = false};
    enum error error = epoch_read(store, &epoch);
    out->applied = epoch.applied;
    if (error == ERROR_NONE)
        error = store_begin(store, false, &txn);
    if (error == ERROR_NONE) {
        error = look_at_readers(txn, out);
        out->after = kept > out->since ? kept : out->since;
        if (error == ERROR_NONE && out->wanted)
            error = look_at_news(txn, out);
        store_abort(&txn);
    }
    return error == ERROR_NONE
               ? ERROR_NONE
               : why_set(why, error, "cannot read the state's news: %s", error_text(error));
}

static enum error look_at_readers(struct store_txn *txn, struct waiting *out)
{
    struct slice name;
    struct slice key;
    struct slice value;
    struct key at = {.data = {0}, .len = 1};
    enum error error;
    out->since = UINT64_MAX;
    while ((error = store_seek(txn, TABLE_readers, key_slice(&at), true, &key, &value)) ==
           ERROR_NONE) {
        uint64_t upto;
        memcpy(at.data, key.data, key.len);
        at.len = key.len;
        if (!key_take_text(&key, &name) || !key_take_u64(&value, &upto))
            return ERROR_CORRUPT;
        out->since = upto < out->since ? upto : out->since;
        if (slice_is(name, CONFIG_FACTS_READER)) {
            out->wanted = true;
            out->read = upto;
        }
    }
    return error == ERROR_NOT_FOUND ? ERROR_NONE : error;
}

static enum error look_at_news(struct store_txn *txn, struct waiting *out)
{
    struct slice key;
    struct slice value;
    struct key at;
    uint64_t sequence;
    chunk_key(&at, 0);
    enum error error = store_seek(txn, TABLE_news, key_slice(&at), false, &key, &value);
    if (error == ERROR_NONE && !key_take_u64(&key, &sequence))
        error = ERROR_CORRUPT;
    if (error == ERROR_NONE) {
        out->over = sequence <= out->since;
        if (out->applied > out->after)
            error = measure(txn, out);
    }
    return error == ERROR_NOT_FOUND ? ERROR_NONE : error;
}

/* When the first of them was told, and where a segment is full: between two batches. */
static enum error measure(struct store_txn *txn, struct waiting *out)
{
    struct news_entry entry;
    struct slice key;
    struct slice value;
    struct key at;
    uint64_t batch = out->after; /* the last one that was seen */
    uint64_t whole = out->after; /* the one before it */
    size_t bytes = 0;
    out->last = out->applied - out->after > MOST ? out->after + MOST : out->applied;
    chunk_key(&at, out->after + 1);
    enum error error = store_seek(txn, TABLE_news, key_slice(&at), false, &key, &value);
    while (error == ERROR_NONE && batch <= out->last) {
        uint64_t sequence;
        memcpy(at.data, key.data, key.len);
        at.len = key.len;
        if (!key_take_u64(&key, &sequence))
            return ERROR_CORRUPT;
        whole = sequence != batch ? batch : whole;
        batch = sequence;
        if (bytes > FACT_SEGMENT_BYTES && whole > out->after) {
            out->last = whole < out->last ? whole : out->last;
            break;
        }
        bytes += value.len;
        while (!out->told && news_entry_next(&value, &entry)) {
            out->told = entry.sequence > out->after;
            out->oldest_ms = entry.at_ms;
        }
        error = store_seek(txn, TABLE_news, key_slice(&at), true, &key, &value);
    }
    return error == ERROR_NOT_FOUND ? ERROR_NONE : error;
}

/* News that the reader's place does not hold back may go at any time: those that were there before
 * the catalog named it, and those of a segment that was lost. */
static bool is_worth_it(const struct waiting *waiting, uint64_t wall_ms)
{
    if (!waiting->told)
        return false;
    return waiting->after < waiting->read || waiting->applied - waiting->after >= LEAST ||
           wall_ms >= waiting->oldest_ms + DAY_MS;
}

/* The state may not lose again, by a power cut, what is told from elsewhere then. */
static enum error write_segment(const char *data_dir, struct store *store,
                                const struct waiting *waiting, struct why *why)
{
    struct news_source news = {.store = store, .chunk = {.len = 0}};
    const struct segment_source source = {SEGMENT_FACTS, read_news, &news};
    char folder[DIRECTORY_PATH_MAX];
    enum error error = store_sync(store);
    if (error != ERROR_NONE)
        return why_set(why, error, "cannot make the state durable: %s", error_text(error));
    chunk_key(&news.chunk, waiting->after + 1);
    error = data_dir_path(data_dir, "facts", folder, why);
    return error == ERROR_NONE
               ? segment_file_make(&source, waiting->after + 1, waiting->last, folder, why)
               : error;
}

static enum error read_news(void *context, uint64_t from, struct journal_entry *entries,
                            size_t count_max, struct buf *storage, size_t *count, struct why *why)
{
    struct reading reading = {context, entries, from, count_max, storage};
    struct store_txn *txn;
    buf_clear(storage);
    for (size_t i = 0; i < count_max; i++)
        entries[i] = (struct journal_entry){.sequence = from + i};
    enum error error = store_begin(reading.source->store, false, &txn);
    if (error == ERROR_NONE) {
        error = read_chunks(&reading, txn);
        store_abort(&txn);
    }
    if (error == ERROR_NONE && reading.count == 0)
        error = ERROR_TOO_LARGE;
    if (error != ERROR_NONE)
        return why_set(why, error, "cannot read what command %llu told: %s",
                       (unsigned long long)from, error_text(error));
    const char *at = storage->data;
    for (size_t i = 0; i < reading.count; i++) {
        size_t len = entries[i].command.len;
        entries[i].command = slice_of(len == 0 ? NULL : at, len);
        at = len == 0 ? at : at + len;
        if (entries[i].at_ms > reading.source->at_ms)
            reading.source->at_ms = entries[i].at_ms;
        entries[i].at_ms = reading.source->at_ms;
    }
    *count = reading.count;
    return ERROR_NONE;
}

static enum error read_chunks(struct reading *reading, struct store_txn *txn)
{
    struct key at = reading->source->chunk;
    struct slice key;
    struct slice value;
    bool done = false;
    enum error error = store_seek(txn, TABLE_news, key_slice(&at), false, &key, &value);
    while (error == ERROR_NONE && !done) {
        memcpy(at.data, key.data, key.len);
        at.len = key.len;
        error = take_chunk(reading, key, value, &done);
        if (error == ERROR_NONE && !done)
            error = store_seek(txn, TABLE_news, key_slice(&at), true, &key, &value);
    }
    return error == ERROR_NOT_FOUND ? ERROR_NONE : error;
}

/* A command's entries may lie in several chunks: the next reading begins where those of its first
 * command do. */
static enum error take_chunk(struct reading *reading, struct slice key, struct slice chunk,
                             bool *done)
{
    struct news_entry entry;
    struct key *begin = &reading->source->chunk;
    while (chunk.len > 0) {
        if (!news_entry_next(&chunk, &entry))
            return ERROR_CORRUPT;
        if (entry.sequence < reading->from)
            continue;
        uint64_t i = entry.sequence - reading->from;
        if (i >= reading->count || reading->entries[i].at_ms == 0) { /* its first */
            memcpy(begin->data, key.data, key.len);
            begin->len = key.len;
        }
        *done = i >= reading->count;
        if (*done)
            return ERROR_NONE;
        reading->entries[i].at_ms = entry.at_ms;
        if (record_find(entry.id) != NULL) /* a walk tells those as they are now */
            continue;
        size_t len = FACT_HEAD + entry.bytes.len;
        if (reading->entries[i].command.len + len > JOURNAL_COMMAND_MAX)
            return ERROR_TOO_LARGE;
        if (len > reading->storage->max - reading->storage->len) {
            reading->count = (size_t)i;
            *done = true;
            return ERROR_NONE;
        }
        buf_append_u32_be(reading->storage, (uint32_t)entry.n);
        buf_append_u16_be(reading->storage, entry.id);
        buf_append_u32_be(reading->storage, (uint32_t)entry.bytes.len);
        buf_append_slice(reading->storage, entry.bytes);
        if (reading->storage->failed)
            return ERROR_MEMORY;
        reading->entries[i].command.len += len;
    }
    return ERROR_NONE;
}

static void chunk_key(struct key *key, uint64_t sequence)
{
    key_clear(key);
    key_u64(key, sequence);
    key_u64(key, 0);
}
