/* Notifier: the only speaker on one lane, to Telegram for one bot. When which call goes, and what
 * became of it, the sender decides (src/courier/sender.h); here are the sockets, the HTTP client
 * and the word with the ledger: how many deliveries are wanted, which notices have begun, how each
 * attempt ended. */
#include "actors/actors.h"
#include "actors/credit.h"
#include "actors/reload.h"
#include "actors/trouble.h"
#include "actors/way_out.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/prng.h"
#include "http/client.h"
#include "http/parked.h"
#include "carrier/telegram/menu.h"
#include "courier/sender.h"
#include "desk/commands.h"
#include "gateway/bearer.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CALL_QUOTA = 256,
    WAITING_MAX = 1024,
    START_TIMEOUT_MS = 10000,
    ANSWER_BYTES_MAX = 1024 * 1024,
    REQUEST_BYTES_MAX = 65536,
    COMMAND_BYTES_MAX = 8192,
    OUT_BYTES_MAX = 16 * 1024 * 1024
};

_Static_assert((int)CONFIG_LIMIT_MAX <= (int)BUCKET_LIMIT_MAX,
               "what check accepts, a sender takes");

/* Calls of the menu are no deliveries of the ledger's: they count down from above. */
#define MENU_DELIVERY_MIN (UINT64_MAX - UINT32_MAX)
enum { MENU_LEASE_MS = 24 * 3600 * 1000 };

struct notifier {
    struct config_lane lane;
    const char *label; /* the bot, or the lane of another carrier */
    const struct carrier *carrier;
    uint64_t origin;
    struct sender *sender;
    struct http_client *client;
    uint32_t in_flight_max;
    struct inlet calls;
    struct outlet commands;
    struct credit credit;
    /* Notices whose start is on its way into the journal. tag: index into starting. */
    struct parked *starts;
    struct sender_call *starting; /* in_flight_max, token 0: free */
    struct buf command;
    struct bearer bearer; /* of a gateway that wants one */
    struct menu menu;     /* of the bot's commands */
    uint32_t menu_calls;
    uint64_t menu_token; /* of its call that is under way */
    bool quiet;
    struct metric_series *seconds, *used, *frozen;
    struct loop loop;
};

static enum error open_all(struct notifier *it, struct site *site, size_t index, struct why *why);
static void take_lane(struct notifier *it, const struct config *config);
static enum error open_sender(struct notifier *it, struct why *why);
static void run(struct actor *actor, void *state);
static void destroy(void *state);
static void take_calls(void *state);
static void client_ready(void *state);
static long timeout_ms(void *state);
static void turn(void *state);
static void quiesce(void *state);
static bool drained(void *state, bool idle);
static void swap(void *state, struct change *change);
static void on_call(struct notifier *it, const struct message_call *call);
static void on_freeze(struct notifier *it, const struct message_freeze *freeze);
static void on_started(struct notifier *it, const struct message_verdict *verdict);
static void send_menu(struct notifier *it);
static void send_calls(struct notifier *it);
static void fetch_token(struct notifier *it);
static void took_token(struct notifier *it, const struct http_result *result);
static void journal_start_of(struct notifier *it, const struct sender_call *call);
static void launch(struct notifier *it, const struct sender_call *call);
static void answered(void *context, const struct http_result *result);
static void not_sent(struct notifier *it, uint64_t token, const char *error);
static void report(struct notifier *it, uint64_t token, int transfer,
                   const struct http_result *result);
static void note_failure(const struct notifier *it);
static void to_test_clock(struct buf *outcome);
static bool put_command(struct notifier *it, uint64_t id, bool wait);
static struct wants want(struct notifier *it);

enum error notifier_start(struct site *site, size_t index, struct actor **out, struct why *why)
{
    struct notifier *it = calloc(1, sizeof(*it));
    char name[ACTOR_NAME_MAX + 1];

    *out = NULL;
    if (it == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    enum error error = open_all(it, site, index, why);
    if (error != ERROR_NONE) {
        destroy(it);
        return error;
    }
    snprintf(name, sizeof(name), "notifier.%s", it->label);
    return actor_start(topology_context(site->topology), name, run, destroy, it, out, why);
}

static enum error open_all(struct notifier *it, struct site *site, size_t index, struct why *why)
{
    enum error error;

