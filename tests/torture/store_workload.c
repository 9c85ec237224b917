/* A program for disks that fail and power that goes: it does to the two environments what usher's
 * ledger actor does, in one thread, and writes down what was acknowledged.
 *
 *   store_workload run DIR ACKS SEED BATCHES
 *       Appends commands to DIR/journal and applies them to DIR/state, keeps facts, trims, copies
 * and closes an epoch now and then, and appends to ACKS a line for what became durable: "entry
 * SEQUENCE CRC" and "copy NUMBER". Where usher would answer 503 it tries again a few times. Exit
 * code 0: all done; 4: it gave up, in order; 3: an error that a failing disk does not excuse.
 *   store_workload verify DIR ACKS
 *       Opens DIR as usher would after a crash: what ACKS says is there, the state is not ahead of
 *       the journal, the rest is applied, the whole history gives this state, what it told is in
 * segments and news, once, and all goes on. Exit code 0, or 1 and a sentence. */
#include "base/buf.h"
#include "base/encoding.h"
#include "base/prng.h"
#include "cli/checkpoint.h"
#include "cli/replay.h"
#include "cli/segments.h"
#include "journal/journal.h"
#include "ledger/ledger.h"
#include "ledger/numbers.h"
#include "store/directory.h"
#include "tests/torture/facts_check.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

enum {
    TRIES = 5,
    EACH_MAX = 6, /* commands in an append */
    READ_ENTRIES = 64,
    APPLY_EVERY = 3, /* batches */
    TRIM_EVERY = 13,
    FACTS_EVERY = 7,
    TWO_DAYS_MS = 2 * 24 * 3600 * 1000, /* so old, what was told is worth a segment */
    COPY_EVERY = 29,
    EPOCH_EVERY = 19,
    CONFIGURE_EVERY = 17,
    KEEP = 20,
    PLANS = 60,
    MEMBERS = 150,
    COMMANDS_MAX = 4000000
};

struct workload {
    const char *dir;
    int acks;
    struct prng prng;
    struct journal *journal;
    struct store *store;
    struct ledger *ledger;
    struct effects effects;
    struct journal_entry entries[READ_ENTRIES];
    struct buf storage;
    struct buf catalog;
    struct buf commands; /* of one append */
    struct slice slices[EACH_MAX];
    uint64_t payments; /* made so far, their ids follow from their numbers */
    uint64_t updates;
    uint64_t delivery; /* one that may be under way */
    uint64_t copies;
    uint64_t refused; /* operations that failed */
    uint64_t now_ms;
};

static struct workload workload;

static _Noreturn void fail(int code, const char *what, enum error error, const struct why *why)
{
    fprintf(stderr, "%s: %s %s\n", what, error_text(error), why != NULL ? why->text : "");
    exit(code);
}

/* What a full or broken disk may say. */
static bool is_excused(enum error error)
{
    return error == ERROR_FULL || error == ERROR_IO || error == ERROR_BUSY;
}

static void expect_excuse(const char *what, enum error error, const struct why *why)
{
    if (!is_excused(error))
        fail(3, what, error, why);
    workload.refused++;
}

