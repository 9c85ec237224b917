/* Mirror: follows the ledger's news into SQLite. It asks, takes in, and asks again; while it is
 * level it asks a few times a second. A file that is damaged, of another layout, or of another
 * history than the ledger's, is made anew: the facts of before the news, all records by a walk,
 * then the news. Whatever is wrong with the file, the rest of usher goes on. */
#include "actors/mirror.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "mirror/mirror.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ASK_BYTES = 262144, /* of one answer: a few milliseconds of the ledger's */
    LEVEL_MS = 100,     /* between questions while there is nothing new */
    BUSY_MS = 10,       /* and while lists are asked for */
    BUSY_FOR_MS = 5000,
    REST_FACTOR = 19, /* of the time that a piece took, while the door is driven and nobody reads */
    REST_MS_MAX = 1000,
    ANSWER_MS = 3000, /* then the question, or its answer, is lost */
    RETRY_MS = 2000,
    LOOK_MS = 1000, /* between looks at the file's name */
    SAY_MS = 60000, /* between lines of the log about the same trouble */
    READ_MS = 30000,
    READ_SEQUENCES = 100000,
    OUT_BYTES_MAX = 65536,
    COMMAND_BYTES_MAX = 256,
    PLACE_BYTES_MAX = 640,
    NICE = 15
};

struct mirror_actor {
    struct mirror_host *host;
    const char *path;
    char flag[PATH_MAX]; /* while there is such a file, the mirror is to be made anew */
    struct inlet news;
    struct outlet asks;
    struct outlet commands;
    struct buf command;
    struct mirror *mirror; /* NULL: cannot be opened now */
    ino_t inode;
    uint64_t gathered; /* facts up to here have come, of a mirror that was not walked */
    bool walking;
    struct buf place;    /* where the walk is */
    uint64_t number;     /* of the last question */
    bool asked;          /* it has no answer */
    uint64_t asked_ms;   /* mono, as all below */
    uint64_t ask_at_ms;  /* not before */
    uint64_t rested_ms;  /* since when it rests; 0: it does not, or was read */
    uint64_t open_at_ms; /* not before */
    uint64_t look_at_ms; /* at the file's name */
    uint64_t said_ms;    /* when trouble was last logged */
    enum error trouble;  /* which */
    uint64_t read_ms;    /* when the ledger was last told how far we are */
    uint64_t read;       /* how far that was */
    uint64_t read_next;  /* where we were then: long on the disk the next time */
    uint64_t tail;       /* of the journal, with the last news */
    bool quiet;
    struct loop loop;
};

static enum error open_all(struct mirror_actor *it, struct site *site, struct why *why);
static void run(struct actor *actor, void *state);
static void destroy(void *state);
static void take_news(void *state);
static void rest(struct mirror_actor *it, const struct message_news *news, uint64_t began_ms);
static long timeout_ms(void *state);
static void turn(void *state);
static void quiesce(void *state);
static bool drained(void *state, bool idle);
static void on_news(struct mirror_actor *it, const struct message_news *news);
static void gather(struct mirror_actor *it, const struct message_news *news);
static void begin_walk(struct mirror_actor *it, uint64_t since);
static void open_file(struct mirror_actor *it, uint64_t now_ms);
static void look_at_file(struct mirror_actor *it, uint64_t now_ms);
static void anew(struct mirror_actor *it, const char *reason);
static void in_trouble(struct mirror_actor *it, enum error error, const struct why *why);
static const char *remedy(enum error error);
static void ask(struct mirror_actor *it, uint64_t now_ms);
static void tell_read(struct mirror_actor *it, uint64_t now_ms);
static void publish(struct mirror_actor *it);

enum error mirror_start(struct site *site, size_t index, struct actor **out, struct why *why)
{
    struct mirror_actor *it = calloc(1, sizeof *it);
    (void)index;
    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    enum error error = open_all(it, site, why);
    if (error != ERROR_NONE) {
        destroy(it);
        return error;
    }
    return actor_start(topology_context(site->topology), "mirror", run, destroy, it, out, why);
}

void mirror_host_close(struct mirror_host **host)
{
    free(*host);
    *host = NULL;
}