    it->origin = ORIGIN_NOTIFIER + index;
    take_lane(it, site->config);
    menu_init(&it->menu);
    if (it->lane.carrier == CARRIER_TELEGRAM)
        commands_menu(site->config, &it->menu);
    buf_init(&it->command, COMMAND_BYTES_MAX);
    it->seconds = metric_series(METRIC_usher_telegram_seconds, it->label, NULL);
    it->used = metric_series(METRIC_usher_telegram_budget_used, it->label, NULL);
    it->frozen = metric_series(METRIC_usher_telegram_frozen, it->label, NULL);
    error = open_sender(it, why);
    if (error != ERROR_NONE)
        return error;
    error = inlet_open(&it->calls, site->topology, LINK_calls, index, why);
    if (error != ERROR_NONE)
        return error;
    error = outlet_open(&it->commands, site->topology, LINK_commands, 0, OUT_BYTES_MAX, why);
    if (error != ERROR_NONE)
        return error;
    return outlet_open(&it->credit.outlet, site->topology, LINK_credits, 0, OUT_BYTES_MAX, why);
}

static void take_lane(struct notifier *it, const struct config *config)
{
    it->lane = config_lane(config, it->origin - ORIGIN_NOTIFIER);
    it->label = lane_bot(slice_from(it->lane.name.text)).len > 0
                    ? strchr(it->lane.name.text, ':') + 1
                    : it->lane.name.text;
    it->carrier = way_out_carrier(&it->lane);
    bearer_init(&it->bearer, way_out_token(config, &it->lane));
}

static enum error open_sender(struct notifier *it, struct why *why)
{
    const struct config_lane *lane = &it->lane;
    uint32_t epoch;

    it->in_flight_max = lane->concurrency;
    random_bytes(&epoch, sizeof(epoch));
    it->starts = parked_new(it->in_flight_max, START_TIMEOUT_MS, epoch);
    it->starting = calloc(it->in_flight_max, sizeof(*it->starting));
    if (it->starts == NULL || it->starting == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));

    struct sender_options options = {.carrier = it->carrier,
                                     .per_second = lane->per_second,
                                     .per_chat_per_second = lane->per_chat_per_second,
                                     .per_group_per_minute = lane->per_group_per_minute,
                                     .waiting_max = WAITING_MAX,
                                     .in_flight_max = it->in_flight_max};
    ASSERT(slice_copy(slice_from(lane->name.text), options.lane, sizeof(options.lane)));
    random_bytes(&options.seed, sizeof(options.seed));
    enum error error = sender_new(&options, clock_mono_ms(), &it->sender);
    if (error != ERROR_NONE)
        return why_set(why, error, "lane %s: limits: %s", lane->name.text, error_text(error));
    const struct http_client_options client = {.connections_max = it->in_flight_max,
                                               .body_bytes_max = ANSWER_BYTES_MAX};
    error = http_client_new(&client, answered, it, &it->client);
    if (error != ERROR_NONE)
        return why_set(why, error, "lane %s: cannot set up the HTTP client", lane->name.text);
    return ERROR_NONE;
}

static void run(struct actor *actor, void *state)
{
    struct notifier *it = state;
    it->loop = (struct loop){
        .sources = {{.inlet = &it->calls, .ready = take_calls},
                    {.fd = http_client_fd(it->client), .ready = client_ready}},
        .count = 2,
        .timeout_ms = timeout_ms,
        .turn = turn,
        .quiesce = quiesce,
        .swap = swap,
        .drained = drained,
    };
    actor_loop(actor, &it->loop, it);
}

static void destroy(void *state)
{
    struct notifier *it = state;
    http_client_destroy(&it->client);
    sender_destroy(&it->sender);
    parked_destroy(&it->starts);
    free(it->starting);
    outlet_deinit(&it->credit.outlet);
    outlet_deinit(&it->commands);
    inlet_deinit(&it->calls);
    buf_deinit(&it->command);
    menu_deinit(&it->menu);
    free(it);
}

static void take_calls(void *state)
{
    struct notifier *it = state;
    struct message message;

    for (int n = 0; n < CALL_QUOTA && inlet_next(&it->calls, &message); n++) {
        if (message.kind == MESSAGE_call)
            on_call(it, &message.call);
        else if (message.kind == MESSAGE_freeze)
            on_freeze(it, &message.freeze);
        else if (message.kind == MESSAGE_verdict)
            on_started(it, &message.verdict);
        else
            log_event(LOG_bad_message, "actor=notifier kind=%s", message_name(message.kind));
    }
}

/* Readable: the turn, which every round ends with, does the work. */
static void client_ready(void *state)
{
    (void)state;
}