static const char *path_in(const char *dir, const char *name)
{
    static char paths[4][DIRECTORY_PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    if (snprintf(path, DIRECTORY_PATH_MAX, "%s/%s", dir, name) >= DIRECTORY_PATH_MAX)
        exit(2);
    return path;
}

static enum error open_all(struct workload *it, struct why *why)
{
    enum error error = checkpoints_clean(it->dir, why);
    if (error == ERROR_NONE)
        error = journal_open(path_in(it->dir, "journal"), &(struct journal_options){0},
                             &it->journal, why);
    if (error == ERROR_NONE)
        error = store_open(path_in(it->dir, "state"), &(struct store_options){.sync_lazily = true},
                           &it->store, why);
    if (error == ERROR_NONE)
        error = ledger_open(it->store, &it->ledger, why);
    if (error != ERROR_NONE)
        return error;
    uint64_t tail = journal_tail(it->journal), applied = ledger_applied(it->ledger);
    if (applied > tail || applied + 1 < journal_head(it->journal))
        return why_set(why, ERROR_CORRUPT,
                       "applied %" PRIu64 ", the journal has %" PRIu64 " to %" PRIu64, applied,
                       journal_head(it->journal), tail);
    it->now_ms = UINT64_C(1700000000000) + tail * 1000;
    uint64_t aside;
    return fact_archive_open(it->dir, tail, &aside, why);
}

static void close_all(struct workload *it)
{
    ledger_close(&it->ledger);
    store_close(&it->store);
    journal_close(&it->journal);
}

static void acknowledge(struct workload *it, const char *line)
{
    ssize_t len = (ssize_t)strlen(line);
    if (write(it->acks, line, (size_t)len) != len)
        fail(2, "cannot write the acknowledgements", ERROR_IO, NULL);
}

static uint32_t checksum(struct slice bytes)
{
    return (uint32_t)crc32(0, (const Bytef *)bytes.data, (uInt)bytes.len);
}

static void make_catalog(struct buf *rows)
{
    static const int64_t chats[] = {-1001000000001, -1001000000002};
    static const char *const groups[] = {"starter", "core"};
    buf_init(rows, 1 << 20);
    struct message row = {.kind = MESSAGE_catalog_community,
                          .catalog_community = {.name = SLICE("Trade Club"),
                                                .timezone = SLICE("Asia/Shanghai"),
                                                .removals_per_hour = 100,
                                                .readers = SLICE("facts")}};
    wire_encode(rows, &row);
    row = (struct message){.kind = MESSAGE_catalog_bot, .catalog_bot = {.name = SLICE("main")}};
    wire_encode(rows, &row);
    for (uint64_t i = 0; i < 2; i++) {
        row = (struct message){.kind = MESSAGE_catalog_group,
                               .catalog_group = {.name = slice_from(groups[i]),
                                                 .bot = SLICE("main"),
                                                 .chat_id = chats[i],
                                                 .invite = i,
                                                 .link_ttl_ms = 86400000}};
        wire_encode(rows, &row);
    }
    for (int i = 0; i < PLANS; i++) {
        char name[32];
        snprintf(name, sizeof name, "plan%d", i);
        row = (struct message){.kind = MESSAGE_catalog_plan,
                               .catalog_plan = {.name = slice_from(name), .grace_ms = 3600000}};
        wire_encode(rows, &row);
        row = (struct message){
            .kind = MESSAGE_catalog_plan_group,
            .catalog_plan_group = {.plan = slice_from(name), .group = slice_from(groups[i % 2])}};
        wire_encode(rows, &row);
        row = (struct message){.kind = MESSAGE_catalog_price,
                               .catalog_price = {.plan = slice_from(name),
                                                 .amount = 900 + i,
                                                 .currency = SLICE("USD"),
                                                 .months = 1}};
        wire_encode(rows, &row);
    }
}

static void payment(struct workload *it, struct message *out, char text[2][64])
{
    bool again = it->payments > 0 && prng_below(&it->prng, 8) == 0;
    uint64_t number = again ? 1 + prng_below(&it->prng, it->payments) : ++it->payments;
    uint64_t plan = number % PLANS;
    bool back = prng_below(&it->prng, 8) == 0;
    snprintf(text[0], 64, "%s_%" PRIu64, back ? "back" : "evt", number);
    snprintf(text[1], 64, "plan%" PRIu64, plan);
    *out = (struct message){.kind = MESSAGE_cmd_payment,
                            .cmd_payment = {.gateway = SLICE("stripe"),
                                            .event_id = slice_from(text[0]),
                                            .payment_id = slice_from(strchr(text[0], '_')),
                                            .kind = back ? PAYMENT_REFUNDED : PAYMENT_PAID,
                                            .telegram_id = (int64_t)(1 + number % MEMBERS),
                                            .plan = slice_from(text[1]),
                                            .order_id = SLICE(""),
                                            .amount = (int64_t)(900 + plan),
                                            .currency = SLICE("USD")}};
}

static void something(struct workload *it, struct message *out, char text[2][64])
{
    uint64_t choice = prng_below(&it->prng, 10);
    int64_t member = (int64_t)(1 + prng_below(&it->prng, MEMBERS));
    if (choice < 5) {
        payment(it, out, text);
    } else if (choice < 6) {
        *out = (struct message){.kind = MESSAGE_cmd_said,
                                .cmd_said = {.bot = SLICE("main"),
                                             .update_id = ++it->updates,
                                             .telegram_id = member,
                                             .name = SLICE("Ann"),
                                             .language = SLICE("zh-hans"),
                                             .chat_id = member,
                                             .origin = SAID_PRIVATE,
                                             .module = MODULE_access,
                                             .verb = SLICE("start")}};
    } else if (choice < 7) {
        *out = (struct message){.kind = MESSAGE_cmd_join_request,
                                .cmd_join_request = {.bot = SLICE("main"),
                                                     .update_id = ++it->updates,
                                                     .chat_id = -1001000000001,
                                                     .telegram_id = member,
                                                     .name = SLICE("Ann"),
                                                     .language = SLICE("en"),
                                                     .link = SLICE("")}};
    } else if (choice < 8) {
        *out = (struct message){.kind = MESSAGE_cmd_tick, .cmd_tick = {.due_ms = 0}};
    } else {
        *out = (struct message){.kind = MESSAGE_cmd_outcome,
                                .cmd_outcome = {.delivery = it->delivery,
                                                .lane = SLICE("telegram:main"),
                                                .result = OUTCOME_DONE,
                                                .parts_count = 1,
                                                .link = SLICE("https://t.me/+abcdef"),
                                                .error = SLICE("")}};
    }
}

/* Fills slices with the commands of one append. */
static size_t make_commands(struct workload *it, uint64_t batch)
{
    size_t ends[EACH_MAX];
    size_t count = 1 + (size_t)prng_below(&it->prng, EACH_MAX);
    uint8_t hash[32];
    buf_clear(&it->commands);
    for (size_t i = 0; i < count; i++) {
        struct message message;
        char text[2][64];
        something(it, &message, text);
        if (batch % CONFIGURE_EVERY == 0 && i == 0) {
            sha256(buf_slice(&it->catalog), hash);
            message = (struct message){.kind = MESSAGE_cmd_configure,
                                       .cmd_configure = {.hash = slice_of(hash, sizeof hash),
                                                         .catalog = buf_slice(&it->catalog)}};
        }
        wire_encode(&it->commands, &message);
        ends[i] = it->commands.len;
    }
    if (it->commands.failed)
        fail(2, "cannot make commands", ERROR_MEMORY, NULL);
    for (size_t i = 0; i < count; i++) {
        size_t from = i == 0 ? 0 : ends[i - 1];
        it->slices[i] = slice_of(it->commands.data + from, ends[i] - from);
    }
    return count;
}

/* False: it was not accepted, however often. */
static bool append(struct workload *it, size_t count)
{
    for (int i = 0; i < TRIES; i++) {
        uint64_t first;
        enum error error = journal_append(it->journal, it->slices, count, it->now_ms, &first);
        if (error != ERROR_NONE) {
            expect_excuse("append", error, NULL);
            continue;
        }
        for (size_t k = 0; k < count; k++) {
            char line[80];
            snprintf(line, sizeof line, "entry %" PRIu64 " %08x\n", first + k,
                     (unsigned)checksum(it->slices[k]));
            acknowledge(it, line);
        }
        it->now_ms += 1000;
        return true;
    }
    return false;
}

static enum error apply_some(struct workload *it)
{
    struct why why = {""};
    size_t count = 0;
    enum error error = ledger_begin(it->ledger);
    if (error != ERROR_NONE)
        return error;
    uint64_t first = ledger_applied(it->ledger) + 1, tail = journal_tail(it->journal);
    if (first > tail) { /* a commit that failed was stored after all */
        ledger_abort(it->ledger);
        return ERROR_NONE;
    }
    uint64_t max = tail - first + 1 < READ_ENTRIES ? tail - first + 1 : READ_ENTRIES;
    error = journal_read(it->journal, first, it->entries, (size_t)max, &it->storage, &count, &why);
    if (error == ERROR_NONE && count == 0)
        fail(3, "a command of the journal is missing", ERROR_CORRUPT, NULL);
    it->effects.count = 0;
    for (size_t i = 0; i < count && error == ERROR_NONE; i++) {
        unsigned result;
        error = ledger_apply(it->ledger, it->entries[i].sequence, it->entries[i].at_ms,
                             it->entries[i].command, &result, &it->effects);
    }
    if (error == ERROR_NONE)
        error = ledger_commit(it->ledger);
    else
        ledger_abort(it->ledger);
    if (error == ERROR_NONE && it->effects.count > 0)
        it->delivery = it->effects.items[it->effects.count / 2].delivery;
    return error;
}

/* False: the state stays behind. */
static bool apply_all(struct workload *it)
{
    int tries = TRIES;
    while (ledger_applied(it->ledger) < journal_tail(it->journal) && tries > 0) {
        enum error error = apply_some(it);
        if (error != ERROR_NONE) {
            expect_excuse("apply", error, NULL);
            tries--;
        }
    }
    return tries > 0;
}

/* Behind a state that is on disk for certain; what fails is tried again the next time. */
static void trim(struct workload *it)
{
    struct why why = {""};
    enum error error = store_sync(it->store);
    uint64_t applied = ledger_applied(it->ledger);
    if (error == ERROR_NONE && applied > KEEP)
        error = journal_trim(it->journal, applied - KEEP, path_in(it->dir, "archive"), &why);
    if (error != ERROR_NONE)
        expect_excuse("trim", error, &why);
}

static void keep_facts(struct workload *it)
{
    struct why why = {""};
    struct fact_step step;
    enum error error = fact_archive_step(it->dir, it->store, it->now_ms + TWO_DAYS_MS, &step, &why);
    if (error != ERROR_NONE) {
        expect_excuse("facts", error, &why);
        return;
    }
    if (step.lost_to != 0)
        fail(3, "facts are lost", ERROR_CORRUPT, NULL);
    if (step.tell == 0)
        return;
    const struct message read = {.kind = MESSAGE_cmd_news_read,
                                 .cmd_news_read = {.reader = SLICE("facts"), .upto = step.tell}};
    buf_clear(&it->commands);
    wire_encode(&it->commands, &read);
    it->slices[0] = buf_slice(&it->commands);
    (void)append(it, 1);
}

static void copy(struct workload *it)
{
    struct why why = {""};
    char name[64], file[DIRECTORY_PATH_MAX];
    snprintf(name, sizeof name, "copy%" PRIu64, ++it->copies);
    enum error error = store_copy(it->store, path_in(it->dir, name), &why);
    if (error == ERROR_NONE) {
        snprintf(file, sizeof file, "copy %" PRIu64 "\n", it->copies);
        acknowledge(it, file);
        return;
    }
    expect_excuse("copy", error, &why);
    snprintf(file, sizeof file, "%s/data.mdb", path_in(it->dir, name));
    if (access(file, F_OK) == 0 && error != ERROR_BUSY)
        printf("half a copy at %s\n", file);
}

/* As a start of an usher with other rules does; the state has all that is in the journal. */
static void close_epoch(struct workload *it)
{
    struct why why = {""};
    struct epoch kept;
    enum error error = store_sync(it->store);
    if (error == ERROR_NONE)
        error = checkpoint_keep(it->dir, it->store, it->now_ms, true, &kept, &why);
    if (error != ERROR_NONE) {
        expect_excuse("epoch", error, &why);
        return;
    }
    const struct message upgrade = {
        .kind = MESSAGE_cmd_upgrade,
        .cmd_upgrade = {.rules = ledger_rules(), .from = kept.applied + 1}};
    buf_clear(&it->commands);
    wire_encode(&it->commands, &upgrade);
    it->slices[0] = buf_slice(&it->commands);
    (void)append(it, 1);
}

static int run(struct workload *it, uint64_t batches)
{
    struct why why = {""};
    bool gave_up = false;
    enum error error = open_all(it, &why);
    if (error != ERROR_NONE) {
        close_all(it);
        if (!is_excused(error))
            fail(3, "open", error, &why);
        printf("gave up: %s\n", why.text);
        return 4;
    }
    for (uint64_t batch = 0; batch < batches && !gave_up; batch++) {
        gave_up = !append(it, make_commands(it, batch));
        bool level = gave_up || batch % APPLY_EVERY != 0 || apply_all(it);
        if (batch % TRIM_EVERY == TRIM_EVERY - 1 && level && !gave_up)
            trim(it);
        if (batch % FACTS_EVERY == FACTS_EVERY - 1 && !gave_up)
            keep_facts(it);
        if (batch % EPOCH_EVERY == EPOCH_EVERY - 1 && !gave_up && apply_all(it))
            close_epoch(it);
        if (batch % COPY_EVERY == COPY_EVERY - 1 && !gave_up)
            copy(it);
    }
    gave_up = !apply_all(it) || gave_up;
    printf("%s: %" PRIu64 " refused, tail %" PRIu64 ", applied %" PRIu64 "\n",
           gave_up ? "gave up" : "done", it->refused, journal_tail(it->journal),
           ledger_applied(it->ledger));
    close_all(it);
    return gave_up ? 4 : 0;
}

/* Checksums of all commands that are there, by sequence number. */
static uint32_t *found;
static uint64_t found_last;

static enum error note(void *context, const struct journal_entry *entry)
{
    (void)context;
    if (entry->sequence >= COMMANDS_MAX)
        return ERROR_TOO_LARGE;
    found[entry->sequence] = checksum(entry->command);
    found_last = entry->sequence > found_last ? entry->sequence : found_last;
    return ERROR_NONE;
}

/* Shows every command that is there, those of the archive first. */
static void visit_all(struct workload *it,
                      enum error (*visit)(void *context, const struct journal_entry *entry),
                      void *context)
{
    struct why why = {""};
    struct segments segments;
    enum error error = segments_list(path_in(it->dir, "archive"), &segments, &why);
    for (size_t i = 0; error == ERROR_NONE && i < segments.count; i++)
        error = journal_segment_read(segments.paths[i], visit, context, &why);
    if (error != ERROR_NONE)
        fail(1, "archive", error, &why);
    segments_free(&segments);
    size_t count = 1;
    for (uint64_t next = journal_head(it->journal); count > 0; next += count) {
        error =
            journal_read(it->journal, next, it->entries, READ_ENTRIES, &it->storage, &count, &why);
        for (size_t i = 0; error == ERROR_NONE && i < count; i++)
            error = visit(context, &it->entries[i]);
        if (error != ERROR_NONE)
            fail(1, "journal", error, &why);
    }
}

static void check_copy(struct workload *it, uint64_t number)
{
    struct why why = {""};
    struct store *store;
    struct store_txn *txn;
    uint8_t hash[32];
    char name[64];
    snprintf(name, sizeof name, "copy%" PRIu64, number);
    enum error error = store_open(path_in(it->dir, name),
                                  &(struct store_options){.read_only = true}, &store, &why);
    if (error == ERROR_NONE)
        error = store_begin(store, false, &txn);
    if (error == ERROR_NONE)
        error = store_hash(txn, hash);
    if (error != ERROR_NONE)
        fail(1, name, error, &why);
    store_abort(&txn);
    store_close(&store);
}

static uint64_t check_acknowledged(struct workload *it, const char *acks)
{
    char line[128];
    uint64_t count = 0;
    FILE *file = fopen(acks, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        uint64_t number;
        unsigned sum;
        if (sscanf(line, "copy %" SCNu64, &number) == 1) {
            check_copy(it, number);
            continue;
        }
        if (sscanf(line, "entry %" SCNu64 " %x", &number, &sum) != 2 || number >= COMMANDS_MAX)
            fail(2, "cannot read the acknowledgements", ERROR_INVALID, NULL);
        if (number > found_last || found[number] != sum) {
            fprintf(stderr,
                    "entry %" PRIu64 " was acknowledged and is %s; the last is %" PRIu64 "\n",
                    number, number > found_last || found[number] == 0 ? "not there" : "another",
                    found_last);
            exit(1);
        }
        count++;
    }
    if (file == NULL || fclose(file) != 0)
        fail(2, "cannot read the acknowledgements", ERROR_NOT_FOUND, NULL);
    return count;
}

static void check_replay(const char *dir, const char *when)
{
    struct why why = {""};
    struct replay replay;
    enum error error = replay_run(dir, false, &replay, &why);
    if (error != ERROR_NONE)
        fail(1, when, error, &why);
    if (memcmp(replay.hash, replay.state_hash, sizeof replay.hash) != 0)
        fail(1, when, ERROR_CORRUPT, &(struct why){"the history gives another state"});
}

static int verify(struct workload *it, const char *acks)
{
    struct why why = {""};
    enum error error = open_all(it, &why);
    if (error != ERROR_NONE)
        fail(1, "open", error, &why);
    found = calloc(COMMANDS_MAX, sizeof *found);
    if (found == NULL)
        fail(2, "verify", ERROR_MEMORY, NULL);
    visit_all(it, note, NULL);
    uint64_t acknowledged = check_acknowledged(it, acks);
    uint64_t behind = journal_tail(it->journal) - ledger_applied(it->ledger);
    if (!apply_all(it) || it->refused > 0)
        fail(1, "what the state lacks cannot be applied", ERROR_CORRUPT, NULL);
    /* It goes on as if nothing had been. */
    it->payments = 1000000;
    it->updates = 1000000;
    for (uint64_t batch = 0; batch < 3; batch++)
        if (!append(it, make_commands(it, batch)) || !apply_all(it) || it->refused > 0)
            fail(1, "it does not go on", ERROR_IO, NULL);
    keep_facts(it);
    if (!apply_all(it) || it->refused > 0)
        fail(1, "facts do not go on", ERROR_IO, NULL);
    struct facts_check check = {.store = NULL};
    facts_check_begin(&check);
    visit_all(it, facts_check_hear, &check);
    facts_check_end(&check, it->dir, it->ledger);
    close_all(it);
    check_replay(it->dir, "replay");
    printf("%" PRIu64 " acknowledged, %" PRIu64 " there, state %" PRIu64 " behind\n", acknowledged,
           found_last, behind);
    free(found);
    return 0;
}

int main(int argc, char **argv)
{
    struct workload *it = &workload;
    bool runs = argc == 6 && strcmp(argv[1], "run") == 0;
    bool verifies = argc == 4 && strcmp(argv[1], "verify") == 0;
    if (!runs && !verifies) {
        fprintf(stderr, "usage: store_workload run DIR ACKS SEED BATCHES | verify DIR ACKS\n");
        return 2;
    }
    it->dir = argv[2];
    it->acks = open(runs ? argv[3] : "/dev/null", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (it->acks < 0)
        return 2;
    it->prng.state = runs ? strtoull(argv[4], NULL, 10) : 1;
    buf_init(&it->storage, 4 << 20);
    buf_init(&it->commands, 4 << 20);
    make_catalog(&it->catalog);
    int code = runs ? run(it, strtoull(argv[5], NULL, 10)) : verify(it, argv[3]);
    buf_deinit(&it->storage);
    buf_deinit(&it->commands);
    buf_deinit(&it->catalog);
    free(it->effects.items);
    return code;
}
