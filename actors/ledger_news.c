/* News of the apply thread: answers one reader at a time, a little in a turn. While many commands
 * come, most of the time is left to them, and no more is told than a reader can take in on the
 * side, some 2 500 payments a second: a mirror that keeps up with a flash sale, or catches up, must
 * not slow the door. It is level a while after. */
#include "actors/ledger.h"
#include "base/clock.h"
#include "base/log.h"

enum {
    BYTES_MAX = 1048576, /* of an answer's items, about */
    ITEMS_BYTES_MAX = 8 * 1024 * 1024,
    OUT_BYTES_MAX = 12 * 1024 * 1024,
    ASK_BYTES_MAX = 2048,
    COMMAND_BYTES_MAX = 256,
    LOOK_US = 100000,        /* how many commands come is looked at so often */
    BUSY_COMMANDS = 100,     /* so many between two looks are many */
    UNREAD_MS = 600000,      /* so long nobody asks before that is said, and said again */
    BUSY_FACTOR = 9,         /* a tenth of the time, while many come */
    BUSY_BYTES_PER_MS = 1024 /* and so much */
};

static void say_unread(struct telling *it, uint64_t now_ms);
static bool many(struct telling *it, uint64_t now_us);
static void tell_read(struct telling *it);
static bool put(struct telling *it, size_t to, const struct message_news_ask *ask,
                uint64_t wall_ms);
static size_t bytes_of(const struct message_news_ask *ask);
static enum error look(struct telling *it, const struct message_news_ask *ask,
                       struct message_news *news);

enum error telling_open(struct telling *it, struct site *site, struct why *why)
{
    it->host = site->ledger;
    it->wanted = site->config->mirror_enabled || site->config->webhook_count > 0;
    it->asked_ms = clock_mono_ms();
    it->ledger = site->ledger->ledger;
    for (size_t i = 0; i < TELLINGS; i++)
        buf_init(&it->to[i].ask, ASK_BYTES_MAX);
    buf_init(&it->place, ASK_BYTES_MAX);
    buf_init(&it->items, ITEMS_BYTES_MAX);
    buf_init(&it->command, COMMAND_BYTES_MAX);
    enum error error = inlet_open(&it->asks, site->topology, LINK_news_asks, 0, why);
    if (error == ERROR_NONE)
        error = outlet_open(&it->commands, site->topology, LINK_commands, 0, ASK_BYTES_MAX, why);
    if (error != ERROR_NONE)
        return error;
    error =
        outlet_open(&it->to[TELLING_MIRROR].news, site->topology, LINK_news, 0, OUT_BYTES_MAX, why);
    if (error != ERROR_NONE)
        return error;
    return outlet_open(&it->to[TELLING_WEBHOOKS].news, site->topology, LINK_hook_news, 0,
                       OUT_BYTES_MAX, why);
}

void telling_close(struct telling *it)
{
    for (size_t i = 0; i < TELLINGS; i++) {
        outlet_deinit(&it->to[i].news);
        buf_deinit(&it->to[i].ask);
    }
    outlet_deinit(&it->commands);
    inlet_deinit(&it->asks);
    buf_deinit(&it->command);
    buf_deinit(&it->place);
    buf_deinit(&it->items);
}

void telling_take(struct telling *it)
{
    struct message message;
    while (inlet_next(&it->asks, &message)) {
        if (message.kind != MESSAGE_news_ask) {
            log_event(LOG_bad_message, "actor=apply kind=%s", message_name(message.kind));
            continue;
        }
        bool mirror = slice_is(message.news_ask.reader, "mirror");
        struct buf *ask = &it->to[mirror ? TELLING_MIRROR : TELLING_WEBHOOKS].ask;
        it->asked_ms = clock_mono_ms();
        buf_clear(ask); /* whoever asks again has not waited for the answer */
        wire_encode(ask, &message);
    }
}

void telling_turn(struct telling *it, bool level, uint64_t wall_ms)
{
    struct message message;
    uint64_t start_us = clock_mono_us();
    bool busy = many(it, start_us) || !level;
    say_unread(it, start_us / 1000);
    tell_read(it);
    for (size_t i = 0; i < TELLINGS; i++)
        outlet_flush(&it->to[i].news);
    if (busy && start_us < it->rest_until_us)
        return;
    struct telling_to *to = NULL;
    for (size_t i = 0; i < TELLINGS && to == NULL; i++) { /* one after the other */
        it->turn = (it->turn + 1) % TELLINGS;
        if (it->to[it->turn].ask.len > 0 && outlet_empty(&it->to[it->turn].news))
            to = &it->to[it->turn];
    }
    if (to == NULL)
        return;
    it->told = 0;
    if (wire_decode_one(buf_slice(&to->ask), &message, NULL) == ERROR_NONE &&
        !put(it, it->turn, &message.news_ask, wall_ms))
        return; /* it is being fetched */
    buf_clear(&to->ask);
    outlet_flush(&to->news);
    uint64_t now_us = clock_mono_us();
    uint64_t rest_us = BUSY_FACTOR * (now_us - start_us);
    uint64_t room_us = it->told * UINT64_C(1000) / BUSY_BYTES_PER_MS;
    it->rest_until_us = now_us + (rest_us > room_us ? rest_us : room_us);
}