static long timeout_ms(void *state)
{
    struct notifier *it = state;
    uint64_t now_ms = clock_mono_ms();
    uint64_t start_ms = parked_deadline_ms(it->starts);
    uint64_t speak_ms = credit_due_ms(&it->credit, want(it));

    if (!outlet_empty(&it->commands) || !outlet_empty(&it->credit.outlet))
        return 1;
    long least = speak_ms <= now_ms ? 0 : (long)(speak_ms - now_ms);
    long client = http_client_timeout_ms(it->client);
    if (client >= 0 && client < least)
        least = client;
    long sender = it->quiet ? -1 : sender_timeout_ms(it->sender, now_ms);
    if (sender == 0 && !bearer_good(&it->bearer, now_ms))
        sender = bearer_timeout_ms(&it->bearer, now_ms);
    /* With all connections in use the next word comes from the client. */
    if (sender >= 0 && sender < least && http_client_busy(it->client) < it->in_flight_max)
        least = sender;
    if (start_ms != UINT64_MAX && (start_ms <= now_ms || start_ms - now_ms < (uint64_t)least))
        least = start_ms <= now_ms ? 0 : (long)(start_ms - now_ms);
    return least;
}

static void turn(void *state)
{
    struct notifier *it = state;
    struct parked_entry entry;

    http_client_run(it->client);
    while (parked_expire(it->starts, clock_mono_ms(), &entry)) {
        uint64_t token = it->starting[entry.tag].token;
        it->starting[entry.tag].token = 0;
        not_sent(it, token, "its start could not be journaled in time");
    }
    if (!it->quiet) {
        send_menu(it);
        send_calls(it);
    }
    credit_speak(&it->credit, it->lane.name.text, want(it));
    outlet_flush(&it->commands);
    outlet_flush(&it->credit.outlet);
    metric_set(it->used, sender_used(it->sender, clock_mono_ms()));
    metric_set(it->frozen, sender_frozen(it->sender, clock_mono_ms()));
}

static void quiesce(void *state)
{
    struct notifier *it = state;
    it->quiet = true;
}

static bool drained(void *state, bool idle)
{
    struct notifier *it = state;
    return idle && http_client_busy(it->client) == 0 && parked_count(it->starts) == 0 &&
           outlet_empty(&it->commands);
}

/* The lane is the same in every key; a reload sees to that. */
static void swap(void *state, struct change *change)
{
    struct notifier *it = state;
    take_lane(it, change->config);
    if (it->lane.carrier == CARRIER_TELEGRAM)
        commands_menu(change->config, &it->menu);
}

static void on_call(struct notifier *it, const struct message_call *call)
{
    if (!slice_is(call->lane, it->lane.name.text)) {
        log_event(LOG_bad_message, "actor=notifier lane=%s kind=call", it->lane.name.text);
        return;
    }
    credit_came(&it->credit, call);
    enum error error = sender_add(it->sender, call, clock_real_ms(), clock_mono_ms());
    /* It is held already, or its lease is over, or there is no room: it comes again if it must. */
    if (error == ERROR_FULL)
        metric_add(metric_series(METRIC_usher_busy_total, "sender", NULL), 1);
    else if (error != ERROR_NONE && error != ERROR_EXISTS && error != ERROR_TIMEOUT)
        log_event(LOG_bad_message, "actor=notifier lane=%s delivery=%llu error=\"%s\"",
                  it->lane.name.text, (unsigned long long)call->delivery, error_text(error));
}

/* The ledger's times are those of the test clock, the sender's are real. */
static void on_freeze(struct notifier *it, const struct message_freeze *freeze)
{
    uint64_t ahead_ms = clock_ahead_ms();
    if (freeze->chat_id == 0 && freeze->until_ms == 0)
        it->credit.greeted = true; /* the end of the list */
    else
        sender_freeze(it->sender, freeze->chat_id,
                      freeze->until_ms > ahead_ms ? freeze->until_ms - ahead_ms : 0,
                      clock_real_ms(), clock_mono_ms());
}

/* A notice's start is in the journal and in the state, or could not be put there, or the state says
 * that there is nothing to start: then another attempt may have begun, and this one must not. */
static void on_started(struct notifier *it, const struct message_verdict *verdict)
{
    struct parked_entry entry;

    if (!parked_take(it->starts, verdict->id, &entry))
        return; /* too late: it was reported as not sent */
    struct sender_call call = it->starting[entry.tag];
    it->starting[entry.tag].token = 0;
    if (verdict->status == 404 || verdict->status == 409) /* it was withdrawn */
        sender_withdrawn(it->sender, call.token, clock_real_ms(), clock_mono_ms());
    else if (verdict->status != 200)
        not_sent(it, call.token, "its start could not be journaled");
    else if (!sender_started(it->sender, call.token, clock_real_ms(), clock_mono_ms()))
        not_sent(it, call.token, "its moment passed while its start was journaled");
    else
        launch(it, &call);
}