static enum error open_all(struct mirror_actor *it, struct site *site, struct why *why)
{
    buf_init(&it->command, COMMAND_BYTES_MAX);
    buf_init(&it->place, PLACE_BYTES_MAX);
    it->number = clock_mono_us(); /* an answer to another run is none to this */
    site->mirror = calloc(1, sizeof *site->mirror);
    if (site->mirror == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    it->host = site->mirror;
    it->host->language = site->config->language;
    it->path = it->host->path;
    int n = snprintf(it->flag, sizeof it->flag, "%s.rebuild", site->config->mirror_file);
    if (n < 0 || (size_t)n >= sizeof it->flag ||
        !slice_copy(slice_from(site->config->mirror_file), it->host->path, sizeof it->host->path))
        return why_set(why, ERROR_TOO_LARGE, "the path %s is too long", site->config->mirror_file);
    atomic_store(&it->host->asked, it->number);
    enum error error = inlet_open(&it->news, site->topology, LINK_news, 0, why);
    if (error != ERROR_NONE)
        return error;
    error = outlet_open(&it->asks, site->topology, LINK_news_asks, 0, OUT_BYTES_MAX, why);
    if (error != ERROR_NONE)
        return error;
    return outlet_open(&it->commands, site->topology, LINK_commands, 0, OUT_BYTES_MAX, why);
}

static void run(struct actor *actor, void *state)
{
    struct mirror_actor *it = state;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    it->loop = (struct loop){
        .sources = {{.inlet = &it->news, .ready = take_news}},
        .count = 1,
        .timeout_ms = timeout_ms,
        .turn = turn,
        .quiesce = quiesce,
        .drained = drained,
    };
    actor_loop(actor, &it->loop, it);
}

static void destroy(void *state)
{
    struct mirror_actor *it = state;
    mirror_close(&it->mirror);
    outlet_deinit(&it->commands);
    outlet_deinit(&it->asks);
    inlet_deinit(&it->news);
    buf_deinit(&it->place);
    buf_deinit(&it->command);
    free(it);
}

static void take_news(void *state)
{
    struct mirror_actor *it = state;
    struct message message;
    if (!inlet_next(&it->news, &message))
        return;
    if (message.kind == MESSAGE_news)
        on_news(it, &message.news);
    else
        log_event(LOG_bad_message, "actor=mirror kind=%s", message_name(message.kind));
}

static long timeout_ms(void *state)
{
    struct mirror_actor *it = state;
    uint64_t now_ms = clock_mono_ms();
    if (it->quiet)
        return outlet_empty(&it->commands) && outlet_empty(&it->asks) ? -1 : 1;
    uint64_t at_ms = it->look_at_ms;
    if (it->mirror == NULL)
        at_ms = it->open_at_ms < at_ms ? it->open_at_ms : at_ms;
    else if (!it->asked)
        at_ms = it->ask_at_ms < at_ms ? it->ask_at_ms : at_ms;
    /* A list that is asked for while nothing is new must not wait long. */
    uint64_t wait = at_ms > now_ms ? at_ms - now_ms : 0;
    return (long)(wait < LEVEL_MS ? wait : LEVEL_MS);
}

static void turn(void *state)
{
    struct mirror_actor *it = state;
    uint64_t now_ms = clock_mono_ms();
    if (!it->quiet) {
        if (now_ms >= it->look_at_ms)
            look_at_file(it, now_ms);
        if (it->mirror == NULL && now_ms >= it->open_at_ms)
            open_file(it, now_ms);
        if (it->asked && now_ms >= it->asked_ms + ANSWER_MS)
            it->asked = false;
        if (it->rested_ms != 0 && atomic_load(&it->host->read_ms) >= it->rested_ms)
            it->rested_ms = it->ask_at_ms = 0; /* somebody reads */
        if (it->mirror != NULL && !it->asked && now_ms >= it->ask_at_ms)
            ask(it, now_ms);
        if (it->mirror != NULL && mirror_whole(it->mirror))
            tell_read(it, now_ms);
    }
    outlet_flush(&it->asks);
    outlet_flush(&it->commands);
}

static void quiesce(void *state)
{
    struct mirror_actor *it = state;
    it->quiet = true;
}

static bool drained(void *state, bool idle)
{
    struct mirror_actor *it = state;
    (void)idle;
    return outlet_empty(&it->commands);
}

static void on_news(struct mirror_actor *it, const struct message_news *news)
{
    struct why why = {""};
    enum error error = ERROR_NONE;
    uint64_t now_ms = clock_mono_ms();
    if (!it->asked || news->number != it->number || it->mirror == NULL || it->quiet)
        return;
    it->asked = false;
    it->ask_at_ms = now_ms;
    atomic_store(&it->host->tail, news->tail);
    if (news->since == UINT64_MAX) { /* a configuration without us is still in force */
        it->ask_at_ms = now_ms + LEVEL_MS;
        return;
    }
    if (news->walk == 0 && !mirror_walked(it->mirror)) {
        if (news->archived != 0)
            gather(it, news);
        else
            begin_walk(it, news->since > it->gathered ? news->since : it->gathered);
        return;
    }
    if (news->walk == 0 && news->after < news->since) {
        anew(it, "news that it has not read are gone");
        return;
    }
    if (news->walk == 0 && news->after > news->tail) {
        anew(it, "it is ahead of the journal, of another history");
        return;
    }
    bool whole = mirror_whole(it->mirror);
    if (news->walk != 0 || news->upto > news->after)
        error = mirror_apply(it->mirror, news, &why);
    if (error != ERROR_NONE) {
        in_trouble(it, error, &why);
        return;
    }
    it->trouble = ERROR_NONE;
    buf_clear(&it->place);
    buf_append_slice(&it->place, news->at);
    it->walking = news->walk != 0 && !mirror_walked(it->mirror);
    if (!whole && mirror_whole(it->mirror))
        log_event(LOG_mirror_whole, "position=%llu",
                  (unsigned long long)mirror_position(it->mirror));
    if (news->walk == 0 && news->now_ms != 0 && mirror_whole(it->mirror))
        atomic_store(&it->host->as_of_ms, news->now_ms);
    if (news->walk == 0 && news->upto == news->after) {
        bool busy = now_ms < atomic_load(&it->host->read_ms) + BUSY_FOR_MS;
        it->ask_at_ms = now_ms + (busy ? BUSY_MS : LEVEL_MS);
        error = mirror_rest(it->mirror, &why);
        if (error != ERROR_NONE)
            in_trouble(it, error, &why);
    } else {
        rest(it, news, now_ms);
    }
    it->tail = news->tail;
    if (it->mirror != NULL)
        publish(it);
}

/* While commands keep coming and nobody reads, the processor is theirs: what is behind then is
 * caught up later. */
static void rest(struct mirror_actor *it, const struct message_news *news, uint64_t began_ms)
{
    uint64_t now_ms = clock_mono_ms();
    uint64_t rest_ms = (now_ms - began_ms) * REST_FACTOR;
    bool driven = news->walk == 0 && news->tail > it->tail && it->tail != 0;
    if (driven && now_ms >= atomic_load(&it->host->read_ms) + BUSY_FOR_MS) {
        it->rested_ms = now_ms;
        it->ask_at_ms = now_ms + (rest_ms < REST_MS_MAX ? rest_ms : REST_MS_MAX);
    }
}

/* History comes first: what is told of now stands on it. */
static void gather(struct mirror_actor *it, const struct message_news *news)
{
    struct why why = {""};
    enum error error = mirror_gather(it->mirror, news->items, &why);
    if (error != ERROR_NONE)
        in_trouble(it, error, &why);
    else
        it->gathered = news->upto;
}

static void begin_walk(struct mirror_actor *it, uint64_t since)
{
    struct why why = {""};
    enum error error = mirror_begin(it->mirror, since, &why);
    if (error != ERROR_NONE) {
        in_trouble(it, error, &why);
        return;
    }
    log_event(LOG_mirror_walk, "since=%llu", (unsigned long long)since);
    it->walking = true;
    buf_clear(&it->place);
}

static void open_file(struct mirror_actor *it, uint64_t now_ms)
{
    struct why why = {""};
    struct stat file;
    enum error error = mirror_open(it->path, &it->mirror, &why);
    it->open_at_ms = now_ms + RETRY_MS;
    it->walking = false;
    it->gathered = 0;
    /* Records that were told twice do no harm, but some may be missing. */
    if (error == ERROR_NONE && mirror_position(it->mirror) == 0 && !mirror_walked(it->mirror)) {
        mirror_close(&it->mirror);
        error = mirror_remove(it->path, &why);
        if (error == ERROR_NONE)
            error = mirror_open(it->path, &it->mirror, &why);
    }
    if (error != ERROR_NONE) {
        in_trouble(it, error, &why);
        return;
    }
    it->inode = stat(it->path, &file) == 0 ? file.st_ino : 0;
    it->asked = false;
    it->ask_at_ms = now_ms;
    it->read = 0;
    it->read_next = 0;
    it->read_ms = now_ms;
    atomic_fetch_add(&it->host->file, 1);
    atomic_store(&it->host->as_of_ms, 0);
    publish(it);
}

/* Somebody may have removed the file, or ask for another one. */
static void look_at_file(struct mirror_actor *it, uint64_t now_ms)
{
    struct stat file;
    it->look_at_ms = now_ms + LOOK_MS;
    if (access(it->flag, F_OK) == 0) {
        anew(it, "the operator asked for it");
        if (unlink(it->flag) != 0)
            log_event(LOG_mirror_not_writable,
                      "path=%s.rebuild error=\"it cannot be removed\" remedy=\"remove it, or the "
                      "mirror is made anew again and again\"",
                      it->path);
    } else if (it->mirror != NULL && (stat(it->path, &file) != 0 || file.st_ino != it->inode)) {
        mirror_close(&it->mirror);
        it->open_at_ms = now_ms;
        log_event(LOG_mirror_anew, "reason=\"the file was removed\"");
    }
}

static void anew(struct mirror_actor *it, const char *reason)
{
    struct why why = {""};
    mirror_close(&it->mirror);
    it->asked = false;
    it->open_at_ms = clock_mono_ms();
    enum error error = mirror_remove(it->path, &why);
    log_event(LOG_mirror_anew, "reason=\"%s\"", reason);
    if (error != ERROR_NONE)
        in_trouble(it, error, &why);
}

/* What is damaged is made anew; for a lock, room, a disk or rights is waited. */
static void in_trouble(struct mirror_actor *it, enum error error, const struct why *why)
{
    char text[600];
    struct why other = {""};
    uint64_t now_ms = clock_mono_ms();
    if (error != it->trouble || now_ms >= it->said_ms + SAY_MS) {
        it->trouble = error;
        it->said_ms = now_ms;
        log_event(error == ERROR_CORRUPT || error == ERROR_VERSION ? LOG_mirror_damaged
                                                                   : LOG_mirror_not_writable,
                  "path=%s error=%s remedy=\"%s\"", it->path,
                  log_quote(slice_from(why->text), text, sizeof text), remedy(error));
    }
    it->ask_at_ms = now_ms + RETRY_MS;
    if (error == ERROR_LOCKED && it->mirror != NULL)
        return;
    mirror_close(&it->mirror);
    it->open_at_ms = now_ms + RETRY_MS;
    if (error == ERROR_CORRUPT || error == ERROR_INVALID) {
        it->open_at_ms = now_ms + (error == ERROR_CORRUPT ? 0 : RETRY_MS);
        error = mirror_set_aside(it->path, &other);
    } else if (error == ERROR_VERSION) {
        it->open_at_ms = now_ms;
        error = mirror_remove(it->path, &other);
    }
    if (other.text[0] != '\0')
        log_event(LOG_mirror_not_writable, "path=%s error=%s remedy=\"%s\"", it->path,
                  log_quote(slice_from(other.text), text, sizeof text), remedy(error));
}

static const char *remedy(enum error error)
{
    static const char *const remedies[] = {
        [ERROR_CORRUPT] = "none needed: it is made anew, the damaged file is kept as .damaged",
        [ERROR_INVALID] = "none needed: it is made anew, the old file is kept as .damaged",
        [ERROR_VERSION] = "none needed: it is made anew",
        [ERROR_LOCKED] = "end the program that keeps the file locked",
        [ERROR_FULL] = "make room on the disk",
        [ERROR_EXISTS] = "choose another path for the mirror",
    };
    bool known = error < sizeof remedies / sizeof remedies[0] && remedies[error] != NULL;
    return known ? remedies[error] : "look at the path's folder, its rights and the disk";
}

static void ask(struct mirror_actor *it, uint64_t now_ms)
{
    bool walked = mirror_walked(it->mirror);
    const struct message message = {
        .kind = MESSAGE_news_ask,
        .news_ask = {.reader = SLICE("mirror"),
                     .after = walked ? mirror_position(it->mirror) : it->gathered,
                     .walk = it->walking,
                     .at = it->walking ? buf_slice(&it->place) : SLICE(""),
                     .bytes_max = ASK_BYTES,
                     .number = it->number + 1,
                     .facts = !walked && !it->walking}};
    if (!outlet_has_room(&it->asks) || !outlet_put(&it->asks, &message))
        return;
    it->number++;
    it->asked = true;
    it->asked_ms = now_ms;
    atomic_store(&it->host->asked, it->number);
}

/* What all readers have read, the ledger lets go. Told is where we were the last time, which the
 * disk has by now; if it has not, the mirror is made anew. */
static void tell_read(struct mirror_actor *it, uint64_t now_ms)
{
    uint64_t position = mirror_position(it->mirror);
    if (now_ms < it->read_ms + READ_MS && position - it->read_next < READ_SEQUENCES)
        return;
    if (it->read_next > it->read && outlet_has_room(&it->commands)) {
        const struct message read = {
            .kind = MESSAGE_cmd_news_read,
            .cmd_news_read = {.reader = SLICE("mirror"), .upto = it->read_next}};
        buf_clear(&it->command);
        wire_encode(&it->command, &read);
        const struct message message = {
            .kind = MESSAGE_command,
            .command = {.ack_type = SLICE(""), .ack = SLICE(""), .body = buf_slice(&it->command)}};
        if (!it->command.failed && outlet_put(&it->commands, &message))
            it->read = it->read_next;
    }
    it->read_ms = now_ms;
    it->read_next = position;
}

/* For the other thread and the metrics. answered last: who sees it sees the rest. */
static void publish(struct mirror_actor *it)
{
    atomic_store(&it->host->position, mirror_position(it->mirror));
    atomic_store(&it->host->answered, it->number);
    metric_set(metric_series(METRIC_usher_mirror_position, NULL, NULL),
               (int64_t)mirror_position(it->mirror));
}