bool telling_waits(const struct telling *it)
{
    for (size_t i = 0; i < TELLINGS; i++)
        if (it->to[i].ask.len > 0 || !outlet_empty(&it->to[i].news))
            return true;
    return false;
}

/* News are kept until they are read. */
static void say_unread(struct telling *it, uint64_t now_ms)
{
    if (!it->wanted || now_ms < it->asked_ms + UNREAD_MS)
        return;
    it->asked_ms = now_ms;
    log_event(LOG_news_unread, "remedy=\"start the role mirror, or turn it off (mirror.enabled): "
                               "until then the state grows\"");
}

static bool many(struct telling *it, uint64_t now_us)
{
    if (now_us >= it->looked_us + LOOK_US) {
        uint64_t tail = atomic_load(&it->host->tail);
        uint64_t looks = (now_us - it->looked_us) / LOOK_US;
        it->many = tail - it->looked_tail >= looks * BUSY_COMMANDS;
        it->looked_tail = tail;
        it->looked_us = now_us;
    }
    return it->many;
}

/* The segments are a reader like the others. */
static void tell_read(struct telling *it)
{
    outlet_flush(&it->commands);
    if (!outlet_has_room(&it->commands))
        return;
    uint64_t upto = fact_keeper_tell(it->host->facts);
    if (upto == 0)
        return;
    const struct message read = {
        .kind = MESSAGE_cmd_news_read,
        .cmd_news_read = {.reader = SLICE(CONFIG_FACTS_READER), .upto = upto}};
    buf_clear(&it->command);
    wire_encode(&it->command, &read);
    const struct message message = {
        .kind = MESSAGE_command,
        .command = {.ack_type = SLICE(""), .ack = SLICE(""), .body = buf_slice(&it->command)}};
    (void)outlet_put(&it->commands, &message); /* else it is told after the next step */
    outlet_flush(&it->commands);
}

/* False: the answer is not there yet. */
static bool put(struct telling *it, size_t to, const struct message_news_ask *ask, uint64_t wall_ms)
{
    struct message_news news = {.reader = ask->reader,
                                .after = ask->after,
                                .upto = ledger_applied(it->ledger),
                                .walk = ask->walk,
                                .number = ask->number,
                                .tail = atomic_load(&it->host->tail),
                                .read = UINT64_MAX};
    enum error error = look(it, ask, &news);
    if (error != ERROR_NONE) { /* asked again in a while */
        log_event(LOG_news_not_told, "reader=%.*s after=%llu error=\"%s\"", SLICE_ARG(ask->reader),
                  (unsigned long long)ask->after, error_text(error));
        return true;
    }
    bool level = ask->walk == 0 && news.upto >= news.tail;
    news.items = buf_slice(&it->items);
    uint64_t kept = fact_keeper_since(it->host->facts);
    news.kept = kept < news.since ? kept : news.since;
    if (ask->facts != 0 && ask->after < news.since && news.since != UINT64_MAX) {
        struct fact_answer answer;
        if (!fact_keeper_ask(it->host->facts, to, ask->number, ask->after, bytes_of(ask), &answer))
            return false;
        if (answer.found) {
            news.items = answer.items;
            news.upto = answer.upto;
            news.since = answer.since;
            news.archived = 1;
            level = false;
        }
    }
    it->told = news.items.len;
    news.at = buf_slice(&it->place);
    news.now_ms = level ? wall_ms : 0;
    const struct message message = {.kind = MESSAGE_news, .news = news};
    outlet_put(&it->to[to].news, &message);
    return true;
}

static size_t bytes_of(const struct message_news_ask *ask)
{
    return ask->bytes_max < BYTES_MAX ? (size_t)ask->bytes_max : BYTES_MAX;
}

static enum error look(struct telling *it, const struct message_news_ask *ask,
                       struct message_news *news)
{
    size_t bytes = bytes_of(ask);
    buf_clear(&it->items);
    buf_clear(&it->place);
    if (ask->walk != 0) {
        buf_append_slice(&it->place, ask->at);
        return ledger_walk(it->ledger, &it->place, bytes, &it->items);
    }
    enum error error = ledger_news_since(it->ledger, &news->since);
    if (error == ERROR_NONE)
        error = ledger_news_read(it->ledger, ask->reader, &news->read);
    if (error == ERROR_NONE)
        error = (ask->facts != 0 ? ledger_news_facts : ledger_news)(it->ledger, ask->after, bytes,
                                                                    &it->items, &news->upto);
    return error == ERROR_NOT_FOUND ? ERROR_NONE : error; /* since says so */
}