/* Within the lane's budget, like all that goes out; a lost call begins anew with the next start. */
static void send_menu(struct notifier *it)
{
    const char *method;
    struct buf params;

    buf_init(&params, REQUEST_BYTES_MAX);
    if (it->credit.greeted && menu_next(&it->menu, clock_mono_ms(), &method, &params)) {
        const struct message_call call = {.delivery = UINT64_MAX - it->menu_calls++,
                                          .kind = DELIVERY_menu,
                                          .lane = slice_from(it->lane.name.text),
                                          .method = slice_from(method),
                                          .lease_until_ms = clock_real_ms() + MENU_LEASE_MS,
                                          .params = buf_slice(&params),
                                          .priority = delivery_priority(DELIVERY_menu)};
        if (params.failed ||
            sender_add(it->sender, &call, clock_real_ms(), clock_mono_ms()) != ERROR_NONE)
            menu_answered(&it->menu, clock_mono_ms(), false, true, SLICE(""));
    }
    buf_deinit(&params);
}

static void send_calls(struct notifier *it)
{
    struct sender_call call;

    if (!bearer_good(&it->bearer, clock_mono_ms())) {
        fetch_token(it);
        return;
    }
    while (outlet_has_room(&it->commands) &&
           http_client_busy(it->client) + parked_count(it->starts) < it->in_flight_max &&
           sender_next(it->sender, clock_real_ms(), clock_mono_ms(), &call)) {
        if (call.start_first)
            journal_start_of(it, &call);
        else
            launch(it, &call);
    }
}

/* When a call could go out. */
static void fetch_token(struct notifier *it)
{
    uint64_t now_ms = clock_mono_ms();
    if (!sender_ready(it->sender, clock_real_ms(), now_ms) || !bearer_ask(&it->bearer, now_ms))
        return;
    enum error error = way_out_fetch_token(&it->lane, it->bearer.how, it->client, NULL);
    if (error != ERROR_NONE)
        (void)bearer_took(&it->bearer, 0, SLICE(""), now_ms);
}

/* What is said of a token that was not had, is said of each call that waits for it: it was not
 * made.
 */
static void took_token(struct notifier *it, const struct http_result *result)
{
    struct sender_call call;
    bool answered = result->failure == HTTP_ANSWERED;
    bool read = answered && result->status >= 200 && result->status <= 299;
    if (bearer_took(&it->bearer, answered ? result->status : 0, result->body, clock_mono_ms()))
        return;
    for (uint32_t n = 0; n < it->in_flight_max && outlet_has_room(&it->commands) &&
                         sender_next(it->sender, clock_real_ms(), clock_mono_ms(), &call);
         n++) {
        if (read)
            not_sent(it, call.token, "the gateway's answer has no token");
        else
            report(it, call.token, answered ? TRANSFER_ANSWERED : TRANSFER_NOT_SENT, result);
    }
}

static void journal_start_of(struct notifier *it, const struct sender_call *call)
{
    const struct message started = {.kind = MESSAGE_cmd_started,
                                    .cmd_started = {.delivery = call->delivery}};
    struct parked_entry entry = {.tag = 0};

    while (it->starting[entry.tag].token != 0) {
        entry.tag++;
        ASSERT(entry.tag < it->in_flight_max);
    }
    uint64_t id = parked_add(it->starts, &entry, clock_mono_ms());
    ASSERT(id != 0);
    buf_clear(&it->command);
    wire_encode(&it->command, &started);
    if (put_command(it, id, true)) {
        it->starting[entry.tag] = *call;
        return;
    }
    ASSERT(parked_take(it->starts, id, &entry));
    not_sent(it, call->token, "its start could not be journaled");
}

static void launch(struct notifier *it, const struct sender_call *call)
{
    const struct outgoing outgoing = {call->delivery, call->method, call->params, clock_real_ms(),
                                      call->turn_ms};
    if (call->delivery >= MENU_DELIVERY_MIN)
        it->menu_token = call->token;
    struct config_lane lane = it->lane;
    bearer_apply(&it->bearer, &lane);
    enum error error = way_out_start(&lane, it->client, &outgoing, (void *)(uintptr_t)call->token);
    if (error != ERROR_NONE)
        not_sent(it, call->token, error_text(error));
}

static void answered(void *context, const struct http_result *result)
{
    struct notifier *it = context;
    metric_observe(it->seconds, (double)result->duration_us / 1e6);
    if (result->tag == NULL) {
        took_token(it, result);
        return;
    }
    if (result->failure == HTTP_ANSWERED &&
        bearer_ended(&it->bearer, result->status, clock_mono_ms() - result->duration_us / 1000)) {
        not_sent(it, (uint64_t)(uintptr_t)result->tag, "its token is not taken any more");
        return;
    }
    /* A bot with a webhook makes no other calls by which it would be seen. */
    if (it->lane.carrier == CARRIER_TELEGRAM && result->failure == HTTP_ANSWERED &&
        (result->status == 200 || result->status == 401))
        trouble_token(it->label, result->status == 401, "a call was answered 401");
    report(it, (uint64_t)(uintptr_t)result->tag, (int)result->failure, result);
}

static void not_sent(struct notifier *it, uint64_t token, const char *error)
{
    const struct http_result result = {.error = error};
    report(it, token, TRANSFER_UNTRIED, &result);
}

/* How an attempt ended goes into the journal. */
static void report(struct notifier *it, uint64_t token, int transfer,
                   const struct http_result *result)
{
    static const char *const names[] = {
        [OUTCOME_DONE] = "done",         [OUTCOME_RETRY] = "retry",
        [OUTCOME_FAILED] = "failed",     [OUTCOME_UNREACHABLE] = "unreachable",
        [OUTCOME_MIGRATED] = "migrated", [OUTCOME_MOOT] = "moot",
        [OUTCOME_IN_DOUBT] = "in_doubt",
    };
    enum outcome outcome = OUTCOME_RETRY;

    buf_clear(&it->command);
    sender_answered(it->sender, token, transfer, result->status, result->retry_after_s,
                    result->body, result->error, clock_real_ms(), clock_mono_ms(), &it->command,
                    &outcome);
    to_test_clock(&it->command);
    if (outcome == OUTCOME_FAILED && it->lane.carrier == CARRIER_TELEGRAM)
        note_failure(it);
    const char *name = result->status == 429 ? "limited" : names[outcome];
    metric_add(metric_series(METRIC_usher_telegram_calls_total, it->label, name), 1);
    if (token == it->menu_token) {
        it->menu_token = 0;
        menu_answered(&it->menu, clock_mono_ms(), outcome == OUTCOME_DONE, outcome == OUTCOME_RETRY,
                      result->body);
        if (outcome == OUTCOME_DONE)
            return; /* else the ledger hears of it, because of the silence that it may ask for */
    }
    if (!put_command(it, 0, false)) /* its lease runs out, and it comes again */
        log_event(LOG_command_lost, "kind=cmd_outcome lane=%s", it->lane.name.text);
}

static void note_failure(const struct notifier *it)
{
    struct message message;
    if (!it->command.failed &&
        wire_decode_one(buf_slice(&it->command), &message, NULL) == ERROR_NONE &&
        message.kind == MESSAGE_cmd_outcome)
        trouble_call(it->label, message.cmd_outcome.delivery, message.cmd_outcome.error);
}

/* The sender's times are real, the ledger's those of the test clock. */
static void to_test_clock(struct buf *outcome)
{
    uint64_t ahead_ms = clock_ahead_ms();
    struct message message;
    struct buf moved;

    if (ahead_ms == 0 || outcome->failed ||
        wire_decode_one(buf_slice(outcome), &message, NULL) != ERROR_NONE)
        return;
    struct message_cmd_outcome *ended = &message.cmd_outcome;
    ended->retry_at_ms += ended->retry_at_ms > 0 ? ahead_ms : 0;
    ended->freeze_until_ms += ended->freeze_until_ms > 0 ? ahead_ms : 0;
    buf_init(&moved, COMMAND_BYTES_MAX);
    wire_encode(&moved, &message);
    buf_clear(outcome);
    buf_append_slice(outcome, buf_slice(&moved));
    outcome->failed = outcome->failed || moved.failed;
    buf_deinit(&moved);
}

/* Sends it->command to the journal. id 0: nobody waits for the verdict; wait: for the result. */
static bool put_command(struct notifier *it, uint64_t id, bool wait)
{
    const struct message message = {.kind = MESSAGE_command,
                                    .command = {.origin = id == 0 ? 0 : it->origin,
                                                .id = id,
                                                .wait = wait,
                                                .ack_type = SLICE(""),
                                                .ack = SLICE(""),
                                                .body = buf_slice(&it->command)}};
    return !it->command.failed && outlet_put(&it->commands, &message);
}

static struct wants want(struct notifier *it)
{
    if (it->quiet || !outlet_has_room(&it->commands))
        return (struct wants){0};
    return (struct wants){.counted = sender_want(it->sender),
                          .yielding = sender_want_yielding(it->sender),
                          .free = sender_want_free(it->sender)};
}
